"""The demo's committee: one meeting held with its minutes, one to come, one clean file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from credentialing.actions.committees import give_seat, record_pledge, set_committee
from credentialing.actions.deciding import cast_vote, close_motion, make_motion, recuse
from credentialing.actions.letters import issue_letter
from credentialing.actions.meetings import (
    add_item,
    arrive,
    close_meeting,
    lock_agenda,
    open_meeting,
    plan_meeting,
)
from credentialing.actions.minutes import sign_minutes, write_discussion
from credentialing.models import AgendaItem, Committee, CredentialingEvent, Decision, Meeting, Seat
from ipaportal.core.actors import Actor
from ipaportal.home.demo.facilities import verified_facility
from ipaportal.identity.models import User

SAID = (
    "Dr. Adeyemi asked whether the claim concerned reading or scheduling; the file shows that it "
    "was scheduling. Dr. Fontaine would have the carrier's letter before the year ends."
)
HELD_AGO, MEETS_IN = timedelta(days=20), timedelta(days=10)
OUTSIDE = "Dr. L. Fontaine"
SEATS = (
    ("Dr. P. Castellan", "chair", False, "Internal Medicine"),
    ("Dr. M. Sorensen", "deputy", False, "Family Medicine"),
    ("Dr. R. Adeyemi", "member", False, "Pediatrics"),
    (OUTSIDE, "member", True, "Cardiology"),
    ("Dr. H. Takahashi", "member", True, "General Surgery"),
    ("T. Novak", "staff", False, ""),
)


@dataclass(frozen=True)
class People:
    """Who acts in the committee's story."""

    admin: Actor
    specialist: Actor
    director: Actor


def hold_committee(
    *,
    people: People,
    now: datetime,
    decided: Sequence[CredentialingEvent] = (),
    coming: Sequence[CredentialingEvent] = (),
) -> bool:
    """
    Found the committee and let it meet once, all of it or nothing; whether there was work.

    Six facilities come before it; `decided` practitioners are approved in the meeting that was
    held, those `coming` stand on the next agenda.
    """
    if Committee.objects.exists():
        return False
    with transaction.atomic():
        seats = _found(people, now - timedelta(days=60))
        first, then = now - timedelta(days=45), now - timedelta(days=6)
        files = [
            verified_facility(place, actor=people.specialist, now=first if place < 3 else then)
            for place in range(6)
        ]
        _hold(people, seats, [*files[:3], *decided], now - HELD_AGO)
        meeting = _plan(people, seats, now + MEETS_IN, now)
        for event in (*coming, *files[3:5]):
            add_item(actor=people.specialist, meeting_id=meeting.pk, event_id=event.pk, now=now)
    return True


def _found(people: People, now: datetime) -> list[Seat]:
    committee = set_committee(
        actor=people.admin,
        name="Credentialing committee",
        protection_text="Confidential peer review: Cal. Evidence Code 1157 (unverified).",
        now=now,
    )
    found = []
    for name, role, is_external, specialty in SEATS:
        seat = give_seat(
            actor=people.admin,
            committee_id=committee.pk,
            name=name,
            role=role,
            specialty=specialty,
            is_external=is_external,
            effective_date=(now - timedelta(days=300)).date(),
            now=now,
        )
        record_pledge(actor=people.specialist, seat_id=seat.pk, signed_date=now.date(), now=now)
        found.append(seat)
    Seat.objects.filter(pk=found[0].pk).update(user=people.director.user_id)
    # A member from outside, who reads and votes from her own sign-in.
    for user in User.objects.filter(name=OUTSIDE):
        Seat.objects.filter(name=OUTSIDE).update(user=user)
    return found


def _plan(people: People, seats: list[Seat], starts_at: datetime, now: datetime) -> Meeting:
    return plan_meeting(
        actor=people.specialist,
        committee_id=seats[0].committee_id,
        starts_at=starts_at.replace(minute=0, second=0, microsecond=0),
        mode="video",
        place="the committee's video room",
        now=now,
    )


def _hold(people: People, seats: list[Seat], files: list[CredentialingEvent], at: datetime):
    actor = people.specialist
    meeting = _plan(people, seats, at, at - timedelta(days=14))
    start = meeting.starts_at
    for event in files:
        add_item(actor=actor, meeting_id=meeting.pk, event_id=event.pk, now=start)
    lock_agenda(actor=actor, meeting_id=meeting.pk, now=start)
    open_meeting(actor=actor, meeting_id=meeting.pk, now=start)
    for seat in seats:
        arrive(actor=actor, meeting_id=meeting.pk, seat_id=seat.pk, now=start)
    due = (start + timedelta(days=75)).date()
    moves = {
        "Harbor": ("approved", "meets every criterion", ()),
        "Lantern": (
            "approved_conditions",
            "the claim is explained and was closed without payment",
            (("send the carrier's closing letter", due),),
        ),
        "Millrace": ("deferred", "the licence is renewed soon: look again with the new one", ()),
    }
    items = meeting.items.select_related("event__facility")
    for number, item in enumerate(sorted(items, key=lambda one: one.pk)):
        word = str(item).split()[0]
        when = start + timedelta(minutes=5 + 10 * number)
        move = moves.get(word, moves["Harbor"])
        _decide(actor, item, seats, move, when, recused=word == "Lantern")
        if word == "Lantern":
            write_discussion(
                actor=people.director, meeting_id=meeting.pk, item_id=item.pk, text=SAID, now=when
            )
    end = start + timedelta(minutes=80)
    close_meeting(actor=actor, meeting_id=meeting.pk, now=end)
    sign_minutes(actor=people.director, meeting_id=meeting.pk, now=end + timedelta(days=1))
    told = Decision.objects.filter(motion__item__meeting=meeting).order_by("pk").first()
    issue_letter(
        actor=actor,
        decision_id=told.pk,
        channel="portal",
        tracking="",
        now=end + timedelta(days=6),
    )


def _decide(
    actor: Actor,
    item: AgendaItem,
    seats: list[Seat],
    move: tuple[str, str, tuple],
    now: datetime,
    *,
    recused: bool,
) -> None:
    kind, text, conditions = move
    voters = [seat for seat in seats if seat.is_voting]
    if recused:
        away = voters.pop()
        recuse(
            actor=actor, item_id=item.pk, seat_id=away.pk, reason="refers patients there", now=now
        )
    motion = make_motion(
        actor=actor,
        item_id=item.pk,
        kind=kind,
        text=text,
        mover_id=voters[1].pk,
        seconder_id=voters[2].pk,
        conditions=conditions,
        now=now,
    )
    for seat in voters:
        cast_vote(actor=actor, motion_id=motion.pk, seat_id=seat.pk, choice="for", now=now)
    close_motion(actor=actor, motion_id=motion.pk, now=now + timedelta(minutes=2))
