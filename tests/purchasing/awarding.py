"""Small and middling worlds of offers, and what all possible awards of a small one are."""

import random
from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from purchasing.rules.awards import (
    REFERENCE_SPEND,
    UNITS,
    House,
    Item,
    Offer,
    OfferTier,
    Problem,
    Rules,
    cost_of,
    faults_of,
    problem,
)


@st.composite
def small_problems(draw) -> Problem:
    """Up to three items and suppliers, with tiers, freight, capacities, minimums and rules."""
    items = [
        Item(f"i{number}", draw(st.integers(0, 3)), draw(st.integers(0, 30)),
             draw(st.sampled_from([None, None, None, 30, 15])))
        for number in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    offers = []
    for name in "abc"[: draw(st.integers(1, 3))]:
        keys = [item.key for item in items if draw(st.integers(0, 4))]
        thresholds = draw(st.lists(st.integers(0, 60), min_size=1, max_size=3, unique=True))
        prices = {key: draw(st.integers(5, 40)) for key in keys}
        freight, tiers = draw(st.integers(0, 30)), []
        for threshold in sorted(thresholds):
            tiers.append(OfferTier(threshold, tuple(prices.items()), freight))
            prices = {key: price - draw(st.integers(0, 5)) for key, price in prices.items()}
            prices = {key: max(0, price) for key, price in prices.items()}
            freight = max(0, freight - draw(st.integers(0, 10)))
        capacities = [
            (key, draw(st.integers(0, 3))) for key in keys if draw(st.integers(0, 3)) == 0
        ]
        minimums = [(key, draw(st.integers(0, 3))) for key in keys if draw(st.integers(0, 3)) == 0]
        offers.append(
            Offer(name, tuple(tiers), draw(st.sampled_from([UNITS, REFERENCE_SPEND])),
                  tuple(capacities), tuple(minimums))
        )  # fmt: skip
    if draw(st.integers(0, 2)) == 0:
        return _delivered_together(draw, items, offers)
    keep = draw(st.sampled_from(["", offers[0].supplier]))
    rules = Rules(
        most_suppliers=draw(st.sampled_from([None, None, 1, 2])),
        least_suppliers=draw(st.sampled_from([None, None, 1, 2])),
        most_share_pct=draw(st.sampled_from([None, None, 50, 60])),
        keep=keep,
        keep_pct=draw(st.integers(0, 60)) if keep else 0,
    )
    return problem(items, offers, rules)


def _delivered_together(draw, items: list[Item], offers: list[Offer]) -> Problem:
    """Suppliers with a minimum and freight of their own, some with several offers."""
    houses = [House(key, draw(st.integers(0, 120)), draw(st.integers(0, 40))) for key in "xy"]
    owned = [replace(offer, house=draw(st.sampled_from("xy"))) for offer in offers]
    if draw(st.booleans()):
        weights = tuple((item.key, draw(st.integers(0, 5))) for item in items)
        owned[0] = replace(owned[0], weights=weights)
    return problem(items, owned, Rules(most_suppliers=draw(st.sampled_from([None, 1]))), houses)


def all_awards(of: Problem):
    """Every award that may stand, with its cost."""
    ways = []
    for item in of.items:
        suppliers = [o.supplier for o in of.offers if item.key in dict(o.tiers[0].prices)]
        ways.append(
            [
                [((item.key, name), packs) for name, packs in zip(suppliers, split, strict=True)]
                for split in product(range(item.demand + 1), repeat=len(suppliers))
                if sum(split) == item.demand
            ]
        )
    for chosen in product(*ways):
        lines = {key: packs for line in chosen for key, packs in line if packs}
        if not faults_of(of, lines):
            yield lines, cost_of(of, lines)


def tendered(items: int, suppliers: int, tiers: int, seed: int) -> Problem:
    """Bids as they might come in: prices about a reference, three to seven per cent off a tier."""
    chance = random.Random(seed)
    needed = [
        Item(f"item {number:03d}", chance.randint(5, 120), chance.randint(500, 20_000))
        for number in range(items)
    ]
    whole = sum(item.demand * item.reference_cents for item in needed)
    offers = []
    for number in range(suppliers):
        base = {
            item.key: int(item.reference_cents * chance.uniform(0.85, 1.1))
            for item in needed
            if number == 0 or chance.random() < 0.85
        }
        freight, threshold, off, made = chance.randint(5_000, 30_000), 0, 1.0, []
        for tier in range(tiers):
            if tier:
                threshold += int(whole * chance.uniform(0.05, 0.15))
                off *= chance.uniform(0.93, 0.98)
            prices = tuple((key, int(price * off)) for key, price in base.items())
            made.append(OfferTier(threshold, prices, freight))
        offers.append(Offer(f"supplier {number}", tuple(made)))
    return problem(needed, offers)
