"""Restrictions that are final: undone by adding a step; what they were, and when, stays."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.adverse_steps import NotNow, locked, take_stage
from credentialing.models import AdverseAction
from credentialing.rules.adverse import Stage
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.words import day_text


@action("credentialing.decide_hearing")
def lift_restriction(
    *, actor: Actor, action_id: int, from_date: date, text: str, now: datetime
) -> AdverseAction:
    """
    Undo a restriction that is final: from a day on nothing of it limits them.

    :raises NotNow: without words, of anything else, for a day that is over, or once it has ended
    :raises WrongStage: if it is not final, or was lifted
    """
    row, today = locked(action_id), timezone.localdate(now)
    if row.kind != "restriction":
        raise NotNow("only a restriction is lifted; a suspension is lifted under Suspensions")
    if not text.strip():
        raise NotNow("say why it is lifted, and what shows that it no longer needs to hold")
    if from_date < today:
        raise NotNow(f"the first day without it is {day_text(today)} at the earliest")
    if row.ends_date is not None and row.ends_date <= from_date:
        raise NotNow(f"it ends by itself on {day_text(row.ends_date)}")
    take_stage(row, Stage.LIFTED, actor=actor, now=now, text=text, lifted_date=from_date)
    record(actor=actor, action="credentialing.restriction.lifted", subject=row,
           from_date=from_date.isoformat())  # fmt: skip
    return row
