"""Rebates for practices: what they are owed, why, and what was added to their payout."""

from datetime import timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.queries import rebates as asked
from purchasing.rules.rebates import DISCOUNT_CITATION
from purchasing.web.rebates import BASIS, basis_numbers
from purchasing.web.shop import crumbs as shop_crumbs
from purchasing.web.shop import shop_tabs

SHOP = "purchasing.view_shop"
MINE = (
    Column("supplier", "Supplier", "link", sort="supplier"),
    Column("practice", "Practice", minor=True),
    Column("start", "From", "day", sort="start"),
    Column("last", "To", "day"),
    Column("owed", "Owed to you $", "money", sort="owed"),
    Column("received", "Paid by it $", "money"),
    Column("given", "Added to payouts $", "money", sort="given"),
    Column("kept", "Kept by the IPA $", "money"),
)
MOVES = (
    Column("what", "What"),
    Column("day", "On", "day"),
    Column("owed", "Owed $", "money"),
    Column("given", "Added to a payout $", "money"),
    Column("kept", "Kept by the IPA $", "money"),
)


@requires(SHOP)
def my_rebate_list(request: PortalRequest) -> HttpResponse:
    """What suppliers owe us back, what was added to our payouts, what the IPA kept."""
    found = asked.my_rebates(actor=request.actor)
    rows = list(map(_row, found))
    if wants_file(request):
        return as_file(request, MINE, rows, "rebates")
    empty = Empty("No rebate", "Where a contract reaches back, what you paid above the tier that "
                  "all reached together is owed to you, and stands here.")  # fmt: skip
    context = {
        "listing": list_rows(rows, MINE, request.GET, caption="Rebates", empty=empty,
                             **export_urls(request)),
        "facts": [FactItem("Owed to you $", sum(one.owed_cents for one in found), "money"),
                  FactItem("Added to payouts $", sum(one.given_cents for one in found), "money"),
                  FactItem("Kept by the IPA $", sum(one.kept_cents for one in found), "money",
                           note="told to you every year")],
        "citation": DISCOUNT_CITATION,
        "tabs": shop_tabs(request, "my_rebate_list"),
        "crumbs": shop_crumbs(("Rebates", "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/rebate_list.html", context)


def _row(one: asked.MyRebate) -> dict[str, object]:
    address = (
        reverse("purchasing:my_rebate", args=[one.parts[0].pk])
        if one.parts else reverse("purchasing:my_rebate_receipt", args=[one.shares[0].receipt_id])
    )  # fmt: skip
    return {
        "supplier": str(one.of.supplier),
        "practice": one.of.practice.name,
        "start": one.of.start_date,
        "last": one.of.end_date - timedelta(days=1),
        "owed": one.owed_cents,
        "received": one.received_cents,
        "given": one.given_cents,
        "kept": one.kept_cents,
        "url": address,
    }


@requires(SHOP)
def my_rebate(request: PortalRequest, rebate_part_id: int) -> HttpResponse:
    """One of our rebates: the lines that it comes from, and what became of it."""
    found = asked.my_rebates(actor=request.actor)
    return _page(request, asked.my_rebate(found, part=rebate_part_id))


@requires(SHOP)
def my_rebate_receipt(request: PortalRequest, rebate_receipt_id: int) -> HttpResponse:
    """The same, found by what was added to our payout."""
    found = asked.my_rebates(actor=request.actor)
    return _page(request, asked.my_rebate(found, receipt=rebate_receipt_id))


def _page(request: PortalRequest, one: asked.MyRebate | None) -> HttpResponse:
    if one is None:
        raise Http404
    latest = one.parts[0].basis if one.parts else []
    basis = [{**line, **basis_numbers(line),
              "url": reverse("purchasing:delivery_detail", args=[line["line"]])}
             for line in latest]  # fmt: skip
    if wants_file(request):
        return as_file(request, BASIS[1:], basis, f"rebate-{one.of.start_date}")
    moves = [
        {
            "what": part.words or "Booked as owed",
            "day": timezone.localdate(part.recorded_at),
            "owed": part.cents,
            "given": None,
            "kept": None,
        }
        for part in one.parts
    ]
    moves += [{"what": "Paid by the supplier" if share.cents > 0 else "Taken back",
               "day": share.received_date, "owed": -share.cents, "given": share.given_cents,
               "kept": share.kept_cents} for share in one.shares]  # fmt: skip
    context = {
        "one": one,
        "last": one.of.end_date - timedelta(days=1),
        "facts": [FactItem("Owed to you $", one.owed_cents, "money"),
                  FactItem("Paid by the supplier $", one.received_cents, "money"),
                  FactItem("Added to payouts $", one.given_cents, "money"),
                  FactItem("Kept by the IPA $", one.kept_cents, "money"),
                  FactItem("Contract", one.of.contract_number)],
        "moves": list_rows(sorted(moves, key=lambda row: row["day"]), MOVES, {},
                           caption="What became of it", page_size=200),
        "listing": list_rows(basis, BASIS[1:], request.GET, caption="What it comes from",
                             **export_urls(request)),
        "citation": DISCOUNT_CITATION,
        "crumbs": shop_crumbs(("Rebates", reverse("purchasing:my_rebate_list")),
                              (str(one.of.supplier), "")),
    }  # fmt: skip
    return render(request, "purchasing/provider/rebate_detail.html", context)
