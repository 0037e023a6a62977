"""An award beside the cheapest of each line, and what its certificate says in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from ipaportal.core.money import dollars
from purchasing.rules.awards import (
    Lines,
    Offer,
    Problem,
    cost_of,
    house_spends,
    tier_reached,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What choosing the cheapest quote line by line comes to, beside the award."""

    lines: tuple[tuple[tuple[str, str], int], ...]
    cents: int
    missed: tuple[str, ...]
    """Suppliers whose minimum the choice missed, and whose lines went to the next cheapest."""


def cheapest_per_line(of: Problem) -> Comparison | None:
    """
    Choose each line's cheapest first-tier quote, and then take the tiers as they fall.

    What comparison pages of purchasing software lead to. None if that way no award comes about:
    a line without a supplier, or a minimum that cannot be met.
    """
    left, missed = list(of.offers), []
    while True:
        lines = _cheapest(of, left)
        if lines is None:
            return None
        short = _short(of, left, lines)
        if not short:
            return Comparison(tuple(sorted(lines.items())), cost_of(of, lines), tuple(missed))
        missed.append(short)
        left = [offer for offer in left if short not in (offer.supplier, offer.house)]


def _short(of: Problem, offers: Sequence[Offer], lines: Lines) -> str:
    """The first who does not deliver so little, empty if all do."""
    for offer in offers:
        got = any(supplier == offer.supplier for _, supplier in lines)
        if got and tier_reached(of, offer, lines) < 0:
            return offer.supplier
    spends = house_spends(of, lines)
    for house in of.houses:
        if spends.get(house.key, house.minimum_cents) < house.minimum_cents:
            return house.key
    return ""


def _cheapest(of: Problem, offers: Sequence[Offer]) -> dict[tuple[str, str], int] | None:
    lines: dict[tuple[str, str], int] = {}
    for item in of.items:
        open_packs = item.demand
        quotes = sorted(
            (dict(offer.tiers[0].prices)[item.key], offer.supplier, offer)
            for offer in offers
            if item.key in dict(offer.tiers[0].prices)
        )
        for _, supplier, offer in quotes:
            most = dict(offer.capacities).get(item.key, open_packs)
            packs = min(open_packs, most)
            if packs and packs >= dict(offer.line_minimums).get(item.key, 0):
                lines[item.key, supplier] = packs
                open_packs -= packs
        if open_packs:
            return None
    return lines


def gap_words(gap_cents: int) -> str:
    """What a certificate says of an award, in words."""
    if gap_cents == 0:
        return "Proved: no award under these rules costs less."
    return f"Not proved to the cent: an award may be cheaper by at most ${dollars(gap_cents)}."
