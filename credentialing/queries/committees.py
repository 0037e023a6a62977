"""The committee as pages ask for it: meetings, one item on screen, quorum now, conflicts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from credentialing.models import (
    AgendaItem,
    CredentialingEvent,
    Decision,
    Meeting,
    Motion,
    Participation,
    PractitionerRole,
    Seat,
)
from credentialing.queries.levels import FileLevel, digest_of, file_level, packet_of
from credentialing.rules.conflicts import Standing, conflict_between
from credentialing.rules.decisions import is_late, notice_words
from credentialing.rules.events import Status
from credentialing.rules.quorum import Member, Quorum, Stay, is_present, quorum_at
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.queries.interests import interested_users

VIEW = "credentialing.view_committee"
DECIDABLE = (Status.VERIFIED, Status.QUEUED)


def may_view(actor: Actor) -> None:
    """
    Stop whoever may not see the committee's work.

    :raises NotPermitted: if they may not
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)


def meeting_day(meeting: Meeting) -> date:
    """The calendar day of a meeting, by which windows are judged."""
    return timezone.localdate(meeting.starts_at)


def meetings(*, actor: Actor) -> QuerySet[Meeting]:
    """Every meeting, with how many files are on its agenda and how many it decided."""
    may_view(actor)
    return Meeting.objects.select_related("committee").annotate(
        files=Count("items", filter=~Q(items__end_kind="pulled")),
        decided=Count("items", filter=Q(items__end_kind="decided")),
    )


def waiting_events(*, actor: Actor) -> QuerySet[CredentialingEvent]:
    """Verified files that are on no agenda."""
    may_view(actor)
    found = CredentialingEvent.objects.filter(status__in=DECIDABLE)
    return found.select_related("practitioner", "facility").order_by("planned_decision_date", "pk")


@dataclass(frozen=True)
class WaitingFile:
    """A verified file with its level on a day."""

    event: CredentialingEvent
    found: FileLevel

    @property
    def digest(self) -> str:
        """The hash of what would be decided on."""
        return digest_of(packet_of(self.event, self.day, self.found))

    day: date = date.min


def waiting_files(*, actor: Actor, day: date) -> list[WaitingFile]:
    """Verified files with their levels, as they will stand on a day."""
    return [
        WaitingFile(event, file_level(event, day), day) for event in waiting_events(actor=actor)
    ]


def members_on(meeting: Meeting) -> list[Seat]:
    """Who holds a seat on the day of a meeting."""
    return list(
        meeting.committee.seats.on(meeting_day(meeting)).select_related("practitioner", "user")
    )


def quorum_of(item: AgendaItem, at: datetime) -> Quorum:
    """The quorum for an item at a moment: after recusals, by who is in the meeting."""
    meeting = item.meeting
    members = [
        Member(seat.pk, seat.name, seat.is_voting, seat.is_chair, seat.is_external)
        for seat in members_on(meeting)
    ]
    recused = {recusal.seat_id for recusal in item.recusals.all()}
    return quorum_at(meeting.quorum_rule, members, stays_of(meeting), recused, at)


def stays_of(meeting: Meeting) -> list[Stay]:
    """Everybody's time in a meeting."""
    return [Stay(one.seat_id, one.arrived_at, one.left_at) for one in meeting.attendances.all()]


def user_of(seat: Seat) -> int | None:
    """The person who holds a seat, as they sign in; a practitioner's own user where none stands."""
    if seat.user_id is None and seat.practitioner is not None:
        return seat.practitioner.user_id
    return seat.user_id


def subject_of(event: CredentialingEvent) -> dict[str, list]:
    """Whom a file is about, as interests name them: parties of practices, and the NPI."""
    who = event.practitioner
    if who is None:
        return {"party_ids": [], "npis": [getattr(event.facility, "npi", "") or ""]}
    practices = Participation.objects.current().filter(practitioner=who.pk, end_date=None)
    parties = set(practices.values_list("practice__party_id", flat=True))
    application = getattr(event, "application", None)
    if application is not None:
        parties.add(application.party_id)
    return {"party_ids": sorted(parties), "npis": [who.npi]}


def conflicts_of(item: AgendaItem) -> dict[int, str]:
    """Seats that should be recused from an item, each with why; suggested, never done."""
    who = item.event.practitioner
    disclosed = interested_users(at=timezone.now(), **subject_of(item.event))
    said = {
        seat.pk: "disclosed an interest" for seat in members_on(item.meeting)
        if user_of(seat) in disclosed
    } if disclosed else {}  # fmt: skip
    if who is None:
        return said
    day = meeting_day(item.meeting)
    application = getattr(item.event, "application", None)
    about = standing_of(who.pk, who.specialty, day)
    if application is not None:
        practice = getattr(application.party, "practice", None)
        ids = about.practice_ids | ({practice.pk} if practice else set())
        about = Standing(about.practitioner_id, frozenset(ids), about.specialty,
                         about.areas | _areas_of(practice))  # fmt: skip
    found = {}
    for seat in members_on(item.meeting):
        if seat.practitioner_id is None:
            continue
        specialty = seat.specialty or seat.practitioner.specialty
        why = conflict_between(standing_of(seat.practitioner_id, specialty, day), about)
        if why:
            found[seat.pk] = why
    return found | said


