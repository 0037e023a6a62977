"""Clocks of claims: golden cases of both regimes, both sides of every day, contests."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.prompt_pay import (
    RULES,
    Clock,
    Contest,
    NoRate,
    NoRule,
    Regime,
    by_contract,
    clock,
    owed,
    rule_on,
)

RECEIVED = date(2026, 1, 2)
CALIFORNIA = rule_on(Regime.CALIFORNIA, RECEIVED)
MEDICARE = rule_on(Regime.MEDICARE_NON_CONTRACTED, RECEIVED)


def paid_on_day(day: int, **given_) -> tuple[int, int]:
    """Interest and penalty in cents of $1,000 received on 2 January 2026."""
    due = clock(CALIFORNIA, RECEIVED, is_clean=True).due
    found = owed(CALIFORNIA, 1_000_00, due, RECEIVED + timedelta(days=day), **given_)
    return found.interest_cents, found.penalty_cents


@pytest.mark.parametrize(
    ("day", "interest"), [(0, 0), (29, 0), (30, 0), (31, 41), (32, 82), (45, 616), (395, 150_00)]
)
def test_california_counts_fifteen_per_cent_from_day_31(day, interest):
    assert paid_on_day(day, interest_sent_cents=interest) == (interest, 0)


def test_a_payment_that_left_its_interest_out_owes_the_penalty():
    assert paid_on_day(45, interest_sent_cents=0) == (616, 15_00)
    assert paid_on_day(45, interest_sent_cents=615) == (616, 15_00)
    assert paid_on_day(45, interest_sent_cents=616) == (616, 0)
    assert paid_on_day(45) == (616, 0)  # not yet paid: nothing was left out
    # 10 % of the interest is more than $15 from $150.05 on.
    assert paid_on_day(395, interest_sent_cents=0) == (150_00, 15_00)
    assert paid_on_day(396, interest_sent_cents=0) == (150_41, 15_04)


def test_small_interest_may_be_sent_by_the_month_and_owes_no_penalty():
    assert paid_on_day(34, interest_sent_cents=0) == (164, 0)
    assert paid_on_day(35, interest_sent_cents=0) == (205, 15_00)
    due = clock(CALIFORNIA, RECEIVED, is_clean=True).due
    assert owed(CALIFORNIA, 1_000_00, due, due + timedelta(days=4)).may_be_batched
    assert not owed(CALIFORNIA, 1_000_00, due, due + timedelta(days=5)).may_be_batched


def test_medicare_takes_the_treasurys_rate_of_the_half_year():
    due = date(2025, 3, 1)
    found = owed(MEDICARE, 10_000_00, due, due + timedelta(days=15))
    assert (found.interest_cents, found.yearly_pct, found.penalty_cents) == (
        19_01,
        Decimal("4.625"),
        0,
    )
    assert owed(CALIFORNIA, 10_000_00, due, due + timedelta(days=20)).interest_cents == 82_19


def test_a_rate_that_nobody_entered_is_not_guessed():
    # The first day of lateness decides: 30 June is the last of the half-year.
    assert owed(MEDICARE, 100_00, date(2025, 6, 29), date(2025, 7, 9)).days_late == 10
    with pytest.raises(NoRate, match="2025-07-01"):
        owed(MEDICARE, 100_00, date(2025, 6, 30), date(2025, 7, 9))
    table = {date(2025, 7, 1): Decimal(4)}
    found = owed(MEDICARE, 100_00, date(2025, 6, 30), date(2025, 7, 10), table=table)
    assert found.interest_cents == 11
    assert owed(MEDICARE, 100_00, date(2025, 6, 30), date(2025, 6, 30)).cents == 0


def test_days_are_those_of_the_rule():
    assert clock(MEDICARE, RECEIVED, is_clean=True).due == date(2026, 2, 1)
    assert clock(MEDICARE, RECEIVED, is_clean=False).due == date(2026, 3, 3)
    assert clock(CALIFORNIA, RECEIVED, is_clean=False).due == date(2026, 2, 1)
    # Over a leap day, over the change to summer time, received on a holiday.
    leap = clock(MEDICARE, date(2028, 2, 1), is_clean=True)
    assert leap.due == date(2028, 3, 2)
    assert clock(CALIFORNIA, date(2026, 3, 1), is_clean=True).due == date(2026, 3, 31)
    assert clock(CALIFORNIA, date(2026, 7, 4), is_clean=True).due == date(2026, 8, 3)


def test_a_contest_in_time_stops_the_clock_and_the_answer_starts_it_anew():
    on_day_30 = RECEIVED + timedelta(days=30)
    asked = Contest(on_day_30)
    assert clock(CALIFORNIA, RECEIVED, is_clean=False, contests=[asked]).is_stopped
    answered = Contest(on_day_30, date(2026, 4, 1))
    again = clock(CALIFORNIA, RECEIVED, is_clean=False, contests=[answered])
    assert again == Clock(date(2026, 4, 1), date(2026, 5, 1))
    twice = [answered, Contest(date(2026, 5, 1), date(2026, 6, 1))]
    assert clock(CALIFORNIA, RECEIVED, is_clean=False, contests=twice).due == date(2026, 7, 1)


def test_a_contest_that_came_late_changes_nothing():
    late = Contest(RECEIVED + timedelta(days=31), date(2026, 4, 1))
    found = clock(CALIFORNIA, RECEIVED, is_clean=False, contests=[late])
    assert found == Clock(RECEIVED, date(2026, 2, 1))


def test_a_rule_applies_from_its_first_day_on():
    assert rule_on(Regime.CALIFORNIA, date(2026, 1, 1)).clean_days == 30
    with pytest.raises(NoRule, match="california"):
        rule_on(Regime.CALIFORNIA, date(2025, 12, 31))
    assert all(rule.citation for rule in RULES)


def test_a_contracts_own_term_governs():
    rule = by_contract(45, Decimal(8), "clause 7.2", date(2026, 1, 1))
    due = clock(rule, RECEIVED, is_clean=False).due
    assert due == date(2026, 2, 16)
    assert owed(rule, 1_000_00, due, due + timedelta(days=73)).interest_cents == 16_00


@given(
    cents=st.integers(0, 10**10),
    late=st.integers(-40, 800),
    more=st.integers(0, 400),
    extra=st.integers(0, 10**8),
)
def test_never_falls_with_days_or_amount(cents, late, more, extra):
    due = date(2026, 2, 1)
    paid = due + timedelta(days=late)
    found = owed(CALIFORNIA, cents, due, paid).interest_cents
    assert found >= 0
    assert owed(CALIFORNIA, cents, due, paid + timedelta(days=more)).interest_cents >= found
    assert owed(CALIFORNIA, cents + extra, due, paid).interest_cents >= found
