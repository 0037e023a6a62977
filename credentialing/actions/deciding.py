"""Deciding: recusals, motions and votes in the room; clean files by the medical director alone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from credentialing.actions.file_days import keep_days
from credentialing.actions.meetings import (
    NotReady,
    ReasonMissing,
    end_item,
    refuse_what_lapses,
)
from credentialing.actions.room import (
    MotionOpen,
    MotionOver,
    NoQuorum,
    TakesNoPart,
    keep_recusal,
    keep_vote,
    open_item,
    open_motion,
    seat_of,
    taking_part,
)
from credentialing.actions.steps import take_step
from credentialing.actions.taking_part import carry_out_decision
from credentialing.models import (
    AgendaItem,
    Condition,
    CredentialingEvent,
    Decision,
    Meeting,
    Motion,
    Recusal,
    Vote,
)
from credentialing.queries.committees import DECIDABLE, meeting_day, quorum_of, subject_of
from credentialing.queries.levels import (
    digest_of,
    file_level,
    packet_of,
    previous_due,
)
from credentialing.rules.decisions import (
    DENIALS,
    lapse_words,
    next_due,
    notice_due,
    provisional_end,
)
from credentialing.rules.events import Status
from credentialing.rules.quorum import tally
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.queries.interests import interest_in

CONFIRMED_FOR = timedelta(minutes=5)
Kind = Motion.Kind


class VotesMissing(Refused):
    """A motion is closed once everybody who counts has voted."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Not voted yet: {', '.join(names)}. Nothing was closed. Everybody who is there and "
            "not recused votes, if only to abstain."
        )


class ConditionsMissing(Refused):
    """An approval with conditions names them, each with a day to come."""

    def __init__(self) -> None:
        super().__init__(
            "Name at least one condition, each with a day after the meeting. Nothing was recorded."
        )


class DenialUnexplained(Refused):
    """A denial has a reason from the list, for the letter."""

    def __init__(self) -> None:
        super().__init__("Choose the reason of the denial. Nothing was recorded.")


class NotClean(Refused):
    """The medical director alone approves clean files only."""

    def __init__(self, reasons: str) -> None:
        super().__init__(
            f"This file is not clean: {reasons}. Nothing was approved. It is for the committee."
        )


class FileChanged(Refused):
    """What was seen is not what stands there now."""

    def __init__(self) -> None:
        super().__init__(
            "The file has changed since you looked at it. Nothing was approved. Look again."
        )


class NotConfirmed(Refused):
    """A signature by somebody who confirmed long ago, or never, that it is them."""

    def __init__(self) -> None:
        super().__init__(
            "Confirm first that it is you: sign in again. Nothing was approved. A signature "
            "counts within five minutes of that."
        )


class SecondProvisional(Refused):
    """Provisional credentialing is possible once."""

    def __init__(self) -> None:
        super().__init__(
            "There was a provisional credentialing before, and it is possible once (NCQA CR 3). "
            "Nothing was approved. Decide the file as an initial one."
        )


@action("credentialing.run_meeting")
def recuse(*, actor: Actor, item_id: int, seat_id: int, reason: str, now: datetime) -> Recusal:
    """
    Record that a member takes no part in an item, before anything was moved on it.

    :raises ReasonMissing: without words
    :raises MotionOpen: while a motion is open
    :raises TakesNoPart: if they are recused already
    """
    item, meeting = open_item(item_id)
    return keep_recusal(item, seat_of(meeting, seat_id), reason, actor, now)


