"""
The 832 price catalogue: what a supplier sells, in which pack, at which price from how many on.

Prices stand in CTP after the item (LIN) that they are of; CTP04 is the number of packs from which
a price holds (own knowledge of the standard, unverified).
"""

from dataclasses import dataclass

from ipaportal.core.csvfiles import CellProblem
from ipaportal.core.x12 import Problem, Segment, Source, element
from ipaportal.core.x12_faults import Faults
from purchasing.formats.price_lists import PriceLine, PriceLines, without_twins
from purchasing.formats.trade_documents import (
    MAX_LINES,
    Documents,
    Goods,
    check_currency,
    count_of,
    goods_of,
    price_of,
)

OUR_NUMBER, MAKER = ("IN", "BP"), ("MG", "MN")
SERIOUS = ("refused", "unbalanced")


@dataclass(slots=True)
class _Item:
    """What was said of an item so far."""

    goods: Goods
    name: str = ""
    eaches: int | None = None


class _Reader:
    def __init__(self) -> None:
        self.faults = Faults()
        self.lines: list[PriceLine] = []
        self.item: _Item | None = None
        self.seen = 0

    def begin(self, _number: int, _segment: Segment) -> None:
        self.item = None

    def cur(self, number: int, segment: Segment) -> None:
        check_currency(segment, number, self.faults)

    def lin(self, number: int, segment: Segment) -> None:
        self.item = _Item(goods_of(segment, 2, number, self.faults))

    def pid(self, _number: int, segment: Segment) -> None:
        if self.item is not None and not self.item.name:
            self.item.name = element(segment, 5).strip()

    def po4(self, number: int, segment: Segment) -> None:
        if self.item is not None and element(segment, 1).strip():
            self.item.eaches = count_of(segment, 1, number, self.faults)

    def ctp(self, number: int, segment: Segment) -> None:
        self.seen += 1
        if self.seen > MAX_LINES:
            return
        if self.item is None:
            self.faults.refuse(number, segment, "no_item", "The price is of no item (LIN).")
            return
        price = price_of(segment, 3, number, self.faults)
        has_count = bool(element(segment, 4).strip())
        low = count_of(segment, 4, number, self.faults) if has_count else 0
        if not price:
            if price is not None or not element(segment, 3).strip():
                self.faults.refuse(number, segment, "no_price", "The item has no price above 0.")
            return
        if low is None:
            return
        if price != round(price, 4):
            words = "A price has four decimals at most."
            self.faults.refuse(number, segment, "too_fine", words)
            return
        goods = self.item.goods
        self.lines.append(
            PriceLine(
                number, goods.value(*OUR_NUMBER) or goods.sku, goods.ndc, goods.value(*MAKER),
                self.item.name, element(segment, 5).strip(), self.item.eaches, low, price,
            )
        )  # fmt: skip

    def end(self, number: int, segment: Segment) -> None:
        if self.seen > MAX_LINES:
            self.faults.refuse(number, segment, "too_many", "It has prices without end.")


def is_x12(data: bytes) -> bool:
    """Whether some bytes begin like an interchange."""
    return data[:16].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"ISA")


def read(source: Source) -> PriceLines:
    """Read a catalogue; every price becomes a line or a refusal at its segment."""
    one = _Reader()
    steps = {"CUR": one.cur, "LIN": one.lin, "PID": one.pid, "PO4": one.po4, "CTP": one.ctp}
    found = Documents("832", steps, one.begin, one.end).read(source, one.faults)
    problems = [_problem(each) for each in found if each.severity in SERIOUS]
    lines, twice = without_twins(one.lines)
    if not lines and not problems:
        problems.append(CellProblem(1, "", "", "empty", "There is no price in the file."))
    ordered = sorted([*problems, *twice], key=lambda each: each.line_no)
    return PriceLines(tuple(lines), tuple(ordered))


def _problem(one: Problem) -> CellProblem:
    """A fault at a segment as price lists name theirs at lines."""
    words = one.where.split()
    number = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    return CellProblem(number, words[-1].strip("()"), "", one.code, one.message)
