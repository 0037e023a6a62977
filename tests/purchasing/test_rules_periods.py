"""Tiers by period, by spend and over several items: prospective, retroactive, pooled."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.closing import ItemTerms, PoolLine, Wish, close_pool
from purchasing.rules.ladders import scheme_of
from purchasing.rules.periods import (
    Bought,
    Terms,
    counted,
    measure_words,
    own_ladder,
    period_of,
    pool_ladder,
    standing,
)
from purchasing.rules.tiers import price_at

D = Decimal
GLOVES = [[0, "10"], [100, "9"], [200, "8"]]
SPEND = [[0, "10"], [1_000, "9"], [2_000, "8"]]  # dollars at the list price of 10


@pytest.mark.parametrize(
    ("kind", "day", "first", "after"),
    [
        ("month", date(2026, 2, 28), date(2026, 2, 1), date(2026, 3, 1)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 4, 1), date(2026, 4, 1), date(2026, 7, 1)),
        ("year", date(2026, 3, 14), date(2025, 3, 15), date(2026, 3, 15)),
        ("year", date(2026, 3, 15), date(2026, 3, 15), date(2027, 3, 15)),
    ],
)
def test_a_period_holds_its_first_day_and_not_its_last(kind, day, first, after):
    assert period_of(kind, date(2024, 3, 15), day) == (first, after)


def test_a_year_from_a_leap_day_begins_on_the_first_of_march():
    assert period_of("year", date(2024, 2, 29), date(2026, 2, 28)) == (
        date(2025, 3, 1), date(2026, 3, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("effect", "before", "ladder"),
    [
        ("order", 0, [[0, "10"], [100, "9"], [200, "8"]]),
        # What was bought before decides: the order itself brings nothing on.
        ("prospective", 0, [[0, "10"]]),
        ("prospective", 99, [[0, "10"]]),
        ("prospective", 100, [[0, "9"]]),
        # With the order: what is missing to a tier is less by what was bought before.
        ("retroactive", 0, [[0, "10"], [100, "9"], [200, "8"]]),
        ("retroactive", 99, [[0, "10"], [1, "9"], [101, "8"]]),
        ("retroactive", 100, [[0, "9"], [100, "8"]]),
        ("retroactive", 250, [[0, "8"]]),
    ],
)
def test_tiers_take_effect_for_an_order_or_for_its_period(effect, before, ladder):
    assert own_ladder(GLOVES, Terms(effect=effect), before) == ladder


@pytest.mark.parametrize(("before", "packs"), [(0, [0, 100, 200]), (9_999_999, [0, 1, 101])])
def test_spend_is_counted_at_the_list_price_and_never_at_what_is_paid(before, packs):
    found = own_ladder(SPEND, Terms(metric="reference_spend", effect="retroactive"), before)
    assert [low for low, _ in found] == packs


@given(
    st.sampled_from(["order", "prospective", "retroactive"]),
    st.sampled_from(["units", "reference_spend"]),
    st.integers(0, 3_000_000),
    st.integers(1, 400),
)
def test_no_pack_costs_more_for_what_was_bought_before_or_with_it(effect, metric, before, packs):
    ladder = GLOVES if metric == "units" else SPEND
    more = own_ladder(ladder, Terms(metric=metric, effect=effect), before)
    none = own_ladder(ladder, Terms(metric=metric, effect=effect), 0)
    assert price_at(scheme_of(more), packs) <= price_at(scheme_of(none), packs)
    assert price_at(scheme_of(more), packs + 1) <= price_at(scheme_of(more), packs)


def test_a_retroactive_period_owes_back_what_was_paid_above_its_tier():
    bought = [Bought("a", "gloves", 60, D(10)), Bought("b", "gloves", 60, D("9.50"))]
    found = standing({"gloves": GLOVES}, bought, Terms(effect="retroactive"))
    assert (found.measured, found.tier, found.next_at) == (120, 1, 200)
    assert found.owed == (("a", 60_00), ("b", 30_00))
    assert found.owed_cents == 90_00
    low = standing({"gloves": GLOVES}, bought[:1], Terms(effect="retroactive"))
    assert (low.tier, low.next_at, low.owed) == (0, 100, ())


def test_items_counted_together_reach_a_tier_that_neither_does_alone():
    ladders = {"gloves": SPEND, "masks": [[0, "20"], [1_000, "15"]]}
    terms = Terms("reference_spend", "contract", "retroactive")
    bought = [Bought("a", "gloves", 60, D(10)), Bought("b", "masks", 20, D(20))]
    found = standing(ladders, bought, terms)  # 60 × 10 + 20 × 20 is a thousand dollars
    assert (found.measured, found.owed) == (10_000_000, (("a", 60_00), ("b", 100_00)))
    assert measure_words(found.measured, "reference_spend") == "$1,000 at list"
    assert measure_words(1_200, "units") == "1,200 packs"


def lines(wishes, case=1):
    gloves = pool_ladder(SPEND, Terms("reference_spend", "contract"))
    masks = counted([[0, "20"], [1_000, "15"]], "reference_spend")
    return {
        "gloves": PoolLine(wishes["gloves"], ItemTerms(gloves, case), 100_000),
        "masks": PoolLine(wishes["masks"], ItemTerms(masks, case), 200_000),
    }


def test_closes_items_together_at_the_tier_that_they_reach_together():
    wishes = {"gloves": [Wish("a", 60, 0, D(9))], "masks": [Wish("b", 20, 0, D(15))]}
    found = close_pool(lines(wishes), b"key")
    assert [(one.packs, one.price) for one in found.values()] == [(60, D(9)), (20, D(15))]
    wishes["masks"] = [Wish("b", 19, 0, D(20))]  # nineteen masks are twenty dollars short
    found = close_pool(lines(wishes), b"key")
    assert (found["gloves"].packs, found["gloves"].released[0].price) == (0, D(10))
    assert (found["masks"].packs, found["masks"].price) == (19, D(20))


ceilings = st.sampled_from([None, D(8), D(9), D(10), D(15), D(20)])
asking = st.lists(st.tuples(st.integers(1, 90), ceilings), max_size=3)


@given(asking, asking)
def test_keeps_the_largest_group_over_both_items_whoever_spoke_first(gloves, masks):
    """Beside trying every group: those who may stay together, all at once, are the answer."""

    def said(rows):
        return [Wish(str(n), packs, 0, most) for n, (packs, most) in enumerate(rows)]

    wishes = {"gloves": said(gloves), "masks": said(masks)}
    found = close_pool(lines(wishes), b"key")
    stays = {(key, who) for key, one in found.items() for who, n in one.granted.items() if n}
    everybody = [(key, row) for key, rows in wishes.items() for row in rows]
    union = set()
    for chosen in product([False, True], repeat=len(everybody)):
        group = [one for one, is_in in zip(everybody, chosen, strict=True) if is_in]
        spend = sum(row.quantity * (100_000 if key == "gloves" else 200_000) for key, row in group)
        made = lines({"gloves": [], "masks": []})
        prices = {key: price_at(scheme_of(made[key].terms.ladder), spend) for key in made}
        if all(row.ceiling is None or prices[key] <= row.ceiling for key, row in group):
            union |= {(key, row.key) for key, row in group}
    assert stays == union
    again = close_pool(lines({key: rows[::-1] for key, rows in wishes.items()}), b"key")
    assert {key: one.granted for key, one in again.items()} == {
        key: one.granted for key, one in found.items()
    }
