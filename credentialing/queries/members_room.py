"""
The committee from a member's own sign-in: their meetings, and the room with one file.

A member may be a doctor from outside, who otherwise sees their own practice alone. What lets them
in is a seat on the day of the meeting; rows are read past the wall only after that, and only those
of a meeting in which they sit.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse

from credentialing.models import Meeting, Pledge, Seat
from credentialing.queries.committees import Room, Sitting, meeting_day, read_room
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.scopes import EVERYBODY, seeing

SIT = "credentialing.sit_on_committee"
PLEDGE_DAYS = 365
LOOK_BACK = timedelta(days=90)


@dataclass(frozen=True)
class MyRoom:
    """The room as one member has it: `room` only with a pledge and once the agenda is locked."""

    meeting: Meeting
    seat: Seat
    has_pledged: bool
    room: Room | None

    @property
    def me(self) -> Sitting | None:
        """How the member sits in it."""
        if self.room is None:
            return None
        return next((one for one in self.room.sittings if one.seat.pk == self.seat.pk), None)


def may_sit(actor: Actor) -> None:
    """
    Refuse whoever can hold no seat.

    :raises NotPermitted: if so
    """
    if actor.user_id is None or not actor.may(SIT):
        raise NotPermitted(actor.name, SIT)


def seat_in(actor: Actor, meeting: Meeting) -> Seat | None:
    """The actor's seat with a vote on the day of a meeting; call it past the wall."""
    seats = meeting.committee.seats.on(meeting_day(meeting)).filter(user=actor.user_id)
    return next((seat for seat in seats if seat.is_voting), None)


def my_meetings(*, actor: Actor, today: date) -> list[Meeting]:
    """Meetings of the last quarter and to come in which the actor holds a seat, the next first."""
    may_sit(actor)
    with seeing(EVERYBODY):
        mine = Seat.objects.filter(user=actor.user_id).values("committee")
        rows = Meeting.objects.filter(
            committee__in=mine, cancelled_at=None, starts_at__date__gte=today - LOOK_BACK
        ).select_related("committee")
        rows = rows.prefetch_related("items").order_by("-starts_at")
        return [row for row in rows if seat_in(actor, row) is not None]


def member_cards(actor: Actor, today: date) -> Cards:
    """For whoever holds a seat: the agenda to read, or the meeting that is in session."""
    if actor.user_id is None or not actor.may(SIT):
        return Cards()
    with seeing(EVERYBODY):
        if not Seat.objects.filter(user=actor.user_id).exists():
            return Cards()
    coming = [
        row
        for row in my_meetings(actor=actor, today=today)
        if row.locked_at and not row.closed_at and meeting_day(row) >= today
    ]
    return Cards(
        tuple(
            Task(
                "Vote on" if row.opened_at else "Read",
                f"the agenda of {row.committee}",
                meeting_day(row),
                reverse("credentialing:member_room", args=[row.pk]),
                "bad" if row.opened_at else "warn",
            )
            for row in reversed(coming)
        )
    )


def my_room(*, actor: Actor, meeting_id: int, item_id: int | None, at: datetime) -> MyRoom:
    """
    The room for a member.

    :raises Meeting.DoesNotExist: if they have no seat in it
    :raises AgendaItem.DoesNotExist: if the item is none of its own
    """
    may_sit(actor)
    with seeing(EVERYBODY):
        meeting = Meeting.objects.select_related("committee").get(pk=meeting_id)
        seat = seat_in(actor, meeting)
        if seat is None:
            raise Meeting.DoesNotExist
        day = meeting_day(meeting)
        has_pledged = Pledge.objects.filter(
            seat=seat, signed_date__lte=day, signed_date__gte=day - timedelta(days=PLEDGE_DAYS)
        ).exists()
        is_open = has_pledged and meeting.locked_at is not None and not meeting.cancelled_at
        room = read_room(meeting_id, item_id, at) if is_open else None
        if room is not None:
            for motion in room.motions:  # what a page reads of it is read here, past the wall
                motion.shown_votes = [(str(v.seat), v.choice) for v in motion.votes.all()]
        return MyRoom(meeting, seat, has_pledged, room)
