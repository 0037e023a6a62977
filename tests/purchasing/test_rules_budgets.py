"""Budgets by period, whose word is asked, and who may give it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.spans import contains
from purchasing.rules.budgets import (
    Room,
    may_commit,
    may_set,
    period_of,
    reasons_to_wait,
    who_answers,
)


@pytest.mark.parametrize(("length", "day", "start", "end"), [
    ("month", date(2026, 3, 1), date(2026, 3, 1), date(2026, 4, 1)),
    ("month", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
    ("quarter", date(2026, 3, 31), date(2026, 1, 1), date(2026, 4, 1)),
    ("quarter", date(2026, 4, 1), date(2026, 4, 1), date(2026, 7, 1)),
    ("quarter", date(2026, 11, 15), date(2026, 10, 1), date(2027, 1, 1)),
])  # fmt: skip
def test_finds_the_period_of_a_day(length, day, start, end):
    assert period_of(day, length) == (start, end)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(["month", "quarter"]))
def test_lays_every_day_in_its_own_period(day, length):
    assert contains(period_of(day, length), day)
    assert period_of(period_of(day, length).start, length) == period_of(day, length)


ROOM = Room("the budget of March 2026", 100_00, used_cents=30_00, committed_cents=20_00)


@pytest.mark.parametrize(("_case", "cents", "counted", "above", "codes"), [
    ("all that is left", 50_00, 0, None, {}),
    ("a cent more", 50_01, 0, None, {"budget": 1}),
    ("what is counted already is there", 60_00, 10_00, None, {}),
    ("a cent more than that", 60_01, 10_00, None, {"budget": 1}),
    ("just the amount", 40_00, 0, 40_00, {}),
    ("a cent above it", 40_01, 0, 40_00, {"amount": 1}),
    ("both", 80_00, 0, 40_00, {"amount": 40_00, "budget": 30_00}),
    ("less than before never waits", 70_00, 80_00, 10_00, {}),
    ("the same as before neither", 80_00, 80_00, 10_00, {}),
    ("nobody may commit anything alone", 1, 0, 0, {"amount": 1}),
])  # fmt: skip
def test_waits_only_above_what_is_allowed(_case, cents, counted, above, codes):
    found = reasons_to_wait(cents, counted, above_cents=above, rooms=[ROOM])
    assert {one.code: one.above_cents for one in found} == codes


def test_says_by_how_much_and_that_a_budget_is_overdrawn():
    spent = Room("the budget of March 2026", 10_00, used_cents=12_00)
    (why,) = reasons_to_wait(5_00, 0, above_cents=None, rooms=[spent])
    assert why.words == (
        "It adds $5.00 to the budget of March 2026, where $2.00 are overdrawn: $7.00 too much."
    )


@given(
    st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(0, 1000)
)  # fmt: skip
def test_never_lets_what_counts_at_once_pass_the_budget(asked, budget):
    committed = 0
    for cents in asked:
        room = Room("it", budget, committed_cents=committed)
        if not reasons_to_wait(cents, 0, above_cents=None, rooms=[room]):
            committed += cents
    assert committed <= budget


@pytest.mark.parametrize(("_case", "asker", "named", "answers"), [
    ("nobody is named: anybody", 1, set(), {1, 2, 3}),
    ("another person is named", 1, {2}, {2}),
    ("two are named, one asked", 2, {2, 3}, {3}),
    ("only who asked is named", 2, {2}, {2}),
    ("the clock asked", None, {2}, {2}),
])  # fmt: skip
def test_asks_whoever_is_named_and_a_second_person_where_there_is_one(_case, asker, named, answers):
    assert who_answers(asker, named, {1, 2, 3}) == answers


def test_lets_only_whom_is_named_change_budgets_and_commit():
    assert may_set(1, set())
    assert may_set(2, {2})
    assert not may_set(1, {2})
    assert may_commit(None, set(), {2})
    assert may_commit(1, {1}, {2})
    assert may_commit(2, {1}, {2})
    assert not may_commit(3, {1}, {2})
