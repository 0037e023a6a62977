"""The award room, purchase orders, and what is shared out when less comes."""

from dataclasses import replace

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from ipaportal.core.parts import Column, Empty, FactItem, list_rows, without_empty
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import exported, one_as_file, wants_file
from purchasing.actions import awards as acts
from purchasing.actions.award_asks import ask_award
from purchasing.actions.award_decisions import ask_approval, refuse_award
from purchasing.models import Award, AwardApproval, AwardAsk, GroupOrder, PurchaseOrder
from purchasing.queries.award_room import suppliers_asked
from purchasing.queries.awards import with_received
from purchasing.queries.purchases import carried_freight, items_of
from purchasing.rules.allocation import share_text
from purchasing.rules.ladders import shortened
from purchasing.web import award_tables as tables
from purchasing.web.medicare_parts import alerts_of_award
from purchasing.web.orders import crumbs, found_order, here
from purchasing.web.purchase_parts import versions_of

SIGNED = "Signed, with your name. It counts once it was worked out again and comes out alike."
VIEW, RUN, APPROVE = (
    "purchasing.view_orders", "purchasing.run_order", "purchasing.approve_award",
)  # fmt: skip
PURCHASES = (
    Column("number", "Purchase order", "link"),
    Column("supplier", "Supplier"),
    Column("status", "Stands", "status"),
    Column("offices", "Ship-tos", "count"),
    Column("cents", "Comes to $", "money"),
)
SHIPS = (
    Column("item", "Item"),
    Column("practice", "Buyer"),
    Column("office", "Ship to"),
    Column("packs", "Packs", "count"),
    Column("price", "Price $", "price"),
    Column("freight", "Freight $", "money"),
    Column("due", "Expected", "count"),
    Column("received", "Came", "count"),
    Column("spoilt", "Damaged", "count"),
    Column("instead", "In place of"),
    Column("blocked", "Stopped", wide=True),
)
TABLE = (
    Column("practice", "Practice"),
    Column("claim", "Ordered", "count"),
    Column("floor", "Came before", "count"),
    Column("share", "Exact share", "price"),
    Column("granted", "Gets", "count"),
)


