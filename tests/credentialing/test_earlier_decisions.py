"""Decisions of others: read strictly, seen line by line, and never a vote of our committee."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from compliance.queries.self_checks import QUESTIONS
from credentialing.formats.earlier_decisions_csv import (
    read_earlier_decisions,
    read_earlier_facilities,
)
from credentialing.models import (
    CredentialingEvent,
    Decision,
    EarlierDecision,
    Facility,
    Participation,
)
from credentialing.queries.levels import previous_due
from credentialing.queries.participation import place_of
from credentialing.queries.queue import queue, waiting
from credentialing.queries.standings import Standings
from credentialing.rules.decisions import next_due
from credentialing.rules.earlier_decisions import (
    Earlier,
    EarlierRow,
    fault_of,
    fault_of_basis,
    is_over,
)
from credentialing.rules.participation import Known, Standing, judge
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from tests.factories import batch, fact, make_ipa, make_practice, make_practitioner
from tests.people import client_of, make_user

HEAD = "npi,decision,decision_date,next_due_date,committee\n"
DAY = date(2026, 11, 28)
LAKE = "Lakeside IPA committee"
CLOCK = Actor.system("clock")


def read(*lines):
    return list(read_earlier_decisions((HEAD + "\n".join(lines)).encode()))


def test_reads_a_line_and_works_out_when_it_is_due():
    (row,) = read(f"1234567893, Approved ,3/18/2025,,{LAKE}")
    assert row == EarlierRow(
        2, Earlier("1234567893", "approved", date(2025, 3, 18), date(2028, 3, 31), LAKE)
    )
    (row,) = read(f"1234567893,approved with conditions,2025-03-18,2027-03-31,{LAKE}")
    assert (row.decision.outcome, row.decision.next_due_date) == (
        "approved_conditions", date(2027, 3, 31)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"1234567890,approved,2025-03-18,,{LAKE}", "check digit"),
        (f"1.23457E+09,approved,2025-03-18,,{LAKE}", "check digit"),
        ("1234567893,approved,2025-03-18,,", "committee is empty"),
        (f"1234567893,maybe,2025-03-18,,{LAKE}", "none we know"),
        (f"1234567893,Denied,2025-03-18,,{LAKE}", "a denial is not taken over"),
        (f"1234567893,approved,18.3.2025,,{LAKE}", "is no day"),
        (f"1234567893,approved,2025-02-30,,{LAKE}", "is no day"),
        (f"1234567893,approved,2025-03-18,soon,{LAKE}", "next_due_date 'soon' is no day"),
    ],
)
def test_refuses_by_line(line, words):
    (row,) = read(line)
    assert (row.line_no, words in row.reason) == (2, True), row


def test_refuses_whole_files_and_the_same_person_twice():
    (row,) = read_earlier_decisions(b"npi,date\n")
    assert "lacks the columns decision, decision_date, committee" in row.reason
    (row,) = read_earlier_decisions(b"PK\x03\x04\0\0")
    assert "save it as CSV" in row.reason
    line = f"1234567893,approved,2025-03-18,,{LAKE}"
    assert read(line, line)[1].reason == "the same NPI stands on line 2"


@pytest.mark.parametrize(
    ("decided", "due", "words"),
    [
        (DAY, next_due(DAY), ""),
        (DAY + timedelta(days=1), next_due(DAY), "still to come"),
        (date(2023, 11, 1), date(2026, 11, 30), ""),
        (date(2023, 11, 1), date(2026, 12, 1), "36 months are the most"),
        (date(2023, 11, 1), date(2023, 11, 1), "due again before it was decided"),
    ],
)
def test_takes_over_nothing_longer_than_the_rule_lets(decided, due, words):
    assert words in fault_of(Earlier("1234567893", "approved", decided, due, LAKE), DAY)
    assert bool(words) == bool(fault_of(Earlier("x", "approved", decided, due, LAKE), DAY))


@pytest.mark.parametrize(("first", "words"), [(DAY, ""), (DAY + timedelta(days=1), "after the")])
def test_was_first_credentialed_by_the_decision_at_the_latest(first, words):
    assert words in fault_of(Earlier("x", "approved", DAY, next_due(DAY), LAKE, first), DAY)


PLACE = {
    "npi": "1234567893", "kind": "asc", "legal_name": "Lake Surgery LLC", "tin": "99-1234567",
    "street": "1 Shore Rd", "city": "Lakeside", "state": "ca", "zip": "92040",
    "decision": "approved", "decision_date": "2025-03-18", "committee": LAKE,
    "basis": "Accredited", "basis_by": "AAAHC", "basis_date": "2024-06-01",
    "basis_expires": "2027-05-31",
}  # fmt: skip


def place_file(*changes):
    """A list of facilities, one line each with what differs."""
    rows = [",".join((PLACE | change).values()) for change in changes]
    return "\n".join((",".join(PLACE), *rows)).encode()


def place(**changes):
    (row,) = read_earlier_facilities(place_file(changes))
    return row


def test_reads_a_facility_and_what_it_was_taken_on():
    row = place()
    assert (row.decision.next_due_date, row.decision.committee) == (date(2028, 3, 31), LAKE)
    assert (row.place.kind, row.place.tin, row.place.state) == ("asc", "991234567", "CA")
    assert row.place.basis_words == "accredited by AAAHC from Jun 1, 2024 until May 31, 2027"
    visit = place(basis="site visit", basis_expires="", kind="Hospital").place
    assert visit.basis_words == "visited by AAAHC on Jun 1, 2024, passed"


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("npi", "1234567890", "check digit"),
        ("kind", "spa", "none of asc, bh, dialysis"),
        ("tin", "12345", "not nine digits"),
        ("state", "Cal", "not two letters"),
        ("city", "", "city is empty"),
        ("decision", "denied", "a denial is not taken over"),
        ("basis", "hearsay", "neither accreditation, survey nor visit"),
        ("basis_date", "soon", "basis_date 'soon' is no day"),
        ("basis_expires", "2027-02-30", "is no day"),
    ],
)
def test_refuses_a_facility_by_line(column, value, words):
    row = place(**{column: value})
    assert (row.line_no, words in row.reason) == (2, True), row


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"basis_expires": "2025-03-18"}, ""),
        ({"basis_expires": "2025-03-17"}, "ended on Mar 17, 2025, before the decision"),
        ({"basis_expires": ""}, "needs its last day"),
        ({"basis_date": "2025-03-19"}, "after the decision"),
        ({"basis": "survey", "basis_date": "2022-03-19"}, ""),
        ({"basis": "survey", "basis_date": "2022-03-18"}, "is 1096 days old"),
        ({"basis": "visit", "basis_date": "2022-03-18"}, "is 1096 days old"),
    ],
)
def test_takes_a_facility_on_nothing_that_did_not_hold(changes, words):
    row = place(**changes)
    fault = fault_of_basis(row.place, row.decision.decided_date)
    assert words in fault if words else not fault


def test_stands_until_its_last_day_and_lapses_the_day_after():
    known = Known(effective_date=date(2026, 1, 1), earlier_words="theirs", earlier_due_date=DAY)
    assert judge(known, DAY).standing is Standing.TAKEN_OVER
    after = judge(known, DAY + timedelta(days=1))
    assert (after.standing, after.takes_part) == (Standing.LAPSED, False)
    assert "theirs" in after.reasons[0]
    assert (is_over(DAY, DAY), is_over(DAY, DAY + timedelta(days=1))) == (False, True)


@pytest.fixture
def nadia(db):
    ipa = make_ipa()
    payer = Party.objects.create(kind="payer", name="Sun Health", code="SUN")
    for number, name in enumerate(("Alder", "Birch", "Cedar"), 1):
        who = make_practitioner(number, name)
        fact(Participation, batch(), date(2025, 1, 1), practitioner=who, payer_party=payer,
             practice=make_practice(f"Practice {number}", f"99000000{number}"))  # fmt: skip
    return client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN, party=ipa))


def who_is(name):
    return Participation.objects.get(practitioner__last_name=name).practitioner


def test_is_seen_line_by_line_taken_over_once_and_marked_as_theirs(nadia):
    today = timezone.localdate()
    alder, birch, cedar = map(who_is, ("Alder", "Birch", "Cedar"))
    event = CredentialingEvent.objects.create(
        practitioner=cedar, kind="initial", status="approved", opened_at=timezone.now(),
        opened_by_name="x",
    )  # fmt: skip
    Decision.objects.create(
        event=event, outcome="approved", text="clean", level="clean", packet_sha256="",
        decision_date=today, decided_at=timezone.now(), decided_by_id=1, decided_by_name="Dr. Ito",
        notice_due_date=today,
    )  # fmt: skip
    lines = (
        f"{alder.npi},approved,{today - timedelta(days=300)},,{LAKE}",
        f"{birch.npi},approved,{today - timedelta(days=900)},{today - timedelta(days=1)},{LAKE}",
        f"{cedar.npi},approved,2025-01-01,,{LAKE}",
        f"1234567893,approved,2025-01-01,,{LAKE}",
    )
    here, data = reverse("credentialing:earlier_import"), (HEAD + "\n".join(lines)).encode()
    seen = nadia.post(here, {"file": SimpleUploadedFile("lake.csv", data)})
    shown = " ".join(seen.content.decode().split())
    assert "Cedar was decided here on" in shown
    assert "nobody of the network has this NPI" in shown
    assert "overdue: they take no part until our committee decides" in shown
    assert not EarlierDecision.objects.exists()
    sent = {name: seen.context["confirm"].initial[name] for name in ("token", "seen")}
    assert nadia.post(here, {**sent, "seen": "0" * 64}).status_code == 422
    assert nadia.post(here, {**sent, "token": "other"}).status_code == 422
    assert not EarlierDecision.objects.exists()
    assert nadia.post(here, sent).status_code == 302
    assert nadia.post(here, sent).status_code == 422  # it says nothing new any more
    assert EarlierDecision.objects.count() == 2
    assert Decision.objects.count() == 1  # none of ours was made of them
    payer = Party.objects.get(code="SUN")
    assert place_of(alder.pk, payer.pk, today).standing is Standing.TAKEN_OVER
    assert place_of(birch.pk, payer.pk, today).standing is Standing.LAPSED
    judged = {who: word for who, _, word in Standings(today).judged()}
    assert (judged[alder.pk], judged[birch.pk]) == ("taken_over", "lapsed")
    person = reverse("credentialing:practitioner_detail", args=[alder.pk])
    assert "Taken over, not our vote" in nadia.get(person).content.decode()
    over = nadia.get(reverse("credentialing:earlier_list"), {"show": "over"}).content.decode()
    assert ("Birch" in over, "Alder" in over) == (True, False)
    due = nadia.get(reverse("credentialing:recred_list")).context["listing"].rows
    assert [(row["name"], row["band"], row["by"]) for row in due] == [(str(birch), "lapsed", LAKE)]
    asked = QUESTIONS["cycles_over"](timezone.now())
    assert (asked.count, asked.oldest) == (1, today - timedelta(days=1))
    opened = nadia.post(due[0]["open_url"])
    assert opened.status_code == 302
    assert not birch.cycles.exists()  # no address on file: it says so, and opens nothing
    type(birch).objects.filter(pk=birch.pk).update(email="birch@example.org")
    nadia.post(due[0]["open_url"])
    (cycle,) = birch.cycles.all()
    assert (cycle.kind, previous_due(cycle)) == ("recred", today - timedelta(days=1))
    (waits,) = waiting(list(queue(actor=CLOCK, today=today)), today)
    assert waits.decide_by == today - timedelta(days=1)


def test_a_facility_comes_with_its_line_and_with_what_it_was_taken_on(nadia):
    today, here = timezone.localdate(), reverse("credentialing:earlier_import") + "?of=places"
    known = {"legal_name": "Known", "line": "1 A St", "city": "B", "state": "CA", "zip_code": "1"}
    for npi, kind, tin, status in (
        ("1000000012", "asc", "991234567", "prospect"),
        ("1000000020", "lab", "990000001", "active"),
        ("1000000038", "asc", "991234567", "ended"),
    ):  # fmt: skip
        Facility.objects.create(npi=npi, kind=kind, tin=tin, status=status, **known)
    told = {"decision_date": f"{today - timedelta(days=200)}", "basis_expires": "2099-01-01"}
    surveyed = {"basis": "survey", "basis_by": "CDPH", "basis_expires": ""}
    data = place_file(
        told, {**told, "npi": "1000000012", **surveyed}, {**told, "npi": "1000000020"},
        {**told, "npi": "1000000038"}, {**told, "npi": who_is("Alder").npi},
    )  # fmt: skip
    seen = nadia.post(here, {"file": SimpleUploadedFile("places.csv", data)})
    shown = " ".join(seen.content.decode().split())
    for words in ("has this NPI with another TIN", "left the network", "a practitioner of the net",
                  "its file is opened; screened with the next run"):  # fmt: skip
        assert words in shown
    assert Facility.objects.count() == 3  # looking opened nothing
    assert nadia.post(here, seen.context["confirm"].initial).status_code == 302
    made, known = (Facility.objects.get(npi=npi) for npi in ("1234567893", "1000000012"))
    assert (made.status, made.city, known.status) == ("active", "Lakeside", "active")
    held, check = made.credentials.get(), known.site_checks.get()
    assert (held.kind, held.issuer, held.expires_date) == ("accreditation", "AAAHC",
                                                           date(2099, 1, 1))  # fmt: skip
    assert (check.kind, check.checked_by, check.result) == ("survey", "CDPH", "passed")
    assert "taken over: places.csv, line 3" in check.note
    shown = nadia.get(reverse("credentialing:earlier_list")).content.decode()
    assert "surveyed by CDPH" in shown
    again = nadia.post(here, {"file": SimpleUploadedFile("places.csv", data)})
    assert again.context["confirm"] is None  # it says nothing new any more


def test_a_corrected_line_takes_the_place_of_the_one_before(nadia):
    alder, here = who_is("Alder"), reverse("credentialing:earlier_import")
    for decided in ("2025-01-10", "2025-02-10"):
        data = f"{HEAD}{alder.npi},approved,{decided},,{LAKE}".encode()
        seen = nadia.post(here, {"file": SimpleUploadedFile("lake.csv", data)})
        initial = seen.context["confirm"].initial
        assert nadia.post(here, initial).status_code == 302
    rows = EarlierDecision.objects.order_by("pk").values_list("decided_date", "superseded_at")
    assert [(day.month, at is None) for day, at in rows] == [(1, False), (2, True)]
