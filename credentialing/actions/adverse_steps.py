"""Beneath actions: how an adverse action opens, and the one place that writes its stage."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.models import (
    AdverseAction,
    AdverseStep,
    Decision,
    Facility,
    Practitioner,
    Suspension,
)
from credentialing.rules.adverse import WORDS, Stage, basis_of, may_follow
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class WrongStage(Refused):
    """The action does not stand where this is done."""

    def __init__(self, row: AdverseAction, then: str) -> None:
        super().__init__(
            f"This stands at “{row.get_stage_display()}”, so “{WORDS[Stage(then)]}” cannot follow. "
            "Nothing was recorded. Look at its steps for what comes next."
        )


class NotNow(Refused):
    """Something that the days of the law, or the panel, do not allow."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why[:1].upper()}{why[1:]}. Nothing was recorded.")


def locked(action_id: int) -> AdverseAction:
    """One adverse action under its lock."""
    rows = AdverseAction.objects.select_for_update(of=("self",))
    rows = rows.select_related("practitioner", "facility", "decision", "suspension")
    return rows.get(pk=action_id)


def open_row(
    who: Practitioner | Facility,
    *,
    actor: Actor,
    now: datetime,
    day: date | None = None,
    **about: object,
) -> AdverseAction:
    """Open an adverse action as proposed."""
    row = AdverseAction.objects.create(
        practitioner=who if isinstance(who, Practitioner) else None,
        facility=who if isinstance(who, Facility) else None,
        stage=Stage.PROPOSED,
        opened_date=day or timezone.localdate(now),
        opened_at=now,
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        **about,
    )
    _keep(row, actor, now, row.opened_date, row.reasons)
    record(actor=actor, action="credentialing.adverse.opened", subject=row, kind=row.kind,
           basis=row.basis, **_of(row))  # fmt: skip
    return row


def _of(row: AdverseAction) -> dict[str, int]:
    """Whom an event is about, as the log says it."""
    if row.facility_id is not None:
        return {"facility_id": row.facility_id}
    return {"practitioner_id": row.practitioner_id}


def open_denial(
    who: Practitioner | Facility, decision: Decision, *, actor: Actor, now: datetime
) -> AdverseAction:
    """A denial is proposed until it is final; its letter tells of the right to a hearing."""
    return open_row(
        who,
        actor=actor,
        now=now,
        day=decision.decision_date,
        kind="denial",
        basis=basis_of(decision.reason_code),
        reasons=decision.text,
        decision=decision,
        effective_date=decision.decision_date,
    )


def take_stage(
    row: AdverseAction,
    then: Stage,
    *,
    actor: Actor,
    now: datetime,
    day: date | None = None,
    text: str = "",
    place: str = "",
    **written: object,
) -> AdverseAction:
    """
    Take a locked action one stage on, with the columns that are written at it.

    :raises WrongStage: if that may not follow
    """
    if not may_follow(row.stage, then):
        raise WrongStage(row, then)
    row.stage = then
    for name, value in written.items():
        setattr(row, name, value)
    row.save(update_fields=["stage", *written])
    _keep(row, actor, now, day or timezone.localdate(now), text, place)
    record(actor=actor, action=f"credentialing.adverse.{then}", subject=row,
           **_of(row))  # fmt: skip
    return row


def _keep(row, actor: Actor, now: datetime, day: date, text: str, place: str = "") -> None:
    AdverseStep.objects.create(
        adverse_action=row,
        stage=row.stage,
        on_date=day,
        text=text.strip()[:2000],
        hearing_date=row.hearing_date if row.stage == Stage.SCHEDULED else None,
        place=place[:200],
        by_id=actor.user_id,
        by_name=actor.name,
        at=now,
    )


def suspended_by(row: AdverseAction) -> Suspension | None:
    """The summary suspension of an action that is still in force."""
    found = row.suspension
    return found if found is not None and found.lifted_at is None else None
