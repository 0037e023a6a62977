"""Applying a CSV roster, beneath the actions: members, coverage, PCPs, amounts where it is paid."""

from collections.abc import Iterable
from decimal import Decimal

from capitation.actions.facts import Origin
from capitation.actions.identities import Identified, identify
from capitation.actions.intake import Intake, batches, cents, match_file, store_lines
from capitation.actions.raw_pcps import keep_pcp, take_known
from capitation.actions.remittances import book_file, refuse_repeated
from capitation.actions.waiting import pick_up
from capitation.formats.roster_csv import RosterRow
from capitation.formats.values import next_day
from capitation.models import CoverageSpan, PcpAssignment
from capitation.rules.enrolment import pcp_brush
from capitation.rules.painting import Brush
from credentialing.models import Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months

BATCH = 4000
TERMINATIONS = frozenset({"t", "term", "termed", "terminated", "termination", "d", "delete", "024"})


def apply_roster(intake: Intake, rows: Iterable[RosterRow], uploader: Actor) -> None:
    """
    Apply a roster's rows; a column it does not have says nothing about what we know.

    A row with a first day, or a month, covers the member; one with neither names a member we must
    know already (a list of PCPs, for example), else it waits in the work-list.
    """
    for batch in batches(rows, BATCH):
        apply_rows(intake, batch)
        _take_money(intake, batch)
        pick_up(intake.recorder)
        intake.flush()
    if intake.is_source:
        refuse_repeated(intake)
        match_file(intake)
        total = intake.recorder.counts["total_cents"]
        book_file(intake, paid_cents=0, notice_cents=total, actor=uploader)


def apply_rows(
    intake: Intake, batch: list[RosterRow], meant: Identified[tuple[str, str]] | None = None
) -> None:
    """Apply what rows say of members, not their money. `meant`: a person said who they are."""
    recorder = intake.recorder
    names = {_named(row): intake.names.of(*_named(row)) for row in batch}
    before = meant or identify(recorder.payer_id, names)
    # Whom one row adds, another of the same roster may end.
    joining = {row.member_id for row in batch if row.member_id and _joins(row)}
    named = [
        row
        for row in batch
        if before.is_known(_named(row)) or row.member_id in joining or _keep_unknown(intake, row)
    ]
    found = recorder.members({_named(row): row.line_no for row in named}, before)
    ids, usable = found.ids, [row for row in named if _named(row) in found.ids]
    for row in named:
        if (several := found.conflicts.get(_named(row))) is not None:
            intake.keep_conflict(row.line_no, row.raw, names[_named(row)], several)
    recorder.counts["rows"] += len(batch)
    recorder.profiles({ids[_named(row)]: (row.line_no, _profile(row)) for row in usable})
    if intake.tells_counties:
        month = intake.file_date.replace(day=1)
        counties = (
            (ids[_named(r)], (r.line_no, r.county_code[:5], r.coverage_month or month))
            for r in usable
        )
        recorder.counties(dict(counties))
    coverage: dict[int, list[Brush]] = {}
    for row in usable:
        coverage.setdefault(ids[_named(row)], []).extend(_coverage(intake, row))
    recorder.paint(CoverageSpan, coverage, "coverage_changes")
    _assign(intake, usable, ids)


def _take_money(intake: Intake, batch: list[RosterRow]) -> None:
    recorder = intake.recorder
    money = [row for row in batch if row.capitation_amount is not None]
    if money and intake.is_source:
        store_lines(intake, [_line(intake, row) for row in money])
        recorder.counts["lines"] += len(money)
        recorder.counts["total_cents"] += sum(cents(row.capitation_amount) for row in money)


def _named(row: RosterRow) -> tuple[str, str]:
    return row.member_id, row.mbi


def _joins(row: RosterRow) -> bool:
    states_days = row.effective_date or row.coverage_month
    return bool(states_days and len(row.member_id) <= 40 and not _is_termination(row))


