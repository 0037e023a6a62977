"""Beneath what practices say: it counts at once, or waits for the word of whom they named."""

from datetime import datetime

from django.utils import timezone

from credentialing.models import Practice
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from purchasing.actions.commitment_checks import Ask, say
from purchasing.models import Budget, BuyingControl, Commitment, CommitmentRequest, GroupOrder
from purchasing.queries.control import LiveControl, control_of, counted_cents, rooms_for
from purchasing.rules.budgets import Reason, reasons_to_wait

WAITING = CommitmentRequest.State.WAITING


def locked_control(practice: Practice, now: datetime) -> LiveControl:
    """Who commits and is asked, as nobody changes it meanwhile."""
    rows = BuyingControl.objects.select_for_update()
    row = rows.filter(practice=practice, superseded_at=None).first()
    return control_of(practice, row, timezone.localdate(now))


def reasons_of(ask: Ask, order: GroupOrder, control: LiveControl) -> list[Reason]:
    """Why it waits; budgets are locked, so that two orders do not both take what is left."""
    if not ask.quantity:
        return []
    rows = Budget.objects.select_for_update().filter(practice=control.practice, superseded_at=None)
    return reasons_to_wait(
        ask.cents,
        counted_cents(ask.item, ask.location),
        above_cents=control.above_cents,
        rooms=rooms_for(list(rows.order_by("pk")), order, ask.item.version.kind),
    )


def keep_or_wait(
    actor: Actor, ask: Ask, order: GroupOrder, control: LiveControl, now: datetime, by: str = ""
) -> Commitment | CommitmentRequest:
    """An office is in for it, or it waits; either way an older request waits no more."""
    reasons = reasons_of(ask, order, control)
    name = by or actor.name
    replace_waiting(ask, name, now)
    if not reasons:
        made = say(ask, by_id=actor.user_id, by_name=name, now=now)
        record(actor=actor, action="purchasing.commitment.made", subject=made, packs=ask.quantity)
        return made
    asked = CommitmentRequest.objects.create(
        order_item=ask.item,
        practice=ask.location.practice,
        location=ask.location,
        quantity=ask.quantity,
        flex=ask.flex,
        max_price=ask.ceiling,
        pays_now=ask.pays_now,
        any_equivalent=ask.any_equivalent,
        registrant_id=ask.registrant_id if ask.item.version.schedule else None,
        cents=ask.cents,
        reasons=[{"code": one.code, "above": one.above_cents, "words": one.words}
                 for one in reasons],
        asked_by_id=actor.user_id,
        asked_by_name=name[:200],
        asked_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.commitment.waits", subject=asked, cents=ask.cents)
    return asked


def replace_waiting(ask: Ask, name: str, now: datetime) -> None:
    """The newest word replaces one that waits."""
    CommitmentRequest.objects.filter(
        order_item=ask.item, location=ask.location, state=WAITING
    ).update(state=CommitmentRequest.State.REPLACED, decided_by_name=name[:200], decided_at=now)