@action("credentialing.run_meeting")
def make_motion(
    *,
    actor: Actor,
    item_id: int,
    kind: str,
    text: str,
    mover_id: int,
    seconder_id: int,
    now: datetime,
    reason_code: str = "",
    conditions: Sequence[tuple[str, date]] = (),
) -> Motion:
    """
    Record what a member moved and another seconded.

    :raises ReasonMissing: without reasons in words
    :raises NotInTheRoom: if one of them is not in the meeting
    :raises TakesNoPart: if one has no vote, is recused, or both are the same
    :raises ConditionsMissing: if it approves with conditions and names none
    :raises DenialUnexplained: if it denies without a reason from the list
    :raises MotionOpen: while another is open
    """
    item, meeting = open_item(item_id)
    if not text.strip():
        raise ReasonMissing
    if item.motions.filter(closed_at=None).exists():
        raise MotionOpen
    mover = taking_part(item, meeting, mover_id, now)
    seconder = taking_part(item, meeting, seconder_id, now)
    if mover == seconder:
        raise TakesNoPart(seconder, "moved it, so another member has to second it")
    day = meeting_day(meeting)
    if kind == Kind.CONDITIONS and (not conditions or any(due <= day for _, due in conditions)):
        raise ConditionsMissing
    if kind == Kind.DENY and reason_code not in DENIALS:
        raise DenialUnexplained
    motion = Motion.objects.create(
        item=item,
        kind=Kind(kind),
        text=text.strip()[:1000],
        reason_code=reason_code if kind == Kind.DENY else "",
        conditions=[[words, due.isoformat()] for words, due in conditions]
        if kind == Kind.CONDITIONS
        else [],
        mover=mover,
        seconder=seconder,
        made_at=now,
    )
    record(actor=actor, action="credentialing.motion.made", subject=motion, kind=kind)
    return motion


@action("credentialing.run_meeting")
def cast_vote(*, actor: Actor, motion_id: int, seat_id: int, choice: str, now: datetime) -> Vote:
    """
    Record a member's vote, given in the room.

    :raises NotInTheRoom: if they are not in the meeting now: no vote by e-mail
    :raises TakesNoPart: if they have no vote or are recused
    :raises NoQuorum: if too few members count for this item now
    :raises VotedBefore: if they have voted
    """
    motion, item, meeting = open_motion(motion_id)
    return keep_vote(motion, taking_part(item, meeting, seat_id, now), choice, actor, now)


@action("credentialing.run_meeting")
def close_motion(*, actor: Actor, motion_id: int, now: datetime) -> Motion:
    """
    Count the votes; a carried motion decides the file, or defers it.

    :raises NoQuorum: if too few members count now
    :raises VotesMissing: naming who is there and has not voted
    """
    motion, item, meeting = open_motion(motion_id)
    quorum = quorum_of(item, now)
    if not quorum.holds:
        raise NoQuorum(quorum.words)
    votes = {vote.seat_id: vote.choice for vote in motion.votes.all()}
    missing = [member.name for member in quorum.present if member.key not in votes]
    if missing:
        raise VotesMissing(missing)
    chair = next((member.key for member in quorum.present if member.is_chair), None)
    result = tally(votes, chair)
    motion.closed_at, motion.is_carried, motion.result = now, result.is_carried, result.words
    motion.save(update_fields=["closed_at", "is_carried", "result"])
    if result.is_carried:
        _carry_out(item, meeting, motion, actor, now)
    record(actor=actor, action="credentialing.motion.closed", subject=motion,
           is_carried=result.is_carried)  # fmt: skip
    return motion


def _carry_out(
    item: AgendaItem, meeting: Meeting, motion: Motion, actor: Actor, now: datetime
) -> None:
    event = CredentialingEvent.objects.select_for_update().get(pk=item.event_id)
    if motion.kind == Kind.DEFER:
        take_step(event, Status.VERIFYING, actor=actor, now=now, reason=motion.text[:500])
        end_item(item, AgendaItem.End.DEFERRED, motion.text, now)
        return
    if motion.kind != Kind.DENY:
        refuse_what_lapses(file_level(event, meeting_day(meeting)), meeting_day(meeting))
    decision = keep_decision(
        event,
        outcome=motion.kind,
        text=motion.text,
        reason_code=motion.reason_code,
        level=item.level,
        packet_sha256=item.packet_sha256,
        day=meeting_day(meeting),
        by=str(meeting.committee),
        actor=actor,
        now=now,
        motion=motion,
    )
    for words, due in motion.conditions:
        Condition.objects.create(
            decision=decision, text=words[:300], due_date=date.fromisoformat(due)
        )
    end_item(item, AgendaItem.End.DECIDED, motion.text, now)


