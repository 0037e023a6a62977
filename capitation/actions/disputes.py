"""Disputes: a payee asks about a line; the IPA answers. No line is ever edited for it."""

from datetime import date, datetime

from capitation.models import Dispute, Statement
from capitation.queries.disputes import line_cents
from capitation.rules.statements import LineId
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused


class NoSuchLine(Refused):
    """The statement tells no such line, or the actor may not ask about it."""

    def __init__(self) -> None:
        super().__init__(
            "This statement tells no such line. Nothing was sent. Open the line from the "
            "statement's members and ask from there."
        )


class AlreadyAsked(Refused):
    """A question about the line is open."""

    def __init__(self, dispute: Dispute) -> None:
        super().__init__(
            f"{dispute.opened_by_name} asked about this line on {dispute.opened_at:%b %-d, %Y} and "
            "it is not answered yet. Nothing was sent. Its answer will appear under your questions."
        )


class NoWords(Refused):
    """A question or an answer without words."""

    def __init__(self) -> None:
        super().__init__("There are no words in it. Nothing was sent. Say what it is about.")


class AlreadyAnswered(Refused):
    """Somebody answered before."""

    def __init__(self, dispute: Dispute) -> None:
        super().__init__(
            f"{dispute.answered_by_name} answered this question already "
            f"({dispute.get_status_display()}). Nothing was changed."
        )


@action("capitation.open_dispute")
def open_dispute(
    *,
    actor: Actor,
    statement_id: int,
    run_id: int,
    member_id: int,
    coverage_month: date,
    question: str,
    now: datetime,
) -> Dispute:
    """
    Ask about one line of a statement.

    :raises NoSuchLine: if the statement tells no such line, or is not the actor's
    :raises AlreadyAsked: if a question about it is open
    :raises NoWords: if the question is empty
    """
    statements = Statement.objects.for_actor(actor, "capitation.open_dispute")
    lock("statement", statement_id)  # of two questions about one line, the second finds the first
    statement = statements.filter(pk=statement_id).first()
    if statement is None or run_id not in statement.run_ids:
        raise NoSuchLine
    cents = line_cents(run_id, member_id, coverage_month, statement.payee_id)
    if cents is None:
        raise NoSuchLine
    if not question.strip():
        raise NoWords
    line = {"run_id": run_id, "member_id": member_id, "coverage_month": coverage_month}
    waiting = Dispute.objects.filter(
        statement=statement, status=Dispute.Status.OPEN, **line
    ).first()
    if waiting is not None:
        raise AlreadyAsked(waiting)
    dispute = Dispute.objects.create(
        statement=statement,
        question=question.strip(),
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        opened_at=now,
        **line,
    )
    record(
        actor=actor,
        action="capitation.dispute.opened",
        subject=dispute,
        line=str(LineId(run_id, member_id, coverage_month, statement.payee_id)),
        cents=cents,
    )
    return dispute


@action("capitation.answer_dispute")
def answer_dispute(
    *, actor: Actor, dispute_id: int, upheld: bool, answer: str, now: datetime
) -> Dispute:
    """
    Answer a question: uphold it (the fact will be corrected, a later run pays it) or decline.

    :raises AlreadyAnswered: if somebody did
    :raises NoWords: if the answer is empty
    """
    dispute = Dispute.objects.select_for_update().get(pk=dispute_id)
    if dispute.status != Dispute.Status.OPEN:
        raise AlreadyAnswered(dispute)
    if not answer.strip():
        raise NoWords
    dispute.status = Dispute.Status.UPHELD if upheld else Dispute.Status.DECLINED
    dispute.answer = answer.strip()
    dispute.answered_by_id, dispute.answered_by_name = actor.user_id, actor.name
    dispute.answered_at = now
    dispute.save(
        update_fields=["status", "answer", "answered_by_id", "answered_by_name", "answered_at"]
    )
    record(
        actor=actor,
        action="capitation.dispute.answered",
        subject=dispute,
        status=dispute.status,
        answer=dispute.answer,
    )
    return dispute
