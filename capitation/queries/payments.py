"""Payments: who would be paid, who not and why, and what became of every batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.models.payments import PaymentQuerySet
from capitation.rules.payments import SKIP_NAMES, Candidate, skip_reason
from ipaportal.core.actors import Actor
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


def prepare_page(*, actor: Actor, now: datetime) -> dict[str, object]:
    """What the page that prepares payments shows."""
    assert actor.reach(VIEW) is None, "payments are prepared for the whole IPA"
    found = preview(now)
    return {
        "payable": found.payable,
        "skipped": found.skipped,
        "total_cents": found.total_cents,
    }


def batches(*, actor: Actor) -> list[PaymentBatch]:
    """Every payment batch, newest first, for those who see the whole IPA."""
    return list(PaymentBatch.objects.all()) if actor.reach(VIEW) is None else []


def payments(*, actor: Actor, party_id: int | None = None) -> PaymentQuerySet:
    """Payments that an actor may see, newest first."""
    rows = Payment.objects.for_actor(actor, VIEW).select_related("party", "bank_account", "batch")
    rows = rows.order_by("-batch_id", "party__name", "pk")
    return rows if party_id is None else rows.filter(party_id=party_id)


def batch_page(*, actor: Actor, batch_id: int) -> dict[str, object]:
    """
    A batch with its payments, its left-out payees and its counts by status.

    :raises PaymentBatch.DoesNotExist: also for whom may not see it
    """
    if actor.reach(VIEW) is not None:
        raise PaymentBatch.DoesNotExist
    batch = PaymentBatch.objects.get(pk=batch_id)
    lines = list(payments(actor=actor).filter(batch=batch))
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.status] = counts.get(line.status, 0) + 1
    return {"batch": batch, "payments": lines, "skipped": batch.skipped, "counts": counts}
