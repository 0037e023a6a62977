"""What a file is by its first bytes, and unpacking that cannot be made to fill the machine."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum

from ipaportal.core.refusals import Refused

MEBIBYTE = 1 << 20
MAX_MEMBERS = 1_000
MAX_UNPACKED_BYTES = 512 * MEBIBYTE
# Text of eligibility files shrinks 10 to 30 times; a bomb 1,000 times and more. Small files are
# let off, because a few repeated lines shrink without end and harm nobody.
MAX_RATIO = 200
RATIO_FROM_BYTES = MEBIBYTE
PIECE_BYTES = 1 << 16
LOOK_BYTES = 8_192


class Kind(StrEnum):
    EMPTY = "empty"
    ZIP = "zip"
    GZIP = "gzip"
    PDF = "pdf"
    BINARY = "binary"
    TEXT = "text"


class ArchiveRefused(Refused):
    """An archive that is damaged, encrypted, or unpacks to more than is reasonable."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The archive was not unpacked: {reason}. Nothing was changed. "
            "Unpack it on your computer and send the files one by one."
        )
        self.reason = reason


def sniff(data: bytes) -> Kind:
    """What the bytes are, by their beginning and never by a name."""
    head = bytes(data[:LOOK_BYTES])
    if not head:
        return Kind.EMPTY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.ZIP
    if head.startswith(b"\x1f\x8b"):
        return Kind.GZIP
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Kind.TEXT
    # X12 may use control characters as separators; a NUL is in no text that is sent to us.
    return Kind.BINARY if b"\0" in head or _control_share(head) > 0.1 else Kind.TEXT


def unzip(data: bytes) -> Iterator[tuple[str, bytes]]:
    """
    Yield the name and bytes of each file in a zip; names are labels, never paths to write to.

    :raises ArchiveRefused: if it is damaged, encrypted or a bomb, before the excess is unpacked
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as failure:
        raise ArchiveRefused("it is damaged") from failure
    members = [info for info in archive.infolist() if not info.is_dir()]
    _check_directory(members, len(data))
    left = MAX_UNPACKED_BYTES
    for info in members:
        content = _read_member(archive, info, left)
        left -= len(content)
        yield info.filename, content


def gunzip(data: bytes) -> bytes:
    """
    Unpack a gzip of one or more parts.

    :raises ArchiveRefused: if it is damaged or a bomb, before the excess is unpacked
    """
    whole = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while piece := file.read(PIECE_BYTES):
                whole += piece
                _check_size(len(whole), len(data))
    except EOFError as failure:
        raise ArchiveRefused("it is cut short") from failure
    except (zlib.error, OSError) as failure:
        raise ArchiveRefused("it is damaged") from failure
    return bytes(whole)


def _check_directory(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise ArchiveRefused(f"it holds {len(members):,} files, more than {MAX_MEMBERS:,}")
    if any(info.flag_bits & 1 for info in members):
        raise ArchiveRefused("it is protected by a password")
    # Overlapping members: each small, together far more than the file that carries them.
    if sum(info.compress_size for info in members) > packed:
        raise ArchiveRefused("its parts overlap")
    _check_size(sum(info.file_size for info in members), packed)


def _check_size(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // MEBIBYTE
        raise ArchiveRefused(f"it unpacks to more than {limit} MB")
    if unpacked > RATIO_FROM_BYTES and unpacked > packed * MAX_RATIO:
        raise ArchiveRefused(f"it unpacks to more than {MAX_RATIO} times its size")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """One file, read no further than its directory entry said: that entry may lie."""
    content = bytearray()
    try:
        with archive.open(info) as file:
            while piece := file.read(PIECE_BYTES):
                content += piece
                if len(content) > min(info.file_size, left):
                    raise ArchiveRefused("a file in it is larger than it says")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as failure:
        raise ArchiveRefused("it is damaged") from failure
    return bytes(content)


def _control_share(head: bytes) -> float:
    controls = sum(byte < 32 and byte not in b"\t\r\n\x0c\x1a\x1c\x1d\x1e\x1f" for byte in head)
    return controls / len(head)
