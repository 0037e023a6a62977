"""Reads text files piece by piece, whatever their encoding; memory does not grow with the file."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

Source = bytes | bytearray | memoryview | str | Path | BinaryIO

CHUNK = 1 << 17
MAX_LINE = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class LineTooLong(ValueError):
    """A line that runs on for more than a million characters: this is no text file."""


def opened(source: Source) -> BinaryIO:
    """Open bytes or a path for reading; an open file is taken as it is."""
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if isinstance(source, str | Path):
        return Path(source).open("rb")
    return source


def texts(source: Source) -> Iterator[str]:
    """Decode piece by piece: by BOM, else UTF-8, and cp1252 from the first byte that is not."""
    file = opened(source)
    try:
        chunk = file.read(CHUNK)
        encoding = "utf-8"
        for mark, name in _BOMS:
            if chunk.startswith(mark):
                chunk, encoding = chunk[len(mark) :], name
        decoder = codecs.getincrementaldecoder(encoding)()
        while chunk:
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                chunk = decoder.getstate()[0] + chunk
                decoder = codecs.getincrementaldecoder("cp1252")("replace")
                text = decoder.decode(chunk)
            yield text
            chunk = file.read(CHUNK)
        rest = decoder.getstate()[0]
        if rest:
            yield rest.decode("cp1252", "replace")
    finally:
        if file is not source:
            file.close()


def lines(source: Source) -> Iterator[str]:
    """
    Give the lines of a text file without their ends, whether LF, CR LF or CR.

    :raises LineTooLong: at a line of more than a million characters
    """
    pending = ""
    for text in texts(source):
        text = pending + text
        # A CR at the end may be the first half of a CR LF.
        held = "\r" if text.endswith("\r") else ""
        text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        *whole, pending = text.split("\n")
        pending += held
        yield from whole
        if len(pending) > MAX_LINE:
            raise LineTooLong
    if pending:
        yield pending.removesuffix("\r")
