"""Takings of charges from payouts that are done: a list of them, each with what it left and why."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.ledger.web.booked import told_url
from purchasing.models import NettingRun
from purchasing.queries import netting as asked
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs as shop_crumbs

VIEW, SHOP = "purchasing.view_charges", "purchasing.view_shop"
RUNS = (
    Column("month", "Month", "link", sort="month"),
    Column("taken", "Taken $", "money", sort="taken_cents"),
    Column("charges", "Charges", "count", sort="charges"),
    Column("practices", "Practices", "count", sort="practices"),
    Column("left", "Left $", "money", sort="carried_cents"),
    Column("by", "By", sort="made_by_name"),
    Column("made", "On", "day", sort="made_at"),
)
LINES = (
    Column("practice", "Practice", sort="practice"),
    Column("what", "Charge", "link", sort="what", wide=True),
    Column("posted", "Posted", "day", sort="posted", minor=True),
    Column("cents", "Taken $", "money", sort="cents"),
    Column("left", "Left $", "money", sort="left"),
    Column("why", "Why it was left", wide=True),
    Column("payout", "Its payout $", "money", minor=True),
    Column("cap", "At most $", "money", minor=True),
    Column("told", "Told on", "link", url="told_url"),
)
MINE = (LINES[1], *LINES[3:])
RUN_CHIPS = [Chip("show", "", "All"), Chip("show", "left", "Something was left")]
LINE_CHIPS = [Chip("show", "", "All"), Chip("show", "taken", "Taken"), Chip("show", "left", "Left")]
CODES = {
    "disputed": "Disputed",
    "not_authorised": "Not signed for",
    "not_in_force": "Agreement not in force",
    "not_received": "Not received",
    "too_new": "Posted too recently",
    "no_payout": "Nothing was paid",
    "cap": "Above the share agreed on",
}


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of takings."""
    return [("Charges", reverse("purchasing:charge_list")),
            ("Takings", reverse("purchasing:netting_run_list")), *more]  # fmt: skip


def month_of(run: NettingRun) -> str:
    """The month of a taking, as people say it."""
    return f"{run.month:%B %Y}"


@requires(VIEW)
def netting_run_list(request: PortalRequest) -> HttpResponse:
    """Every taking of charges from payouts."""
    get = request.GET
    found = asked.netting_runs(
        actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", "")
    )
    if wants_file(request):
        return as_file(request, RUNS, map(_run_row, found), "takings")
    empty = Empty("No taking yet", "What practices signed for is taken from their payouts once a "
                  "month, by finance; each taking stands here with all that it left.")  # fmt: skip
    listing = list_rows(found, RUNS, get, caption="Takings", default_sort="-month",
                        chips=RUN_CHIPS, empty=empty, **export_urls(request))  # fmt: skip
    context = {"listing": shown(listing, list(map(_run_row, listing.rows))), "crumbs": crumbs()[:1]}
    return render(request, "purchasing/staff/netting_run_list.html", context)


def _run_row(run: NettingRun) -> dict[str, object]:
    return {
        "month": month_of(run),
        "taken": run.taken_cents,
        "charges": run.charges,
        "practices": run.practices,
        "left": run.carried_cents,
        "by": run.made_by_name,
        "made": run.made_at.date(),
        "url": reverse("purchasing:netting_run_detail", args=[run.pk]),
    }


def _lines(request: PortalRequest, found: list[asked.Netted], page: str) -> list[dict[str, object]]:
    show = request.GET.get("show", "")
    return [
        {
            "practice": one.charge.practice.name,
            "what": one.charge.description,
            "posted": one.posted_on,
            "cents": one.cents,
            "left": one.left_cents,
            "why": one.reason,
            "payout": one.payout_cents,
            "cap": one.cap_cents,
            "url": reverse(page, args=[one.charge.pk]),
            "told": "its statement" if one.entry_id else "",
            "told_url": told_url(request.actor, one.entry_id),
        }
        for one in found
        if not ((show == "taken" and not one.cents) or (show == "left" and not one.left_cents))
    ]


@requires(VIEW)
def netting_run_detail(request: PortalRequest, netting_run_id: int) -> HttpResponse:
    """One taking: every charge that it looked at, its cap, what was left and why."""
    run = asked.netting_runs(actor=request.actor).filter(pk=netting_run_id).first()
    if run is None:
        raise Http404
    found = asked.netted(run)
    rows = _lines(request, found, "purchasing:charge_detail")
    if wants_file(request):
        return as_file(request, LINES[:-1], rows, f"taking-{run.month:%Y-%m}")
    sums = asked.practice_sums(found)
    facts = [
        FactItem("Taken $", run.taken_cents, "money",
                 note=f"{plural(run.charges, 'charge')} of {plural(run.practices, 'practice')}"),
        FactItem("Left $", run.carried_cents, "money"),
        FactItem("Payouts then $", sums["payouts"], "money"),
        FactItem("At most by agreements $", sums["caps"], "money"),
        FactItem("By", run.made_by_name),
        FactItem("On", run.made_at.date(), "day"),
    ]  # fmt: skip
    left = [FactItem(CODES.get(code, code), cents, "dollars", note=plural(count, "charge"))
            for code, count, cents in asked.left_by_reason(found)]  # fmt: skip
    context = {
        "run": run,
        "name": month_of(run),
        "facts": facts,
        "left": left,
        "listing": list_rows(rows, LINES, request.GET, caption="Charges", chips=LINE_CHIPS,
                             **export_urls(request)),
        "crumbs": crumbs((month_of(run), "")),
    }  # fmt: skip
    return render(request, "purchasing/staff/netting_run_detail.html", context)


@requires(SHOP)
def my_netting_run(request: PortalRequest, netting_run_id: int) -> HttpResponse:
    """What one taking took from our payout, and what it left of our charges."""
    found = asked.my_netted(actor=request.actor, run_id=netting_run_id)
    if not found:
        raise Http404
    run = NettingRun.objects.get(pk=netting_run_id)
    rows = _lines(request, found, "purchasing:charge_dispute")
    if wants_file(request):
        return as_file(request, MINE[:-1], rows, f"taking-{run.month:%Y-%m}")
    sums = asked.practice_sums(found)
    facts = [
        FactItem("Taken $", sum(one.cents for one in found), "money"),
        FactItem("Of a payout of $", sums["payouts"], "money"),
        FactItem("At most, as you signed $", sums["caps"], "money"),
        FactItem("Left for later $", sum(one.left_cents for one in found), "money"),
    ]
    context = {
        "name": month_of(run),
        "facts": facts,
        "listing": list_rows(rows, MINE, request.GET, caption="Charges", chips=LINE_CHIPS,
                             **export_urls(request)),
        "crumbs": shop_crumbs(
            ("Charges", reverse("purchasing:my_charge_list")), (f"Taken in {month_of(run)}", "")
        ),
    }  # fmt: skip
    return render(request, "purchasing/provider/netting_run.html", context)