def _areas_of(practice) -> frozenset[str]:
    return frozenset(p.zip_code[:3] for p in practice.locations.all()) if practice else frozenset()


def standing_of(practitioner_id: int, specialty: str, day: date) -> Standing:
    """What of a practitioner may conflict with another on a day."""
    through = Participation.objects.current().active_on(day).filter(practitioner=practitioner_id)
    practices = frozenset(through.values_list("practice_id", flat=True))
    roles = PractitionerRole.objects.filter(practitioner=practitioner_id)
    zips = set(roles.values_list("location__zip_code", flat=True)) | set(
        through.values_list("practice__locations__zip_code", flat=True)
    )
    areas = frozenset(code[:3] for code in zips if code)
    return Standing(practitioner_id, practices, specialty, areas)


@dataclass(frozen=True)
class Sitting:
    """A member in the room: present or not, recused or not, suggested to be, how they voted."""

    seat: Seat
    is_present: bool
    recused: str
    conflict: str
    choice: str
    was_here: bool = False


@dataclass(frozen=True)
class Room:
    """One item on screen, with everything around it."""

    meeting: Meeting
    items: list[AgendaItem]
    item: AgendaItem | None
    quorum: Quorum | None
    sittings: list[Sitting]
    motion: Motion | None
    motions: list[Motion]
    decision: Decision | None


def room(*, actor: Actor, meeting_id: int, item_id: int | None, at: datetime) -> Room:
    """
    A meeting with one of its items: the one asked for, or the first that is open.

    :raises Meeting.DoesNotExist: if there is none
    :raises AgendaItem.DoesNotExist: if the item is none of its own
    """
    may_view(actor)
    return read_room(meeting_id, item_id, at)


def read_room(meeting_id: int, item_id: int | None, at: datetime) -> Room:
    """The room itself, for whoever was let in: staff by permission, members by their seat."""
    meeting = Meeting.objects.select_related("committee").get(pk=meeting_id)
    items = list(
        meeting.items.select_related("event__practitioner", "event__facility", "meeting__committee")
    )
    item, stays = _item_asked(items, item_id), stays_of(meeting)
    if item is None:
        sittings = [_sitting(seat, stays, at, None, {}, {}) for seat in members_on(meeting)]
        return Room(meeting, items, None, None, sittings, None, [], None)
    motions = list(item.motions.select_related("mover", "seconder").prefetch_related("votes__seat"))
    motion = next((one for one in motions if one.closed_at is None), None)
    votes = {vote.seat_id: vote.choice for vote in motion.votes.all()} if motion else {}
    conflicts = conflicts_of(item)
    return Room(
        meeting=meeting,
        items=items,
        item=item,
        quorum=quorum_of(item, at),
        sittings=[
            _sitting(seat, stays, at, item, conflicts, votes) for seat in members_on(meeting)
        ],
        motion=motion,
        motions=motions,
        decision=Decision.objects.filter(event=item.event, motion__item=item).first(),
    )


def _item_asked(items: list[AgendaItem], item_id: int | None) -> AgendaItem | None:
    if item_id is not None:
        found = [item for item in items if item.pk == item_id]
        if not found:
            raise AgendaItem.DoesNotExist
        return found[0]
    open_ones = [item for item in items if item.ended_at is None]
    return (open_ones or items or [None])[0]


def _sitting(seat: Seat, stays: list[Stay], at: datetime, item, conflicts, votes) -> Sitting:
    recusals = {r.seat_id: r.reason for r in item.recusals.all()} if item is not None else {}
    return Sitting(
        seat,
        is_present(seat.pk, stays, at),
        recusals.get(seat.pk, ""),
        conflicts.get(seat.pk, ""),
        votes.get(seat.pk, ""),
        was_here=any(stay.member == seat.pk for stay in stays),
    )


@dataclass(frozen=True)
class LetterDue:
    """A decision with how its letter stands against its last day."""

    decision: Decision
    words: str
    is_late: bool


def letters(*, actor: Actor, today: date, show: str = "") -> list[LetterDue]:
    """Letters of decisions: those not sent yet, the late ones, or all; the most urgent first."""
    may_view(actor)
    rows = Decision.objects.select_related(
        "letter", "event__practitioner", "event__facility"
    ).order_by("notice_due_date", "pk")
    if show == "":
        rows = rows.filter(letter__isnull=True)
    found = [_letter(row, today) for row in rows]
    return [one for one in found if one.is_late] if show == "late" else found


def _letter(row: Decision, today: date) -> LetterDue:
    letter = getattr(row, "letter", None)
    issued = letter.issued_date if letter is not None else None
    return LetterDue(
        row,
        notice_words(row.notice_due_date, issued, today),
        is_late(row.notice_due_date, issued, today),
    )
