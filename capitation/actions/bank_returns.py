"""The bank's returns, line by line: what applies is applied, and what does not waits."""

from dataclasses import dataclass
from datetime import datetime

from capitation.actions.return_effects import (
    let_stand,
    propose_correction,
    refuse_account,
    take_back,
    take_back_after_all,
)
from capitation.actions.return_lines import decide_line
from capitation.formats.nacha import AchFile, Addenda, Entry, read
from capitation.models import Payment, Prenote, ReturnFile, ReturnLine
from capitation.queries.bank_returns import corrected_aad, corrected_of
from capitation.rules.bank_returns import (
    CHANGE,
    PROPOSED,
    STANDS,
    WAITS,
    Sent,
    kind_of,
    why_dispute_waits,
    why_waiting,
)
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import encrypt
from ipaportal.core.files import store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused

DISPUTES = (ReturnLine.Kind.DISHONOUR, ReturnLine.Kind.CONTEST)
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
def read_returns(*, actor: Actor, data: bytes, now: datetime, came_from: str = "") -> ReturnFile:
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
        came_from=came_from,
        line_count=len(rows),
        total_cents=sum(entry.amount_cents for _, entry, _ in rows),
    )
    about = About.of({a.original_trace for _, _, a in rows if a is not None})
    lines = [_judged(file, row, about, actor, now) for row in rows]
    ReturnLine.objects.bulk_create(lines)
    record(
        actor=actor,
        action="capitation.returns.read",
        subject=file,
        file_sha256=sha256,
        lines=file.line_count,
        total_cents=file.total_cents,
        returned=_applied(lines, "return"),
        dishonoured=_applied(lines, "dishonour"),
        contested=_applied(lines, "contest"),
        prenotes_returned=[n.prenote_id for n in lines if n.prenote_id and not n.why],
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
    Apply a line that waited, now that it applies (a void payment turned out to be paid, another
    change of bank details was decided on); a notice is proposed, for a second person.

    :raises NotWaitingLine: if it was applied or closed before
    :raises StillWaits: if it does not apply
    """
    lock("payments")
    line = _waiting(line_id)
    about = About.of({line.trace_number})
    line.payment = about.payments.get(line.trace_number)
    line.prenote = about.prenotes.get(line.trace_number)
    why = _why(line)
    if why == CHANGE:
        _propose(line, actor, now)
        return line
    if why:
        raise StillWaits(line, WAITS[why].what)
    _take_effect(line, actor, now)
    decide_line(line, ReturnLine.State.APPLIED, "", actor, now)
    record(
        actor=actor,
        action="capitation.return_line.applied",
        subject=line,
        payment_id=line.payment_id,
        prenote_id=line.prenote_id,
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
    decide_line(line, ReturnLine.State.CLOSED, text.strip(), actor, now)
    record(
        actor=actor,
        action="capitation.return_line.closed",
        subject=line,
        waited_for=line.why,
        text=line.decision_text,
    )
    return line


Row = tuple[str, Entry, Addenda | None]


def _applied(lines: list[ReturnLine], kind: str) -> list[int]:
    return [n.payment_id for n in lines if n.payment_id and n.kind == kind and not n.why]


def _propose(line: ReturnLine, actor: Actor, now: datetime) -> None:
    """Propose what a notice that waited corrects."""
    why = propose_correction(line, line.about.bank_account, corrected_of(line), actor, now)
    if why != PROPOSED:
        raise StillWaits(line, WAITS[why].what)
    record(
        actor=actor,
        action="capitation.return_line.proposed",
        subject=line,
        party_id=line.about.party_id,
        waited_for=line.why,
    )


@dataclass(frozen=True)
class About:
    """Our payments and prenotes by the trace numbers that a file names."""

    payments: dict[str, Payment]
    prenotes: dict[str, Prenote]

    @classmethod
    def of(cls, traces: set[str]) -> "About":
        """Those of these trace numbers, locked."""
        payments = Payment.objects.select_for_update(of=("self",))
        payments = payments.select_related("party", "bank_account")
        prenotes = Prenote.objects.select_for_update(of=("self",))
        prenotes = prenotes.select_related("bank_account__party")
        return cls(
            {p.trace_number: p for p in payments.filter(trace_number__in=traces)},
            {p.trace_number: p for p in prenotes.filter(trace_number__in=traces)},
        )


def _check_file(file: AchFile) -> None:
    serious = [fault for fault in file.faults if fault.code not in TOLERATED]
    if serious:
        raise ReturnsRefused(f"{serious[0].where}: {serious[0].message}")
    if not file.returns and not file.changes:
        raise ReturnsRefused("it holds no return and no notification of change")


def _lines_of(file: AchFile) -> list[Row]:
    """Every entry with each record that says what of it; one that says nothing is a line too."""
    rows: list[Row] = []
    for batch in file.batches:
        for entry in batch.entries:
            said = [(_kind(a), a) for a in entry.addenda if a.type_code in ("98", "99")]
            rows += [(kind, entry, addenda) for kind, addenda in said]
            if not said:
                rows.append((ReturnLine.Kind.OTHER, entry, None))
    return rows


def _kind(addenda: Addenda) -> str:
    return ReturnLine.Kind.CHANGE if addenda.type_code == "98" else kind_of(addenda.code)


def _judged(file: ReturnFile, row: Row, about: About, actor: Actor, now: datetime) -> ReturnLine:
    """A line as it is kept; if it applies, it has its effect."""
    kind, entry, addenda = row
    trace = addenda.original_trace if addenda else ""
    line = ReturnLine(
        file=file,
        line=addenda.line if addenda else entry.line,
        kind=kind,
        code=addenda.code if addenda else "",
        trace_number=trace,
        amount_cents=entry.amount_cents,
        name=entry.name,
        payment=about.payments.get(trace),
        prenote=about.prenotes.get(trace),
        stated_code=addenda.returned_for.strip() if addenda and kind in DISPUTES else "",
    )
    data = addenda.corrected_data if addenda else ""
    if data:
        line.corrected_encrypted = encrypt(data, corrected_aad(line))
    line.why = _why(line)
    if line.why == CHANGE:
        line.why = propose_correction(line, line.about.bank_account, data, actor, now)
    line.state = ReturnLine.State.WAITING if line.why else ReturnLine.State.APPLIED
    if not line.why:
        _take_effect(line, actor, now)
    return line


def _why(line: ReturnLine) -> str:
    """Why a line is not applied, empty if it is; a notice is never applied by itself."""
    payment, prenote = line.payment, line.prenote
    if line.kind in DISPUTES:
        return why_dispute_waits(line.kind, line.amount_cents, line.stated_code, _sent(payment))
    if payment is not None:
        if line.kind == ReturnLine.Kind.RETURN and payment.dishonoured_at:
            return STANDS
        return why_waiting(
            line.kind, line.code, line.amount_cents, payment.status, payment.amount_cents
        )
    if prenote is not None:
        status = "returned" if prenote.status == Prenote.Status.RETURNED else "released"
        return why_waiting(line.kind, line.code, line.amount_cents, status, 0)
    return why_waiting(line.kind, line.code, line.amount_cents, None, None)


def _sent(payment: Payment | None) -> Sent | None:
    return payment and Sent(
        payment.status,
        payment.amount_cents,
        payment.return_code,
        payment.dishonoured_at is not None,
        payment.contested_at is not None,
    )


def _take_effect(line: ReturnLine, actor: Actor, now: datetime) -> None:
    if line.prenote is not None:
        refuse_account(line.prenote, line.code, actor, now)
        return
    effects = {"return": take_back, "dishonour": let_stand, "contest": take_back_after_all}
    effects[line.kind](line.payment, line.code, actor, now)


def _waiting(line_id: object) -> ReturnLine:
    line = ReturnLine.objects.select_for_update(of=("self",)).select_related("file").get(pk=line_id)
    if line.state != ReturnLine.State.WAITING:
        raise NotWaitingLine(line)
    return line
