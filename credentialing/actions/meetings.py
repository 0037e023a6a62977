"""Meetings: planned, agenda filled and locked with frozen packets, opened, attended, closed."""

from dataclasses import asdict
from datetime import datetime, timedelta

from credentialing.actions.committees import has_pledged
from credentialing.actions.steps import take_step
from credentialing.models import (
    AgendaItem,
    Attendance,
    Committee,
    CredentialingEvent,
    Meeting,
    Seat,
)
from credentialing.queries.committees import DECIDABLE, meeting_day
from credentialing.queries.levels import FileLevel, digest_of, file_level, packet_of
from credentialing.rules.events import Status
from credentialing.rules.levels import Level
from credentialing.rules.quorum import MODES
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NotInRealTime(Refused):
    """A meeting that nobody meets in."""

    def __init__(self, mode: str) -> None:
        super().__init__(
            f"A committee does not decide by “{mode}”: it meets in person, by video or by "
            "telephone, so that members hear each other (NCQA CR 2). Nothing was planned."
        )


class InThePast(Refused):
    """A meeting is planned before it begins."""

    def __init__(self) -> None:
        super().__init__("This time is over. Nothing was planned. Choose a time to come.")


class MeetingElsewhere(Refused):
    """The meeting does not stand where this is done."""

    def __init__(self, meeting: Meeting, needs: str) -> None:
        super().__init__(
            f"The meeting is “{meeting.state}”; this is done while it is {needs}. Nothing was "
            "changed."
        )


class WouldNotHold(Refused):
    """Something of a file is not verified, or would lapse by the meeting."""

    def __init__(self, what: str, day: object) -> None:
        super().__init__(
            f"On {day}, the day of the meeting, this would not be in order: {what}. Nothing was "
            "changed. Verify it anew, or choose a meeting before it lapses."
        )


class NotReady(Refused):
    """A file that is not verified, or is on an agenda already."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"The file of {event.practitioner or event.facility} is "
            f"“{event.get_status_display()}”. Nothing was changed. A file is put on an agenda "
            "once it is verified and on no other."
        )


class ChairNeeded(Refused):
    """Only the chair adds to a locked agenda."""

    def __init__(self) -> None:
        super().__init__(
            "The agenda is locked. Nothing was added. The chair may add a file, saying why."
        )


class NobodyWaits(Refused):
    """An agenda without a file."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing on the agenda, so nothing was locked. Add verified files first."
        )


class TooEarly(Refused):
    """A meeting is opened on its day."""

    def __init__(self, meeting: Meeting) -> None:
        super().__init__(
            f"The meeting is on {meeting_day(meeting)}. Nothing was changed. It is opened on its "
            "day, because windows are judged by it; plan another if the day has changed."
        )


