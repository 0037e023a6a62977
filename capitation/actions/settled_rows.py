"""Rows that waited for a person to say whom they mean, beneath the actions: applied as told."""

from collections.abc import Callable
from typing import BinaryIO

from django.utils import timezone

from capitation.actions.enrolments import apply_members
from capitation.actions.facts import Recorder
from capitation.actions.identities import Identified, Name, Names
from capitation.actions.intake import Intake
from capitation.actions.rosters import apply_rows
from capitation.actions.stored import StoredSource, content_of, made_on, roster_of
from capitation.formats.enrolment_834 import EnrolmentReader
from capitation.models import PlanFile, UnmatchedRow


def apply_settled(recorder: Recorder, row: UnmatchedRow, name: Name, member_id: int) -> int:
    """
    Apply what the files said under a name, in the order they came; give how many rows that were.

    Only enrolments and lists speak of members; lines of money under the name are matched elsewhere.
    """
    ids = {row.file_id, row.last_file_id, *row.values.get("files", ())} - {None}
    files = PlanFile.objects.filter(pk__in=ids, format__in=_READERS, status=PlanFile.Status.APPLIED)
    applied = 0
    for file in files.select_related("contract__payer").order_by("received_at", "pk"):
        source = StoredSource(file.sha256)
        day = made_on(file, source) or timezone.localdate(file.received_at)
        mine = Recorder(
            recorder.payer_id, recorder.fact_no, recorder.now, file.pk, recorder.source, day
        )
        intake = Intake(file, file.contract, mine, day)
        applied += _READERS[file.format](intake, content_of(source), name, member_id)
        intake.flush()
    return applied


def _members(intake: Intake, source: BinaryIO, name: Name, member_id: int) -> int:
    names = Names()
    rows = [m for m in EnrolmentReader(source) if names.of(m.member_ref, m.mbi) == name]
    ids = {(m.member_ref, m.mbi): member_id for m in rows}
    apply_members(intake, rows, Identified(ids))
    return len(rows)


def _rows(intake: Intake, source: BinaryIO, name: Name, member_id: int) -> int:
    names = Names()
    read = roster_of(intake.file, source)
    rows = [row for row in read.rows if names.of(row.member_id, row.mbi) == name]
    ids = {(row.member_id, row.mbi): member_id for row in rows}
    apply_rows(intake, rows, Identified(ids))
    return len(rows)


_READERS: dict[str, Callable[[Intake, BinaryIO, Name, int], int]] = {
    "x12-834": _members,
    "csv": _rows,
}
