"""
X12 without a map: cuts a file into segments and checks that its envelopes close.

Delimiters come from each ISA, by position of its 16 elements and not by byte, because senders
shorten it. A file is read in pieces; memory does not grow with it. The checks name every fault
with its segment and never raise on content.
"""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from ipaportal.core.textfiles import Source, opened, texts
from ipaportal.core.x12_envelope import CONTROL, Envelope, Problem

__all__ = [
    "Delimiters",
    "Envelope",
    "Problem",
    "Reader",
    "Segment",
    "Source",
    "element",
    "opened",
    "segment_text",
    "without_collecting",
    "wrap",
]

Segment = list[str]

MAX_SEGMENT = 1 << 20
HEADER = 400
_BLANK = " \t\r\n\x00\x1a"
# No text of the database holds a NUL: within a segment another mark stands for it, and the file
# is refused.
_NUL, _LOST = "\x00", "\ufffd"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters one interchange is cut by; `isa_length` is 106 where the sender pads."""

    element: str = "*"
    component: str = ":"
    terminator: str = "~"
    repetition: str = "^"
    isa_length: int = 106


def element(segment: Segment, position: int) -> str:
    """Give the element at a position (1 is the first after the name), "" where there is none."""
    return segment[position] if position < len(segment) else ""


def wrap(elements: list[str], delimiters: Delimiters = Delimiters()) -> str:
    """Write a segment without its terminator, as it stands in the file."""
    return delimiters.element.join(elements)


def _header(text: str, start: int) -> Delimiters | None:
    """Read the delimiters of the ISA at `start`; None if no whole ISA stands there."""
    mark = text[start + 3 : start + 4]
    if not mark or mark.isalnum() or mark in " \r\n":
        return None
    at, ends = start + 3, []
    for _ in range(15):
        at = text.find(mark, at + 1, start + HEADER)
        if at < 0:
            return None
        ends.append(at)
    repetition = text[ends[9] + 1 : ends[10]]
    tail = text[at + 1 : at + 24]
    # What stands between ISA16 and the next segment is the terminator, however long it is.
    follows = re.match(rf"(.?)(.*?)(?=(?:GS|TA1|ISB|ISE|IEA|ST){re.escape(mark)})", tail, re.DOTALL)
    component, raw = follows.groups() if follows else (tail[:1], tail[1:2])
    if not raw:
        component, raw = "", component
    terminator = raw.strip(" \t\r\n") or ("\n" if "\n" in raw else raw[:1])
    if not terminator or terminator == mark or _NUL in mark + component + terminator:
        return None
    return Delimiters(
        element=mark,
        component=component,
        terminator=terminator,
        repetition=repetition if len(repetition) == 1 and not repetition.isalnum() else "",
        isa_length=at + 2 + len(terminator) - start,
    )


def _bare(text: str) -> tuple[int, Delimiters] | None:
    """Guess the delimiters of a file that has no ISA, from its first GS or ST."""
    found = re.search(r"(?:\A|[\s~])(?P<id>GS|ST)(?P<mark>[^A-Za-z0-9\s])", text)
    if found is None:
        return None
    terminator = "~" if "~" in text else "\n"
    return found.start("id"), Delimiters(element=found["mark"], terminator=terminator)


# Segments still whole, and the element mark to split them by. They are split one at a time, as
# they are read, because a list that dies young costs the garbage collector nothing.
_Block = tuple[list[str], str]


def _cut(text: str, delimiters: Delimiters) -> _Block:
    """Cut text that ends at a terminator into segments; blank ones fall out."""
    if delimiters.terminator + "\n" in text and not any(mark in text for mark in "\t\x00\x1a"):
        # One segment a line, as most write it: taken off at once, where nothing else has to be.
        text = text.replace(delimiters.terminator + "\n", delimiters.terminator)
    parts = text.split(delimiters.terminator)
    if "\n" in text or "\r" in text or " " in (text[:1], text[-1:]):
        parts = [part.strip("\r\n\t\x00\x1a").lstrip(" ") for part in parts]
    elif delimiters.terminator + " " in text:
        parts = [part.lstrip(" ") for part in parts]
    if _NUL in text:
        parts = [part.replace(_NUL, _LOST) for part in parts if part.strip(_BLANK)]
    return [part for part in parts if part], delimiters.element


class Reader:
    """
    Iterates over (segment number, elements) of an X12 file, checking its envelopes on the way.

    After the iteration `problems` and `faults` (control faults in short form) are complete.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.delimiters = Delimiters()
        self.envelope = Envelope()
        self.segments = 0
        self._has_nul = False

    @property
    def problems(self) -> list[Problem]:
        """Give what is wrong, in the order of the file."""
        return self.envelope.problems

    @property
    def faults(self) -> list[str]:
        """Give the control faults in short form, such as "SE01=68 actual=67"."""
        return self.envelope.faults

    def __iter__(self) -> Iterator[tuple[int, Segment]]:
        number = 0
        control, check = CONTROL, self.envelope.feed
        for parts, mark in self._blocks():
            if self._has_nul:
                self._refuse_lost(number, parts, mark)
            for part in parts:
                segment = part.split(mark)
                number += 1
                if segment[0] in control:
                    check(number, segment)
                yield number, segment
        self.segments = number
        self.envelope.finish(number)

    def _refuse_lost(self, before: int, parts: list[str], mark: str) -> None:
        """Name the segments of a block in which a NUL stood."""
        for number, part in enumerate(parts, before + 1):
            if _LOST in part:
                self.envelope.damaged(number, part.split(mark, 1)[0])

    def _pieces(self) -> Iterator[str]:
        for text in texts(self.source):
            self._has_nul = self._has_nul or _NUL in text
            yield text

    def _blocks(self) -> Iterator[_Block]:
        pieces = self._pieces()
        pending = next(pieces, "")
        start = self._begin(pending)
        if start is None:
            return
        pending = pending[start:]
        for text in pieces:
            ready, pending, too_long = self._ready(pending, last=False)
            yield from ready
            if too_long:
                return
            pending += text
        ready, pending, _ = self._ready(pending, last=True)
        yield from ready
        rest, mark = _cut(pending, self.delimiters)
        if rest:
            if rest[-1].split(mark, 1)[0] != "IEA":
                self.envelope.unterminated = True
            yield rest, mark

    def _begin(self, text: str) -> int | None:
        """Find where the file begins and how it is cut; None if this is no X12."""
        at = text.find("ISA")
        while at >= 0:
            delimiters = _header(text, at)
            if delimiters is not None:
                self.delimiters = delimiters
                if text[:at].strip(_BLANK + "\ufeff"):
                    self.envelope.garbage(at)
                return at
            at = text.find("ISA", at + 3)
        self.envelope.headless = True
        bare = _bare(text)
        if bare is None:
            return None
        start, self.delimiters = bare
        return start

    def _ready(self, text: str, *, last: bool) -> tuple[list[_Block], str, bool]:
        """Split off what is complete; the rest waits for the next piece of the file."""
        blocks, at = [], 0
        while (found := self._next_interchange(text, at)) >= 0:
            if not last and len(text) - found < HEADER:
                blocks.append(_cut(text[at:found], self.delimiters))
                return blocks, text[found:], False
            blocks.append(_cut(text[at:found], self.delimiters))
            self.delimiters = _header(text, found) or self.delimiters
            at = found
        end = text.rfind(self.delimiters.terminator, at)
        if end < 0:
            too_long = len(text) - at > MAX_SEGMENT
            if too_long:
                self.envelope.too_long = True
            return blocks, "" if too_long else text[at:], too_long
        end += len(self.delimiters.terminator)
        blocks.append(_cut(text[at:end], self.delimiters))
        return blocks, text[end:], False

    def _next_interchange(self, text: str, at: int) -> int:
        """Find the ISA that opens a further interchange, -1 if there is none."""
        found = text.find("ISA", at + 3)
        while found >= 0:
            before = text[max(at, found - 8) : found].rstrip(_BLANK)
            closes = before.endswith(self.delimiters.terminator)
            if self.delimiters.terminator in "\r\n":
                closes = text[found - 1] in "\r\n"
            mark = text[found + 3 : found + 4]
            if closes and (not mark or not (mark.isalnum() or mark in " \r\n")):
                return found
            found = text.find("ISA", found + 3)
        return -1


@contextmanager
def without_collecting() -> Iterator[None]:
    """
    Read a whole file without looking for garbage in what was read of it, which has no cycles.

    The collector would walk all of it, and the whole process, again and again: a third of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def segment_text(source: Source, number: int, count: int = 1) -> str:
    """Give the text of a segment (and those after it) as the file has it, one a line."""
    reader = Reader(source)
    wanted = islice(reader, number - 1, number - 1 + count)
    return "\n".join(wrap(segment, reader.delimiters) for _, segment in wanted)