class Decide(forms.Form):
    """Approve or refuse what was seen."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    verdict = forms.ChoiceField(
        label="This award",
        choices=[("approve", "is approved"), ("refuse", "is refused")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class Short(forms.Form):
    """Less comes of an item than was ordered."""

    item = forms.ChoiceField(label="Item")
    supply = forms.IntegerField(
        label="Packs that come in all",
        min_value=0,
        max_value=1_000_000,
        help_text="With those that came already: nobody gives any of them back.",
    )
    reason = forms.CharField(label="What the supplier says", max_length=300)

    def __init__(self, *args: object, items: list[tuple[int, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [(str(pk), name) for pk, name in items]


@requires(VIEW)
def award_detail(request: PortalRequest, order_id: int) -> HttpResponse:
    """The award room: who supplies what, what is proved of it, and what each practice pays."""
    return _room(request, found_order(order_id))


def _room(request: PortalRequest, order: GroupOrder, form: Decide | None = None) -> HttpResponse:
    award = order.awards.exclude(status=Award.Status.REFUSED).first()
    lists = {
        "lines": tables.lines_of(request, award),
        "rules": tables.rules_of(request, award),
        "shares": tables.shares_of(request, award),
        "offices": tables.offices_of(request, award),
        "purchases": _purchases(request, order),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    waits = award is not None and award.status == Award.Status.PROPOSED
    approval = award.approvals.first() if waits else None
    checked = approval is not None and approval.state == AwardApproval.State.WAITING
    may_decide = waits and request.actor.may(APPROVE)
    ask = order.award_asks.first()
    waiting = ask is not None and ask.state == AwardAsk.State.WAITING
    is_open = order.status == "closing" and not award and not waiting
    may_propose = is_open and request.actor.may(RUN)
    context = {
        "order": order,
        "award": award,
        **(_told(award) if award else {}),
        **lists,
        "asking": ask if waiting else None,
        "approval": approval if checked else None,
        "not_approved": approval if approval is not None and not checked else None,
        "not_made": ask if ask is not None and is_open and ask.state == "refused" else None,
        "may_propose": may_propose,
        "ask": tables.Propose(suppliers=suppliers_asked(order)) if may_propose else None,
        "may_take_back": order.status == "awarded" and request.actor.may(RUN),
        "form": form or (Decide(initial={"seen_digest": award.sha256}) if may_decide else None),
        "refused": order.awards.filter(status=Award.Status.REFUSED),
        "underwater": alerts_of_award(award, order.delivery_date),
        "crumbs": crumbs(here(order), ("Award", "")),
    }
    status = 422 if form is not None else 200
    return render(request, "purchasing/staff/award_detail.html", context, status=status)


@requires(VIEW)
def award_progress(request: PortalRequest, order_id: int) -> HttpResponse:
    """The line that says that an award is worked out or checked; then the page is shown anew."""
    order = found_order(order_id)
    asking = order.award_asks.filter(state=AwardAsk.State.WAITING).first()
    signed = AwardApproval.objects.filter(award__order=order, state=AwardApproval.State.WAITING)
    approval = signed.first()
    if asking is None and approval is None:
        return HttpResponseClientRefresh()
    context = {"asking": asking, "approval": approval, "order": order}
    return render(request, "purchasing/_award_progress.html", context)


def _told(award: Award) -> dict[str, object]:
    tone, title, words = tables.proof_of(award)
    return {
        "facts": tables.facts_of(award),
        "proof": {"tone": tone, "title": title, "text": words},
        "said": tables.said_of(award),
        "fairness": tables.fairness_of(award) if award.verdict.get("shares") else None,
    }


def _purchases(request: PortalRequest, order: GroupOrder):
    found = order.purchases.select_related("supplier__party").prefetch_related("lines")
    rows = [
        {
            "number": one.number,
            "supplier": str(one.supplier),
            "status": one.get_status_display(),
            "offices": len({line.location_id for line in one.lines.all()}),
            "cents": sum(
                int(line.price * line.packs * 100) + line.freight_cents for line in one.lines.all()
            )
            + one.ipa_freight_cents,
            "url": reverse("purchasing:purchase_detail", args=[one.pk]),
        }
        for one in found
    ]
    empty = Empty("No purchase order yet", "They are made when an award is approved.")
    return list_rows(rows, PURCHASES, request.GET, caption="Purchase orders", empty=empty,
                     **exported(request, "purchases"))  # fmt: skip


@require_POST
@requires(RUN)
def award_act(request: PortalRequest, order_id: int) -> HttpResponse:
    """Propose an award, or take one back before anything is sent."""
    order, now = found_order(order_id), timezone.now()
    given = {"actor": request.actor, "order_id": order.pk, "now": now}
    try:
        if request.POST.get("do") == "again":
            acts.award_again(**given)
            messages.success(request, "Taken back. Propose it anew.")
        else:
            ask = tables.Propose(request.POST, suppliers=suppliers_asked(order))
            more = ask.values() if ask.is_valid() else {}
            ask_award(**given, **more)
            messages.success(request, "It is being worked out; this page follows by itself.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:award_detail", order_id)


@require_POST
@requires(APPROVE)
@fresh_login
def award_decide(request: PortalRequest, order_id: int) -> HttpResponse:
    """Approve or refuse an award as it was seen."""
    order = found_order(order_id)
    form = Decide(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        is_approved = data.pop("verdict") == "approve"
        decide = ask_approval if is_approved else refuse_award
        try:
            decide(actor=request.actor, order_id=order_id, now=timezone.now(), **data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, SIGNED if is_approved else "Refused, with your name.")
            return redirect("purchasing:award_detail", order_id)
    return _room(request, order, form)


def found_purchase(purchase_id: int) -> PurchaseOrder:
    """A purchase order, or a 404."""
    rows = PurchaseOrder.objects.select_related("supplier__party", "order", "award")
    found = rows.filter(pk=purchase_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def purchase_detail(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """One purchase order: a line a ship-to, what came, what was short."""
    return _purchase(request, found_purchase(purchase_id))


def _purchase(
    request: PortalRequest, purchase: PurchaseOrder, form: Short | None = None
) -> HttpResponse:
    lines = with_received(purchase.lines.all()).select_related(
        "order_item__version", "order_item__level", "practice", "location",
        "commitment__order_item__version", "commitment__order_item__level",
    )  # fmt: skip
    # An order may have thousands of ship-tos: those of the page are read, or all for a file.
    listing = list_rows(lines, SHIPS, request.GET, caption="Ship-tos", **exported(request, "ships"))
    told = [_ship(line) for line in listing.rows]
    heads = SHIPS if wants_file(request) else without_empty(SHIPS, told, "instead", "blocked")
    ships = replace(listing, rows=told, columns=heads)
    if (file := one_as_file(request, {"ships": ships})) is not None:
        return file
    may_run = request.actor.may(RUN)
    items = [(one.pk, str(one)) for one in items_of(purchase)]
    is_sent = purchase.status == PurchaseOrder.Status.SENT
    context = {
        "purchase": purchase,
        "facts": [
            FactItem("Supplier", str(purchase.supplier), url=reverse(
                "purchasing:supplier_detail", args=[purchase.supplier_id])),
            FactItem("Goes to", purchase.supplier.email or "no address on file"),
            FactItem("Stands", purchase.get_status_display()),
            FactItem("Sent by", purchase.sent_by_name or "nobody yet"),
            *_freight_facts(purchase),
        ],
        "ships": ships,
        "papers": versions_of(purchase),
        "may_amend": may_run and is_sent,
        "shortages": [_shortage(one) for one in purchase.shortages.select_related("order_item")],
        "may_send": may_run and purchase.status == PurchaseOrder.Status.APPROVED,
        "form": form or (Short(items=items) if may_run and is_sent else None),
        "failed": form is not None,
        "crumbs": crumbs(
            here(purchase.order),
            ("Award", reverse("purchasing:award_detail", args=[purchase.order_id])),
            (purchase.number, ""),
        ),
    }  # fmt: skip
    status = 422 if form is not None else 200
    return render(request, "purchasing/staff/purchase_detail.html", context, status=status)


def _freight_facts(purchase: PurchaseOrder) -> list[FactItem]:
    carried = carried_freight(purchase)
    if not carried + purchase.ipa_freight_cents:
        return []
    facts = [FactItem("Freight of the ship-tos $", carried, "money", url="#ships")]
    if purchase.ipa_freight_cents:
        facts.append(
            FactItem("Freight the IPA bears $", purchase.ipa_freight_cents, "money",
                     note="of offices that were stopped: the others named ceilings below it")
        )  # fmt: skip
    return facts


def _ship(line) -> dict[str, object]:
    return {"item": str(line.order_item), "practice": line.practice.name,
            "office": str(line.location), "packs": line.packs, "price": str(shortened(line.price)),
            "freight": line.freight_cents, "due": line.due, "received": line.received,
            "spoilt": line.spoilt, "instead": _instead(line),
            "blocked": line.blocked_because}  # fmt: skip


def _instead(line) -> str:
    """What was asked for, where an equivalent was bought."""
    asked = line.commitment.order_item
    return "" if asked.pk == line.order_item_id else str(asked)


def _shortage(one) -> dict[str, object]:
    rows = [
        {"practice": row.line.practice.name, "claim": row.claim, "floor": row.floor,
         "share": share_text(row.share), "granted": row.granted}
        for row in one.lines.select_related("line__practice")
    ]  # fmt: skip
    table = list_rows(rows, TABLE, {}, caption="Who gets what", page_size=5000)
    return {"shortage": one, "table": table}


@require_POST
@requires(RUN)
def purchase_send(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """Send a purchase order: every gate is asked again."""
    found_purchase(purchase_id)
    try:
        acts.send_purchase(actor=request.actor, purchase_id=purchase_id, now=timezone.now(),
                           today=timezone.localdate())  # fmt: skip
        messages.success(request, "Sent, with every gate asked again. Its papers stand below.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:purchase_detail", purchase_id)


@require_POST
@requires(RUN)
def shortage_new(request: PortalRequest, purchase_id: int) -> HttpResponse:
    """Share out what comes in all of an item."""
    purchase = found_purchase(purchase_id)
    items = {
        line.order_item_id: str(line.order_item)
        for line in purchase.lines.select_related("order_item__version", "order_item__level")
    }
    form = Short(request.POST, items=list(items.items()))
    if form.is_valid():
        data = form.cleaned_data
        try:
            acts.share_shortage(
                actor=request.actor, purchase_id=purchase_id, order_item_id=int(data["item"]),
                supply=data["supply"], reason=data["reason"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "Shared out. Each practice sees its own line and the checksum."
            )
            return redirect("purchasing:purchase_detail", purchase_id)
    return _purchase(request, purchase, form)
