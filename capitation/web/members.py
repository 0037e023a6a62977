"""Members: found by number, name or MBI; one member with all that is and was known."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.facts import ALWAYS
from capitation.actions.members import assign_pcp, end_coverage
from capitation.models import CoverageSpan, Member, MemberCounty, PcpAssignment
from capitation.queries.contracts import fact_no_on
from capitation.queries.member_money import PaidLine, paid_lines
from capitation.queries.members import MemberPage, find_members, member_page, name_of
from capitation.rules.reasons import PCP_CHANGES, WORDS
from capitation.rules.statements import LineId
from capitation.web.member_forms import AssignPcp, EndCoverage
from capitation.web.run_lines import SHORT_ZERO
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import add_months, month_of
from ipaportal.core.parts import Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text, month_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    one_as_file,
    page_size,
    wants_file,
)
from ipaportal.ledger.web.forms import AsOf

MEMBERS = "Members"
VIEW = "capitation.view_members"
SEARCHED = 200


@requires(VIEW)
@shows_members()
def member_list(request: PortalRequest) -> HttpResponse:
    """Members whose number or name begins with a text, or whose MBI it is."""
    asked = request.GET.get("q", "").strip()
    found = find_members(actor=request.actor, text=asked, limit=SEARCHED) if asked else []
    rows = [
        {
            "name": row.name or "no name yet",
            "number": row.plan_member_id,
            "plan": row.payer_name,
            "born": row.birth_date,
            "sex": row.sex,
            "url": reverse("capitation:member_detail", args=[row.member_id]),
        }
        for row in found
    ]
    columns = [
        Column("name", "Name", "link", sort="name"),
        Column("number", "Plan's number", sort="number"),
        Column("plan", "Plan", sort="plan"),
        Column("born", "Born", "day", sort="born"),
        Column("sex", "Sex", sort="sex"),
    ]
    ids = [row.member_id for row in found]
    declare_members(request, ids)
    if asked and wants_file(request):
        return as_file(request, columns, rows, "members")
    empty = (
        Empty("Nobody found", "Names and numbers are searched by how they begin, MBIs whole.")
        if asked
        else Empty(
            "Search for a member",
            "By the plan's number or the last name, from the first letters; by MBI, whole: it is "
            "kept encrypted and found by a keyed hash.",
        )
    )
    urls = export_urls(request) if rows else {}
    listing = list_rows(rows, columns, request.GET, caption=MEMBERS, empty=empty, **urls)
    context = {"listing": listing, "asked": asked, "is_full": len(found) >= SEARCHED}
    return render(request, "capitation/staff/member_list.html", context)


def _page(request: PortalRequest, member_id: int) -> MemberPage:
    try:
        return member_page(actor=request.actor, member_id=member_id)
    except Member.DoesNotExist as missing:
        raise Http404 from missing


@requires(VIEW)
@shows_members()
def member_detail(request: PortalRequest, member_id: int) -> HttpResponse:
    """One member: coverage, PCPs, statuses, money by month, also as known on a day."""
    page = _page(request, member_id)
    declare_members(request, [member_id])
    form = AsOf(request.GET)
    as_of = form.cleaned_data["as_of"] if form.is_valid() else None
    lists = {
        "coverage": _coverage(page, as_of, request),
        "pcps": _pcps(page, as_of, request),
        "counties": _counties(page, as_of, request),
        "money": _money(request, page),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        **lists,
        "page": page,
        "member": page.member,
        "name": name_of(page.profile) or page.member.plan_member_id,
        "facts": _facts(page),
        "form": form,
        "as_of": as_of,
        "moments": [] if as_of else _replaced(page),
        "may_assign": request.actor.may("capitation.assign_pcp"),
        "may_end": request.actor.may("capitation.adopt_member"),
        "crumbs": _crumbs(page.member),
    }
    return render(request, "capitation/staff/member_detail.html", context)


def member_record(page: MemberPage) -> dict[str, object]:
    """What is known of one member, without money."""
    return {
        "facts": _facts(page),
        "coverage": _coverage(page, None),
        "pcps": _pcps(page, None),
    }


def _crumbs(member: Member, *more: tuple[str, str]) -> list[tuple[str, str]]:
    here = reverse("capitation:member_detail", args=[member.pk]) if more else ""
    return [(MEMBERS, reverse("capitation:member_list")), (member.plan_member_id, here), *more]


def _facts(page: MemberPage) -> list[FactItem]:
    profile, member = page.profile, page.member
    home = ""
    if profile is not None:
        home = " ".join(
            filter(None, (profile.address, profile.city, profile.state, profile.zip_code))
        )
    risk = next((row for row in reversed(page.risks)), None)
    statuses = ", ".join(row.get_status_display() for row in page.statuses) or "none"
    facts = [
        FactItem("Plan", member.payer.party.name, note=f"number {member.plan_member_id}"),
        FactItem("Born", profile.birth_date if profile else None, "day"),
        FactItem("Sex", {"F": "female", "M": "male"}.get(profile.sex if profile else "", "")),
        FactItem("MBI", "on file, encrypted" if member.mbi_index else "not known"),
        FactItem("Home", home),
        FactItem("County", profile.county_code if profile else ""),
        FactItem("Statuses", statuses),
        FactItem("Risk score", f"{risk.score.normalize():f}" if risk else "not known"),
    ]
    return [fact for fact in facts if fact.value not in (None, "")]


def _known(kind: type, current: list, page: MemberPage, as_of: date | None) -> list:
    """Facts of a kind as known at the end of a day, now if none is given."""
    if as_of is None:
        return current
    at = fact_no_on(as_of)
    everything = [*current, *(row for row in page.replaced if isinstance(row, kind))]
    known = [
        row
        for row in everything
        if row.fact_no <= at and (row.superseded_no is None or row.superseded_no > at)
    ]
    return sorted(known, key=lambda row: row.effective_date)


def _source(row) -> str:
    if row.file is None:
        return ""
    return f"{row.file.name}, line {row.line_no}" if row.line_no else row.file.name


def _coverage(
    page: MemberPage, as_of: date | None, request: PortalRequest | None = None
) -> Listing:
    rows = [
        {
            "start": row.effective_date,
            "end": row.end_date,
            "contract": row.contract.name,
            "plan": row.plan_code,
            "source": _source(row),
            "recorded": timezone.localdate(row.recorded_at),
        }
        for row in _known(CoverageSpan, page.coverage, page, as_of)
    ]
    columns = [
        Column("start", "From", "day"),
        Column("end", "First day not covered", "day"),
        Column("contract", "Contract"),
        Column("plan", "Product"),
        Column("source", "From the file", minor=True),
        Column("recorded", "Known since", "day", minor=True),
    ]
    empty = Empty("Not covered", "No file and nobody says that this member is covered.")
    urls = export_urls(request, "coverage") if request and rows else {}
    return list_rows(rows, columns, {}, caption="Coverage", empty=empty, page_size=500, **urls)


def _pcps(page: MemberPage, as_of: date | None, request: PortalRequest | None = None) -> Listing:
    rows = [
        {
            "pcp": f"{row.practitioner} · {row.practitioner.npi}",
            "start": row.effective_date,
            "end": row.end_date,
            "why": PCP_CHANGES.get(row.reason, row.reason) or _source(row),
            "by": row.assigned_by,
            "recorded": timezone.localdate(row.recorded_at),
            "url": reverse("credentialing:practitioner_detail", args=[row.practitioner_id]),
        }
        for row in _known(PcpAssignment, page.pcps, page, as_of)
    ]
    columns = [
        Column("pcp", "PCP", "link"),
        Column("start", "From", "day"),
        Column("end", "First day no longer", "day"),
        Column("why", "Why"),
        Column("by", "By"),
        Column("recorded", "Known since", "day", minor=True),
    ]
    empty = Empty("No PCP", "Nobody is paid for this member until a PCP is assigned.")
    urls = export_urls(request, "pcps") if request and rows else {}
    return list_rows(rows, columns, {}, caption="PCPs", empty=empty, page_size=500, **urls)


def _counties(page: MemberPage, as_of: date | None, request: PortalRequest) -> Listing:
    rows = [
        {
            "county": row.county_code,
            "start": "always" if row.effective_date == ALWAYS else day_text(row.effective_date),
            "end": row.end_date,
            "source": _source(row),
            "recorded": timezone.localdate(row.recorded_at),
        }
        for row in _known(MemberCounty, page.counties, page, as_of)
    ]
    columns = [
        Column("county", "County"),
        Column("start", "From"),
        Column("end", "First day no longer", "day"),
        Column("source", "From the file", minor=True),
        Column("recorded", "Known since", "day", minor=True),
    ]
    empty = Empty("County not known", "Where rates differ by county, the rate for all is used.")
    urls = export_urls(request, "counties") if rows else {}
    return list_rows(rows, columns, {}, caption="Counties", empty=empty, page_size=500, **urls)


def _money(request: PortalRequest, page: MemberPage) -> Listing:
    """Each month's received and premium, with what the runs made of it."""
    lines = paid_lines(actor=request.actor, member_id=page.member.pk)
    received = {(row.month, row.contract_id): row for row in page.money}
    rows = [_paid(line) for line in lines]
    run_months = {(line.coverage_month, line.run.contract_id) for line in lines}
    rows += [
        {
            "month": row.month,
            "run": "not in a run yet",
            "why": "",
            "received": row.received_cents,
            "cents": None,
            "payees": "",
        }
        for key, row in received.items()
        if key not in run_months
    ]
    rows.sort(key=lambda row: row["month"], reverse=True)
    columns = [
        Column("month", "For", "month", sort="month"),
        Column("run", "Run"),
        Column("why", "Reason"),
        Column("received", "Received $", "money"),
        Column("payees", "Practice"),
        Column("cents", "To practice $", "money", url="explain"),
    ]
    empty = Empty("No money yet", "No line of a plan's file names this member.")
    return list_rows(
        rows,
        columns,
        request.GET,
        caption="Money by month",
        empty=empty,
        page_size=page_size(request, "money"),
        **(export_urls(request, "money") if rows else {}),
    )


