"""
What a service of a claim is worth: by a fee schedule, at a share of it, never above its charge.

Medicare's amount is the sum of three relative values, each times the place's index, times the
year's conversion factor (42 CFR 414.20 to 414.28). Where a service is given in a facility, the
practice expense is the smaller one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ipaportal.core.money import percent_of, round_cents
from ipaportal.core.words import dollars_text

# Places where somebody else has the expense of the practice (Medicare Claims Processing Manual,
# chapter 26, section 10.5; own knowledge, unverified).
FACILITIES = frozenset(
    {"02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"}
)
# Since 2026 there are two factors: for who takes part in a qualifying alternative payment model,
# and for everybody else.
CONVERSION_FACTORS = {
    date(2026, 1, 1): (Decimal("33.5675"), Decimal("33.4009")),
}
CITATION = "42 CFR 414.20 and 414.22; 2026 factors 33.5675 (qualifying APM) and 33.4009"


@dataclass(frozen=True, slots=True)
class Values:
    """Relative values of a service: work, expense in an office and in a facility, malpractice."""

    work: Decimal
    office: Decimal
    facility: Decimal
    malpractice: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """Geographic indices of a locality (GPCI)."""

    work: Decimal = Decimal(1)
    expense: Decimal = Decimal(1)
    malpractice: Decimal = Decimal(1)


def factor_on(day: date, *, is_qualifying: bool = False) -> Decimal:
    """
    The conversion factor of a year.

    :raises LookupError: if nobody entered it
    """
    year = date(day.year, 1, 1)
    if year not in CONVERSION_FACTORS:
        raise LookupError(f"no conversion factor of {day.year} is known")
    qualifying, other = CONVERSION_FACTORS[year]
    return qualifying if is_qualifying else other


def medicare_cents(values: Values, place: Place, factor: Decimal, *, in_facility: bool) -> int:
    """One unit of a service in cents, rounded once."""
    expense = values.facility if in_facility else values.office
    total = (
        values.work * place.work + expense * place.expense + values.malpractice * place.malpractice
    )
    return round_cents(total * factor)


@dataclass(frozen=True, slots=True)
class Price:
    """A schedule's price of one unit, in an office and in a facility, in cents."""

    office_cents: int
    facility_cents: int
    source: str

    def cents(self, place_of_service: str) -> int:
        """The price where the service was given."""
        is_facility = place_of_service in FACILITIES
        return self.facility_cents if is_facility else self.office_cents


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is allowed for a line, and how it came about."""

    cents: int
    words: str


Find = Callable[[str, str], Price | None]


def price_of(find: Find, procedure: str, modifiers: str) -> Price | None:
    """The price under the first modifier that has one of its own (26, TC …), else without."""
    for modifier in [*modifiers.split(), ""]:
        price = find(procedure, modifier)
        if price is not None:
            return price
    return None


def allowed(
    price: Price, *, pct: Decimal, units: Decimal, charge_cents: int, place_of_service: str
) -> Allowed:
    """The contract's share of the price for all units, or the charge where that is less."""
    unit = price.cents(place_of_service)
    whole = percent_of(round_cents(Decimal(unit) / 100 * units), pct)
    share = f"{pct.normalize():f} % of {price.source}, {dollars_text(unit)} a unit"
    if charge_cents < whole:
        return Allowed(max(0, charge_cents), f"the charge, which is less than {share}")
    return Allowed(whole, share)
