"""Applying an 820, beneath the actions: its lines, its match to members, its place in the books."""

from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef

from capitation.actions.intake import Intake, batches, cents, match_file, store_lines
from capitation.formats.remittance_820 import RemittanceLine, RemittanceReader
from capitation.models import PlanFile
from capitation.models import RemittanceLine as RemittanceRow
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger import books

BATCH = 5000


class MoneyTwice(ValueError):
    """A payment of this payer with the same trace number was applied before."""


def apply_remittance(intake: Intake, reader: RemittanceReader, uploader: Actor) -> None:
    """
    Apply an 820: every line as it stands, matched where the member is known; then the books.

    :raises MoneyTwice: if one of its payments was applied from another file
    """
    months = _Months(intake.file_date)
    for batch in batches(reader, BATCH):
        store_lines(intake, [_row(line, months.of(line)) for line in batch])
        intake.recorder.counts["lines"] += len(batch)
    traces = [r.trace_number for r in reader.remittances if r.trace_number]
    if len(traces) == len(reader.remittances):
        _refuse_twice(intake.file, traces)
    else:
        refuse_repeated(intake)
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


def _row(line: RemittanceLine, month: date) -> tuple:
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
    )


def _refuse_twice(file: PlanFile, traces: list[str]) -> None:
    file.figures = {**file.figures, "traces": traces[:1000]}
    others = PlanFile.objects.filter(payer_id=file.payer_id, status=PlanFile.Status.APPLIED)
    for trace in traces:
        before = others.filter(figures__traces__contains=[trace]).first()
        if before is not None or traces.count(trace) > 1:
            whence = f"was applied from {before}" if before else "stands in this file twice"
            raise MoneyTwice(f"Payment {trace} (TRN02) {whence}; no money is taken twice.")


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
