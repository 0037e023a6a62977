"""Ladders: prices by volume as they are stored, and the best price of several offers."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from purchasing.rules.tiers import Scheme, Tier, price_at, scheme

# As it is stored: [[packs, "price"], …], the smallest volume first.
Ladder = Sequence[Sequence]


def scheme_of(ladder: Ladder) -> Scheme:
    """
    The tiers of a stored ladder.

    :raises BadTiers: if they cannot be used
    """
    return scheme([Tier(int(packs), Decimal(price)) for packs, price in ladder])


def stored(of: Scheme) -> list[list]:
    """A ladder as it is stored."""
    return [[tier.minimum, str(tier.price)] for tier in of.tiers]


def best_ladder(ladders: Iterable[Ladder]) -> list[list]:
    """
    The best price at each volume, whoever asks it: falling like each of the offers is.

    A step that brings nothing is left out.
    """
    schemes = [scheme_of(ladder) for ladder in ladders]
    found: list[list] = []
    for packs in sorted({tier.minimum for one in schemes for tier in one.tiers}):
        prices = [price for one in schemes if (price := price_at(one, packs)) is not None]
        best = min(prices)
        if not found or best < Decimal(found[-1][1]):
            found.append([packs, str(best)])
    return found


def shortened(price: Decimal) -> Decimal:
    """A price with the places it needs, two at least: 5.7500 is 5.75, 0.0125 stays."""
    cents = price.quantize(Decimal("0.01"))
    return cents if cents == price else price.normalize()
