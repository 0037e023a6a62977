"""What becomes of released payments: settled, returned by the bank, void, paid anew."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from capitation.actions.payments import make_batch
from capitation.formats.nacha import AchFile, Addenda, Entry, read
from capitation.models import Payment, PaymentBatch
from capitation.queries.payments import preview
from capitation.rules.payments import is_dispute_between_banks, return_reason
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
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


class NothingToSettle(Refused):
    """No payment of the batch is on its way."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"No payment of batch {batch.pk} is on its way: each is settled, returned or void, "
            "or the batch was not released. Nothing was changed."
        )


class ReturnsRefused(Refused):
    """A file of returns that cannot be used; its bytes are kept."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This file of returns was kept and not used: {why}. Nothing was changed. "
            "Ask the bank for a correct file."
        )


class NotReturnable(Refused):
    """A return of a payment that cannot come back (again)."""

    def __init__(self, payment: Payment, line: int) -> None:
        super().__init__(
            f"Line {line} returns {payment} (trace {payment.trace_number}), which is "
            f"{payment.get_status_display()} already. The whole file was kept and not used; "
            "nothing was changed. If it was read before, nothing is left to do."
        )


class CannotVoid(Refused):
    """The payment is not on its way."""

    def __init__(self, payment: Payment, what_to_do: str) -> None:
        super().__init__(
            f"The {payment} is {payment.get_status_display()} and cannot be made void. "
            f"Nothing was changed. {what_to_do}"
        )


class CannotReissue(Refused):
    """The payment did not come back, was paid anew before, or something stands in the way."""

    def __init__(self, payment: Payment, why: str) -> None:
        super().__init__(f"The {payment} cannot be paid anew: {why}. Nothing was changed.")


class ReasonNeeded(Refused):
    """Money is taken back without words."""

    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


@dataclass
class ReturnsRead:
    """What a file of returns did: payments that came back, changes to propose, rows not ours."""

    file_sha256: str
    returned: list[Payment] = field(default_factory=list)
    changes: list[dict[str, object]] = field(default_factory=list)
    not_ours: list[dict[str, object]] = field(default_factory=list)


@action("capitation.settle_payments")
def settle_payments(*, actor: Actor, batch_id: int, now: datetime) -> PaymentBatch:
    """
    Book that the bank paid every payment of a batch that is still on its way.

    :raises NothingToSettle: if none is
    """
    lock("payments")
    batch = PaymentBatch.objects.select_for_update().get(pk=batch_id)
    lines = list(batch.payments.filter(status=Payment.Status.RELEASED).select_related("party"))
    if not lines:
        raise NothingToSettle(batch)
    in_transit, cash = _ipa_account("payments_in_transit"), _ipa_account("cash")
    for line in lines:
        books.book(
            key=f"{line.entry_key}:settled",
            date=timezone.localdate(now),
            description=f"Bank paid {line.party}, batch {batch.pk}",
            lines=[(in_transit, line.amount_cents), (cash, -line.amount_cents)],
            actor=actor,
            now=now,
        )
        line.status, line.settled_at = Payment.Status.SETTLED, now
    Payment.objects.bulk_update(lines, ["status", "settled_at"])
    record(
        actor=actor,
        action="capitation.payments.settled",
        subject=batch,
        payments=len(lines),
        total_cents=sum(line.amount_cents for line in lines),
    )
    return batch


@action("capitation.read_returns")
def read_returns(*, actor: Actor, data: bytes, now: datetime) -> ReturnsRead:
    """
    Read the bank's returns: what came back is owed again, and its payee held.

    :raises ReturnsRefused: if the file is faulty or holds neither returns nor changes
    :raises NotReturnable: if it returns a payment that came back before; then nothing is applied
    """
    # Kept before anything else, so that a refused file is kept too.
    result = ReturnsRead(file_sha256=store(data).sha256)
    file = read(data)
    _check_file(file)
    lock("payments")
    for entry, addenda in file.returns:
        payment = _payment_of(entry, addenda)
        if payment is None or is_dispute_between_banks(addenda.code):
            result.not_ours.append(_row(entry, addenda))
        elif payment.status not in (Payment.Status.RELEASED, Payment.Status.SETTLED):
            raise NotReturnable(payment, entry.line)
        else:
            _take_back(payment, addenda.code, actor, now)
            result.returned.append(payment)
    for entry, addenda in file.changes:
        result.changes.append({**_row(entry, addenda), "corrected": addenda.corrected_data})
    record(
        actor=actor,
        action="capitation.returns.read",
        file_sha256=result.file_sha256,
        returned=[payment.pk for payment in result.returned],
        changes=[_without_account(row) for row in result.changes],
        not_ours=result.not_ours,
    )
    return result


@action("capitation.void_payment")
def void_payment(*, actor: Actor, payment_id: int, text: str, now: datetime) -> Payment:
    """
    Make a payment void that the bank was asked to stop; what it paid is owed again.

    :raises ReasonNeeded: if no words say why
    :raises CannotVoid: if it is not on its way
    """
    if not text.strip():
        raise ReasonNeeded
    lock("payments")
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.status == Payment.Status.PREPARED:
        raise CannotVoid(payment, f"Cancel batch {payment.batch_id}: it was not released.")
    if payment.status != Payment.Status.RELEASED:
        raise CannotVoid(payment, "Only a payment on its way can be stopped.")
    released = BookedEntry.objects.get(key=payment.entry_key)
    books.reverse(released, key=f"{payment.entry_key}:void", actor=actor, now=now)
    payment.status, payment.void_text = Payment.Status.VOID, text.strip()
    payment.voided_by_name, payment.voided_at = actor.name, now
    payment.save(update_fields=["status", "void_text", "voided_by_name", "voided_at"])
    record(
        actor=actor,
        action="capitation.payment.voided",
        subject=payment,
        party_id=payment.party_id,
        amount_cents=payment.amount_cents,
        text=payment.void_text,
    )
    return payment


@action("capitation.prepare_payments")
def reissue_payment(*, actor: Actor, payment_id: int, now: datetime) -> PaymentBatch:
    """
    Prepare a batch that pays anew a payee whose payment came back or was made void.

    :raises CannotReissue: if it did not come back, was paid anew before, or something is in the way
    """
    lock("payments")
    payment = Payment.objects.select_related("party").get(pk=payment_id)
    came_back = payment.status == Payment.Status.RETURNED or (
        payment.status == Payment.Status.VOID and payment.trace_number is not None
    )
    if not came_back:
        raise CannotReissue(payment, f"it is {payment.get_status_display()}")
    anew = payment.reissued_by.exclude(status=Payment.Status.VOID).first()
    if anew is not None:
        raise CannotReissue(payment, f"payment {anew.pk} pays it anew already")
    found = preview(now, [payment.party_id])
    if not found.payable:
        why = found.skipped[0]["text"] if found.skipped else "nothing is owed to the payee"
        raise CannotReissue(payment, str(why).rstrip("."))
    return make_batch(actor=actor, now=now, found=found, reissues=payment)


def _ipa_account(kind: str) -> Account:
    return books.account(Party.objects.get(kind=Party.Kind.IPA), kind)


def _check_file(file: AchFile) -> None:
    serious = [fault for fault in file.faults if fault.code not in TOLERATED]
    if serious:
        raise ReturnsRefused(f"{serious[0].where}: {serious[0].message}")
    if not file.returns and not file.changes:
        raise ReturnsRefused("it holds no return and no notification of change")


def _payment_of(entry: Entry, addenda: Addenda) -> Payment | None:
    """Our payment that an entry brings back: by trace, and only for its own amount."""
    found = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("party")
        .filter(trace_number=addenda.original_trace)
        .first()
    )
    return found if found is not None and found.amount_cents == entry.amount_cents else None


def _row(entry: Entry, addenda: Addenda) -> dict[str, object]:
    return {
        "line": entry.line,
        "code": addenda.code,
        "trace_number": addenda.original_trace,
        "amount_cents": entry.amount_cents,
        "name": entry.name,
    }


def _without_account(row: dict[str, object]) -> dict[str, object]:
    """A change holds an account number in clear; the event does not."""
    return {key: value for key, value in row.items() if key != "corrected"}


def _take_back(payment: Payment, code: str, actor: Actor, now: datetime) -> None:
    key = f"{payment.entry_key}:returned"
    if payment.status == Payment.Status.RELEASED:
        released = BookedEntry.objects.get(key=payment.entry_key)
        books.reverse(released, key=key, actor=actor, now=now)
    else:
        books.book(
            key=key,
            date=timezone.localdate(now),
            description=f"Bank returned the payment to {payment.party}: {code}",
            lines=[
                (_ipa_account("cash"), payment.amount_cents),
                (books.account(payment.party, "payable"), -payment.amount_cents),
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