def _keep_unknown(intake: Intake, row: RosterRow) -> bool:
    """A row of somebody we do not know, and whom nothing adds, is kept, not applied."""
    words = "The row names a member who is not known and does not say from when they are covered."
    intake.keep(
        "member",
        row.line_no,
        words,
        row.raw,
        member_ref=row.member_id,
        name=f"{row.last_name}, {row.first_name}".strip(", "),
        npi=row.pcp_npi,
    )
    return False


def _is_termination(row: RosterRow) -> bool:
    return row.change_type.strip().casefold() in TERMINATIONS


def _profile(row: RosterRow) -> dict[str, object]:
    return {
        "last_name": row.last_name,
        "first_name": row.first_name,
        "birth_date": row.birth_date,
        "sex": row.sex,
        "county_code": row.county_code,
        "address": row.address,
        "city": row.city,
        "state": row.state if len(row.state) <= 2 else "",
        "zip_code": row.zip_code,
        "phone": row.phone,
    }


def _coverage(intake: Intake, row: RosterRow) -> list[Brush]:
    source, contract_id = Origin(row.line_no), intake.contract.pk
    until = next_day(row.end_date)
    if _is_termination(row):
        if until is None and row.effective_date is None:
            words = "The row ends a member, but does not say when."
            intake.keep("row", row.line_no, words, row.raw)
            return []
        return [Brush(until or row.effective_date, None, None, source, only=contract_id)]
    value = (contract_id, row.plan_code[:20])
    if row.effective_date is not None:
        return [Brush(row.effective_date, until, value, source)]
    if until is not None:
        return [Brush(until, None, None, source, only=contract_id)]
    if row.coverage_month is not None:
        # A month's roster says who was covered then; it does not say that anybody left.
        month = row.coverage_month
        return [Brush(month, add_months(month, 1), value, source, cuts=False)]
    return []


def _assign(intake: Intake, rows: list[RosterRow], ids: dict[tuple[str, str], int]) -> None:
    rows = [row for row in rows if row.pcp_npi]
    npis = {row.pcp_npi for row in rows}
    known = dict(Practitioner.objects.filter(npi__in=npis).values_list("npi", "pk"))
    latest = _latest(ids[_named(row)] for row in rows)
    brushes: dict[int, list[Brush]] = {}
    for row in rows:
        member_id = ids[_named(row)]
        assumed = row.coverage_month or intake.file_date.replace(day=1)
        if member_id not in latest:
            assumed = row.effective_date or assumed
        if row.pcp_npi not in known:
            keep_pcp(
                intake,
                line_no=row.line_no,
                raw=row.raw,
                member_id=member_id,
                number=row.pcp_npi,
                name="",
                since=row.pcp_effective_date or assumed,
                until=None,
            )
            continue
        brush = pcp_brush(
            practitioner_id=known[row.pcp_npi],
            stated_from=row.pcp_effective_date,
            stated_until=None,
            assumed_from=assumed,
            latest=latest.get(member_id),
            source=Origin(row.line_no, ("", f"file {intake.file.name}"[:200])),
        )
        if brush is not None:
            brushes.setdefault(member_id, []).append(brush)
            latest[member_id] = brush.value
    intake.recorder.paint(PcpAssignment, brushes, "pcp_changes")
    take_known(intake, [ids[_named(row)] for row in rows], known)


def _latest(member_ids: Iterable[int]) -> dict[int, tuple[int]]:
    rows = PcpAssignment.objects.filter(member_id__in=list(member_ids), end_date=None).current()
    return {member: (pcp,) for member, pcp in rows.values_list("member_id", "practitioner_id")}


def _line(intake: Intake, row: RosterRow) -> tuple:
    month = row.coverage_month or (row.effective_date or intake.file_date)
    amount = row.capitation_amount or Decimal(0)
    return (
        row.line_no,
        row.member_id[:40],
        row.last_name[:100],
        row.first_name[:100],
        month.replace(day=1),
        cents(amount),
        None,
        0,
        "",
        row.plan_code[:30],
        [],
        row.raw,
        intake.names.of(*_named(row)).mbi or None,
    )
