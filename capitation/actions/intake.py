"""A plan file on its way in, beneath the actions: where its rows and its money go."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

from django.db.models import Exists, OuterRef, QuerySet

from capitation.actions.facts import Recorder
from capitation.actions.identities import Identified, Name, Names, identify
from capitation.models import Contract, PlanFile, Receipt, RemittanceLine, UnmatchedRow
from capitation.queries.worklists import waiting_lines
from ipaportal.core.copying import copy_rows
from ipaportal.core.sql import run_steps

STEPS = Path(__file__).resolve().parent.parent / "sql" / "apply"
LINE = (
    *("line_no", "member_ref", "last_name", "first_name", "coverage_month", "amount_cents"),
    *("full_amount_cents", "adjustment_cents", "batch_ref", "rate_code", "aid_codes", "raw"),
    "mbi_index",
)
DISAGREE = "The number and the MBI do not name the same member."
AMBIGUOUS = "The number names several members."


@dataclass
class Intake:
    """One file on its way in: where its rows go and what could not be matched."""

    file: PlanFile
    contract: Contract
    recorder: Recorder
    file_date: date
    unmatched: list[UnmatchedRow] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.recorder.day = self.file_date

    @property
    def is_source(self) -> bool:
        """Say whether the money in the file is received: it is the contract's one source."""
        return self.file.figures["is_source"]

    @property
    def tells_counties(self) -> bool:
        """Say whether lists of members say where they live: plans paid by MMR use CMS's codes."""
        return self.contract.remittance_source != Contract.Source.MMR

    def keep(
        self,
        kind: str,
        line_no: int,
        reason: str,
        raw: str,
        member_id: int | None = None,
        key: str = "",
        **values,
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
                key=key.casefold()[:200],
                last_file=self.file,
                last_seen_at=self.file.received_at,
            )
        )
        self.recorder.counts[f"unmatched_{kind}"] += 1

    def keep_conflict(self, line_no: int, raw: str, name: Name, members: Iterable[int]) -> None:
        """Keep a row whose number and MBI do not agree: who it is about, a person decides."""
        self.unmatched.append(conflict_row(self.file, line_no, raw, name, members))
        self.recorder.counts["unmatched_identity"] += 1

    def flush(self) -> None:
        keep_rows(self.unmatched)
        self.unmatched.clear()


def conflict_row(
    file: PlanFile, line_no: int, raw: str, name: Name, members: Iterable[int]
) -> UnmatchedRow:
    """A row for the work-list of names that do not agree."""
    members = sorted(members)
    return UnmatchedRow(
        payer_id=file.payer_id,
        file=file,
        kind=UnmatchedRow.Kind.IDENTITY,
        line_no=line_no,
        reason=DISAGREE if name.mbi else AMBIGUOUS,
        raw=raw,
        member_id=members[0],
        values={"member_ref": name.number, "members": members, "files": [file.pk]},
        key=name.key,
        last_file=file,
        last_seen_at=file.received_at,
    )


def keep_rows(rows: Iterable[UnmatchedRow]) -> None:
    """Keep rows; one that says again what stands open is counted there, not kept again."""
    rows = list(rows)
    members = {row.member_id for row in rows if row.kind in UnmatchedRow.FOLDED}
    before = UnmatchedRow.objects.filter(
        kind__in=UnmatchedRow.FOLDED, resolved_at=None, member_id__in=members
    )
    standing = {(row.payer_id, row.kind, row.member_id, row.key): row for row in before}
    changed, new = {}, []
    for row in rows:
        place = (row.payer_id, row.kind, row.member_id, row.key)
        if row.kind not in UnmatchedRow.FOLDED or place not in standing:
            standing[place] = row
            new.append(row)
            continue
        standing[place].see_again(row)
        if standing[place].pk is not None:
            changed[standing[place].pk] = standing[place]
    UnmatchedRow.objects.bulk_create(new, batch_size=1000)
    columns = ["files", "last_file", "last_seen_at", "values"]
    UnmatchedRow.objects.bulk_update(changed.values(), columns, batch_size=500)


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


def match_lines(recorder: Recorder, known: Mapping[Name, int], file_id: int | None = None) -> int:
    """Match unmatched lines of a payer to members by how they name them; give how many."""
    contracts = Contract.objects.filter(payer_id=recorder.payer_id)
    params = {
        "refs": [name.number for name in known],
        "mbis": [name.mbi for name in known],
        "members": list(known.values()),
        "contracts": list(contracts.values_list("pk", flat=True)),
        "file_id": file_id,
        "fact_no": recorder.fact_no,
    }
    (step,) = run_steps(STEPS, params, only=["01_match_receipts"])
    recorder.counts["lines_matched"] += step.rows
    return step.rows


def names_of(lines: QuerySet[RemittanceLine]) -> list[Name]:
    """How lines name their members."""
    found = lines.order_by("member_ref").values_list("member_ref", "mbi_index").distinct()
    return [Name(number, bytes(mbi or b"")) for number, mbi in found]


def match_named(
    recorder: Recorder, names: Iterable[Name], file_id: int | None = None
) -> Identified[Name]:
    """
    Match the lines of names that mean one member, and give whom the names mean.

    Names that mean several members go to the work-list, with the first line that says so.
    """
    found: Identified[Name] = Identified()
    for some in batches(names, 5000):
        found.add(identify(recorder.payer_id, {name: name for name in some}))
    match_lines(recorder, found.ids, file_id)
    if found.conflicts:
        _list_conflicts(recorder, found.conflicts, file_id)
    return found


def _list_conflicts(
    recorder: Recorder, conflicts: Mapping[Name, tuple[int, ...]], file_id: int | None
) -> None:
    lines = waiting_lines().filter(
        contract__payer_id=recorder.payer_id, member_ref__in={name.number for name in conflicts}
    )
    if file_id is not None:
        lines = lines.filter(file_id=file_id)
    lines = lines.order_by("file_id", "member_ref", "mbi_index", "pk")
    rows = []
    for line in lines.distinct("file_id", "member_ref", "mbi_index").select_related("file"):
        name = Name(line.member_ref, bytes(line.mbi_index or b""))
        if name in conflicts:
            rows.append(conflict_row(line.file, line.line_no, line.raw, name, conflicts[name]))
    keep_rows(rows)
    recorder.counts["unmatched_identity"] += len(rows)


def match_file(intake: Intake) -> None:
    """Match a file's lines to the members we know; the others wait in the work-lists."""
    mine = RemittanceLine.objects.filter(file=intake.file)
    names = names_of(mine)
    found = match_named(intake.recorder, names, intake.file.pk)
    waiting = mine.filter(~Exists(Receipt.objects.filter(line_id=OuterRef("pk"))))
    counts = intake.recorder.counts
    counts["members"] = len({name.number for name in names})
    counts["unknown_members"] = len({n.number for n in names if not found.is_known(n)})
    counts["lines_waiting"] = waiting.count()


def cents(amount: Decimal) -> int:
    """Whole cents of an amount that the readers have checked to be such."""
    return int(amount.scaleb(2))
