"""Values as files write them: exact amounts, dates, months; None where the text is neither."""

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,13}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})", re.ASCII)


def parse_amount(text: str) -> Decimal | None:
    """Read a plain decimal number, exactly; no exponent, no thousands marks, no NaN."""
    text = text.strip()
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def is_cents(amount: Decimal) -> bool:
    """Say whether an amount is whole cents."""
    return amount == amount.quantize(Decimal("0.01"))


def parse_date(text: str) -> date | None:
    """Read CCYYMMDD, or YYMMDD of the years 1970 to 2069."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()) or len(text) not in (6, 8):
        return None
    if len(text) == 6:
        text = ("20" if text < "70" else "19") + text
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


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


def amount_text(amount: Decimal) -> str:
    """Write an amount as X12 does: no exponent, no needless zeros, dot only where needed."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def dollars(amount: Decimal) -> str:
    """Write an amount for people: $1,234.50."""
    return f"${abs(amount):,.2f}"
