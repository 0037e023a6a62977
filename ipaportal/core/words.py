"""Numbers, months and days as people read them; used by pages, pictures, files and messages."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.money import dollars
from ipaportal.core.months import month_name

MINUS = "−"


def money_text(cents: int) -> str:
    """Write cents as 1,234.56 with a true minus."""
    return dollars(int(cents))


def dollars_text(cents: int) -> str:
    """Write cents as $1,234.56, the minus before the sign."""
    sign = MINUS if cents < 0 else ""
    return f"{sign}${money_text(abs(cents))}"


def short_dollars(cents: int) -> str:
    """Write cents for an axis or a narrow label: $950, $12.4K, $3.1M."""
    sign, size = (MINUS if cents < 0 else ""), abs(int(cents))
    for unit, name in ((100_000_000_000, "B"), (100_000_000, "M"), (100_000, "K")):
        if size >= unit:
            tenths = (size * 10 + unit // 2) // unit
            digits = f"{tenths // 10:,}" if tenths >= 1000 else f"{tenths // 10}.{tenths % 10}"
            return f"{sign}${digits.removesuffix('.0')}{name}"
    return f"{sign}${(size + 50) // 100:,}"


def price_text(price: Decimal) -> str:
    """Write a price with the places it needs, two at least: 9.00, 5.75, 0.0125."""
    places = max(2, -price.normalize().as_tuple().exponent)
    return f"{price:,.{places}f}"


def sentence(words: str) -> str:
    """Words as they begin a line: the first letter large, the others as they are."""
    return words[:1].upper() + words[1:]


def count_text(number: int) -> str:
    """Write a count as 1,204 with a true minus."""
    return f"{MINUS if number < 0 else ''}{abs(int(number)):,}"


def plural(number: int, one: str, many: str = "") -> str:
    """Write "1 member" or "1,204 members"."""
    return f"{count_text(number)} {one if abs(number) == 1 else many or one + 's'}"


def month_text(day: date) -> str:
    """Write a month as October 2026."""
    return month_name(day)


def short_month(day: date) -> str:
    """Write a month as Oct."""
    return month_name(day)[:3]


def day_text(day: date) -> str:
    """Write a day as Oct 31, 2026."""
    return f"{short_month(day)} {day.day}, {day.year}"


def iso_text(day: date | datetime) -> str:
    """Write a day as 2026-10-31, a moment as 2026-10-31 14:05."""
    if isinstance(day, datetime):
        return day.strftime("%Y-%m-%d %H:%M")
    return day.isoformat()


def tenths_text(value: Fraction) -> str:
    """Write an exact number, which is not below zero, with one decimal."""
    whole, tenth = divmod(round(value * 10), 10)
    return f"{whole}.{tenth}"
