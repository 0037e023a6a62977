"""Payments: who would be paid, who not and why, and what became of every batch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils import timezone

from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.models.payments import PaymentQuerySet
from capitation.queries.prenotes import prenote_states
from capitation.rules.bank_days import next_bank_day
from capitation.rules.payments import SKIP_NAMES, Candidate, batch_state, skip_reason
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Step
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account
from ipaportal.ledger.queries.balances import balances_by_party
from ipaportal.ledger.queries.holds import holds_on

VIEW = "capitation.view_payments"
OUTCOMES = (
    ("released", "on the way"),
    ("settled", "settled"),
    ("returned", "returned"),
    ("void", "void"),
)


@dataclass(frozen=True)
class Preview:
    """What preparing payments now would pay, and whom it would leave out."""

    payable: list[Candidate]
    skipped: list[dict[str, object]]
    total_cents: int


def candidates(
    today: date, party_ids: Iterable[int] | None = None, *, for_payees: bool = False
) -> list[Candidate]:
    """Every practice with a balance, and what stands in the way; in the payee's words if asked."""
    balances = balances_by_party(Account.Kind.PAYABLE, party_ids=party_ids)
    owed = {party_id: -cents for party_id, cents in balances.items() if cents}
    practices = Party.objects.filter(kind=Party.Kind.PRACTICE, pk__in=owed).order_by("name", "pk")
    banks = {
        account.party_id: account
        for account in BankAccount.objects.active().filter(party_id__in=owed)
    }
    holds, tests = holds_on(owed), prenote_states(banks.values(), today)
    in_the_way = {pk: state.text for pk, state in tests.items() if not state.is_clear}
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
            hold_texts=tuple(
                hold.words_for_payee if for_payees else str(hold)
                for hold in holds.get(party.pk, [])
            ),
            batch_id=batches.get(party.pk),
            is_by_check=party.pk in banks and banks[party.pk].is_check,
            prenote_text=in_the_way.get(banks[party.pk].pk, "") if party.pk in banks else "",
        )
        for party in practices
    ]


def preview(
    now: datetime, party_ids: Iterable[int] | None = None, method: str = PaymentBatch.Method.ACH
) -> Preview:
    """Sort candidates of a method into those to pay and those to leave out, with the reason."""
    by_check = method == PaymentBatch.Method.CHECK
    payable, skipped = [], []
    for candidate in candidates(timezone.localdate(now), party_ids):
        if candidate.is_by_check != by_check:
            continue
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
    found, checks = preview(now), preview(now, method=PaymentBatch.Method.CHECK)
    return {
        "checks": checks.payable,
        "check_cents": checks.total_cents,
        "payable": found.payable,
        "skipped": [*found.skipped, *checks.skipped],
        "total_cents": found.total_cents,
        "pays_on": pays_on(now),
    }


def batches(*, actor: Actor) -> list[PaymentBatch]:
    """Every payment batch with the `state` that its payments make, newest first; one query."""
    if actor.reach(VIEW) is not None:
        return []
    counted = {
        f"n_{status}": Count("payments", filter=Q(payments__status=status))
        for status in Payment.Status.values
    }
    # Where rows are counted, a model's own order does not hold.
    found = list(PaymentBatch.objects.annotate(**counted).order_by("-prepared_at", "-pk"))
    for batch in found:
        counts = {status: getattr(batch, f"n_{status}") for status in Payment.Status.values}
        batch.state = batch_state(batch.status, counts)
    return found


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
    batch.state = batch_state(batch.status, counts)
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
    on_its_way = counts.get("released", 0)
    told = [f"{counts[name]} {words}" for name, words in OUTCOMES if counts.get(name)]
    return [
        Step("Prepared", "done", prepared),
        Step("Released", "done", released),
        Step("Settled", "now" if on_its_way else "done", ", ".join(told)),
    ]


def paid_anew(payment: Payment) -> Payment | None:
    """The payment that pays one anew, if any."""
    return payment.reissued_by.exclude(status=Payment.Status.VOID).first()
