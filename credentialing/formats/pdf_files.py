"""
PDFs that people send: papers are kept, programs are not.

A PDF can run scripts, start programs and carry other files. Nobody needs that of a licence or a
certificate, and a reader of files opens many. What is written in a PDF's objects is looked for,
in the open and inside compressed parts; what cannot be looked into is not kept.
"""

import re
import zlib
from collections.abc import Iterator

# Names of a PDF's actions and parts that do something, or carry something that does
# (ISO 32000-1, 7.11.4, 12.6.4, 12.7.8 and 13): what they are called in a refusal.
ACTIVE = {
    b"/JavaScript": "a script",
    b"/Rendition": "a script",
    b"/Launch": "a command that starts a program",
    b"/EmbeddedFile": "another file",
    b"/RichMedia": "a film or an animation",
    b"/XFA": "a form that runs as a program",
    b"/ImportData": "a command that reads a file",
    b"/SubmitForm": "a form that sends what is filled in",
}
NAME = re.compile(rb"(" + b"|".join(map(re.escape, ACTIVE)) + rb")(?![A-Za-z0-9])")
EMBEDDED_FILES = b"/EmbeddedFiles"
HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"stream\r?\n")
OBJECTS = re.compile(rb"/ObjStm\b")
PACKED_OTHERWISE = (b"/LZW", b"/ASCII", b"/RunLength", b"/Crypt", b"/Predictor", b"/A85", b"/AHx")
LOOK_BACK = 2000
END_BYTES = 2048
MOST_UNPACKED = 256 << 20  # read and unpacked together
PIECE, FIRST_PIECE = 1 << 20, 1 << 10
OVERLAP = 64


def fault_of_pdf(data: bytes) -> str:
    """Why a PDF is not kept, in words that complete "The PDF …"; empty if nothing is against it."""
    if b"%%EOF" not in data[-END_BYTES:]:
        return "ends in the middle"
    plain = _spelled_out(data)
    if b"/Encrypt" in plain:
        return "is locked, so that nobody can look into it"
    if any(_is_packed_otherwise(plain, match.start()) for match in OBJECTS.finditer(plain)):
        return "is packed in a way that nobody can look into"
    found = _active(plain)
    left = MOST_UNPACKED
    for match in STREAM.finditer(data):
        tail = b""
        for read, piece in _unpacked(data, match.end()):
            left -= read + len(piece)
            if left < 0:
                return "is far larger unpacked than it looks"
            found = found or _active(_spelled_out(tail + piece))
            tail = piece[-OVERLAP:]
    return f"holds {found}" if found else ""


def _spelled_out(data: bytes) -> bytes:
    """The bytes with every letter of a name that is written as a number written as itself."""
    return HEX.sub(lambda match: bytes([int(match[1], 16)]), data) if b"#" in data else data


def _active(data: bytes) -> str:
    match = NAME.search(data)
    if match:
        return ACTIVE[match[1]]
    return ACTIVE[b"/EmbeddedFile"] if EMBEDDED_FILES in data else ""


def _is_packed_otherwise(plain: bytes, place: int) -> bool:
    start = max(plain.rfind(b" obj", 0, place), place - LOOK_BACK, 0)
    end = plain.find(b"stream", place)
    words = plain[start : end if 0 <= end < place + LOOK_BACK else place + LOOK_BACK]
    return any(way in words for way in PACKED_OTHERWISE)


def _unpacked(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """
    What a compressed part unpacks to, piece by piece, each with how many bytes were read for it.

    Nothing of a part that is not compressed in the usual way. Reading is counted too: parts may
    lie within each other, so that a small file is read for ever.
    """
    unpacker, size = zlib.decompressobj(), FIRST_PIECE
    try:
        while start < len(data) and not unpacker.eof:
            rest = data[start : start + size]
            start, size, read = start + size, PIECE, len(rest)
            while rest and not unpacker.eof:
                yield read, unpacker.decompress(rest, PIECE)
                rest, read = unpacker.unconsumed_tail, 0
    except zlib.error:
        return
