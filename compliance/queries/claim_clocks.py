"""By when a claim has to be paid, with what was asked for of it, and what is owed late."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from compliance.models import Claim, InterestRate
from compliance.queries.claim_prices import Terms, prompt_pay_rule
from compliance.rules.claims import State
from compliance.rules.prompt_pay import (
    TREASURY_PCT,
    Clock,
    Contest,
    NoRate,
    NoRule,
    Owed,
    Rule,
    clock,
    half_year_of,
    owed,
)

NOTHING = Owed(0, Decimal(0), 0, 0, may_be_batched=False)


def treasury_rates() -> dict[date, Decimal]:
    """The Treasury's rate by half-year: what is known here, and what somebody entered since."""
    rows = InterestRate.objects.order_by("pk").values_list("half_year", "pct")
    return TREASURY_PCT | dict(rows)


def missing_rate(today: date) -> date | None:
    """The half-year of a day, where nobody entered its rate."""
    half_year = half_year_of(today)
    return None if half_year in treasury_rates() else half_year


def clock_of(claim: Claim, rule: Rule) -> Clock:
    """Where a claim's clock stands, with what was asked for of it."""
    asked = [Contest(one.asked_on, one.complete_on) for one in claim.contests.all()]
    return clock(rule, claim.received_on, is_clean=True, contests=asked)


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A claim's last day and what its lateness owes; why not, where that is not known.

    `rule` and `start` are what the last day was counted by and from; `day` is the one to which
    lateness counts, of payment or today.
    """

    due_on: date | None = None
    owed: Owed = NOTHING
    problem: str = ""
    rule: Rule | None = None
    start: date | None = None
    day: date | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it waits for what was asked for."""
        return self.due_on is None and not self.problem


def standing_of(claim: Claim, today: date) -> Standing | None:
    """How a claim stands in time, or stood when it was paid; None where no clock counts."""
    is_paid = claim.state == State.PAID and claim.payment is not None
    if claim.state not in (State.WAITING, State.READY) and not is_paid:
        return None
    day = claim.payment.paid_on if is_paid else today
    terms = Terms.of(claim.payer_id).on(claim.party_id, claim.first_day)
    if terms is None:
        return Standing(problem="No terms say by when it has to be paid.")
    try:
        rule = prompt_pay_rule(terms, claim.received_on)
        found = clock_of(claim, rule)
        due, counted = found.due, {"rule": rule, "start": found.start, "day": day}
        if due is None:
            return Standing(**counted)
        late = owed(rule, claim.allowed_cents or 0, due, day, table=treasury_rates())
    except NoRate as missing:
        return Standing(due, problem=f"Rate missing: {missing}", **counted)
    except NoRule as missing:
        return Standing(problem=f"{missing}")
    return Standing(due, late, **counted)
