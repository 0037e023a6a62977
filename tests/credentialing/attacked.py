"""Files for attackers: one of each practice's practitioner, with everything an address can name."""

from datetime import datetime, timedelta

from django.utils import timezone

from credentialing.actions.adverse import open_action, send_notice
from credentialing.actions.applicants import begin_application, invite_applicant
from credentialing.actions.directory import change_office
from credentialing.actions.discrepancies import send_discrepancy
from credentialing.actions.documents import bring_document
from credentialing.actions.inquiries import send_inquiry
from credentialing.actions.verifying import record_verification, start_verifying
from credentialing.models import (
    EarlierDecision,
    Facility,
    Network,
    NetworkListing,
    Participation,
    Practice,
    Practitioner,
    PractitionerRole,
    Profile,
)
from ipaportal.identity.models import User
from tests.credentialing.applying import ANSWERS, fill, sign
from tests.factories import CLOCK, batch, fact
from tests.networks import make_facility, make_location
from tests.people import actor_of


def make_file(practice: Practice, who: Practitioner, user: User) -> dict[str, object]:
    """The signed file of a practitioner that is being verified; gives what addresses may name."""
    now = timezone.now() - timedelta(minutes=5)
    application, signed = _apply(practice, who, user, now)
    actor, pk = actor_of(user), application.pk
    event = start_verifying(
        actor=CLOCK, event_id=application.event_id, planned_decision_date=None, now=now
    )
    element = event.elements.get(code="peer_reference")
    verification = record_verification(
        actor=CLOCK,
        element_id=element.pk,
        source="peer",
        method="letter",
        as_of_date=now.date(),
        performed_at=now,
        result="clean",
        evidence=b"%PDF- evidence %%EOF",
        evidence_name="peer.pdf",
        now=now,
    )
    document = bring_document(
        actor=actor, application_id=pk, kind="cv", name="cv.pdf", data=b"%PDF- cv %%EOF", now=now
    )
    _, token = send_inquiry(
        actor=CLOCK,
        element_id=element.pk,
        recipient_name="Dr. O. Egret",
        recipient_email="egret@peer.example",
        question="Would you refer to them?",
        now=now,
    )
    discrepancy = send_discrepancy(
        actor=CLOCK,
        element_id=element.pk,
        what="Year of the degree",
        application_says="2014",
        source_says="2015",
        now=now,
    )
    profile = Profile.objects.create(
        practitioner=who, source="nppes", says={"identity.degree": "DO"}, file_name="npi.csv",
        file_sha256="0" * 64, read_at=now, read_by_name="test",
    )  # fmt: skip
    facility = Facility.objects.first() or make_facility()
    proposed = open_action(
        actor=CLOCK, practitioner_id=who.pk, kind="termination", basis="quality",
        reasons="Three charts without follow-up.", effective_date=timezone.localdate(now), now=now,
    )  # fmt: skip
    send_notice(actor=CLOCK, action_id=proposed.pk, tracking="9400 1", now=now)
    return {
        "application_id": pk,
        "action_id": proposed.pk,
        "attestation_id": signed.pk,
        "event_id": event.pk,
        "element_id": element.pk,
        "verification_id": verification.pk,
        "document_id": document.pk,
        "discrepancy_id": discrepancy.pk,
        "profile_id": profile.pk,
        "facility_id": facility.pk,
        **_in_the_directory(practice, who, actor, now),
        "earlier_id": _decided_elsewhere(facility, now).pk,
        "code": "identity",
        "letter": token,
    }


def _in_the_directory(practice: Practice, who: Practitioner, actor, now: datetime) -> dict:
    """An office of theirs that a network lists, and a change that waits."""
    days = Participation.objects.current().filter(practitioner=who, practice=practice).first()
    office = practice.locations.first() or make_location(practice)
    role = PractitionerRole.objects.create(
        practitioner=who, location=office, specialty="Family Medicine"
    )
    network, _ = Network.objects.get_or_create(payer_party=days.payer_party, name="Gold")
    fact(NetworkListing, batch(), days.effective_date, days.end_date, role=role, network=network)
    change = change_office(
        actor=actor, location_id=office.pk, what="other", text="The suite is 4 now.", now=now
    )
    return {"directory_office_id": office.pk, "directory_change_id": change.pk}


def _decided_elsewhere(facility: Facility, now: datetime) -> EarlierDecision:
    """What another committee decided about a facility, once."""
    day = timezone.localdate(now)
    earlier, _ = EarlierDecision.objects.get_or_create(
        facility=facility,
        defaults={
            "outcome": "approved", "decided_date": day, "next_due_date": day + timedelta(days=60),
            "committee": "Coast IPA", "basis": "accredited", "source_name": "elsewhere.csv",
            "source_sha256": "0" * 64, "line_no": 2, "recorded_by_name": "test",
            "recorded_at": now,
        },
    )  # fmt: skip
    return earlier


def _apply(practice: Practice, who: Practitioner, user: User, now: datetime):
    """Invited, begun, filled in and signed."""
    application, _ = invite_applicant(
        actor=CLOCK,
        npi=who.npi,
        first_name=who.first_name,
        last_name=who.last_name,
        provider_type="md",
        email=user.email,
        practice_id=practice.pk,
        now=now,
    )
    actor, pk = actor_of(user), application.pk
    begin_application(actor=actor, application_id=pk, now=now)
    name = {"first_name": who.first_name, "last_name": who.last_name, "former_names": ""}
    fill(application, actor, {**ANSWERS, "identity": {**ANSWERS["identity"], **name}}, now)
    signed = sign(application, actor, now, typed_name=str(who))
    return application, signed
