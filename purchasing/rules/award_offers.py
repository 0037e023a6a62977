"""
From price lists to an award of whole lines: each item from one supplier, at the volume of all.

Once a group order is closed, its quantities are known, and so is what each supplier asks for a
line of it. What is left to decide is who gets which lines, with the least that each delivers and
its freight: the cheapest of each line may leave a supplier below its minimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from purchasing.rules.awards import (
    NO_RULES,
    OWN_PRICES,
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


@dataclass(frozen=True, slots=True)
class Need:
    """A line of a closed order, and what a pack of it counts for (its first tier's price)."""

    key: str
    packs: int
    reference: Decimal


@dataclass(frozen=True, slots=True)
class Seller:
    """What a supplier asks: its ladders by item, the least it delivers, its freight."""

    key: str
    ladders: Mapping[str, Ladder]
    minimum_cents: int = 0
    freight_cents: int = 0


@dataclass(frozen=True, slots=True)
class WholeLines:
    """The problem, and how many of its units of money are a cent."""

    problem: Problem
    per_cent: int

    def cents(self, units: int) -> int:
        """An amount of the problem in cents, rounded up: never less than it is."""
        return -(-units // self.per_cent)


def whole_lines(
    needs: Sequence[Need], sellers: Sequence[Seller], rules: Rules = NO_RULES
) -> WholeLines:
    """
    Write a closed order as a problem in which every line goes to one supplier.

    A supplier that does not sell so few of an item does not offer it.

    :raises BadProblem: if needs or offers cannot be decided on
    """
    asked = {
        seller.key: {
            need.key: price
            for need in needs
            if need.key in seller.ladders
            and (price := price_at(scheme_of(seller.ladders[need.key]), need.packs)) is not None
        }
        for seller in sellers
    }
    prices = [price for lines in asked.values() for price in lines.values()]
    prices += [need.reference for need in needs]
    per_cent = 1 if all(_is_cents(price) for price in prices) else FINE
    items = [Item(need.key, need.packs, _units(need.reference, per_cent)) for need in needs]
    offers = []
    for seller in sellers:
        lines = tuple((key, _units(price, per_cent)) for key, price in asked[seller.key].items())
        tier = OfferTier(seller.minimum_cents * per_cent, lines, seller.freight_cents * per_cent)
        # At least all of a line, if any: the line goes to one supplier.
        whole = tuple((need.key, need.packs) for need in needs if need.key in asked[seller.key])
        offers.append(Offer(seller.key, (tier,), OWN_PRICES, line_minimums=whole))
    return WholeLines(problem(items, offers, rules), per_cent)


def _is_cents(price: Decimal) -> bool:
    return price * 100 == int(price * 100)


def _units(price: Decimal, per_cent: int) -> int:
    units = price * 100 * per_cent
    assert units == int(units), f"{price} has more than four decimals"
    return int(units)


def cheapest_of_each(needs: Sequence[Need], sellers: Sequence[Seller]) -> dict[str, str]:
    """Each line's cheapest supplier at the volume asked for, whatever its minimum; by name."""
    chosen = {}
    for need in needs:
        asked = [
            (price, seller.key)
            for seller in sellers
            if need.key in seller.ladders
            and (price := price_at(scheme_of(seller.ladders[need.key]), need.packs)) is not None
        ]
        if asked:
            chosen[need.key] = min(asked)[1]
    return chosen
