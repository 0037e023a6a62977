"""Intervals of small counts: exact for counts and shares, and how far peers scatter."""

import math
from collections.abc import Sequence
from fractions import Fraction

LEVEL = 0.95
Z = 1.959963984540054
# Above this many, Byar's formula is within a thousandth of the exact limits, and instant.
EXACT_UNTIL = 100
STEPS = 80
# So much of each end is drawn in before the scatter of peers is measured (Spiegelhalter 2005).
WINSOR = 0.1
LEAST_DRAWN = 5


def poisson_limits(count: int) -> tuple[float, float]:
    """
    What mean a count may come from, with 95 % confidence.

    Garwood's exact limits, found by halving; Byar's formula where they would take too long.
    """
    if count > EXACT_UNTIL:
        return _byar(count), _byar(count + 1, 1)
    half = (1 - LEVEL) / 2
    high = _root(lambda mean: _at_most(count, mean) - half, count, 5.0 * count + 20)
    low = _root(lambda mean: half - (1 - _at_most(count - 1, mean)), 0, count) if count else 0.0
    return low, high


def _byar(count: int, sign: int = -1) -> float:
    return count * (1 - 1 / (9 * count) + sign * Z / (3 * math.sqrt(count))) ** 3


def _at_most(count: int, mean: float) -> float:
    """The chance of a count or fewer, of a mean."""
    if mean == 0:
        return 1.0
    logs = (k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1))
    return math.fsum(math.exp(one) for one in logs)


def _root(falling, low: float, high: float) -> float:
    """Where a function that falls is nought."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def wilson_limits(part: int, whole: int) -> tuple[float, float]:
    """Between which shares a share lies, with 95 % confidence (Wilson 1927)."""
    if not 0 <= part <= whole or not whole:
        raise ValueError(f"{part} of {whole} is no share.")
    share, square = part / whole, Z * Z
    middle = share + square / (2 * whole)
    reach = Z * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    low, high = (middle - reach) / (1 + square / whole), (middle + reach) / (1 + square / whole)
    return (0.0 if part == 0 else low), (1.0 if part == whole else high)


def z_of(count: int, expected: Fraction, peers_share: Fraction = Fraction(0)) -> float:
    """
    How far a count lies from what is expected, in its own scatter; of a share, a binomial's.

    A scatter below one counts as one: where next to nothing is expected, less would say too much.
    """
    variance = max(float(expected * (1 - peers_share)), 1.0)
    return (count - float(expected)) / math.sqrt(variance)


def scatter(zs: Sequence[float]) -> float:
    """
    How much wider than chance peers lie, as a ratio of variances: never below one.

    The outer tenth at each end, of five or more one at least, counts as if it lay where the next
    does, so that whoever stands out does not widen the funnel that is to show it.
    """
    if len(zs) < 2:
        return 1.0
    ordered = sorted(zs)
    cut = max(math.floor(len(ordered) * WINSOR), int(len(ordered) >= LEAST_DRAWN))
    low, high = ordered[cut], ordered[len(ordered) - 1 - cut]
    drawn = [min(max(one, low), high) for one in ordered]
    return max(1.0, math.fsum(one * one for one in drawn) / len(drawn))
