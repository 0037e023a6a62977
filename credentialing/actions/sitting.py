"""What a member does from their own sign-in, in the room: vote, or step aside from a file."""

from datetime import datetime

from credentialing.actions.committees import has_pledged
from credentialing.actions.meetings import PledgeMissing
from credentialing.actions.room import (
    keep_recusal,
    keep_vote,
    open_item,
    open_motion,
    taking_part,
)
from credentialing.models import Meeting, Recusal, Seat, Vote
from credentialing.queries.committees import meeting_day
from credentialing.queries.members_room import seat_in
from ipaportal.audit.actions import action
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing


class NotYourSeat(Refused):
    """Whoever holds no seat with a vote in this meeting."""

    def __init__(self) -> None:
        super().__init__(
            "You hold no seat with a vote in this meeting. Nothing was recorded. Ask the network's "
            "administrator if you should."
        )


@action("credentialing.sit_on_committee")
def cast_own_vote(*, actor: Actor, motion_id: int, choice: str, now: datetime) -> Vote:
    """
    Vote as the member who is signed in, in the meeting and while it lasts.

    :raises NotYourSeat: if they hold no seat with a vote
    :raises NotInTheRoom: if they were not noted as being in the meeting
    :raises TakesNoPart: if they are recused
    :raises NoQuorum: if too few members count for this item now
    :raises VotedBefore: if they have voted, or it was recorded for them
    """
    with seeing(EVERYBODY):  # the seat lets them in, wherever their own practice is
        motion, item, meeting = open_motion(motion_id)
        seat = _seat(actor, meeting)
        return keep_vote(motion, taking_part(item, meeting, seat.pk, now), choice, actor, now)


@action("credentialing.sit_on_committee")
def recuse_oneself(*, actor: Actor, item_id: int, reason: str, now: datetime) -> Recusal:
    """
    Step aside from a file as the member who is signed in.

    :raises NotYourSeat: if they hold no seat with a vote
    :raises ReasonMissing: without words
    :raises MotionOpen: while a motion is open
    :raises TakesNoPart: if they are recused already
    """
    with seeing(EVERYBODY):
        item, meeting = open_item(item_id)
        return keep_recusal(item, _seat(actor, meeting), reason, actor, now)


def _seat(actor: Actor, meeting: Meeting) -> Seat:
    seat = seat_in(actor, meeting) if actor.user_id is not None else None
    if seat is None:
        raise NotYourSeat
    if not has_pledged(seat, meeting_day(meeting)):
        raise PledgeMissing(seat)
    return seat
