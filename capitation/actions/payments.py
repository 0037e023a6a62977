"""Paying: one person prepares a batch, another releases it, the bank settles or returns it."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from capitation.formats.nacha import read
from capitation.formats.nacha_writer import (
    CannotWrite,
    Credit,
    Origin,
    remittance_text,
    trace_number,
    write,
)
from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.queries.banking import account_number_of, origin_account
from capitation.queries.payments import Preview, preview
from capitation.queries.sent_files import last_sequence, next_letter
from capitation.rules.bank_days import next_bank_day
from capitation.rules.payments import Candidate, digest_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.files import read_stored, store
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account


class NothingToPay(Refused):
    """No payee can be paid now; `skipped` says why each is left out."""

    def __init__(self, skipped: list[dict[str, object]]) -> None:
        why = "; ".join(f"{row['name']}: {row['text']}" for row in skipped[:3])
        more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        said = f" ({why}{more})" if why else ""
        super().__init__(
            f"There is nobody to pay now{said}. No batch was prepared. "
            "Payees are paid once a run is posted and nothing stands in the way."
        )
        self.skipped = skipped


class NoOrigin(Refused):
    """The IPA has no bank account to pay from."""

    def __init__(self) -> None:
        super().__init__(
            "The IPA has no approved bank account to pay from. Nothing was changed. "
            "Propose it under Payments, and have a second person approve it."
        )


class NotWaiting(Refused):
    """The batch was released or cancelled before."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"Payment batch {batch.pk} is {batch.get_status_display()} already. "
            "Nothing was changed."
        )


class PrintedNotSent(Refused):
    """The batch pays by check: no file goes to the network."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"Payment batch {batch.pk} pays by check. Nothing was released. "
            "Release it as checks: they are numbered and printed."
        )


class SamePerson(Refused):
    """Whoever made a batch, or one of its bank details, does not release it; nor does a machine."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"Payment batch {batch.pk} was prepared by {batch.prepared_by_name}; whoever prepared "
            "it or proposed one of its bank accounts cannot release it. Nothing was changed. "
            "Ask another finance approver."
        )


class PaymentsChanged(Refused):
    """What the batch rests on is not what it was when it was prepared or looked at."""

    def __init__(self, batch: PaymentBatch, what: str) -> None:
        super().__init__(
            f"Payment batch {batch.pk} no longer agrees with the books: {what}. Nothing was "
            "released. Look at it again, or cancel it and prepare another."
        )


class NoFile(Refused):
    """The batch was not released, so there is no file for the bank."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"Payment batch {batch.pk} was not released, so there is no file for the bank yet. "
            "Nothing was changed. Have a second person release it."
        )


class FileRefused(Refused):
    """The payment file could not be written by the rules of the network."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The payment file cannot be written: {why}. Nothing was released. "
            "Correct the bank details, cancel this batch and prepare another."
        )


@action("capitation.prepare_payments")
def prepare_payments(
    *,
    actor: Actor,
    now: datetime,
    parties: Iterable[int] | None = None,
    method: str = PaymentBatch.Method.ACH,
) -> PaymentBatch:
    """
    Prepare payments of what is owed to every practice (or these) that nothing stands against.

    :raises NothingToPay: if that is nobody
    """
    lock("payments")
    found = preview(now, parties, method)
    return make_batch(actor=actor, now=now, found=found, method=method)


@action("capitation.prepare_payments")
def cancel_payments(*, actor: Actor, batch_id: int, text: str, now: datetime) -> PaymentBatch:
    """
    Cancel a batch that was not released; what it would have paid stays owed.

    :raises NotWaiting: if it was released or cancelled before
    """
    lock("payments")
    batch = waiting_batch(batch_id)
    batch.payments.update(
        status=Payment.Status.VOID,
        void_text=text,
        voided_by_id=actor.user_id,
        voided_by_name=actor.name,
        voided_at=now,
    )
    batch.status = PaymentBatch.Status.CANCELLED
    batch.cancelled_by_name, batch.cancelled_at = actor.name, now
    batch.save(update_fields=["status", "cancelled_by_name", "cancelled_at"])
    record(actor=actor, action="capitation.payments.cancelled", subject=batch, text=text)
    return batch


