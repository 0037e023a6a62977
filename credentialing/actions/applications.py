"""Filling in an application and signing it: an edit of what was signed voids the signature."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from credentialing.actions.credentials import keep_statements
from credentialing.actions.steps import take_step
from credentialing.formats.application_pdf import render_application
from credentialing.models import (
    Application,
    ApplicationSection,
    Attestation,
    CredentialingEvent,
    Practitioner,
)
from credentialing.models.secrets import birth_date_of, keep_birth_date, keep_ssn
from credentialing.queries.applications import answers_of, attested_facts, missing_of, pdf_data
from credentialing.rules.application import (
    ATTESTATION_VERSION,
    BY_CODE,
    canonical,
    digest_of,
    rows_of,
)
from credentialing.rules.events import Status
from credentialing.rules.identifiers import is_ssn
from ipaportal.audit.actions import action, record
from ipaportal.audit.context import current_origin
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import EmergencyAccess

CONFIRMED_WITHIN = timedelta(minutes=5)
OPEN_TO_EDITS = frozenset(
    {Status.APPLYING, Status.SUBMITTED, Status.INCOMPLETE, Status.VERIFYING, Status.VERIFIED}
)
UNSIGNED = frozenset({Status.APPLYING})


class NotOpen(Refused):
    """The application cannot be edited now."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"The file is “{event.get_status_display()}”, so its application stays as it is. "
            "Nothing was saved. Ask the IPA to take it back if something is wrong."
        )


class SavedMeanwhile(Refused):
    """Somebody else saved the section since the page was opened."""

    def __init__(self, section: ApplicationSection) -> None:
        super().__init__(
            f"{section.saved_by_name} saved this section meanwhile. Yours was not saved. Open the "
            "section again to see what stands there now."
        )


class NotTheSignatory(Refused):
    """Only the practitioner signs: no delegate, no colleague, no machine."""

    def __init__(self) -> None:
        super().__init__(
            "An application is signed by the practitioner it is about, signed in with their own "
            "account. Nothing was signed. Ask them to sign."
        )


class NotConfirmed(Refused):
    """The signatory did not just confirm that it is them."""

    def __init__(self) -> None:
        super().__init__(
            "Confirm that it is you, with your password or second factor, and sign within five "
            "minutes. Nothing was signed."
        )


class InEmergency(Refused):
    """Nobody signs while they have somebody's record open in an emergency."""

    def __init__(self) -> None:
        super().__init__(
            "Your account has a record open in an emergency. Nothing was signed. Sign once that "
            "access has ended."
        )


class NotComplete(Refused):
    """Something is missing."""

    def __init__(self, missing: Mapping[str, list[str]]) -> None:
        names = ", ".join(BY_CODE[code].name for code in missing if code in BY_CODE)
        super().__init__(
            f"Something is missing in: {names or 'birth date'}. Nothing was signed. Open each "
            "section; what is missing stands above it."
        )


class OtherContent(Refused):
    """What is there is not what was read."""

    def __init__(self) -> None:
        super().__init__(
            "The application changed since you opened this page. Nothing was signed. Read it "
            "again, then sign."
        )


