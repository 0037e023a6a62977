"""The figures of a quarter: entered, and entered anew where they were wrong."""

from dataclasses import asdict
from datetime import date, datetime

from compliance.models import SolvencyQuarter
from compliance.rules.solvency import Quarter, grades
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.months import day_of
from ipaportal.core.refusals import Refused

QUARTERS = (3, 6, 9, 12)


class NoQuarter(Refused):
    """A day that ends no quarter, or one that is not over."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"No quarter that is over ends on {day}. Nothing was recorded. Give the last day of "
            "March, June, September or December."
        )


class Impossible(Refused):
    """Figures that no books say."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded. Look at the figures again.")


@action("compliance.record_solvency")
def record_quarter(
    *, actor: Actor, last_date: date, quarter: Quarter, source: str, now: datetime
) -> SolvencyQuarter:
    """
    Keep what a quarter's books say; what was entered for it before is superseded.

    :raises NoQuarter: if the day ends none, or one to come
    :raises Impossible: if more claims were in time than there were, or what is owed is negative
    """
    ends = last_date.month in QUARTERS and last_date == day_of(last_date, 31)
    if not ends or last_date >= now.date():
        raise NoQuarter(last_date)
    if quarter.claims_timely > quarter.claims_complete:
        raise Impossible("More claims were decided in time than there were.")
    if min(quarter.cash_cents, quarter.claims_payable_cents, quarter.ibnr_cents) < 0:
        raise Impossible("Cash, claims payable and what was incurred are never below zero.")
    SolvencyQuarter.objects.filter(last_date=last_date, superseded_at=None).update(
        superseded_at=now
    )
    made = SolvencyQuarter.objects.create(
        last_date=last_date, source=source, recorded_at=now, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, **asdict(quarter),
    )  # fmt: skip
    missed = [grade.name for grade in grades(quarter) if not grade.holds]
    record(actor=actor, action="compliance.solvency.recorded", subject=made, missed=missed)
    return made
