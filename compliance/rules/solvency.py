"""Whether an IPA that bears risk stays solvent: the five grades of 28 CCR 1300.75.4."""

from dataclasses import dataclass
from fractions import Fraction

CITATION = "28 CCR 1300.75.4.2"
CASH_TO_CLAIMS = Fraction(75, 100)  # since 2007-01-01
TIMELY = Fraction(95, 100)
# Since October 2019, the greater of both; own knowledge, unverified.
TNE_OF_REVENUE = Fraction(1, 100)
TNE_OF_EXPENSE = Fraction(4, 100)


@dataclass(frozen=True)
class Quarter:
    """What a quarter's books say, in cents; revenue and expense are of a whole year."""

    cash_cents: int
    securities_cents: int  # that can be sold at once
    capitation_due_cents: int  # from plans, within 30 days
    claims_payable_cents: int
    ibnr_cents: int  # incurred but not reported
    tne_cents: int  # tangible net equity
    working_capital_cents: int
    yearly_revenue_cents: int
    yearly_expense_cents: int  # medical, not paid by capitation
    claims_complete: int
    claims_timely: int
    ibnr_is_documented: bool


@dataclass(frozen=True)
class Grade:
    """One of the criteria: whether it holds, what was compared, and the words of it."""

    name: str
    holds: bool
    words: str


def grades(quarter: Quarter) -> tuple[Grade, ...]:
    """Judge a quarter; one criterion that fails asks for a corrective action plan (1300.75.4.8)."""
    money = quarter.cash_cents + quarter.securities_cents + quarter.capitation_due_cents
    claims = quarter.claims_payable_cents + quarter.ibnr_cents
    required = required_tne_cents(quarter)
    return (
        Grade(
            "Estimate of what was incurred",
            quarter.ibnr_is_documented,
            "documented every month" if quarter.ibnr_is_documented else "not documented",
        ),
        Grade(
            "Tangible net equity",
            quarter.tne_cents >= required and quarter.tne_cents > 0,
            f"${quarter.tne_cents / 100:,.0f} against ${required / 100:,.0f} required",
        ),
        Grade(
            "Working capital",
            quarter.working_capital_cents > 0,
            f"${quarter.working_capital_cents / 100:,.0f}, which has to be above zero",
        ),
        _at_least("Claims decided on time", quarter.claims_timely, quarter.claims_complete, TIMELY),
        _at_least("Cash to claims", money, claims, CASH_TO_CLAIMS),
    )


def required_tne_cents(quarter: Quarter) -> int:
    """The tangible net equity that is required: the greater of two shares, rounded up."""
    of_revenue = TNE_OF_REVENUE * quarter.yearly_revenue_cents
    of_expense = TNE_OF_EXPENSE * quarter.yearly_expense_cents
    return -int(-max(of_revenue, of_expense) // 1)


def _at_least(name: str, part: int, whole: int, limit: Fraction) -> Grade:
    # Of nothing, nothing was late and nothing is owed.
    holds = whole == 0 or Fraction(part, whole) >= limit
    share = f"{100 * part / whole:.2f} %" if whole else "nothing to measure"
    return Grade(name, holds, f"{share}, at least {float(limit):.0%}")
