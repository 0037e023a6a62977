"""Values as files write them: exact amounts, dates, months; None where the text is neither."""

import calendar
from datetime import date, timedelta
from decimal import Decimal

from ipaportal.core.values import amount_text, is_cents, parse_amount, parse_date

__all__ = [
    "amount_text",
    "dollars",
    "is_cents",
    "month_end",
    "next_day",
    "parse_amount",
    "parse_date",
    "parse_month_span",
    "parse_span",
]


def month_end(day: date) -> date:
    """Give the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def parse_span(text: str) -> tuple[date, date] | None:
    """Read CCYYMMDD-CCYYMMDD (RD8), both days inclusive, in order."""
    first, _, last = text.strip().partition("-")
    start, end = parse_date(first), parse_date(last)
    if start is None or end is None or end < start:
        return None
    return start, end


def parse_month_span(text: str) -> tuple[date, date] | None:
    """Read CCYYMM, or a day of the month, as the month's first and last day."""
    text = text.strip()
    start = parse_date(text + "01" if len(text) == 6 else text)
    return (start.replace(day=1), month_end(start)) if start else None


def next_day(day: date | None) -> date | None:
    """Turn a last day (inclusive) into our end, the first day no longer; 9999-12-31 is open."""
    if day is None or day.year >= 9998:
        return None
    return day + timedelta(days=1)


def dollars(amount: Decimal) -> str:
    """Write an amount for people: $1,234.50."""
    return f"${abs(amount):,.2f}"
