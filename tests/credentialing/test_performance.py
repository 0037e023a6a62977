"""What happened since the last decision: counted on both sides of its day, each number opened."""

import json
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from capitation.models import PcpAssignment
from compliance.models import Audit, Claim, ClaimFile, Finding
from credentialing.models import (
    AdverseAction,
    Complaint,
    CredentialingEvent,
    EarlierDecision,
    MalpracticeClaim,
    Participation,
    ScreeningResult,
    ScreeningRun,
    SiteCheck,
    Suspension,
)
from credentialing.queries.levels import packet_of
from credentialing.queries.performance import performance
from credentialing.rules.performance import Item, counted, row_of, screened_words
from credentialing.web.committee_parts import packet_sections
from ipaportal.core.roles import Role
from tests.factories import (
    NOON,
    batch,
    fact,
    make_contract,
    make_member,
    make_practice,
    make_practitioner,
)
from tests.networks import make_location
from tests.people import client_of, make_user

TODAY = timezone.localdate()
DECIDED = TODAY - timedelta(days=400)
BY = {"recorded_at": NOON, "recorded_by_name": "test"}


def test_counts_what_came_to_what_and_spells_each_out():
    day = date(2026, 6, 1)
    items = [Item(day, "case A", "upheld"), Item(date(2026, 7, 1), "case B", "upheld"),
             Item(day, "case C", "open")]  # fmt: skip
    number = counted("complaints", items)
    assert (number.number, number.made_of) == (3, "2 upheld, 1 open")
    assert row_of(number) == [
        "Complaints", 3,
        "Jul 1, 2026: case B, upheld; Jun 1, 2026: case C, open; Jun 1, 2026: case A, upheld",
        "NCQA CR 5; 42 CFR 422.204(b)(2)(iii), unverified",
    ]  # fmt: skip
    assert row_of(counted("grievances", []))[1:3] == [0, ""]
    assert screened_words(0, 0) == "none yet"
    assert screened_words(12, 1) == "11 times on no list, 1 time not clear"


@pytest.fixture
def who(db):
    """Somebody who came with a decision, and what happened the day before it and since."""
    contract, practice = make_contract(), make_practice("Reed Clinic", "990000041")
    who = make_practitioner(41, "Reed")
    fact(Participation, batch(), date(2020, 1, 1), practitioner=who, practice=practice,
         payer_party=contract.payer.party)  # fmt: skip
    EarlierDecision.objects.create(
        practitioner=who, outcome="approved", decided_date=DECIDED, committee="Lake",
        next_due_date=TODAY + timedelta(days=60), source_name="l", source_sha256="0" * 64,
        line_no=2, **BY,
    )  # fmt: skip
    place, before = make_location(practice), DECIDED - timedelta(days=1)
    for n, (day, source, outcome) in enumerate((
        (before, "member", ""), (DECIDED, "member", "upheld"), (TODAY, "plan", ""),
    )):  # fmt: skip
        closed = {"outcome": outcome, "closed_at": NOON} if outcome else {}
        Complaint.objects.create(practitioner=who, case_number=f"G-{n}", kind="care",
                                 source=source, received_date=day, **closed, **BY)  # fmt: skip
    for day in (before, DECIDED):
        Suspension.objects.create(practitioner=who, reason="licence ended", effective_date=day,
                                  placed_by_name="x", placed_at=NOON, lifted_at=NOON)  # fmt: skip
        SiteCheck.objects.create(location=place, kind="visit", checked_date=day, checked_by="P.",
                                 result="passed", **BY)  # fmt: skip
        MalpracticeClaim.objects.create(practitioner=who, occurred_date=day, outcome="pending",
                                        carrier="C", **BY)  # fmt: skip
        AdverseAction.objects.create(
            practitioner=who, kind="termination", basis="quality", reasons="what peers said",
            effective_date=day, stage="investigation", opened_date=day, opened_at=NOON,
        )  # fmt: skip
        audit = Audit.objects.create(
            kind="downstream", party=practice.party, title="Charts", function="credentialing",
            scope="s", first_date=day, last_date=day, notice_date=day, contact_name="c", **BY,
        )  # fmt: skip
        Finding.objects.create(audit=audit, place=1, kind="observation", title="Unsigned notes",
                               condition="c", **BY)  # fmt: skip
    for n, outcome in enumerate(("clear", "clear", "open")):
        run = ScreeningRun.objects.create(
            cause="monthly", as_of=before + timedelta(days=n), requested_at=NOON,
            requested_by_name="x", algorithm="x", state="done", finished_at=NOON,
        )  # fmt: skip
        ScreeningResult.objects.create(run=run, subject_key=f"practitioner:{who.pk}", label="r",
                                       outcome=outcome)  # fmt: skip
    _give_claims(who, contract)
    no = batch(contract)
    for n, (start, end) in enumerate(((date(2020, 1, 1), None), (date(2020, 1, 1), DECIDED),
                                      (TODAY, None), (TODAY, None))):  # fmt: skip
        fact(PcpAssignment, no, start, end, practitioner=who, assigned_by="x",
             member=make_member(contract, f"M{n}", no, last_name="M", first_name="M",
                                birth_date=date(1950, 1, 1), sex="F"))  # fmt: skip
    return who


