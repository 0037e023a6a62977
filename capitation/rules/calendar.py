"""The run calendar: when months open, what is due when, and what silently did not happen."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from ipaportal.core.months import add_months, day_of, month_of, month_range
from ipaportal.core.spans import Span, contains

# 28 CCR 1300.75.4.1 (roster, by the 15th) and Cal. H&S Code 1375.4 (settlement, 180 days).
ROSTER_DAY = 15
SETTLEMENT_DAYS = 180


class Missed(NamedTuple):
    """A month whose run was due and is not there."""

    month: date
    due: date
    days_late: int


def opens_on(month: date, run_day: int) -> date:
    """Give the day a month's run opens, the last day where the month is shorter."""
    return day_of(month, run_day)


def next_opening(today: date, run_day: int) -> date:
    """Give the next day a run opens, today included."""
    this = opens_on(month_of(today), run_day)
    return this if this >= today else opens_on(add_months(month_of(today), 1), run_day)


def has_terms(month: date, terms: Collection[Span]) -> bool:
    """Tell whether terms cover a month."""
    return any(contains(span, month) for span in terms)


def is_gap(month: date, terms: Collection[Span]) -> bool:
    """
    Tell whether a month lies before terms and under none: it has no run of its own.

    A month after the last terms is no gap: its run is due, and waits for terms.
    """
    return not has_terms(month, terms) and any(span.start > month for span in terms)


def next_month(start_month: date, last: date | None, terms: Collection[Span]) -> date:
    """Give the month to run after the last one that was run; without any, the first."""
    month = start_month if last is None else add_months(last, 1)
    while is_gap(month, terms):
        month = add_months(month, 1)
    return month


def due_months(
    start_month: date,
    today: date,
    run_day: int,
    have: Collection[date],
    terms: Collection[Span] = (),
) -> list[date]:
    """List the months whose run should be open by today and is not, oldest first."""
    months = month_range(start_month, add_months(month_of(today), 1))
    return [
        m
        for m in months
        if m not in have and opens_on(m, run_day) <= today and not is_gap(m, terms)
    ]


def missed_runs(
    start_month: date,
    today: date,
    run_day: int,
    done: Collection[date],
    grace_days: int = 5,
    terms: Collection[Span] = (),
) -> list[Missed]:
    """List the months that should have been done by now and are not: the alarm."""
    months = due_months(start_month, today, run_day, done, terms)
    late = [Missed(m, d, (today - d).days) for m in months if (d := opens_on(m, run_day))]
    return [missed for missed in late if missed.days_late > grace_days]


def roster_due(month: date) -> date:
    """Give the day by which the plan owes the month's roster."""
    return month.replace(day=ROSTER_DAY)


def settlement_due(fiscal_year_end: date) -> date:
    """Give the day by which a risk settlement is owed."""
    return fiscal_year_end + timedelta(days=SETTLEMENT_DAYS)


def in_lookback(month: date, run_month: date, lookback_months: int | None) -> bool:
    """Tell whether a run may still change a coverage month; no limit where None."""
    if month > run_month:
        return False
    return lookback_months is None or month >= add_months(run_month, -lookback_months)
