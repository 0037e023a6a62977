"""Work-lists: what came in and waits for somebody, each row leading to what ends it."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.members import adopt_member, adopt_members, assign_pcps_from_csv
from capitation.models import Contract, RemittanceLine, UnmatchedRow
from capitation.queries.closed_stays import by_word, stays
from capitation.queries.radar import radar, radar_month
from capitation.queries.worklists import (
    UnknownSum,
    unknown_members,
    unknown_sums,
    worklist_counts,
)
from capitation.web.member_forms import Adopt, AdoptAll, PcpList
from capitation.web.worklist_parts import (
    UNPAID,
    WorkList,
    closed_list,
    may_assign,
    radar_parts,
    radar_rows,
    work_list,
)
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import month_of
from ipaportal.core.parts import Column, FactItem, Listing, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file

WORK = "Work-lists"
VIEW = "capitation.view_members"
# Name in the address, tab, heading, what it is, name among the counts.
LISTS = (
    ("unknown", "Not known", "Unknown members", "The plan pays for them and we do not know them.",
     "unknown_members"),
    ("without_pcp", "No PCP", "Members without a PCP",
     "Covered this month, and nobody is assigned.", "without_pcp"),
    ("pcp", "PCP not matched", "PCPs not matched", "A plan's file names a PCP not in the network.",
     "unmatched_pcp"),
    ("member", "No member", "Rows without a member", "Rows of files about members we do not know.",
     "unmatched_member"),
    ("identity", "Number and MBI", "Numbers and MBIs that do not agree",
     "The number names one member and the MBI another; a person says who is meant.",
     "unmatched_identity"),
    ("row", "Not readable", "Rows not readable", "Lines of lists that could not be read.",
     "unmatched_row"),
    ("closed", "Closed panel", "Members on a closed panel",
     "A plan assigned them though the PCP takes nobody new. They are paid for all the same.",
     "closed_panel"),
    ("suspense", "Suspense", "Suspense", "Money for months in which the member is not covered.",
     "suspense"),
    ("without_terms", "No terms", "Money for a month no terms cover",
     "No run takes it: record terms for the month, move the money, or return it to the plan.",
     "without_terms"),
    ("radar", "Unpaid money", "Unpaid money",
     "Members nobody pays for, held rates, payees on hold.", ""),
)  # fmt: skip


@requires(VIEW)
@shows_members()
def worklists(request: PortalRequest) -> HttpResponse:
    """One work-list, with how much waits in each."""
    asked = request.GET.get("list", "")
    declare_members(request, [])
    current = next((entry for entry in LISTS if entry[0] == asked), LISTS[0])
    name, _, heading, about, _ = current
    today = timezone.localdate()
    month = radar_month(today) if name == "radar" else month_of(today)
    on_closed = stays(actor=request.actor, today=today)
    if name == "closed":
        work = closed_list(request, on_closed)
    else:
        work = None if name == "radar" else work_list(request, name, month)
    if work is not None and wants_file(request):
        return _file(request, work, name)
    if work is None and wants_file(request):
        everything = radar(actor=request.actor, month=month, today=today, most=None)
        return as_file(request, UNPAID, radar_rows(request, everything), "unpaid-money")
    counts = worklist_counts(actor=request.actor, month=month_of(today))
    counts["closed_panel"] = (by_word(on_closed)["waiting"], 0)
    context = {
        "heading": heading,
        "about": about,
        "name": name,
        "month": month,
        "tabs": _tabs(request, name, counts),
        "listing": _listing(request, work, heading) if work is not None else None,
        "adopt_all": _adoptable(request) if name == "unknown" else [],
        "pcp_list": PcpList() if name == "without_pcp" and may_assign(request) else None,
    }
    if name == "radar":
        context |= radar_parts(request, radar(actor=request.actor, month=month, today=today))
    return render(request, "capitation/staff/worklists.html", context)


def _tabs(request: PortalRequest, current: str, counts: dict[str, tuple[int, int]]) -> list[Tab]:
    return [
        Tab(
            label,
            f"{request.path}?list={name}",
            name == current,
            counts[key][0] if key else None,
            "warm" if key and counts[key][0] else "",
        )
        for name, label, _, _, key in LISTS
    ]


def _listing(request: PortalRequest, work: WorkList, caption: str) -> Listing:
    """A page of a work-list: only its rows are read, and only their members declared."""
    listing = list_rows(
        work.rows,
        work.columns,
        request.GET,
        caption=caption,
        empty=work.empty,
        chips=work.chips,
        **export_urls(request),
    )
    rows = [work.shown(row) for row in listing.rows]
    declare_members(request, [row["member_id"] for row in rows if row.get("member_id")])
    return replace(listing, rows=rows)


def _file(request: PortalRequest, work: WorkList, name: str) -> HttpResponse:
    """Everything that the list and its search find, as a file."""
    rows = [work.shown(row) for row in work.rows[:]]
    declare_members(request, [row["member_id"] for row in rows if row.get("member_id")])
    return as_file(request, work.columns, rows, f"work-{name}")


def _adoptable(request: PortalRequest) -> list[UnknownSum]:
    """Contracts with members to adopt, and how much money waits for them."""
    if not request.actor.may("capitation.adopt_member"):
        return []
    return unknown_sums(actor=request.actor)


@requires("capitation.adopt_member")
@shows_members()
def member_adopt(request: PortalRequest) -> HttpResponse:
    """Adopt one member whom a plan pays for."""
    declare_members(request, [])
    contract, ref = _asked_member(request)
    waiting = unknown_members(actor=request.actor, contract_id=contract.pk, member_ref=ref, limit=1)
    row = waiting[0] if waiting else None
    if row is None:
        messages.info(request, f"{ref or 'This member'} does not wait any more.")
        return redirect("capitation:worklists")
    initial = {
        "last_name": row.last_name,
        "first_name": row.first_name,
        "effective_date": row.first_month,
    }
    form = Adopt(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            member = adopt_member(
                actor=request.actor,
                contract_id=contract.pk,
                member_ref=ref,
                effective_date=data.pop("effective_date"),
                plan_code=data.pop("plan_code"),
                profile={key: value for key, value in data.items() if value},
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{member} is a member. Now their PCP.")
            return redirect("capitation:member_detail", member.pk)
    context = {
        "row": row,
        "form": form,
        "facts": [
            FactItem("Number in the file", row.member_ref),
            FactItem("Contract", row.contract_name),
            FactItem("Money waiting", row.amount_cents, "dollars"),
            FactItem("Months", row.months, "count", note=f"from {month_text(row.first_month)}"),
        ],
        "crumbs": [(WORK, reverse("capitation:worklists")), ("Adopt", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/member_adopt.html", context, status=status)


def _asked_member(request: PortalRequest) -> tuple[Contract, str]:
    """
    The contract and number of whoever a line of money or a row names.

    Never their number itself: addresses are kept in logs and histories.
    """
    if "row" in request.GET:
        row = get_object_or_404(
            UnmatchedRow.objects.select_related("file__contract"),
            pk=_number(request.GET["row"]),
            kind=UnmatchedRow.Kind.MEMBER,
            file__contract__isnull=False,
        )
        return row.file.contract, str(row.values.get("member_ref", ""))
    lines = RemittanceLine.objects.select_related("contract")
    line = get_object_or_404(lines, pk=_number(request.GET.get("line", "")))
    return line.contract, line.member_ref


def _asked_contract(request: PortalRequest) -> Contract:
    asked = request.GET.get("contract", "") or request.POST.get("contract", "")
    return get_object_or_404(Contract, pk=_number(asked))


def _number(asked: str) -> int | None:
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None


@requires("capitation.adopt_member")
def members_adopt(request: PortalRequest) -> HttpResponse:
    """Adopt everybody a contract's money names, after a look at how many and how much."""
    contract = _asked_contract(request)
    form = AdoptAll(request.POST or None, initial={"contract": contract.pk})
    waiting = unknown_sums(actor=request.actor, contract_id=contract.pk)
    if request.method == "POST" and form.is_valid():
        try:
            counts = adopt_members(actor=request.actor, contract_id=contract.pk, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            many = plural(counts.get("new_members", 0), "member")
            messages.success(request, f"{many} adopted. Now assign their PCPs.")
            return redirect(reverse("capitation:worklists") + "?list=without_pcp")
    context = {
        "contract": contract,
        "form": form,
        "facts": [
            FactItem("Members", sum(one.count for one in waiting), "count"),
            FactItem("Money waiting", sum(one.cents for one in waiting), "dollars"),
        ],
        "crumbs": [(WORK, reverse("capitation:worklists")), ("Adopt all", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/members_adopt.html", context, status=status)


@requires("capitation.assign_pcp")
@takes_file(LIST)
def pcps_import(request: PortalRequest) -> HttpResponse:
    """Assign PCPs by a list: good lines are applied, each other one is named."""
    form = PcpList(request.POST or None)
    upload, result = request.FILES.get("file"), None
    if request.method == "POST" and form.is_valid():
        if upload is None:
            form.add_error(None, "No file was sent. Choose one.")
        else:
            result = assign_pcps_from_csv(
                actor=request.actor,
                payer_id=form.cleaned_data["payer"].pk,
                data=upload.read(),
                now=timezone.now(),
            )
            changed = plural(result.changed, "member")
            messages.success(request, f"{changed} of {result.rows:,} lines got another PCP.")
    rows = [{"line": line, "why": why} for line, why in (result.refused if result else ())]
    context = {
        "form": form if request.method == "POST" else PcpList(),
        "result": result,
        "refused": list_rows(
            rows,
            [Column("line", "Line", "count"), Column("why", "Why it was left out")],
            {},
            caption="Left out",
            page_size=500,
        ),
        "crumbs": [(WORK, reverse("capitation:worklists")), ("PCPs by a list", "")],
    }
    status = 422 if form.errors or (request.method == "POST" and result is None) else 200
    return render(request, "capitation/staff/pcps_import.html", context, status=status)
