"""A payment's life: every step with who and when, and what it did to the books."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse

from capitation.models import Payment, PaymentBatch, ReturnLine
from capitation.rules.bank_returns import WAITS
from capitation.rules.payments import return_reason
from ipaportal.audit.models import DomainEvent
from ipaportal.core.parts import Moment
from ipaportal.ledger.models import Account, Entry

OUTCOMES = ("settled", "returned", "void", "paid", "dishonoured", "contested")


@dataclass(frozen=True)
class Booked:
    """One entry of a payment: by how much what is owed, on its way, and in the bank changed."""

    entry: Entry
    owed_cents: int
    on_its_way_cents: int
    cash_cents: int


def entries_of(payment: Payment) -> list[Booked]:
    """The entries that a payment has in the books, in their order."""
    keys = [payment.entry_key, *(f"{payment.entry_key}:{outcome}" for outcome in OUTCOMES)]
    found = Entry.objects.filter(key__in=keys, status=Entry.Status.POSTED)
    return [
        Booked(
            entry,
            # What is owed is a credit in the books.
            -_moved(entry, Account.Kind.PAYABLE),
            -_moved(entry, Account.Kind.PAYMENTS_IN_TRANSIT),
            _moved(entry, Account.Kind.CASH),
        )
        for entry in found.prefetch_related("postings__account").order_by("posted_at", "pk")
    ]


def _moved(entry: Entry, kind: str) -> int:
    return sum(p.amount_cents for p in entry.postings.all() if p.account.kind == kind)


def life_of(payment: Payment, booked: list[Booked]) -> list[Moment]:
    """Every step of a payment, in order, each with who took it."""
    who = {row.entry.key.rpartition(":")[2]: row.entry.actor_name for row in booked}
    steps = [*_sent(payment), *_ended(payment, who), *_said_by_the_bank(payment)]
    anew = payment.reissued_by.select_related("batch")
    for other in anew:
        steps.append(
            Moment(
                other.batch.prepared_at,
                "Paid anew",
                other.batch.prepared_by_name,
                f"payment {other.pk}, {other.get_status_display()}",
                url=reverse("capitation:payment_detail", args=[other.pk]),
            )
        )
    return sorted(steps, key=lambda step: step.at)


def _sent(payment: Payment) -> list[Moment]:
    batch = payment.batch
    address = reverse("capitation:payment_batch_detail", args=[batch.pk])
    again = f"Pays payment {payment.reissues_id} anew" if payment.reissues_id else ""
    steps = [Moment(batch.prepared_at, "Prepared", batch.prepared_by_name, again, url=address)]
    if not payment.trace_number:
        return steps
    pays_on = f"Pays on {batch.effective_entry_date:%b %-d, %Y}"
    written = (
        f"File {batch.file_date} {batch.file_id_modifier}, trace number {payment.trace_number}"
    )
    steps += [
        Moment(batch.released_at, "Released", batch.released_by_name, pays_on),
        Moment(batch.released_at, "Written into the file for the bank", note=written),
    ]
    steps += [
        Moment(event.at, "File taken for the bank", event.actor_name) for event in _taken(batch)
    ]
    return steps


def _taken(batch: PaymentBatch) -> QuerySet[DomainEvent]:
    return DomainEvent.objects.filter(
        subject_type=PaymentBatch._meta.label,
        subject_id=str(batch.pk),
        action="capitation.payments.file_taken",
    ).order_by("pk")


def _ended(payment: Payment, who: dict[str, str]) -> list[Moment]:
    steps = []
    if payment.settled_at and not payment.paid_after_all_at:
        by = who.get("settled", "")
        steps.append(Moment(payment.settled_at, "Settled by the bank", by, tone="good"))
    if payment.voided_at:
        by, why = payment.voided_by_name, payment.void_text
        steps.append(Moment(payment.voided_at, "Made void", by, why, tone="warm"))
    if payment.paid_after_all_at:
        by, why = payment.paid_after_all_by_name, payment.paid_after_all_text
        steps.append(Moment(payment.paid_after_all_at, "Paid by the bank after all", by, why))
    if payment.returned_at:
        why = f"{payment.return_code}: {return_reason(payment.return_code)}"
        by = who.get("returned", "")
        steps.append(Moment(payment.returned_at, "Returned by the bank", by, why, tone="bad"))
    for at, code, what, key in (
        (
            payment.dishonoured_at,
            payment.dishonour_code,
            "Our bank refused the return",
            "dishonoured",
        ),
        (payment.contested_at, payment.contest_code, "The return stands after all", "contested"),
    ):
        if at:
            why, tone = f"{code}: {return_reason(code)}", "good" if key == "dishonoured" else "bad"
            steps.append(Moment(at, what, who.get(key, ""), why, tone=tone))
    return steps


def _said_by_the_bank(payment: Payment) -> list[Moment]:
    """Lines of the bank about this payment that were not applied when they came."""
    lines = payment.return_lines.exclude(why="").select_related("file")
    return [
        Moment(
            line.file.received_at,
            f"The bank's line {line.line} {_became(line)}",
            line.decided_by_name or line.file.received_by_name,
            line.decision_text or WAITS[line.why].what,
            "warm" if line.state == ReturnLine.State.WAITING else "",
            reverse("capitation:return_line_detail", args=[line.pk]),
        )
        for line in lines
    ]


def _became(line: ReturnLine) -> str:
    return {"waiting": "waits", "closed": "was closed"}.get(line.state, "waited and was applied")
