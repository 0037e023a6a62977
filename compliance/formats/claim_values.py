"""What the readers of claims and their payments share: cents, procedures, spans."""

from datetime import date

from ipaportal.core.values import is_cents, parse_amount, parse_date
from ipaportal.core.x12 import Segment, element
from ipaportal.core.x12_faults import Faults

MOST_CENTS = 10**13
CENTS = (100, 10, 1)  # by how many digits stand after the point


def cents_of(segment: Segment, place: int, number: int, faults: Faults) -> int:
    """
    Read dollars as cents; an empty element is 0, and so is a fault, which is named.

    The common forms (`75`, `75.5`, `75.50`) are read without decimals, ten times as fast.
    """
    text = segment[place] if place < len(segment) else ""
    if not text:
        return 0
    whole, _, part = text.partition(".")
    digits = whole + part
    if digits.isdigit() and digits.isascii() and 0 < len(whole) <= 11 and len(part) <= 2:
        return int(digits) * CENTS[len(part)]
    return _slow_cents(segment, place, number, faults)


def _slow_cents(segment: Segment, place: int, number: int, faults: Faults) -> int:
    text, name = segment[place], segment[0]
    amount = parse_amount(text) if text.strip() else None
    if text.strip() and (amount is None or not is_cents(amount)):
        words = f"{name}{place:02d} is {text[:20]!r}, which is no amount of dollars and cents."
        faults.refuse(number, name, "amount", words)
        return 0
    cents = int(amount.scaleb(2)) if amount is not None else 0
    if abs(cents) > MOST_CENTS:
        words = f"{name}{place:02d} is {text[:20]!r}, which is more than anybody is paid."
        faults.refuse(number, name, "amount", words)
        return 0
    return cents


def day_of(segment: Segment, place: int, number: int, faults: Faults) -> date | None:
    """Read a date; None where there is none, and where it is a fault, which is named."""
    text = segment[place] if place < len(segment) else ""
    day = parse_date(text) if text else None
    text = text if day else text.strip()
    if text and day is None:
        name = segment[0]
        words = f"{name}{place:02d} is {text[:20]!r}, which is no date."
        faults.refuse(number, name, "date", words)
    return day


def span_of(segment: Segment, number: int, faults: Faults) -> tuple[date, date] | None:
    """Read DTP02 and DTP03 as first and last day, of one day (D8) or of two (RD8)."""
    if element(segment, 2).strip() != "RD8":
        day = day_of(segment, 3, number, faults)
        return (day, day) if day else None
    text = element(segment, 3).strip()
    first, _, last = text.partition("-")
    start, end = parse_date(first), parse_date(last)
    if start is None or end is None or end < start:
        words = f"DTP03 is {text[:30]!r}, which is no span of days."
        faults.refuse(number, "DTP", "date", words)
        return None
    return start, end


def units_text(text: str) -> str:
    """Units as the file has them; 1 where it says none (X12: an empty count is one)."""
    return text.strip() or "1"


def parts_of(text: str, mark: str) -> list[str]:
    """The components of an element."""
    return text.split(mark) if mark and mark in text else [text]
