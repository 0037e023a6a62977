"""One amount of a statement, down to the plan's own file line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from capitation.models import (
    MemberProfile,
    Premium,
    RateCell,
    Receipt,
    Run,
    Share,
    Waterfall,
)
from capitation.models import Terms as TermsRow
from capitation.queries.explain_words import (
    LineFacts,
    PayeeShare,
    Stated,
    explain_line_facts,
)
from capitation.queries.facts import entitlements
from capitation.rules.statements import LineId
from credentialing.models import Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Explain
from ipaportal.identity.models import Party

VIEW = "capitation.view_statements"
PARTS = (
    *("received", "admin_fee", "reinsurance", "hospital_pool", "specialist_pool"),
    *("pharmacy_pool", "provider", "retained", "suspense", "withhold"),
)


class NoSuchLine(LookupError):
    """There is no such line, or the actor may not see it: both look the same."""


@dataclass(frozen=True)
class ExplainedLine:
    """A line's explanation, with what a page says above it."""

    line: LineId
    member_name: str
    member_number: str
    payee_name: str
    run: Run
    cents: int
    node: Explain


def explain_line(
    *, actor: Actor, run_id: int, member_id: int, coverage_month: date, payee_id: int
) -> ExplainedLine:
    """
    Explain what a run paid a payee for a member's month, as the run knew it.

    :raises NoSuchLine: also for whom may not see it
    """
    reach = actor.reach(VIEW)
    if reach is not None and payee_id not in reach:
        raise NoSuchLine(payee_id)
    runs = Run.objects.select_related("contract__payer__party")
    run = runs.filter(pk=run_id).exclude(snapshot_no=None).first()
    # Whoever approves a run looks at its lines before they are posted; payees do not.
    if run is None or (run.status != Run.Status.POSTED and reach is not None):
        raise NoSuchLine(run_id)
    key = member_id, coverage_month
    shares = _shares([run.pk], key)
    if payee_id not in {share.payee_id for share in shares}:
        raise NoSuchLine(payee_id)
    row = (
        Waterfall.objects.select_related("member")
        .filter(run_id=run_id, member_id=member_id, coverage_month=coverage_month)
        .get()
    )
    facts = _facts(run, row, shares, payee_id, shows_others=reach is None)
    profile = MemberProfile.objects.filter(member_id=member_id).current().first()
    name = f"{profile.last_name}, {profile.first_name}".strip(", ") if profile else ""
    return ExplainedLine(
        line=LineId(run_id, member_id, coverage_month, payee_id),
        member_name=name or row.member.plan_member_id,
        member_number=row.member.plan_member_id,
        payee_name=facts.payee_name,
        run=run,
        cents=facts.provider_cents - facts.withhold_cents,
        node=explain_line_facts(facts),
    )


def _facts(
    run: Run, row: Waterfall, shares: list[Share], payee_id: int, *, shows_others: bool
) -> LineFacts:
    key = row.member_id, row.coverage_month
    earlier = list(
        Run.objects.filter(contract_id=run.contract_id, status=Run.Status.POSTED, pk__lt=run.pk)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    told = Waterfall.objects.filter(
        run_id__in=earlier, member_id=row.member_id, coverage_month=row.coverage_month
    )
    before = told.aggregate(**{name: Sum(f"{name}_cents", default=0) for name in PARTS})
    shares_before = _shares(earlier, key)
    entitled = entitlements(run.contract, [key], run.snapshot_no).get(key)
    terms = TermsRow.objects.select_related("rate_table").filter(pk=row.terms_id).first()
    people = {s.practitioner_id for s in shares} | {s.practitioner_id for s in shares_before}
    if entitled is not None:
        people |= {s.practitioner_id for s in entitled.shares if s.practitioner_id}
    payees = {s.payee_id for s in entitled.shares} if entitled is not None else set()
    return LineFacts(
        run=run,
        month=row.coverage_month,
        row=row,
        payee_id=payee_id,
        payee_name=Party.objects.get(pk=payee_id).name,
        provider_cents=sum(s.provider_cents for s in shares if s.payee_id == payee_id),
        withhold_cents=sum(s.withhold_cents for s in shares if s.payee_id == payee_id),
        shares_before=[_payee_share(s) for s in shares_before if s.payee_id == payee_id],
        before={name: int(cents) for name, cents in before.items()},
        is_first=not earlier or not told.exists(),
        entitled=entitled,
        terms=terms,
        cell=_cell(terms, row),
        stated=_stated(run, key, opens_files=shows_others),
        premiums=_premiums(run, key, opens_files=shows_others),
        practitioners=_names(people),
        payees=dict(Party.objects.filter(pk__in=payees).values_list("pk", "name"))
        if shows_others
        else {},
    )


def _shares(run_ids: Iterable[int], key: tuple[int, date]) -> list[Share]:
    return list(
        Share.objects.filter(run_id__in=list(run_ids), member_id=key[0], coverage_month=key[1])
    )


def _payee_share(share: Share) -> PayeeShare:
    return PayeeShare(
        share.run_id, share.practitioner_id, share.provider_cents, share.withhold_cents
    )


def _cell(terms: TermsRow | None, row: Waterfall) -> RateCell | None:
    """The cell of the rate table that the rate was read from."""
    if terms is None or terms.rate_table_id is None or row.age is None:
        return None
    cells = RateCell.objects.filter(
        rate_table_id=terms.rate_table_id,
        county_code__in=["", row.county_code or ""],
        plan_code=row.plan_code or "",
        sex=row.sex or "",
        age_from__lte=row.age,
        age_to__gte=row.age,
    )
    return cells.order_by("-county_code").first()


def _stated(run: Run, key: tuple[int, date], *, opens_files: bool) -> list[Stated]:
    """What the plan's files say of the member's month, as the run knew it, line by line."""
    rows = (
        Receipt.objects.filter(
            contract_id=run.contract_id,
            member_id=key[0],
            coverage_month=key[1],
            fact_no__lte=run.snapshot_no,
        )
        .select_related("line__file")
        .order_by("fact_no", "pk")
    )
    return [
        Stated(
            cents=row.amount_cents,
            file_name=row.line.file.name if row.line else "",
            file_format=row.line.file.format if row.line else "",
            line_no=row.line.line_no if row.line else None,
            raw=row.line.raw if row.line else "",
            received_on=timezone.localdate(row.line.file.received_at) if row.line else None,
            why=row.reason,
            is_new=row.fact_no > run.previous_snapshot_no,
            file_url=_file_url(row.line.file_id) if opens_files and row.line else "",
        )
        for row in rows
    ]


def _file_url(file_id: int) -> str:
    return reverse("capitation:file_detail", args=[file_id])


def _premiums(run: Run, key: tuple[int, date], *, opens_files: bool) -> list[Stated]:
    rows = Premium.objects.filter(
        contract_id=run.contract_id,
        member_id=key[0],
        coverage_month=key[1],
        fact_no__lte=run.snapshot_no,
    ).select_related("file")
    return [
        Stated(
            cents=row.amount_cents,
            file_name=row.file.name,
            file_format=row.file.format,
            line_no=row.line_no,
            raw="",
            received_on=timezone.localdate(row.file.received_at),
            why="",
            is_new=row.fact_no > run.previous_snapshot_no,
            file_url=_file_url(row.file_id) if opens_files else "",
        )
        for row in rows.order_by("fact_no", "pk")
    ]


def _names(ids: Iterable[int]) -> dict[int, str]:
    rows = Practitioner.objects.filter(pk__in=set(ids)).values_list("pk", "first_name", "last_name")
    return {pk: f"{first} {last}" for pk, first, last in rows}
