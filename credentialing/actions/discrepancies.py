"""Discrepancies: the applicant is told what a source says, and may correct or contest it."""

from datetime import date, datetime, timedelta

from credentialing.models import Application, Discrepancy, Element, Verification
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused

ANSWER_WITHIN = timedelta(days=14)


class ClosedBefore(Refused):
    """A discrepancy is closed once, and answered before that."""

    def __init__(self, discrepancy: Discrepancy) -> None:
        super().__init__(
            f"This was closed on {discrepancy.closed_at:%b %-d, %Y}: "
            f"{discrepancy.get_outcome_display()}. Nothing was changed."
        )


class AnsweredBefore(Refused):
    """An answer is given once."""

    def __init__(self) -> None:
        super().__init__(
            "This was answered before, and the IPA looks at the answer. Nothing was changed. "
            "Bring a document if you have more to say."
        )


class StillTheirTurn(Refused):
    """The applicant may still answer."""

    def __init__(self, due_date: date) -> None:
        super().__init__(
            f"The applicant may answer until {due_date:%b %-d, %Y}. Nothing was closed. Close it "
            "after that day, or once they have answered."
        )


@action("credentialing.work_files")
def send_discrepancy(
    *,
    actor: Actor,
    element_id: int,
    what: str,
    application_says: str,
    source_says: str,
    now: datetime,
    verification_id: int | None = None,
) -> Discrepancy:
    """Tell an applicant that a source says something else, and until when they may answer."""
    element = Element.objects.get(pk=element_id, dropped_at=None)
    if verification_id is not None:
        Verification.objects.get(pk=verification_id, element=element)
    discrepancy = Discrepancy.objects.create(
        element=element,
        verification_id=verification_id,
        what=what.strip(),
        application_says=application_says.strip(),
        source_says=source_says.strip(),
        sent_at=now,
        sent_by_id=actor.user_id,
        sent_by_name=actor.name,
        due_date=now.date() + ANSWER_WITHIN,
    )
    record(actor=actor, action="credentialing.discrepancy.sent", subject=discrepancy)
    return discrepancy


@action("credentialing.fill_application")
def answer_discrepancy(
    *, actor: Actor, discrepancy_id: int, reply: str, now: datetime
) -> Discrepancy:
    """
    Answer as the applicant, or as the practice's delegate.

    :raises AnsweredBefore: if it was answered
    :raises ClosedBefore: if it is closed
    """
    mine = Application.objects.for_actor(actor).values("event_id")
    discrepancy = Discrepancy.objects.select_for_update().get(
        pk=discrepancy_id, element__event_id__in=mine
    )
    if discrepancy.closed_at is not None:
        raise ClosedBefore(discrepancy)
    if discrepancy.replied_at is not None:
        raise AnsweredBefore
    discrepancy.reply, discrepancy.replied_at = reply.strip(), now
    discrepancy.replied_by_name = actor.name
    discrepancy.save(update_fields=["reply", "replied_at", "replied_by_name"])
    record(actor=actor, action="credentialing.discrepancy.answered", subject=discrepancy)
    return discrepancy


@action("credentialing.work_files")
def close_discrepancy(
    *, actor: Actor, discrepancy_id: int, outcome: str, now: datetime
) -> Discrepancy:
    """
    Close a discrepancy with what came of it.

    :raises ClosedBefore: if it was
    :raises StillTheirTurn: if the applicant has not answered and may still do
    """
    discrepancy = Discrepancy.objects.select_for_update().get(pk=discrepancy_id)
    if discrepancy.closed_at is not None:
        raise ClosedBefore(discrepancy)
    outcome = Discrepancy.Outcome(outcome)
    if discrepancy.replied_at is None and now.date() <= discrepancy.due_date:
        raise StillTheirTurn(discrepancy.due_date)
    discrepancy.outcome, discrepancy.closed_at = outcome, now
    discrepancy.closed_by_id, discrepancy.closed_by_name = actor.user_id, actor.name
    discrepancy.save(update_fields=["outcome", "closed_at", "closed_by_id", "closed_by_name"])
    record(
        actor=actor,
        action="credentialing.discrepancy.closed",
        subject=discrepancy,
        outcome=outcome,
    )
    return discrepancy
