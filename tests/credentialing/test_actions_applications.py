"""Applications: begun by whoever was invited, filled in by halves, signed by one person only."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from credentialing.actions.applicants import (
    AlreadyOpen,
    NotTheirs,
    SomebodyElse,
    WrongNpi,
    begin_application,
    invite_applicant,
)
from credentialing.actions.applications import (
    InEmergency,
    NotComplete,
    NotConfirmed,
    NotTheSignatory,
    OtherContent,
    SavedMeanwhile,
    WrongName,
    WrongSsn,
    keep_personal,
    save_section,
)
from credentialing.models import Application, Attestation, Credential, PersonName, Practitioner
from credentialing.models.secrets import ssn_of
from credentialing.rules.application import digest_of
from ipaportal.core.files import read_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import accept_invitation, token_of
from ipaportal.identity.models import EmergencyAccess
from tests.credentialing.applying import ANSWERS, APPLIED, NPI, applied, fill, invite, sign
from tests.factories import CLOCK, make_ipa, make_practice
from tests.people import PASSWORD, actor_of, make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db


def call_in(practice, email="new@tern.example", npi=NPI):
    return invite_applicant(
        actor=CLOCK,
        npi=npi,
        first_name="Iris",
        last_name="Tern",
        provider_type="md",
        email=email,
        practice_id=practice.pk,
        now=APPLIED,
    )


def test_an_invitation_makes_the_account_and_whoever_accepted_begins():
    make_ipa()
    application, invitation = call_in(make_practice())
    user = accept_invitation(
        actor=CLOCK,
        token=token_of(invitation),
        name="Iris Tern",
        password=PASSWORD,
        now=APPLIED,
        today=APPLIED.date(),
    )
    stranger = make_user("who@else.example", Role.PROVIDER, party=application.party)
    with pytest.raises(NotTheirs):
        begin_application(actor=actor_of(stranger), application_id=application.pk, now=APPLIED)
    begin_application(actor=actor_of(user), application_id=application.pk, now=APPLIED)
    application.event.refresh_from_db()
    assert application.event.status == "applying"
    assert Practitioner.objects.get(npi=NPI).user == user
    assert [step.to_status for step in application.event.steps.all()] == ["invited", "applying"]


def test_refuses_a_wrong_npi_an_open_file_and_somebody_elses_account():
    application, user = invite()
    practice = application.party.practice
    with pytest.raises(WrongNpi):
        call_in(practice, npi="2999000010")
    with pytest.raises(AlreadyOpen):
        call_in(practice)
    with pytest.raises(SomebodyElse):
        call_in(practice, email=user.email, npi="1679576722")
    assert Application.objects.count() == 1


def test_signs_what_stands_there_as_text_pdf_and_hash():
    application, actor = applied()
    signed = Attestation.objects.get()
    assert digest_of(signed.content) == signed.content_sha256
    assert "Tern" in signed.content
    assert "899" not in signed.content.replace(NPI, "")
    pdf = read_stored(signed.pdf_sha256)
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert "Application of Iris Tern" in text
    assert "ends in 6655" in text
    assert signed.content_sha256[:20] in text.replace("\n", "")
    assert application.event.status == "submitted"
    assert (signed.signed_by_id, signed.confirmed_by) == (actor.user_id, "password")
    with pytest.raises(DatabaseError), transaction.atomic():
        Attestation.objects.update(signed_name="Somebody")


def test_what_was_signed_becomes_the_file_and_supersedes_what_was_there():
    application, actor = applied()
    who = application.practitioner
    kinds = sorted(who.credentials.current().values_list("kind", flat=True))
    assert kinds == ["coverage", "dea", "licence"]
    assert (who.last_name, who.specialty, ssn_of(who)) == ("Tern", "Family Medicine", "899776655")
    assert PersonName.objects.get().last_name == "Plover"
    renewed = [{**ANSWERS["licences"]["rows"][0], "expires_date": "2029-12-31"}]
    save_section(
        actor=actor,
        application_id=application.pk,
        code="licences",
        data={"rows": renewed + ANSWERS["licences"]["rows"][1:]},
        seen_version=1,
        now=APPLIED + timedelta(hours=1),
    )
    sign(application, actor, APPLIED + timedelta(hours=2))
    licences = Credential.objects.filter(kind="licence").order_by("pk")
    assert [str(row.expires_date) for row in licences] == ["2027-12-31", "2029-12-31"]
    assert [row.superseded_at is None for row in licences] == [False, True]
    assert Credential.objects.filter(kind="dea").count() == 1
    assert PersonName.objects.count() == 1


def test_an_edit_of_what_was_signed_voids_it_and_the_same_again_does_not():
    application, actor = applied()
    later = APPLIED + timedelta(hours=1)
    save = {"actor": actor, "application_id": application.pk, "code": "identity", "now": later}
    save_section(**save, data=ANSWERS["identity"], seen_version=1)
    assert Attestation.objects.get().voided_at is None
    save_section(**save, data={**ANSWERS["identity"], "phone": "555-0101"}, seen_version=1)
    signed = Attestation.objects.get()
    assert (signed.voided_at, signed.void_reason) == (later, "“About you” was changed")
    application.event.refresh_from_db()
    assert application.event.status == "applying"
    sign(application, actor, later)
    assert Attestation.objects.filter(voided_at=None).count() == 1
    assert breaches() == []
    keep_personal(
        actor=actor,
        application_id=application.pk,
        birth_date=APPLIED.date().replace(year=1984),
        ssn="",
        now=later,
    )
    assert not Attestation.objects.filter(voided_at=None).exists()


def test_nobody_but_the_applicant_signs_and_only_just_confirmed():
    application, user = invite()
    actor = actor_of(user)
    begin_application(actor=actor, application_id=application.pk, now=APPLIED)
    with pytest.raises(NotComplete):
        sign(application, actor)
    fill(application, actor)
    manager = make_user("office@tern.example", Role.PRACTICE_MANAGER, party=application.party)
    colleague = make_user("other@tern.example", Role.PROVIDER, party=application.party)
    with pytest.raises(NotPermitted):
        sign(application, actor_of(manager))
    with pytest.raises(Application.DoesNotExist):
        sign(application, actor_of(colleague))
    with pytest.raises(NotTheSignatory):
        sign(application, CLOCK)
    for wrong in ({"confirmed_at": APPLIED - timedelta(minutes=6)},
                  {"confirmed_at": APPLIED + timedelta(seconds=1)}):  # fmt: skip
        with pytest.raises(NotConfirmed):
            sign(application, actor, **wrong)
    with pytest.raises(OtherContent):
        sign(application, actor, seen_digest="0" * 64)
    with pytest.raises(WrongName):
        sign(application, actor, typed_name="Iris Plover")
    EmergencyAccess.objects.create(
        user=user,
        user_name=user.name,
        subject_type="x",
        subject_id=1,
        reason="urgent",
        began_at=APPLIED - timedelta(minutes=1),
        ends_at=APPLIED + timedelta(minutes=1),
    )
    with pytest.raises(InEmergency):
        sign(application, actor)
    assert not Attestation.objects.exists()


def test_a_delegate_fills_in_for_the_practice_and_nobody_for_another():
    application, user = invite()
    begin_application(actor=actor_of(user), application_id=application.pk, now=APPLIED)
    manager = make_user("office@tern.example", Role.PRACTICE_MANAGER, party=application.party)
    fill(application, actor_of(manager))
    bell = make_practice()
    other = make_user("office@bell.example", Role.PRACTICE_MANAGER, party=bell.party)
    colleague = make_user("other@tern.example", Role.PROVIDER, party=application.party)
    for stranger in (other, colleague):
        with pytest.raises(Application.DoesNotExist):
            fill(application, actor_of(stranger))
    assert application.sections.get(code="identity").saved_by_name == "Office"


def test_refuses_a_stale_save_and_a_wrong_ssn():
    application, user = invite()
    actor = actor_of(user)
    begin_application(actor=actor, application_id=application.pk, now=APPLIED)
    fill(application, actor)
    with pytest.raises(SavedMeanwhile):
        save_section(
            actor=actor,
            application_id=application.pk,
            code="identity",
            data={"first_name": "Ida"},
            seen_version=0,
            now=APPLIED,
        )
    with pytest.raises(WrongSsn):
        keep_personal(
            actor=actor,
            application_id=application.pk,
            birth_date=APPLIED.date(),
            ssn="000-12-3456",
            now=APPLIED,
        )
    assert application.sections.get(code="identity").data["first_name"] == "Iris"
