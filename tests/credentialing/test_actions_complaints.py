"""Complaints: by case number, closed once, counted since the last cycle and in a file's level."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.complaints import WrongComplaint, close_complaint, record_complaint
from credentialing.models import Complaint, CredentialingEvent, Decision
from credentialing.queries.files import complaints_since
from credentialing.queries.levels import file_level
from credentialing.queries.recredentialing import due_again
from ipaportal.core.roles import Role
from tests.factories import CLOCK, make_ipa, make_practitioner
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = NOW.date()


def decided(who, day=date(2023, 9, 15)):
    at = datetime.combine(day, NOW.timetz())
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="initial", status="approved", opened_at=at, opened_by_name="test"
    )
    Decision.objects.create(
        event=event, outcome="approved", text="why", level="clean", packet_sha256="0" * 64,
        decision_date=day, decided_at=at, decided_by_id=1, decided_by_name="Dr. Tan",
        notice_due_date=day, next_due_date=date(2026, 9, 30),
    )  # fmt: skip


def complain(who, number, day, **more):
    return record_complaint(
        actor=CLOCK, practitioner_id=who.pk, case_number=number, kind="care", source="member",
        received_date=day, now=NOW, **more,
    )  # fmt: skip


def test_counts_complaints_since_the_last_cycle_only():
    who = make_practitioner()
    complain(who, "C-0", date(2020, 1, 1))
    assert complaints_since(who) == 1
    decided(who)
    complain(who, "C-1", date(2023, 9, 14))
    assert complaints_since(who) == 0
    complain(who, "C-2", date(2023, 9, 15))
    last = complain(who, "C-3", date(2026, 6, 15))
    assert complaints_since(who) == 2
    (due,) = due_again(actor=CLOCK, today=TODAY)
    assert due.since == "2 complaints"
    complain(who, "C-4", date(2026, 6, 1))  # a file may have two without being for the committee
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="recred", status="verifying", opened_at=NOW, opened_by_name="test"
    )
    told = {reason.code: reason.text for reason in file_level(event, TODAY).reasons}
    assert "complaints" in told
    close_complaint(actor=CLOCK, complaint_id=last.pk, outcome="not_upheld", now=NOW)
    told = {reason.code for reason in file_level(event, TODAY).reasons}
    assert "complaints" not in told
    assert due_again(actor=CLOCK, today=TODAY, show="waiting") == []
    assert due_again(actor=CLOCK, today=TODAY, text="alv")[0].open_event == event


def test_refuses_the_same_case_the_future_and_closing_twice():
    who = make_practitioner()
    one = complain(who, "C-1", TODAY)
    for number, day in (("C-1", TODAY), ("C-2", date(2026, 6, 16))):
        with pytest.raises(WrongComplaint):
            complain(who, number, day)
    close_complaint(actor=CLOCK, complaint_id=one.pk, outcome="upheld", now=NOW)
    with pytest.raises(WrongComplaint):
        close_complaint(actor=CLOCK, complaint_id=one.pk, outcome="not_upheld", now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Complaint.objects.filter(pk=one.pk).update(case_number="C-9")
    assert [(row.case_number, row.outcome) for row in Complaint.objects.all()] == [
        ("C-1", "upheld")
    ]


def test_records_and_closes_through_the_page():
    make_ipa()
    nadia = client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    who = make_practitioner()
    here = reverse("credentialing:practitioner_complaints", args=[who.pk])
    sent = {"do": "heard", "case_number": "G-7", "kind": "access", "source": "plan",
            "received_date": timezone.localdate().isoformat()}  # fmt: skip
    assert nadia.post(here, sent).status_code == 302
    assert nadia.post(here, sent).status_code == 422
    one = Complaint.objects.get()
    assert "Access and waiting" in nadia.get(here).content.decode()
    came = {"do": "came", "complaint": one.pk, "outcome": "upheld"}
    assert nadia.post(here, came).status_code == 302
    assert nadia.post(here, came).status_code == 422
    file = reverse("credentialing:practitioner_file", args=[who.pk])
    assert "(1 since the last cycle)" in nadia.get(file).content.decode()
