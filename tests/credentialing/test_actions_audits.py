"""Audits: a sample anybody draws again, covers by the rule of the day, packets without secrets."""

import io
import json
import zipfile
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from credentialing.actions.audits import (
    BadSeed,
    FindingUnexplained,
    NoSuchElement,
    NothingDecided,
    NothingModified,
    PacketAsked,
    advance_packet,
    ask_packet,
    draw_sample,
    mark_file,
    step_packets,
)
from credentialing.actions.deciding import cast_vote, close_motion, make_motion
from credentialing.actions.letters import issue_letter
from credentialing.actions.meetings import close_meeting
from credentialing.actions.minutes import sign_minutes
from credentialing.actions.verifying import start_verifying
from credentialing.formats.application_pdf import render_application
from credentialing.models import (
    AuditMark,
    AuditSample,
    CredentialingEvent,
    Decision,
    Element,
    Review,
    SampledFile,
    SelfDescription,
    Verification,
)
from credentialing.queries.audit_papers import papers_of
from credentialing.queries.audits import marked_sheet
from credentialing.rules.audit_samples import Decided, drawn, population_hash
from credentialing.rules.elements import RULES
from ipaportal.core.files import read_stored, store
from ipaportal.core.notes import open_note, read_verifier_key
from ipaportal.core.roles import Role
from tests.credentialing import committees as given
from tests.credentialing.applying import applied
from tests.credentialing.rostering import list_doctor, make_delegation
from tests.factories import CLOCK, NOON, make_contract
from tests.networks import give_secrets, make_credential
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
SSN = "899-77-6655"


def verified(event, code, *, days, source="", evidence=b"", name="scan.txt"):
    """An element with a signed verification, so many days before the decision."""
    asked = NOON.replace(year=2026, month=1, day=20) - timedelta(days=days)
    element = Element.objects.create(event=event, code=code, added_at=asked)
    one = Verification.objects.create(
        element=element,
        source=source or RULES[code].sources[0],
        method="web",
        as_of_date=asked.date(),
        performed_at=asked,
        recorded_at=asked,
        result="clean",
        note="peer discussion: keep out",
        evidence_sha256=store(evidence).sha256 if evidence else "",
        evidence_name=name if evidence else "",
        collected_by_name="test",
    )
    Review.objects.create(
        verification=one,
        is_accepted=True,
        reviewed_by_id=1,
        reviewed_by_name="T. Novak",
        reviewed_at=asked,
    )


@pytest.fixture
def novak():
    return actor_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak"))


@pytest.fixture
def sun():
    make_contract()
    return make_delegation()


def draw(actor, payer_id, seed="2026", first=FIRST, last=LAST):
    return draw_sample(
        actor=actor, payer_party_id=payer_id, first_date=first, last_date=last, seed=seed, now=NOON
    )


def change_something():
    """Everybody's board certificate was replaced while their file was open."""
    at = NOON.replace(month=1, day=3)
    CredentialingEvent.objects.update(opened_at=at)
    for event in CredentialingEvent.objects.exclude(practitioner=None):
        make_credential(event.practitioner, kind="board", number="B1", superseded_at=at)


def test_draws_what_anybody_can_draw_again_and_keeps_it(novak, sun):
    for number, name in enumerate(("Alvarez", "Bell", "Cole"), 1):
        list_doctor(sun, number, name)
    sample = draw(novak, sun.payer_party_id)
    lines = [line.split("\t") for line in sample.population.splitlines()]
    again = [Decided(int(no), kind, date.fromisoformat(day)) for no, kind, day in lines]
    assert population_hash(again) == sample.population_sha256
    places = [one.event_id for one in drawn(again, "2026", 30)]
    assert [file.event_id for file in sample.files.all()] == places
    assert len(draw(novak, sun.payer_party_id, seed="").seed) == 16
    with pytest.raises(BadSeed):
        draw(novak, sun.payer_party_id, seed="a b")
    with pytest.raises(NothingDecided):
        draw(novak, sun.payer_party_id, first=date(2020, 1, 1), last=date(2020, 2, 1))
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditSample.objects.update(seed="other")
    change_something()
    assert draw(novak, None).kind == "integrity"


