"""
What was incurred and is not paid yet: the chain ladder, in whole cents and exact fractions.

Claims are laid out by the month of service and by how many months later they were paid. Of every
step from one lag to the next the sums of the months that have seen both say by how much a month
still grows; the newest months are carried on by the product of what is left. Rounded once, a month.

The method is the development method of actuarial practice (volume-weighted age-to-age factors). It
says nothing of a change in how fast claims come or are paid, and little where few were paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipaportal.core.money import round_div
from ipaportal.core.months import add_months, months_between

MONTHS = 12
METHOD = "chain ladder, volume-weighted, twelve months"
# A step that rests on less says little; limits of our own.
LEAST_CLAIMS = 30
LEAST_MONTHS = 3

Paid = tuple[date, date, int]
"""Month of service, month of payment, cents."""


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """One month of service: what was paid by lag, added up, and what it is carried on to."""

    month: date
    paid: tuple[int, ...]
    """Added up, by lag from nought on, as far as the month has been seen."""
    ultimate_cents: int
    factor: Fraction
    """By how much the newest sum still grows."""

    @property
    def paid_cents(self) -> int:
        """What was paid so far."""
        return self.paid[-1]

    @property
    def ibnr_cents(self) -> int:
        """What is still to come; never below zero."""
        return max(0, self.ultimate_cents - self.paid_cents)


@dataclass(frozen=True, slots=True)
class Step:
    """From one lag to the next: both sums and the months they rest on."""

    lag: int
    before_cents: int
    after_cents: int
    months: int

    @property
    def factor(self) -> Fraction:
        """By how much sums grow; one where nothing was paid before."""
        return (
            Fraction(self.after_cents, self.before_cents) if self.before_cents > 0 else Fraction(1)
        )


@dataclass(frozen=True, slots=True)
class Triangle:
    """Months of service, the steps, and why the estimate says little, where it does."""

    as_of: date
    rows: tuple[ServiceMonth, ...]
    steps: tuple[Step, ...]
    cautions: tuple[str, ...]

    @property
    def ibnr_cents(self) -> int:
        """What is still to come of all months."""
        return sum(row.ibnr_cents for row in self.rows)

    @property
    def paid_cents(self) -> int:
        """What was paid of all months."""
        return sum(row.paid_cents for row in self.rows)


def triangle(paid: Iterable[Paid], as_of: date, *, claims: int, months: int = MONTHS) -> Triangle:
    """
    Lay out what was paid until the end of a month, and carry every month on.

    `as_of` is the last month whose payments count; `claims` is how many claims it rests on.
    """
    first = add_months(as_of, 1 - months)
    cells = _cells(paid, first, as_of)
    sums = {month: _added_up(cells.get(month, {}), months_between(month, as_of))
            for month in (add_months(first, at) for at in range(months))}  # fmt: skip
    steps = tuple(_step(sums, lag) for lag in range(months - 1))
    left = _left(steps, months)
    rows = tuple(
        ServiceMonth(month, added, _carried(added[-1], left[len(added) - 1]), left[len(added) - 1])
        for month, added in sums.items()
    )
    return Triangle(as_of, rows, steps, tuple(_cautions(rows, steps, claims)))


def _cells(paid: Iterable[Paid], first: date, as_of: date) -> dict[date, dict[int, int]]:
    """Cents by month of service and lag; a payment before its month counts as at once."""
    cells: dict[date, dict[int, int]] = {}
    for served, month, cents in paid:
        if first <= served <= as_of and month <= as_of:
            lag = max(0, months_between(served, month))
            row = cells.setdefault(served, {})
            row[lag] = row.get(lag, 0) + cents
    return cells


def _added_up(cells: Mapping[int, int], last: int) -> tuple[int, ...]:
    total, found = 0, []
    for lag in range(last + 1):
        total += cells.get(lag, 0)
        found.append(total)
    return tuple(found)


def _step(sums: Mapping[date, Sequence[int]], lag: int) -> Step:
    both = [added for added in sums.values() if len(added) > lag + 1]
    return Step(
        lag, sum(added[lag] for added in both), sum(added[lag + 1] for added in both), len(both)
    )


def _left(steps: Sequence[Step], months: int) -> list[Fraction]:
    """By lag, the product of the steps that are left; the oldest month is taken as finished."""
    left = [Fraction(1)] * months
    for lag in range(months - 2, -1, -1):
        left[lag] = left[lag + 1] * steps[lag].factor
    return left


def _carried(cents: int, factor: Fraction) -> int:
    return round_div(cents * factor.numerator, factor.denominator)


def _cautions(rows: Sequence[ServiceMonth], steps: Sequence[Step], claims: int) -> Iterable[str]:
    if claims < LEAST_CLAIMS:
        yield f"it rests on {claims} claims, fewer than {LEAST_CLAIMS}"
    seen = sum(1 for row in rows if row.paid_cents > 0)
    if seen < LEAST_MONTHS:
        yield f"claims of {seen} months were paid, fewer than {LEAST_MONTHS}"
    if rows and rows[-1].paid_cents <= 0:
        yield "of the newest month nothing was paid, so that nothing can be carried on from it"
    if any(step.before_cents <= 0 < step.after_cents for step in steps):
        yield "some steps start from nothing, and are taken as no growth"
    if any(step.factor < 1 for step in steps):
        yield "more was taken back than paid in a step"
