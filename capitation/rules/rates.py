"""Rates: what a full month of a member earns the provider, before days are counted."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol

from capitation.rules.terms import Terms
from ipaportal.core.months import month_name

# (plan code, sex, age on the first of the month) → dollars per member and month; with a county as
# the fourth part, the rate of that county's members.
Cells = Mapping[tuple[str, str, int] | tuple[str, str, int, str], Decimal]


class MissingInput(Exception):
    """A rate or risk score is missing and the terms say that this stops the run."""

    def __init__(self, member_id: int, month: date, what: str) -> None:
        super().__init__(
            f"Member {member_id} has no {'rate' if what == 'rate' else 'risk score'} for "
            f"{month_name(month)}, and the terms say that this stops the run. Nothing was "
            "calculated. Add what is missing or change the terms, then calculate again."
        )
        self.member_id, self.month, self.what = member_id, month, what


class Rate(NamedTuple):
    """A value read for the rate; None if missing, `defaulted` if the terms' default stands in."""

    value: Decimal | None
    defaulted: bool = False


class RiskFacts(Protocol):
    """What of a member's month the risk depends on."""

    risk: Decimal | None


def find_rate(
    plan_code: str,
    sex: str | None,
    age: int | None,
    county: str | None,
    terms: Terms,
    cells: Cells,
) -> Rate:
    """Read the rate of a plan, sex and age by the terms' model; a county's own rate goes first."""
    if terms.rate_model == "percent":
        return Rate(terms.rate_pct)
    if terms.rate_model == "flat":
        return Rate(terms.flat_pmpm)
    value = None
    if sex and age is not None:
        everywhere = cells.get((plan_code, sex, age))
        value = cells.get((plan_code, sex, age, county or ""), everywhere)
    if value is None and terms.missing_rate.policy == "default":
        return Rate(terms.missing_rate.default, defaulted=True)
    return Rate(value)


def find_risk(facts: RiskFacts, terms: Terms) -> Rate | None:
    """Read the risk score, if the terms' rates are adjusted by one."""
    if not terms.risk_adjusted or terms.rate_model == "percent":
        return None
    if facts.risk is None and terms.missing_risk.policy == "default":
        return Rate(terms.missing_risk.default, defaulted=True)
    return Rate(facts.risk)
