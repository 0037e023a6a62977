"""Tiers: gaps and overlaps refused, exact prices on both sides, next tier, rebates."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.tiers import (
    ALL_UNITS,
    INCREMENTAL,
    PROSPECTIVE,
    REFERENCE_SPEND,
    RETROACTIVE,
    BadTiers,
    NextTier,
    Purchase,
    Tier,
    cost_at,
    is_at_risk,
    is_falling,
    next_tier,
    next_tier_words,
    price_at,
    price_of_order,
    rebate_of,
    rebates,
    scheme,
    tiers_of_bands,
)

D = Decimal
TIERS = [Tier(1, D("10")), Tier(10, D("9")), Tier(50, D("7.5"))]
BY_UNITS = scheme(TIERS)
BY_BAND = scheme(TIERS, mode=INCREMENTAL)
BY_SPEND = scheme(
    [Tier(0, D("10")), Tier(10_000, D("9"))], metric=REFERENCE_SPEND, reference_cents=1_050
)


@st.composite
def schemes(draw):
    minimums = draw(st.lists(st.integers(0, 90), min_size=1, max_size=5, unique=True))
    prices = sorted(
        draw(st.lists(st.integers(0, 50_000), min_size=len(minimums), max_size=len(minimums))),
        reverse=True,
    )
    tiers = [
        Tier(low, D(price) / 1_000) for low, price in zip(sorted(minimums), prices, strict=True)
    ]
    return scheme(tiers, mode=draw(st.sampled_from([ALL_UNITS, INCREMENTAL])))


@pytest.mark.parametrize(
    ("quantity", "price", "all_units", "by_band"),
    [
        (0, None, None, None), (1, "10", 1_000, 1_000), (9, "10", 9_000, 9_000),
        (10, "9", 9_000, 9_900), (49, "9", 44_100, 45_000), (50, "7.5", 37_500, 45_750),
        (51, "7.5", 38_250, 46_500),
    ],
)  # fmt: skip
def test_prices_on_both_sides_of_a_threshold(quantity, price, all_units, by_band):
    assert price_at(BY_UNITS, quantity) == (None if price is None else D(price))
    assert cost_at(BY_UNITS, quantity) == all_units
    assert cost_at(BY_BAND, quantity) == by_band


def test_measures_spend_at_the_reference_price():
    # 9 × 10.50 = 94.50 stays below $100, 10 × 10.50 reaches it, and keeps it at the net price.
    assert price_at(BY_SPEND, 9) == D("10")
    assert price_at(BY_SPEND, 10) == D("9")
    assert next_tier(BY_SPEND, 4) == NextTier(6, D("9"), 400, -5_000)


@pytest.mark.parametrize(
    ("tiers", "why"),
    [
        ([], "there are none"),
        ([Tier(5, D(1)), Tier(5, D(1))], "two tiers begin at 5"),
        ([Tier(1, D(1)), Tier(5, D(2))], "the price rises from 1 to 2 at 5"),
        ([Tier(-1, D(1))], "a tier begins at -1"),
        ([Tier(1, D(-1))], "the price from 1 on is -1"),
        ([Tier(1, D("NaN"))], "the price from 1 on is NaN"),
    ],
)
def test_refuses_tiers_that_cannot_be(tiers, why):
    with pytest.raises(BadTiers, match=why):
        scheme(tiers)


def test_refuses_spend_without_a_reference_price():
    with pytest.raises(BadTiers, match="no reference price"):
        scheme(TIERS, metric=REFERENCE_SPEND)


@pytest.mark.parametrize(
    ("bands", "why"),
    [
        ([(1, 9, D(2)), (11, None, D(1))], "no tier says what 10 to 10 cost"),
        ([(1, 10, D(2)), (10, None, D(1))], "two tiers overlap at 10"),
        ([(1, None, D(2)), (10, None, D(1))], "two tiers overlap at 10"),
        ([(1, 9, D(2)), (10, 20, D(1))], "what more than 20 cost"),
        ([(9, 1, D(2))], "from 9 to 1"),
    ],
)
def test_refuses_bands_with_gaps_and_overlaps(bands, why):
    with pytest.raises(BadTiers, match=why):
        tiers_of_bands(bands)


def test_reads_bands_in_any_order():
    bands = [(50, None, D("7.5")), (1, 9, D(10)), (10, 49, D(9))]
    assert tiers_of_bands(bands) == TIERS


@given(schemes())
def test_no_price_rises_with_volume(of):
    assert is_falling(lambda quantity: price_at(of, quantity), 100)


@given(schemes(), st.integers(1, 99))
def test_a_band_prices_each_unit_once(of, quantity):
    cost, price = cost_at(of, quantity), price_at(of, quantity)
    if price is None:
        assert cost is None
    elif of.mode == INCREMENTAL:
        below = [tier.price for tier in of.tiers]
        each = [price_at(of, n) or below[0] for n in range(1, quantity + 1)]
        assert abs(D(cost) / 100 - sum(each)) <= D("0.005")
    else:
        assert abs(D(cost) / 100 - price * quantity) <= D("0.005")


@given(schemes(), st.integers(0, 99))
def test_the_next_tier_is_reached_by_just_what_it_needs(of, quantity):
    step = next_tier(of, quantity)
    if step is None:
        assert quantity >= of.tiers[-1].minimum
        return
    assert price_at(of, quantity + step.needs) == step.price
    assert step.needs == 1 or price_at(of, quantity + step.needs - 1) == price_at(of, quantity)


def test_says_when_more_costs_less():
    step = next_tier(BY_UNITS, 45)
    assert step == NextTier(5, D("7.5"), 6_750, 3_000)
    assert next_tier_words(step, "boxes") == (
        "5 more boxes bring the price to $7.5 and lower the total by $30.00."
    )
    assert next_tier_words(next_tier(BY_UNITS, 12), "boxes") == (
        "38 more boxes bring the price to $7.5, $18.00 less for what is already asked for."
    )
    assert next_tier_words(next_tier(BY_BAND, 12), "boxes") == (
        "38 more boxes bring the price to $7.5."
    )
    assert next_tier(BY_UNITS, 50) is None
    assert next_tier(scheme([Tier(5, D(2))]), 2) == NextTier(3, D(2), 0, -1_000)


def test_an_order_is_priced_by_what_was_reached_before_it_or_with_it():
    assert price_of_order(BY_UNITS, 8, 2, PROSPECTIVE) == D("10")
    assert price_of_order(BY_UNITS, 8, 2, RETROACTIVE) == D("9")
    assert price_of_order(BY_UNITS, 10, 1, PROSPECTIVE) == D("9")
    assert price_of_order(scheme([Tier(5, D(2))]), 0, 4, PROSPECTIVE) is None


def test_a_rebate_brings_the_whole_period_to_the_tier_reached_and_is_shared_to_the_cent():
    bought = [Purchase("b", 6, 6_000), Purchase("a", 3, 3_000), Purchase("a", 41, 36_900)]
    assert rebate_of(bought, BY_UNITS) == 45_900 - 37_500
    assert rebates(bought, 8_400) == {"a": 7_302, "b": 1_098}
    assert rebate_of([], BY_UNITS) == 0
    assert rebates([], 100) == {}


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9_999)), min_size=1),
    st.integers(0, 99_999),
)
def test_shares_of_a_rebate_sum_to_it(paid, received):
    bought = [Purchase(key, 1, cents) for key, cents in paid]
    assert sum(rebates(bought, received).values()) == received


def test_warns_before_a_tier_is_lost():
    # 100 in 182 of 365 days: about 200 a year; a tier of 180 is at risk below 198.
    assert not is_at_risk(180, 100, 182, 365)
    assert is_at_risk(183, 100, 182, 365)
