"""
By when a claim has to be paid, and what is owed where it was not: dated rules with their source.

Days are calendar days. The day of receipt is day zero and the day of payment is counted, so that a
claim paid on day 30 is in time and one paid on day 31 owes one day of interest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from ipaportal.core.money import percent_of, round_cents
from ipaportal.core.refusals import Refused

DAYS_OF_A_YEAR = 365


class Regime(StrEnum):
    """Which law, or which contract, a claim is paid under."""

    MEDICARE_NON_CONTRACTED = "medicare_non_contracted"
    CALIFORNIA = "california"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class Rule:
    """
    From a day of receipt on: days for a clean claim and for any other, and what lateness costs.

    `yearly_pct` None means the Treasury's rate of the half-year (31 U.S.C. 3902). A penalty is due
    where interest was owed and not sent along with the payment.
    """

    regime: Regime
    from_date: date
    clean_days: int
    other_days: int
    yearly_pct: Decimal | None
    citation: str
    penalty_cents: int = 0
    penalty_pct: Decimal = Decimal(0)
    batched_below_cents: int = 0
    is_sure: bool = True


# The newest row of a regime that began by the day of receipt applies.
RULES = (
    Rule(Regime.MEDICARE_NON_CONTRACTED, date(1999, 1, 1), 30, 60, None,
         "42 CFR 422.520(a): clean claims 30 days, all others 60; interest by 31 U.S.C. 3902"),
    Rule(Regime.CALIFORNIA, date(2026, 1, 1), 30, 30, Decimal(15),
         "California AB 3275 (Health and Safety Code 1371), claims received since 2026-01-01",
         penalty_cents=15_00, penalty_pct=Decimal(10), batched_below_cents=2_00),
)  # fmt: skip

# Half-years of the Treasury's prompt-payment rate; others have to be entered with their source.
# 31 U.S.C. 3902; 4.625 % for January to June 2025 (CGS Medicare).
TREASURY_PCT = {date(2025, 1, 1): Decimal("4.625")}


class NoRule(Refused):
    """A claim whose day of receipt no rule of its regime covers."""

    def __init__(self, regime: Regime, received: date) -> None:
        super().__init__(
            f"No prompt-pay rule of {regime.replace('_', ' ')} covers claims received on "
            f"{received}. Nothing was computed. Enter the rule with its citation."
        )


class NoRate(Refused):
    """A half-year whose rate nobody entered."""

    def __init__(self, half_year: date) -> None:
        super().__init__(
            f"The Treasury's rate for the half-year from {half_year} is not in the table, so "
            "interest is not computed. Enter it with its source; the claims wait."
        )


def rule_on(regime: Regime, received: date, rules: Sequence[Rule] = RULES) -> Rule:
    """
    The rule for a claim by its day of receipt.

    :raises NoRule: if there is none
    """
    began = [rule for rule in rules if rule.regime == regime and rule.from_date <= received]
    if not began:
        raise NoRule(regime, received)
    return max(began, key=lambda rule: rule.from_date)


def by_contract(days: int, yearly_pct: Decimal, clause: str, from_date: date) -> Rule:
    """A contracted provider's rule: the contract's term governs (42 CFR 422.520(b))."""
    return Rule(Regime.CONTRACT, from_date, days, days, yearly_pct, clause)


@dataclass(frozen=True, slots=True)
class Contest:
    """When more was asked for, and when all of it had come."""

    asked_on: date
    complete_on: date | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """From which day it counts, its last day, and whether it stands until an answer comes."""

    start: date
    due: date | None

    @property
    def is_stopped(self) -> bool:
        """Whether it waits for what was asked for."""
        return self.due is None


def clock(rule: Rule, received: date, *, is_clean: bool, contests: Sequence[Contest] = ()) -> Clock:
    """
    Where a claim's clock stands.

    A contest in time stops it, and what completes the claim starts it anew at full length; one
    that came after the last day changes nothing (the claim was late by then).
    """
    days = rule.clean_days if is_clean else rule.other_days
    start = received
    for contest in sorted(contests, key=lambda one: one.asked_on):
        if contest.asked_on > start + timedelta(days=days):
            break
        if contest.complete_on is None:
            return Clock(start, None)
        start, days = contest.complete_on, rule.clean_days
    return Clock(start, start + timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Owed:
    """What lateness costs, in cents, with every figure it was made of."""

    days_late: int
    yearly_pct: Decimal
    interest_cents: int
    penalty_cents: int
    may_be_batched: bool

    @property
    def cents(self) -> int:
        """Interest and penalty."""
        return self.interest_cents + self.penalty_cents


def half_year_of(day: date) -> date:
    """The first day of a day's half-year."""
    return date(day.year, 1 if day.month <= 6 else 7, 1)


def rate_on(rule: Rule, due: date, table: dict[date, Decimal] | None = None) -> Decimal:
    """
    The yearly rate in per cent: the rule's own, or the Treasury's on the first day of lateness.

    :raises NoRate: if the Treasury's rate of that half-year is not in the table
    """
    if rule.yearly_pct is not None:
        return rule.yearly_pct
    half_year = half_year_of(due + timedelta(days=1))
    rates = TREASURY_PCT if table is None else table
    if half_year not in rates:
        raise NoRate(half_year)
    return rates[half_year]


def owed(
    rule: Rule,
    cents: int,
    due: date,
    paid_on: date,
    *,
    interest_sent_cents: int | None = None,
    table: dict[date, Decimal] | None = None,
) -> Owed:
    """
    Interest on an amount paid (or still unpaid on a day), rounded once, and the penalty.

    `interest_sent_cents` is what went along with the payment, None while nothing was paid: the
    penalty is owed only for a payment that left its interest out.
    """
    days = max(0, (paid_on - due).days)
    if not days or cents <= 0:
        return Owed(0, Decimal(0), 0, 0, may_be_batched=False)
    pct = rate_on(rule, due, table)
    interest = round_cents(Decimal(cents) / 100 * pct / 100 * days / DAYS_OF_A_YEAR)
    is_small = interest < rule.batched_below_cents
    left_out = interest_sent_cents is not None and interest_sent_cents < interest
    penalty = 0
    if left_out and not is_small and rule.penalty_cents:
        penalty = max(rule.penalty_cents, percent_of(interest, rule.penalty_pct))
    return Owed(days, pct, interest, penalty, may_be_batched=is_small)