@action("capitation.release_payments")
def release_payments(
    *, actor: Actor, batch_id: int, seen_digest: str, now: datetime
) -> PaymentBatch:
    """
    Release a batch that another person prepared: book it, and write the file for the bank.

    :raises NotWaiting: if it was released or cancelled before
    :raises PrintedNotSent: if it pays by check
    :raises SamePerson: if the actor prepared it or proposed one of its bank accounts
    :raises PaymentsChanged: if balances, holds or bank details are not what they were
    :raises NoOrigin: if the IPA has no account to pay from
    :raises FileRefused: if the file would break a rule
    """
    lock("payments")
    batch = waiting_batch(batch_id)
    if batch.method == PaymentBatch.Method.CHECK:
        raise PrintedNotSent(batch)
    lines = list(batch.payments.select_related("party", "bank_account").order_by("pk"))
    makers = {batch.prepared_by_id} | {line.bank_account.proposed_by_id for line in lines}
    if actor.user_id is None or actor.user_id in makers:
        raise SamePerson(batch)
    check_unchanged(batch, lines, seen_digest, now)
    origin = origin_account()
    if origin is None:
        raise NoOrigin
    batch.file_date = timezone.localdate(now)
    batch.effective_entry_date = next_bank_day(batch.file_date)
    batch.file_id_modifier = _next_letter(batch)
    data = _write_file(batch, lines, origin, now)
    batch.file_sha256 = store(data).sha256
    batch.status = PaymentBatch.Status.RELEASED
    batch.released_by_id, batch.released_by_name = actor.user_id, actor.name
    batch.released_at = now
    batch.save(
        update_fields=[
            *("file_date", "effective_entry_date", "file_id_modifier", "file_sha256", "status"),
            *("released_by_id", "released_by_name", "released_at"),
        ]
    )
    book_release(lines, batch, actor, now)
    record(
        actor=actor,
        action="capitation.payments.released",
        subject=batch,
        digest=batch.digest,
        total_cents=batch.total_cents,
        payments=len(lines),
        file_sha256=batch.file_sha256,
        effective_entry_date=batch.effective_entry_date.isoformat(),
    )
    return batch


@action("capitation.release_payments")
def take_payment_file(*, actor: Actor, batch_id: int) -> tuple[PaymentBatch, bytes]:
    """
    Hand out the file of a released batch for the bank, and keep who took it.

    :raises NoFile: if the batch was not released
    """
    batch = PaymentBatch.objects.get(pk=batch_id)
    if not batch.file_sha256:
        raise NoFile(batch)
    data = read_stored(batch.file_sha256)
    record(
        actor=actor,
        action="capitation.payments.file_taken",
        subject=batch,
        file_sha256=batch.file_sha256,
    )
    return batch, data


def make_batch(
    *,
    actor: Actor,
    now: datetime,
    found: Preview,
    reissues: Payment | None = None,
    method: str = PaymentBatch.Method.ACH,
) -> PaymentBatch:
    """
    Write a prepared batch for what was found, and its event; beneath prepare and reissue.

    :raises NothingToPay: if nothing was found to pay
    """
    if not found.payable:
        raise NothingToPay(found.skipped)
    batch = PaymentBatch.objects.create(
        method=PaymentBatch.Method(method),
        prepared_by_id=actor.user_id,
        prepared_by_name=actor.name,
        prepared_at=now,
        total_cents=found.total_cents,
        payment_count=len(found.payable),
        skipped=found.skipped,
        digest=_digest(found.payable),
    )
    again = _to_reissue({candidate.party_id for candidate in found.payable})
    if reissues is not None:
        again[reissues.party_id] = reissues
    Payment.objects.bulk_create(
        [
            Payment(
                batch=batch,
                party_id=candidate.party_id,
                bank_account_id=candidate.bank_account_id,
                amount_cents=candidate.owed_cents,
                reissues=again.get(candidate.party_id),
            )
            for candidate in found.payable
        ]
    )
    record(
        actor=actor,
        action="capitation.payments.prepared",
        subject=batch,
        digest=batch.digest,
        total_cents=batch.total_cents,
        payments=len(found.payable),
        method=method,
        skipped=found.skipped,
    )
    return batch


def waiting_batch(batch_id: int) -> PaymentBatch:
    batch = PaymentBatch.objects.select_for_update().get(pk=batch_id)
    if batch.status != PaymentBatch.Status.PREPARED:
        raise NotWaiting(batch)
    return batch


def _digest(payable: list[Candidate]) -> str:
    return digest_of((c.party_id, c.bank_account_id, c.owed_cents) for c in payable)


