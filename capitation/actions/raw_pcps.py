"""PCPs whom a plan named and the network did not know, beneath the actions."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from itertools import groupby

from capitation.actions.facts import Origin, Recorder
from capitation.actions.intake import Intake
from capitation.models import PcpAssignment, UnmatchedRow
from capitation.rules.enrolment import day_after
from capitation.rules.painting import Brush


def keep_pcp(
    intake: Intake,
    *,
    line_no: int,
    raw: str,
    member_id: int,
    number: str,
    name: str,
    since: date,
    until: date | None,
) -> None:
    """Keep a PCP who is not in the network as the file names them; said again, it stands once."""
    intake.keep(
        "pcp",
        line_no,
        f"PCP {number or 'without a number'} is not in the network.",
        raw,
        member_id,
        key=number or name,
        npi=number,
        name=name,
        effective_date=f"{since:%Y-%m-%d}",
        end_date=f"{until:%Y-%m-%d}" if until else None,
    )


def take_known(intake: Intake, member_ids: Collection[int], known: Mapping[str, int]) -> None:
    """Settle rows that waited for PCPs whom the network has when a file names them again."""
    waiting = UnmatchedRow.objects.filter(
        kind="pcp",
        resolved_at=None,
        payer_id=intake.file.payer_id,
        member_id__in=member_ids,
        key__in=[npi.casefold() for npi in known],
    )
    rows = list(waiting.select_related("file").order_by("file_id", "pk"))
    if not rows:
        return
    recorder = intake.recorder
    assign_rows(recorder, rows, {row.pk: known[row.values["npi"]] for row in rows}, recorder.source)
    waiting.filter(pk__in=[row.pk for row in rows]).update(
        resolved_at=recorder.now,
        resolved_by=recorder.source,
        resolution="The PCP is in the network by now.",
    )
    recorder.file_id = intake.file.pk


def assign_rows(
    recorder: Recorder, rows: Iterable[UnmatchedRow], pcps: Mapping[int, int], assigned_by: str
) -> None:
    """Assign the PCPs of raw rows for the days that they named; what came later stays."""
    rows = sorted(rows, key=lambda row: (row.file_id, row.pk))
    starts: dict[int, list[date]] = defaultdict(list)
    assigned = PcpAssignment.objects.filter(member_id__in={row.member_id for row in rows}).current()
    for member_id, start in assigned.order_by("effective_date").values_list(
        "member_id", "effective_date"
    ):
        starts[member_id].append(start)
    for file_id, some in groupby(rows, key=lambda row: row.file_id):
        brushes: dict[int, list[Brush]] = {}
        for row in some:
            source = Origin(row.line_no, (f"row {row.pk} of {row.file}"[:200], assigned_by[:200]))
            brushes.setdefault(row.member_id, []).extend(
                _brushes(row, starts[row.member_id], pcps[row.pk], source)
            )
        recorder.file_id = file_id
        recorder.paint(PcpAssignment, brushes, "pcp_changes")


def _brushes(row: UnmatchedRow, starts: list[date], pcp_id: int, source: Origin) -> list[Brush]:
    """A brush from the row's first day; another from its latest, if somebody else lay between."""
    first = date.fromisoformat(row.values["effective_date"])
    latest = date.fromisoformat(row.values.get("latest_date") or row.values["effective_date"])
    stated = row.values.get("end_date")
    end = day_after(date.fromisoformat(stated)) if stated else None
    days = [first]
    if any(first < start <= latest for start in starts):
        days.append(latest)
    brushes = []
    for day in days:
        at = bisect_right(starts, day)
        until = starts[at] if at < len(starts) else None
        if end is not None:
            until = end if until is None else min(end, until)
        if until is None or day < until:
            brushes.append(Brush(day, until, (pcp_id,), source))
    for day in days:
        insort(starts, day)
    return brushes