def _paid(line: PaidLine) -> dict[str, object]:
    why = WORDS.get(line.reason, line.reason)
    if line.zero_reason:
        why = f"{why}: {SHORT_ZERO.get(line.zero_reason, line.zero_reason)}"
    explain = ""
    if line.payee_id is not None:
        line_id = LineId(line.run.pk, line.member_id, line.coverage_month, line.payee_id)
        explain = reverse("capitation:line_explain", args=[str(line_id)])
    run = month_text(line.run.month)
    return {
        "month": line.coverage_month,
        "run": f"{run}, run {line.run.sequence}" if line.run.sequence > 1 else run,
        "why": why,
        "received": line.received_cents,
        "cents": line.provider_cents,
        "payees": line.payees,
        "explain": explain,
    }


def _replaced(page: MemberPage) -> list[Moment]:
    """What was known before and is not any more, the latest correction first."""
    moments = []
    for row in sorted(page.replaced, key=lambda row: row.superseded_at, reverse=True):
        end = f" until before {day_text(row.end_date)}" if row.end_date else " on"
        start = "ever" if row.effective_date == ALWAYS else day_text(row.effective_date)
        note = f"known from {row.recorded_at:%Y-%m-%d}: from {start}{end}"
        moments.append(Moment(row.superseded_at, f"{_called(row)} was replaced", note=note))
    return moments


