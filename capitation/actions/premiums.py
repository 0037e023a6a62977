"""Applying a membership report (MMR), beneath the actions: premiums, risk, statuses, and money."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q

from capitation.actions.facts import Origin
from capitation.actions.identities import identify
from capitation.actions.intake import Intake, batches, cents, match_file, store_lines
from capitation.actions.remittances import MoneyTwice, book_file
from capitation.formats.mmr import MmrRow
from capitation.models import (
    MemberCounty,
    MemberStatus,
    PlanFile,
    Premium,
    RiskScore,
    Terms,
)
from capitation.queries.facts import entitlements, rule_terms
from capitation.rules.painting import Brush
from capitation.rules.terms import expected_cents
from ipaportal.core.actors import Actor
from ipaportal.core.copying import copy_rows
from ipaportal.core.months import add_months

BATCH = 5000
FLAGS = ("hospice", "esrd", "medicaid")


def apply_premiums(intake: Intake, rows: Iterable[MmrRow], uploader: Actor) -> None:
    """
    Apply a membership report: each row is a premium of its month, or a change of one.

    An adjustment over several months stands in its first. Flags and the risk score are taken from
    the month's own rows only. Who is not known waits in the work-list with the amount. Where the
    report is the contract's source of money, what is received is the contract's share of it.

    :raises MoneyTwice: if the same report was applied from other bytes
    """
    share = _Share(intake) if intake.is_source else None
    reports: set[str] = set()
    for batch in batches(rows, BATCH):
        reports |= {f"{row.contract} {row.run_date} {row.payment_month}" for row in batch}
        _apply_batch(intake, batch)
        if share is not None:
            exclusive = share.exclusive(batch)
            lines = [_line(intake, row, share.of(row, exclusive)) for row in batch]
            store_lines(intake, lines)
            intake.recorder.counts["lines"] += len(lines)
            intake.recorder.counts["total_cents"] += sum(line[5] for line in lines)
        intake.flush()
    _refuse_twice(intake.file, sorted(reports))
    if share is not None:
        match_file(intake)
        total = intake.recorder.counts["total_cents"]
        book_file(intake, paid_cents=0, notice_cents=total, actor=uploader)


def _refuse_twice(file: PlanFile, reports: list[str]) -> None:
    file.figures = {**file.figures, "reports": reports[:100]}
    others = PlanFile.objects.filter(payer_id=file.payer_id, status=PlanFile.Status.APPLIED)
    for report in reports:
        before = others.filter(figures__reports__contains=[report]).first()
        if before is not None:
            raise MoneyTwice(f"The report {report} was applied from {before}; not taken twice.")


def month_of_row(row: MmrRow) -> date:
    return (row.adj_start or row.payment_month or row.run_date).replace(day=1)


def _apply_batch(intake: Intake, batch: list[MmrRow]) -> None:
    recorder = intake.recorder
    names = {row.mbi: intake.names.of(row.mbi, row.mbi) for row in batch}
    found = identify(recorder.payer_id, names)
    recorder.counts["rows"] += len(batch)
    premiums, risks, statuses = [], {}, {}
    for row in batch:
        month, amount = month_of_row(row), cents(row.total_payment)
        member_id = found.ids.get(row.mbi)
        if member_id is None:
            _keep(intake, row, month, amount, len(found.conflicts.get(row.mbi, ())))
            continue
        premiums.append((member_id, month, amount, row.arc, row.line_no))
        if not row.is_adjustment:
            risk, flags = health(month, row.ra_factor_a, flags_of(row), row.line_no)
            risks.setdefault(member_id, []).extend(risk)
            statuses.setdefault(member_id, []).extend(flags)
    head, tail = (intake.contract.pk, intake.file.pk), (recorder.fact_no,)
    columns = ("member_id", "coverage_month", "amount_cents", "adjustment_code", "line_no")
    copy_rows(
        Premium,
        ("contract_id", "file_id", *columns, "fact_no"),
        ((*head, *premium, *tail) for premium in premiums),
    )
    recorder.counts["premiums"] += len(premiums)
    recorder.paint(RiskScore, risks, "risk_changes")
    recorder.paint(MemberStatus, statuses, "status_changes")
    if not intake.tells_counties:
        _live(intake, [(found.ids[row.mbi], row) for row in batch if row.mbi in found.ids])


def _live(intake: Intake, rows: list[tuple[int, MmrRow]]) -> None:
    """Where members live by CMS's codes: a month's own row from then on, a change its months."""
    recorder = intake.recorder
    own = [(member, row) for member, row in rows if not row.is_adjustment and row.state_county]
    recorder.counties(
        {member: (row.line_no, row.state_county[:5], month_of_row(row)) for member, row in own}
    )
    changes: dict[int, list[Brush]] = {}
    for member, row in rows:
        if row.is_adjustment and row.state_county and row.adj_end is not None:
            until = add_months(row.adj_end.replace(day=1), 1)
            value, source = (row.state_county[:5],), Origin(row.line_no)
            brush = Brush(month_of_row(row), until, value, source, cuts=False)
            changes.setdefault(member, []).append(brush)
    recorder.paint(MemberCounty, changes, "county_changes")


def flags_of(row: MmrRow) -> list[str]:
    """The statuses a row gives its member."""
    return [flag for flag in FLAGS if getattr(row, flag)]


def health(
    month: date, factor: Decimal | None, flags: Collection[str], line_no: int
) -> tuple[list[Brush], list[Brush]]:
    """What a report's row says of a member's risk and statuses in its month."""
    after, source = add_months(month, 1), Origin(line_no)
    risks = [] if factor is None else [Brush(month, after, (factor,), source, cuts=False)]
    statuses = [
        Brush(month, after, (flag,) if flag in flags else None, source, cuts=False, only=flag)
        for flag in FLAGS
    ]
    return risks, statuses


def _keep(intake: Intake, row: MmrRow, month: date, amount: int, several: int) -> None:
    words = "The report has a premium for a member who is not known."
    if several:
        words = f"The report has a premium under an MBI that {several} members have."
    intake.keep(
        "member",
        row.line_no,
        words,
        row.raw,
        member_ref=row.mbi,
        name=f"{row.surname}, {row.first_initial}",
        coverage_month=f"{month:%Y-%m-%d}",
        amount_cents=amount,
        adjustment_code=row.arc,
        # What an adoption later records of the member, besides the premium.
        **(
            {}
            if row.is_adjustment
            else {
                "risk_factor": None if row.ra_factor_a is None else str(row.ra_factor_a),
                "flags": flags_of(row),
            }
        ),
    )


class _Share:
    """The contract's share of a premium, by the terms of its month as known now."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._terms = Terms.objects.filter(contract=intake.contract).current()
        self._adds = self._terms.filter(exclusivity_pct__gt=0).exists()
        self._by_month: dict[date, object] = {}

    def exclusive(self, batch: list[MmrRow]) -> dict[tuple[str, date], tuple[int, int]]:
        """Days with a practice exclusive with the plan, and days counted, by MBI and month."""
        if not self._adds:
            return {}
        recorder, names = self._intake.recorder, self._intake.names
        ids = identify(
            recorder.payer_id, {row.mbi: names.of(row.mbi, row.mbi) for row in batch}
        ).ids
        rows = [row for row in batch if row.mbi in ids]
        keys = {(ids[row.mbi], month_of_row(row)) for row in rows}
        due = entitlements(self._intake.contract, keys, recorder.fact_no)
        found = {}
        for row in rows:
            right = due.get((ids[row.mbi], month_of_row(row)))
            if right is not None and right.counted_days:
                days = right.inputs.exclusive_days, right.counted_days
                found[row.mbi, month_of_row(row)] = days
        return found

    def of(self, row: MmrRow, exclusive: dict[tuple[str, date], tuple[int, int]]) -> int:
        month, amount = month_of_row(row), cents(row.total_payment)
        if month not in self._by_month:
            in_force = Q(end_date=None) | Q(end_date__gt=month)
            found = self._terms.filter(in_force, effective_date__lte=month).first()
            self._by_month[month] = rule_terms(found) if found else None
        terms = self._by_month[month]
        if terms is None:
            return amount
        return expected_cents(terms, amount, *exclusive.get((row.mbi, month), (0, 1)))


def _line(intake: Intake, row: MmrRow, share_cents: int) -> tuple:
    return (
        row.line_no,
        row.mbi[:40],
        row.surname[:100],
        row.first_initial[:100],
        month_of_row(row),
        share_cents,
        cents(row.total_payment),
        0,
        "",
        row.pbp[:30],
        [],
        row.raw,
        intake.names.of(row.mbi, row.mbi).mbi or None,
    )
