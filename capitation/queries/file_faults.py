"""The text of a refused file around each fault, so that a person sees what the reader saw."""

import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from capitation.models import PlanFile
from ipaportal.core.files import is_stored, open_stored
from ipaportal.core.textfiles import LineTooLong, lines
from ipaportal.core.x12 import Reader

# A fault is shown from the first bytes of a file only: what lies further is not worth the wait.
MOST_BYTES = 16 << 20
MOST_FAULTS = 20
MOST_TEXT = 400
_PLACE = re.compile(r"(segment|line|row|record) (\d{1,9})")
_ELEMENT = re.compile(r"\b([A-Z][A-Z0-9]{1,2})(\d\d)\b")


@dataclass(frozen=True)
class Marked:
    """A line of text with the part that is wrong."""

    number: int
    before: str
    wrong: str
    after: str


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, in words, and the text around it."""

    where: str
    message: str
    code: str
    lines: Sequence[Marked] = field(default_factory=tuple)


def faults_of(file: PlanFile, most: int = MOST_FAULTS) -> list[Fault]:
    """The first faults of a file, each with its segment or line and the ones beside it."""
    told = file.problems[:most]
    wanted = {int(m[2]) for p in told if (m := _PLACE.search(p["where"]))}
    shown = _texts(file, wanted) if wanted else {}
    return [Fault(p["where"], p["message"], p["code"], tuple(_around(p, shown))) for p in told]


def _around(problem: dict[str, str], shown: dict[int, str]) -> Iterator[Marked]:
    place = _PLACE.search(problem["where"])
    if not place:
        return
    number = int(place[2])
    for at in (number - 1, number, number + 1):
        if at in shown:
            text = shown[at]
            yield _marked(at, text, problem) if at == number else Marked(at, text, "", "")


def _marked(number: int, text: str, problem: dict[str, str]) -> Marked:
    """Mark the element that the words name (BPR02 is the second after the name), else the whole."""
    name, mark = text[:3], re.search(r"[^A-Za-z0-9]", text)
    for found in _ELEMENT.finditer(f"{problem['where']} {problem['message']}"):
        if mark and text.startswith(found[1] + mark[0]):
            cells = text.split(mark[0])
            at = int(found[2])
            if at < len(cells):
                before = mark[0].join(cells[:at]) + mark[0]
                after = mark[0] + mark[0].join(cells[at + 1 :]) if at + 1 < len(cells) else ""
                return Marked(number, before, cells[at] or "(empty)", after)
    return Marked(number, "", text or name, "")


def _texts(file: PlanFile, numbers: set[int]) -> dict[int, str]:
    """The segments or lines of these numbers and those beside them."""
    if not is_stored(file.sha256):
        return {}
    wanted = {near for number in numbers for near in (number - 1, number, number + 1)}
    data, last = _beginning(file.sha256), max(wanted)
    found: dict[int, str] = {}
    try:
        for number, text in _cut(file, data):
            if number > last:
                break
            if number in wanted:
                found[number] = text[:MOST_TEXT]
    except LineTooLong:
        return found
    return found


def _cut(file: PlanFile, data: bytes) -> Iterator[tuple[int, str]]:
    if file.format.startswith("x12") or b"ISA" in data[:200]:
        for number, segment in Reader(data):
            yield number, "*".join(segment)
    else:
        yield from enumerate(lines(data), start=1)


def _beginning(sha256: str) -> bytes:
    data = bytearray()
    for piece in open_stored(sha256):
        data += piece
        if len(data) >= MOST_BYTES:
            break
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.GzipFile(fileobj=io.BytesIO(data)).read(MOST_BYTES)
        except (OSError, EOFError, zlib.error):
            return b""
    return bytes(data)
