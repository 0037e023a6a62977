"""Deciding on an award: refused at once, approved once a worker found it to come out alike."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.jobs import wake
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.actions.awards import refuse_the_interested
from purchasing.actions.orders import tie_key_of
from purchasing.models import Award, AwardApproval, GroupOrder, PurchaseLine, PurchaseOrder
from purchasing.queries.award_changes import changes_between, changes_since
from purchasing.queries.award_room import Room, chosen_of, outcome_of, room_of
from purchasing.rules.award_choice import MinimumsNotMet
from purchasing.rules.award_orders import Asked
from purchasing.rules.award_solver import NoAward
from purchasing.rules.award_swaps import line_of
from purchasing.rules.lifecycle import CYCLE, after

State = AwardApproval.State


class SamePersonAwards(Refused):
    def __init__(self, award: Award) -> None:
        super().__init__(
            f"{award.proposed_by_name} proposed this award, so somebody else has to approve it. "
            "Nothing was changed."
        )


class AwardChanged(Refused):
    """It is not what the approver looked at, or would come out otherwise now."""

    def __init__(self, changes: Sequence[str] = ()) -> None:
        why = "; ".join(changes) or "a licence, a list, an agreement, or the award itself"
        super().__init__(
            f"Something changed since this award was proposed: {why}. Nothing was approved. Refuse "
            "it, and have it proposed anew."
        )


class NotProposed(Refused):
    def __init__(self) -> None:
        super().__init__("No award waits here. Nothing was changed.")


class NotProved(Refused):
    def __init__(self) -> None:
        super().__init__(
            "The certificate of this award does not hold, so nobody can say how near it is to the "
            "cheapest. Nothing was approved. Refuse it, and have it proposed anew."
        )


class ApprovedAlready(Refused):
    """Somebody approved it, and it is being checked."""

    def __init__(self, approval: AwardApproval) -> None:
        at = timezone.localtime(approval.asked_at)
        super().__init__(
            f"{approval.asked_by_name} approved this award at {at:%H:%M} and it is being checked. "
            "Nothing was approved a second time. It stands here as soon as it counts."
        )


class NothingToCheck(Refused):
    def __init__(self) -> None:
        super().__init__("This approval waits no more, or another worker has it. Nothing was done.")


@action("purchasing.approve_award")
def ask_approval(
    *, actor: Actor, order_id: int, seen_digest: str, text: str, now: datetime
) -> AwardApproval:
    """
    Approve an award as it was seen; it counts once a worker found that it comes out alike now.

    :raises NotProposed: if none waits
    :raises AwardChanged: if it is another
    :raises ApprovedAlready: if it was approved, and is being checked
    :raises InterestDisclosed: if the actor disclosed an interest in one of the suppliers
    :raises SamePersonAwards: if the actor proposed it
    :raises NotProved: if its certificate does not hold; one that states a gap does
    """
    award = _proposed(order_id, seen_digest)
    waiting = award.approvals.filter(state=State.WAITING).first()
    if waiting is not None:
        raise ApprovedAlready(waiting)
    _check_approver(award, actor.user_id, now)
    approval = AwardApproval.objects.create(
        award=award, seen_digest=seen_digest, text=text,
        asked_by_id=actor.user_id, asked_by_name=actor.name, asked_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.award.signed", subject=award, seen_digest=seen_digest)
    wake("purchasing.check_approval", approval.pk)
    return approval


@action("purchasing.approve_award")
def refuse_award(
    *, actor: Actor, order_id: int, seen_digest: str, text: str, now: datetime
) -> Award:
    """
    Refuse an award as it was seen; an approval of it that is being checked comes to nothing.

    :raises NotProposed: if none waits
    :raises AwardChanged: if it is another
    :raises InterestDisclosed: if the actor disclosed an interest in one of the suppliers
    """
    award = _proposed(order_id, seen_digest)
    refuse_the_interested(actor.user_id, award.lines, now)
    _decide(award, Award.Status.REFUSED, actor.user_id, actor.name, text, now)
    record(actor=actor, action="purchasing.award.refused", subject=award, text=text)
    return award


def _proposed(order_id: int, seen_digest: str) -> Award:
    """The award of an order that waits, with the order locked, if it is what was seen."""
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    award = order.awards.filter(status=Award.Status.PROPOSED).first()
    if award is None:
        raise NotProposed
    if award.sha256 != seen_digest:
        raise AwardChanged
    return award


def _check_approver(award: Award, user_id: int | None, now: datetime) -> None:
    refuse_the_interested(user_id, award.lines, now)
    if award.proposed_by_id is not None and award.proposed_by_id == user_id:
        raise SamePersonAwards(award)
    if not award.verdict["proved"] and award.verdict.get("faults", True):
        raise NotProved


def _decide(
    award: Award, status: str, by_id: int | None, by_name: str, text: str, now: datetime
) -> None:
    award.status, award.decision_text = status, text
    award.decided_by_id, award.decided_by_name, award.decided_at = by_id, by_name, now
    award.save(
        update_fields=["status", "decided_by_id", "decided_by_name", "decided_at", "decision_text"]
    )


# What a worker does ------------------------------------------------------------------------------


def step_approvals(now: datetime) -> int:
    """Check what was approved and no worker has; a step of the sweep."""
    waiting = AwardApproval.objects.filter(state=State.WAITING).order_by("pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        with suppress(NothingToCheck):
            check_approval(actor=Actor.system("clock"), approval_id=pk, now=now)
            done += 1
    return done


@action("purchasing.advance_order")
def check_approval(*, actor: Actor, approval_id: int, now: datetime) -> AwardApproval:
    """
    Work an award out again: approve it for whoever signed it if it comes out alike, or say why not.

    Only the approval is locked meanwhile: a worker that dies lets go of it, and the next takes it.

    :raises NothingToCheck: if it is done, or another worker has it
    """
    rows = AwardApproval.objects.select_for_update(skip_locked=True)
    approval = rows.filter(pk=approval_id, state=State.WAITING).first()
    if approval is None:
        raise NothingToCheck
    began = time.monotonic()
    try:
        with transaction.atomic():
            _approve(approval, now)
        approval.state = State.APPROVED
        record(
            actor=actor, action="purchasing.award.approved", subject=approval.award,
            text=approval.text, signed_by=approval.asked_by_name, signed_by_id=approval.asked_by_id,
        )  # fmt: skip
    except Refused as refusal:
        approval.state, approval.words = State.REFUSED, str(refusal)[:2000]
        record(actor=actor, action="purchasing.award.not_approved", subject=approval.award,
               why=approval.words)  # fmt: skip
    approval.took_ms = int((time.monotonic() - began) * 1000)
    approval.save(update_fields=["state", "words", "took_ms"])
    return approval


def _approve(approval: AwardApproval, now: datetime) -> None:
    """Look at the order, work it out, and keep it only if both are still so under its lock."""
    award, today = approval.award, timezone.localdate(now)
    if award.status != Award.Status.PROPOSED:
        raise NotProposed
    order = award.order
    room = room_of(order, tie_key_of(order), today)
    changes = _changes_now(award, room)
    # From here on nobody else decides on the order; what it was worked out from must still hold.
    locked = _proposed(order.pk, approval.seen_digest)
    _check_approver(locked, approval.asked_by_id, now)
    order = locked.order
    changes = changes or changes_between(room, room_of(order, tie_key_of(order), today))
    if changes:
        raise AwardChanged(changes)
    order.status = after(order.status, "award", CYCLE)
    order.save(update_fields=["status"])
    _make_purchases(locked, order, now)
    by = (approval.asked_by_id, approval.asked_by_name)
    _decide(locked, Award.Status.APPROVED, *by, approval.text, now)
    approval.award = locked


def _changes_now(award: Award, room: Room) -> list[str]:
    """What the award would be now that it is not, by what was asked for when it was proposed."""
    told = award.verdict.get("asked", {"without": [], "most_suppliers": None})
    asked = Asked(frozenset(told["without"]), told["most_suppliers"])
    try:
        found = outcome_of(room, chosen_of(room, asked))
    except (MinimumsNotMet, NoAward) as none:
        return [f"no award can be made any more ({str(none).partition('. ')[0]})"]
    return [] if found.core == award.verdict.get("core") else changes_since(award, room, found)


def _make_purchases(award: Award, order: GroupOrder, now: datetime) -> None:
    """One purchase order a supplier, with a line for each office."""
    lock("purchase orders", now.year)  # numbers have no gap
    made: dict[int, PurchaseOrder] = {}
    taken = PurchaseOrder.objects.filter(number__startswith=f"PO-{now.year}-").count()
    for line in award.lines:
        if line["supplier_id"] not in made:
            taken += 1
            made[line["supplier_id"]] = PurchaseOrder.objects.create(
                order=order,
                award=award,
                supplier_id=line["supplier_id"],
                number=f"PO-{now.year}-{taken:04}",
                made_at=now,
            )
        PurchaseLine.objects.bulk_create(
            PurchaseLine(
                purchase=made[line["supplier_id"]],
                order_item_id=line["item"],
                contract_id=line["contract"],
                practice_id=office["practice"],
                location_id=office["location"],
                commitment_id=office["commitment"],
                packs=office["packs"],
                due=office["packs"],
                price=line["price"],
                freight_cents=office.get("freight_cents", 0),
            )
            for office in award.offices
            if line_of(office) == line_of(line) and office["packs"]
        )