class WrongName(Refused):
    """The name typed is not the signatory's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Type your name as it stands here: {name}. Nothing was signed.")


class WrongSsn(Refused):
    def __init__(self) -> None:
        super().__init__("This is no Social Security number. Nothing was saved.")


@action("credentialing.fill_application")
def save_section(
    *,
    actor: Actor,
    application_id: int,
    code: str,
    data: Mapping[str, object],
    seen_version: int,
    now: datetime,
) -> ApplicationSection:
    """
    Save a section as it is filled in; half-filled is fine. A signature is voided if it changed.

    :raises NotOpen: if the file is past editing
    :raises SavedMeanwhile: if another version was saved since
    :raises Application.DoesNotExist: if it is not the actor's to fill in
    """
    application, event = _locked(application_id, actor)
    return keep_section(
        actor=actor,
        application=application,
        event=event,
        code=code,
        data=data,
        seen_version=seen_version,
        now=now,
    )


def keep_section(
    *,
    actor: Actor,
    application: Application,
    event: CredentialingEvent,
    code: str,
    data: Mapping[str, object],
    seen_version: int | None,
    now: datetime,
) -> ApplicationSection:
    """Keep a section of a locked application: what `save_section` and a prefill share."""
    section = BY_CODE[code]
    rows = rows_of(section, data)
    clean = {"rows": rows} if section.repeats else rows[0]
    row = ApplicationSection.objects.filter(application=application, code=code).first()
    version = row.version if row else 0
    if row is not None and row.data == clean:
        record(actor=actor, action="credentialing.section.unchanged", subject=row, section=code)
        return row
    if row is not None and seen_version not in (None, version):
        raise SavedMeanwhile(row)
    row = row or ApplicationSection(application=application, code=code, version=0)
    row.data, row.version = clean, version + 1
    row.saved_at, row.saved_by_id, row.saved_by_name = now, actor.user_id, actor.name
    row.save()
    void_signature(application, event, f"“{section.name}” was changed", actor=actor, now=now)
    record(
        actor=actor,
        action="credentialing.section.saved",
        subject=row,
        section=code,
        version=row.version,
    )
    return row


@action("credentialing.fill_application")
def keep_personal(
    *, actor: Actor, application_id: int, birth_date: date, ssn: str, now: datetime
) -> Practitioner:
    """
    Keep an applicant's birth date and Social Security number, encrypted; an empty number stays.

    :raises WrongSsn: if it cannot be one
    :raises NotOpen: if the file is past editing
    """
    application, event = _locked(application_id, actor)
    who = Practitioner.objects.select_for_update().get(pk=application.practitioner_id)
    digits = ssn.replace("-", "").replace(" ", "")
    if digits and not is_ssn(digits):
        raise WrongSsn
    changed = birth_date_of(who) != birth_date or bool(digits)
    keep_birth_date(who, birth_date)
    if digits:
        keep_ssn(who, digits)
    who.save()
    if changed:
        void_signature(application, event, "birth date or SSN was changed", actor=actor, now=now)
    record(actor=actor, action="credentialing.personal.kept", subject=who)
    return who


@action("credentialing.sign_application")
def sign_application(
    *,
    actor: Actor,
    application_id: int,
    seen_digest: str,
    typed_name: str,
    confirmed_at: datetime,
    confirmed_by: str,
    now: datetime,
) -> Attestation:
    """
    Sign an application: freeze its text, the PDF of it and both hashes under a name.

    :raises NotTheSignatory: if the actor is not the practitioner
    :raises NotConfirmed: if they did not confirm within minutes that it is them
    :raises InEmergency: if they have a record open in an emergency
    :raises NotComplete: if something is missing
    :raises OtherContent: if it is not what they read
    :raises WrongName: if they typed another name
    """
    application, event = _locked(application_id, actor, of=UNSIGNED)
    who = Practitioner.objects.select_for_update().get(pk=application.practitioner_id)
    _check_signatory(who, actor, confirmed_at, now)
    answers = answers_of(application)
    missing = missing_of(answers, now.date())
    if missing or not who.birth_date_encrypted:
        raise NotComplete(missing)
    content = canonical(attested_facts(application, who), answers)
    if digest_of(content) != seen_digest:
        raise OtherContent
    identity = answers["identity"]
    name = f"{identity['first_name']} {identity['last_name']}"
    if " ".join(typed_name.split()).casefold() != name.casefold():
        raise WrongName(name)
    pdf = store(render_application(pdf_data(application, who, answers, name, now, seen_digest)))
    signed = Attestation.objects.create(
        application=application,
        text_version=ATTESTATION_VERSION,
        content=content,
        content_sha256=seen_digest,
        pdf_sha256=pdf.sha256,
        signed_name=name,
        signed_by_id=actor.user_id,
        signed_at=now,
        confirmed_at=confirmed_at,
        confirmed_by=confirmed_by[:60],
        ip=current_origin().ip,
    )
    keep_statements(who, answers, actor=actor, now=now)
    take_step(event, Status.SUBMITTED, actor=actor, now=now)
    record(
        actor=actor,
        action="credentialing.application.signed",
        subject=signed,
        content_sha256=seen_digest,
        pdf_sha256=pdf.sha256,
    )
    return signed


def _check_signatory(
    who: Practitioner, actor: Actor, confirmed_at: datetime, now: datetime
) -> None:
    if actor.user_id is None or who.user_id != actor.user_id:
        raise NotTheSignatory
    if not now - CONFIRMED_WITHIN <= confirmed_at <= now:
        raise NotConfirmed
    if EmergencyAccess.objects.filter(user_id=actor.user_id, ends_at__gt=now).exists():
        raise InEmergency


def void_signature(
    application: Application, event: CredentialingEvent, reason: str, *, actor: Actor, now: datetime
) -> None:
    """Void the live signature of an application, if it has one, and lead its file back."""
    live = Attestation.objects.filter(application=application, voided_at=None).first()
    if live is None:
        return
    live.voided_at, live.voided_by_name, live.void_reason = now, actor.name, reason[:300]
    live.save(update_fields=["voided_at", "voided_by_name", "void_reason"])
    if event.status in (Status.VERIFIED,):
        take_step(event, Status.VERIFYING, actor=actor, now=now, reason=reason)
    take_step(event, Status.APPLYING, actor=actor, now=now, reason=f"signature void: {reason}")
    record(actor=actor, action="credentialing.signature.voided", subject=live, reason=reason)


def _locked(
    application_id: int, actor: Actor, of: frozenset[Status] = OPEN_TO_EDITS
) -> tuple[Application, CredentialingEvent]:
    application = Application.objects.for_actor(actor).get(pk=application_id)
    event = CredentialingEvent.objects.select_for_update().get(pk=application.event_id)
    if event.status not in of:
        raise NotOpen(event)
    return application, event
