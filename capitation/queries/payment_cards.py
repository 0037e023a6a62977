"""What paying brings to the front page: batches and bank details that wait, money on its way."""

from datetime import date

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.queries.bank_returns import waiting_lines
from capitation.queries.payments import preview
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import dollars_text, plural
from ipaportal.ledger.queries.holds import holds

SHOWN = 5


def payment_cards(actor: Actor, today: date) -> Cards:
    """What waits for this actor about paying, and what is owed and on its way."""
    if not actor.may("capitation.view_payments") or actor.reach("capitation.view_payments"):
        return Cards()
    tasks = [*_to_release(actor), *_to_approve(actor), *_overdue(actor, today), *_held(actor)]
    tasks += _returns(actor)
    owed = preview(timezone.now())
    if owed.payable and actor.may("capitation.prepare_payments"):
        what = f"{plural(len(owed.payable), 'payment')}, {dollars_text(owed.total_cents)}"
        tasks.append(Task("Prepare", what, None, reverse("capitation:payments_prepare")))
    checks = preview(timezone.now(), method=PaymentBatch.Method.CHECK)
    if checks.payable and actor.may("capitation.prepare_payments"):
        what = f"{plural(len(checks.payable), 'check')}, {dollars_text(checks.total_cents)}"
        tasks.append(Task("Prepare", what, None, reverse("capitation:payments_prepare")))
    moving = Payment.objects.filter(status=Payment.Status.RELEASED).aggregate(
        cents=Sum("amount_cents", default=0)
    )["cents"]
    payments = reverse("capitation:payment_list")
    numbers = (
        Number("Ready to be paid", dollars_text(owed.total_cents + checks.total_cents), payments),
        Number("On its way to payees", dollars_text(int(moving)), payments),
    )
    return Cards(tuple(tasks), numbers)


def _to_release(actor: Actor) -> list[Task]:
    if not actor.may("capitation.release_payments"):
        return []
    waiting = PaymentBatch.objects.filter(status=PaymentBatch.Status.PREPARED)
    others = waiting.exclude(prepared_by_id=actor.user_id) if actor.user_id else waiting
    return [
        Task(
            "Release",
            f"payment batch {batch.pk}, {dollars_text(batch.total_cents)}",
            None,
            reverse("capitation:payment_batch_detail", args=[batch.pk]),
        )
        for batch in others[:SHOWN]
    ]


def _to_approve(actor: Actor) -> list[Task]:
    if not actor.may("capitation.approve_bank_account"):
        return []
    proposed = BankAccount.objects.filter(status=BankAccount.Status.PROPOSED)
    others = proposed.exclude(proposed_by_id=actor.user_id) if actor.user_id else proposed
    return [
        Task(
            "Decide on",
            f"the bank account of {account.party.name}",
            None,
            reverse("capitation:bank_account_detail", args=[account.pk]),
        )
        for account in others.select_related("party").order_by("proposed_at")[:SHOWN]
    ]


def _overdue(actor: Actor, today: date) -> list[Task]:
    """Batches that the bank should have paid by now."""
    if not actor.may("capitation.settle_payments"):
        return []
    due = PaymentBatch.objects.filter(
        method=PaymentBatch.Method.ACH,
        payments__status=Payment.Status.RELEASED,
        effective_entry_date__lte=today,
    ).distinct()
    return [
        Task(
            "Settle",
            f"payment batch {batch.pk} by the bank's statement",
            batch.effective_entry_date,
            reverse("capitation:payment_batch_settle", args=[batch.pk]),
            "warn" if batch.effective_entry_date < today else "",
        )
        for batch in due.order_by("effective_entry_date", "pk")[:SHOWN]
    ]


def _returns(actor: Actor) -> list[Task]:
    """Lines of the bank's returns that somebody has to look at."""
    if not actor.may("capitation.read_returns"):
        return []
    waiting = waiting_lines(actor=actor).count()
    if not waiting:
        return []
    what = plural(waiting, "line of the bank's returns", "lines of the bank's returns")
    return [Task("Look at", what, None, reverse("capitation:return_list"), "warn")]


def _held(actor: Actor) -> list[Task]:
    if not actor.may("ledger.release_hold"):
        return []
    return [
        Task(
            "Look at",
            f"the hold on {hold.party.name}: {hold.get_reason_display()}",
            None,
            reverse("ledger:hold_release", args=[hold.pk]),
            "warn",
        )
        for hold in holds(actor=actor)[:SHOWN]
    ]
