"""Encounters expected of a month, and when it may be said that some are missing."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from compliance.rules.encounters import (
    AS_EXPECTED,
    COMES,
    DEFAULT,
    FEW_MEMBERS,
    FEWER,
    NONE,
    Expectation,
    expectation_on,
    expected,
    last_day,
    pcp_month,
    share,
    state_of,
    year_state,
)

OCTOBER = date(2026, 10, 1)
RULE = Expectation(date(2026, 1, 1), Decimal("250"), 30, "Agreement 9")


def test_expects_so_many_of_so_many_member_months():
    assert expected(100, RULE) == 25
    assert expected(7, RULE) == Fraction(7, 4)
    assert share(5, Fraction(20)) == "25\u00a0%"
    assert share(5, Fraction(0)) == ""


def test_the_newest_rule_that_holds_and_a_specialtys_own_first():
    newer = Expectation(date(2026, 10, 1), Decimal("300"), 20, "Agreement 10")
    own = Expectation(date(2025, 1, 1), Decimal("90"), 30, "Survey", specialty="Cardiology")
    rows = [RULE, newer, own]
    assert expectation_on(rows, date(2026, 9, 1), "Family Medicine") == RULE
    assert expectation_on(rows, OCTOBER, "Family Medicine") == newer
    assert expectation_on(rows, OCTOBER, "cardiology") == own
    assert expectation_on(rows, date(2024, 12, 1), "Cardiology") == DEFAULT
    assert not DEFAULT.is_verified


def test_the_last_day_is_so_many_days_after_the_month():
    assert last_day(OCTOBER, RULE) == date(2026, 11, 30)
    assert last_day(date(2026, 12, 1), Expectation(OCTOBER, Decimal(1), 1, "")) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("_case", "members", "received", "state"),
    [
        # Of 40 member-months ten are expected: Garwood's upper limit of 3 is 8.77, of 4 is 10.24.
        ("chance does not explain three", 40, 3, FEWER),
        ("chance explains four", 40, 4, AS_EXPECTED),
        # Nothing has 3.69 as its upper limit: 14 members expect 3.5, 15 expect 3.75.
        ("nothing of fourteen", 14, 0, AS_EXPECTED),
        ("nothing of fifteen", 15, 0, NONE),
        ("ten members are too few", 10, 0, FEW_MEMBERS),
        ("eleven are enough", 11, 9, AS_EXPECTED),
    ],
)
def test_says_that_some_are_missing_only_beyond_chance(_case, members, received, state):
    assert state_of(members, received, RULE, is_due=True) == state
    assert state_of(members, received, RULE, is_due=False) == COMES


def test_a_month_is_due_the_day_after_its_last_day():
    counts = (100, 2, 2)
    assert pcp_month(1, OCTOBER, counts, RULE, date(2026, 11, 30)).state == COMES
    assert pcp_month(1, OCTOBER, counts, RULE, date(2026, 12, 1)).state == FEWER


def test_small_months_may_be_sure_together():
    months = [
        pcp_month(1, date(2026, month, 1), (10, 0, 0), RULE, date(2027, 1, 1))
        for month in range(1, 3)
    ]
    assert {one.state for one in months} == {FEW_MEMBERS}
    # Twenty member-months expect five; the upper limit of nothing is 3.69.
    assert year_state(months) == NONE
    assert year_state(months[:1]) == FEW_MEMBERS
