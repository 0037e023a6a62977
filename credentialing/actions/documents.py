"""Documents: brought by the provider or staff, looked at by a person, superseded by newer ones."""

from datetime import date, datetime

from credentialing.formats.pdf_files import fault_of_pdf
from credentialing.models import Application, Document, Facility, Practitioner
from credentialing.rules.documents import KIND_BY_CODE
from credentialing.rules.file_kinds import MAX_BYTES, kind_of_bytes
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused

WORK = "credentialing.work_files"


class WrongFile(Refused):
    """Bytes that are no document we keep."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was kept. Send a PDF, PNG, JPEG or TIFF.")


class ReviewedBefore(Refused):
    """A document is looked at once."""

    def __init__(self, document: Document) -> None:
        super().__init__(
            f"{document.reviewed_by_name} looked at this document before and "
            f"{document.get_status_display()} it. Nothing was changed. Ask for a newer one."
        )


class WordsNeeded(Refused):
    """A rejection without words."""

    def __init__(self) -> None:
        super().__init__("Say in a few words what is wrong: the provider reads them.")


@action("credentialing.fill_application")
def bring_document(
    *,
    actor: Actor,
    application_id: int,
    kind: str,
    name: str,
    data: bytes,
    now: datetime,
    expires_date: date | None = None,
) -> Document:
    """
    Add a document to one's own file, or as a delegate to that of the practice's practitioner.

    :raises WrongFile: if it is empty, too large, of a kind that is not kept, or does something
    """
    application = Application.objects.for_actor(actor).get(pk=application_id)
    who = Practitioner.objects.select_for_update().get(pk=application.practitioner_id)
    return _keep(actor, kind, name, data, expires_date, now, practitioner=who)


@action("credentialing.work_files")
def file_document(
    *,
    actor: Actor,
    kind: str,
    name: str,
    data: bytes,
    now: datetime,
    expires_date: date | None = None,
    practitioner_id: int | None = None,
    facility_id: int | None = None,
) -> Document:
    """
    Add a document to a file, as staff.

    :raises WrongFile: if it is empty, too large, of a kind that is not kept, or does something
    """
    if practitioner_id:
        of = {"practitioner": Practitioner.objects.select_for_update().get(pk=practitioner_id)}
    else:
        of = {"facility": Facility.objects.select_for_update().get(pk=facility_id)}
    return _keep(actor, kind, name, data, expires_date, now, **of)


def checked_kind(data: bytes) -> str:
    """
    The content type of a paper that is kept.

    :raises WrongFile: if it is empty, too large, of a kind that is not kept, or does something
    """
    if len(data) > MAX_BYTES:
        raise WrongFile(f"The file is larger than {MAX_BYTES >> 20} MB.")
    content_type = kind_of_bytes(data)
    if content_type is None:
        raise WrongFile("The file is empty, or what is in it is no picture and no PDF.")
    if content_type == "application/pdf" and (fault := fault_of_pdf(data)):
        raise WrongFile(f"The PDF {fault}. Print it into a new PDF, and send that.")
    return content_type


def _keep(
    actor: Actor,
    kind: str,
    name: str,
    data: bytes,
    expires_date: date | None,
    now: datetime,
    **of: object,
) -> Document:
    if kind not in KIND_BY_CODE:
        raise WrongFile("This is no kind of document we know.")
    content_type = checked_kind(data)
    kept = store(data)
    before = Document.objects.filter(**of, kind=kind, superseded_by=None).first()
    if before is not None and before.sha256 == kept.sha256:
        raise WrongFile(f"The same file is there already, since {before.uploaded_at:%Y-%m-%d}.")
    document = Document.objects.create(
        **of,
        kind=kind,
        name=name[-255:],
        content_type=content_type,
        sha256=kept.sha256,
        size=kept.size,
        expires_date=expires_date,
        uploaded_by_id=actor.user_id,
        uploaded_by_name=actor.name,
        uploaded_at=now,
    )
    # Of some kinds there are several at a time: each licence has its own.
    if before is not None and kind not in ("other", "licence", "explanation", "gap", "diploma"):
        Document.objects.filter(pk=before.pk).update(superseded_by=document)
    record(
        actor=actor,
        action="credentialing.document.received",
        subject=document,
        kind=kind,
        sha256=kept.sha256,
    )
    return document


@action("credentialing.work_files")
def review_document(
    *, actor: Actor, document_id: int, is_accepted: bool, text: str, now: datetime
) -> Document:
    """
    Accept a document or reject it in words.

    :raises ReviewedBefore: if somebody did
    :raises WordsNeeded: if it is rejected without words
    """
    document = Document.objects.select_for_update().get(pk=document_id)
    if document.status != Document.Status.RECEIVED:
        raise ReviewedBefore(document)
    if not is_accepted and not text.strip():
        raise WordsNeeded
    document.status = Document.Status.ACCEPTED if is_accepted else Document.Status.REJECTED
    document.reviewed_by_id, document.reviewed_by_name = actor.user_id, actor.name
    document.reviewed_at, document.review_text = now, text.strip()[:500]
    document.save(
        update_fields=[
            "status",
            "reviewed_by_id",
            "reviewed_by_name",
            "reviewed_at",
            "review_text",
        ]
    )
    record(actor=actor, action=f"credentialing.document.{document.status}", subject=document)
    return document
