"""Whether a drug costs more than Medicare pays for it, a billing unit at a time."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.money import round_div

# Medicare pays 80 % of the limit, less the sequester; the patient owes the coinsurance. Where a
# drug's coinsurance is not 20 %, the file of limits says so.
SEQUESTER_PCT = Decimal(2)
CITATION = "42 CFR 414.904; 2 U.S.C. 906(d) (sequester; own knowledge, unverified)"


@dataclass(frozen=True, slots=True)
class Limit:
    """What Medicare pays for a billing unit of a code in a quarter, at most."""

    hcpcs: str
    limit: Decimal
    coinsurance_pct: Decimal = Decimal(20)

    @property
    def after_sequester(self) -> Fraction:
        """What comes in for a unit: the sequester is taken from Medicare's part alone."""
        medicare = Fraction(self.limit) * Fraction(100 - self.coinsurance_pct) / 100
        patient = Fraction(self.limit) - medicare
        return medicare * Fraction(100 - SEQUESTER_PCT) / 100 + patient


@dataclass(frozen=True, slots=True)
class Margin:
    """A package against its limit, in cents: at the limit, and after the sequester."""

    limit_cents: int
    received_cents: int
    landed_cents: int

    @property
    def margin_cents(self) -> int:
        """What is left of a package that is paid in full; below zero it is under water."""
        return self.received_cents - self.landed_cents

    @property
    def is_under_limit(self) -> bool:
        """Whether even the limit itself does not cover it."""
        return self.landed_cents > self.limit_cents

    @property
    def is_under_water(self) -> bool:
        """Whether what really comes in does not cover it."""
        return self.landed_cents > self.received_cents


def margin_of(landed_cents: int, billing_units: Fraction, limit: Limit) -> Margin:
    """
    Compare a package's landed cost (price, freight and fees) with what its units are paid.

    `billing_units` of the whole package: four vials of 20 mg at 10 mg a unit are eight.
    """
    assert billing_units > 0
    return Margin(
        _cents(Fraction(limit.limit) * billing_units),
        _cents(limit.after_sequester * billing_units),
        landed_cents,
    )


def _cents(amount: Fraction) -> int:
    return round_div(amount.numerator * 100, amount.denominator)


def units_of(packages: int, per_package: Fraction) -> Fraction:
    """Billing units of several packages."""
    return packages * per_package


def words(margin: Margin, hcpcs: str, quarter: str) -> str:
    """The alert as a buyer reads it; empty if the drug is paid for."""
    if not margin.is_under_water:
        return ""
    lost = -margin.margin_cents
    whole = f"A package costs ${lost // 100:,}.{lost % 100:02} more than Medicare pays for it"
    why = "" if margin.is_under_limit else " after the sequester"
    return f"{whole}{why} ({hcpcs}, {quarter})."
