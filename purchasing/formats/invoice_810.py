"""
The 810 invoice: what a supplier asks for which goods of which order.

TDS01 is in cents, and must be the lines and the charges. Charges written at lines are often said
again in the summary: they count only where the summary has none.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.money import dollars, round_cents
from ipaportal.core.x12 import Problem, Segment, Source, element
from ipaportal.core.x12_faults import Faults
from purchasing.formats.trade_documents import (
    MAX_LINES,
    Documents,
    Goods,
    cents_of,
    check_currency,
    count_of,
    day_of,
    goods_of,
    price_of,
)

CHARGE, ALLOWANCE = "C", "A"
FREIGHT_CODES = frozenset({"D240", "D250", "G830", "G821"})


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge (or an allowance, below zero) in cents, by its code."""

    segment_no: int
    code: str
    cents: int
    words: str

    @property
    def is_freight(self) -> bool:
        """Whether it is for freight or shipping."""
        return self.code in FREIGHT_CODES


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """So many of something at a price; cents rounded once."""

    segment_no: int
    line: str
    packs: int
    unit: str
    price: Decimal
    goods: Goods

    @property
    def cents(self) -> int:
        """What the line comes to."""
        return round_cents(self.price * self.packs)


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice, with what it says it comes to."""

    segment_no: int
    number: str
    invoiced_on: date | None
    order_number: str
    site: str
    lines: tuple[InvoiceLine, ...]
    charges: tuple[Charge, ...]
    total_cents: int
    is_credit: bool = False

    @property
    def counted_cents(self) -> int:
        """What lines and charges come to."""
        return sum(line.cents for line in self.lines) + sum(one.cents for one in self.charges)


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """All invoices of a file, and what is wrong with it."""

    invoices: tuple[Invoice, ...]
    problems: tuple[Problem, ...]


class _Reader:
    def __init__(self) -> None:
        self.faults = Faults()
        self.found: list[Invoice] = []
        self.numbers: set[str] = set()
        self.seen = 0
        self._start(0)

    def _start(self, number: int) -> None:
        self.segment_no, self.number, self.order, self.site = number, "", "", ""
        self.day: date | None = None
        self.is_credit = self.is_summary = False
        self.total: int | None = None
        self.lines: list[InvoiceLine] = []
        self.at_lines: list[Charge] = []
        self.in_summary: list[Charge] = []

    def begin(self, number: int, _segment: Segment) -> None:
        self._start(number)

    def big(self, number: int, segment: Segment) -> None:
        self.day = day_of(segment, 1, number, self.faults)
        self.number, self.order = element(segment, 2).strip(), element(segment, 4).strip()
        self.is_credit = element(segment, 7).strip() in ("CR", "CN")
        if not self.number:
            self.faults.refuse(number, segment, "no_number", "The invoice has no number (BIG02).")
        if self.number in self.numbers:
            words = f"Invoice {self.number[:30]} is in the file twice."
            self.faults.refuse(number, segment, "invoice_twice", words)
        self.numbers.add(self.number)

    def cur(self, number: int, segment: Segment) -> None:
        check_currency(segment, number, self.faults)

    def n1(self, _number: int, segment: Segment) -> None:
        if element(segment, 1) == "ST" and not self.site:
            self.site = element(segment, 4).strip() or element(segment, 2).strip()

    def it1(self, number: int, segment: Segment) -> None:
        self.seen += 1
        if self.seen > MAX_LINES:
            return
        packs = count_of(segment, 2, number, self.faults)
        price = price_of(segment, 4, number, self.faults)
        goods = goods_of(segment, 6, number, self.faults)
        if price is None and not element(segment, 4).strip():
            self.faults.refuse(number, segment, "no_price", "The line has no price.")
        if packs is not None and price is not None:
            line = element(segment, 1).strip()
            self.lines.append(InvoiceLine(number, line, packs, element(segment, 3), price, goods))

    def sac(self, number: int, segment: Segment) -> None:
        kind = element(segment, 1)
        if kind not in (CHARGE, ALLOWANCE) or not element(segment, 5):
            return
        amount = cents_of(segment, 5, "charge", number, self.faults)
        if amount is None:
            return
        cents = amount if kind == CHARGE else -amount
        charge = Charge(number, element(segment, 2), cents, element(segment, 15).strip())
        (self.in_summary if self.is_summary else self.at_lines).append(charge)

    def tds(self, number: int, segment: Segment) -> None:
        self.total = cents_of(segment, 1, "total", number, self.faults)
        self.is_summary = True

    def end(self, number: int, segment: Segment) -> None:
        if self.seen > MAX_LINES:
            self.faults.refuse(number, segment, "too_many", "It has lines without end.")
        if self.total is None:
            self.faults.refuse(number, segment, "no_total", "The invoice has no total (TDS).")
        if self.total is None or not self.number:
            return
        invoice = Invoice(
            self.segment_no, self.number, self.day, self.order, self.site, tuple(self.lines),
            tuple(self.in_summary or self.at_lines), self.total, self.is_credit,
        )  # fmt: skip
        if invoice.counted_cents != invoice.total_cents:
            words = (
                f"Invoice {self.number[:30]} says ${dollars(invoice.total_cents)}; its lines and "
                f"charges come to ${dollars(invoice.counted_cents)}."
            )
            self.faults.unbalanced(number, segment, "total_differs", words)
        self.found.append(invoice)


def read(source: Source) -> InvoiceFile:
    """Read a file of invoices; every fault is named with its segment."""
    one = _Reader()
    steps = {"BIG": one.big, "CUR": one.cur, "N1": one.n1, "IT1": one.it1, "SAC": one.sac,
             "TDS": one.tds}  # fmt: skip
    problems = Documents("810", steps, one.begin, one.end).read(source, one.faults)
    return InvoiceFile(tuple(one.found), tuple(problems))
