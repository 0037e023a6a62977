"""What was ordered for a practice, what came, and its share when less came."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from purchasing.actions.receiving import receive
from purchasing.models import PurchaseLine, ShortageLine, Site, Trouble
from purchasing.queries.awards import lines_of
from purchasing.queries.trade import OnTheWay, on_the_way
from purchasing.queries.troubles import returnable, with_state
from purchasing.rules.allocation import Grant, PublishedLine, is_in_table, share_text
from purchasing.rules.apart import flags_of
from purchasing.rules.dscsa import is_product
from purchasing.rules.ladders import shortened
from purchasing.rules.troubles import FINAL, HELD
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs, shop_tabs

VIEW, RECEIVE = "purchasing.view_shop", "purchasing.receive_packs"
LINES = (
    Column("item", "Item", "link"),
    Column("order", "Group order"),
    Column("supplier", "Supplier", minor=True),
    Column("office", "Office"),
    Column("packs", "Ordered", "count"),
    Column("due", "Expected", "count"),
    Column("received", "Came", "count"),
    Column("price", "Price $", "price"),
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
    Column("back", "Goes back", "link", url="back_url", opens_page=True),
)
TROUBLES = (
    Column("kind", "What", "link"),
    Column("packs", "Packs", "count"),
    Column("lot", "Lot"),
    Column("at", "Reported", "day"),
    Column("state", "Stands", "status"),
)


class ReceiveForm(forms.Form):
    """What came, as it was counted."""

    packs = forms.IntegerField(
        label="Packs in order", min_value=0, max_value=1_000_000,
        help_text="Unbroken, in date, and what was ordered.",
    )  # fmt: skip
    damaged = forms.IntegerField(
        label="Packs damaged or wrong", min_value=0, max_value=1_000_000, initial=0,
        help_text="They are still owed to you and never charged; the IPA is told.",
    )  # fmt: skip
    lot = forms.CharField(
        label="Lot", max_length=40, required=False,
        help_text="As on the package. One lot at a time: record a second one after it.",
    )  # fmt: skip
    expires_date = forms.DateField(label="Expires", required=False, widget=day_input())
    note = forms.CharField(label="Note", max_length=300, required=False)

    def __init__(self, *args: object, is_tracked: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lot", "expires_date"):  # of what is damaged, nobody has to know them
            self.fields[name].is_needed = is_tracked

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
        "tabs": shop_tabs(request, "delivery_list"),
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
        "office": line.location.line,
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
    site = Site.objects.filter(location=line.location_id).first()
    coming = on_the_way(line, line.received + line.spoilt)
    form = ReceiveForm(
        request.POST or None, initial=_expected(left, coming),
        is_tracked=line.order_item.version.lot_tracked,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            receive(actor=request.actor, line_id=line.pk, now=timezone.now(),
                    today=timezone.localdate(), **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _recorded(form.cleaned_data))
            return redirect("purchasing:delivery_detail", line.pk)
    context = {
        "line": line,
        "facts": _facts(line, site),
        "form": form,
        "is_open": left > 0 and line.purchase.status == "sent",
        "may_report": line.purchase.status in ("sent", "received") and not line.blocked_because,
        "receipts": _receipts(line),
        "shares": [_share(one) for one in line.shortages.select_related("shortage")],
        "changes": line.changes.all(),
        "coming": _coming(coming),
        **_beside(line, coming, site),
        "crumbs": crumbs(
            ("Deliveries", reverse("purchasing:delivery_list")), (str(line.order_item.version), "")
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/delivery_detail.html", context, status=status)


def _beside(line: PurchaseLine, coming: list[OnTheWay], site: Site | None) -> dict[str, object]:
    """What is wrong with it, what is kept apart, and the papers that came."""
    rows = list(with_state(line.troubles.all()))
    held = sum(one.packs for one in rows if one.kind in HELD and one.state not in FINAL)
    version = line.order_item.version
    return {
        "troubles": _troubles(rows),
        "held": f"{plural(held, 'pack')} may not be used until the IPA decides." if held else "",
        "is_product": is_product(version.kind, is_rx=version.is_rx),
        "is_pharmacy": bool(site and site.is_pharmacy),
        "papers": line.papers.all(),
        "has_notice": any(one.line.document.content.get("statement") for one in coming),
    }


def _troubles(rows: list[Trouble]):
    told = [
        {"kind": one.get_kind_display().capitalize(), "packs": one.packs, "lot": one.lot,
         "at": one.reported_at.date(), "state": one.state,
         "url": reverse("purchasing:my_trouble", args=[one.pk])}
        for one in rows
    ]  # fmt: skip
    return list_rows(told, TROUBLES, {}, caption="Problems and returns", page_size=200)


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


def _recorded(data: dict[str, object]) -> str:
    """What was recorded, and what comes of it."""
    told = f"Recorded: {plural(data['packs'], 'pack')} in order."
    owed = f" {plural(data['damaged'], 'damaged pack')} still owed to you."
    return told + (owed if data["damaged"] else "")


def _instead(line: PurchaseLine) -> list[FactItem]:
    """What was asked for, where an equivalent comes in its place."""
    asked = line.commitment.order_item
    if asked.pk == line.order_item_id:
        return []
    note = "you said that any equivalent will do"
    return [FactItem("In place of", asked.version.name, note=note)]


def _freight(line: PurchaseLine) -> list[FactItem]:
    """Its part of the supplier's freight, apart from the price of a pack."""
    if not line.freight_cents:
        return []
    note = "our part of the supplier’s, once for the line"
    return [FactItem("Freight $", line.freight_cents, "money", note=note)]


def _facts(line: PurchaseLine, site: Site | None) -> list[FactItem]:
    return [
        *_instead(line),
        FactItem("Ordered", line.packs, "count", note=str(line.order_item.level)),
        FactItem("Expected", line.due, "count"),
        FactItem("Came", line.received, "count"),
        FactItem("Price $", line.price, "price"),
        *_freight(line),
        FactItem("From", str(line.purchase.supplier), note=line.purchase.number),
        FactItem("To", str(line.location), note="; ".join(_flags(line, site))),
    ]


def _flags(line: PurchaseLine, site: Site | None) -> list[str]:
    version = line.order_item.version
    return flags_of(
        version.kind, is_rx=version.is_rx, is_gpo_prohibited=bool(site and site.is_gpo_prohibited)
    )


def _receipts(line: PurchaseLine):
    left = returnable(line.receipts.all())
    rows = [
        {"at": one.recorded_at.date(), "packs": one.packs, "damaged": one.damaged, "lot": one.lot,
         "expires": one.expires_date, "who": one.recorded_by_name, "note": one.note,
         "back": "Return some" if left[one.pk] else "",
         "back_url": reverse("purchasing:return_new", args=[one.pk]) if left[one.pk] else ""}
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
        "share": share_text(one.share),
        "shortage": shortage,
        "is_proved": is_in_table(published, shortage.size, shortage.checksum),
    }
