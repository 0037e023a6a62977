"""
Who supplies what: offers in tiers with freight and minimums, and what an award of them costs.

All money is whole cents and all quantities whole packs. What is said here of an award's cost and
of what it may be is the meaning of the problem; the model, the solver and the checker of
certificates are measured by it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise

from ipaportal.core.refusals import Refused

# What tiers count: packs, or spend at a reference price. At prices of its own, a tier would lower
# the very spend that reached it.
UNITS, REFERENCE_SPEND = "units", "reference_spend"


@dataclass(frozen=True, slots=True)
class Item:
    """What is needed, in packs, and what one counts for where tiers count spend."""

    key: str
    demand: int
    reference_cents: int
    ceiling_cents: int | None = None
    """No pack may cost more than this, where anybody said so."""


@dataclass(frozen=True, slots=True)
class OfferTier:
    """From this much on (packs, or cents at the reference price), every line costs this."""

    threshold: int
    prices: tuple[tuple[str, int], ...]
    """Item and cents a pack, for the items offered; the same items in every tier."""
    freight_cents: int = 0
    """Once an order, however much is ordered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A supplier's bid; the first tier's threshold is the least it delivers at all."""

    supplier: str
    tiers: tuple[OfferTier, ...]
    metric: str = REFERENCE_SPEND
    capacities: tuple[tuple[str, int], ...] = ()
    """The most packs of an item, where there is a most."""
    line_minimums: tuple[tuple[str, int], ...] = ()
    """The least packs of an item, if any is ordered."""
    house: str = ""
    """Who delivers it, where several offers are delivered together."""
    weights: tuple[tuple[str, int], ...] = ()
    """What a pack of an item counts for in its tiers, where that is not its reference price."""


@dataclass(frozen=True, slots=True)
class House:
    """Who delivers several offers as one order: the least it takes, at its own prices; freight."""

    key: str
    minimum_cents: int = 0
    freight_cents: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What the buyers ask for besides a low cost."""

    most_suppliers: int | None = None
    least_suppliers: int | None = None
    most_share_pct: int | None = None
    """No supplier gets more than this part of any line of two packs or more (dual source)."""
    keep: str = ""
    keep_pct: int = 0
    """A supplier that is to get at least this part of the spend, at reference prices."""

    def active(self) -> list[str]:
        """The names of the rules that ask for anything."""
        found = []
        if self.most_suppliers is not None:
            found.append("most_suppliers")
        if self.least_suppliers is not None:
            found.append("least_suppliers")
        if self.most_share_pct is not None:
            found.append("most_share_pct")
        if self.keep:
            found.append("keep")
        return found


