"""Filling an open order in one go: from last time, from what came, or by par levels."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Column, Empty, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from purchasing.actions.commitments import commit
from purchasing.models import CommitmentRequest, GroupOrder
from purchasing.queries import stock as asked
from purchasing.queries.orders import shop_orders
from purchasing.rules.cycles import TAKES_COMMITMENTS
from purchasing.web.shop import crumbs
from purchasing.web.standing_forms import FillForm

COMMIT = "purchasing.commit_packs"
SOURCES = (("last", "What we asked for last time"), ("came", "What came last time"),
           ("par", "What par levels suggest"))  # fmt: skip
FILLS = (
    Column("what", "Item", "link"),
    Column("office", "Office"),
    Column("packs", "Packs", "count"),
    Column("then", "Paid then $", "price"),
    Column("now", "At most now $", "price"),
    Column("change", "Change"),
    Column("why", "From", wide=True),
)


@requires(COMMIT)
def shop_fill(request: PortalRequest, order_id: int) -> HttpResponse:
    """Take over packs into an open order: differences shown, then confirmed."""
    order = shop_orders(actor=request.actor).filter(pk=order_id).first()
    if order is None:
        raise Http404
    source = request.GET.get("from", "last")
    fills, gone = _found(request, order, source)
    form = FillForm(request.POST or None, fills=fills)
    if request.method == "POST" and form.is_valid():
        refused = _commit_all(request, form)
        if not refused:
            return redirect("purchasing:shop_order", order.pk)
        for words in refused:
            form.add_error(None, words)
    context = {
        "order": order,
        "listing": _listing(fills),
        "gone": gone,
        "form": form if fills and order.status in TAKES_COMMITMENTS else None,
        "tabs": _tabs(order, source),
        "crumbs": crumbs(
            (order.name, reverse("purchasing:shop_order", args=[order.pk])), ("Fill it", "")
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/shop_fill.html", context, status=status)


def _found(request: PortalRequest, order: GroupOrder, source: str):
    if source == "par":
        return asked.by_par(actor=request.actor, order=order), []
    return asked.last_time(actor=request.actor, order=order, is_received=source == "came")


def _commit_all(request: PortalRequest, form: FillForm) -> list[str]:
    """Commit each on its own, so that what one is refused for holds no other up."""
    kept, waits, refused = 0, 0, []
    chosen = form.chosen()
    if not chosen:
        return ["Nothing differs from what you are in for. Nothing was changed."]
    for fill, packs in chosen:
        try:
            made = commit(
                actor=request.actor, order_item_id=fill.item.pk, location_id=fill.location.pk,
                quantity=packs, flex=0, max_price=None, pays_now=fill.pays_now,
                registrant_id=fill.registrant_id, any_equivalent=fill.any_equivalent,
                now=timezone.now(), today=timezone.localdate(),
            )  # fmt: skip
        except Refused as refusal:
            refused.append(f"{fill.item}, {fill.location.line}: {refusal}")
        else:
            is_waiting = isinstance(made, CommitmentRequest)
            waits, kept = waits + is_waiting, kept + (not is_waiting)
    if kept:
        messages.success(request, f"Kept: {plural(kept, 'item')}.")
    if waits:
        told = f"{plural(waits, 'item')} above what you allow yourselves, waiting for a word."
        messages.warning(request, told)
    return refused


def _listing(fills: list[asked.Fill]):
    rows = [
        {
            "what": str(one.item),
            "office": one.location.line,
            "packs": one.packs,
            "then": one.price_then,
            "now": one.price_now,
            "change": _change(one),
            "why": one.source,
            "url": reverse("purchasing:shop_commit", args=[one.item.pk]),
        }
        for one in fills
    ]
    empty = Empty("Nothing to take over", "Nothing of this order is known from there.")
    return list_rows(rows, FILLS, {}, caption="What would be asked for", page_size=500, empty=empty)


def _change(one: asked.Fill) -> str:
    if one.change is None:
        return ""
    if not one.change:
        return "the same"
    size = f"${abs(one.change):.2f}"
    return f"{size} more" if one.change > 0 else f"{size} less"


def _tabs(order: GroupOrder, source: str) -> list[Tab]:
    address = reverse("purchasing:shop_fill", args=[order.pk])
    return [Tab(name, f"{address}?from={key}", key == source) for key, name in SOURCES]