def _to_reissue(party_ids: set[int]) -> dict[int, Payment]:
    """The latest payment of each party that came back and was not paid anew."""
    back = (
        Payment.objects.filter(
            party_id__in=party_ids,
            status__in=[Payment.Status.RETURNED, Payment.Status.VOID],
            trace_number__isnull=False,
        )
        .exclude(pk__in=_paid_anew())
        .order_by("pk")
    )
    return {payment.party_id: payment for payment in back}


def _paid_anew():
    live = Payment.objects.exclude(status=Payment.Status.VOID).filter(reissues__isnull=False)
    return live.values("reissues_id")


def check_unchanged(
    batch: PaymentBatch, lines: list[Payment], seen_digest: str, now: datetime
) -> None:
    if seen_digest != batch.digest:
        raise PaymentsChanged(batch, "it is not the one you looked at")
    signed = digest_of((p.party_id, str(p.bank_account_id), p.amount_cents) for p in lines)
    if signed != batch.digest:
        raise PaymentsChanged(batch, "its lines are not those that were prepared")
    found = preview(now, [line.party_id for line in lines], batch.method)
    # Its own lines stand in nobody's way but those of other batches.
    blocked = {row["party_id"]: row for row in found.skipped if row["code"] != "in_batch"}
    owed = {row["party_id"]: row["cents"] for row in found.skipped}
    accounts = dict(
        BankAccount.objects.active()
        .filter(party_id__in=[line.party_id for line in lines])
        .values_list("party_id", "pk")
    )
    for line in lines:
        if line.party_id in blocked:
            raise PaymentsChanged(batch, f"{line.party}: {blocked[line.party_id]['text']}")
        if owed.get(line.party_id, 0) != line.amount_cents:
            raise PaymentsChanged(batch, f"the balance of {line.party} changed")
        if accounts.get(line.party_id) != line.bank_account_id:
            raise PaymentsChanged(batch, f"the bank account of {line.party} changed")


def _next_letter(batch: PaymentBatch) -> str:
    letter = next_letter(batch.file_date)
    if not letter:
        raise FileRefused("a bank takes 36 files of one company a day, and these were sent")
    return letter


def _write_file(
    batch: PaymentBatch, lines: list[Payment], origin: BankAccount, now: datetime
) -> bytes:
    first = last_sequence(origin.routing_number[:8]) + 1
    try:
        data = write(
            origin=Origin(
                routing_number=origin.routing_number,
                bank_name=origin.bank_name,
                company_name=origin.party.name,
                company_id=origin.company_id,
            ),
            credits=[_credit(line) for line in lines],
            made_at=timezone.localtime(now),
            file_id_modifier=batch.file_id_modifier,
            effective_entry_date=batch.effective_entry_date,
            first_sequence=first,
        )
        for sequence, line in enumerate(lines, start=first):
            line.trace_number = trace_number(origin.routing_number, sequence)
    except CannotWrite as refusal:
        raise FileRefused(str(refusal)) from refusal
    # What the bank will read is what the batch says, to the cent.
    written = read(data)
    assert written.verdict == "ok"
    assert written.counted.credit_cents == batch.total_cents
    return data


def _credit(line: Payment) -> Credit:
    return Credit(
        routing_number=line.bank_account.routing_number,
        account_number=account_number_of(line.bank_account),
        account_type=line.bank_account.account_type,
        amount_cents=line.amount_cents,
        receiver_id=f"P{line.party_id}",
        receiver_name=line.bank_account.holder_name,
        addenda=remittance_text(f"PAYMENT {line.pk}", line.amount_cents),
    )


def book_release(lines: list[Payment], batch: PaymentBatch, actor: Actor, now: datetime) -> None:
    """Book that the lines of a batch are on their way; beneath release and adoption."""
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    in_transit = books.account(ipa, Account.Kind.PAYMENTS_IN_TRANSIT)
    payable = books.accounts([line.party_id for line in lines], Account.Kind.PAYABLE)
    for line in lines:
        books.book(
            key=line.entry_key,
            date=batch.file_date,
            description=f"Payment to {line.party}, batch {batch.pk}",
            lines=[(payable[line.party_id], line.amount_cents), (in_transit, -line.amount_cents)],
            actor=actor,
            now=now,
        )
        line.status = Payment.Status.RELEASED
    Payment.objects.bulk_update(lines, ["status", "trace_number"])
