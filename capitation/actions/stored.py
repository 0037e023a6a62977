"""Stored plan files, beneath the actions: their bytes unpacked, their day, how rosters are read."""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import BinaryIO

from capitation.formats import roster_csv
from capitation.formats.inspection import Unpacking
from capitation.formats.values import parse_date
from capitation.models import PlanFile, RosterMapping
from ipaportal.core.files import open_stored
from ipaportal.core.x12 import Reader

# A roster is read whole; a larger one is asked for in parts.
MAX_ROSTER = 64 << 20
HEAD_SEGMENTS = 50


class TooLarge(Exception):
    """A roster of more than MAX_ROSTER bytes."""


class StoredSource:
    """A stored file as the readers want it: read forward, and again from its beginning."""

    def __init__(self, sha256: str) -> None:
        self._sha256 = sha256
        self.seek(0)

    def seek(self, _position: int) -> None:
        """Go back to the beginning, the only place to go."""
        self._pieces: Iterator[bytes] = open_stored(self._sha256)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes, none at the end."""
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        size = len(self._left) if size < 0 else size
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def close(self) -> None:
        """Begin anew for whoever reads it next."""
        self.seek(0)


def content_of(source: StoredSource) -> BinaryIO | StoredSource | Unpacking:
    """A stored file from its beginning, unpacked where it came packed."""
    source.seek(0)
    mark = source.read(2)
    source.seek(0)
    return Unpacking(source) if mark == b"\x1f\x8b" else source


def made_on(file: PlanFile, source: StoredSource) -> date | None:
    """The day a file says it was made: BGN03 of an 834, the payment's day of an 820, else GS04."""
    if not file.format.startswith("x12"):
        return None
    found = {}
    for _, segment in islice(Reader(content_of(source)), HEAD_SEGMENTS):
        at = {"BGN": 3, "BPR": 16, "GS": 4}.get(segment[0])
        if at is not None and at < len(segment):
            found.setdefault(segment[0], parse_date(segment[at]))
    return found.get("BGN") or found.get("BPR") or found.get("GS")


def roster_of(file: PlanFile, source: BinaryIO) -> roster_csv.RosterFile:
    """
    Read a roster by its payer's columns.

    :raises TooLarge: if it is to be asked for in parts
    """
    # One piece too many is read to tell: the size that is kept says nothing of a packed file.
    pieces = islice(iter(lambda: source.read(1 << 20), b""), (MAX_ROSTER >> 20) + 1)
    data = b"".join(pieces)
    if len(data) > MAX_ROSTER:
        raise TooLarge
    return roster_csv.read(data, mapping_for(file.payer_id, data))


def mapping_for(payer_id: int, data: bytes) -> roster_csv.Mapping:
    """
    How a payer's roster is read: as saved, else as its column heads suggest.

    Saved columns that this file does not have at all mean that it is another kind of list: then
    its heads are read as they are.
    """
    headers = roster_csv.read_headers(data)
    saved = RosterMapping.objects.filter(payer_id=payer_id).first()
    if saved is not None and set(saved.columns.values()) <= set(headers):
        return roster_csv.Mapping(saved.columns, date_format=saved.date_format)
    return roster_csv.Mapping(roster_csv.guess_mapping(headers))
