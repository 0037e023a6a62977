"""An award beside others: the cheapest of each line, and each practice on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ipaportal.core.money import dollars, split
from purchasing.rules.awards import (
    Lines,
    Offer,
    Problem,
    Rules,
    cost_of,
    costs_of,
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


@dataclass(frozen=True, slots=True)
class PracticeShare:
    """What an award costs one practice, beside its best on its own among the same offers."""

    practice: str
    cents: int
    alone_cents: int | None
    """None where no supplier delivers so little."""

    @property
    def is_worse_off(self) -> bool:
        """Whether the practice would do better on its own."""
        return self.alone_cents is not None and self.cents > self.alone_cents


Demands = Mapping[str, Mapping[str, int]]  # practice → item → packs


def practice_costs(of: Problem, lines: Lines, demands: Demands) -> dict[str, int]:
    """
    Share an award's cost among practices, to the cent.

    A line costs everybody the same a pack, whichever supplier a pack comes from; freight goes by
    spend at reference prices. The parts sum to the award's cost.
    """
    practices = sorted(demands)
    costs = dict.fromkeys(practices, 0)
    by_supplier = {one.supplier: one for one in costs_of(of, lines)}
    tiers = {offer.supplier: offer.tiers for offer in of.offers}
    spends = dict.fromkeys(practices, 0)
    for item in of.items:
        packs = [demands[name].get(item.key, 0) for name in practices]
        assert sum(packs) == item.demand, f"{item.key}: practices ask for {sum(packs)}"
        cents = sum(
            lines.get((item.key, name), 0) * dict(tiers[name][one.tier].prices).get(item.key, 0)
            for name, one in by_supplier.items()
        )
        for name, part, asked in zip(practices, _split(cents, packs), packs, strict=True):
            costs[name] += part
            spends[name] += asked * item.reference_cents
    freight = cost_of(of, lines) - sum(one.goods_cents for one in by_supplier.values())
    for name, part in zip(practices, _split(freight, list(spends.values())), strict=True):
        costs[name] += part
    return costs


def _split(cents: int, weights: Sequence[int]) -> list[int]:
    if sum(weights):
        return split(cents, weights)
    return split(cents, [1] * len(weights)) if cents else [0] * len(weights)


def alone(of: Problem, demand: Mapping[str, int]) -> Problem:
    """The same offers for one practice by itself, without the group's rules."""
    items = tuple(replace(item, demand=demand.get(item.key, 0)) for item in of.items)
    return Problem(tuple(item for item in items if item.demand), of.offers, Rules(), of.houses)


def gap_words(gap_cents: int) -> str:
    """What a certificate says of an award, in words."""
    if gap_cents == 0:
        return "Proved: no award under these rules costs less."
    return f"Not proved to the cent: an award may be cheaper by at most ${dollars(gap_cents)}."