def _give_claims(who, contract) -> None:
    """Two visits since the decision that three claims tell of; others before it, or replaced."""
    no = batch(contract)
    members = [make_member(contract, f"V{n}", no) for n in range(2)]
    file = ClaimFile.objects.create(payer=contract.payer, file_name="c.837", sha256="0" * 64,
                                    size=1, received_at=NOON, received_by_name="x")  # fmt: skip
    for n, (member, day, state, frequency) in enumerate((
        (0, DECIDED, "paid", "1"), (0, DECIDED, "encounter", "1"), (1, TODAY, "ready", "1"),
        (1, DECIDED - timedelta(days=1), "paid", "1"), (1, TODAY, "replaced", "1"),
        (1, DECIDED, "denied", "1"), (1, DECIDED, "ready", "8"),
    )):  # fmt: skip
        Claim.objects.create(
            file=file, payer=contract.payer, segment_no=n, number=f"C{n}", kind="professional",
            practitioner=who, member=members[member], first_day=day, state=state,
            frequency=frequency, charge_cents=1, received_on=TODAY,
        )  # fmt: skip


def test_tells_each_number_from_the_day_of_the_decision_on(who):
    found = performance(who, None, TODAY)
    assert (found.since.day, found.since.by) == (DECIDED, "Lake")
    told = {one.topic.key: (one.number, one.made_of) for one in found.numbers}
    assert told == {
        "complaints": (1, "1 upheld"),
        "grievances": (1, "1 open"),
        "findings": (1, "1 open"),
        "adverse": (1, "1 " + AdverseAction.objects.first().get_stage_display()),
        "suspensions": (1, "1 lifted"),
        "claims": (1, "1 pending"),
        "visits": (1, "1 passed"),
        "screening": (2, "1 time on no list, 1 time not clear; 1 match to decide"),
        "encounters": (2, "by 3 claims and encounters"),
        "panel": (3, f"1 on {DECIDED:%b} {DECIDED.day}, {DECIDED.year}"),
    }
    assert [one.topic.key for one in found.numbers] == list(told)
    assert performance(make_practitioner(42, "Sand"), None, TODAY) is None


def test_stands_in_the_packet_and_in_the_file_with_every_number_opened(who):
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="recred", status="verifying", opened_at=NOON, opened_by_name="x"
    )
    packet = json.loads(packet_of(event, TODAY))
    assert packet["performance_since"] == DECIDED.isoformat()
    rows = {row[0]: row for row in packet["performance"]}
    assert rows["Complaints"][1] == 1
    assert "case G-1, quality of care, from a member, upheld" in rows["Complaints"][2]
    assert "what peers said" not in packet_of(event, TODAY)
    # A committee reads sums; what is told plan by plan stands in the file.
    assert rows["Visits that claims tell of"][1:3] == [2, "by 3 claims and encounters"]
    assert rows["Members on the panel"][1] == 3
    assert "member" not in rows["Members on the panel"][2]
    sections = dict(packet_sections(packet))
    assert len(sections["Performance since the last cycle"].rows) == len(packet["performance"])
    client = client_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST))
    here = reverse("credentialing:practitioner_file", args=[who.pk])
    page = client.get(here, {"tab": "performance"})
    shown = page.content.decode()
    for url in (
        reverse("credentialing:practitioner_complaints", args=[who.pk]),
        reverse(
            "compliance:finding_detail", args=[Finding.objects.get(audit__notice_date=DECIDED).pk]
        ),
        reverse("credentialing:adverse_detail", args=[AdverseAction.objects.first().pk]),
    ):
        assert url in shown  # fmt: skip
    listed = page.context["performance"]
    assert len(listed["items"].rows) == 10
    assert "what peers said" not in shown
    assert "2 visits of 2 members" in shown
