"""Purges: what need not be kept is listed, agreed to by two others, deleted, and certified."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from compliance.models import Purge, PurgeApproval, PurgeItem
from compliance.queries.backups import gone_of, said_of
from compliance.queries.retention import (
    Kept,
    due,
    holding,
    holds_in_force,
    is_needed_elsewhere,
)
from compliance.rules.retention import BY_KEY
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import forget, is_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

NEEDED = 2
Status = Purge.Status


class NothingDue(Refused):
    """No record of the kind may go."""

    def __init__(self, name: str, held: int) -> None:
        why = f"a legal hold covers all {held} whose years are over" if held else "none is due"
        super().__init__(f"{name}: {why}. Nothing was proposed.")


class OpenAlready(Refused):
    def __init__(self, purge: Purge) -> None:
        super().__init__(
            f"{purge} waits already. Nothing was proposed. Approve or reject that one first."
        )


class OwnProposal(Refused):
    """Two others have to agree."""

    def __init__(self) -> None:
        super().__init__(
            "You proposed this, so that two others have to agree. Nothing was changed. Ask them."
        )


class ApprovedBefore(Refused):
    def __init__(self) -> None:
        super().__init__("You agreed to this already. Nothing was changed. Ask a second person.")


class NotOpen(Refused):
    def __init__(self, purge: Purge) -> None:
        super().__init__(f"This list is {purge.get_status_display()}. Nothing was changed.")


class OtherList(Refused):
    """What was seen is not what is listed."""

    def __init__(self) -> None:
        super().__init__("The list is another one than you saw. Nothing was changed. Read it anew.")


@dataclass(frozen=True)
class Preview:
    """What a proposal would list, and what holds keep of it."""

    listed: list[Kept]
    held: int

    @property
    def digest(self) -> str:
        """What is approved: every record with its file and the day its years end."""
        lines = [[one.record_id, one.sha256, f"{one.kept_until}"] for one in self.listed]
        return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def preview(kind: str, day: date) -> Preview:
    """What of a kind may go on a day."""
    found, holds = due(kind, day), holds_in_force()
    listed = [one for one in found if not holding(kind, one, holds)]
    return Preview(listed, len(found) - len(listed))


@action("compliance.propose_purge")
def propose_purge(*, actor: Actor, kind: str, seen_digest: str, now: datetime) -> Purge:
    """
    List what need not be kept, as it was seen; what a hold covers is not listed.

    :raises NothingDue: if nothing may go
    :raises OpenAlready: if a list of the kind waits
    :raises OtherList: if it is not what was seen
    """
    lock("retention")
    day = timezone.localdate(now)
    waiting = Purge.objects.filter(kind=kind, status__in=(Status.PROPOSED, Status.APPROVED)).first()
    if waiting:
        raise OpenAlready(waiting)
    found = preview(kind, day)
    if not found.listed:
        raise NothingDue(BY_KEY[kind].name, found.held)
    if found.digest != seen_digest:
        raise OtherList
    purge = Purge.objects.create(
        kind=kind, day=day, items_sha256=found.digest, proposed_at=now,
        proposed_by_id=actor.user_id, proposed_by_name=actor.name,
    )  # fmt: skip
    PurgeItem.objects.bulk_create(
        PurgeItem(
            purge=purge, record_id=one.record_id, name=one.name[:300], sha256=one.sha256,
            received_date=one.received, kept_until=one.kept_until,
            party_ids=list(one.party_ids), practitioner_id=one.practitioner_id,
        )
        for one in found.listed
    )  # fmt: skip
    record(
        actor=actor, action="compliance.purge.proposed", subject=purge, kind=kind,
        items=len(found.listed), held=found.held, items_sha256=found.digest,
    )  # fmt: skip
    return purge


@action("compliance.approve_purge")
def approve_purge(*, actor: Actor, purge_id: int, seen_digest: str, now: datetime) -> Purge:
    """
    Agree to a list; with the second yes the clock deletes it.

    :raises NotOpen: if it waits for nobody
    :raises OwnProposal: if this person proposed it
    :raises ApprovedBefore: if this person agreed before
    :raises OtherList: if it is not what was seen
    """
    purge = Purge.objects.select_for_update().get(pk=purge_id)
    if purge.status != Status.PROPOSED:
        raise NotOpen(purge)
    if purge.proposed_by_id == actor.user_id:
        raise OwnProposal
    if purge.approvals.filter(approved_by_id=actor.user_id).exists():
        raise ApprovedBefore
    if purge.items_sha256 != seen_digest:
        raise OtherList
    PurgeApproval.objects.create(
        purge=purge, items_sha256=seen_digest, approved_at=now, approved_by_id=actor.user_id,
        approved_by_name=actor.name,
    )  # fmt: skip
    agreed = purge.approvals.count()
    if agreed >= NEEDED:
        purge.status = Status.APPROVED
        purge.save(update_fields=["status"])
    record(actor=actor, action="compliance.purge.agreed", subject=purge, agreed=agreed)
    return purge


@action("compliance.approve_purge")
def reject_purge(*, actor: Actor, purge_id: int, reason: str, now: datetime) -> Purge:
    """
    Say no; the records stay, and a new list may be made.

    :raises NotOpen: if it waits for nobody
    """
    purge = Purge.objects.select_for_update().get(pk=purge_id)
    if purge.status != Status.PROPOSED:
        raise NotOpen(purge)
    purge.status, purge.rejected_at = Status.REJECTED, now
    purge.rejected_by_name, purge.reject_reason = actor.name, reason
    purge.save(update_fields=["status", "rejected_at", "rejected_by_name", "reject_reason"])
    record(actor=actor, action="compliance.purge.rejected", subject=purge, reason=reason)
    return purge


def step_purges(now: datetime) -> int:
    """Delete what two have agreed to, and certify it; a step of the sweep."""
    clock, done = Actor.system("clock"), 0
    for purge in Purge.objects.filter(status=Status.APPROVED):
        mark_purged(actor=clock, purge_id=purge.pk, now=now)
        # Only what is purged on record: were this killed, the next sweep would go on.
        _delete_bytes(purge)
        certify(actor=clock, purge_id=purge.pk, now=now)
        done += 1
    return done


@action("compliance.carry_out_purge")
def mark_purged(*, actor: Actor, purge_id: int, now: datetime) -> Purge:
    """Put on record what goes; what a hold covers by now, or is not due any more, is spared."""
    lock("retention")
    purge = Purge.objects.select_for_update().get(pk=purge_id)
    waiting = list(purge.items.filter(purged_at=None, spared_because=""))
    may_go, holds = {one.record_id: one for one in due(purge.kind, purge.day)}, holds_in_force()
    for item in waiting:
        one = may_go.get(item.record_id)
        hold = one and holding(purge.kind, one, holds)
        if one is None:
            item.spared_because = "its years are not over any more"
        elif hold:
            item.spared_because = f"legal hold “{hold.matter}”"[:300]
        else:
            item.purged_at, item.party_ids = now, list(one.party_ids)
    PurgeItem.objects.bulk_update(waiting, ["purged_at", "spared_because", "party_ids"])
    gone = sum(1 for item in waiting if item.purged_at)
    record(
        actor=actor, action="compliance.purge.marked", subject=purge, gone=gone,
        spared=len(waiting) - gone,
    )  # fmt: skip
    return purge


def _delete_bytes(purge: Purge) -> None:
    """The files of what is purged, but for those that another record still needs."""
    said = f"{purge.get_kind_display()}: deleted by rule under certificate {purge.pk}."
    for item in purge.items.exclude(purged_at=None):
        if is_stored(item.sha256) and not is_needed_elsewhere(
            item.sha256, purge.kind, item.record_id
        ):
            forget(item.sha256, f"{said} Its years ended on {item.kept_until}.")


@action("compliance.carry_out_purge")
def certify(*, actor: Actor, purge_id: int, now: datetime) -> Purge:
    """Say what was deleted, by whose word, under which rule: every file with its hash."""
    purge = Purge.objects.select_for_update().get(pk=purge_id)
    if purge.status == Status.DONE:
        record(actor=actor, action="compliance.purge.checked", subject=purge)
        return purge
    purge.status, purge.done_at = Status.DONE, now
    purge.certificate_sha256 = store(certificate(purge)).sha256
    purge.save(update_fields=["status", "done_at", "certificate_sha256"])
    record(
        actor=actor, action="compliance.purge.certified", subject=purge,
        certificate_sha256=purge.certificate_sha256,
    )  # fmt: skip
    return purge


def _in_backups(purge: Purge) -> dict[str, object] | None:
    """By when the files are gone from backups too, by which rule, and which are known."""
    if (gone := gone_of(purge)) is None:
        return None
    rule = gone.rule
    return {
        "said": said_of(gone),
        "gone_after": f"{gone.last_date}" if gone.last_date else None,
        "rule": [f"{rule.from_date}", rule.days, rule.words] if rule else None,
        "known": [
            [one.name, f"{one.made_on}", f"{end}" if end else None,
             f"{one.destroyed_on}" if one.destroyed_on else None]
            for one, end in gone.holding
        ],
    }  # fmt: skip


def certificate(purge: Purge) -> bytes:
    """The certificate's text: JSON, in one order, so that its hash says what it says."""
    rule = BY_KEY[purge.kind]
    said = {
        "certificate": purge.pk,
        "kind": rule.name,
        "rule": f"{rule.years} years from when {rule.starts}; {rule.citation}",
        "proposed": [purge.proposed_by_name, f"{purge.proposed_at.isoformat()}"],
        "agreed": [
            [one.approved_by_name, one.approved_at.isoformat()] for one in purge.approvals.all()
        ],
        "list": purge.items_sha256,
        "done": purge.done_at.isoformat(),
        "deleted": [
            [item.record_id, item.name, item.sha256, f"{item.kept_until}"]
            for item in purge.items.exclude(purged_at=None)
        ],
        "spared": [
            [item.record_id, item.name, item.spared_because]
            for item in purge.items.filter(purged_at=None)
        ],
        "backups": _in_backups(purge),
    }
    return json.dumps(said, indent=1, ensure_ascii=False).encode()
