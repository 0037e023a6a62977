"""Estimates of what was incurred and not paid: made, kept, and taken into a quarter's figures."""

from dataclasses import asdict
from datetime import date, datetime

from django.utils import timezone

from compliance.models import IbnrAcceptance, IbnrEstimate, SolvencyQuarter
from compliance.queries.ibnr import (
    known_cents,
    months_estimated,
    paid_cells,
    paid_claims,
    quarter_of,
)
from compliance.rules.ibnr import METHOD, triangle
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.months import add_months, month_of
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text


class NothingPaid(Refused):
    def __init__(self) -> None:
        super().__init__(
            "No claim was paid until the end of that month, so that nothing can be carried on. "
            "Nothing was kept. Pay claims first, or enter an estimate of your own with the quarter."
        )


class MonthNotOver(Refused):
    def __init__(self, month: date) -> None:
        super().__init__(
            f"{month:%Y-%m} is not over, and a part of it would look like little. Nothing was "
            "kept. Choose a month that is over."
        )


class NoQuarterYet(Refused):
    def __init__(self, estimate: IbnrEstimate) -> None:
        super().__init__(
            f"No quarter that ends with {estimate.as_of:%Y-%m} is entered. Nothing was changed. "
            "Enter the quarter's figures first, then take the estimate into them."
        )


class OwnEstimate(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} made this estimate, so somebody else has to take it. Nothing was changed."
        )


class TakenBefore(Refused):
    def __init__(self, estimate: IbnrEstimate) -> None:
        super().__init__(f"The quarter rests on {estimate} already. Nothing was changed.")


def step_ibnr(now: datetime) -> int:
    """
    Estimate the month that is over, once, where claims were paid; a step of the sweep.

    It takes on no row that waits, so that it counts none.
    """
    month = add_months(month_of(timezone.localdate(now)), -1)
    if not IbnrEstimate.objects.filter(as_of=month).exists() and paid_claims(month):
        estimate_ibnr(actor=Actor.system("clock"), month=month, now=now)
    return 0


@action("compliance.record_solvency")
def estimate_ibnr(*, actor: Actor, month: date, now: datetime) -> IbnrEstimate:
    """
    Keep what payments until the end of a month say of what is still to come; a row of its own.

    :raises MonthNotOver: for a month that is not over
    :raises NothingPaid: if no claim was paid by then
    """
    month = month_of(month)
    if month >= month_of(timezone.localdate(now)):
        raise MonthNotOver(month)
    lock("ibnr")
    cells, claims = paid_cells(month), paid_claims(month)
    if not claims:
        raise NothingPaid
    found, known = triangle(cells, month, claims=claims), known_cents(month)
    made = IbnrEstimate.objects.create(
        as_of=month, cells=[[f"{a}", f"{b}", cents] for a, b, cents in cells], claims=claims,
        paid_cents=found.paid_cents, outstanding_cents=found.ibnr_cents, known_cents=known,
        ibnr_cents=max(0, found.ibnr_cents - known), method=METHOD,
        cautions=list(found.cautions), made_at=now, made_by_id=actor.user_id,
        made_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.ibnr.estimated", subject=made, as_of=f"{month}",
        ibnr_cents=made.ibnr_cents, claims=claims,
    )  # fmt: skip
    return made


@action("compliance.record_solvency")
def accept_ibnr(*, actor: Actor, estimate_id: int, why: str, now: datetime) -> SolvencyQuarter:
    """
    Take an estimate into the quarter that ends with its month: the quarter is entered anew.

    Whether an estimate is documented every month is answered by the estimates there are.

    :raises NoQuarterYet: if no such quarter is entered
    :raises OwnEstimate: if the actor made it
    :raises TakenBefore: if the quarter rests on it
    """
    lock("ibnr")
    estimate = IbnrEstimate.objects.get(pk=estimate_id)
    before = quarter_of(estimate)
    if before is None:
        raise NoQuarterYet(estimate)
    if actor.user_id == estimate.made_by_id:
        raise OwnEstimate(actor.name)
    if IbnrAcceptance.objects.filter(quarter=before, estimate=estimate).exists():
        raise TakenBefore(estimate)
    figures = asdict(before.quarter()) | {"ibnr_cents": estimate.ibnr_cents}
    figures["ibnr_is_documented"] |= len(months_estimated(estimate.as_of)) == 3
    SolvencyQuarter.objects.filter(pk=before.pk).update(superseded_at=now)
    source = f"IBNR by {estimate}; {before.source}"[:300]
    made = SolvencyQuarter.objects.create(
        last_date=before.last_date, source=source, recorded_at=now, recorded_by_id=actor.user_id,
        recorded_by_name=actor.name, **figures,
    )  # fmt: skip
    IbnrAcceptance.objects.create(
        estimate=estimate, quarter=made, why=why, accepted_at=now, accepted_by_id=actor.user_id,
        accepted_by_name=actor.name,
    )  # fmt: skip
    record(
        actor=actor, action="compliance.ibnr.accepted", subject=estimate, quarter=made.pk, why=why,
        before=dollars_text(before.ibnr_cents), after=dollars_text(estimate.ibnr_cents),
    )  # fmt: skip
    return made
