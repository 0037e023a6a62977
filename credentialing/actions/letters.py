"""Decision letters: previewed, issued once as a frozen PDF, by the day that the rule sets."""

from datetime import datetime

from django.utils import timezone

from credentialing.actions.adverse import tell
from credentialing.actions.adverse_steps import locked
from credentialing.actions.deciding import close_if_told
from credentialing.formats.application_pdf import render_letter
from credentialing.models import AdverseAction, CredentialingEvent, Decision, DecisionLetter
from credentialing.rules.decisions import REPORTABLE_DENIALS
from credentialing.rules.letters import letter_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import store
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party


class LetterSent(Refused):
    """A decision is told once."""

    def __init__(self, letter: DecisionLetter) -> None:
        super().__init__(
            f"The letter went out on {letter.issued_date} and stays as it is. Nothing was sent. "
            "Write to the provider if something has to be added."
        )


class TrackingMissing(Refused):
    """A denial goes by certified mail, with its number."""

    def __init__(self) -> None:
        super().__init__(
            "A denial begins the days in which a hearing may be asked for, so it goes by "
            "certified mail. Nothing was sent. Give the tracking number."
        )


def content_of(decision: Decision, now: datetime) -> dict[str, object]:
    """What the letter of a decision says if it is issued today."""
    event = decision.event
    sender = Party.objects.filter(kind=Party.Kind.IPA).first()
    return letter_of(
        outcome=decision.outcome,
        to=str(event.practitioner or event.facility),
        sender=sender.name if sender is not None else "",
        decision_date=decision.decision_date,
        issued=timezone.localdate(now),
        next_due=decision.next_due_date,
        ends=decision.ends_date,
        reason_code=decision.reason_code,
        reasons=decision.text if decision.outcome == "denied" else "",
        conditions=[(one.text, one.due_date) for one in decision.conditions.all()],
        is_reportable=decision.reason_code in REPORTABLE_DENIALS,
    )


@action("credentialing.issue_letter")
def issue_letter(
    *, actor: Actor, decision_id: int, channel: str, tracking: str, now: datetime
) -> DecisionLetter:
    """
    Issue the letter of a decision: its PDF is kept as it left, the event closes.

    :raises LetterSent: if it went out before
    :raises TrackingMissing: if a denial does not go by certified mail with its number
    """
    chosen = Decision.objects.values_list("event_id", flat=True).get(pk=decision_id)
    event = CredentialingEvent.objects.select_for_update().get(pk=chosen)
    decision = Decision.objects.get(pk=decision_id)
    before = DecisionLetter.objects.filter(decision=decision).first()
    if before is not None:
        raise LetterSent(before)
    channel = DecisionLetter.Channel(channel)
    if decision.outcome == "denied" and (channel != "certified" or not tracking.strip()):
        raise TrackingMissing
    content = content_of(decision, now)
    letter = DecisionLetter.objects.create(
        decision=decision,
        content=content,
        pdf_sha256=store(render_letter(content)).sha256,
        channel=channel,
        tracking=tracking.strip()[:60],
        due_date=decision.notice_due_date,
        issued_date=timezone.localdate(now),
        issued_at=now,
        issued_by_id=actor.user_id,
        issued_by_name=actor.name,
    )
    close_if_told(event, actor, now)
    proposed = AdverseAction.objects.filter(decision=decision).values_list("pk", flat=True).first()
    if proposed is not None:
        tell(locked(proposed), day=letter.issued_date, actor=actor, now=now)
    record(actor=actor, action="credentialing.letter.issued", subject=letter,
           pdf_sha256=letter.pdf_sha256, is_late=letter.issued_date > letter.due_date)  # fmt: skip
    return letter