def keep_decision(
    event: CredentialingEvent,
    *,
    outcome: str,
    text: str,
    level: str,
    packet_sha256: str,
    day: date,
    by: str,
    actor: Actor,
    now: datetime,
    reason_code: str = "",
    motion: Motion | None = None,
) -> Decision:
    """Keep a decision with what follows from its date, and take the event there."""
    is_provisional = event.kind == CredentialingEvent.Kind.PROVISIONAL
    if is_provisional and outcome != "denied":
        same = {"practitioner": event.practitioner, "facility": event.facility}
        before = CredentialingEvent.objects.filter(**same, kind=event.kind).exclude(pk=event.pk)
        if before.filter(decision__outcome__in=("approved", "approved_conditions")).exists():
            raise SecondProvisional
    lasts = outcome != "denied" and not is_provisional
    decision = Decision.objects.create(
        event=event,
        motion=motion,
        outcome=outcome,
        text=text,
        reason_code=reason_code,
        level=level,
        packet_sha256=packet_sha256,
        decision_date=day,
        decided_at=now,
        decided_by_id=None if motion else actor.user_id,
        decided_by_name=by,
        notice_due_date=notice_due(day),
        next_due_date=next_due(day) if lasts else None,
        ends_date=provisional_end(day) if is_provisional and outcome != "denied" else None,
        lapse=lapse_words(previous_due(event), day),
    )
    event.decision_date, event.next_due_date = day, decision.next_due_date
    event.save(update_fields=["decision_date", "next_due_date"])
    take_step(event, Status(outcome), actor=actor, now=now, reason=text[:500])
    keep_days([decision.pk])
    record(actor=actor, action="credentialing.event.decided", subject=event, outcome=outcome,
           packet_sha256=packet_sha256, by=by)  # fmt: skip
    carry_out_decision(event, decision, actor=actor, now=now)
    return decision


@action("credentialing.approve_clean_files")
def approve_clean_file(
    *,
    actor: Actor,
    event_id: int,
    seen_digest: str,
    confirmed_at: datetime | None,
    now: datetime,
) -> Decision:
    """
    Approve one clean file as the medical director, who has just confirmed that it is them.

    :raises NotConfirmed: if they did not within five minutes, or the actor is no person
    :raises NotReady: if the file waits for no decision
    :raises NotClean: naming why it is for the committee
    :raises FileChanged: if it changed since it was seen
    """
    if actor.user_id is None or confirmed_at is None or now - confirmed_at > CONFIRMED_FOR:
        raise NotConfirmed
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    if event.status not in DECIDABLE:
        raise NotReady(event)
    if interest_in(user_id=actor.user_id, at=now, **subject_of(event)) is not None:
        raise NotClean("you disclosed an interest in it")
    day = timezone.localdate(now)
    found = file_level(event, day)
    if not found.is_clean:
        raise NotClean("; ".join(reason.text for reason in found.reasons))
    packet = packet_of(event, day, found)
    if digest_of(packet) != seen_digest:
        raise FileChanged
    if event.status == Status.VERIFIED:
        take_step(event, Status.QUEUED, actor=actor, now=now)
    return keep_decision(
        event,
        outcome="approved",
        text="Clean under the committee's criteria",
        level=found.level,
        packet_sha256=digest_of(packet),
        day=day,
        by=actor.name,
        actor=actor,
        now=now,
    )


@action("credentialing.run_meeting")
def meet_condition(*, actor: Actor, condition_id: int, text: str, now: datetime) -> Condition:
    """
    Record how a condition was met; with the last of them the approval stands without conditions.

    :raises ReasonMissing: without words
    :raises MotionOver: if it was met before
    """
    condition = Condition.objects.select_for_update().get(pk=condition_id)
    if condition.met_at is not None:
        raise MotionOver
    if not text.strip():
        raise ReasonMissing
    condition.met_at, condition.met_by_name = now, actor.name
    condition.met_text = text.strip()[:300]
    condition.save(update_fields=["met_at", "met_by_name", "met_text"])
    record(actor=actor, action="credentialing.condition.met", subject=condition)
    decision = condition.decision
    if not decision.conditions.filter(met_at=None).exists():
        event = CredentialingEvent.objects.select_for_update().get(pk=decision.event_id)
        if event.status == Status.APPROVED_CONDITIONS:
            take_step(event, Status.APPROVED, actor=actor, now=now, reason="conditions met")
            close_if_told(event, actor, now)
    return condition


def close_if_told(event: CredentialingEvent, actor: Actor, now: datetime) -> None:
    """Close an event whose letter is out and of which nothing is open."""
    is_told = Decision.objects.filter(event=event, letter__isnull=False).exists()
    if is_told and event.status in (Status.APPROVED, Status.DENIED):
        take_step(event, Status.CLOSED, actor=actor, now=now)
