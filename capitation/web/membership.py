"""How last month's members became this month's, by PCP; and how a plan's list is read."""

from dataclasses import asdict, replace
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.files import save_roster_mapping
from capitation.models import Contract, RosterMapping
from capitation.queries.bridge_members import NOBODY, MovedMember, bridge_members
from capitation.queries.membership import BridgePage, membership_bridge
from capitation.rules.membership import PARTS
from capitation.web.contract_forms import RosterColumns
from credentialing.models import Practitioner
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.months import add_months, month_of, parse_month
from ipaportal.core.parts import PAGE_SIZE, Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import EVERY_ROW, as_file, export_urls, wants_file


def _contract(contract_id: int) -> Contract:
    contract = Contract.objects.select_related("payer__party").filter(pk=contract_id).first()
    if contract is None:
        raise Http404
    return contract


def _crumbs(contract: Contract, name: str) -> list[tuple[str, str]]:
    here = reverse("capitation:contract_detail", args=[contract.pk])
    return [("Contracts", reverse("capitation:contract_list")), (contract.name, here), (name, "")]


@requires("capitation.view_members")
def membership(request: PortalRequest, contract_id: int) -> HttpResponse:
    """The membership bridge of a month: the whole, and by PCP. Names no member."""
    contract = _contract(contract_id)
    try:
        month = parse_month(request.GET.get("month", ""))
    except ValueError:
        month = month_of(timezone.localdate())
    page = membership_bridge(actor=request.actor, contract_id=contract_id, month=month)
    rows = _rows(request, page)
    columns = [
        Column("name", "PCP", "link", sort="name"),
        *[
            Column(
                key,
                label,
                "count",
                sort=key,
                total=sum(row[key] for row in rows),
                url=f"{key}_url",
            )
            for key, label in PARTS.items()
        ],
    ]
    if wants_file(request):
        return as_file(request, columns, rows, f"membership-{month:%Y-%m}")
    whole = page.total
    context = {
        "contract": contract,
        "month": month,
        "before": add_months(month, -1),
        "after": add_months(month, 1),
        "facts": [
            FactItem(label, getattr(whole, key), "count", url=_who(page, key))
            for key, label in PARTS.items()
            if not key.startswith("moved")
        ],
        "holds": whole.holds and all(row.bridge.holds for row in page.rows),
        "listing": list_rows(
            rows,
            columns,
            request.GET,
            caption="Membership by PCP",
            empty=Empty("Nobody", "No member is covered under this contract in these months."),
            **export_urls(request),
        ),
        "crumbs": _crumbs(contract, "Membership"),
    }
    return render(request, "capitation/staff/membership.html", context)


def _rows(request: PortalRequest, page: BridgePage) -> list[dict[str, object]]:
    may_look = request.actor.may("credentialing.view_network")
    asked = request.GET.get("q", "").casefold()
    return [
        {
            "name": row.name,
            **{key: getattr(row.bridge, key) for key in PARTS},
            **{
                f"{key}_url": _who(page, key, row.practitioner_id or NOBODY)
                for key in PARTS
                if getattr(row.bridge, key)
            },
            "url": reverse("credentialing:practitioner_detail", args=[row.practitioner_id])
            if row.practitioner_id and may_look
            else "",
        }
        for row in page.rows
        if asked in row.name.casefold()
    ]


def _who(page: BridgePage, part: str, practitioner_id: int | None = None) -> str:
    """Where the members behind a number are listed."""
    here = reverse("capitation:membership_members", args=[page.contract.pk])
    of = "" if practitioner_id is None else f"&pcp={practitioner_id}"
    return f"{here}?month={page.month:%Y-%m}&part={part}{of}"


@requires("capitation.view_members")
@shows_members()
def membership_members(request: PortalRequest, contract_id: int) -> HttpResponse:
    """The members behind one number of the bridge."""
    contract = _contract(contract_id)
    month, part, pcp = _asked(request)
    rows = bridge_members(
        actor=request.actor,
        contract_id=contract_id,
        month=month,
        part=part,
        practitioner_id=pcp,
        search=request.GET.get("q", ""),
    )
    columns = [
        Column("name", "Member", "link", sort="name"),
        Column("member_number", "Plan's number", sort="number"),
        Column("before", f"In {month_text(add_months(month, -1))}", sort="before"),
        Column("after", f"In {month_text(month)}", sort="after"),
    ]
    listing = list_rows(
        rows,
        columns,
        request.GET,
        caption=f"{PARTS[part]}, {month_text(month)}",
        default_sort="name",
        page_size=EVERY_ROW if wants_file(request) else PAGE_SIZE,
        chips=[Chip("part", key, label) for key, label in PARTS.items()],
        empty=Empty("Nobody", "No member of this contract did that in this month."),
        **export_urls(request),
    )
    declare_members(request, [row.member_id for row in listing.rows])
    if wants_file(request):
        return as_file(request, columns, listing.rows, f"members-{part}-{month:%Y-%m}")
    context = {
        "contract": contract,
        "listing": replace(listing, rows=[_linked(row) for row in listing.rows]),
        "part": PARTS[part],
        "month": month,
        "pcp": _name_of(pcp),
        "crumbs": _crumbs(contract, "Members"),
    }
    return render(request, "capitation/staff/membership_members.html", context)


def _linked(row: MovedMember) -> dict[str, object]:
    url = reverse("capitation:member_detail", args=[row.member_id])
    return {**asdict(row), "name": row.name, "url": url}


def _name_of(practitioner_id: int | None) -> str:
    if practitioner_id is None:
        return ""
    return str(Practitioner.objects.filter(pk=practitioner_id).first() or "nobody assigned")


def _asked(request: PortalRequest) -> tuple[date, str, int | None]:
    """The month, the part and the PCP that an address asks for; nonsense asks for what is usual."""
    asked = request.GET
    try:
        month = parse_month(asked.get("month", ""))
    except ValueError:
        month = month_of(timezone.localdate())
    part, pcp = asked.get("part", ""), asked.get("pcp", "")
    known = pcp.isascii() and pcp.isdigit() and len(pcp) < 18
    return month, part if part in PARTS else "closing", int(pcp) if known else None


@requires("capitation.receive_file")
def roster_mapping(request: PortalRequest, contract_id: int) -> HttpResponse:
    """How the plan's list calls its columns; without it, heads are guessed from their names."""
    contract = _contract(contract_id)
    saved = RosterMapping.objects.filter(payer_id=contract.payer_id).first()
    initial = {**saved.columns, "date_format": saved.date_format} if saved else {}
    form = RosterColumns(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        columns = {k: v.strip() for k, v in form.cleaned_data.items() if v and k != "date_format"}
        save_roster_mapping(
            actor=request.actor,
            payer_id=contract.payer_id,
            columns=columns,
            date_format=form.cleaned_data["date_format"],
            now=timezone.now(),
        )
        messages.success(request, f"Lists of {contract.payer} are read by these columns from now.")
        return redirect("capitation:contract_detail", contract.pk)
    context = {
        "form": form,
        "contract": contract,
        "is_saved": saved is not None,
        "crumbs": _crumbs(contract, "Columns of its list"),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/roster_mapping.html", context, status=status)