def test_the_audit_of_integrity_looks_at_files_that_were_changed(novak, sun):
    changed, asked_twice, untouched = (
        list_doctor(sun, number, name).role.practitioner
        for number, name in enumerate(("Alvarez", "Bell", "Cole"), 1)
    )
    with pytest.raises(NothingModified, match="nothing was changed"):
        draw(novak, None)
    event = asked_twice.cycles.get()
    verified(event, "npi", days=40)
    element = event.elements.get()
    Verification.objects.create(
        element=element, source="nppes", method="web", as_of_date=date(2026, 1, 2),
        performed_at=NOON.replace(month=1, day=2), recorded_at=NOON, result="clean",
        collected_by_name="test",
    )  # fmt: skip
    at = NOON.replace(month=1, day=3)
    CredentialingEvent.objects.update(opened_at=at)
    make_credential(changed, kind="board", number="B1", superseded_at=at)
    make_credential(untouched, kind="board", number="B2", superseded_at=at - timedelta(days=1))
    sample = draw(novak, None)
    assert {file.event.practitioner for file in sample.files.all()} == {changed, asked_twice}
    assert len(sample.population.splitlines()) == 2
    plan = draw(novak, sun.payer_party_id)
    assert plan.files.count() == 3


def test_judges_each_element_by_the_rule_of_the_day(novak, sun):
    event = list_doctor(sun).role.practitioner.cycles.get()
    verified(event, "npi", days=120)
    verified(event, "opt_out", days=121)
    Element.objects.create(event=event, code="education", added_at=NOON)
    rows = {r["code"]: r for r in draw(novak, sun.payer_party_id).files.get().cover["rows"]}
    assert (rows["npi"]["passes"], rows["npi"]["reviewer"]) == ("yes", "T. Novak")
    assert rows["opt_out"]["why"] == "is 121 days old at the decision, 120 are allowed"
    assert (rows["education"]["passes"], rows["education"]["result"]) == ("no", "not on file")
    CredentialingEvent.objects.filter(pk=event.pk).update(decision_date=date(2025, 6, 30))
    old = draw(novak, sun.payer_party_id, first=date(2025, 1, 1)).files.get().cover["rows"]
    assert "180 days" in next(r["rule"] for r in old if r["code"] == "npi")


def test_a_packet_holds_no_npdb_answer_no_discussion_no_ssn_no_race(novak, sun):
    event = list_doctor(sun).role.practitioner.cycles.get()
    who = event.practitioner
    give_secrets(who, date(1970, 3, 4), SSN)
    SelfDescription.objects.create(
        practitioner=who, race="Heliotrope", ethnicity="Vermilion", languages="Esperanto"
    )
    verified(event, "npi", days=9, evidence=b"registry page of 2026")
    verified(event, "licence_sanctions", days=9, source="npdb", evidence=b"NPDB-ANSWER-1")
    verified(event, "malpractice_history", days=9, evidence=b"NPDB-ANSWER-2")
    verified(event, "opt_out", days=9, evidence=f"about {SSN.replace('-', '')}".encode())
    sample = draw(novak, sun.payer_party_id)
    packet = ask_packet(actor=novak, sample_id=sample.pk, now=NOON)
    with pytest.raises(PacketAsked):
        ask_packet(actor=novak, sample_id=sample.pk, now=NOON)
    assert step_packets(NOON) == 1
    packet.refresh_from_db()
    assert (packet.state, packet.done, packet.total) == ("running", 1, 1)
    advance_packet(actor=CLOCK, packet_id=packet.pk, now=NOON)
    assert step_packets(NOON) == 0
    packet.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(read_stored(packet.sha256))) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    whole = b"".join([*inside.values(), *(name.encode() for name in inside)])
    assert b"registry page of 2026" in whole
    for secret in (
        *(b"NPDB-ANSWER", b"keep out", b"899776655", SSN.encode(), b"1970-03-04"),
        *(b"Heliotrope", b"Vermilion", b"Esperanto"),
    ):
        assert secret not in whole
    assert b"shown to no auditor" in whole
    name, key = read_verifier_key(inside["manifest.key"].decode())
    text = open_note(inside["manifest.txt"].decode(), name, key)
    listed = dict(reversed(line.split("  ")) for line in text.splitlines() if "  " in line)
    assert set(listed) == set(inside) - {"manifest.txt", "manifest.key"}
    assert all(store(inside[one]).sha256 == sha256 for one, sha256 in listed.items())


