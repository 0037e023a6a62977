"""Conditional commitments: the group equals brute force, in whatever order people came."""

from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.coalitions import Commitment, Release, coalition_of, release_words
from purchasing.rules.tiers import Tier, price_at, scheme

D = Decimal
VIALS = scheme([Tier(1, D("90")), Tier(100, D("84.10")), Tier(150, D("80"))])


def vials(_item: str, volume: int) -> Decimal | None:
    return price_at(VIALS, volume)


@st.composite
def worlds(draw):
    """Up to ten commitments to two items, whose tiers both go by the volume of all."""
    minimums = sorted(draw(st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True)))
    tiers = {}
    for item in ("x", "y"):
        prices = draw(st.lists(st.integers(1, 12), min_size=len(minimums), max_size=len(minimums)))
        rows = zip(minimums, sorted(prices, reverse=True), strict=True)
        tiers[item] = scheme([Tier(low, D(price)) for low, price in rows])
    count = draw(st.integers(1, 10))
    people = [
        Commitment(
            f"p{number}",
            draw(st.integers(1, 12)),
            draw(st.one_of(st.none(), st.integers(0, 12).map(D))),
            draw(st.sampled_from("xy")),
        )
        for number in range(count)
    ]
    return people, lambda item, volume: price_at(tiers[item], volume)


def brute_force(people, prices):
    """The union of all groups in which everybody accepts the price."""
    union: set[str] = set()
    for size in range(1, len(people) + 1):
        for group in combinations(people, size):
            volume = sum(one.quantity for one in group)
            found = {one.item: prices(one.item, volume) for one in group}
            if all(
                found[one.item] is not None
                and (one.ceiling is None or found[one.item] <= one.ceiling)
                for one in group
            ):
                union |= {one.key for one in group}
    return union


@given(worlds())
def test_is_the_union_of_all_groups_that_hold_together(world):
    people, prices = world
    found = coalition_of(people, prices)
    assert {one.key for one in found.members} == brute_force(people, prices)
    for one in found.members:
        assert one.ceiling is None or found.price(one.item, prices) <= one.ceiling
    assert found.volume == sum(one.quantity for one in found.members)
    assert {one.key for one in found.members}.isdisjoint(one.key for one in found.released)
    assert len(found.members) + len(found.released) == len(people)


@given(worlds(), st.randoms(use_true_random=False))
def test_does_not_depend_on_the_order(world, chance):
    people, prices = world
    shuffled = list(people)
    chance.shuffle(shuffled)
    assert coalition_of(shuffled, prices) == coalition_of(people, prices)


def test_releases_one_after_another_and_says_at_which_price():
    people = [
        Commitment("alvarez", 60),
        Commitment("bell", 58, D("82")),
        Commitment("chen", 32, D("79.99")),
        Commitment("diaz", 10, D("88")),
    ]
    found = coalition_of(people, vials)
    assert [one.key for one in found.members] == ["alvarez"]
    assert found.released == (
        Release("chen", "", 160, D("80"), D("79.99"), 1),
        Release("bell", "", 128, D("84.10"), D("82"), 2),
        Release("diaz", "", 70, D("90"), D("88"), 3),
    )
    assert release_words(found.released[1], "128 boxes") == (
        "Released: at 128 boxes the price is $84.10, above your ceiling of $82.00."
    )


def test_holds_together_at_exactly_the_ceiling():
    people = [Commitment("alvarez", 60, D("84.10")), Commitment("bell", 40, D("84.1"))]
    assert coalition_of(people, vials).released == ()


def test_releases_everybody_below_what_the_supplier_sells():
    tens = scheme([Tier(10, D("5"))])
    found = coalition_of([Commitment("bell", 9)], lambda _, volume: price_at(tens, volume))
    assert found.members == ()
    assert release_words(found.released[0], "9 boxes") == (
        "Released: at 9 boxes it is not offered; the supplier's minimum is higher."
    )
    assert coalition_of([], vials).members == ()


def test_counts_spend_where_the_tier_does():
    by_spend = [Commitment("bell", 1, D("80"), measure=150)]
    assert coalition_of(by_spend, vials).volume == 150
    assert coalition_of(by_spend, vials).released == ()