def _called(row: PcpAssignment | CoverageSpan | MemberCounty) -> str:
    if isinstance(row, PcpAssignment):
        return f"PCP {row.practitioner}"
    if isinstance(row, MemberCounty):
        return f"County {row.county_code}"
    return f"Coverage under {row.contract}"


@requires("capitation.assign_pcp")
@shows_members()
def member_assign(request: PortalRequest, member_id: int) -> HttpResponse:
    """Assign a member's PCP from a day on."""
    page = _page(request, member_id)
    declare_members(request, [member_id])
    first = next((row.effective_date for row in page.coverage), month_of(timezone.localdate()))
    start = first if not page.pcps else add_months(month_of(timezone.localdate()), 1)
    form = AssignPcp(request.POST or None, initial={"effective_date": start})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            assign_pcp(
                actor=request.actor,
                member_id=member_id,
                practitioner_id=data["pcp"].pk,
                effective_date=data["effective_date"],
                reason=data["reason"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"{data['pcp']} has the member from {day_text(data['effective_date'])}."
            )
            return redirect("capitation:member_detail", member_id)
    return _form_page(request, page, form, "Assign a PCP", "Assign")


@requires("capitation.adopt_member")
@shows_members()
def member_end(request: PortalRequest, member_id: int) -> HttpResponse:
    """End a member's coverage from a day on."""
    page = _page(request, member_id)
    declare_members(request, [member_id])
    covered = next((row for row in reversed(page.coverage)), None)
    form = EndCoverage(request.POST or None)
    if covered is None:
        messages.error(request, "The member is not covered, so there is nothing to end.")
        return redirect("capitation:member_detail", member_id)
    if request.method == "POST" and form.is_valid():
        try:
            end_coverage(
                actor=request.actor,
                member_id=member_id,
                contract_id=covered.contract_id,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The coverage ends. What was paid too much comes back.")
            return redirect("capitation:member_detail", member_id)
    return _form_page(request, page, form, "End coverage", "End the coverage")


def _form_page(request: PortalRequest, page: MemberPage, form, title: str, verb: str):
    context = {
        "form": form,
        "member": page.member,
        "name": name_of(page.profile) or page.member.plan_member_id,
        "title": title,
        "verb": verb,
        "facts": _facts(page)[:4],
        "coverage": _coverage(page, None),
        "pcps": _pcps(page, None),
        "crumbs": _crumbs(page.member, (title, "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/member_form.html", context, status=status)
