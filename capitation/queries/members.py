"""Members: found by name, number or MBI; one member with all that is and was known; a panel."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from capitation.models import (
    CoverageSpan,
    Member,
    MemberCounty,
    MemberIdentifier,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    Premium,
    Receipt,
    RiskScore,
)
from credentialing.models import Participation
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import blind_index
from ipaportal.core.months import add_months
from ipaportal.core.refusals import NotPermitted

FOUND = 50
PREFIX = 2


@dataclass(frozen=True)
class MemberRow:
    """One member in a list."""

    member_id: int
    plan_member_id: str
    payer_name: str
    name: str
    birth_date: date | None
    sex: str


@dataclass(frozen=True)
class MonthMoney:
    """What was received, and what the CMS premium is, for one month of a member."""

    month: date
    contract_id: int
    received_cents: int
    premium_cents: int | None


@dataclass(frozen=True)
class MemberPage:
    """One member: facts as known now, facts that were replaced, and money by month."""

    member: Member
    profile: MemberProfile | None
    coverage: list[CoverageSpan]
    pcps: list[PcpAssignment]
    statuses: list[MemberStatus]
    risks: list[RiskScore]
    counties: list[MemberCounty]
    replaced: list[CoverageSpan | PcpAssignment | MemberCounty]
    money: list[MonthMoney]


def find_members(*, actor: Actor, text: str, limit: int = FOUND) -> list[MemberRow]:
    """Members whose name or number begins with a text, or whose MBI it is."""
    _may(actor, "capitation.view_members")
    asked = text.strip()
    if len(asked) < PREFIX:
        return []
    by_name = MemberProfile.objects.current().filter(
        search_name__startswith=asked.casefold().replace(",", "")
    )
    ids = set(by_name.values_list("member_id", flat=True)[:limit])
    by_number = Q(plan_member_id__startswith=asked) | Q(mbi_index=blind_index(asked, "mbi"))
    ids |= set(Member.objects.filter(by_number).values_list("pk", flat=True)[:limit])
    later = MemberIdentifier.objects.current().filter(number=asked)
    ids |= set(later.values_list("member_id", flat=True)[:limit])
    return member_rows(list(ids)[:limit])


def member_rows(member_ids: list[int]) -> list[MemberRow]:
    """Members of a list by their ids, in the order of their names; two queries."""
    profiles = {
        profile.member_id: profile
        for profile in MemberProfile.objects.filter(member_id__in=member_ids).current()
    }
    rows = []
    for member in Member.objects.filter(pk__in=member_ids).select_related("payer__party"):
        profile = profiles.get(member.pk)
        rows.append(
            MemberRow(
                member_id=member.pk,
                plan_member_id=member.plan_member_id,
                payer_name=member.payer.party.name,
                name=name_of(profile),
                birth_date=profile.birth_date if profile else None,
                sex=profile.sex if profile else "",
            )
        )
    return sorted(rows, key=lambda row: (row.name.casefold(), row.plan_member_id))


def name_of(profile: MemberProfile | None) -> str:
    """A member's name for a list: last, first."""
    if profile is None:
        return ""
    return ", ".join(part for part in (profile.last_name, profile.first_name) if part)


def member_page(*, actor: Actor, member_id: int) -> MemberPage:
    """One member with everything known of them and its history; nine queries."""
    _may(actor, "capitation.view_members")
    member = Member.objects.select_related("payer__party").get(pk=member_id)
    coverage, replaced_coverage = _told(CoverageSpan, member, "contract", "file")
    pcps, replaced_pcps = _told(PcpAssignment, member, "practitioner", "file")
    counties, replaced_counties = _told(MemberCounty, member, "file")
    replaced = [*replaced_coverage, *replaced_pcps, *replaced_counties]
    order = ("effective_date", "pk")
    return MemberPage(
        member=member,
        profile=MemberProfile.objects.filter(member=member).current().first(),
        coverage=coverage,
        pcps=pcps,
        statuses=list(MemberStatus.objects.filter(member=member).current().order_by(*order)),
        risks=list(RiskScore.objects.filter(member=member).current().order_by(*order)),
        counties=counties,
        replaced=sorted(replaced, key=lambda fact: (fact.superseded_at, fact.effective_date)),
        money=_money(member_id),
    )


def _told(kind: type, member: Member, *with_: str) -> tuple[list, list]:
    """What is known of a member now and what was replaced; one query."""
    rows = kind.objects.filter(member=member).select_related(*with_)
    current, replaced = [], []
    for row in rows.order_by("effective_date", "pk"):
        (current if row.superseded_no is None else replaced).append(row)
    return current, replaced


def _money(member_id: int) -> list[MonthMoney]:
    received, premiums = (_sums(model, member_id) for model in (Receipt, Premium))
    return [
        MonthMoney(*key, received.get(key, 0), premiums.get(key))
        for key in sorted(received.keys() | premiums.keys(), reverse=True)
    ]


def _sums(model: type[Receipt | Premium], member_id: int) -> dict[tuple[date, int], int]:
    rows = model.objects.filter(member_id=member_id).values_list("coverage_month", "contract_id")
    sums = rows.annotate(cents=Sum("amount_cents")).order_by()
    return {(month, contract): int(cents) for month, contract, cents in sums}


def panel(*, actor: Actor, month: date, practitioner_id: int | None = None) -> list[MemberRow]:
    """Members covered in a month whose PCP then works for a practice the actor may see."""
    _may(actor, "capitation.view_panel")
    reach = actor.reach("capitation.view_panel")
    spans = _touching(month)
    places = Participation.objects.current().filter(spans)
    if reach is not None:
        places = places.filter(practice__party_id__in=reach)
    pcps = set(places.values_list("practitioner_id", "payer_party_id"))
    if practitioner_id is not None:
        pcps = {pair for pair in pcps if pair[0] == practitioner_id}
    assigned = PcpAssignment.objects.current().filter(
        spans, practitioner_id__in={pcp for pcp, _ in pcps}
    )
    covered = CoverageSpan.objects.current().filter(spans).values("member_id")
    rows = assigned.filter(member_id__in=covered).values_list(
        "member_id", "practitioner_id", "member__payer__party_id"
    )
    return member_rows([member for member, pcp, payer in rows if (pcp, payer) in pcps])


def _touching(month: date) -> Q:
    return Q(effective_date__lt=add_months(month, 1)) & (Q(end_date=None) | Q(end_date__gt=month))


def _may(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise NotPermitted(actor.name, permission)
