"""Beneath decisions: who counts in the room for a file, and what is kept of what they say."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from credentialing.actions.meetings import MeetingElsewhere, ReasonMissing, locked_item
from credentialing.models import AgendaItem, Meeting, Motion, Recusal, Seat, Vote
from credentialing.queries.committees import meeting_day, quorum_of, stays_of, subject_of, user_of
from credentialing.rules.quorum import is_present
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Interest
from ipaportal.identity.queries.interests import interest_in


class NotInTheRoom(Refused):
    """Somebody who is not in the meeting now: by e-mail nobody votes, moves or seconds."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(
            f"{seat.name} is not in the meeting now. Nothing was recorded. A vote is given in "
            "real time by a member who is there, never by e-mail or before or after (NCQA CR 2)."
        )


class TakesNoPart(Refused):
    """Somebody without a vote, or recused from this item."""

    def __init__(self, seat: Seat, why: str) -> None:
        super().__init__(f"{seat.name} {why}. Nothing was recorded.")


class InterestDisclosed(Refused):
    """A member who disclosed an interest in whom the file is about."""

    def __init__(self, seat: Seat, interest: Interest) -> None:
        what = interest.party.name if interest.party else f"NPI {interest.npi}"
        super().__init__(
            f"{seat.name} disclosed an interest in {what} on "
            f"{timezone.localdate(interest.disclosed_at)}, and this file is about it. Nothing was "
            "recorded. Record that they step aside (recuse) from this file, and go on without them."
        )


class NoQuorum(Refused):
    """Too few members count for this item now."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"{words}. Nothing was recorded. Wait until enough members are there who are not "
            "recused, or defer the file to another meeting by closing this one."
        )


class ItemEnded(Refused):
    """The item was decided, deferred or taken off."""

    def __init__(self, item: AgendaItem) -> None:
        super().__init__(f"This file was {item.get_end_kind_display()}. Nothing was changed.")


class MotionOpen(Refused):
    """One motion at a time."""

    def __init__(self) -> None:
        super().__init__("A motion on this file is open. Nothing was recorded. Close it first.")


class MotionOver(Refused):
    def __init__(self) -> None:
        super().__init__("This motion is closed. Nothing was recorded.")


class VotedBefore(Refused):
    def __init__(self, seat: Seat) -> None:
        super().__init__(
            f"{seat.name} has voted on this motion. Nothing was changed: a vote stands."
        )


def open_item(item_id: int) -> tuple[AgendaItem, Meeting]:
    """
    An item that is being decided, with its meeting under lock.

    :raises MeetingElsewhere: if the meeting is not in session
    :raises ItemEnded: if it was decided, deferred or taken off
    """
    item, meeting = locked_item(item_id)
    if not meeting.is_in_session:
        raise MeetingElsewhere(meeting, "in session")
    if item.ended_at is not None:
        raise ItemEnded(item)
    return item, meeting


def open_motion(motion_id: int) -> tuple[Motion, AgendaItem, Meeting]:
    """
    A motion that may be voted on, with its meeting under lock.

    :raises MotionOver: if it is closed
    """
    motion = Motion.objects.get(pk=motion_id)
    item, meeting = open_item(motion.item_id)
    motion.refresh_from_db()
    if motion.closed_at is not None:
        raise MotionOver
    return motion, item, meeting


def seat_of(meeting: Meeting, seat_id: int) -> Seat:
    """A seat of the committee on the day of a meeting."""
    return meeting.committee.seats.on(meeting_day(meeting)).get(pk=seat_id)


def taking_part(item: AgendaItem, meeting: Meeting, seat_id: int, at: datetime) -> Seat:
    """
    A member who counts for an item now.

    :raises TakesNoPart: if they have no vote or are recused
    :raises NotInTheRoom: if they are not in the meeting
    :raises InterestDisclosed: if they disclosed an interest in whom it is about
    """
    seat = seat_of(meeting, seat_id)
    if not seat.is_voting:
        raise TakesNoPart(seat, "has a seat without a vote")
    if not is_present(seat.pk, stays_of(meeting), at):
        raise NotInTheRoom(seat)
    if item.recusals.filter(seat=seat).exists():
        raise TakesNoPart(seat, "is recused from this file")
    refuse_the_interested(item, seat, at)
    return seat


def refuse_the_interested(item: AgendaItem, seat: Seat, at: datetime) -> None:
    """
    Stop a member who disclosed an interest in whom an item is about.

    :raises InterestDisclosed: naming the interest, and that they should step aside
    """
    interest = interest_in(user_id=user_of(seat), at=at, **subject_of(item.event))
    if interest is not None:
        raise InterestDisclosed(seat, interest)


def keep_vote(motion: Motion, seat: Seat, choice: str, actor: Actor, now: datetime) -> Vote:
    """
    Keep the vote of a member who takes part: what staff record and members cast shares this.

    One person has one vote, whatever seats they hold.

    :raises NoQuorum: if too few members count for this item now
    :raises VotedBefore: if they have voted
    """
    quorum = quorum_of(motion.item, now)
    if not quorum.holds:
        raise NoQuorum(quorum.words)
    same = Q(seat=seat)
    if seat.user_id is not None:
        same |= Q(seat__user=seat.user_id)
    if motion.votes.filter(same).exists():
        raise VotedBefore(seat)
    vote = Vote.objects.create(
        motion=motion,
        seat=seat,
        choice=Vote.Choice(choice),
        voted_at=now,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
    )
    record(actor=actor, action="credentialing.vote.cast", subject=vote)
    return vote


def keep_recusal(item: AgendaItem, seat: Seat, reason: str, actor: Actor, now: datetime) -> Recusal:
    """Keep that a member steps aside: by staff's record, or by their own word."""
    if not reason.strip():
        raise ReasonMissing
    if item.recusals.filter(seat=seat).exists():
        raise TakesNoPart(seat, "is recused from this file")
    if item.motions.filter(closed_at=None).exists():
        raise MotionOpen
    recusal = Recusal.objects.create(
        item=item,
        seat=seat,
        reason=reason.strip()[:300],
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="credentialing.member.recused", subject=recusal)
    return recusal
