"""What was ordered for a practice, what came, and its share when less came."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from purchasing.actions.awards import receive
from purchasing.models import PurchaseLine, ShortageLine
from purchasing.queries.awards import lines_of
from purchasing.queries.trade import OnTheWay, on_the_way
from purchasing.rules.allocation import Grant, PublishedLine, is_in_table
from purchasing.rules.ladders import shortened
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs

VIEW, RECEIVE = "purchasing.view_shop", "purchasing.receive_packs"
LINES = (
    Column("item", "Item", "link"),
    Column("order", "Group order"),
    Column("supplier", "Supplier", minor=True),
    Column("office", "Office"),
    Column("packs", "Ordered", "count"),
    Column("due", "Expected", "count"),
    Column("received", "Came", "count"),
    Column("price", "Price $"),
    Column("status", "Stands", "status"),
)
COMING = (
    Column("shipped", "Shipped", "day"),
    Column("packs", "Packs", "count"),
    Column("lot", "Lot"),
    Column("expires", "Expires"),
    Column("by", "Carrier, tracking"),
    Column("number", "Notice"),
    Column("statement", "DSCSA statement"),
)
RECEIPTS = (
    Column("at", "On", "day"),
    Column("packs", "In order", "count"),
    Column("damaged", "Damaged", "count"),
    Column("lot", "Lot"),
    Column("expires", "Expires", "day"),
    Column("who", "Counted by"),
    Column("note", "Note", wide=True),
)


class ReceiveForm(forms.Form):
    """What came, as it was counted."""

    packs = forms.IntegerField(label="Packs in order", min_value=0, max_value=1_000_000)
    damaged = forms.IntegerField(
        label="Packs damaged or wrong", min_value=0, max_value=1_000_000, initial=0
    )
    lot = forms.CharField(label="Lot", max_length=40, required=False)
    expires_date = forms.DateField(label="Expires", required=False, widget=day_input())
    note = forms.CharField(label="Note", max_length=300, required=False)

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not (data.get("packs") or data.get("damaged")) and not self.errors:
            raise forms.ValidationError("Say how many packs came. Nothing was recorded.")
        return data


@requires(VIEW)
def delivery_list(request: PortalRequest) -> HttpResponse:
    """Everything ordered for our practices."""
    get = request.GET
    found = lines_of(actor=request.actor, text=get.get("q", "").strip(), show=get.get("show", ""))
    if wants_file(request):
        return as_file(request, LINES, map(_row, found), "deliveries")
    listing = list_rows(
        found,
        LINES,
        get,
        caption="Deliveries",
        chips=[Chip("show", "", "All"), Chip("show", "open", "Still expected")],
        empty=Empty("Nothing here", "What the IPA orders for you comes here when it is sent."),
        **export_urls(request),
    )
    context = {
        "listing": shown(listing, list(map(_row, listing.rows))),
        "crumbs": crumbs(("Deliveries", "")),
    }
    return render(request, "purchasing/provider/delivery_list.html", context)


def stands(line: PurchaseLine) -> str:
    """Where a line stands, in a word."""
    if line.blocked_because:
        return "stopped"
    if line.received >= line.due:
        return "received" if line.due == line.packs else "short"
    return "part received" if line.received else "expected"


def _row(line: PurchaseLine) -> dict[str, object]:
    return {
        "item": str(line.order_item),
        "order": line.purchase.order.name,
        "supplier": str(line.purchase.supplier),
        "office": str(line.location),
        "packs": line.packs,
        "due": line.due,
        "received": line.received,
        "price": str(shortened(line.price)),
        "status": stands(line),
        "url": reverse("purchasing:delivery_detail", args=[line.pk]),
    }


@requires(RECEIVE)
def delivery_detail(request: PortalRequest, purchase_line_id: int) -> HttpResponse:
    """One line: what came, our share if less came, and what comes next."""
    line = lines_of(actor=request.actor).filter(pk=purchase_line_id).first()
    if line is None:
        raise Http404
    left = line.due - line.received
    coming = on_the_way(line, line.received + line.spoilt)
    form = ReceiveForm(request.POST or None, initial=_expected(left, coming))
    if request.method == "POST" and form.is_valid():
        try:
            receive(actor=request.actor, line_id=line.pk, now=timezone.now(),
                    today=timezone.localdate(), **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. What is damaged is still owed to you.")
            return redirect("purchasing:delivery_detail", line.pk)
    context = {
        "line": line,
        "facts": _facts(line),
        "form": form,
        "is_open": left > 0 and line.purchase.status == "sent",
        "receipts": _receipts(line),
        "shares": [_share(one) for one in line.shortages.select_related("shortage")],
        "changes": line.changes.all(),
        "coming": _coming(coming),
        "crumbs": crumbs(
            ("Deliveries", reverse("purchasing:delivery_list")), (str(line.order_item.version), "")
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/delivery_detail.html", context, status=status)


def _expected(left: int, coming: list[OnTheWay]) -> dict[str, object]:
    """What is most likely in the parcel: the oldest notice that was not counted yet."""
    if not coming:
        return {"packs": left}
    first = coming[0]
    return {
        "packs": min(first.packs, left),
        "lot": first.lot,
        "expires_date": first.expires or None,
    }


def _coming(coming: list[OnTheWay]):
    rows = []
    for one in coming:
        document = one.line.document
        told = document.content
        rows.append(
            {"shipped": document.dated, "packs": one.packs, "lot": one.lot,
             "expires": one.expires, "number": document.number,
             "by": " ".join(filter(None, [told.get("carrier"), *told.get("tracking", [])])),
             "statement": "yes" if told.get("statement") else "no"}
        )  # fmt: skip
    return list_rows(rows, COMING, {}, caption="On its way", page_size=200)


def _facts(line: PurchaseLine) -> list[FactItem]:
    return [
        FactItem("Ordered", line.packs, "count", note=str(line.order_item.level)),
        FactItem("Expected", line.due, "count"),
        FactItem("Came", line.received, "count"),
        FactItem("Price", f"${shortened(line.price)}"),
        FactItem("From", str(line.purchase.supplier), note=line.purchase.number),
        FactItem("To", str(line.location)),
    ]


def _receipts(line: PurchaseLine):
    rows = [
        {"at": one.recorded_at.date(), "packs": one.packs, "damaged": one.damaged, "lot": one.lot,
         "expires": one.expires_date, "who": one.recorded_by_name, "note": one.note}
        for one in line.receipts.all()
    ]  # fmt: skip
    empty = Empty("Nothing came yet", "Count what comes, and read lot and expiry off the package.")
    return list_rows(rows, RECEIPTS, {}, caption="What came", page_size=500, empty=empty)


def _share(one: ShortageLine) -> dict[str, object]:
    """Our own line of the table, and whether it lies under the checksum that all were shown."""
    published = PublishedLine(
        Grant("", one.claim, one.floor, 0, one.granted),
        one.place,
        one.text,
        bytes.fromhex(one.salt),
        tuple(bytes.fromhex(part) for part in one.proof),
    )
    shortage = one.shortage
    return {
        "line": one,
        "shortage": shortage,
        "is_proved": is_in_table(published, shortage.size, shortage.checksum),
    }
