"""Rebates as rules: what is booked anew, and how a payment is shared and kept in part."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.periods import Bought, Terms, standing, tier_prices
from purchasing.rules.rebates import agreed_differences, differences, parts_of, stands


@pytest.mark.parametrize(
    ("_case", "entitled", "booked", "new"),
    [
        ("first", {"a": 50, "b": 30}, {}, {"a": 50, "b": 30}),
        ("more since", {"a": 50, "b": 30}, {"a": 20, "b": 30}, {"a": 30}),
        ("fell: taken back by adding", {"a": 10}, {"a": 20, "b": 5}, {"a": -10, "b": -5}),
        ("all booked", {"a": 50}, {"a": 50}, {}),
    ],
)
def test_books_the_difference(_case, entitled, booked, new):
    assert differences(entitled, booked) == new


@pytest.mark.parametrize(
    ("earned", "received", "expected"), [(9, 10, 10), (10, 10, 10), (11, 10, 11), (-5, 0, 0)]
)
def test_never_stands_below_what_was_paid(earned, received, expected):
    assert stands(earned, received) == expected


@pytest.mark.parametrize(
    ("_case", "said", "entitled", "earned", "changed"),
    [
        ("as earned", 100, {"a": 60, "b": 40}, {"a": 60, "b": 40}, {}),
        ("a cent less falls to one", 99, {"a": 50, "b": 50}, {"a": 50, "b": 50}, {"b": -1}),
        ("a cent more", 101, {"a": 50, "b": 50}, {"a": 50, "b": 50}, {"a": 1}),
        ("nothing", 0, {"a": 50}, {"a": 50}, {"a": -50}),
        ("nothing, of nobody", 0, {}, {}, {}),
        ("agreed on before", 100, {"a": 60, "b": 40}, {"a": 55, "b": 40}, {"a": 5}),
        ("no more entitled", 50, {"a": 50, "b": 0}, {"a": 50, "b": -3}, {"b": 3}),
    ],
)
def test_shares_a_suppliers_figure_by_what_was_earned(_case, said, entitled, earned, changed):
    assert agreed_differences(said, entitled, earned) == changed


AMOUNTS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 10**6), min_size=1)


@given(AMOUNTS, st.dictionaries(st.sampled_from("abcde"), st.integers(-999, 999)), st.data())
def test_after_a_figure_is_agreed_on_it_is_what_stands(entitled, agreed, data):
    said = data.draw(st.integers(0, 10**7)) if any(entitled.values()) else 0
    earned = {key: cents + agreed.get(key, 0) for key, cents in entitled.items()}
    changed = agreed_differences(said, entitled, earned)
    after = {key: cents + changed.get(key, 0) for key, cents in earned.items()}
    assert sum(after.values()) == said
    assert min(after.values()) >= 0
    assert agreed_differences(said, entitled, after) == {}


@given(st.lists(st.tuples(st.integers(0, 9999), st.booleans()), min_size=1), st.integers(0, 500))
def test_what_is_booked_does_not_depend_on_when_the_clock_looked(days, received):
    """An outage of some days books the same in all as a look on each."""
    booked = every = 0
    for earned, is_up in [*days, (days[-1][0], True)]:
        every += stands(earned, received) - every
        if is_up:
            booked += stands(earned, received) - booked
    assert booked == every == stands(days[-1][0], received)


@pytest.mark.parametrize(
    ("_case", "cents", "owed", "pct", "expected"),
    [
        ("by what is owed", 90, {"a": 60, "b": 30}, "0", [("a", 60, 0), ("b", 30, 0)]),
        ("odd cent by key", 1, {"b": 1, "a": 1}, "0", [("a", 1, 0)]),
        ("kept is rounded down for each", 100, {"a": 99, "b": 99}, "33.33",
         [("a", 50, 16), ("b", 50, 16)]),
        ("all kept", 7, {"a": 7, "b": 0}, "100", [("a", 7, 7)]),
        ("below a cent nothing is kept", 9, {"a": 9}, "10", [("a", 9, 0)]),
        ("from a cent on it is", 10, {"a": 10}, "10", [("a", 10, 1)]),
    ],
)  # fmt: skip
def test_shares_a_payment_and_keeps_no_more_than_was_agreed(_case, cents, owed, pct, expected):
    parts = parts_of(cents, owed, Decimal(pct))
    assert [(one.practice, one.cents, one.kept_cents) for one in parts] == expected


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 10**7), min_size=1),
    st.decimals(0, 100, places=2),
    st.data(),
)
def test_what_came_in_is_what_is_given_and_what_is_kept(owed, pct, data):
    if not sum(owed.values()):
        return
    cents = data.draw(st.integers(1, sum(owed.values())))
    parts = parts_of(cents, owed, pct)
    assert sum(one.given_cents + one.kept_cents for one in parts) == cents
    assert all(0 <= one.kept_cents * 100 <= one.cents * pct for one in parts)
    assert all(one.cents <= owed[one.practice] for one in parts)
    assert [one.practice for one in parts] == sorted(one.practice for one in parts)


@given(st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from("xy"), st.integers(1, 80),
                          st.integers(600, 1200)), max_size=8))  # fmt: skip
def test_the_lines_that_are_shown_come_to_what_is_owed(rows):
    ladders = {"x": [[0, "10"], [50, "8.25"]], "y": [[0, "9"], [50, "7.1"]]}
    bought = [Bought(who, item, packs, Decimal(price) / 100) for who, item, packs, price in rows]
    found = standing(ladders, bought, Terms(scope="contract", effect="retroactive"))
    prices = tier_prices(ladders, found.measured, Terms(scope="contract", effect="retroactive"))
    for who in "pq":
        back = sum((one.price - prices[one.item]) * one.packs for one in bought
                   if one.practice == who and prices[one.item] < one.price)  # fmt: skip
        assert abs(dict(found.owed).get(who, 0) - back * 100) <= Decimal("0.5")
