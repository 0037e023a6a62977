"""The chain ladder to the cent: golden values by hand, its bounds, and when it says little."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.ibnr import triangle
from ipaportal.core.months import add_months

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
# Served January: 100.00 at once, 50.00 a month later, 15.00 two later. February: 120.00, 72.00.
# March: 90.00.
PAID = [
    (JAN, JAN, 100_00), (JAN, FEB, 50_00), (JAN, MAR, 15_00),
    (FEB, FEB, 120_00), (FEB, MAR, 72_00), (MAR, MAR, 90_00),
]  # fmt: skip


def test_carries_every_month_on_by_how_the_older_ones_grew():
    found = triangle(PAID, MAR, claims=100, months=3)
    # 0 to 1: (150 + 192) / (100 + 120) = 342/220 = 171/110; 1 to 2: 165/150 = 11/10.
    assert [step.factor for step in found.steps] == [Fraction(171, 110), Fraction(11, 10)]
    assert [(step.before_cents, step.after_cents, step.months) for step in found.steps] == [
        (220_00, 342_00, 2), (150_00, 165_00, 1),
    ]  # fmt: skip
    assert [row.paid for row in found.rows] == [
        (100_00, 150_00, 165_00), (120_00, 192_00), (90_00,)
    ]  # fmt: skip
    # February: 192.00 × 1.1 = 211.20. March: 90.00 × 171/110 × 11/10 = 90 × 1.71 = 153.90.
    assert [row.ultimate_cents for row in found.rows] == [165_00, 211_20, 153_90]
    assert [row.ibnr_cents for row in found.rows] == [0, 19_20, 63_90]
    assert (found.ibnr_cents, found.paid_cents, found.cautions) == (83_10, 447_00, ())


@pytest.mark.parametrize(
    ("_case", "newest", "ultimate"),
    [
        # × 171/100: 50 cents come to 85.5, which is rounded once, away from zero.
        ("half a cent goes up", 50, 86),
        ("below half goes down", 49, 84),
        ("nothing stays nothing", 0, 0),
    ],
)
def test_rounds_each_month_once(_case, newest, ultimate):
    found = triangle([*PAID[:-1], (MAR, MAR, newest)], MAR, claims=100, months=3)
    assert found.rows[-1].ultimate_cents == ultimate


def test_money_taken_back_counts_where_it_was_taken():
    found = triangle([*PAID, (JAN, MAR, -5_00)], MAR, claims=100, months=3)
    assert found.rows[0].paid == (100_00, 150_00, 160_00)
    assert found.steps[1].factor == Fraction(16, 15)
    less = triangle([*PAID, (JAN, MAR, -20_00)], MAR, claims=100, months=3)
    assert less.steps[1].factor < 1
    assert "more was taken back than paid in a step" in less.cautions
    assert less.rows[1].ibnr_cents == 0  # never below zero


def test_what_was_paid_later_or_served_earlier_is_not_looked_at():
    april, before = date(2026, 4, 1), date(2025, 12, 1)
    found = triangle([*PAID, (MAR, april, 9_00), (before, MAR, 9_00)], MAR, claims=9, months=3)
    assert found.paid_cents == 447_00


def test_says_when_it_says_little():
    few = triangle(PAID, MAR, claims=29, months=3)
    assert few.cautions == ("it rests on 29 claims, fewer than 30",)
    assert triangle(PAID, MAR, claims=30, months=3).cautions == ()
    new = triangle([(JAN, FEB, 50_00), (FEB, FEB, 10_00)], MAR, claims=99, months=3)
    assert new.cautions == (
        "claims of 2 months were paid, fewer than 3",
        "of the newest month nothing was paid, so that nothing can be carried on from it",
    )
    nothing = triangle([], MAR, claims=0)
    assert (nothing.ibnr_cents, len(nothing.rows)) == (0, 12)


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(0, 10**9)), max_size=40),
    st.integers(2, 9),
)
def test_scales_with_the_money_and_never_below_what_was_paid(rows, times):
    paid = [
        (add_months(JAN, served), add_months(JAN, served + lag), cents)
        for served, lag, cents in rows
    ]
    end = date(2026, 12, 1)
    one = triangle(paid, end, claims=99)
    many = triangle([(a, b, cents * times) for a, b, cents in paid], end, claims=99)
    assert one.ibnr_cents >= 0
    assert [step.factor for step in one.steps] == [step.factor for step in many.steps]
    assert many.paid_cents == one.paid_cents * times
    # Each month is rounded once: a multiple is off by at most half a cent a month, times over.
    assert abs(many.ibnr_cents - one.ibnr_cents * times) <= 12 * (times + 1)
    assert one.paid_cents == sum(c for a, b, c in paid if b <= end)
