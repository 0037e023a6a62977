"""The bank's returns, line by line: what applies is applied, and what does not waits."""

from datetime import datetime

from django.utils import timezone

from capitation.formats.nacha import AchFile, Addenda, Entry, read
from capitation.models import Payment, ReturnFile, ReturnLine
from capitation.queries.bank_returns import corrected_aad
from capitation.rules.bank_returns import WAITS, why_waiting
from capitation.rules.payments import return_reason
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import encrypt
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books, holds
from ipaportal.ledger.models import Account, Hold
from ipaportal.ledger.models import Entry as BookedEntry

# Banks send returns without file header or controls, and seldom padded.
TOLERATED = {"no-file-header", "no-file-control", "batch-not-closed", "blocks", "check-digit"}
TOLERATED |= {"unknown-code"}


class ReturnsRefused(Refused):
    """A file of returns that cannot be used; its bytes are kept."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This file of returns was kept and not used: {why}. Nothing was changed. "
            "Ask the bank for a correct file."
        )


class ReturnsReadBefore(Refused):
    """The same bytes came before."""

    def __init__(self, file: ReturnFile) -> None:
        super().__init__(
            f"{file.received_by_name} read this file already, on "
            f"{file.received_at:%b %-d, %Y}. Nothing was changed. What of it still waits "
            "stands in the list below."
        )


class StillWaits(Refused):
    """The line does not apply, still."""

    def __init__(self, line: ReturnLine, why: str) -> None:
        super().__init__(f"The {line} still does not apply: {why} Nothing was changed.")


class NotWaitingLine(Refused):
    """The line was applied or closed before."""

    def __init__(self, line: ReturnLine) -> None:
        super().__init__(
            f"The {line} is {line.get_state_display()} already. Nothing was changed. "
            "Look at the list for what still waits."
        )


class ReasonNeeded(Refused):
    """A line is closed without words."""

    def __init__(self) -> None:
        super().__init__("Say in a few words what ended it. Nothing was changed.")


@action("capitation.read_returns")
def read_returns(*, actor: Actor, data: bytes, now: datetime) -> ReturnFile:
    """
    Read the bank's returns: what came back is owed again, and its payee held; the rest waits.

    :raises ReturnsRefused: if the file is faulty or holds neither returns nor changes
    :raises ReturnsReadBefore: if the same file was read before
    """
    # Kept before anything else, so that a refused file is kept too.
    sha256 = store(data).sha256
    found = read(data)
    _check_file(found)
    lock("payments")
    before = ReturnFile.objects.filter(sha256=sha256).first()
    if before is not None:
        raise ReturnsReadBefore(before)
    rows = _lines_of(found)
    file = ReturnFile.objects.create(
        sha256=sha256,
        received_at=now,
        received_by_id=actor.user_id,
        received_by_name=actor.name,
        line_count=len(rows),
        total_cents=sum(entry.amount_cents for _, entry, _ in rows),
    )
    payments = _payments_of({a.original_trace for _, _, a in rows if a is not None})
    lines = [_judged(file, row, payments, actor, now) for row in rows]
    ReturnLine.objects.bulk_create(lines)
    record(
        actor=actor,
        action="capitation.returns.read",
        subject=file,
        file_sha256=sha256,
        lines=file.line_count,
        total_cents=file.total_cents,
        returned=[line.payment_id for line in lines if line.state == ReturnLine.State.APPLIED],
        waiting=[
            {"line": line.line, "code": line.code, "why": line.why}
            for line in lines
            if line.state == ReturnLine.State.WAITING
        ],
    )
    return file


@action("capitation.read_returns")
def apply_return_line(*, actor: Actor, line_id: object, now: datetime) -> ReturnLine:
    """
    Apply a line that waited, now that it applies (a void payment turned out to be paid).

    :raises NotWaitingLine: if it was applied or closed before
    :raises StillWaits: if it does not apply
    """
    lock("payments")
    line = _waiting(line_id)
    payment = _payments_of({line.trace_number}).get(line.trace_number)
    why = _why(line.kind, line.code, line.amount_cents, payment)
    if why:
        raise StillWaits(line, WAITS[why].what)
    _take_back(payment, line.code, actor, now)
    _decide(line, ReturnLine.State.APPLIED, "", actor, now)
    record(
        actor=actor,
        action="capitation.return_line.applied",
        subject=line,
        payment_id=payment.pk,
        amount_cents=line.amount_cents,
        waited_for=line.why,
    )
    return line


@action("capitation.read_returns")
def close_return_line(*, actor: Actor, line_id: object, text: str, now: datetime) -> ReturnLine:
    """
    Close a line that needs nothing (more) here, saying what ended it.

    :raises ReasonNeeded: if no words say so
    :raises NotWaitingLine: if it was applied or closed before
    """
    if not text.strip():
        raise ReasonNeeded
    lock("payments")
    line = _waiting(line_id)
    _decide(line, ReturnLine.State.CLOSED, text.strip(), actor, now)
    record(
        actor=actor,
        action="capitation.return_line.closed",
        subject=line,
        waited_for=line.why,
        text=line.decision_text,
    )
    return line


Row = tuple[str, Entry, Addenda | None]


def _check_file(file: AchFile) -> None:
    serious = [fault for fault in file.faults if fault.code not in TOLERATED]
    if serious:
        raise ReturnsRefused(f"{serious[0].where}: {serious[0].message}")
    if not file.returns and not file.changes:
        raise ReturnsRefused("it holds no return and no notification of change")


def _lines_of(file: AchFile) -> list[Row]:
    """Every entry with each record that says what of it; one that says nothing is a line too."""
    kinds = {"99": ReturnLine.Kind.RETURN, "98": ReturnLine.Kind.CHANGE}
    rows: list[Row] = []
    for batch in file.batches:
        for entry in batch.entries:
            said = [(kinds[a.type_code], a) for a in entry.addenda if a.type_code in kinds]
            rows += [(kind, entry, addenda) for kind, addenda in said]
            if not said:
                rows.append((ReturnLine.Kind.OTHER, entry, None))
    return rows


def _payments_of(traces: set[str]) -> dict[str, Payment]:
    found = Payment.objects.select_for_update(of=("self",)).select_related("party")
    return {payment.trace_number: payment for payment in found.filter(trace_number__in=traces)}


def _why(kind: str, code: str, cents: int, payment: Payment | None) -> str:
    if payment is None:
        return why_waiting(kind, code, cents, None, None)
    return why_waiting(kind, code, cents, payment.status, payment.amount_cents)


def _judged(
    file: ReturnFile, row: Row, payments: dict[str, Payment], actor: Actor, now: datetime
) -> ReturnLine:
    """A line as it is kept; if it applies, the payment comes back."""
    kind, entry, addenda = row
    code = addenda.code if addenda else ""
    trace = addenda.original_trace if addenda else ""
    payment = payments.get(trace)
    why = _why(kind, code, entry.amount_cents, payment)
    if not why:
        _take_back(payment, code, actor, now)
    line = ReturnLine(
        file=file,
        line=addenda.line if addenda else entry.line,
        kind=kind,
        code=code,
        trace_number=trace,
        amount_cents=entry.amount_cents,
        name=entry.name,
        payment=payment,
        state=ReturnLine.State.WAITING if why else ReturnLine.State.APPLIED,
        why=why,
    )
    if addenda is not None and addenda.corrected_data:
        line.corrected_encrypted = encrypt(addenda.corrected_data, corrected_aad(line))
    return line


def _waiting(line_id: object) -> ReturnLine:
    line = ReturnLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line_id)
    if line.state != ReturnLine.State.WAITING:
        raise NotWaitingLine(line)
    return line


def _decide(line: ReturnLine, state: str, text: str, actor: Actor, now: datetime) -> None:
    line.state, line.decision_text, line.decided_at = state, text, now
    line.decided_by_id, line.decided_by_name = actor.user_id, actor.name
    line.save(
        update_fields=["state", "decision_text", "decided_at", "decided_by_id", "decided_by_name"]
    )


def _take_back(payment: Payment, code: str, actor: Actor, now: datetime) -> None:
    key = f"{payment.entry_key}:returned"
    if payment.status == Payment.Status.RELEASED:
        released = BookedEntry.objects.get(key=payment.entry_key)
        books.reverse(released, key=key, actor=actor, now=now)
    else:
        ipa = Party.objects.get(kind=Party.Kind.IPA)
        books.book(
            key=key,
            date=timezone.localdate(now),
            description=f"Bank returned the payment to {payment.party}: {code}",
            lines=[
                (books.account(ipa, Account.Kind.CASH), payment.amount_cents),
                (books.account(payment.party, Account.Kind.PAYABLE), -payment.amount_cents),
            ],
            actor=actor,
            now=now,
        )
    payment.status, payment.return_code, payment.returned_at = Payment.Status.RETURNED, code, now
    payment.save(update_fields=["status", "return_code", "returned_at"])
    holds.place(
        party=payment.party,
        reason=Hold.Reason.BANK_RETURN,
        text=f"The bank returned {payment}: {code}, {return_reason(code)}"[:500],
        source=payment.entry_key,
        actor=actor,
        now=now,
    )