class PledgeMissing(Refused):
    """No member sees a packet without the year's pledge."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(
            f"{seat.name} has not signed this year's pledge of confidentiality and "
            "non-discrimination. Nothing was changed. Record it with the committee's seats."
        )


class NotOfThisMeeting(Refused):
    """A seat of another committee, or not on that day; or already in the meeting."""

    def __init__(self, seat: Seat, why: str) -> None:
        super().__init__(f"{seat.name} {why}. Nothing was changed.")


class ReasonMissing(Refused):
    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


@action("credentialing.run_meeting")
def plan_meeting(
    *,
    actor: Actor,
    committee_id: int,
    starts_at: datetime,
    mode: str,
    place: str = "",
    now: datetime,
) -> Meeting:
    """
    Plan a meeting in real time.

    :raises NotInRealTime: by e-mail or any other way in which nobody hears the others
    :raises InThePast: if its time is over
    """
    if mode not in MODES:
        raise NotInRealTime(mode)
    if starts_at < now:
        raise InThePast
    meeting = Meeting.objects.create(
        committee=Committee.objects.get(pk=committee_id),
        starts_at=starts_at,
        mode=mode,
        place=place.strip(),
        planned_by_name=actor.name,
        planned_at=now,
    )
    record(actor=actor, action="credentialing.meeting.planned", subject=meeting, mode=mode)
    return meeting


@action("credentialing.run_meeting")
def cancel_meeting(*, actor: Actor, meeting_id: int, reason: str, now: datetime) -> Meeting:
    """
    Cancel a meeting that was not opened; its files wait for another.

    :raises MeetingElsewhere: once it was opened or cancelled
    :raises ReasonMissing: without words
    """
    meeting = locked_meeting(meeting_id)
    if meeting.opened_at or meeting.cancelled_at:
        raise MeetingElsewhere(meeting, "planned")
    if not reason.strip():
        raise ReasonMissing
    for item in meeting.items.filter(ended_at=None):
        _pull(item, f"the meeting was cancelled: {reason.strip()}", actor, now, Status.QUEUED)
    meeting.cancelled_at, meeting.cancel_reason = now, reason.strip()[:300]
    meeting.save(update_fields=["cancelled_at", "cancel_reason"])
    record(actor=actor, action="credentialing.meeting.cancelled", subject=meeting)
    return meeting


@action("credentialing.run_meeting")
def add_item(
    *, actor: Actor, meeting_id: int, event_id: int, now: datetime, late_reason: str = ""
) -> AgendaItem:
    """
    Put a verified file on an agenda; once that is locked only the chair does, saying why.

    :raises NotReady: if the file is not verified or is on an agenda
    :raises WouldNotHold: naming what would lapse by the day of the meeting
    :raises ChairNeeded: if the agenda is locked and the actor is not the chair, or says nothing
    """
    meeting = locked_meeting(meeting_id)
    if meeting.closed_at or meeting.cancelled_at:
        raise MeetingElsewhere(meeting, "still to be held")
    is_late = meeting.locked_at is not None
    if is_late and not (late_reason.strip() and _is_chair(actor, meeting)):
        raise ChairNeeded
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    if event.status not in DECIDABLE:
        raise NotReady(event)
    day = meeting_day(meeting)
    found = file_level(event, day)
    refuse_what_lapses(found, day)
    if event.status == Status.VERIFIED:
        take_step(event, Status.QUEUED, actor=actor, now=now)
    take_step(event, Status.ON_AGENDA, actor=actor, now=now, reason=f"of {meeting}"[:500])
    item = AgendaItem.objects.create(
        meeting=meeting,
        event=event,
        level=found.level,
        reasons=[[reason.code, reason.text] for reason in found.reasons],
        late_reason=late_reason.strip()[:300] if is_late else "",
        added_by_name=actor.name,
        added_at=now,
    )
    if is_late:
        _freeze(item, packet_of(event, day, found), now)
    record(actor=actor, action="credentialing.item.added", subject=item, event_id=event.pk,
           level=found.level.value)  # fmt: skip
    return item


def _is_chair(actor: Actor, meeting: Meeting) -> bool:
    seats = meeting.committee.seats.on(meeting_day(meeting)).filter(role=Seat.Role.CHAIR)
    return actor.user_id is not None and seats.filter(user_id=actor.user_id).exists()


def refuse_what_lapses(found: FileLevel, day: object) -> None:
    """
    Stop what needs a whole file.

    :raises WouldNotHold: naming what is not verified or would lapse by a day
    """
    if found.level is Level.UNFINISHED:
        names = [reason.text for reason in found.reasons if reason.code == "unfinished"]
        raise WouldNotHold("; ".join(names), day)


@action("credentialing.run_meeting")
def pull_item(*, actor: Actor, item_id: int, reason: str, now: datetime) -> AgendaItem:
    """
    Take a file off an agenda; it waits for another.

    :raises ReasonMissing: without words
    :raises MeetingElsewhere: if it ended already
    """
    item, meeting = locked_item(item_id)
    if item.ended_at is not None:
        raise MeetingElsewhere(meeting, "not done with the file")
    if not reason.strip():
        raise ReasonMissing
    _pull(item, reason.strip(), actor, now, Status.QUEUED)
    record(actor=actor, action="credentialing.item.pulled", subject=item)
    return item


def _pull(item: AgendaItem, reason: str, actor: Actor, now: datetime, then: Status) -> None:
    event = CredentialingEvent.objects.select_for_update().get(pk=item.event_id)
    if event.status == Status.ON_AGENDA:
        take_step(event, then, actor=actor, now=now, reason=reason[:500])
    end_item(item, AgendaItem.End.PULLED, reason, now)


def end_item(item: AgendaItem, kind: str, reason: str, now: datetime) -> None:
    """End an item, once."""
    item.ended_at, item.end_kind, item.end_reason = now, kind, reason[:1000]
    item.save(update_fields=["ended_at", "end_kind", "end_reason"])


def _freeze(item: AgendaItem, packet: str, now: datetime) -> None:
    item.frozen_at, item.packet, item.packet_sha256 = now, packet, digest_of(packet)
    item.save(update_fields=["frozen_at", "packet", "packet_sha256"])


@action("credentialing.run_meeting")
def lock_agenda(*, actor: Actor, meeting_id: int, now: datetime) -> list[AgendaItem]:
    """
    Lock an agenda and freeze its packets; gives the items that were taken off as they would lapse.

    :raises MeetingElsewhere: if it is locked or cancelled
    :raises NobodyWaits: if nothing is on it, or nothing stays
    """
    meeting = locked_meeting(meeting_id)
    if meeting.locked_at or meeting.cancelled_at:
        raise MeetingElsewhere(meeting, "planned")
    pulled = drop_lapsed(meeting, actor=actor, now=now)
    staying = list(meeting.items.filter(ended_at=None).select_related("event"))
    if not staying:
        raise NobodyWaits
    for item in staying:
        _freeze(item, packet_of(item.event, meeting_day(meeting)), now)
    meeting.rule = asdict(meeting.committee.quorum_rule)
    meeting.locked_at, meeting.locked_by_name = now, actor.name
    meeting.save(update_fields=["rule", "locked_at", "locked_by_name"])
    record(actor=actor, action="credentialing.agenda.locked", subject=meeting,
           packets={str(item.pk): item.packet_sha256 for item in staying})  # fmt: skip
    return pulled


def drop_lapsed(meeting: Meeting, *, actor: Actor, now: datetime) -> list[AgendaItem]:
    """Take files off an agenda of which something would not hold on the day, or was stopped."""
    day, pulled = meeting_day(meeting), []
    for item in meeting.items.filter(ended_at=None).select_related("event"):
        left = [r.text for r in file_level(item.event, day).reasons if r.code == "unfinished"]
        if item.event.status == Status.ON_AGENDA and not left:
            continue
        reason = "; ".join(left) or f"the file is {item.event.get_status_display()}"
        _pull(item, f"by the meeting: {reason}", actor, now, Status.VERIFYING)
        record(actor=actor, action="credentialing.item.lapsed", subject=item)
        pulled.append(item)
    return pulled


def step_agendas(now: datetime) -> int:
    """Take off planned agendas what would lapse by the meeting; a step of the sweep."""
    taken = 0
    soon = Meeting.objects.filter(
        opened_at=None, cancelled_at=None, items__ended_at=None, starts_at__gt=now
    )
    for meeting_id in set(soon.values_list("pk", flat=True)):
        meeting = Meeting.objects.select_related("committee").get(pk=meeting_id)
        day = meeting_day(meeting)
        items = meeting.items.filter(ended_at=None).select_related("event")
        if any(file_level(item.event, day).level is Level.UNFINISHED
               or item.event.status != Status.ON_AGENDA for item in items):  # fmt: skip
            taken += len(check_agenda(actor=Actor.system("clock"), meeting_id=meeting_id, now=now))
    return taken


@action("credentialing.run_meeting")
def check_agenda(*, actor: Actor, meeting_id: int, now: datetime) -> list[AgendaItem]:
    """Take off an agenda what would lapse by the day of the meeting."""
    meeting = locked_meeting(meeting_id)
    pulled = drop_lapsed(meeting, actor=actor, now=now)
    record(actor=actor, action="credentialing.agenda.checked", subject=meeting,
           pulled=len(pulled))  # fmt: skip
    return pulled


@action("credentialing.run_meeting")
def open_meeting(*, actor: Actor, meeting_id: int, now: datetime) -> Meeting:
    """
    Open a meeting on its day.

    :raises MeetingElsewhere: if its agenda is not locked, or it was opened or cancelled
    :raises TooEarly: on another day
    """
    meeting = locked_meeting(meeting_id)
    if not meeting.locked_at or meeting.opened_at or meeting.cancelled_at:
        raise MeetingElsewhere(meeting, "waiting with a locked agenda")
    if abs(now - meeting.starts_at) > timedelta(hours=12):
        raise TooEarly(meeting)
    drop_lapsed(meeting, actor=actor, now=now)
    meeting.opened_at = now
    meeting.save(update_fields=["opened_at"])
    record(actor=actor, action="credentialing.meeting.opened", subject=meeting)
    return meeting


@action("credentialing.run_meeting")
def arrive(*, actor: Actor, meeting_id: int, seat_id: int, now: datetime) -> Attendance:
    """
    Record that a member came into the meeting.

    :raises MeetingElsewhere: if it is not in session
    :raises NotOfThisMeeting: if they have no seat on that day, or are there
    :raises PledgeMissing: without this year's pledge
    """
    meeting = locked_meeting(meeting_id)
    if not meeting.is_in_session:
        raise MeetingElsewhere(meeting, "in session")
    seat, day = Seat.objects.get(pk=seat_id), meeting_day(meeting)
    if not meeting.committee.seats.on(day).filter(pk=seat_id).exists():
        raise NotOfThisMeeting(seat, "has no seat on this committee on that day")
    if not has_pledged(seat, day):
        raise PledgeMissing(seat)
    if meeting.attendances.filter(seat=seat, left_at=None).exists():
        raise NotOfThisMeeting(seat, "is in the meeting")
    stay = Attendance.objects.create(meeting=meeting, seat=seat, arrived_at=now)
    record(actor=actor, action="credentialing.member.arrived", subject=stay)
    return stay


@action("credentialing.run_meeting")
def leave(*, actor: Actor, meeting_id: int, seat_id: int, now: datetime) -> Attendance:
    """
    Record that a member left the meeting.

    :raises NotOfThisMeeting: if they are not there
    """
    locked_meeting(meeting_id)
    stay = Attendance.objects.filter(meeting=meeting_id, seat=seat_id, left_at=None).first()
    if stay is None:
        raise NotOfThisMeeting(Seat.objects.get(pk=seat_id), "is not in the meeting")
    stay.left_at = now
    stay.save(update_fields=["left_at"])
    record(actor=actor, action="credentialing.member.left", subject=stay)
    return stay


@action("credentialing.run_meeting")
def close_meeting(*, actor: Actor, meeting_id: int, now: datetime) -> Meeting:
    """
    Close a meeting: everybody leaves, and what was not decided waits for another.

    :raises MeetingElsewhere: if it is not in session
    """
    meeting = locked_meeting(meeting_id)
    if not meeting.is_in_session:
        raise MeetingElsewhere(meeting, "in session")
    for item in meeting.items.filter(ended_at=None):
        item.motions.filter(closed_at=None).update(
            closed_at=now, is_carried=False, result="not voted on: the meeting was closed"
        )
        _pull(item, "not reached in the meeting", actor, now, Status.QUEUED)
    meeting.attendances.filter(left_at=None).update(left_at=now)
    meeting.closed_at = now
    meeting.save(update_fields=["closed_at"])
    record(actor=actor, action="credentialing.meeting.closed", subject=meeting)
    return meeting


def locked_meeting(meeting_id: int) -> Meeting:
    """A meeting under lock: what is done in it is done one after the other."""
    Meeting.objects.select_for_update().get(pk=meeting_id)
    return Meeting.objects.select_related("committee").get(pk=meeting_id)


def locked_item(item_id: int) -> tuple[AgendaItem, Meeting]:
    """An item with its meeting under lock."""
    meeting = locked_meeting(
        AgendaItem.objects.values_list("meeting_id", flat=True).get(pk=item_id)
    )
    item = AgendaItem.objects.select_related("event", "meeting__committee").get(pk=item_id)
    return item, meeting
