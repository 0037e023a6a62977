"""Money and premiums that waited for members, beneath the actions: taken once somebody is known."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from capitation.actions.facts import Recorder
from capitation.actions.identities import Names, identify
from capitation.actions.intake import match_named, names_of
from capitation.actions.premiums import health
from capitation.models import MemberStatus, Premium, RiskScore, UnmatchedRow
from capitation.queries.worklists import waiting_lines
from ipaportal.core.copying import copy_rows


def pick_up(recorder: Recorder) -> None:
    """Take what waited for the numbers and MBIs that name a member since now."""
    texts, hidden = sorted(recorder.learned), recorder.learned_hidden
    indexes = sorted(recorder.learned_indexes | hidden)
    recorder.learned, recorder.learned_indexes, recorder.learned_hidden = set(), set(), set()
    lines = waiting_lines().filter(contract__payer_id=recorder.payer_id)
    asked = [Q(member_ref__in=texts)] if texts else []
    asked += [Q(mbi_index__in=indexes)] if indexes else []
    names = {name for these in asked for name in names_of(lines.filter(these))}
    if names:
        match_named(recorder, sorted(names))
    if texts or hidden:
        _take_known_premiums(recorder, None if hidden else texts)


def _take_known_premiums(recorder: Recorder, texts: Collection[str] | None) -> None:
    """Take premiums that waited under these texts; under any, where an MBI cannot be read."""
    rows = _waiting_rows(recorder, texts).filter(values__has_key="amount_cents")
    refs = set(rows.values_list("values__member_ref", flat=True))
    names = Names()
    found = identify(recorder.payer_id, {ref: names.of(ref) for ref in refs})
    if found.ids:
        take_premiums(recorder, found.ids)


def _waiting_rows(recorder: Recorder, refs: Collection[str] | None) -> QuerySet[UnmatchedRow]:
    rows = UnmatchedRow.objects.filter(
        kind="member", member=None, resolved_at=None, payer_id=recorder.payer_id
    )
    return rows if refs is None else rows.filter(values__member_ref__in=list(refs))


def take_premiums(recorder: Recorder, ids: Mapping[str, int]) -> None:
    """Record premiums, risk and statuses that waited for these members; settle their rows."""
    rows = list(_waiting_rows(recorder, ids.keys()).select_related("file"))
    premiums = [
        (
            row.file.contract_id,
            ids[row.values["member_ref"]],
            row.values["coverage_month"],
            row.values["amount_cents"],
            row.values["adjustment_code"],
            row.file_id,
            row.line_no,
            recorder.fact_no,
        )
        for row in rows
        if "amount_cents" in row.values
    ]
    columns = ("contract_id", "member_id", "coverage_month", "amount_cents", "adjustment_code")
    copy_rows(Premium, (*columns, "file_id", "line_no", "fact_no"), premiums)
    risks, statuses = {}, {}
    for row in rows:
        if "flags" in row.values:
            factor = row.values["risk_factor"]
            risk, flags = health(
                date.fromisoformat(row.values["coverage_month"]),
                None if factor is None else Decimal(factor),
                row.values["flags"],
                row.line_no,
            )
            risks.setdefault(ids[row.values["member_ref"]], []).extend(risk)
            statuses.setdefault(ids[row.values["member_ref"]], []).extend(flags)
    recorder.paint(RiskScore, risks, "risk_changes")
    recorder.paint(MemberStatus, statuses, "status_changes")
    UnmatchedRow.objects.filter(pk__in=[row.pk for row in rows]).update(
        resolved_at=recorder.now, resolution="member adopted"
    )
    recorder.counts["premiums"] += len(premiums)
