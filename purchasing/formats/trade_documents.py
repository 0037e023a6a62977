"""What the readers of suppliers' X12 documents share: identifiers and quantities."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.values import parse_amount, parse_date
from ipaportal.core.x12 import Problem, Reader, Segment, Source, element
from ipaportal.core.x12_faults import Faults
from purchasing.rules.ndc import BadNdc, Ndc, parse_ndc

MAX_LINES = 200_000
# More is no order of anybody's, and would not fit where it is kept.
MOST_PACKS, MOST_PRICE, MOST_CENTS = 10_000_000, Decimal(10_000_000), 10**14
# An NDC as eleven digits or with hyphens; and as ten digits whose format the qualifier says (X12
# element 235; own knowledge, unverified).
NDC_QUALIFIERS = ("N4", "ND")
TEN_DIGITS = {"N1": (4, 4), "N2": (5, 3), "N3": (5, 4)}
SKU_QUALIFIERS = ("VN", "VC", "VP", "SK")
GTIN_QUALIFIERS = ("UK", "UP", "UI", "EN")


@dataclass(frozen=True, slots=True)
class Goods:
    """What a line is about, as the supplier names it; `qualified` holds all that it says."""

    ndc: Ndc | None = None
    sku: str = ""
    gtin: str = ""
    qualified: tuple[tuple[str, str], ...] = ()

    def value(self, *kinds: str) -> str:
        """The first value of some kinds."""
        return next((value for kind in kinds for k, value in self.qualified if k == kind), "")


def goods_of(segment: Segment, start: int, number: int, faults: Faults) -> Goods:
    """Read pairs of qualifier and identifier from a place of a segment on."""
    pairs = []
    for place in range(start, len(segment) - 1, 2):
        kind, value = segment[place].strip(), segment[place + 1].strip()
        if kind and value:
            pairs.append((kind, value))
    written = next((_hyphenated(*pair) for pair in pairs if _is_ndc(pair[0])), "")
    ndc = None
    if written:
        try:
            ndc = parse_ndc(written)
        except BadNdc as bad:
            faults.refuse(number, segment, "ndc", f"{written[:20]!r} is no NDC: {bad.why}.")
    goods = Goods(ndc, qualified=tuple(pairs))
    return Goods(ndc, goods.value(*SKU_QUALIFIERS), goods.value(*GTIN_QUALIFIERS), tuple(pairs))


def _is_ndc(kind: str) -> bool:
    return kind in NDC_QUALIFIERS or kind in TEN_DIGITS


def _hyphenated(kind: str, value: str) -> str:
    """Ten digits with the hyphens that their qualifier says."""
    if kind not in TEN_DIGITS or len(value) != 10 or not value.isdigit():
        return value
    labeler, product = TEN_DIGITS[kind]
    return f"{value[:labeler]}-{value[labeler : labeler + product]}-{value[labeler + product :]}"


def count_of(segment: Segment, place: int, number: int, faults: Faults) -> int | None:
    """Read a whole quantity of 0 or more; a fault is named, and None given."""
    amount = parse_amount(element(segment, place))
    if amount is None or amount != amount.to_integral_value():
        words = f"The quantity {element(segment, place)[:20]!r} is no whole number."
        faults.refuse(number, segment, "quantity", words)
        return None
    if amount < 0:
        faults.refuse(number, segment, "negative", f"The quantity {amount} is below zero.")
        return None
    if amount > MOST_PACKS:
        faults.refuse(number, segment, "too_much", f"{MOST_PACKS:,} packs are the most.")
        return None
    return int(amount)


def price_of(segment: Segment, place: int, number: int, faults: Faults) -> Decimal | None:
    """Read a price of 0 or more; None where there is none, and where it is a fault."""
    text = element(segment, place).strip()
    if not text:
        return None
    price = parse_amount(text)
    if price is None or not 0 <= price <= MOST_PRICE:
        faults.refuse(number, segment, "price", f"The price {text[:20]!r} is no amount.")
        return None
    return price


def day_of(segment: Segment, place: int, number: int, faults: Faults) -> date | None:
    """Read a date; None where there is none, and where it is a fault."""
    text = element(segment, place).strip()
    day = parse_date(text)
    if text and day is None:
        faults.refuse(number, segment, "date", f"{text[:20]!r} is no date.")
    return day


def cents_of(segment: Segment, place: int, what: str, number: int, faults: Faults) -> int | None:
    """Read an amount that is written in cents (N2); None where it is a fault."""
    amount = parse_amount(element(segment, place))
    if amount is None or amount != amount.to_integral_value() or abs(amount) > MOST_CENTS:
        words = f"The {what} {element(segment, place)[:20]!r} is no whole number of cents."
        faults.refuse(number, segment, what, words)
        return None
    return int(amount)


def check_currency(segment: Segment, number: int, faults: Faults) -> None:
    """Refuse a file whose amounts are not in US dollars."""
    currency = element(segment, 2).strip().upper()
    if currency and currency != "USD":
        words = f"The amounts are in {currency[:3]}; only US dollars are read."
        faults.refuse(number, segment, "currency", words)


Step = Callable[[int, Segment], None]


class Documents:
    """
    Feeds the segments of every transaction of a kind to the steps that are named by segment.

    `begin` is called at each ST of the kind and `end` at its SE; other kinds are named and left.
    """

    def __init__(self, kind: str, steps: Mapping[str, Step], begin: Step, end: Step) -> None:
        self.kind, self.steps, self.begin, self.end = kind, steps, begin, end
        self.found = 0

    def read(self, source: Source, faults: Faults) -> list[Problem]:
        """Read a file; answers what is wrong with it, its envelope first."""
        reader = Reader(source)
        for number, segment in self._within(reader, faults):
            step = self.steps.get(segment[0])
            if step is not None:
                step(number, segment)
        if not self.found:
            faults.refuse(reader.segments, "file", "no_transaction", f"It holds no {self.kind}.")
        return [*reader.problems, *faults.found]

    def _within(self, reader: Reader, faults: Faults) -> Iterator[tuple[int, Segment]]:
        inside = False
        for number, segment in reader:
            name = segment[0]
            if name == "ST":
                inside = element(segment, 1) == self.kind
                if inside:
                    self.found += 1
                    self.begin(number, segment)
                else:
                    words = f"It holds a {element(segment, 1)[:3]} too, which is not read here."
                    faults.refuse(number, segment, "other_kind", words)
            elif name == "SE" and inside:
                self.end(number, segment)
                inside = False
            elif inside:
                yield number, segment
        if inside:
            self.end(reader.segments, ["SE"])
