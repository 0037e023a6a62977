"""Price tiers: what a volume costs, what the next tier needs, and what it gives back."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ipaportal.core.money import dollars, round_cents, split
from ipaportal.core.refusals import Refused

# What a tier counts. Spend is measured at a reference price that is frozen when a cycle opens: at
# net prices, reaching a tier would lower the very spend that reached it.
UNITS, REFERENCE_SPEND = "units", "reference_spend"
# Which units the price of the tier reached is for: all of them, or those above its minimum.
ALL_UNITS, INCREMENTAL = "all_units", "incremental"
# When a tier reached takes effect: for later orders, or for everything of the period.
PROSPECTIVE, RETROACTIVE = "prospective", "retroactive"


@dataclass(frozen=True, slots=True)
class Tier:
    """From this much on (units, or cents at the reference price), a pack costs this much."""

    minimum: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Scheme:
    """The tiers of one item, cheapest last; built by `scheme`, which checks them."""

    tiers: tuple[Tier, ...]
    metric: str = UNITS
    mode: str = ALL_UNITS
    reference_cents: int = 0
    """What one pack counts for when spend is measured."""


class BadTiers(Refused):
    """Tiers with a gap, an overlap, a price that rises or a number that cannot be."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The price tiers cannot be used: {why}. Nothing was changed. "
            "Correct the tiers, or ask the supplier for its price list."
        )
        self.why = why


def scheme(
    tiers: Sequence[Tier],
    *,
    metric: str = UNITS,
    mode: str = ALL_UNITS,
    reference_cents: int = 0,
) -> Scheme:
    """
    Take tiers in any order, if their minimums differ and no price rises.

    :raises BadTiers: if they cannot be used
    """
    assert metric in (UNITS, REFERENCE_SPEND)
    assert mode in (ALL_UNITS, INCREMENTAL)
    if not tiers:
        raise BadTiers("there are none")
    if metric == REFERENCE_SPEND and reference_cents <= 0:
        raise BadTiers("spend is measured, but the item has no reference price")
    ordered = sorted(tiers, key=lambda tier: tier.minimum)
    if ordered[0].minimum < 0:
        raise BadTiers(f"a tier begins at {ordered[0].minimum}")
    for tier in ordered:
        if not tier.price.is_finite() or tier.price < 0:
            raise BadTiers(f"the price from {tier.minimum} on is {tier.price}")
    for lower, upper in pairwise(ordered):
        if lower.minimum == upper.minimum:
            raise BadTiers(f"two tiers begin at {lower.minimum}")
        if upper.price > lower.price:
            raise BadTiers(
                f"the price rises from {lower.price} to {upper.price} at {upper.minimum}"
            )
    return Scheme(tuple(ordered), metric, mode, reference_cents)


def tiers_of_bands(bands: Sequence[tuple[int, int | None, Decimal]]) -> list[Tier]:
    """
    Read tiers as price lists write them: from, to (inclusive; None is "and more"), price.

    :raises BadTiers: if two bands overlap, or leave a volume without a price
    """
    ordered = sorted(bands, key=lambda band: band[0])
    for first, last, _ in ordered:
        if last is not None and last < first:
            raise BadTiers(f"a tier goes from {first} to {last}")
    for (_, last, _), (first, _, _) in pairwise(ordered):
        if last is None or last >= first:
            raise BadTiers(f"two tiers overlap at {first}")
        if last + 1 < first:
            raise BadTiers(f"no tier says what {last + 1} to {first - 1} cost")
    if ordered and ordered[-1][1] is not None:
        raise BadTiers(f"no tier says what more than {ordered[-1][1]} cost")
    return [Tier(first, price) for first, _, price in ordered]


def tier_at(minimums: Sequence[int], measure: int) -> int:
    """The place of the tier that a measure reaches, -1 below the first; minimums rise."""
    return bisect_right(minimums, measure) - 1


def measure_of(quantity: int, of: Scheme) -> int:
    """What a quantity counts for in a scheme."""
    return quantity if of.metric == UNITS else quantity * of.reference_cents


