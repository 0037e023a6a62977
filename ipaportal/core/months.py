"""Months, each written as the date of its first day."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_of(day: date) -> date:
    """Give the month a day lies in."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Step a number of months on, or back if negative."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def months_between(start: date, end: date) -> int:
    """Count the months from one month to another."""
    return (end.year - start.year) * 12 + end.month - start.month


def days_in(month: date) -> int:
    """Count the days of a month."""
    return monthrange(month.year, month.month)[1]


def day_of(month: date, day: int) -> date:
    """Give a day of the month, or its last day where the month is shorter."""
    return month.replace(day=min(day, days_in(month)))


def month_range(start: date, end: date) -> Iterator[date]:
    """List the months from the first up to, not including, the last."""
    month = month_of(start)
    while month < end:
        yield month
        month = add_months(month, 1)


def parse_month(text: str) -> date:
    """
    Read a month written YYYY-MM.

    :raises ValueError: if it is not written so
    """
    match = _WRITTEN.fullmatch(text)
    if not match or match[1] == "0000":
        raise ValueError(f"A month is written YYYY-MM, for example 2026-10, not {text!r}.")
    return date(int(match[1]), int(match[2]), 1)


def month_name(month: date) -> str:
    """Name a month for people: October 2026."""
    return f"{MONTH_NAMES[month.month - 1]} {month.year}"


def age_on(birth_date: date, day: date) -> int:
    """Count completed years of age on a day; someone not yet born is 0."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return max(0, day.year - birth_date.year - (not had_birthday))
