"""Applying an 820, beneath the actions: its lines, its match to members, its place in the books."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.utils import timezone

from capitation.actions.intake import Intake, batches, cents, match_file, store_lines
from capitation.formats.remittance_820 import Remittance, RemittanceLine, RemittanceReader
from capitation.models import PlanFile, PlanPayment
from capitation.models import RemittanceLine as RemittanceRow
from ipaportal.core.actors import Actor
from ipaportal.core.copying import copy_rows
from ipaportal.identity.models import Party
from ipaportal.ledger import books

BATCH = 5000
MOST_TRACE = 128


class MoneyTwice(ValueError):
    """A payment of this payer with the same trace number was applied before."""


def apply_remittance(intake: Intake, reader: RemittanceReader, uploader: Actor) -> None:
    """
    Apply an 820: every line as it stands, matched where the member is known; then the books.

    :raises MoneyTwice: if one of its payments was applied from another file
    """
    months = _Months(intake.file_date)
    for batch in batches(reader, BATCH):
        store_lines(intake, [_row(intake, line, months.of(line)) for line in batch])
        intake.recorder.counts["lines"] += len(batch)
    _refuse_twice(intake.file, reader.remittances)
    if not all(payment.trace_number for payment in reader.remittances):
        refuse_repeated(intake)
    _remember(intake.file, reader.remittances)
    intake.recorder.counts["total_cents"] = sum(cents(r.lines_total) for r in reader.remittances)
    if intake.is_source:
        match_file(intake)
        notices = sum(cents(r.lines_total) for r in reader.remittances if r.is_notice)
        paid = intake.recorder.counts["total_cents"] - notices
        book_file(intake, paid_cents=paid, notice_cents=notices, actor=uploader)


class _Months:
    """Finds a line's coverage month: as stated, else the month of the file."""

    def __init__(self, file_date: date) -> None:
        self._file_date = file_date

    def of(self, line: RemittanceLine) -> date:
        return (line.coverage_start or self._file_date).replace(day=1)


def _row(intake: Intake, line: RemittanceLine, month: date) -> tuple:
    return (
        line.segment_no,
        line.member_ref[:40],
        line.last_name[:100],
        line.first_name[:100],
        month,
        cents(line.amount),
        None if line.full_amount is None else cents(line.full_amount),
        cents(sum((amount for amount, _ in line.adjustments), Decimal(0))),
        line.batch_ref[:80],
        line.rate_code[:30],
        [code[:80] for code in line.aid_codes],
        line.raw,
        intake.names.of(line.member_ref, line.mbi).mbi or None,
    )


def _refuse_twice(file: PlanFile, payments: Sequence[Remittance]) -> None:
    """
    Refuse a payment that came in before: in another file of the payer, or twice in this one.

    :raises MoneyTwice: if one did
    """
    traces = [_kept(payment.trace_number) for payment in payments if payment.trace_number]
    for some in batches(traces, BATCH):
        taken = PlanPayment.objects.filter(payer_id=file.payer_id, trace_number__in=some)
        first = taken.select_related("file").order_by("file_id", "transaction_no").first()
        if first is not None:
            raise MoneyTwice(
                f"Payment {first.trace_number} (TRN02) was applied from {first.file}, received on "
                f"{timezone.localdate(first.file.received_at)}; no money is taken twice."
            )
    twice = next((trace for trace, count in Counter(traces).items() if count > 1), None)
    if twice is not None:
        words = f"Payment {twice} (TRN02) stands in this file twice; no money is taken twice."
        raise MoneyTwice(words)


def _remember(file: PlanFile, payments: Sequence[Remittance]) -> None:
    """Remember every payment of a file, so that none of them is taken again."""
    columns = ("transaction_no", "trace_number", "amount_cents", "is_notice", "payment_date")
    rows = (
        (
            *(file.payer_id, file.pk, payment.transaction_no, _kept(payment.trace_number)),
            *(cents(payment.lines_total), payment.is_notice, payment.payment_date),
        )
        for payment in payments
    )
    copy_rows(PlanPayment, ("payer_id", "file_id", *columns), rows)


def _kept(trace: str) -> str:
    """A trace number as it is kept; one longer than any standard allows by its hash."""
    if len(trace) <= MOST_TRACE:
        return trace
    return f"{trace[:60]}#{hashlib.sha256(trace.encode()).hexdigest()}"


def refuse_repeated(intake: Intake) -> None:
    """
    Refuse money without a trace number that mostly repeats lines received before.

    :raises MoneyTwice: if half of the lines or more stand in earlier files too
    """
    mine = RemittanceRow.objects.filter(file=intake.file)
    same = RemittanceRow.objects.filter(
        contract=intake.contract,
        member_ref=OuterRef("member_ref"),
        coverage_month=OuterRef("coverage_month"),
        amount_cents=OuterRef("amount_cents"),
        file__figures__contains={"is_source": True},
    ).exclude(file=intake.file)
    repeated = mine.exclude(amount_cents=0).filter(Exists(same)).count()
    if repeated and repeated * 2 >= mine.exclude(amount_cents=0).count():
        raise MoneyTwice(
            f"{repeated} of its lines pay the same member, month and amount as lines received "
            "before; no money is taken twice. Ask the plan for the changes only."
        )


def book_file(intake: Intake, *, paid_cents: int, notice_cents: int, actor: Actor) -> None:
    """Book what a file says was paid (cash in transit) or will be (a claim on the plan)."""
    payer = intake.contract.payer.party_id
    ipa = Party.objects.get(kind=Party.Kind.IPA)
    lines = [
        (books.account(ipa, "cash_in_transit"), paid_cents),
        (books.account(payer, "plan_receivable"), notice_cents),
        (books.account(payer, "plan_clearing"), -paid_cents - notice_cents),
    ]
    if any(amount for _, amount in lines):
        books.book(
            key=f"file:{intake.file.pk}",
            date=intake.file_date,
            description=f"{intake.contract}: {intake.file.name}"[:300],
            lines=lines,
            actor=actor,
            now=intake.recorder.now,
        )
