"""A plan file on its way in, beneath the actions: where its rows and its money go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db.models import Exists, OuterRef

from capitation.actions.facts import Recorder, copy_rows, find_members
from capitation.models import Contract, PlanFile, Receipt, RemittanceLine, UnmatchedRow
from ipaportal.core.sql import run_steps

STEPS = Path(__file__).resolve().parent.parent / "sql" / "apply"
LINE = (
    *("line_no", "member_ref", "last_name", "first_name", "coverage_month", "amount_cents"),
    *("full_amount_cents", "adjustment_cents", "batch_ref", "rate_code", "aid_codes", "raw"),
)


@dataclass
class Intake:
    """One file on its way in: where its rows go and what could not be matched."""

    file: PlanFile
    contract: Contract
    recorder: Recorder
    file_date: date
    unmatched: list[UnmatchedRow] = field(default_factory=list)

    @property
    def is_source(self) -> bool:
        """Say whether the money in the file is received: it is the contract's one source."""
        return self.file.figures["is_source"]

    def keep(
        self, kind: str, line_no: int, reason: str, raw: str, member_id: int | None = None, **values
    ) -> None:
        """Keep a row that could not be applied, for the work-list."""
        self.unmatched.append(
            UnmatchedRow(
                payer_id=self.file.payer_id,
                file=self.file,
                kind=kind,
                line_no=line_no,
                reason=reason[:300],
                raw=raw,
                member_id=member_id,
                values=values,
            )
        )
        self.recorder.counts[f"unmatched_{kind}"] += 1

    def flush(self) -> None:
        UnmatchedRow.objects.bulk_create(self.unmatched, batch_size=1000)
        self.unmatched.clear()


def batches(rows: Iterable, size: int) -> Iterator[list]:
    """Cut rows into lists of a size, so that memory does not grow with the file."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch


def store_lines(intake: Intake, rows: Iterable[tuple]) -> None:
    """Store lines of money (the columns of LINE) as they stood in the file."""
    head = (intake.contract.pk, intake.file.pk)
    tail = (intake.recorder.fact_no,)
    copy_rows(
        RemittanceLine,
        ("contract_id", "file_id", *LINE, "fact_no"),
        ((*head, *row, *tail) for row in rows),
    )


def match_lines(recorder: Recorder, known: dict[str, int], file_id: int | None = None) -> int:
    """Match unmatched lines of a payer to members by reference; give how many."""
    contracts = Contract.objects.filter(payer_id=recorder.payer_id)
    params = {
        "refs": list(known),
        "members": list(known.values()),
        "contracts": list(contracts.values_list("pk", flat=True)),
        "file_id": file_id,
        "fact_no": recorder.fact_no,
    }
    (step,) = run_steps(STEPS, params, only=["01_match_receipts"])
    recorder.counts["lines_matched"] += step.rows
    return step.rows


def match_file(intake: Intake) -> None:
    """Match a file's lines to the members we know; the others wait in the work-list."""
    mine = RemittanceLine.objects.filter(file=intake.file)
    refs = list(mine.values_list("member_ref", flat=True).distinct())
    known: dict[str, int] = {}
    for some in batches(refs, 5000):
        known |= find_members(intake.recorder.payer_id, dict.fromkeys(some, ""))
    match_lines(intake.recorder, known, intake.file.pk)
    waiting = mine.filter(~Exists(Receipt.objects.filter(line_id=OuterRef("pk"))))
    counts = intake.recorder.counts
    counts["members"] = len(refs)
    counts["unknown_members"] = waiting.values("member_ref").distinct().count()
    counts["lines_waiting"] = waiting.count()


def cents(amount: Decimal) -> int:
    """Whole cents of an amount that the readers have checked to be such."""
    return int(amount.scaleb(2))
