"""A committee with five voting members, and verified files that wait for it, for tests."""

from datetime import UTC, date, datetime, timedelta

from credentialing.actions.committees import give_seat, record_pledge, set_committee
from credentialing.actions.deciding import cast_vote, close_motion, make_motion
from credentialing.actions.meetings import add_item, arrive, lock_agenda, open_meeting, plan_meeting
from credentialing.actions.verifying import (
    finish_verifying,
    open_facility_cycle,
    record_verification,
    review_verification,
)
from credentialing.models import CredentialingEvent, Decision, Meeting, Seat, Suspension
from credentialing.rules.elements import RULES
from ipaportal.core.roles import Role
from tests.factories import CLOCK, make_ipa
from tests.networks import make_credential, make_facility
from tests.people import actor_of, make_user

MEETS = datetime(2026, 12, 15, 20, tzinfo=UTC)
BEFORE = MEETS - timedelta(days=20)
PEOPLE = (
    ("Dr. Okafor", "chair", False, "Internal Medicine"),
    ("Dr. Lindqvist", "member", False, "Pediatrics"),
    ("Dr. Ibarra", "member", False, "Family Medicine"),
    ("Dr. Weiss", "member", True, "Cardiology"),
    ("Dr. Haddad", "member", True, "Surgery"),
    ("T. Novak", "staff", False, ""),
)


def make_committee() -> dict[str, Seat]:
    """A committee whose members have pledged; gives its seats by the last names."""
    make_ipa()
    committee = set_committee(actor=CLOCK, name="Credentialing committee", now=BEFORE)
    seats = {}
    for name, role, external, specialty in PEOPLE:
        seat = give_seat(
            actor=CLOCK,
            committee_id=committee.pk,
            name=name,
            role=role,
            specialty=specialty,
            is_external=external,
            effective_date=date(2025, 1, 1),
            now=BEFORE,
        )
        record_pledge(actor=CLOCK, seat_id=seat.pk, signed_date=BEFORE.date(), now=BEFORE)
        seats[name.split()[-1]] = seat
    return seats


def reviewer():
    """A named person who signs for what was verified."""
    return actor_of(
        make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak")
    )  # fmt: skip


def verify_all(event: CredentialingEvent, actor, now: datetime = BEFORE, **adverse: str) -> None:
    """Verify every element of an event, clean unless said otherwise by its code, and finish."""
    for element in event.elements.filter(dropped_at=None):
        verification = record_verification(
            actor=actor,
            element_id=element.pk,
            source=RULES[element.code].sources[0],
            method="web",
            as_of_date=now.date(),
            performed_at=now,
            result=adverse.get(element.code, "clean"),
            now=now,
        )
        review_verification(
            actor=actor,
            verification_id=verification.pk,
            is_accepted=True,
            text="looked at",
            now=now,
        )
    finish_verifying(actor=actor, event_id=event.pk, now=now)
    event.refresh_from_db()


def verified_lab(actor, number: int = 1, expires: date = date(2028, 1, 1), **adverse: str):
    """The verified event of a clinic for urgent care, which needs little."""
    facility = make_facility(number, f"Laurel Care {number}", kind="urgent")
    make_credential(facility, "fac_licence", number=f"L{number}", expires_date=expires)
    make_credential(
        facility,
        "liability",
        number=f"P{number}",
        per_claim_cents=100_000_000,
        aggregate_cents=300_000_000,
        expires_date=date(2028, 1, 1),
    )
    event = open_facility_cycle(
        actor=actor, facility_id=facility.pk, kind="initial", planned_decision_date=None, now=BEFORE
    )
    verify_all(event, actor, **adverse)
    return event


def planned(seats: dict[str, Seat], *events: CredentialingEvent) -> Meeting:
    """A meeting with files on its agenda."""
    committee_id = seats["Okafor"].committee_id
    meeting = plan_meeting(
        actor=CLOCK, committee_id=committee_id, starts_at=MEETS, mode="video", now=BEFORE
    )
    for event in events:
        add_item(actor=CLOCK, meeting_id=meeting.pk, event_id=event.pk, now=BEFORE)
    return meeting


def opened(seats: dict[str, Seat], *events: CredentialingEvent, here: str = "") -> Meeting:
    """A meeting in session with files, and the members of these names in it."""
    meeting = planned(seats, *events)
    lock_agenda(actor=CLOCK, meeting_id=meeting.pk, now=BEFORE + timedelta(days=10))
    open_meeting(actor=CLOCK, meeting_id=meeting.pk, now=MEETS)
    for name in (here or "Okafor Lindqvist Weiss").split():
        arrive(actor=CLOCK, meeting_id=meeting.pk, seat_id=seats[name].pk, now=MEETS)
    meeting.refresh_from_db()
    return meeting


def make_decided(name: str = "") -> dict[str, object]:
    """A meeting in which one file was decided; `name` is given to everything that has words."""
    seats = make_committee()
    if name:
        Seat.objects.update(name=name[:200])
    event = verified_lab(reviewer(), 77)
    meeting = opened(seats, event)
    item = meeting.items.get()
    motion = make_motion(
        actor=CLOCK,
        item_id=item.pk,
        kind="approved",
        text=name[:1000] or "meets every criterion",
        mover_id=seats["Okafor"].pk,
        seconder_id=seats["Lindqvist"].pk,
        now=MEETS,
    )
    later = MEETS + timedelta(minutes=1)
    for who in ("Okafor", "Lindqvist", "Weiss"):
        cast_vote(actor=CLOCK, motion_id=motion.pk, seat_id=seats[who].pk, choice="for", now=later)
    close_motion(actor=CLOCK, motion_id=motion.pk, now=later)
    return {
        "committee_id": meeting.committee_id,
        "seat_id": seats["Okafor"].pk,
        "meeting_id": meeting.pk,
        "item_id": item.pk,
        "decision_id": Decision.objects.get(event=event).pk,
        "credential_id": event.facility.credentials.first().pk,
        "suspension_id": Suspension.objects.create(
            facility=event.facility,
            reason=name[:500] or "a licence is over",
            effective_date=MEETS.date(),
            placed_by_name="test",
            placed_at=MEETS,
        ).pk,
    }
