"""
From price lists to an award of whole lines: each item from one supplier, at the volume of all.

Once a group order is closed, its quantities are known, and so is what each supplier asks for a
line of it. What is left to decide is who gets which lines, with the least that each delivers, its
freight, and tiers that count several lines together: the cheapest of each line may leave a
supplier below its minimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from purchasing.rules.awards import (
    NO_RULES,
    REFERENCE_SPEND,
    UNITS,
    House,
    Item,
    Offer,
    OfferTier,
    Problem,
    Rules,
    problem,
)
from purchasing.rules.ladders import Ladder, scheme_of
from purchasing.rules.tiers import price_at

# Prices have four decimals: where one has more than two, money is counted in hundredths of a cent.
FINE = 100
# Of what somebody asked for, the part that may come as an equivalent is a line of its own.
PART = "~"


def base_of(key: str) -> str:
    """The line that was asked for, of a line or a part of it."""
    return key.removesuffix(PART)


@dataclass(frozen=True, slots=True)
class Need:
    """A line of a closed order, and what a pack of it counts for (its first tier's price)."""

    key: str
    packs: int
    reference: Decimal
    ceiling: Decimal | None = None
    """The most that a pack may cost, where somebody who is in said so."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Tiers that count all of a contract's items together, and what its period had before."""

    ladders: Mapping[str, Ladder]
    """By item, from how much of the pool on a pack costs how much; each from nought on."""
    weights: Mapping[str, int]
    """What a pack of an item counts for."""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Seller:
    """What a contract asks: ladders by item; the least its supplier delivers, and its freight."""

    key: str
    ladders: Mapping[str, Ladder]
    minimum_cents: int = 0
    freight_cents: int = 0
    house: str = ""
    """The supplier, where it has several contracts; minimum and freight are the supplier's."""
    pool: Pool | None = None
    stands_for: Mapping[str, str] = field(default_factory=dict)
    """By part of a line the item that it would come as, where that may be an equivalent."""

    @property
    def contract(self) -> str:
        """Whose price it is."""
        return self.key.partition(" ")[0]

    @property
    def supplier(self) -> str:
        """Who delivers."""
        return self.house or self.key


@dataclass(frozen=True, slots=True)
class WholeLines:
    """The problem, and how many of its units of money are a cent."""

    problem: Problem
    per_cent: int

    def cents(self, units: int) -> int:
        """An amount of the problem in cents, rounded up: never less than it is."""
        return -(-units // self.per_cent)


def whole_lines(
    needs: Sequence[Need],
    sellers: Sequence[Seller],
    rules: Rules = NO_RULES,
    *,
    is_split: bool = False,
) -> WholeLines:
    """
    Write a closed order as a problem in which every line goes to one contract.

    A supplier that does not sell so few of an item does not offer it. `is_split` is the same order
    with lines that may be split, each part at the price of its own volume: only to compare.

    :raises BadProblem: if needs or offers cannot be decided on
    """
    sheets = [sheet for seller in sellers for sheet in _sheets(seller, needs, is_split)]
    prices = [price for sheet in sheets for _, tier in sheet.tiers for price in tier.values()]
    prices += [need.reference for need in needs]
    per_cent = 1 if all(_is_cents(price) for price in prices) else FINE
    items = [_item(need, per_cent) for need in needs]
    houses = {
        seller.supplier: House(
            seller.supplier, seller.minimum_cents * per_cent, seller.freight_cents * per_cent
        )
        for seller in sellers
    }
    offers = [_offer(sheet, needs, per_cent, is_split) for sheet in sheets]
    return WholeLines(problem(items, offers, rules, houses.values()), per_cent)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a contract asks for some items at the volumes needed, in tiers if these are shared."""

    key: str
    house: str
    tiers: list[tuple[int, dict[str, Decimal]]]
    weights: Mapping[str, int] | None


def _sheets(seller: Seller, needs: Sequence[Need], is_split: bool) -> list[_Sheet]:
    if seller.pool is not None:
        kept = {need.key for need in needs}
        tiers = pool_tiers(seller.pool, kept)
        return [_Sheet(seller.key, seller.supplier, tiers, seller.pool.weights)] if tiers else []
    offered = [need for need in needs if need.key in seller.ladders]
    if is_split:
        return [
            _Sheet(
                f"{seller.key} {need.key}",
                seller.supplier,
                [(int(packs), {need.key: Decimal(price)}) for packs, price in
                 seller.ladders[need.key]],
                None,
            )
            for need in offered
        ]  # fmt: skip
    asked = {
        need.key: price
        for need in offered
        if (price := price_at(scheme_of(seller.ladders[need.key]), need.packs)) is not None
    }
    return [_Sheet(seller.key, seller.supplier, [(0, asked)], None)]


def pool_tiers(pool: Pool, items: set[str]) -> list[tuple[int, dict[str, Decimal]]]:
    """What is still to be bought for each tier of a pool, and what each item costs there."""
    ladders = {key: scheme_of(ladder) for key, ladder in pool.ladders.items() if key in items}
    minimums = {tier.minimum for one in ladders.values() for tier in one.tiers}
    found: dict[int, dict[str, Decimal]] = {}
    for minimum in sorted(minimums):  # of those that are reached already, the last one holds
        measured = max(minimum, pool.before)
        prices = {key: price_at(one, measured) for key, one in ladders.items()}
        found[max(0, minimum - pool.before)] = {
            key: price for key, price in prices.items() if price is not None
        }
    return sorted(found.items())


def _item(need: Need, per_cent: int) -> Item:
    ceiling = None if need.ceiling is None else int(need.ceiling * 100 * per_cent)
    return Item(need.key, need.packs, _units(need.reference, per_cent), ceiling)


def _offer(sheet: _Sheet, needs: Sequence[Need], per_cent: int, is_split: bool) -> Offer:
    tiers = tuple(
        OfferTier(minimum, tuple((key, _units(price, per_cent)) for key, price in asked.items()))
        for minimum, asked in sheet.tiers
    )
    asked = sheet.tiers[0][1]
    # At least all of a line, if any: the line goes to one supplier.
    whole = () if is_split else tuple((n.key, n.packs) for n in needs if n.key in asked)
    if sheet.weights is None:
        return Offer(sheet.key, tiers, UNITS, line_minimums=whole, house=sheet.house)
    weights = tuple((key, sheet.weights[key]) for key in asked)
    return Offer(sheet.key, tiers, REFERENCE_SPEND, (), whole, sheet.house, weights)


def _is_cents(price: Decimal) -> bool:
    return price * 100 == int(price * 100)


def _units(price: Decimal, per_cent: int) -> int:
    units = price * 100 * per_cent
    assert units == int(units), f"{price} has more than four decimals"
    return int(units)


def asked_for(needs: Sequence[Need], seller: Seller) -> dict[str, Decimal]:
    """What a contract asks for each line at the volume needed, by itself."""
    return {
        need.key: price
        for need in needs
        if need.key in seller.ladders
        and (price := price_at(scheme_of(seller.ladders[need.key]), need.packs)) is not None
    }


def cheapest_of_each(needs: Sequence[Need], sellers: Sequence[Seller]) -> dict[str, str]:
    """Each line's cheapest supplier at the volume asked for, whatever its minimum; by name."""
    chosen = {}
    for need in needs:
        asked = [
            (price, seller.key)
            for seller in sellers
            if (price := asked_for([need], seller).get(need.key)) is not None
        ]
        if asked:
            chosen[need.key] = min(asked)[1]
    return chosen
