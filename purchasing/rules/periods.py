"""Tiers of a contract: what they count, over which period, and when a tier takes effect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.money import round_cents
from ipaportal.core.months import add_months
from purchasing.rules.ladders import Ladder, scheme_of, stored
from purchasing.rules.tiers import (
    PROSPECTIVE,
    REFERENCE_SPEND,
    UNITS,
    Tier,
    price_at,
    scheme,
)

# Spend is counted in hundredths of a cent, because prices have four decimals.
PER_DOLLAR = 10_000
ORDER = "order"
ITEM, CONTRACT = "item", "contract"
MONTH, QUARTER, YEAR = "month", "quarter", "year"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the tiers of a contract count (never net spend), and which tier an order gets."""

    metric: str = UNITS
    scope: str = ITEM
    effect: str = ORDER

    @property
    def is_pool(self) -> bool:
        """Whether the items of an order bring each other to a tier."""
        return self.scope == CONTRACT and self.effect != PROSPECTIVE


def period_of(kind: str, start: date, day: date) -> tuple[date, date]:
    """The period that a day is in, half open; years are counted from the contract's first day."""
    if kind == MONTH:
        first = day.replace(day=1)
        return first, add_months(first, 1)
    if kind == QUARTER:
        first = date(day.year, day.month - (day.month - 1) % 3, 1)
        return first, add_months(first, 3)
    assert kind == YEAR
    first = _same_day(start, day.year)
    if day < first:
        first = _same_day(start, day.year - 1)
    return first, _same_day(start, first.year + 1)


def _same_day(start: date, year: int) -> date:
    """The contract's day in a year; of Feb 29, in years without one, Mar 1."""
    try:
        return start.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def weight_of(ladder: Ladder, metric: str) -> int:
    """What a pack counts for: one, or its price at the first tier, in hundredths of a cent."""
    return 1 if metric == UNITS else int(Decimal(ladder[0][1]) * PER_DOLLAR)


def counted(ladder: Ladder, metric: str) -> list[list]:
    """A ladder as a price list has it (packs, or dollars of spend), in what tiers count."""
    times = PER_DOLLAR if metric == REFERENCE_SPEND else 1
    return [[int(minimum) * times, price] for minimum, price in ladder]


def own_ladder(ladder: Ladder, terms: Terms, before: int) -> list[list]:
    """
    What a pack costs by the packs of its own item, given what the period counted before.

    Whatever else is bought only lowers it: tiers never rise.
    """
    weight = weight_of(ladder, terms.metric)
    of = scheme_of(counted(ladder, terms.metric))
    first = -(-of.tiers[0].minimum // weight)
    if terms.effect == PROSPECTIVE:
        price = price_at(of, max(before, of.tiers[0].minimum))
        assert price is not None
        return stored(scheme([Tier(first, price)]))
    reached: dict[int, Decimal] = {}
    for tier in of.tiers:
        reached[max(first, -(-(tier.minimum - before) // weight))] = tier.price
    return stored(scheme([Tier(packs, price) for packs, price in reached.items()]))


def pool_ladder(ladder: Ladder, terms: Terms) -> list[list]:
    """The ladder of an item in a pool, from nought on, in what the pool counts."""
    (_, first), *rest = counted(ladder, terms.metric)
    return [[0, first], *rest]


def left_of(ladder: Ladder, before: int) -> list[list]:
    """A pool's ladder from what is still to be bought for each tier."""
    left: dict[int, str] = {}
    for minimum, price in ladder:  # of those that are reached already, the last one holds
        left[max(0, int(minimum) - before)] = price
    return [[minimum, price] for minimum, price in left.items()]


def begins_low(ladder: Ladder) -> bool:
    """Whether the first tier asks for nothing, as tiers over several items have to."""
    return int(ladder[0][0]) <= 1


@dataclass(frozen=True, slots=True)
class Bought:
    """What one practice bought of an item in a period, and at which price a pack."""

    practice: str
    item: str
    packs: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the tiers of a period stand: all items together, or one by itself."""

    measured: int
    tier: int
    """The place of the tier reached, -1 for none."""
    next_at: int | None
    owed: tuple[tuple[str, int], ...]
    """What the supplier owes back to each practice once all is priced at the tier, in cents."""

    @property
    def owed_cents(self) -> int:
        """All that is owed back."""
        return sum(cents for _, cents in self.owed)


def standing(ladders: Mapping[str, Ladder], bought: Sequence[Bought], terms: Terms) -> Standing:
    """Count what a period bought, and price all of it anew at the tier that it reached."""
    weights = {key: weight_of(ladder, terms.metric) for key, ladder in ladders.items()}
    measured = sum(one.packs * weights[one.item] for one in bought)
    prices = tier_prices(ladders, measured, terms)
    schemes = {key: scheme_of(counted(ladder, terms.metric)) for key, ladder in ladders.items()}
    minimums = sorted({tier.minimum for of in schemes.values() for tier in of.tiers})
    owed: dict[str, Decimal] = {}
    for one in bought:
        price = prices[one.item]
        if price is not None and price < one.price:
            back = (one.price - price) * one.packs
            owed[one.practice] = owed.get(one.practice, Decimal(0)) + back
    return Standing(
        measured,
        sum(minimum <= measured for minimum in minimums) - 1,
        next((minimum for minimum in minimums if minimum > measured), None),
        tuple((practice, round_cents(amount)) for practice, amount in sorted(owed.items())),
    )


def tier_prices(
    ladders: Mapping[str, Ladder], measured: int, terms: Terms
) -> dict[str, Decimal | None]:
    """What a pack of each item costs at the tier that a measure reaches; None below the first."""
    return {
        key: price_at(scheme_of(counted(ladder, terms.metric)), measured)
        for key, ladder in ladders.items()
    }


def measure_words(measured: int, metric: str) -> str:
    """A measure as people count it."""
    if metric == UNITS:
        return f"{measured:,} packs"
    return f"${measured // PER_DOLLAR:,} at list"
