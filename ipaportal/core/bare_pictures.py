"""
Pictures without what tells of who took them: only what is needed to draw them is written anew.

A photograph carries the place, the time, the camera's number and a small older picture of itself;
editors add names. Whatever is not known to be the picture is left out, and what follows its end.
Its pixels stay as they are; which way up it is held is written anew, and nothing else of the
camera's words. Texts and PDFs are none of this module's: they stay as they came.
"""

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"
PDF = b"%PDF-"
# Chunks that draw: all others are words, times, profiles with names, or whatever somebody made up.
PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"bKGD"}
SOS, EOI, DQT, DHT, DRI = 0xDA, 0xD9, 0xDB, 0xC4, 0xDD
JFIF, ADOBE = 0xE0, 0xEE  # says only how the colours are meant
EXIF, EXIF_HEAD = 0xE1, b"Exif\0\0"
WAY_UP, SHORT = 0x0112, 3  # the one tag that is needed to show a picture
ALONE = {0x01, *range(0xD0, 0xD8)}
FRAMES = {*range(0xC0, 0xD0)} - {DHT, 0xC8, 0xCC}


class NotAPicture(ValueError):
    """Bytes that are no whole PNG or JPEG."""


def bare(data: bytes) -> tuple[bytes, str]:
    """
    A picture without traces, and the ending that a name of it gets.

    :raises NotAPicture: if it is none, or broken
    """
    if data.startswith(PNG):
        return _png(data), "png"
    if data.startswith(JPEG):
        return _jpeg(data), "jpg"
    raise NotAPicture("It is no PNG and no JPEG.")


def _png(data: bytes) -> bytes:
    found, at = bytearray(PNG), len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            break
        body = data[at + 8 : at + 8 + length]
        if struct.unpack_from(">I", data, end - 4)[0] != zlib.crc32(name + body):
            break
        if name in PNG_KEPT:
            found += data[at:end]
        elif not name[:1].islower():
            break  # a chunk that has to be understood, and is not
        if name == b"IEND":
            return bytes(found)
        at = end
    raise NotAPicture("The picture is broken.")


def _jpeg(data: bytes) -> bytes:
    found, at = bytearray(JPEG), len(JPEG)
    while at + 2 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:  # fill
            at += 1
            continue
        if mark == EOI:
            return bytes(found + b"\xff\xd9")
        if mark in ALONE:
            at += 2
            continue
        if at + 4 > len(data):
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            break
        found += _segment(mark, data[at:end])
        at = end
        if mark == SOS:
            end = _end_of_scan(data, at)
            found += data[at:end]
            at = end
    raise NotAPicture("The picture is broken.")


def _segment(mark: int, segment: bytes) -> bytes:
    """A segment that draws, as it is, else nothing; of JFIF the head without a small picture."""
    if mark in FRAMES or mark in (SOS, DQT, DHT, DRI):
        return segment
    if mark == EXIF and segment[4:10] == EXIF_HEAD:
        return _way_up(segment[10:])
    if mark == JFIF and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        return b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0"
    if mark == ADOBE and segment[4:9] == b"Adobe":
        return b"\xff\xee\x00\x0e" + segment[4:16].ljust(12, b"\0")
    return b""


def _way_up(tiff: bytes) -> bytes:
    """Which way up a picture is held, as a segment of that alone; nothing if it is upright."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return b""
    try:
        (at,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, _, held = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if (tag, kind) == (WAY_UP, SHORT):
                return _exif_of(held) if 2 <= held <= 8 else b""
    except struct.error:  # it points outside itself: nobody knows what it says
        return b""
    return b""


def _exif_of(held: int) -> bytes:
    one = struct.pack(">HHIHH", WAY_UP, SHORT, 1, held, 0)
    body = EXIF_HEAD + b"MM\0*" + struct.pack(">IH", 8, 1) + one + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that is none of the scan's own."""
    while (at := data.find(b"\xff", at)) != -1:
        mark = data[at + 1] if at + 1 < len(data) else 0
        if mark and mark not in ALONE and mark != 0xFF:
            return at
        at += 2 if mark != 0xFF else 1
    raise NotAPicture("The picture is broken.")
