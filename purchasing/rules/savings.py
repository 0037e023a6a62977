"""
What buying together saved, by the honest definition: against a named baseline, one at a time.

Each kind of baseline answers a question of its own; they are never added up. Without a baseline
there is no saving, and the line says so. What is saved is net of freight, fees and waste; a
rebate that has not come in is shown apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from ipaportal.core.money import round_div


class Baseline(StrEnum):
    """What a price is compared to."""

    LAST_PAID = "last_paid"
    BASE_TIER = "base_tier"
    LIST_PRICE = "list_price"
    PART_B_LIMIT = "part_b_limit"
    NADAC = "nadac"


BASELINE_WORDS = {
    Baseline.LAST_PAID: "what the practice last paid for it",
    Baseline.BASE_TIER: "the contract's price without the group's volume",
    Baseline.LIST_PRICE: "the list price",
    Baseline.PART_B_LIMIT: "Medicare's Part B limit",
    Baseline.NADAC: "the pharmacies' average cost (NADAC)",
}
# List prices (WAC, AWP) are licensed; without the licence none is shown.
NEEDS_LICENCE = frozenset({Baseline.LIST_PRICE})


@dataclass(frozen=True, slots=True)
class BaselinePrice:
    """A price that was frozen before the order: of one unit, from a day, by a source."""

    kind: Baseline
    each: Fraction
    of_day: date
    source: str


@dataclass(frozen=True, slots=True)
class Bought:
    """What a practice got of an item and all it cost, in cents."""

    practice: str
    item: str
    eaches: int
    price_cents: int
    freight_cents: int = 0
    fee_cents: int = 0
    wasted_eaches: int = 0
    """Of these, what expired or was thrown away: paid for, and no use to anybody."""
    rebate_received_cents: int = 0
    rebate_expected_cents: int = 0

    @property
    def landed_cents(self) -> int:
        """Price, freight and fees, less rebates that came in."""
        return self.price_cents + self.freight_cents + self.fee_cents - self.rebate_received_cents


@dataclass(frozen=True, slots=True)
class Saving:
    """One item of one practice against one baseline; `cents` is None where there is none."""

    practice: str
    item: str
    kind: Baseline
    cents: int | None
    expected_cents: int
    """Of a rebate that is still to come in; not part of `cents`."""
    why: str = ""


def saving_of(
    bought: Bought, kind: Baseline, baseline: BaselinePrice | None, *, has_licence: bool = False
) -> Saving:
    """
    What one purchase saved against one baseline.

    Units that were wasted would not have been bought one by one: they count for nothing in what
    it would have cost, and in full in what it did.
    """
    if kind in NEEDS_LICENCE and not has_licence:
        why = "List prices are licensed, and the IPA holds no licence."
        return Saving(bought.practice, bought.item, kind, None, 0, why)
    if baseline is None:
        why = f"No baseline: {BASELINE_WORDS[kind]} is not known."
        return Saving(bought.practice, bought.item, kind, None, 0, why)
    assert baseline.kind == kind
    useful = bought.eaches - bought.wasted_eaches
    assert useful >= 0
    would = baseline.each * useful * 100
    cents = round_div(would.numerator, would.denominator) - bought.landed_cents
    expected = bought.rebate_expected_cents
    return Saving(bought.practice, bought.item, kind, cents, expected)


def tier_saving(quantity: int, base_price: Decimal, tier_price: Decimal) -> int:
    """What the group's tier took off a quantity, in cents, against the price of the first tier."""
    saved = Fraction(base_price - tier_price) * quantity * 100
    return round_div(saved.numerator, saved.denominator)


@dataclass(frozen=True, slots=True)
class Summary:
    """Savings of one kind over practices: the total never stands alone."""

    kind: Baseline
    total_cents: int
    expected_cents: int
    by_practice: tuple[tuple[str, int], ...]
    """From who lost most to who saved most."""
    median_cents: int
    worst: tuple[str, int]
    without_baseline: int

    @property
    def has_losers(self) -> bool:
        """Whether some practice pays more than its baseline."""
        return self.worst[1] < 0


def summary_of(savings: Iterable[Saving], kind: Baseline) -> Summary | None:
    """Add up savings of one kind; None where no line has a baseline."""
    practices: dict[str, int] = {}
    expected = without = 0
    for one in savings:
        if one.kind != kind:
            continue
        if one.cents is None:
            without += 1
            continue
        practices[one.practice] = practices.get(one.practice, 0) + one.cents
        expected += one.expected_cents
    if not practices:
        return None
    ordered = sorted(practices.items(), key=lambda entry: (entry[1], entry[0]))
    return Summary(
        kind, sum(practices.values()), expected, tuple(ordered),
        _median([cents for _, cents in ordered]), ordered[0], without,
    )  # fmt: skip


def _median(ordered: Sequence[int]) -> int:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return round_div(ordered[middle - 1] + ordered[middle], 2)
