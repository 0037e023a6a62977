"""What becomes of released payments: settled, void, paid after all, paid anew."""

from datetime import datetime

from django.utils import timezone

from capitation.actions.payments import make_batch
from capitation.models import BankAccount, Check, Payment, PaymentBatch
from capitation.queries.payments import preview
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account, Entry
from ipaportal.ledger.queries.balances import owed_cents


class NothingToSettle(Refused):
    """No payment of the batch is on its way."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"No payment of batch {batch.pk} is on its way: each is settled, returned or void, "
            "or the batch was not released. Nothing was changed."
        )


class ChecksClear(Refused):
    """Checks clear one by one, by the bank's list."""

    def __init__(self, batch: PaymentBatch) -> None:
        super().__init__(
            f"Batch {batch.pk} pays by check, and checks clear one by one. Nothing was changed. "
            "Read the bank's list of paid checks under Payments, Checks."
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


class NotPaidAfterAll(Refused):
    """The bank cannot have paid it after it was made void: it is not void, or was in no file."""

    def __init__(self, payment: Payment, what_to_do: str) -> None:
        super().__init__(
            f"The {payment} is {payment.get_status_display()}. Nothing was changed. {what_to_do}"
        )


class AnotherPersonNeeded(Refused):
    """Whoever made a payment void does not say that it was paid; neither does a machine."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(
            f"{payment.voided_by_name} made the {payment} void, so another person has to say that "
            "the bank paid it. Nothing was changed. Ask a second person of finance."
        )


class ReasonNeeded(Refused):
    """Money is taken back without words."""

    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


@action("capitation.settle_payments")
def settle_payments(*, actor: Actor, batch_id: int, now: datetime) -> PaymentBatch:
    """
    Book that the bank paid every payment of a batch that is still on its way.

    :raises NothingToSettle: if none is
    :raises ChecksClear: if they are checks, which clear one by one
    """
    lock("payments")
    batch = PaymentBatch.objects.select_for_update().get(pk=batch_id)
    if batch.method == PaymentBatch.Method.CHECK:
        raise ChecksClear(batch)
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


@action("capitation.void_payment")
def void_payment(
    *, actor: Actor, payment_id: int, text: str, now: datetime, is_stopped: bool = False
) -> Payment:
    """
    Make a payment void that the bank was asked to stop; what it paid is owed again.

    A check that never left the house is void; one that the bank was told to stop is stopped.

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
    released = Entry.objects.get(key=payment.entry_key)
    books.reverse(released, key=f"{payment.entry_key}:void", actor=actor, now=now)
    payment.status, payment.void_text = Payment.Status.VOID, text.strip()
    payment.voided_by_id, payment.voided_by_name = actor.user_id, actor.name
    payment.voided_at = now
    payment.save(
        update_fields=["status", "void_text", "voided_by_id", "voided_by_name", "voided_at"]
    )
    ended = Check.Status.STOPPED if is_stopped else Check.Status.VOID
    Check.objects.filter(payment=payment).update(
        status=ended, ended_as=ended, ended_on=timezone.localdate(now)
    )
    record(
        actor=actor,
        action="capitation.payment.voided",
        subject=payment,
        party_id=payment.party_id,
        amount_cents=payment.amount_cents,
        text=payment.void_text,
    )
    return payment


@action("capitation.settle_payments")
def record_paid_after_all(*, actor: Actor, payment_id: int, text: str, now: datetime) -> Payment:
    """
    Say that the bank paid a payment although it was made void: it is no longer owed.

    What was paid anew meanwhile is owed back by the payee, and the next payments net it.

    :raises ReasonNeeded: if no words say how that is known
    :raises NotPaidAfterAll: if it is not void, or was never in a file to the bank
    :raises AnotherPersonNeeded: if the actor made it void, or is no person
    """
    if not text.strip():
        raise ReasonNeeded
    lock("payments")
    payment = (
        Payment.objects.select_for_update(of=("self",)).select_related("party").get(pk=payment_id)
    )
    if payment.status != Payment.Status.VOID:
        raise NotPaidAfterAll(payment, "Only a payment that was made void is paid after all.")
    if payment.trace_number is None:
        raise NotPaidAfterAll(
            payment, "It was in no file to the bank, so the bank has not paid it."
        )
    if actor.user_id is None or actor.user_id == payment.voided_by_id:
        raise AnotherPersonNeeded(payment)
    books.book(
        key=f"{payment.entry_key}:paid",
        date=timezone.localdate(now),
        description=f"Bank paid {payment.party} after all, payment {payment.pk} made void before",
        lines=[
            (books.account(payment.party, Account.Kind.PAYABLE), payment.amount_cents),
            (_ipa_account(Account.Kind.CASH), -payment.amount_cents),
        ],
        actor=actor,
        now=now,
    )
    payment.status, payment.settled_at = Payment.Status.SETTLED, now
    payment.paid_after_all_by_id, payment.paid_after_all_by_name = actor.user_id, actor.name
    payment.paid_after_all_at, payment.paid_after_all_text = now, text.strip()
    payment.save(
        update_fields=[
            "status",
            "settled_at",
            "paid_after_all_by_id",
            "paid_after_all_by_name",
            "paid_after_all_at",
            "paid_after_all_text",
        ]
    )
    Check.objects.filter(payment=payment).update(
        status=Check.Status.CLEARED, cleared_on=timezone.localdate(now)
    )
    record(
        actor=actor,
        action="capitation.payment.paid_after_all",
        subject=payment,
        party_id=payment.party_id,
        amount_cents=payment.amount_cents,
        # Below zero is what the payee owes: it was paid anew meanwhile.
        owed_cents=owed_cents(payment.party),
        text=payment.paid_after_all_text,
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
    by_check = BankAccount.objects.active().filter(
        party_id=payment.party_id, account_type=BankAccount.Kind.CHECK
    )
    method = PaymentBatch.Method.CHECK if by_check.exists() else PaymentBatch.Method.ACH
    found = preview(now, [payment.party_id], method)
    if not found.payable:
        why = found.skipped[0]["text"] if found.skipped else "nothing is owed to the payee"
        raise CannotReissue(payment, str(why).rstrip("."))
    return make_batch(actor=actor, now=now, found=found, reissues=payment, method=method)


def _ipa_account(kind: str) -> Account:
    return books.account(Party.objects.get(kind=Party.Kind.IPA), kind)