NO_RULES = Rules()
RULE_WORDS = {
    "most_suppliers": "no more suppliers than agreed",
    "least_suppliers": "no fewer suppliers than agreed",
    "most_share_pct": "every line from more than one supplier",
    "keep": "the present supplier keeps its part",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """All that an award is decided by; built by `problem`, which checks it."""

    items: tuple[Item, ...]
    offers: tuple[Offer, ...]
    rules: Rules = field(default_factory=Rules)
    houses: tuple[House, ...] = ()


class BadProblem(Refused):
    """Offers or needs that cannot be decided on."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The award cannot be worked out: {why}. Nothing was changed. Correct the offers."
        )
        self.why = why


def problem(
    items: Iterable[Item],
    offers: Iterable[Offer],
    rules: Rules = NO_RULES,
    houses: Iterable[House] = (),
) -> Problem:
    """
    Put needs and offers in order, and see that they can be decided on.

    :raises BadProblem: if they cannot
    """
    ordered = tuple(sorted(items, key=lambda item: item.key))
    bids = tuple(_ordered(offer) for offer in sorted(offers, key=lambda offer: offer.supplier))
    for one in (*(item.key for item in ordered), *(bid.supplier for bid in bids)):
        if not one:
            raise BadProblem("an item or a supplier has no name")
    if len({item.key for item in ordered}) < len(ordered):
        raise BadProblem("an item is asked for twice")
    if len({bid.supplier for bid in bids}) < len(bids):
        raise BadProblem("a supplier made two offers")
    for item in ordered:
        if item.demand < 0 or item.reference_cents < 0:
            raise BadProblem(f"{item.key}: a quantity or a reference price is negative")
    for bid in bids:
        _check_offer(bid)
    share = rules.most_share_pct
    if share is not None and not 0 < share <= 100:
        raise BadProblem(f"no supplier may get {share} % of a line")
    if rules.keep and rules.keep not in {bid.supplier for bid in bids}:
        raise BadProblem(f"{rules.keep} is to keep a part, but made no offer")
    known = tuple(sorted(houses, key=lambda house: house.key))
    _check_houses(known, bids, rules)
    return Problem(ordered, bids, rules, known)


def _check_houses(houses: Sequence[House], bids: Sequence[Offer], rules: Rules) -> None:
    keys = {house.key for house in houses}
    if len(keys) < len(houses):
        raise BadProblem("somebody who delivers is named twice")
    if {bid.house for bid in bids} - keys - {""} or (houses and any(not b.house for b in bids)):
        raise BadProblem("an offer is delivered by nobody who is known")
    if any(min(house.minimum_cents, house.freight_cents) < 0 for house in houses):
        raise BadProblem("a minimum or a freight is negative")
    if houses and set(rules.active()) - {"most_suppliers"}:
        raise BadProblem("of offers delivered together, only the number of suppliers is a rule")


def _ordered(offer: Offer) -> Offer:
    tiers = tuple(
        replace(tier, prices=tuple(sorted(tier.prices)))
        for tier in sorted(offer.tiers, key=lambda tier: tier.threshold)
    )
    return replace(
        offer,
        tiers=tiers,
        capacities=tuple(sorted(offer.capacities)),
        line_minimums=tuple(sorted(offer.line_minimums)),
        weights=tuple(sorted(offer.weights)),
    )


def _check_offer(offer: Offer) -> None:
    name = offer.supplier
    if not offer.tiers or offer.metric not in (UNITS, REFERENCE_SPEND):
        raise BadProblem(f"{name} offers no tier")
    items = [key for key, _ in offer.tiers[0].prices]
    if len(set(items)) < len(items):
        raise BadProblem(f"{name} prices an item twice")
    for tier in offer.tiers:
        if [key for key, _ in tier.prices] != items:
            raise BadProblem(f"{name} prices other items from {tier.threshold} on")
        if min(tier.threshold, tier.freight_cents, *(cents for _, cents in tier.prices), 0) < 0:
            raise BadProblem(f"{name}: a price, a freight or a threshold is negative")
    for lower, upper in pairwise(offer.tiers):
        if lower.threshold == upper.threshold:
            raise BadProblem(f"{name} has two tiers from {lower.threshold} on")
        rises = any(
            after > before
            for (_, before), (_, after) in zip(lower.prices, upper.prices, strict=True)
        )
        if rises or upper.freight_cents > lower.freight_cents:
            raise BadProblem(f"{name}: a price or the freight rises from {upper.threshold} on")
    limits = (*offer.capacities, *offer.line_minimums, *offer.weights)
    if any(amount < 0 for _, amount in limits):
        raise BadProblem(f"{name}: a capacity or a minimum is negative")


def digest_of(of: Problem) -> str:
    """The digest that names a problem in its certificate."""
    text = json.dumps(asdict(of), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


Lines = Mapping[tuple[str, str], int]  # (item, supplier) → packs


def weight_of(item: Item, offer: Offer) -> int:
    """What a pack of an item counts for in a supplier's tiers."""
    if offer.metric == UNITS:
        return 1
    return dict(offer.weights).get(item.key, item.reference_cents)


def tier_reached(of: Problem, offer: Offer, lines: Lines) -> int:
    """The place of the tier that an award reaches with a supplier, -1 if none."""
    measured = sum(
        lines.get((item.key, offer.supplier), 0) * weight_of(item, offer) for item in of.items
    )
    return sum(tier.threshold <= measured for tier in offer.tiers) - 1


@dataclass(frozen=True, slots=True)
class SupplierCost:
    """What an award costs with one supplier, at the tier that it reaches there."""

    supplier: str
    tier: int
    goods_cents: int
    freight_cents: int


def costs_of(of: Problem, lines: Lines) -> list[SupplierCost]:
    """What an award costs, a supplier at a time; who gets nothing is left out."""
    found = []
    for offer in of.offers:
        got = {item.key: packs for item in of.items
               if (packs := lines.get((item.key, offer.supplier), 0))}  # fmt: skip
        if not got:
            continue
        place = tier_reached(of, offer, lines)
        assert place >= 0, offer.supplier
        tier = offer.tiers[place]
        prices = dict(tier.prices)
        goods = sum(packs * prices[key] for key, packs in got.items())
        found.append(SupplierCost(offer.supplier, place, goods, tier.freight_cents))
    return found


def house_spends(of: Problem, lines: Lines) -> dict[str, int]:
    """What each who delivers gets for goods, in cents; who gets nothing is left out."""
    houses = {offer.supplier: offer.house for offer in of.offers if offer.house}
    spends: dict[str, int] = {}
    for one in costs_of(of, lines):
        if one.supplier in houses:
            house = houses[one.supplier]
            spends[house] = spends.get(house, 0) + one.goods_cents
    return spends


def cost_of(of: Problem, lines: Lines) -> int:
    """What an award costs in all, in cents."""
    used = house_spends(of, lines)
    freight = sum(house.freight_cents for house in of.houses if house.key in used)
    return freight + sum(one.goods_cents + one.freight_cents for one in costs_of(of, lines))


def faults_of(of: Problem, lines: Lines) -> list[str]:
    """Why an award is none of this problem, in words; empty if it may stand."""
    found = [*_line_faults(of, lines), *_offer_faults(of, lines), *_rule_faults(of, lines)]
    return found or list(_price_faults(of, lines))


def _price_faults(of: Problem, lines: Lines) -> Iterable[str]:
    """What is wrong with what it costs: above what somebody said, or below what is delivered."""
    ceilings = {item.key: item.ceiling_cents for item in of.items}
    for offer in of.offers:
        got = [key for (key, name), packs in lines.items() if name == offer.supplier and packs]
        prices = dict(offer.tiers[tier_reached(of, offer, lines)].prices) if got else {}
        for key in sorted(got):
            ceiling = ceilings[key]
            if ceiling is not None and prices[key] > ceiling:
                yield f"{key} costs {prices[key]} from {offer.supplier}, above {ceiling}"
    spends = house_spends(of, lines)
    for house in of.houses:
        if spends.get(house.key, house.minimum_cents) < house.minimum_cents:
            yield f"{house.key} delivers from {house.minimum_cents} cents on"


def _line_faults(of: Problem, lines: Lines) -> Iterable[str]:
    demands = {item.key: item.demand for item in of.items}
    offered = {(key, offer.supplier) for offer in of.offers for key, _ in offer.tiers[0].prices}
    got = dict.fromkeys(demands, 0)
    for (key, supplier), packs in sorted(lines.items()):
        if packs < 0 or (packs and (key, supplier) not in offered) or key not in demands:
            yield f"{packs} of {key} cannot come from {supplier}"
        else:
            got[key] += packs
    for key, packs in got.items():
        if packs != demands[key]:
            yield f"{packs} of {key} are awarded, {demands[key]} are needed"


def _offer_faults(of: Problem, lines: Lines) -> Iterable[str]:
    for offer in of.offers:
        name = offer.supplier
        got = {item.key: lines.get((item.key, name), 0) for item in of.items}
        if any(packs > 0 for packs in got.values()) and tier_reached(of, offer, lines) < 0:
            yield f"{name} delivers from {offer.tiers[0].threshold} on"
        for key, most in offer.capacities:
            if got.get(key, 0) > most:
                yield f"{name} has {most} of {key}"
        for key, least in offer.line_minimums:
            if 0 < got.get(key, 0) < least:
                yield f"{name} sells {key} from {least} on"


def _rule_faults(of: Problem, lines: Lines) -> Iterable[str]:
    rules = of.rules
    houses = {offer.supplier: offer.house or offer.supplier for offer in of.offers}
    suppliers = {houses.get(name, name) for (_, name), packs in lines.items() if packs}
    if rules.most_suppliers is not None and len(suppliers) > rules.most_suppliers:
        yield f"{len(suppliers)} suppliers, and {rules.most_suppliers} at most were asked for"
    if rules.least_suppliers is not None and len(suppliers) < rules.least_suppliers:
        yield f"{len(suppliers)} suppliers, and {rules.least_suppliers} at least were asked for"
    for item in of.items:
        most = most_of_line(item, rules)
        for offer in of.offers:
            if lines.get((item.key, offer.supplier), 0) > most:
                yield f"{offer.supplier} gets more than {most} of {item.key}"
    if rules.keep:
        kept = sum(lines.get((item.key, rules.keep), 0) * item.reference_cents for item in of.items)
        if kept * 100 < total_spend(of) * rules.keep_pct:
            yield f"{rules.keep} gets less than {rules.keep_pct} %"


def most_of_line(item: Item, rules: Rules) -> int:
    """The most packs of a line that one supplier may get by the rule of more than one source."""
    if rules.most_share_pct is None or item.demand < 2:
        return item.demand
    # Rounded up: 50 % of three packs is two, or no supplier could be found for the third.
    return -(-item.demand * rules.most_share_pct // 100)


def total_spend(of: Problem) -> int:
    """All that is needed, at reference prices, in cents."""
    return sum(item.demand * item.reference_cents for item in of.items)
