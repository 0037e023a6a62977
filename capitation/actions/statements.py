"""Statements: published once a month for every payee, and frozen from then on."""

from datetime import date, datetime

from capitation.formats.statement_pdf import render_statement
from capitation.models import Run, Statement, StatementPosting
from capitation.queries.publishing import Draft, drafts
from capitation.queries.statements import PdfInput, pdf_input
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text


class LaterMonthPublished(Refused):
    """A later month's statements are out; this month's would open where they did."""

    def __init__(self, month: date, later: date) -> None:
        super().__init__(
            f"Statements of {month_text(later)} are published already, so {month_text(month)} can "
            "no longer be. Nothing was published. What is not yet told comes with the next month."
        )


class NothingToPublish(Refused):
    """No payee has anything that was not told yet."""

    def __init__(self, month: date) -> None:
        super().__init__(
            f"There is nothing to tell for {month_text(month)}: no run is posted that a statement "
            "does not tell already, and no balance moved. Nothing was published. "
            "Approve and post the month's runs first."
        )


class BooksDisagree(Refused):
    """A payee's lines and what the runs booked for them differ."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(
            f"The lines of payee {draft.payee_id} come to {draft.provider - draft.withheld} cents, "
            f"their runs booked {draft.booked}. Nothing was published. Run `manage.py prove`."
        )


@action("capitation.publish_statements")
def publish_statements(*, actor: Actor, month: date, now: datetime) -> int:
    """
    Publish every payee's statement of a month; again only for those with news. Counts them.

    :raises LaterMonthPublished: if a later month's are out
    :raises NothingToPublish: if nobody has anything to be told
    :raises BooksDisagree: if lines and books differ
    """
    lock("statements")
    later = Statement.objects.filter(month__gt=month).order_by("month").first()
    if later is not None:
        raise LaterMonthPublished(month, later.month)
    is_run = Run.objects.filter(month=month, status=Run.Status.POSTED).exists()
    made = drafts(month, now) if is_run else []
    if not made:
        raise NothingToPublish(month)
    for draft in made:
        if draft.provider - draft.withheld != draft.booked:
            raise BooksDisagree(draft)
    rows = Statement.objects.bulk_create([_row(d, month, actor, now) for d in made], 1000)
    StatementPosting.objects.bulk_create(
        [
            StatementPosting(statement=row, posting_id=posting)
            for row, draft in zip(rows, made, strict=True)
            for posting in draft.posting_ids
        ],
        5000,
    )
    record(
        actor=actor,
        action="capitation.statements.published",
        month=f"{month:%Y-%m}",
        statements=len(rows),
        paid_cents=sum(row.paid_cents for row in rows),
        closing_cents=sum(row.closing_cents for row in rows),
    )
    return len(rows)


def _row(draft: Draft, month: date, actor: Actor, now: datetime) -> Statement:
    return Statement(
        payee_id=draft.payee_id,
        month=month,
        sequence=draft.sequence,
        run_ids=draft.run_ids,
        payment_id=draft.payment_id,
        opening_cents=draft.opening,
        provider_cents=draft.provider,
        withhold_cents=draft.withheld,
        other_cents=draft.other,
        paid_cents=draft.paid,
        closing_cents=draft.closing,
        held_cents=draft.held,
        content=draft.content,
        published_at=now,
        published_by=actor.name,
    )


@action("capitation.view_statements")
def make_statement_pdf(*, actor: Actor, statement_id: int) -> tuple[PdfInput, bytes]:
    """
    Make a statement's PDF: what it was made from (its name, whom it shows) and its bytes.

    :raises NoSuchStatement: also for whom may not see it
    """
    told = pdf_input(actor=actor, statement_id=statement_id)
    data = render_statement(told.data)
    record(
        actor=actor,
        action="capitation.statement.pdf_made",
        subject=told.statement,
        bytes=len(data),
    )
    return told, data