def least_quantity(minimum: int, of: Scheme) -> int:
    """The smallest quantity that reaches a minimum."""
    return minimum if of.metric == UNITS else -(-minimum // of.reference_cents)


def price_at(of: Scheme, quantity: int) -> Decimal | None:
    """
    The price of a pack (of the last one, if each tier prices its own units) at a quantity.

    None below the first tier: what is not offered has no price, and never the nearest one.
    """
    place = tier_at([tier.minimum for tier in of.tiers], measure_of(quantity, of))
    return of.tiers[place].price if place >= 0 else None


def cost_at(of: Scheme, quantity: int) -> int | None:
    """What a quantity costs, in cents, rounded once; None if it is not offered."""
    price = price_at(of, quantity)
    if price is None:
        return None
    if of.mode == ALL_UNITS:
        return round_cents(price * quantity)
    starts = [max(1, least_quantity(tier.minimum, of)) for tier in of.tiers]
    starts[0] = 1  # units below the first tier's minimum cost what those at it do
    ends = [*starts[1:], quantity + 1]
    total = Decimal(0)
    for tier, start, end in zip(of.tiers, starts, ends, strict=True):
        total += tier.price * max(0, min(end, quantity + 1) - start)
    return round_cents(total)


@dataclass(frozen=True, slots=True)
class NextTier:
    """What reaching the next tier takes, and what it does to the cost of those already in."""

    needs: int
    """Packs more."""
    price: Decimal
    saves_cents: int
    """What the quantity already asked for costs less, once the tier is reached."""
    total_falls_cents: int
    """How much less the larger order costs in all; below zero, it costs more."""


def next_tier(of: Scheme, quantity: int) -> NextTier | None:
    """The next tier above a quantity, None at the last."""
    place = tier_at([tier.minimum for tier in of.tiers], measure_of(quantity, of)) + 1
    if place >= len(of.tiers):
        return None
    tier = of.tiers[place]
    reached = least_quantity(tier.minimum, of)
    now, then = cost_at(of, quantity), cost_at(of, reached)
    assert then is not None
    if now is None:  # nothing is offered yet, so nothing can fall
        return NextTier(reached - quantity, tier.price, 0, -then)
    saves = now - round_cents(tier.price * quantity) if of.mode == ALL_UNITS else 0
    return NextTier(reached - quantity, tier.price, saves, now - then)


def next_tier_words(step: NextTier, pack: str) -> str:
    """What the next tier asks and gives, for the people who decide."""
    head = f"{step.needs} more {pack} bring the price to ${step.price}"
    if step.total_falls_cents > 0:
        return f"{head} and lower the total by ${dollars(step.total_falls_cents)}."
    if step.saves_cents > 0:
        return f"{head}, ${dollars(step.saves_cents)} less for what is already asked for."
    return f"{head}."


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought in a period: by whom, how many, and what was paid for it."""

    key: str
    quantity: int
    paid_cents: int


def rebate_of(purchases: Sequence[Purchase], of: Scheme) -> int:
    """What a supplier owes back once all of a period is priced at the tier it reached, in cents."""
    bought = sum(purchase.quantity for purchase in purchases)
    cost = cost_at(of, bought)
    if cost is None:
        return 0
    return max(0, sum(purchase.paid_cents for purchase in purchases) - cost)


def rebates(purchases: Sequence[Purchase], received_cents: int) -> dict[str, int]:
    """Share a rebate that came in by what each paid, to the cent, odd cents by key."""
    paid: dict[str, int] = {}
    for purchase in purchases:
        paid[purchase.key] = paid.get(purchase.key, 0) + purchase.paid_cents
    keys = sorted(paid)
    if not sum(paid.values()):
        return {}
    return dict(zip(keys, split(received_cents, [paid[key] for key in keys]), strict=True))


def price_of_order(of: Scheme, bought_before: int, quantity: int, effect: str) -> Decimal | None:
    """
    What a pack of one order costs, given what the period bought before it.

    Prospective: the tier that was reached before the order. Retroactive: the tier that is reached
    with it; what was paid before is for `rebate_of`.
    """
    assert effect in (PROSPECTIVE, RETROACTIVE)
    if effect == RETROACTIVE:
        return price_at(of, bought_before + quantity)
    first = least_quantity(of.tiers[0].minimum, of)
    return price_at(of, max(bought_before, first if quantity >= first else 0))


def is_at_risk(minimum: int, measured: int, days_gone: int, days: int, margin_pct: int = 110):
    """Whether a tier held may be lost: the run rate, carried on, comes below its minimum + 10 %."""
    assert 0 < days_gone <= days
    return measured * days * 100 < minimum * days_gone * margin_pct


def is_falling(price: Callable[[int], Decimal | None], up_to: int) -> bool:
    """Whether a price never rises with volume, and once offered stays so."""
    last: Decimal | None = None
    for quantity in range(1, up_to + 1):
        now = price(quantity)
        if last is not None and (now is None or now > last):
            return False
        last = now
    return True
