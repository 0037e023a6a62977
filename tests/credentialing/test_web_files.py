"""From invitation to verified, through the pages: the applicant's, the staff's, the referee's."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from credentialing.formats.application_pdf import render_letter
from credentialing.models import (
    Application,
    Attestation,
    Credential,
    CredentialingEvent,
    Document,
    Facility,
    Inquiry,
    Review,
    Verification,
)
from credentialing.queries.applications import letter_about
from credentialing.rules.application import SECTIONS
from credentialing.web import inquiries
from ipaportal.core.roles import Role
from ipaportal.identity.models import Invitation, User
from tests.credentialing.applying import ANSWERS, NPI, applied, invite
from tests.factories import make_ipa, make_practice
from tests.people import PASSWORD, client_of, fresh_client_of, make_user

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a certificate %%EOF"


@pytest.fixture
def lindgren():
    make_ipa()
    return client_of(make_user("lindgren@ipa.example", Role.NETWORK_ADMIN, name="K. Lindgren"))


def at(name, *args):
    return reverse(f"credentialing:{name}", args=args)


def look(client, name, *args, status=200, **query):
    answer = client.get(at(name, *args), query)
    assert answer.status_code == status, (name, answer.status_code, answer.content[-1500:])
    return " ".join(answer.content.decode().split())


def send(client, name, *args, expect=302, **data):
    answer = client.post(at(name, *args), data)
    words = " ".join(answer.content.decode().split()) if not answer.streaming else ""
    assert answer.status_code == expect, (name, answer.status_code, words[-3000:])
    return words


def row_data(code):
    data = ANSWERS[code]
    if "rows" not in data:
        return {f"r0-{name}": value for name, value in data.items()}
    return {
        f"r{number}-{name}": value
        for number, row in enumerate(data["rows"])
        for name, value in row.items()
    }


def invited(lindgren):
    practice = make_practice("Tern Medical", "990000077")
    shown = send(
        lindgren,
        "applicant_new",
        expect=200,
        npi=NPI,
        first_name="Iris",
        last_name="Tern",
        provider_type="md",
        email="iris@tern.example",
        practice=practice.pk,
        kind="initial",
    )
    link = shown.partition('readonly value="')[2].partition('"')[0]
    assert "/invitations/" in link or "invit" in link
    answer = Client().post(
        link, {"name": "Iris Tern", "password": PASSWORD, "password_again": PASSWORD}
    )
    assert answer.status_code == 302
    return Application.objects.get()


def test_an_applicant_is_invited_fills_in_signs_and_is_verified(lindgren):
    application = invited(lindgren)
    iris = fresh_client_of(User.objects.get(email=Invitation.objects.get().email))
    assert "Begin my application" in look(iris, "my_file")
    send(iris, "application_begin", application.pk)
    pk = application.pk
    assert "0 of 14 sections complete" in look(iris, "application_detail", pk)
    for section in SECTIONS:
        look(iris, "application_section", pk, section.code)
        data = {**row_data(section.code), "seen_version": 0}
        send(iris, "application_section", pk, section.code, **data)
    assert (
        "Kept"
        in iris.post(
            at("application_personal", pk),
            {"birth_date": "1984-05-06", "ssn": "899-77-6655"},
            follow=True,
        ).content.decode()
    )
    shown = look(iris, "application_detail", pk)
    assert "14 of 14 sections complete" in shown
    assert "Harbor Clinic" in shown
    send(iris, "my_document_new", pk, kind="coverage",
         file=SimpleUploadedFile("coi.pdf", PDF))  # fmt: skip
    shown = look(iris, "application_sign", pk)
    digest = shown.partition('name="seen_digest" value="')[2][:64]
    sign = {"seen_digest": digest, "typed_name": "Iris Q"}
    assert "Type your name as it stands here" in send(
        iris, "application_sign", pk, expect=422, **sign
    )
    send(iris, "application_sign", pk, **{**sign, "typed_name": "iris tern"})
    signed = Attestation.objects.get()
    assert signed.confirmed_by == "password"
    pdf = iris.get(at("attestation_pdf", signed.pk))
    assert b"".join(pdf.streaming_content)[:5] == b"%PDF-"
    assert "Signed by Iris Tern" in look(iris, "application_detail", pk)
    verify_all(lindgren, application)


def verify_all(lindgren, application):
    who, event = application.practitioner_id, application.event_id
    assert "Tern, Iris" in look(lindgren, "file_list", status=200)
    assert "Signed: look through it" in look(lindgren, "practitioner_file", who)
    day = (timezone.localdate() + timedelta(days=20)).isoformat()
    send(lindgren, "file_act", event, do="start", planned_decision_date=day)
    for tab in ("", "elements", "credentials", "history", "documents", "timeline"):
        look(lindgren, "practitioner_file", who, tab=tab)
    document = Document.objects.get()
    look(lindgren, "document_detail", document.pk)
    file = lindgren.get(at("document_file", document.pk))
    assert b"".join(file.streaming_content) == PDF
    assert file["Content-Type"] == "application/octet-stream"
    send(lindgren, "document_review", document.pk, verdict="accept", text="")
    assert "NotVerified" not in send(lindgren, "file_act", event, expect=422, do="finish")
    today = timezone.localdate().isoformat()
    for element in event_of(application).elements.all():
        words = look(lindgren, "element_detail", element.pk)
        source = words.partition('name="source"')[2].partition('value="')[2].partition('"')[0]
        told = {
            **{"do": "record", "source": source, "method": "web", "result": "clean"},
            **{"performed_on": today, "as_of_date": today, "expires_date": "2031-01-01"},
        }
        paper = {"evidence": SimpleUploadedFile("e.pdf", PDF)}
        if source == "npdb":
            words = send(lindgren, "element_act", element.pk, expect=422, **told, **paper)
            assert "stays in the NPDB" in words
            paper = {}
        send(lindgren, "element_act", element.pk, **told, **paper)
        made = Verification.objects.latest("pk")
        assert "You read it, and find it" in look(lindgren, "element_detail", element.pk)
        send(lindgren, "verification_review", made.pk, verdict="accept", text="")
    evidence = lindgren.get(at("verification_evidence", made.pk))
    assert b"".join(evidence.streaming_content) == PDF
    assert (
        Review.objects.filter(reviewed_by_name="K. Lindgren").count()
        == Verification.objects.count()
    )
    send(lindgren, "file_act", event, do="finish")
    assert event_of(application).status == "verified"
    shown = look(lindgren, "practitioner_file", who, tab="timeline")
    assert "Verified" in shown
    answer = lindgren.get(at("file_list"), {"export": "csv"})
    assert "Tern, Iris" in b"".join(answer.streaming_content).decode()


def event_of(application):
    return CredentialingEvent.objects.get(pk=application.event_id)


def letter(lindgren, iris_signed):
    """A letter to a peer of a file that is being verified; gives its address and element."""
    event = iris_signed
    element = event.elements.get(code="peer_reference")
    shown = send(
        lindgren,
        "element_act",
        element.pk,
        expect=200,
        do="ask",
        recipient_name="Dr. O. Egret",
        recipient_email="egret@peer.example",
        question="Would you refer a patient to Dr. Tern?",
    )
    return shown.partition('readonly value="')[2].partition('"')[0], element


@pytest.fixture
def verifying(lindgren):
    application, _ = applied()
    send(lindgren, "file_act", application.event_id, do="start", planned_decision_date="")
    return event_of(application)


def test_a_referee_answers_once_and_sees_nothing_but_the_question(lindgren, verifying):
    cache.clear()
    link, element = letter(lindgren, verifying)
    stranger = Client()
    shown = stranger.get(link).content.decode()
    assert "Would you refer a patient to Dr. Tern?" in shown
    for private in (NPI, "1984", "6655", "A99001", "T. Novak"):
        assert private not in shown
    assert stranger.post(link, {"answered_by": "O. Egret"}).status_code == 422
    answer = {"answered_by": "O. Egret", "title": "MD", "verdict": "yes", "text": "Gladly."}
    assert "Your answer arrived" in stranger.post(link, answer).content.decode()
    assert stranger.get(link).status_code == 410
    assert stranger.post(link, answer).status_code == 410
    assert Verification.objects.get().note == "Gladly."
    words = look(lindgren, "element_detail", element.pk)
    assert "Gladly." in words
    assert "You read it, and find it" in words


def test_guessing_addresses_ends_soon(lindgren, verifying, monkeypatch):
    cache.clear()
    monkeypatch.setattr(inquiries, "MOST", 3)
    link, _ = letter(lindgren, verifying)
    guess = link[:-4] + "aaa/"
    stranger = Client()
    found = [stranger.get(guess).status_code for _ in range(5)]
    assert found == [410, 410, 410, 429, 429]
    assert stranger.get(link).status_code == 429
    assert Inquiry.objects.get().answered_at is None
    cache.clear()
    element = verifying.elements.get(code="peer_reference")
    send(lindgren, "element_act", element.pk, do="withdraw", inquiry=Inquiry.objects.get().pk)
    assert stranger.get(link).status_code == 410


def test_an_applicant_sees_what_differs_and_answers(lindgren, verifying):
    element = verifying.elements.get(code="education")
    send(lindgren, "element_act", element.pk, do="differs", what="Year of the degree",
         application_says="2014", source_says="2015")  # fmt: skip
    iris = client_of(verifying.practitioner.user)
    pk = verifying.application.pk
    assert "A source says something else: Year of the degree" in look(
        iris, "application_detail", pk
    )
    found = element.discrepancies.get()
    assert "2015" in look(iris, "discrepancy_answer", found.pk)
    letters = {who.get(at("discrepancy_pdf", found.pk)).content for who in (iris, lindgren)}
    assert letters == {render_letter(letter_about(found))}
    assert letter_about(found)["facts"][2] == ["The source says", "2015"]
    send(iris, "discrepancy_answer", found.pk, reply="The registrar erred.")
    send(lindgren, "element_act", element.pk, do="close", discrepancy=found.pk, outcome="explained")
    assert "explained, both stand" in look(iris, "discrepancy_answer", found.pk)
    again = {"do": "close", "discrepancy": found.pk, "outcome": "stands"}
    assert "This was closed on" in send(lindgren, "element_act", element.pk, expect=422, **again)


def test_saves_itself_while_it_is_filled_in_and_refuses_a_stale_page(lindgren):
    application, user = invite()
    iris = client_of(user)
    send(iris, "application_begin", application.pk)
    path = at("application_section", application.pk, "identity")
    htmx = {"headers": {"HX-Request": "true"}}
    saved = iris.post(path, {"r0-first_name": "Iris", "seen_version": 0}, **htmx)
    assert "Saved" in saved.content.decode()
    assert 'value="1" hx-swap-oob' in saved.content.decode()
    stale = iris.post(path, {"r0-first_name": "Ida", "seen_version": 0}, **htmx)
    assert "Yours was not saved" in stale.content.decode()
    assert application.sections.get().data["first_name"] == "Iris"
    assert "Yours was not saved" in send(
        iris, "application_section", application.pk, "identity", expect=422, seen_version="x"
    )


def test_a_facility_is_added_recorded_and_opened(lindgren):
    new = {
        "kind": "hospital",
        "legal_name": "Orchard Hospital",
        "tin": "98-0000001",
        "npi": "1234567893",
        "line": "1 Orchard Ave",
        "city": "Fresno",
        "state": "CA",
        "zip_code": "93701",
    }
    assert "its check digit" in send(
        lindgren, "facility_new", expect=422, **{**new, "npi": "1" * 10}
    )
    send(lindgren, "facility_new", **new)
    assert "has this NPI already" in send(lindgren, "facility_new", expect=422, **new)
    pk = Facility.objects.get().pk
    assert "Orchard Hospital" in look(lindgren, "facility_list", q="orch")
    held = {"do": "credential", "kind": "ccn", "number": "50001"}
    assert "leading zero" in send(lindgren, "facility_act", pk, expect=422, **held)
    send(lindgren, "facility_act", pk, **{**held, "number": "050001"})
    send(lindgren, "facility_act", pk, do="credential", kind="fac_licence", state="ca", number="L1",
         expires_date="2028-01-01")  # fmt: skip
    send(lindgren, "facility_act", pk, do="credential", kind="liability", issuer="Tidewater",
         number="P", per_claim="1000000", aggregate="3000000")  # fmt: skip
    assert Credential.objects.get(kind="liability").aggregate_cents == 300_000_000
    send(lindgren, "facility_act", pk, do="check", kind="survey", checked_date="2026-01-05",
         checked_by="State", result="passed")  # fmt: skip
    number = {"do": "number", "system": "medicaid", "value": "XF1234"}
    assert "which state" in send(lindgren, "facility_act", pk, expect=422, **number)
    send(lindgren, "facility_act", pk, **number, state="ca")
    assert "XF1234" in look(lindgren, "facility_detail", pk, tab="credentials")
    assert "050001" in look(lindgren, "facility_detail", pk)
    bad = {"do": "behind", "role": "owner", "effective_date": "2020-01-01"}
    assert "one of them" in send(lindgren, "facility_act", pk, expect=422, **bad)
    send(lindgren, "facility_act", pk, **bad, business_name="Orchard Holdings")
    paper = SimpleUploadedFile("l.pdf", PDF)
    send(lindgren, "facility_act", pk, do="paper", kind="facility_licence", file=paper)
    send(lindgren, "facility_act", pk, do="open", kind="initial", planned_decision_date="")
    for tab in ("", "elements", "credentials", "behind", "documents", "timeline"):
        look(lindgren, "facility_detail", pk, tab=tab)
    codes = set(CredentialingEvent.objects.get().elements.values_list("code", flat=True))
    assert codes == {"fac_licence", "ccn", "quality_check", "liability", "facility_sanctions"}
    again = {"do": "open", "kind": "initial"}
    assert "The file is" in send(lindgren, "facility_act", pk, expect=422, **again)


def test_shows_files_to_nobody_else(lindgren, verifying):
    who, pk = verifying.practitioner_id, verifying.application.pk
    stranger = client_of(
        make_user("b@tern.example", Role.PROVIDER, party=verifying.application.party)
    )
    finance = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    for client in (stranger, finance):
        look(client, "practitioner_file", who, status=403)
        look(client, "file_list", status=403)
    look(stranger, "application_detail", pk, status=404)
    look(stranger, "application_section", pk, "identity", status=404)
    look(stranger, "attestation_pdf", Attestation.objects.get().pk, status=404)
    assert "Nothing is asked of you" in look(stranger, "my_file")
    look(lindgren, "practitioner_file", 999, status=404)
    look(lindgren, "element_detail", 999, status=404)
