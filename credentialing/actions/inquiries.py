"""Inquiries: a letter to whoever knows, with an address that answers once and shows nothing."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from credentialing.actions.verifying import VERIFIABLE, NotBeingVerified, keep_verification
from credentialing.models import CredentialingEvent, Element, Inquiry, InquiryReminder
from credentialing.rules.elements import RULES
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused

VALID_FOR = timedelta(days=30)
# Who answers by letter: of an element, the first accepted source that is one of these.
ANSWERING = ("employer", "peer", "carrier", "school", "hospital")


class InquiryOver(Refused):
    """The address does not answer: never did, was used, withdrawn, or its time is over."""

    def __init__(self) -> None:
        super().__init__(
            "This address is not open: it was answered, withdrawn, or its time is over. Nothing "
            "was changed. Ask whoever sent it for a new one."
        )


class NobodyToAsk(Refused):
    """No source of this element answers letters."""

    def __init__(self, element: Element) -> None:
        super().__init__(
            f"“{RULES[element.code].name}” is not verified by letter. Nothing was sent. Ask one of "
            "the sources listed with the element."
        )


def token_digest(token: str) -> str:
    """What is kept of an address: its hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def source_by_letter(element: Element) -> str:
    """
    Which of an element's sources is asked by letter.

    :raises NobodyToAsk: if none is
    """
    found = [one for one in ANSWERING if one in RULES[element.code].sources]
    if not found:
        raise NobodyToAsk(element)
    return found[0]


@action("credentialing.work_files")
def send_inquiry(
    *,
    actor: Actor,
    element_id: int,
    recipient_name: str,
    recipient_email: str,
    question: str,
    now: datetime,
    home_url: str = "",
) -> tuple[Inquiry, str]:
    """
    Write to somebody who knows; gives the inquiry and the token of its address, shown once.

    `home_url` is where the portal is reached, for the addresses in reminders.

    :raises NobodyToAsk: if the element has no source that is asked by letter
    :raises NotBeingVerified: if the file is not being verified
    """
    element = Element.objects.select_related("event").get(pk=element_id, dropped_at=None)
    event = CredentialingEvent.objects.select_for_update().get(pk=element.event_id)
    if event.status not in VERIFIABLE:
        raise NotBeingVerified(event)
    source_by_letter(element)
    token = secrets.token_urlsafe(32)
    inquiry = Inquiry.objects.create(
        element=element,
        recipient_name=recipient_name.strip(),
        recipient_email=recipient_email.strip(),
        question=question.strip(),
        token_sha256=token_digest(token),
        sent_at=now,
        sent_by_id=actor.user_id,
        sent_by_name=actor.name,
        expires_at=now + VALID_FOR,
        home_url=home_url[:200],
    )
    record(actor=actor, action="credentialing.inquiry.sent", subject=inquiry)
    return inquiry, token


@action("credentialing.work_files")
def withdraw_inquiry(*, actor: Actor, inquiry_id: int, now: datetime) -> Inquiry:
    """
    Make an open inquiry's address useless.

    :raises InquiryOver: if it is not open
    """
    inquiry = Inquiry.objects.select_for_update().get(pk=inquiry_id)
    if inquiry.answered_at or inquiry.withdrawn_at:
        raise InquiryOver
    inquiry.withdrawn_at = now
    inquiry.save(update_fields=["withdrawn_at"])
    record(actor=actor, action="credentialing.inquiry.withdrawn", subject=inquiry)
    return inquiry


def open_inquiry(token: str, now: datetime) -> Inquiry:
    """
    The inquiry behind an address.

    :raises InquiryOver: if it is not open, for whatever reason
    """
    digest = token_digest(token)
    again = InquiryReminder.objects.filter(token_sha256=digest).values("inquiry_id")
    inquiry = (
        Inquiry.objects.select_related("element__event__practitioner", "element__event__facility")
        .filter(Q(token_sha256=digest) | Q(pk__in=again))
        .filter(answered_at=None, withdrawn_at=None, expires_at__gt=now)
        .first()
    )
    if inquiry is None or inquiry.element.event.status not in VERIFIABLE:
        raise InquiryOver
    return inquiry


@action("credentialing.answer_inquiry")
def answer_inquiry(
    *,
    actor: Actor,
    token: str,
    answered_by: str,
    title: str,
    is_confirmed: bool,
    is_adverse: bool,
    text: str,
    now: datetime,
) -> Inquiry:
    """
    Take the answer of whoever got a letter as a verification that waits for a person's review.

    :raises InquiryOver: if the address is not open
    """
    inquiry = Inquiry.objects.select_for_update().get(pk=open_inquiry(token, now).pk)
    if inquiry.answered_at or inquiry.withdrawn_at:
        raise InquiryOver
    result = "adverse" if is_adverse else "clean" if is_confirmed else "mismatch"
    evidence = (
        f"To: {inquiry.recipient_name} <{inquiry.recipient_email}>\n"
        f"Asked on {inquiry.sent_at.isoformat()}: {inquiry.question}\n"
        f"Answered on {now.isoformat()} by {answered_by}, {title}\n"
        f"Confirmed: {is_confirmed}; adverse: {is_adverse}\n{text}\n"
    )
    verification = keep_verification(
        actor=actor,
        element=inquiry.element,
        source=source_by_letter(inquiry.element),
        method="letter",
        as_of_date=now.date(),
        performed_at=now,
        result=result,
        now=now,
        note=text[:1000],
        asked=inquiry.question[:300],
        spoke_with=f"{answered_by}, {title}"[:200],
        evidence=evidence.encode(),
        evidence_name=f"answer-{inquiry.pk}.txt",
    )
    inquiry.answered_at, inquiry.verification = now, verification
    inquiry.save(update_fields=["answered_at", "verification"])
    record(actor=actor, action="credentialing.inquiry.answered", subject=inquiry)
    return inquiry
