"""Universes that the portal has itself: nobody is asked for a spreadsheet of what is here."""

from collections.abc import Callable, Iterable, Sequence

from django.utils import timezone

from capitation.models import Dispute, Payment
from compliance.models import Audit
from credentialing.models import ScreeningResult
from credentialing.queries.audits import universe as decided
from ipaportal.core.exports import amount_text
from ipaportal.core.packets import rows_csv

Rows = Iterable[Sequence[object]]


def _decisions(audit: Audit) -> Rows:
    """Decisions about practitioners: of a plan's participants, where a plan audits."""
    party = audit.party_id if audit.kind == Audit.Kind.PLAN else None
    yield "Decision", "Cycle", "Decided on"
    for one in decided(audit.first_date, audit.last_date, party):
        yield one.event_id, one.kind, one.decision_date


def _payments(audit: Audit) -> Rows:
    """Payments to practices that were settled in the time."""
    yield "Payment", "Payee", "Amount", "Settled on", "Trace number"
    span = {"settled_at__date__range": (audit.first_date, audit.last_date)}
    for one in Payment.objects.filter(**span).select_related("party").order_by("pk"):
        day = timezone.localdate(one.settled_at)
        yield one.pk, one.party.name, amount_text(one.amount_cents), day, one.trace_number or ""


def _disputes(audit: Audit) -> Rows:
    """Questions of practices that were asked in the time, and when they were answered."""
    yield "Question", "Payee", "Asked on", "State", "Answered on"
    span = {"opened_at__date__range": (audit.first_date, audit.last_date)}
    rows = Dispute.objects.filter(**span).select_related("statement__payee").order_by("pk")
    for one in rows:
        answered = timezone.localdate(one.answered_at) if one.answered_at else ""
        asked = timezone.localdate(one.opened_at)
        yield one.pk, one.statement.payee.name, asked, one.get_status_display(), answered


def _screenings(audit: Audit) -> Rows:
    """What screenings of the time found, one row for each who was screened."""
    yield "Result", "Who", "As of", "Outcome"
    span = {"run__as_of__range": (audit.first_date, audit.last_date)}
    for one in ScreeningResult.objects.filter(**span).select_related("run").order_by("pk"):
        yield one.pk, one.label, one.run.as_of, one.get_outcome_display()


SOURCES: dict[str, tuple[str, Callable[[Audit], Rows]]] = {
    "decisions": ("Credentialing decisions of the time", _decisions),
    "payments": ("Payments to practices, settled in the time", _payments),
    "disputes": ("Questions of practices, and their answers", _disputes),
    "screenings": ("Exclusion screenings, everybody screened", _screenings),
}


def own_universe(source: str, audit: Audit) -> bytes:
    """A universe of the portal's own rows, as a CSV whose first column names each."""
    return rows_csv(SOURCES[source][1](audit))
