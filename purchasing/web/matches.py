"""An order three ways: ordered, come, invoiced, with what differs in dollars."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import exported, one_as_file
from purchasing.models import GroupOrder, PurchaseOrder
from purchasing.queries import trade as asked
from purchasing.rules.ladders import shortened
from purchasing.web.awards import found_purchase
from purchasing.web.orders import crumbs, here
from purchasing.web.papers import said_words

VIEW = "purchasing.view_orders"
WAYS = (
    Column("item", "Item", "link"),
    Column("price", "Price $", "price"),
    Column("ordered", "Ordered", "count"),
    Column("answered", "Answered"),
    Column("announced", "Announced", "count", url="announced_url", opens_page=True),
    Column("received", "Came", "count", url="received_url", opens_page=True),
    Column("received_cents", "Came $", "money"),
    Column("invoiced", "Invoiced", "count", url="invoiced_url", opens_page=True),
    Column("invoiced_cents", "Invoiced $", "money"),
    Column("difference", "Differs $", "money"),
    Column("words", "What differs", wide=True),
)
SAID = (
    Column("what", "Document", "link"),
    Column("item", "Item"),
    Column("said", "What it says", wide=True),
    Column("packs", "Packs", "count"),
    Column("cents", "Comes to $", "money"),
    Column("state", "Stands", "status"),
    Column("reason", "Why", wide=True),
)


@requires(VIEW)
def purchase_match(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """One order three ways, and every line of every document it was worked out of."""
    purchase = found_purchase(purchase_id)
    found = asked.reckon(purchase)
    item, kind = request.GET.get("item", ""), request.GET.get("kind", "")
    lists = {
        "ways": _ways(request, purchase, found),
        "said": _said(request, purchase, item, kind),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "purchase": purchase,
        "facts": _facts(purchase, found),
        **lists,
        "is_part": bool(item or kind),
        "difference": found.difference_cents,
        "bills_ipa": purchase.order.bills == GroupOrder.Bills.IPA,
        "crumbs": crumbs(
            here(purchase.order),
            (purchase.number, reverse("purchasing:purchase_detail", args=[purchase.pk])),
            ("Three ways", ""),
        ),
    }
    return render(request, "purchasing/staff/purchase_match.html", context)


def _facts(purchase: PurchaseOrder, found: asked.Reckoning) -> list[FactItem]:
    here_url = reverse("purchasing:purchase_match", args=[purchase.pk])
    facts = [
        FactItem("Came for $", found.received_cents, "money",
                 note="at the agreed prices, with freight"),
        FactItem("Invoiced $", found.invoiced_cents, "money", url=f"{here_url}?kind=810#said",
                 note="taken, or waiting"),
        FactItem("Difference $", found.difference_cents, "money",
                 note="invoiced beyond what came"),
        FactItem("Freight and other charges invoiced $", found.extra_cents, "money",
                 url=f"{here_url}?kind=810#said"),
    ]  # fmt: skip
    if purchase.order.bills == GroupOrder.Bills.IPA:
        facts.append(
            FactItem("Charged to practices $", found.charged_cents, "money",
                     url=reverse("purchasing:charge_list"), note="for what came, once a receipt")
        )  # fmt: skip
    return facts


def _ways(request: PortalRequest, purchase: PurchaseOrder, found: asked.Reckoning):
    base = reverse("purchasing:purchase_match", args=[purchase.pk])
    ships = reverse("purchasing:purchase_detail", args=[purchase.pk])
    rows = [
        {
            "item": one.item,
            "price": str(shortened(one.match.price)),
            "ordered": one.match.ordered,
            "answered": one.answered,
            "announced": one.announced,
            "announced_url": f"{base}?item={one.order_item}&kind=856#said",
            "received": one.match.received,
            "received_url": f"{ships}#ships",
            "received_cents": one.match.received_cents,
            "invoiced": one.match.invoiced,
            "invoiced_url": f"{base}?item={one.order_item}&kind=810#said",
            "invoiced_cents": one.match.invoiced_cents,
            "difference": one.match.difference_cents,
            "words": one.match.words,
            "url": f"{base}?item={one.order_item}#said",
        }
        for one in found.lines
    ]
    totals = {"received_cents": found.received_cents, "difference": found.difference_cents,
              "invoiced_cents": found.invoiced_cents}  # fmt: skip
    if found.extra_cents or found.freight_cents:
        owed = found.received_cents and found.freight_cents
        more = found.extra_cents - owed
        words = "all three agree" if not more else "beyond what was agreed on"
        rows.append(
            {
                "item": "Freight and other charges",
                "invoiced_cents": found.extra_cents,
                "received_cents": owed,
                "url": f"{base}?kind=810#said",
                "difference": more,
                "words": words if more >= 0 else "not invoiced yet",
            }
        )
    columns = [replace(one, total=totals.get(one.key)) for one in WAYS]
    return list_rows(rows, columns, request.GET, caption="Three ways", **exported(request, "ways"))


def _said(request: PortalRequest, purchase: PurchaseOrder, item: str, kind: str):
    found = asked.lines_said(purchase)
    if item.isdigit():
        found = found.filter(order_item=int(item[:12]))
    if kind in ("855", "856", "810"):
        found = found.filter(document__kind=kind)
    rows = [
        {
            "what": str(one.document),
            "item": str(one.order_item) if one.order_item_id else "",
            "said": said_words(one),
            "packs": one.packs,
            "cents": one.cents,
            "state": one.get_state_display(),
            "reason": one.reason,
            "url": reverse("purchasing:paper_detail", args=[one.document_id]),
        }
        for one in found
    ]
    empty = Empty("Nothing was read in", "Answers, ship notices and invoices come in by the inbox.")
    return list_rows(rows, SAID, {}, caption="What suppliers said", empty=empty,
                     **exported(request, "said"))  # fmt: skip
