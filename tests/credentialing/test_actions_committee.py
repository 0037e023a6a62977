"""The committee: agendas that hold on the day, quorum per item, votes in the room, minutes."""

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from credentialing.actions.deciding import (
    ConditionsMissing,
    DenialUnexplained,
    FileChanged,
    NotClean,
    NotConfirmed,
    SecondProvisional,
    VotesMissing,
    approve_clean_file,
    cast_vote,
    close_motion,
    keep_decision,
    make_motion,
    meet_condition,
    recuse,
)
from credentialing.actions.letters import LetterSent, TrackingMissing, issue_letter
from credentialing.actions.meetings import (
    ChairNeeded,
    NotInRealTime,
    PledgeMissing,
    ReasonMissing,
    TooEarly,
    WouldNotHold,
    add_item,
    arrive,
    close_meeting,
    leave,
    lock_agenda,
    open_meeting,
    plan_meeting,
    step_agendas,
)
from credentialing.actions.minutes import MinutesSigned, sign_minutes, write_discussion
from credentialing.actions.room import NoQuorum, NotInTheRoom, TakesNoPart, VotedBefore
from credentialing.actions.sitting import NotYourSeat, cast_own_vote, recuse_oneself
from credentialing.models import (
    AgendaItem,
    CredentialingEvent,
    Decision,
    Discussion,
    Element,
    Minutes,
    Seat,
    SelfDescription,
    Vote,
)
from credentialing.queries.committees import conflicts_of, letters, waiting_files
from credentialing.queries.discussions import discussions
from credentialing.queries.levels import file_level, packet_of
from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.credentialing.applying import applied
from tests.credentialing.committees import (
    BEFORE,
    MEETS,
    make_committee,
    opened,
    planned,
    reviewer,
    verified_lab,
)
from tests.credentialing.screening import make_match
from tests.factories import CLOCK, make_practice
from tests.people import actor_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db
LATER = MEETS + timedelta(minutes=30)
ENDS = MEETS + timedelta(minutes=50)


@pytest.fixture
def novak():
    return reviewer()


@pytest.fixture
def seats():
    return make_committee()


def move(item, seats, kind="approved", by=("Okafor", "Lindqvist"), **other):
    values = {"text": "meets every criterion", "now": LATER, **other}
    mover, seconder = (seats[name].pk for name in by)
    return make_motion(
        actor=CLOCK, item_id=item.pk, kind=kind, mover_id=mover, seconder_id=seconder, **values
    )


def vote(motion, seats, now=LATER, **choices):
    for name, choice in choices.items():
        cast_vote(actor=CLOCK, motion_id=motion.pk, seat_id=seats[name].pk, choice=choice, now=now)


def carried(item, seats, **other):
    motion = move(item, seats, **other)
    vote(motion, seats, Okafor="for", Lindqvist="for", Weiss="for")
    return close_motion(actor=CLOCK, motion_id=motion.pk, now=LATER)


