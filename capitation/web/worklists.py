"""Work-lists: what came in and waits for somebody, each row leading to what ends it."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.members import adopt_member, adopt_members, assign_pcps_from_csv
from capitation.models import Contract
from capitation.queries.radar import Radar, radar, radar_month
from capitation.queries.worklists import (
    members_without_pcp,
    suspense,
    unknown_members,
    unmatched_rows,
    worklist_counts,
)
from capitation.web.member_forms import Adopt, AdoptAll, PcpList
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import month_of
from ipaportal.core.parts import Column, Empty, FactItem, Listing, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file

WORK = "Work-lists"
VIEW = "capitation.view_members"
# Most rows a list shows; the largest amounts come first, so that nothing big hides.
MOST = 1000
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
    ("row", "Not readable", "Rows not readable", "Lines of lists that could not be read.",
     "unmatched_row"),
    ("suspense", "Suspense", "Suspense", "Money for months in which the member is not covered.",
     "suspense"),
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
    found = None if name == "radar" else _rows(request, name, month)
    if found is not None and wants_file(request):
        columns, rows, _ = found
        shown = [row["member_id"] for row in rows if row.get("member_id")]
        declare_members(request, shown)
        return as_file(request, columns, rows, f"work-{name}")
    context = {
        "heading": heading,
        "about": about,
        "name": name,
        "month": month,
        "tabs": _tabs(request, name, month_of(today)),
        "listing": _listing(request, *found, heading) if found is not None else None,
        "adopt_all": _adoptable(request) if name == "unknown" else [],
        "pcp_list": PcpList() if name == "without_pcp" and _may_assign(request) else None,
    }
    if name == "radar":
        context |= _radar(request, radar(actor=request.actor, month=month, today=today))
    return render(request, "capitation/staff/worklists.html", context)


def _may_assign(request: PortalRequest) -> bool:
    return request.actor.may("capitation.assign_pcp")


def _tabs(request: PortalRequest, current: str, month: date) -> list[Tab]:
    counts = worklist_counts(actor=request.actor, month=month)
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


def _listing(
    request: PortalRequest, columns: list[Column], rows: list[dict], empty: Empty, caption: str
) -> Listing:
    listing = list_rows(
        rows, columns, request.GET, caption=caption, empty=empty, **export_urls(request)
    )
    declare_members(request, [row["member_id"] for row in listing.rows if row.get("member_id")])
    return listing


def _rows(request: PortalRequest, name: str, month: date) -> tuple[list[Column], list, Empty]:
    """The columns, rows and empty state of a list, searched."""
    makers = {"unknown": _unknown, "without_pcp": _without_pcp, "suspense": _suspense}
    columns, rows, empty = (
        makers[name](request, month) if name in makers else _unmatched(request, name)
    )
    asked = request.GET.get("q", "").strip().casefold()
    if asked:
        rows = [row for row in rows if asked in " ".join(map(str, row.values())).casefold()]
    return columns, rows, empty


def _unknown(request: PortalRequest, _month: date) -> tuple[list[Column], list, Empty]:
    may_adopt = request.actor.may("capitation.adopt_member")
    adopt = reverse("capitation:member_adopt")
    rows = [
        {
            "ref": row.member_ref,
            "name": f"{row.last_name}, {row.first_name}".strip(", "),
            "contract": row.contract_name,
            "first": row.first_month,
            "last": row.last_month,
            "months": row.months,
            "cents": row.amount_cents,
            "url": f"{adopt}?contract={row.contract_id}&ref={row.member_ref}"
            if may_adopt and row.member_ref
            else "",
        }
        for row in unknown_members(actor=request.actor, limit=MOST)
    ]
    columns = [
        Column("ref", "Number in the file", "link", sort="ref"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("first", "First month", "month", sort="first", minor=True),
        Column("last", "Last month", "month", sort="last"),
        Column("months", "Months", "count", sort="months"),
        Column("cents", "Money $", "money", sort="cents"),
    ]
    return columns, rows, Empty("Everybody is known", "Every line of money has its member.")


def _without_pcp(request: PortalRequest, month: date) -> tuple[list[Column], list, Empty]:
    name = "member_assign" if _may_assign(request) else "member_detail"
    rows = [
        _money_row(row, reverse(f"capitation:{name}", args=[row.member_id]))
        for row in members_without_pcp(actor=request.actor, month=month, limit=MOST)
    ]
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("cents", "Received this month $", "money", sort="cents"),
    ]
    empty = Empty("Everybody has a PCP", f"Each member covered in {month_text(month)} has one.")
    return columns, rows, empty


def _suspense(request: PortalRequest, _month: date) -> tuple[list[Column], list, Empty]:
    rows = [
        _money_row(
            row,
            reverse(
                "capitation:suspense_settle",
                args=[row.contract_id, row.member_id, f"{row.month:%Y-%m}"],
            ),
        )
        for row in suspense(actor=request.actor, limit=MOST)
    ]
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("month", "For", "month", sort="month"),
        Column("cents", "In suspense $", "money", sort="cents"),
    ]
    return columns, rows, Empty("Nothing in suspense", "All money has a covered month.")


def _money_row(row, url: str) -> dict[str, object]:
    return {
        "number": row.plan_member_id,
        "name": row.name,
        "contract": row.contract_name,
        "month": row.month,
        "cents": row.amount_cents,
        "member_id": row.member_id,
        "url": url,
    }


def _unmatched(request: PortalRequest, kind: str) -> tuple[list[Column], list, Empty]:
    rows = [
        {
            "reason": row.reason,
            "member": str(row.member or row.values.get("member_ref", "")),
            "stated": " ".join(filter(None, (row.values.get("npi"), row.values.get("name")))),
            "file": row.file.name,
            "line": row.line_no,
            "received": row.file.received_at.date(),
            "member_id": row.member_id,
            "url": reverse("capitation:row_detail", args=[row.pk]),
        }
        for row in unmatched_rows(actor=request.actor, kind=kind, limit=MOST)
    ]
    columns = [
        Column("reason", "Why it waits", "link", sort="reason"),
        Column("member", "Member", sort="member"),
        *([Column("stated", "PCP in the file", sort="stated")] if kind == "pcp" else []),
        Column("file", "File", sort="file"),
        Column("line", "Line", "count", sort="line", minor=True),
        Column("received", "Received", "day", sort="received"),
    ]
    return columns, rows, Empty("Nothing waits here", "Every row of the plans' files was used.")


def _adoptable(request: PortalRequest) -> list[dict[str, object]]:
    """Contracts with members to adopt, and how much money waits for them."""
    if not request.actor.may("capitation.adopt_member"):
        return []
    sums: dict[int, dict[str, object]] = {}
    for row in unknown_members(actor=request.actor, limit=MOST):
        one = sums.setdefault(
            row.contract_id,
            {"contract_id": row.contract_id, "name": row.contract_name, "count": 0, "cents": 0},
        )
        one["count"] += 1
        one["cents"] += row.amount_cents
    return list(sums.values())


def _radar(request: PortalRequest, found: Radar) -> dict[str, object]:
    rows = [
        {
            "number": row.plan_member_id,
            "name": row.name,
            "contract": row.contract_name,
            "cents": row.last_month_cents,
            "url": reverse("capitation:member_detail", args=[row.member_id]),
        }
        for row in found.not_paid_for
    ]
    declare_members(request, [row.member_id for row in found.not_paid_for])
    columns = [
        Column("number", "Member", "link", sort="number"),
        Column("name", "Name", sort="name"),
        Column("contract", "Contract", sort="contract"),
        Column("cents", "Last month $", "money", sort="cents"),
    ]
    empty = Empty("The plan pays for everybody", "Every member with a PCP has money this month.")
    held = [
        {
            "what": "no rate" if row.why == "held_rate" else "no risk score",
            "run": str(row.run),
            "lines": row.lines,
            "cents": row.received_cents,
            "url": reverse("capitation:run_detail", args=[row.run.pk]) + f"?tab=lines&why={row.why}"
            if request.actor.may("capitation.view_runs")
            else "",
        }
        for row in found.held
    ]
    holds = [
        {
            "payee": row.hold.party.name,
            "reason": row.hold.get_reason_display(),
            "days": row.days,
            "cents": row.owed_cents,
        }
        for row in found.holds
    ]
    held_columns = [
        Column("run", "Run", "link"),
        Column("what", "Held because"),
        Column("lines", "Lines", "count"),
        Column("cents", "Received for them $", "money"),
    ]
    hold_columns = [
        Column("payee", "Payee"),
        Column("reason", "Why"),
        Column("days", "Days", "count"),
        Column("cents", "Owed $", "money"),
    ]
    return {
        "radar": found,
        "not_paid": list_rows(rows, columns, request.GET, caption="Not paid for", empty=empty),
        "held": list_rows(held, held_columns, {}, caption="Held", empty=Empty("Nothing is held")),
        "holds": list_rows(
            holds, hold_columns, {}, caption="Holds", empty=Empty("Nobody is on hold")
        ),
    }


@requires("capitation.adopt_member")
@shows_members()
def member_adopt(request: PortalRequest) -> HttpResponse:
    """Adopt one member whom a plan pays for."""
    declare_members(request, [])
    contract, ref = _asked_contract(request), request.GET.get("ref", "")
    waiting = unknown_members(actor=request.actor, contract_id=contract.pk, limit=MOST)
    row = next((one for one in waiting if one.member_ref == ref), None)
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


def _asked_contract(request: PortalRequest) -> Contract:
    asked = request.GET.get("contract", "") or request.POST.get("contract", "")
    known = asked.isascii() and asked.isdigit() and len(asked) < 18
    contract = Contract.objects.filter(pk=int(asked)).first() if known else None
    if contract is None:
        raise Http404
    return contract


@requires("capitation.adopt_member")
def members_adopt(request: PortalRequest) -> HttpResponse:
    """Adopt everybody a contract's money names, after a look at how many and how much."""
    contract = _asked_contract(request)
    form = AdoptAll(request.POST or None, initial={"contract": contract.pk})
    waiting = unknown_members(actor=request.actor, contract_id=contract.pk, limit=100_000)
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
            FactItem("Members", len(waiting), "count"),
            FactItem("Money waiting", sum(row.amount_cents for row in waiting), "dollars"),
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
