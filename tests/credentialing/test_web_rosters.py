"""Delegation on pages: from the agreement to a frozen roster, answers, and differences."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from credentialing.models import Delegation, Roster, RosterDifference
from ipaportal.core.roles import Role
from tests.credentialing.rostering import list_doctor, make_delegation
from tests.factories import make_contract
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia():
    make_contract()
    return client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))


def at(view, *args):
    return reverse(f"credentialing:{view}", args=args)


def page(client, view, *args, **query):
    answer = client.get(at(view, *args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def a_file(*lines):
    return SimpleUploadedFile("plan.csv", "\n".join(lines).encode())


def test_takes_a_plan_from_its_agreement_to_its_differences(nadia):
    assert "No plan delegates credentialing yet" in page(nadia, "delegation_list")
    payer = make_delegation("MOON").payer_party
    assert "MOON Health" in page(nadia, "delegation_list", q="moon")
    Delegation.objects.filter(payer_party=payer).update(end_date="2026-02-01")
    sent = {"payer": payer.pk, "effective_date": "2026-02-01", "source": "exhibit B"}
    assert nadia.post(at("delegation_new"), sent).status_code == 302
    made = Delegation.objects.get(end_date=None)
    columns = page(nadia, "roster_columns", made.pk)
    assert "*NPI = npi" in columns
    spec = {
        "columns": "*NPI = npi\n*TIN = practice_tin\nZIP = zip\nStart = effective_date",
        "date_format": "YYYY-MM-DD",
        "sends": "changes",
        "code_head": "Status",
        "accepted": "A",
    }
    assert nadia.post(at("roster_columns", made.pk), spec | {"columns": "x"}).status_code == 422
    assert nadia.post(at("roster_columns", made.pk), spec).status_code == 302
    assert "Nothing to send" in page(nadia, "roster_new", made.pk)

    listing = list_doctor(made)
    held = list_doctor(made, 2, "Bell").role.practitioner
    held.credentials.update(superseded_at=timezone.now())
    answer = nadia.get(at("roster_new", made.pk))
    shown = answer.content.decode()
    assert "Alvarez, Ana" in shown
    assert "no active licence in CA on file" in shown
    digest = answer.context["form"].initial["seen_digest"]
    stale = nadia.post(at("roster_new", made.pk), {"seen_digest": "0" * 64})
    assert stale.status_code == 422
    assert "Nothing was frozen" in stale.content.decode()
    assert nadia.post(at("roster_new", made.pk), {"seen_digest": digest}).status_code == 302
    roster = Roster.objects.get()
    npi = listing.role.practitioner.npi
    file = nadia.get(at("roster_file", roster.pk))
    assert b"".join(file.streaming_content).decode().splitlines()[1].startswith(npi)

    answers = a_file("NPI,TIN,Status", f"{npi},990000001,R7", "1,2,A")
    shown = nadia.post(at("roster_answers", roster.pk), {"file": answers}).content.decode()
    assert "No line of this roster is this one" in shown
    assert "R7" in page(nadia, "roster_detail", roster.pk, show="refused")
    assert "R7" in page(nadia, "delegation_detail", made.pk)

    today = timezone.localdate().isoformat()
    plan = {"as_of_date": today, "file": a_file("NPI,TIN,ZIP", f"{npi},990000001,90001")}
    assert nadia.post(at("plan_roster_new", made.pk), plan).status_code == 302
    assert "“90001” at the plan" in page(nadia, "difference_list", made.pk, q="alv")
    row = RosterDifference.objects.get(kind="field")
    settled = nadia.post(at("difference_settle", row.pk), {"step": "explain", "text": "both"})
    assert settled.status_code == 302
    assert "explained, both stand" in page(nadia, "difference_list", made.pk, show="closed")


def test_lets_others_look_and_not_send():
    make_contract()
    delegation = make_delegation()
    director = client_of(make_user("dana@ipa.example", Role.MEDICAL_DIRECTOR))
    assert "What there is to send" not in page(director, "delegation_detail", delegation.pk)
    assert director.get(at("roster_new", delegation.pk)).status_code == 403
    quinn = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    assert quinn.get(at("delegation_list")).status_code == 403