def test_decides_a_file_in_the_room_and_proves_it(novak, seats):
    event = verified_lab(novak, liability="adverse")
    meeting = opened(seats, event)
    item = meeting.items.get()
    assert item.level == "discussion"
    assert len(item.packet_sha256) == 64
    motion = carried(item, seats)
    assert motion.result == "3 for, 0 against, 0 abstained"
    decision = Decision.objects.get()
    assert decision.decision_date == date(2026, 12, 15)
    assert decision.next_due_date == date(2029, 12, 31)
    assert decision.notice_due_date == date(2027, 1, 14)
    assert decision.packet_sha256 == item.packet_sha256
    event.refresh_from_db()
    assert (event.status, event.next_due_date) == ("approved", date(2029, 12, 31))
    close_meeting(actor=CLOCK, meeting_id=meeting.pk, now=ENDS)
    minutes = sign_minutes(actor=CLOCK, meeting_id=meeting.pk, now=LATER)
    said = json.loads(minutes.content)
    assert said["files"][0]["motions"][0]["votes"] == [
        ["Dr. Okafor", "for"],
        ["Dr. Lindqvist", "for"],
        ["Dr. Weiss", "for"],
    ]
    with pytest.raises(MinutesSigned):
        sign_minutes(actor=CLOCK, meeting_id=meeting.pk, now=LATER)
    sign_minutes(actor=CLOCK, meeting_id=meeting.pk, addendum="Dr. Weiss by video.", now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        Minutes.objects.update(content="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.update(choice="against")
    with pytest.raises(DatabaseError), transaction.atomic():
        AgendaItem.objects.update(packet="other")
    assert breaches() == []


def test_email_mode_is_refused(seats):
    for mode in ("email", ""):
        with pytest.raises(NotInRealTime):
            plan_meeting(
                actor=CLOCK,
                committee_id=seats["Okafor"].committee_id,
                starts_at=MEETS,
                mode=mode,
                now=BEFORE,
            )


def test_quorum_lost_by_recusal_refuses_the_vote(novak, seats):
    meeting = opened(seats, verified_lab(novak))
    item = meeting.items.get()
    recuse(actor=CLOCK, item_id=item.pk, seat_id=seats["Weiss"].pk, reason="partner", now=LATER)
    motion = move(item, seats)
    with pytest.raises(NoQuorum, match="2 voting members count for this item, 3 are needed"):
        vote(motion, seats, Okafor="for")
    with pytest.raises(TakesNoPart):
        vote(motion, seats, Weiss="for")
    for name in ("Ibarra", "Haddad"):
        arrive(actor=CLOCK, meeting_id=meeting.pk, seat_id=seats[name].pk, now=LATER)
    vote(motion, seats, Okafor="for", Lindqvist="for", Ibarra="against", Haddad="against")
    motion = close_motion(actor=CLOCK, motion_id=motion.pk, now=LATER)
    assert motion.is_carried
    assert motion.result == "2 for, 2 against, 0 abstained: a tie, decided by the chair"


def test_a_vote_needs_presence_at_that_time(novak, seats):
    meeting = opened(seats, verified_lab(novak))
    item = meeting.items.get()
    motion = move(item, seats)
    with pytest.raises(NotInTheRoom, match="never by e-mail"):
        vote(motion, seats, Haddad="for")
    vote(motion, seats, Okafor="for")
    with pytest.raises(VotedBefore):
        vote(motion, seats, Okafor="against")
    with pytest.raises(VotesMissing, match=r"Dr\. Lindqvist, Dr\. Weiss"):
        close_motion(actor=CLOCK, motion_id=motion.pk, now=LATER)
    leave(actor=CLOCK, meeting_id=meeting.pk, seat_id=seats["Weiss"].pk, now=LATER)
    with pytest.raises(NotInTheRoom):
        vote(motion, seats, now=LATER, Weiss="for")
    with pytest.raises(NoQuorum):
        close_motion(actor=CLOCK, motion_id=motion.pk, now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        Vote.objects.create(
            motion=motion, seat=seats["Haddad"], choice="for", voted_at=LATER, recorded_by_name="x"
        )
    assert motion.votes.count() == 1


def test_decision_without_reason_is_refused(novak, seats):
    meeting = opened(seats, verified_lab(novak))
    item = meeting.items.get()
    with pytest.raises(ReasonMissing):
        move(item, seats, text=" ")
    with pytest.raises(DenialUnexplained):
        move(item, seats, kind="denied")
    with pytest.raises(ConditionsMissing):
        move(item, seats, kind="approved_conditions")
    past = [("send the report", date(2026, 12, 15))]
    with pytest.raises(ConditionsMissing):
        move(item, seats, kind="approved_conditions", conditions=past)
    with pytest.raises(TakesNoPart):
        move(item, seats, by=("Novak", "Okafor"))
    with pytest.raises(TakesNoPart):
        move(item, seats, by=("Okafor", "Okafor"))
    assert item.motions.count() == 0


def test_an_item_is_kept_off_if_it_would_lapse_by_the_meeting(novak, seats):
    lapses = verified_lab(novak, expires=date(2026, 12, 14))
    holds = verified_lab(novak, 2, expires=date(2026, 12, 15))
    meeting = planned(seats, holds)
    with pytest.raises(WouldNotHold, match="expires on 2026-12-14, before the decision"):
        add_item(actor=CLOCK, meeting_id=meeting.pk, event_id=lapses.pk, now=BEFORE)
    lapses.refresh_from_db()
    assert lapses.status == "verified"
    assert step_agendas(BEFORE) == 0
    Element.objects.create(event=holds, code="accreditation", added_at=BEFORE)
    assert step_agendas(BEFORE) == 1
    assert step_agendas(BEFORE) == 0
    item = meeting.items.get()
    assert (item.end_kind, "Accreditation: missing" in item.end_reason) == ("pulled", True)
    holds.refresh_from_db()
    assert holds.status == "verifying"


def test_a_member_votes_once_from_their_own_sign_in_and_may_step_aside(novak, seats):
    """Dr. Weiss is a doctor from outside, who otherwise sees her own practice alone."""
    clinic = make_practice("Weiss Cardiology", "990000088").party
    weiss, haddad, other = (
        actor_of(make_user(f"{name}@weiss.example", Role.PROVIDER, party=clinic))
        for name in ("weiss", "haddad", "other")
    )
    sat = {"Weiss": weiss, "Ibarra": weiss, "Haddad": haddad}
    for name, who in sat.items():
        Seat.objects.filter(pk=seats[name].pk).update(user=who.user_id)
    here = "Okafor Lindqvist Weiss Haddad Ibarra"
    meeting = opened(seats, verified_lab(novak), verified_lab(novak, 2), here=here)
    first, second = meeting.items.order_by("pk")
    recuse_oneself(actor=haddad, item_id=first.pk, reason="my brother owns it", now=MEETS)
    moved = {"mover_id": seats["Okafor"].pk, "seconder_id": seats["Lindqvist"].pk, "now": MEETS}
    motion = make_motion(actor=novak, item_id=first.pk, kind="approved", text="fine", **moved)
    given = {"motion_id": motion.pk, "choice": "for", "now": MEETS}
    with pytest.raises(NotYourSeat):
        cast_own_vote(actor=other, **given)
    with pytest.raises(TakesNoPart, match="recused"):
        cast_own_vote(actor=haddad, **given)
    assert motion.votes.count() == 0
    assert cast_own_vote(actor=weiss, **given).seat.name in ("Dr. Weiss", "Dr. Ibarra")
    with pytest.raises(VotedBefore):
        cast_own_vote(actor=weiss, **given)
    with pytest.raises(VotedBefore):
        cast_vote(actor=novak, seat_id=seats["Weiss"].pk, **given)
    leave(actor=novak, meeting_id=meeting.pk, seat_id=seats["Haddad"].pk, now=MEETS)
    again = make_motion(actor=novak, item_id=second.pk, kind="approved", text="fine", **moved)
    with pytest.raises(NotInTheRoom):
        cast_own_vote(actor=haddad, motion_id=again.pk, choice="for", now=MEETS)
    assert [(vote.recorded_by_id, vote.choice) for vote in Vote.objects.all()] == [
        (weiss.user_id, "for")
    ]


def test_a_locked_agenda_is_the_chairs_and_opens_on_its_day_with_pledges(novak, seats):
    first, late = verified_lab(novak), verified_lab(novak, 2)
    meeting = planned(seats, first)
    lock_agenda(actor=CLOCK, meeting_id=meeting.pk, now=BEFORE)
    add = {"meeting_id": meeting.pk, "event_id": late.pk, "now": BEFORE}
    with pytest.raises(ChairNeeded):
        add_item(actor=novak, late_reason="urgent", **add)
    user = make_user("okafor@ipa.example", Role.MEDICAL_DIRECTOR)
    type(seats["Okafor"]).objects.filter(pk=seats["Okafor"].pk).update(user=user)
    with pytest.raises(ChairNeeded):
        add_item(actor=actor_of(user), **add)
    item = add_item(actor=actor_of(user), late_reason="opens next week", **add)
    assert item.packet_sha256
    with pytest.raises(TooEarly):
        open_meeting(actor=CLOCK, meeting_id=meeting.pk, now=MEETS - timedelta(days=1))
    open_meeting(actor=CLOCK, meeting_id=meeting.pk, now=MEETS)
    newcomer = type(seats["Weiss"]).objects.create(
        committee=meeting.committee, name="Dr. New", effective_date=date(2026, 1, 1)
    )
    with pytest.raises(PledgeMissing):
        arrive(actor=CLOCK, meeting_id=meeting.pk, seat_id=newcomer.pk, now=MEETS)
    assert meeting.attendances.count() == 0


def test_conditions_end_in_an_approval_and_a_letter_closes_it(novak, seats):
    event = verified_lab(novak)
    item = opened(seats, event).items.get()
    conditions = [("proof of the new lease", date(2027, 1, 31))]
    carried(item, seats, kind="approved_conditions", conditions=conditions)
    decision = Decision.objects.get()
    send = {"actor": CLOCK, "decision_id": decision.pk, "now": LATER}
    letter = issue_letter(channel="portal", tracking="", **send)
    assert read_stored(letter.pdf_sha256)[:5] == b"%PDF-"
    with pytest.raises(LetterSent):
        issue_letter(channel="portal", tracking="", **send)
    event.refresh_from_db()
    assert event.status == "approved_conditions"
    meet_condition(
        actor=CLOCK, condition_id=decision.conditions.get().pk, text="lease seen", now=LATER
    )
    event.refresh_from_db()
    assert event.status == "closed"
    assert breaches() == []


def test_a_denial_goes_by_certified_mail_and_a_late_letter_is_named(novak, seats):
    item = opened(seats, verified_lab(novak)).items.get()
    carried(item, seats, kind="denied", reason_code="threshold", text="no state licence")
    decision = Decision.objects.get()
    assert decision.next_due_date is None
    assert [one.is_late for one in letters(actor=CLOCK, today=date(2027, 1, 14))] == [False]
    late = letters(actor=CLOCK, today=date(2027, 1, 15), show="late")
    assert [one.words for one in late] == ["late by 1 day"]
    send = {"actor": CLOCK, "decision_id": decision.pk, "now": LATER + timedelta(days=31)}
    with pytest.raises(TrackingMissing):
        issue_letter(channel="portal", tracking="", **send)
    letter = issue_letter(channel="certified", tracking="9400 1", **send)
    assert letter.issued_date == date(2027, 1, 15)
    assert letters(actor=CLOCK, today=LATER.date(), show="all")[0].words == "sent 1 day late"
    assert DomainEvent.objects.get(action="credentialing.letter.issued").details["is_late"]


def test_a_deferred_file_is_verified_anew(novak, seats):
    event = verified_lab(novak)
    item = opened(seats, event).items.get()
    carried(item, seats, kind="deferred", text="the lease is missing")
    event.refresh_from_db()
    item.refresh_from_db()
    assert (event.status, item.end_kind, Decision.objects.count()) == ("verifying", "deferred", 0)


def test_the_director_approves_clean_files_that_he_saw_after_confirming(novak):
    director = actor_of(make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito"))
    clean, other = verified_lab(novak), verified_lab(novak, 2, liability="adverse")
    waiting = waiting_files(actor=director, day=BEFORE.date())
    digests = {one.event.pk: one.digest for one in waiting}
    assert [one.found.is_clean for one in waiting] == [True, False]
    give = {"actor": director, "event_id": clean.pk, "seen_digest": digests[clean.pk]}
    old = BEFORE - timedelta(minutes=6)
    for wrong in ({"confirmed_at": old}, {"confirmed_at": None}):
        with pytest.raises(NotConfirmed):
            approve_clean_file(**give, now=BEFORE, **wrong)
    with pytest.raises(NotConfirmed):
        approve_clean_file(**{**give, "actor": CLOCK}, now=BEFORE, confirmed_at=BEFORE)
    with pytest.raises(FileChanged):
        approve_clean_file(**{**give, "seen_digest": "0"}, now=BEFORE, confirmed_at=BEFORE)
    with pytest.raises(NotClean, match="Liability cover"):
        approve_clean_file(
            **{**give, "event_id": other.pk, "seen_digest": digests[other.pk]},
            now=BEFORE,
            confirmed_at=BEFORE,
        )
    decision = approve_clean_file(**give, now=BEFORE, confirmed_at=BEFORE)
    assert (decision.decided_by_name, decision.motion) == ("Dr. Ito", None)
    with pytest.raises(NotPermitted):
        approve_clean_file(**{**give, "actor": novak}, now=BEFORE, confirmed_at=BEFORE)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.update(text="other")


def test_a_second_provisional_is_refused(novak):
    first = verified_lab(novak)
    CredentialingEvent.objects.filter(pk=first.pk).update(kind="provisional")
    first.refresh_from_db()
    give = {"outcome": "approved", "text": "residency ended in June", "level": "clean",
            "packet_sha256": "", "by": "Dr. Ito", "actor": novak, "now": BEFORE}  # fmt: skip
    CredentialingEvent.objects.filter(pk=first.pk).update(status="queued")
    first.refresh_from_db()
    with transaction.atomic():
        decision = keep_decision(first, day=BEFORE.date(), **give)
    assert decision.ends_date == BEFORE.date() + timedelta(days=61)
    assert decision.next_due_date is None
    again = CredentialingEvent.objects.create(
        facility=first.facility, kind="provisional", status="queued", opened_at=BEFORE,
        opened_by_name="test",
    )  # fmt: skip
    with pytest.raises(SecondProvisional):
        keep_decision(again, day=BEFORE.date(), **give)


def test_the_packet_hides_what_nobody_may_decide_on(novak, seats):
    application, _ = applied()
    who = application.practitioner
    SelfDescription.objects.create(
        practitioner=who, race="Raceword", ethnicity="Ethnicword", languages="Tongueword"
    )
    event = CredentialingEvent.objects.get(pk=application.event_id)
    text = packet_of(event, MEETS.date())
    for hidden in (
        "Raceword",
        "Ethnicword",
        "Tongueword",
        "1984",
        "6655",
        '"F"',
        "gender",
        "birth",
    ):
        assert hidden not in text
    assert "Iris Tern" in text
    assert "Harbor School of Medicine" in text
    assert not file_level(event, MEETS.date()).is_clean


def test_discussion_is_sealed_apart_and_in_no_log(novak, seats):
    meeting = opened(seats, verified_lab(novak))
    item = meeting.items.get()
    words = "Peersaid: the outcome of the chart review was poor."
    write_discussion(actor=novak, meeting_id=meeting.pk, item_id=item.pk, text=words, now=LATER)
    assert [one.text for one in discussions(actor=novak, meeting_id=meeting.pk)] == [words]
    admin = actor_of(make_user("ada@ipa.example", Role.NETWORK_ADMIN, Role.COMPLIANCE_OFFICER))
    with pytest.raises(NotPermitted):
        discussions(actor=admin, meeting_id=meeting.pk)
    with pytest.raises(NotPermitted):
        write_discussion(actor=admin, meeting_id=meeting.pk, item_id=None, text="x", now=LATER)
    logged = json.dumps([event.details for event in DomainEvent.objects.all()])
    assert "Peersaid" not in logged
    assert b"Peersaid" not in bytes(Discussion.objects.get().text_encrypted)
    close_meeting(actor=CLOCK, meeting_id=meeting.pk, now=ENDS)
    assert "Peersaid" not in sign_minutes(actor=CLOCK, meeting_id=meeting.pk, now=LATER).content


def test_suggests_who_should_step_aside(novak, seats):
    application, _ = applied()
    event = CredentialingEvent.objects.get(pk=application.event_id)
    item = AgendaItem(meeting=planned(seats, verified_lab(novak)), event=event)
    type(seats["Ibarra"]).objects.filter(pk=seats["Ibarra"].pk).update(
        practitioner=application.practitioner
    )
    assert conflicts_of(item) == {seats["Ibarra"].pk: "is the provider themselves"}


def test_a_match_on_an_exclusion_list_keeps_a_file_off_every_agenda(novak, seats):
    application, _ = applied()
    event = CredentialingEvent.objects.get(pk=application.event_id)
    meeting = planned(seats)
    make_match(application.practitioner, BEFORE, "list.csv")
    reasons = [reason.text for reason in file_level(event, MEETS.date()).reasons]
    assert "a match on an exclusion list is not cleared (Iris Tern on LEIE)" in reasons
    CredentialingEvent.objects.filter(pk=event.pk).update(status="verified")
    with pytest.raises(WouldNotHold, match="a match on an exclusion list is not cleared"):
        add_item(actor=CLOCK, meeting_id=meeting.pk, event_id=event.pk, now=BEFORE)
