"""Working an award out while people go on: a row waits, a worker takes it, once."""

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.jobs import wake
from ipaportal.core.refusals import Refused
from purchasing.actions.awards import (
    NothingToAward,
    check_asked,
    keep_award,
    refuse_the_interested,
)
from purchasing.actions.orders import tie_key_of
from purchasing.models import Award, AwardAsk, GroupOrder
from purchasing.queries.award_changes import changes_between
from purchasing.queries.award_room import chosen_of, propose, room_of
from purchasing.rules.award_orders import Asked

State = AwardAsk.State


class AskedAlready(Refused):
    def __init__(self, ask: AwardAsk) -> None:
        at = timezone.localtime(ask.asked_at)
        super().__init__(
            f"{ask.asked_by_name} asked for an award at {at:%H:%M} and it is being worked out. "
            "Nothing was asked a second time. It stands here as soon as it is proposed."
        )


class NothingWaits(Refused):
    def __init__(self) -> None:
        super().__init__("Nobody waits for this award, or another worker has it. Nothing was done.")


class ChangedMeanwhile(Refused):
    """What the award depends on is not what it was when working it out began."""

    def __init__(self, changes: list[str]) -> None:
        super().__init__(
            f"While the award was worked out, something changed: {'; '.join(changes)}. Nothing was "
            "proposed. Propose it again: it is worked out from what holds now."
        )


@action("purchasing.run_order")
def ask_award(
    *, actor: Actor, order_id: int, now: datetime, without: Collection[int] = (),
    most_suppliers: int | None = None, why: str = "",
) -> AwardAsk:  # fmt: skip
    """
    Ask for the cheapest award of a closed order; a worker works it out and proposes it.

    :raises NotAllowed: if the order is not closed, or awarded
    :raises ProposedAlready: if an award waits for a second person
    :raises SayWhy: if suppliers are limited without a reason
    :raises AskedAlready: if one is being worked out
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    check_asked(order, without, most_suppliers, why)
    waiting = order.award_asks.filter(state=State.WAITING).first()
    if waiting is not None:
        raise AskedAlready(waiting)
    ask = AwardAsk.objects.create(
        order=order, without=sorted(without), most_suppliers=most_suppliers, why=why.strip(),
        asked_by_id=actor.user_id, asked_by_name=actor.name, asked_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.award.asked", subject=ask)
    wake("purchasing.work_out_award", ask.pk)
    return ask


def step_asks(now: datetime) -> int:
    """Work out what waits and no worker has; a step of the sweep."""
    waiting = AwardAsk.objects.filter(state=State.WAITING).order_by("pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with suppress(NothingWaits):
            work_out(actor=Actor.system("clock"), ask_id=pk, now=now)
            done += 1
    return done


@action("purchasing.advance_order")
def work_out(*, actor: Actor, ask_id: int, now: datetime) -> AwardAsk:
    """
    Work an award out and propose it for whoever asked, or say why there is none; once.

    Only the asking is locked meanwhile: a worker that dies lets go of it, and the next takes it.

    :raises NothingWaits: if it is done, or another worker has it
    """
    rows = AwardAsk.objects.select_for_update(skip_locked=True)
    ask = rows.filter(pk=ask_id, state=State.WAITING).first()
    if ask is None:
        raise NothingWaits
    began = time.monotonic()
    try:
        with transaction.atomic():
            ask.award = _worked_out(ask, now)
        ask.state = State.MADE
    except Refused as refusal:
        ask.state, ask.words = State.REFUSED, str(refusal)[:2000]
    ask.took_ms = int((time.monotonic() - began) * 1000)
    ask.save(update_fields=["state", "words", "award", "took_ms"])
    record(actor=actor, action=f"purchasing.award.{ask.state}", subject=ask, took_ms=ask.took_ms)
    return ask


def _worked_out(ask: AwardAsk, now: datetime) -> Award:
    order, today = ask.order, timezone.localdate(now)
    room = room_of(order, tie_key_of(order), today)
    asked = Asked(frozenset(str(pk) for pk in ask.without), ask.most_suppliers)
    found = propose(room, chosen_of(room, asked))
    if not found.lines:
        raise NothingToAward
    # From here on nobody else decides on the order; what it was worked out from must still hold.
    order = GroupOrder.objects.select_for_update().get(pk=order.pk)
    check_asked(order, ask.without, ask.most_suppliers, ask.why)
    changes = changes_between(room, room_of(order, tie_key_of(order), today))
    if changes:
        raise ChangedMeanwhile(changes)
    refuse_the_interested(ask.asked_by_id, found.lines, now)
    found.verdict["asked"]["why"] = ask.why
    return keep_award(order, found, ask.asked_by_id, ask.asked_by_name, now)
