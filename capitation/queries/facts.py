"""The facts of member-months as the pure rule wants them, as known at a fact number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date

from django.db.models import Sum

from capitation.models import (
    Contract,
    CoverageSpan,
    MemberCounty,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    Premium,
    RateCell,
    Receipt,
    RiskScore,
)
from capitation.models import Terms as TermsRow
from capitation.rules import days
from capitation.rules.entitlement import Entitlement, MemberMonth, entitlement
from capitation.rules.rates import Cells
from capitation.rules.terms import STEPS, MissingPolicy, Step, Terms
from credentialing.models import Exclusivity, Participation
from ipaportal.identity.models import Party

MemberKey = tuple[int, date]


def rule_terms(row: TermsRow) -> Terms:
    """Stored terms as the rule's dataclass."""
    same = {f.name for f in fields(Terms)} & {f.name for f in TermsRow._meta.get_fields()}
    plain = {name: getattr(row, name) for name in same - {"missing_rate", "missing_risk"}}
    steps = {
        name: Step(*(getattr(row, f"{name}_{part}") for part in ("method", "value", "base")))
        for name in STEPS
    }
    return Terms(
        terms_id=row.pk,
        missing_rate=MissingPolicy(row.missing_rate, row.missing_rate_default),
        missing_risk=MissingPolicy(row.missing_risk, row.missing_risk_default),
        **{**plain, **steps, "unpaid_statuses": frozenset(row.unpaid_statuses)},
    )


def terms_by_month(contract: Contract, months: Iterable[date], fact_no: int) -> dict[date, Terms]:
    """The terms in force in each month, as known at a fact number; absent where none are."""
    rows = list(TermsRow.objects.filter(contract=contract).known_at(fact_no))
    found = {}
    for month in set(months):
        for row in rows:
            if row.effective_date <= month and (row.end_date is None or month < row.end_date):
                found[month] = rule_terms(row)
    return found


def rate_cells(contract: Contract, month: date, fact_no: int) -> Cells:
    """The rates in force in a month, one entry a year of age."""
    terms = TermsRow.objects.filter(contract=contract).known_at(fact_no).active_on(month).first()
    if terms is None or terms.rate_table_id is None:
        return {}
    return {
        (cell.plan_code, cell.sex, age, *filter(None, [cell.county_code])): cell.rate_pmpm
        for cell in RateCell.objects.filter(rate_table_id=terms.rate_table_id)
        for age in range(cell.age_from, cell.age_to + 1)
    }


def member_months(
    contract: Contract, keys: Iterable[MemberKey], fact_no: int
) -> dict[MemberKey, MemberMonth]:
    """Load the facts of member-months in twelve queries, however many there are."""
    keys = list(keys)
    ids = {member for member, _ in keys}
    coverage = _spans(CoverageSpan.objects.filter(contract=contract), ids, fact_no)
    assigned = _spans(PcpAssignment.objects.all(), ids, fact_no)
    profiles = _spans(MemberProfile.objects.all(), ids, fact_no)
    statuses = _spans(MemberStatus.objects.all(), ids, fact_no)
    risks = _spans(RiskScore.objects.all(), ids, fact_no)
    counties = _spans(MemberCounty.objects.all(), ids, fact_no)
    network = _network(contract, assigned, fact_no)
    exclusive = _exclusive(contract, fact_no)
    received = _sums(Receipt, contract, ids, fact_no)
    premium = _sums(Premium, contract, ids, fact_no)
    found = {}
    for member, month in keys:
        profile = next((p for p in profiles[member] if _touches(p, month)), None)
        on_first = [s for s in risks[member] if _touches(s, month)]
        county = next((c.county_code for c in counties[member] if _touches(c, month)), None)
        mine = tuple(
            days.Assignment(a.practitioner_id, a.effective_date, a.end_date)
            for a in assigned[member]
        )
        places = tuple(p for a in mine for p in network[a.practitioner_id])
        found[member, month] = MemberMonth(
            member_id=member,
            month=month,
            coverage=tuple(
                days.CoverageSpan(c.plan_code, c.effective_date, c.end_date)
                for c in coverage[member]
            ),
            assignments=mine,
            participations=places,
            exclusivities=tuple(e for p in {p.payee_id for p in places} for e in exclusive[p]),
            county=county,
            birth_date=profile.birth_date if profile else None,
            sex=(profile.sex or None) if profile else None,
            risk=on_first[0].score if on_first else None,
            premium_cents=premium.get((member, month)),
            received_cents=received.get((member, month), 0),
            statuses=frozenset(s.status for s in statuses[member] if _touches(s, month)),
        )
    return found


def entitlements(
    contract: Contract, keys: Iterable[MemberKey], fact_no: int
) -> dict[MemberKey, Entitlement]:
    """What the pure rule says of member-months; months without terms are left out."""
    facts = member_months(contract, keys, fact_no)
    terms = terms_by_month(contract, (month for _, month in facts), fact_no)
    cells: Mapping[date, Cells] = {m: rate_cells(contract, m, fact_no) for m in terms}
    unassigned = Party.objects.get(kind=Party.Kind.UNASSIGNED).pk
    return {
        key: entitlement(known, terms[key[1]], cells[key[1]], unassigned)
        for key, known in facts.items()
        if key[1] in terms
    }


def _touches(span, day: date) -> bool:
    return span.effective_date <= day and (span.end_date is None or day < span.end_date)


def _spans(rows, ids: set[int], fact_no: int) -> dict[int, list]:
    found = defaultdict(list)
    for row in rows.filter(member_id__in=ids).known_at(fact_no).order_by("effective_date"):
        if row.end_date is None or row.end_date > row.effective_date:
            found[row.member_id].append(row)
    return found


def _network(contract: Contract, assigned: dict[int, list], fact_no: int) -> dict[int, list]:
    who = {a.practitioner_id for rows in assigned.values() for a in rows}
    rows = Participation.objects.filter(
        practitioner_id__in=who, payer_party_id=contract.payer.party_id
    ).known_at(fact_no)
    found = defaultdict(list)
    for row in rows.select_related("practice"):
        if row.end_date is None or row.end_date > row.effective_date:
            found[row.practitioner_id].append(
                days.Participation(
                    row.practitioner_id, row.practice.party_id, row.effective_date, row.end_date
                )
            )
    return found


def _exclusive(contract: Contract, fact_no: int) -> dict[int, list]:
    rows = Exclusivity.objects.filter(payer_party_id=contract.payer.party_id).known_at(fact_no)
    found = defaultdict(list)
    for row in rows.select_related("practice"):
        if row.end_date is None or row.end_date > row.effective_date:
            payee = row.practice.party_id
            found[payee].append(days.Exclusivity(payee, row.effective_date, row.end_date))
    return found


def _sums(model, contract: Contract, ids: set[int], fact_no: int) -> dict[MemberKey, int]:
    rows = model.objects.filter(contract=contract, member_id__in=ids, fact_no__lte=fact_no)
    grouped = rows.values_list("member_id", "coverage_month").annotate(cents=Sum("amount_cents"))
    return {(member, month): int(cents) for member, month, cents in grouped.order_by()}
