"""Packs: whole cases from tolerance, rounding by threshold, minimum kept apart from multiple."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.packs import (
    Fill,
    NotWhole,
    OrderSize,
    PackLevel,
    Rounding,
    fill_cases,
    in_packs,
    is_taken,
    likelier_level,
    packs_for,
    price_per_each,
    taken_downward,
    taken_upward,
    why_not_taken,
)

EACH, BOX, CASE = PackLevel("each", 1), PackLevel("box of 10", 10), PackLevel("case of 60", 60)
small = st.integers(0, 60)


@pytest.mark.parametrize(
    ("quantity", "tolerance", "cases"),
    [
        (0, 0, 0), (0, 5, 0), (2, 1, 0), (2, 2, 1), (3, 0, 0), (3, 1, 1), (4, 0, 1), (4, 9, 1),
        (5, 2, 1), (5, 3, 2), (6, 2, 2), (7, 0, 1), (7, 1, 2), (8, 0, 2),
    ],
)  # fmt: skip
def test_fills_cases_of_four(quantity, tolerance, cases):
    assert fill_cases(quantity, tolerance, 4).cases == cases


def test_says_what_completes_a_case_and_what_it_lacks():
    assert fill_cases(5, 3, 4) == Fill(2, 3, 0, 0)
    assert fill_cases(5, 2, 4) == Fill(1, 0, 1, 1)
    assert fill_cases(8, 3, 4) == Fill(2, 0, 0, 0)


@given(small, small, st.integers(1, 12))
def test_every_unit_is_in_a_case_or_left_over(quantity, tolerance, per_case):
    fill = fill_cases(quantity, tolerance, per_case)
    assert fill.cases * per_case == quantity - fill.left_over + fill.from_tolerance
    assert 0 <= fill.from_tolerance <= min(tolerance, per_case - 1)
    assert 0 <= fill.left_over < per_case
    assert (fill.missing > 0) == (fill.left_over > 0)
    # What is missing is just enough, and no less is.
    if fill.missing:
        assert fill_cases(quantity, tolerance + fill.missing, per_case).cases == fill.cases + 1
        assert fill_cases(quantity, tolerance + fill.missing - 1, per_case).cases == fill.cases


@given(small, small, small, small, st.integers(1, 12))
def test_asking_for_more_never_fills_less(quantity, tolerance, more, wider, per_case):
    before = fill_cases(quantity, tolerance, per_case).cases
    assert fill_cases(quantity, tolerance + wider, per_case).cases >= before
    assert fill_cases(quantity + more, tolerance, per_case).cases >= quantity // per_case


@pytest.mark.parametrize(
    ("units", "threshold", "may_be_none", "packs"),
    [
        (-3, 0, False, 0), (0, 0, False, 0), (10, 0, True, 1), (11, 0, True, 2), (14, 4, True, 1),
        (15, 4, True, 2), (3, 4, True, 0), (3, 4, False, 1), (4, 4, True, 0), (5, 4, True, 1),
        (29, 9, True, 2), (30, 9, True, 3),
    ],
)  # fmt: skip
def test_rounds_a_need_to_packs_of_ten(units, threshold, may_be_none, packs):
    assert packs_for(units, Rounding(10, threshold, may_be_none)) == packs


@pytest.mark.parametrize(
    ("minimum", "multiple", "taken"),
    [
        (4, 1, [4, 5, 6, 7, 8]),  # at least four, then any
        (4, 4, [4, 8]),  # in fours
        (5, 4, [8]),  # at least five, in fours
        (0, 3, [3, 6]),
        (6, 3, [6]),
    ],
)
def test_keeps_the_minimum_apart_from_the_multiple(minimum, multiple, taken):
    size = OrderSize(minimum, multiple)
    assert [q for q in range(1, 9) if is_taken(q, size)] == taken
    assert is_taken(0, size)
    assert size.least == taken[0]


@given(st.integers(0, 200), st.integers(0, 50), st.integers(1, 12))
def test_the_nearest_orders_taken_enclose_what_is_asked(quantity, minimum, multiple):
    size = OrderSize(minimum, multiple)
    up, down = taken_upward(quantity, size), taken_downward(quantity, size)
    assert down <= quantity <= up
    assert is_taken(up, size)
    assert is_taken(down, size)
    assert not any(is_taken(q, size) for q in range(max(down + 1, 1), up))
    assert (why_not_taken(quantity, size) == "") == is_taken(quantity, size)


def test_says_what_to_ask_for_instead():
    assert why_not_taken(3, OrderSize(5, 4), "box") == (
        "The smallest order is 8 × box: ask for 8 or none."
    )
    assert why_not_taken(10, OrderSize(5, 4), "box") == (
        "It is sold in steps of 4 × box: ask for 12 or 8."
    )
    assert why_not_taken(-1, OrderSize()) == "A quantity cannot be negative."


def test_converts_only_to_whole_packs():
    assert in_packs(6, BOX, CASE) == 1
    assert in_packs(2, CASE, BOX) == 12
    with pytest.raises(NotWhole, match="no whole number of case of 60"):
        in_packs(7, BOX, CASE)


def test_compares_prices_of_packs_by_the_unit():
    assert price_per_each(Decimal("84.10"), BOX) == Fraction(841, 100)
    known = Fraction("8.41")
    ladder = [EACH, BOX, CASE]
    assert likelier_level(Decimal("84.10"), EACH, ladder, known) is BOX
    assert likelier_level(Decimal("8.00"), BOX, ladder, known) is EACH
    assert likelier_level(Decimal("9.00"), EACH, ladder, known) is None  # dearer, but of an each
    assert likelier_level(Decimal("30.00"), EACH, ladder, known) is None  # of no level at all
