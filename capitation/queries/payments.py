"""Payments: who would be paid, who not and why, and what became of every batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.models.payments import PaymentQuerySet
from capitation.rules.bank_days import next_bank_day
from capitation.rules.payments import SKIP_NAMES, Candidate, return_reason, skip_reason
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Moment, Step
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account
from ipaportal.ledger.queries.balances import balances_by_party
from ipaportal.ledger.queries.holds import holds_on

VIEW = "capitation.view_payments"


@dataclass(frozen=True)
class Preview:
    """What preparing payments now would pay, and whom it would leave out."""

    payable: list[Candidate]
    skipped: list[dict[str, object]]
    total_cents: int


def candidates(party_ids: Iterable[int] | None = None) -> list[Candidate]:
    """Every practice with a balance, with what stands in the way of paying it."""
    balances = balances_by_party(Account.Kind.PAYABLE, party_ids=party_ids)
    owed = {party_id: -cents for party_id, cents in balances.items() if cents}
    practices = Party.objects.filter(kind=Party.Kind.PRACTICE, pk__in=owed).order_by("name", "pk")
    banks = {
        account.party_id: account
        for account in BankAccount.objects.active().filter(party_id__in=owed)
    }
    holds = holds_on(owed)
    batches = dict(
        Payment.objects.filter(party_id__in=owed, status=Payment.Status.PREPARED).values_list(
            "party_id", "batch_id"
        )
    )
    return [
        Candidate(
            party_id=party.pk,
            name=party.name,
            owed_cents=owed[party.pk],
            bank_account_id=str(banks[party.pk].pk) if party.pk in banks else None,
            bank_usable_from=banks[party.pk].usable_from if party.pk in banks else None,
            hold_texts=tuple(str(hold) for hold in holds.get(party.pk, [])),
            batch_id=batches.get(party.pk),
        )
        for party in practices
    ]


def preview(now: datetime, party_ids: Iterable[int] | None = None) -> Preview:
    """Sort candidates into those to pay and those to leave out, each with the reason."""
    payable, skipped = [], []
    for candidate in candidates(party_ids):
        reason = skip_reason(candidate, now)
        if reason is None:
            payable.append(candidate)
            continue
        code, text = reason
        skipped.append(
            {
                "party_id": candidate.party_id,
                "name": candidate.name,
                "code": code,
                "code_name": SKIP_NAMES[code],
                "text": text,
                "cents": candidate.owed_cents,
            }
        )
    return Preview(payable, skipped, sum(candidate.owed_cents for candidate in payable))


def pays_on(now: datetime) -> date:
    """The day on which the bank pays what is released now."""
    return next_bank_day(timezone.localdate(now))


def prepare_page(*, actor: Actor, now: datetime) -> dict[str, object]:
    """What the page that prepares payments shows."""
    assert actor.reach(VIEW) is None, "payments are prepared for the whole IPA"
    found = preview(now)
    return {
        "payable": found.payable,
        "skipped": found.skipped,
        "total_cents": found.total_cents,
        "pays_on": pays_on(now),
    }


def batches(*, actor: Actor) -> list[PaymentBatch]:
    """Every payment batch, newest first, for those who see the whole IPA."""
    return list(PaymentBatch.objects.all()) if actor.reach(VIEW) is None else []


def payments(*, actor: Actor, party_id: int | None = None) -> PaymentQuerySet:
    """Payments that an actor may see, newest first."""
    rows = Payment.objects.for_actor(actor, VIEW).select_related("party", "bank_account", "batch")
    rows = rows.order_by("-batch_id", "party__name", "pk")
    return rows if party_id is None else rows.filter(party_id=party_id)


def batch_page(*, actor: Actor, batch_id: int) -> dict[str, object] | None:
    """A batch with its payments, steps and counts; None if the actor may not see it."""
    whole_ipa = actor.reach(VIEW) is None
    batch = PaymentBatch.objects.filter(pk=batch_id).first() if whole_ipa else None
    if batch is None:
        return None
    lines = list(payments(actor=actor).filter(batch=batch))
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.status] = counts.get(line.status, 0) + 1
    return {
        "batch": batch,
        "payments": lines,
        "skipped": batch.skipped,
        "counts": counts,
        "steps": _steps(batch, counts),
    }


def _steps(batch: PaymentBatch, counts: dict[str, int]) -> list[Step]:
    prepared = f"{batch.prepared_by_name}, {batch.prepared_at:%b %-d}"
    if batch.status == PaymentBatch.Status.CANCELLED:
        stopped = f"cancelled by {batch.cancelled_by_name}"
        return [Step("Prepared", "done", prepared), Step("Released", "blocked", stopped)]
    if batch.status == PaymentBatch.Status.PREPARED:
        waits = Step("Released", "now", "needs a second person")
        return [Step("Prepared", "done", prepared), waits, Step("Settled")]
    released = f"{batch.released_by_name}, pays on {batch.effective_entry_date:%b %-d}"
    on_its_way, back = counts.get("released", 0), counts.get("returned", 0)
    note = f"{on_its_way} on the way" if on_its_way else f"{back} came back" if back else ""
    return [
        Step("Prepared", "done", prepared),
        Step("Released", "done", released),
        Step("Settled", "now" if on_its_way else "done", note),
    ]


def payment_moments(payment: Payment) -> list[Moment]:
    """What happened to a payment, in order."""
    batch = payment.batch
    found = [Moment(batch.prepared_at, "Prepared", batch.prepared_by_name)]
    if payment.trace_number:
        note = f"pays on {batch.effective_entry_date:%b %-d, %Y}"
        found.append(
            Moment(batch.released_at, "Released to the bank", batch.released_by_name, note)
        )
    if payment.settled_at:
        found.append(Moment(payment.settled_at, "Settled by the bank", tone="good"))
    if payment.returned_at:
        why = f"{payment.return_code}: {return_reason(payment.return_code)}"
        found.append(Moment(payment.returned_at, "Returned by the bank", note=why, tone="bad"))
    if payment.voided_at:
        who, why = payment.voided_by_name, payment.void_text
        found.append(Moment(payment.voided_at, "Made void", who, why, tone="warm"))
    return found


def paid_anew(payment: Payment) -> Payment | None:
    """The payment that pays one anew, if any."""
    return payment.reissued_by.exclude(status=Payment.Status.VOID).first()
