"""Money in whole cents: the only module that rounds, always half away from zero."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

# decimal's ROUND_HALF_UP is half away from zero, as is PostgreSQL's round(numeric).
_WHOLE = Decimal(1)


def round_cents(amount: Decimal) -> int:
    """Round an amount of dollars to cents."""
    return int(amount.scaleb(2).quantize(_WHOLE, ROUND_HALF_UP))


def round_div(numerator: int, denominator: int) -> int:
    """Divide whole numbers, once, to the nearest whole number."""
    assert denominator > 0
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def percent_of(cents: int, pct: Decimal) -> int:
    """Take a percentage of an amount: 8 is 8 %."""
    return int((cents * pct).scaleb(-2).quantize(_WHOLE, ROUND_HALF_UP))


def split(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split a total by weights to the cent (largest remainder); the parts always sum to it."""
    # PostgreSQL's div truncates, Python's // floors: split the size, keep the sign.
    if total_cents < 0:
        return [-part for part in split(-total_cents, weights)]
    assert min(weights) >= 0
    whole = sum(weights)
    assert whole > 0
    # Ties go to the earlier payee, so that a re-run gives every payee the same cent.
    order = sorted(range(len(weights)), key=lambda i: (-(total_cents * weights[i] % whole), i))
    return _with_leftover(total_cents, weights, order)


def split_to_largest(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split a total by weights to the cent, the odd cents going to the largest weights."""
    if total_cents < 0:
        return [-part for part in split_to_largest(-total_cents, weights)]
    assert min(weights) >= 0
    assert sum(weights) > 0
    order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))
    return _with_leftover(total_cents, weights, order)


def _with_leftover(total_cents: int, weights: Sequence[int], order: Sequence[int]) -> list[int]:
    whole = sum(weights)
    parts = [total_cents * weight // whole for weight in weights]
    for i in order[: total_cents - sum(parts)]:
        parts[i] += 1
    assert sum(parts) == total_cents
    return parts


def dollars(cents: int) -> str:
    """Write an amount for people: 1,234.56, with a true minus sign."""
    return f"{'−' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def plain_dollars(cents: int) -> str:
    """Write an amount for JSON and CSV: -1234.56."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
