"""Asking again: the clock reminds who does not answer, a person ends what nobody answers."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from credentialing.actions.inquiries import token_digest
from credentialing.actions.steps import take_step
from credentialing.formats.application_pdf import render_letter
from credentialing.models import (
    ApplicantReminder,
    CredentialingEvent,
    Inquiry,
    InquiryReminder,
    WithdrawalLetter,
)
from credentialing.queries.askings import (
    asked_of_applicant,
    asked_of_source,
    due_applicants,
    due_inquiries,
    email_of,
    newest_step,
)
from credentialing.rules.events import PROVIDER_WAITS, Status
from credentialing.rules.letters import withdrawal_letter
from credentialing.rules.waiting import WAITS
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.actions.invitations import end_invitation
from ipaportal.identity.models import Party

AT_ONCE = 200


class NotWaiting(Refused):
    """A file that waits for somebody else than its applicant."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"This file is “{event.get_status_display()}”: it does not wait for the applicant. "
            "Nothing was changed. Look at the file for what comes next."
        )


class AskedTooLittle(Refused):
    """Nobody is given up before every asking had its days."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"The applicant was {words}. Nothing was changed. Wait for that day, or withdraw the "
            "file from its page with a reason of yours."
        )


class LetterChanged(Refused):
    """What was seen is not what would be sent now."""

    def __init__(self) -> None:
        super().__init__(
            "The letter would not say now what you looked at. Nothing was changed. Read it again "
            "and confirm."
        )


def step_askings(now: datetime) -> int:
    """Ask again whoever has not answered for days; a step of the sweep."""
    clock, taken = Actor.system("clock"), 0
    for inquiry_id in due_inquiries(now)[:AT_ONCE]:
        taken += ask_again(actor=clock, inquiry_id=inquiry_id, now=now)
    for event_id in due_applicants(now)[:AT_ONCE]:
        taken += remind_applicant(actor=clock, event_id=event_id, now=now)
    return taken


@action("credentialing.ask_again")
def ask_again(*, actor: Actor, inquiry_id: int, now: datetime) -> bool:
    """Write once more to whoever did not answer, or give them up; tells whether it did either."""
    inquiry = Inquiry.objects.select_for_update(of=("self",)).get(pk=inquiry_id)
    today, far = timezone.localdate(now), asked_of_source(inquiry)
    number, is_closed = far.next_number(today), inquiry.answered_at or inquiry.withdrawn_at
    over = far.is_over(today) or inquiry.expires_at <= now
    if is_closed or inquiry.given_up_at or not (over or number):
        record(actor=actor, action="credentialing.inquiry.checked", subject=inquiry)
        return False
    if over:
        inquiry.given_up_at = now
        inquiry.save(update_fields=["given_up_at"])
        record(actor=actor, action="credentialing.inquiry.given_up", subject=inquiry,
               askings=len(far.days))  # fmt: skip
        return True
    token = secrets.token_urlsafe(32) if inquiry.home_url else ""
    reminder = InquiryReminder.objects.create(
        inquiry=inquiry,
        number=number,
        token_sha256=token_digest(token) if token else "",
        sent_at=now,
    )
    record(actor=actor, action="credentialing.inquiry.asked_again", subject=reminder,
           inquiry_id=inquiry.pk, number=number)  # fmt: skip
    mail_later([inquiry.recipient_email], "A reminder: a question about a colleague",
               _reminder_text(inquiry, token))  # fmt: skip
    return True


def _reminder_text(inquiry: Inquiry, token: str) -> str:
    until, first = day_text(inquiry.expires_at), day_text(inquiry.sent_at)
    if token:
        page = reverse("credentialing:inquiry_answer", args=[token])
        where = f"Please answer here, until {until}:\n{inquiry.home_url.rstrip('/')}{page}"
    else:
        where = f"Please answer at the address in our letter of {first}, until {until}."
    return (
        f"On {first} we asked you this, and have not heard from you:\n\n{inquiry.question}\n\n"
        f"{where}\n\nThe address is meant for you alone. If you cannot say anything, say so there: "
        "then we ask somebody else.\n"
    )


@action("credentialing.ask_again")
def remind_applicant(*, actor: Actor, event_id: int, now: datetime) -> bool:
    """Remind an applicant on whom a file waits, once an asking; tells whether it did."""
    event = CredentialingEvent.objects.select_for_update(of=("self",)).get(pk=event_id)
    step, to = newest_step(event), email_of(event)
    far = asked_of_applicant(step) if step is not None else None
    number = far.next_number(timezone.localdate(now)) if far is not None else None
    if event.status not in PROVIDER_WAITS or number is None or not to:
        record(actor=actor, action="credentialing.applicant.checked", subject=event)
        return False
    reminder = ApplicantReminder.objects.create(step=step, number=number, email=to, sent_at=now)
    record(actor=actor, action="credentialing.applicant.reminded", subject=reminder,
           event_id=event.pk, number=number)  # fmt: skip
    wait = WAITS[Status(event.status)]
    mail_later(
        [to],
        "Your application waits for you",
        f"Since {day_text(step.at)} your application waits for {wait.waits_on}. Sign in to the "
        "portal: what is missing stands under “My file”. If your invitation is over, ask us for a "
        "new one.\n",
    )
    return True


def letter_without_answer(event: CredentialingEvent, now: datetime) -> dict[str, object]:
    """What the letter says that ends a file nobody answered."""
    sender = Party.objects.filter(kind=Party.Kind.IPA).first()
    step = newest_step(event)
    return withdrawal_letter(
        to=str(event.practitioner),
        sender=sender.name if sender is not None else "",
        issued=timezone.localdate(now),
        asked=asked_of_applicant(step).days if step is not None else (),
        is_again=event.kind == CredentialingEvent.Kind.RECREDENTIALING,
    )


def digest_of_letter(content: Mapping[str, object]) -> str:
    """What signs a letter that was seen."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@action("credentialing.work_files")
