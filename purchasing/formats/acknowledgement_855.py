"""
The 855 purchase order acknowledgement: what a supplier will deliver of an order, and what not.

Nothing that it changes is taken as agreed: `rules/acknowledgements.py` says what a person must
look at.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.x12 import Problem, Segment, Source, element
from ipaportal.core.x12_faults import Faults
from purchasing.formats.trade_documents import (
    MAX_LINES,
    Documents,
    Goods,
    check_currency,
    count_of,
    day_of,
    goods_of,
    price_of,
)
from purchasing.rules.acknowledgements import STATUSES


@dataclass(frozen=True, slots=True)
class Answer:
    """One ACK of a line: so many, in this status, by then, maybe of something else."""

    segment_no: int
    status: str
    packs: int
    unit: str
    day: date | None
    goods: Goods


@dataclass(frozen=True, slots=True)
class AckLine:
    """A line of the order as the supplier repeats it, and its answers."""

    segment_no: int
    line: str
    packs: int | None
    unit: str
    price: Decimal | None
    goods: Goods
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An answer to one order."""

    segment_no: int
    order_number: str
    kind: str
    """BAK02: AC with detail and change, AD with detail, AE with exception, RD rejected …"""
    acknowledged_on: date | None
    lines: tuple[AckLine, ...]


@dataclass(frozen=True, slots=True)
class AckFile:
    """All acknowledgements of a file, and what is wrong with it."""

    acknowledgements: tuple[Acknowledgement, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Head:
    segment_no: int
    number: str = ""
    kind: str = ""
    day: date | None = None


class _Reader:
    def __init__(self) -> None:
        self.faults = Faults()
        self.found: list[Acknowledgement] = []
        self.head = _Head(0)
        self.lines: list[tuple[AckLine, list[Answer]]] = []
        self.seen = 0

    def begin(self, number: int, _segment: Segment) -> None:
        self.head, self.lines = _Head(number), []

    def bak(self, number: int, segment: Segment) -> None:
        self.head.kind, self.head.number = element(segment, 2), element(segment, 3).strip()
        self.head.day = day_of(segment, 4, number, self.faults)
        if not self.head.number:
            self.faults.refuse(number, segment, "no_order", "It names no order (BAK03).")

    def cur(self, number: int, segment: Segment) -> None:
        check_currency(segment, number, self.faults)

    def po1(self, number: int, segment: Segment) -> None:
        self.seen += 1
        if self.seen > MAX_LINES:
            return
        line = AckLine(
            number,
            element(segment, 1).strip(),
            count_of(segment, 2, number, self.faults) if element(segment, 2) else None,
            element(segment, 3),
            price_of(segment, 4, number, self.faults),
            goods_of(segment, 6, number, self.faults),
            (),
        )
        self.lines.append((line, []))

    def ack(self, number: int, segment: Segment) -> None:
        status = element(segment, 1).strip()
        if status not in STATUSES:
            words = f"{status[:4]!r} is no status of a line that is known here."
            self.faults.refuse(number, segment, "status", words)
            return
        if not self.lines:
            self.faults.refuse(number, segment, "no_line", "It answers no line.")
            return
        packs = count_of(segment, 2, number, self.faults) if element(segment, 2) else 0
        if packs is not None:
            day = day_of(segment, 5, number, self.faults)
            goods = goods_of(segment, 7, number, self.faults)
            answer = Answer(number, status, packs, element(segment, 3), day, goods)
            self.lines[-1][1].append(answer)

    def end(self, number: int, segment: Segment) -> None:
        if self.seen > MAX_LINES:
            self.faults.refuse(number, segment, "too_many", "It has lines without end.")
        names = [line.line for line, _ in self.lines]
        for line, _ in self.lines:
            if line.line and names.count(line.line) > 1:
                words = f"Line {line.line} is answered twice."
                self.faults.refuse(line.segment_no, "PO1", "line_twice", words)
                break
        lines = tuple(
            AckLine(o.segment_no, o.line, o.packs, o.unit, o.price, o.goods, tuple(answers))
            for o, answers in self.lines
        )
        head = self.head
        if head.number:
            self.found.append(
                Acknowledgement(head.segment_no, head.number, head.kind, head.day, lines)
            )


def read(source: Source) -> AckFile:
    """Read a file of acknowledgements; every fault is named with its segment."""
    one = _Reader()
    steps = {"BAK": one.bak, "CUR": one.cur, "PO1": one.po1, "ACK": one.ack}
    problems = Documents("855", steps, one.begin, one.end).read(source, one.faults)
    return AckFile(tuple(one.found), tuple(problems))