def test_a_packet_holds_application_minutes_of_the_file_and_letter(novak):
    application, _ = applied()
    seats = given.make_committee()
    other = given.verified_lab(novak, 8)
    event = start_verifying(
        actor=novak,
        event_id=application.event_id,
        planned_decision_date=given.MEETS.date(),
        now=given.BEFORE,
    )
    given.verify_all(event, novak)
    meeting = given.opened(seats, event, other)
    decide(seats, meeting.items.get(event=event))
    sign_minutes(actor=CLOCK, meeting_id=close(meeting), now=given.MEETS)
    letter = issue_letter(
        actor=novak,
        decision_id=Decision.objects.get().pk,
        channel="portal",
        tracking="",
        now=given.MEETS,
    )
    change_something()
    sample = draw(novak, None)
    packet = ask_packet(actor=novak, sample_id=sample.pk, now=NOON)
    while packet.state == "running":
        advance_packet(actor=CLOCK, packet_id=packet.pk, now=NOON)
        packet.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(read_stored(packet.sha256))) as archive:
        inside = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert inside["letter.pdf"] == read_stored(letter.pdf_sha256)
    minutes = inside["minutes.csv"].decode()
    assert 'Vote,"3 for, 0 against, 0 abstained"' in minutes
    assert "Iris Tern" in minutes
    assert not [word for word in ("Laurel Care", "Okafor", "Weiss") if word in minutes]
    told = papers_of(event).application
    assert ["Born", "not shown to auditors"] in told["facts"]
    said = json.dumps(told)
    assert "Harbor School of Medicine" in said
    assert not [word for word in ("1984", "6655") if word in said]
    assert inside["application.pdf"] == render_application(told)


def decide(seats, item) -> None:
    """Three members approve a file in the room."""
    motion = make_motion(
        actor=CLOCK, item_id=item.pk, kind="approved", text="meets every criterion",
        mover_id=seats["Okafor"].pk, seconder_id=seats["Weiss"].pk, now=given.MEETS,
    )  # fmt: skip
    later = given.MEETS + timedelta(minutes=1)
    for name in ("Okafor", "Lindqvist", "Weiss"):
        cast_vote(actor=CLOCK, motion_id=motion.pk, seat_id=seats[name].pk, choice="for", now=later)
    close_motion(actor=CLOCK, motion_id=motion.pk, now=later)


def close(meeting) -> int:
    close_meeting(actor=CLOCK, meeting_id=meeting.pk, now=given.MEETS + timedelta(hours=1))
    return meeting.pk


def test_an_auditor_marks_what_they_find_and_the_newest_word_counts(novak, sun):
    verified(list_doctor(sun).role.practitioner.cycles.get(), "npi", days=9)
    sample = draw(novak, sun.payer_party_id)
    file = sample.files.get()
    guest = make_user("a@sun.example", Role.PLAN_AUDITOR, party=sun.payer_party, name="R. Haldane")
    rival = make_delegation("MOON").payer_party
    stranger = make_user("b@moon.example", Role.PLAN_AUDITOR, party=rival)
    found = {"file_id": file.pk, "element": "NPI", "passes": False, "text": "", "now": NOON}
    with pytest.raises(FindingUnexplained):
        mark_file(actor=actor_of(guest), **found)
    with pytest.raises(NoSuchElement):
        mark_file(actor=actor_of(guest), **{**found, "element": "Luck"})
    with pytest.raises(SampledFile.DoesNotExist):
        mark_file(actor=actor_of(stranger), **{**found, "passes": True})
    assert marked_sheet([file]) == {}
    mark_file(actor=actor_of(guest), **{**found, "text": "the print has no date"})
    assert marked_sheet([file])["NPI"].percent == 0
    page, send = client_of(guest), reverse("credentialing:sample_mark", args=[file.pk])
    assert page.post(send, {"element": "NPI", "passes": "no"}).status_code == 422
    shown = page.post(send, {"element": "NPI", "passes": "yes"}, follow=True).content.decode()
    assert "passes, R. Haldane" in shown
    assert (
        "1 of 1 pass"
        in page.get(reverse("credentialing:sample_detail", args=[sample.pk])).content.decode()
    )
    assert client_of(stranger).post(send, {"element": "NPI", "passes": "yes"}).status_code == 404
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditMark.objects.update(passes=False)
    assert AuditMark.objects.count() == 2


def test_an_auditor_sees_the_samples_of_the_plan_only(novak, sun):
    list_doctor(sun)
    mine = draw(novak, sun.payer_party_id)
    change_something()
    other = draw(novak, None)
    auditor = client_of(make_user("a@sun.example", Role.PLAN_AUDITOR, party=sun.payer_party))

    def ask(view, *args):
        return auditor.get(reverse(f"credentialing:{view}", args=args))

    shown = ask("sample_list").content.decode()
    assert f"Sample {mine.pk}" in shown
    assert f"Sample {other.pk}" not in shown
    assert ask("sample_detail", mine.pk).status_code == 200
    assert ask("sample_detail", other.pk).status_code == 404
    assert ask("sampled_file", mine.files.get().pk).status_code == 200
    assert ask("sampled_file", other.files.get().pk).status_code == 404
    assert ask("packet_file", mine.pk).status_code == 404
    assert ask("sample_new").status_code == 403
    assert ask("sample_population", mine.pk).content == (mine.population + "\n").encode()
