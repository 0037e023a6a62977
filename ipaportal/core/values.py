"""Values as files write them: exact amounts and dates; None where the text is neither."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

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
    return _date(text) if len(text) in (6, 8) else None


@lru_cache(maxsize=4096)
def _date(text: str) -> date | None:
    """A file names few days many times; what is kept of it is short."""
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) == 6:
        text = ("20" if text < "70" else "19") + text
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def cents_text(cents: int) -> str:
    """Write cents as X12 writes dollars."""
    return amount_text(Decimal(cents).scaleb(-2))


def amount_text(amount: Decimal) -> str:
    """Write an amount as X12 does: no exponent, no needless zeros, dot only where needed."""
    text = format(amount, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
