"""What left about members: by hand, by a report, from a file; accounted for and taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from capitation.models import Member
from compliance.actions.disclosures import (
    AsksAlready,
    NotPossible,
    RequestOver,
    VoidedBefore,
    answer_request,
    extend_request,
    record_disclosure,
    record_request,
    void_disclosure,
)
from compliance.models import AccountRequest, Disclosure
from compliance.queries.disclosures import due_of
from compliance.queries.officer_checks import officer_findings
from compliance.rules.program import Found
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.compliance.test_delegations import agreed, due, sent
from tests.factories import make_contract
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
TOLD = {
    "made_date": date(2026, 11, 2), "recipient": "County court", "recipient_address": "1 Main St",
    "description": "claims of 2025", "purpose": "court", "words": "order 7",
}  # fmt: skip


@pytest.fixture
def osei():
    return make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER, name="Kofi Osei")


@pytest.fixture
def member() -> Member:
    payer = make_contract().payer
    return Member.objects.create(payer=payer, plan_member_id="M-1", uuid=f"{1:032x}")


def recorded(osei, member, **changed) -> Disclosure:
    told = TOLD | {"member_ids": [member.pk], "now": NOW} | changed
    return record_disclosure(actor=actor_of(osei), **told)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"made_date": date(2026, 11, 29)}, "is to come"),
        ({"member_ids": []}, "names no member"),
        ({"suspended_until": date(2027, 1, 1)}, "by an agency's statement"),
        ({"suspended_until": date(2027, 1, 1), "suspended_because": "asked"}, "Only health"),
        (
            {"purpose": "police", "suspended_until": date(2026, 12, 3), "suspended_because": "x",
             "is_oral": True},
            "has until 2026-12-02",
        ),
    ],
)  # fmt: skip
def test_what_cannot_have_been_so_is_refused(osei, member, changed, why):
    with pytest.raises(NotPossible, match=why):
        recorded(osei, member, **changed)
    assert not Disclosure.objects.exists()


def test_a_member_is_told_who_asks_on_the_page_as_a_file_and_as_a_pdf(osei, member):
    recorded(osei, member)
    recorded(osei, member, purpose="payment", words="a claim")
    recorded(
        osei, member, purpose="police", suspended_until=date(2027, 1, 1),
        suspended_because="letter of the sheriff", words="a warrant",
    )  # fmt: skip
    url, client = reverse("compliance:accounting", args=[member.pk]), client_of(osei)
    page = client.get(url, {"on": "2026-11-28"}).content.decode()
    assert "Judicial or administrative proceedings, 45 CFR 164.512(e)" in page
    assert "a warrant" not in page
    assert "a claim" not in page
    later = client.get(url, {"on": "2027-01-01"}).content.decode()
    assert "a warrant" in later
    answer = client.get(url, {"on": "2026-11-28", "export": "csv"})
    lines = b"".join(answer.streaming_content).decode().split("\r\n")
    assert lines[0].startswith("\ufeffDate,To whom,Address,What was disclosed,Why,In words")
    assert "2026-11-02,County court,1 Main St,claims of 2025" in lines[1]
    pdf = client.get(reverse("compliance:accounting_pdf", args=[member.pk]), {"on": "2026-11-28"})
    assert pdf.content.startswith(b"%PDF")
    newest = AccessEvent.objects.latest("pk")
    assert (newest.kind, newest.member_ids) == ("export", [member.pk])


def test_what_was_recorded_in_error_is_taken_back_once_and_stays(osei, member):
    row = recorded(osei, member)
    common = {"actor": actor_of(osei), "disclosure_id": row.pk, "now": NOW}
    void_disclosure(reason="another member", **common)
    with pytest.raises(VoidedBefore):
        void_disclosure(reason="again", **common)
    page = client_of(osei).get(reverse("compliance:accounting", args=[member.pk]))
    assert "Nothing to tell" in page.content.decode()
    with pytest.raises(DatabaseError), transaction.atomic():
        Disclosure.objects.filter(pk=row.pk).update(recipient="nobody")


def test_by_hand_names_members_by_number_and_says_the_line_of_a_wrong_one(osei, member):
    url, client = reverse("compliance:phi_disclosure_new"), client_of(osei)
    given = {**TOLD, "payer": member.payer_id, "numbers": "M-1\nM-9"}
    answer = client.post(url, given)
    assert answer.status_code == 422
    assert "line 2" in answer.content.decode()
    assert client.post(url, {**given, "numbers": "M-1"}).status_code == 302
    assert Disclosure.objects.get().member_ids == [member.pk]
    listed = client.get(reverse("compliance:phi_disclosure_list"), {"show": "told"})
    assert "County court" in listed.content.decode()


def test_a_file_that_somebody_took_is_recorded_with_its_members_once(osei, member):
    event = AccessEvent.objects.create(
        kind="export", view_name="capitation:panel_csv", member_ids=[member.pk], actor_name="Quinn"
    )
    url, client = f"{reverse('compliance:phi_disclosure_new')}?taken={event.pk}", client_of(osei)
    assert "Panel, as a file" in client.get(url).content.decode()
    assert client.post(url, TOLD).status_code == 302
    assert Disclosure.objects.get().source == f"access:{event.pk}"
    assert "recorded as a disclosure before" in client.post(url, TOLD).content.decode()
    assert client.get(f"{reverse('compliance:phi_disclosure_new')}?taken=x").status_code == 404


def test_a_report_sent_to_a_plan_is_recorded_by_itself_and_exempt(osei, member):
    officer = actor_of(osei)
    report = due(officer, agreed(officer, "to_us", "Juniper"))
    sent(officer, report, b"Claim,Enrollee ID\nA,M-1\nB,M-9\n")
    row = Disclosure.objects.get()
    assert (row.recipient, row.purpose, row.member_ids) == ("Juniper", "operations", [member.pk])
    assert row.source.startswith("delivery:")
    page = client_of(osei).get(reverse("compliance:accounting", args=[member.pk]))
    assert "Nothing to tell" in page.content.decode()
    sent(officer, due(officer, agreed(officer, "from_us", "Clinic"), name="Theirs"))
    assert Disclosure.objects.count() == 1  # what came to us did not leave


def test_a_request_is_put_off_once_in_time_and_answered_once(osei, member):
    officer, sixty = actor_of(osei), datetime(2027, 1, 1, 12, tzinfo=UTC)
    told = {"actor": officer, "member_id": member.pk, "words": "by letter", "now": NOW}
    one = record_request(received_date=date(2026, 11, 2), **told)
    assert one.is_free
    with pytest.raises(AsksAlready):
        record_request(received_date=date(2026, 11, 3), **told)
    work = {"actor": officer, "request_id": one.pk}
    with pytest.raises(RequestOver):  # due on January 1
        extend_request(reason="late", now=sixty + timedelta(days=1), **work)
    row = extend_request(reason="the plan is asked", now=sixty, **work)
    assert due_of(row) == date(2027, 1, 31)
    for day, found in ((31, Found(0)), (32, Found(1, date(2027, 1, 31)))):
        at = datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)
        assert officer_findings(at)["accounts_late"] == found
    with pytest.raises(RequestOver):
        extend_request(reason="again", now=sixty, **work)
    answer_request(words="by mail", told=3, now=sixty, **work)
    with pytest.raises(RequestOver):
        answer_request(words="again", told=3, now=sixty, **work)
    with pytest.raises(DatabaseError), transaction.atomic():
        AccountRequest.objects.filter(pk=one.pk).update(told=0)
    later = told | {"now": datetime(2027, 11, 2, 12, tzinfo=UTC)}
    assert not record_request(received_date=date(2027, 11, 1), **later).is_free


def test_an_officer_records_that_a_member_asked_and_what_they_were_told(osei, member):
    recorded(osei, member)
    client = client_of(osei)
    new = reverse("compliance:account_request_new", args=[member.pk])
    answer = client.post(new, {"received_date": "2026-11-28", "words": "called"})
    assert answer.status_code == 302
    assert client.post(answer.url, {"what": "answer", "words": "by mail"}).status_code == 302
    row = AccountRequest.objects.get()
    assert (row.told, row.answer_words, row.answered_by_name) == (1, "by mail", "Kofi Osei")
    listed = client.get(reverse("compliance:account_request_list")).content.decode()
    assert "M-1" in listed
    assert "Answered" in listed