def withdraw_unanswered(
    *, actor: Actor, event_id: int, seen_digest: str, now: datetime
) -> WithdrawalLetter:
    """
    Withdraw a file whose applicant did not answer any asking, and tell them by letter.

    :raises NotWaiting: if the file waits for somebody else
    :raises AskedTooLittle: before every asking had its days
    :raises LetterChanged: if the letter is not what was seen
    """
    event = CredentialingEvent.objects.select_for_update(of=("self",)).get(pk=event_id)
    step = newest_step(event)
    if event.status not in PROVIDER_WAITS or step is None or event.practitioner_id is None:
        raise NotWaiting(event)
    far, today = asked_of_applicant(step), timezone.localdate(now)
    if not far.is_over(today):
        raise AskedTooLittle(far.words(today))
    content = letter_without_answer(event, now)
    if digest_of_letter(content) != seen_digest:
        raise LetterChanged
    reason = f"no answer to {len(far.days)} askings, the last on {far.days[-1]}"
    take_step(event, Status.WITHDRAWN, actor=actor, now=now, reason=reason)
    application = getattr(event, "application", None)
    if application is not None:
        end_invitation(actor=actor, invitation_id=application.invitation_id, now=now)
    letter = WithdrawalLetter.objects.create(
        event=event,
        content=content,
        pdf_sha256=store(render_letter(content)).sha256,
        issued_date=today,
        issued_at=now,
        issued_by_id=actor.user_id,
        issued_by_name=actor.name,
    )
    record(actor=actor, action="credentialing.file.withdrawn_unanswered", subject=event,
           letter_id=letter.pk, askings=len(far.days))  # fmt: skip
    if to := email_of(event):
        mail_later([to], "Your application was withdrawn", "\n\n".join(content["paragraphs"]))
    return letter
