"""The shop: what a practice can buy with the others, what it is in for, what it signed."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.money import round_cents
from ipaportal.core.parts import Column, Empty, FactItem, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.words import money_text, plural, price_text
from ipaportal.identity.web.access import PortalRequest, requires
from purchasing.actions import commitments as acts
from purchasing.models import (
    Agreement,
    Commitment,
    CommitmentRequest,
    GroupOrder,
    OfficePart,
    OrderItem,
    Site,
)
from purchasing.queries import orders as asked
from purchasing.queries import sites
from purchasing.queries.awards import lines_of
from purchasing.queries.charges import my_charges
from purchasing.queries.control import requests
from purchasing.queries.eligibility import closed_contracts
from purchasing.queries.equivalents import equivalents_of
from purchasing.queries.fee_addenda import asked_of
from purchasing.queries.recalls import my_notices
from purchasing.rules.cycles import TAKES_COMMITMENTS
from purchasing.rules.ladders import shortened
from purchasing.rules.periods import PER_DOLLAR
from purchasing.web.ladder_picture import reading_words, tier_meter
from purchasing.web.order_forms import CommitForm, SignForm, SiteForm

VIEW, COMMIT, SIGN = (
    "purchasing.view_shop", "purchasing.commit_packs", "purchasing.sign_agreement",
)  # fmt: skip
ORDERS = (
    Column("name", "Group order", "link"),
    Column("status", "Stands", "status"),
    Column("until", "Closes", "day"),
    Column("mine", "We are in for"),
)
GLANCE = (
    Column("name", "Item", "link"),
    Column("pack", "Pack", minor=True),
    Column("now", "Price now $", "price"),
    Column("best", "Best $", "price"),
    Column("packs", "We are in for", "count"),
    Column("saves", "We save $", "money"),
    Column("far", "How far the group is", wide=True),
)
MINE = (
    Column("office", "Office"),
    Column("packs", "Packs", "count"),
    Column("flex", "More for a case", "count"),
    Column("ceiling", "Ceiling $", "price"),
    Column("takes", "Takes"),
    Column("outcome", "What came of it", wide=True),
)
# What a practice does in one go stands together: its pages are the tab's parts.
TABS = (
    ("Orders", (("shop", "Orders"),)),
    ("Deliveries", (("delivery_list", "Deliveries"), ("my_trouble_list", "Problems and returns"),
                    ("my_apart_list", "Stock kept apart"))),
    ("Recalls", (("my_recall_list", "Recalls"),)),
    ("Reordering", (("standing_list", "Standing orders"), ("par_list", "Par levels"))),
    ("Money", (("my_charge_list", "Charges"), ("my_savings", "Savings"), ("my_fees", "Fees"),
               ("my_rebate_list", "Rebates"))),
    ("Our rules", (("budget_list", "Budget and approvals"),
                   ("agreement_list", "Agreements and offices"),
                   ("my_contract_list", "Contracts"))),
)  # fmt: skip
TONES = {"budget_list": "warm", "my_recall_list": "bad", "agreement_list": "warm"}
UNSIGNED = {
    "buying": "Not signed: the IPA orders nothing for you, and you can join no order.",
    "netting": "Not signed: charges are billed to you, and your payments are paid whole.",
}
TEXTS = {"buying": acts.BUYING_TEXT, "netting": acts.NETTING_TEXT}


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of the shop."""
    return [("Shop", reverse("purchasing:shop")), *more]


def shop_tabs(request: PortalRequest, current: str) -> list[Tab]:
    """The parts of the shop, with how much of each waits."""
    actor = request.actor
    waits = {
        "delivery_list": lines_of(actor=actor, show="open").count(),
        "my_recall_list": my_notices(actor=actor).exclude(status="reported").count(),
        "agreement_list": len(_unsigned(request)),
        "my_charge_list": my_charges(actor=actor, show="open").count(),
        "budget_list": requests(actor=actor, show="waiting").count(),
    }
    return [_tab(label, views, waits, current) for label, views in TABS]


def _tab(label: str, views: tuple, waits: dict[str, int], current: str) -> Tab:
    """A group of pages: what waits on any of them, in the tone of the most urgent."""
    parts = [
        Tab(name, reverse(f"purchasing:{view}"), view == current, waits.get(view) or None,
            TONES.get(view, ""))
        for view, name in views
    ]  # fmt: skip
    waiting = [one for one in parts if one.count]
    return Tab(
        label, parts[0].url, any(one.current for one in parts),
        sum(one.count or 0 for one in waiting) or None, waiting[0].tone if waiting else "",
        tuple(parts) if len(parts) > 1 else (),
    )  # fmt: skip


@requires(VIEW)
def shop(request: PortalRequest) -> HttpResponse:
    """What is open, what comes, what we are in for; and what has to be signed first."""
    parts = asked.parts_in(actor=request.actor)
    rows = [
        _order(one, *parts.get(one.pk, (0, 0))) for one in asked.shop_orders(actor=request.actor)
    ]
    now = [row for row in rows if row["is_open"]]
    others = sorted((row for row in rows if not row["is_open"]),
                    key=lambda row: row["until"], reverse=True)  # fmt: skip
    empty = Empty("Nothing is open", "The IPA announces group orders here; you are told on Home.")
    context = {
        "now": list_rows(now, ORDERS, {}, caption="Open now", page_size=100, empty=empty),
        "others": list_rows(
            others, ORDERS, {}, caption="Coming and past", page_size=100,
            empty=Empty("Nothing else"),
        ),
        "unsigned": _unsigned(request),
        "closed": closed_contracts(actor=request.actor, day=timezone.localdate()),
        "tabs": shop_tabs(request, "shop"),
    }  # fmt: skip
    return render(request, "purchasing/provider/shop.html", context)


def _unsigned(request: PortalRequest) -> list:
    """Practices that have not asked the IPA to buy for them."""
    return [
        one
        for one in sites.practices_of(request.actor, VIEW)
        if sites.live_agreement(one, Agreement.Kind.BUYING) is None
    ]


def _order(order: GroupOrder, taken: int, items: int) -> dict[str, object]:
    return {
        "name": order.name,
        "status": order.get_status_display(),
        "until": timezone.localdate(order.closes_at),
        "mine": f"{taken} of {items} items",
        "is_open": order.status in TAKES_COMMITMENTS,
        "url": reverse("purchasing:shop_order", args=[order.pk]),
    }


def _found(request: PortalRequest, order_id: int) -> GroupOrder:
    found = asked.shop_orders(actor=request.actor).filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def shop_order(request: PortalRequest, order_id: int) -> HttpResponse:
    """One group order: each item's price now and best, how far the group is, and our part."""
    order = _found(request, order_id)
    found = asked.shown_items(actor=request.actor, order=order)
    items = [
        {
            "shown": one,
            "picture": _picture(one),
            "facts": _item_facts(one),
            "url": reverse("purchasing:shop_commit", args=[one.item.pk]),
        }
        for one in found
    ]
    context = {
        "order": order,
        "items": items,
        "overview": list_rows(
            [_glance(one) for one in found],
            GLANCE,
            {},
            page_size=500,
            caption="All items at a glance",
        ),
        "is_open": order.status in TAKES_COMMITMENTS,
        "may_commit": request.actor.may(COMMIT),
        "crumbs": crumbs((order.name, "")),
    }
    return render(request, "purchasing/provider/shop_order.html", context)


def _glance(one: asked.Shown) -> dict[str, object]:
    """An item in one line: what it costs now, how far the group is, and what we are in for."""
    return {
        "name": one.item.version.name,
        "pack": str(one.item.level),
        "now": str(one.price_now),
        "best": str(one.price_best),
        "far": reading_words(one.reading, [(int(low), Decimal(price))
                                           for low, price in asked.steps_of(one.item)]),
        "packs": one.packs,
        "saves": one.saves_cents if one.saves_cents is not None else "",
        "url": f"#item-{one.item.pk}",
    }  # fmt: skip


def _picture(one: asked.Shown):
    title = f"How the price of {one.item.version} falls"
    pool = one.item.pool
    if pool is None:
        return tier_meter(one.item.ladder, one.reading, str(one.item.level), title)
    if pool["metric"] == "units":
        return tier_meter(pool["ladder"], one.reading, "packs of all of them", title)
    ladder = [[low // PER_DOLLAR, price] for low, price in pool["ladder"]]
    return tier_meter(ladder, one.reading, "all of them at list prices", title, sign="$")


def _item_facts(one: asked.Shown) -> list[FactItem]:
    saves = one.saves_cents
    facts = [
        FactItem("Price now", f"${price_text(one.price_now)}", note="you pay this or less"),
        *_next_fact(one),
        FactItem("Best price", f"${price_text(one.price_best)}"),
        FactItem("We are in for", plural(one.packs, "pack") if one.packs else "not yet"),
    ]
    if one.item.pool is not None:
        note = "the tier is of all of them"
        facts.append(FactItem("Counts together with", ", ".join(one.together), note=note))
    if saves is not None:
        facts.append(FactItem("You save against today $", saves, "money"))
    return facts


def _next_fact(one: asked.Shown) -> list[FactItem]:
    """The price that comes next for everybody, unless it is the best."""
    if one.price_next is None or one.price_next == one.price_best:
        return []
    return [FactItem("Next price", f"${price_text(one.price_next)}", note="for everybody")]


@requires(COMMIT)
def shop_commit(request: PortalRequest, order_item_id: int) -> HttpResponse:
    """Say what an office is in for."""
    item = _item(request, order_item_id)
    today = timezone.localdate()
    offices = list(sites.locations_of(request.actor, COMMIT))
    (shown,) = [one for one in asked.shown_items(actor=request.actor, order=item.order)
                if one.item.pk == item.pk]  # fmt: skip
    form = _form(request, item, shown, offices, today)
    if request.method == "POST" and form.is_valid():
        try:
            said = acts.commit(actor=request.actor, order_item_id=item.pk, now=timezone.now(),
                               today=today, **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _kept_words(said))
            return redirect("purchasing:shop_order", item.order_id)
    context = {
        "item": item,
        "form": form,
        "is_open": item.order.status in TAKES_COMMITMENTS,
        "picture": _picture(shown),
        "facts": _item_facts(shown),
        "mine": _mine(shown, item.order),
        "waiting": requests(actor=request.actor, show="waiting").filter(order_item=item),
        "crumbs": crumbs(
            (item.order.name, reverse("purchasing:shop_order", args=[item.order_id])),
            (str(item.version), ""),
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/shop_commit.html", context, status=status)


def _kept_words(said: Commitment | CommitmentRequest) -> str:
    """What somebody is in for, and what it may cost at most; or that it waits for a word."""
    if isinstance(said, CommitmentRequest):
        return "It waits for a word, and does not count yet. " + " ".join(
            one["words"] for one in said.reasons
        )
    if not said.quantity:
        return f"Taken back: {said.location} is not in for it any more."
    most = round_cents(said.max_price * (said.quantity + said.flex))
    return (
        f"Kept: {plural(said.quantity, 'pack')} for {said.location}, ${money_text(most)} at most. "
        "You may change it until the order closes."
    )


def _item(request: PortalRequest, order_item_id: int) -> OrderItem:
    orders = asked.shop_orders(actor=request.actor).order_by().values("pk")
    items = OrderItem.objects.filter(order__in=orders).select_related("order", "version", "level")
    found = items.filter(pk=order_item_id).first()
    if found is None or not found.ladder:
        raise Http404
    return found


def _form(request, item: OrderItem, shown: asked.Shown, offices: list, today) -> CommitForm:
    initial: dict[str, object] = {}
    if shown.mine:
        last = shown.mine[0]
        initial = {
            "location": last.location_id,
            "quantity": last.quantity,
            "flex": last.flex,
            "max_price": _bare(last.max_price),
            "pays_now": _bare(last.pays_now),
            "any_equivalent": "any" if last.any_equivalent else "very",
        }
    others = equivalents_of(item.order.items.all()).get(item.pk, [])
    practices = {one.practice_id: one.practice for one in offices}
    with seeing(EVERYBODY):  # who takes part is judged by lists that staff alone see
        named = [pair for one in practices.values() for pair in sites.registrants(one, today)]
    return CommitForm(
        request.POST or None,
        initial=initial,
        offices=[(one.pk, f"{one.practice.name}, {one}") for one in offices],
        registrants=named if item.version.schedule else [],
        is_scheduled=bool(item.version.schedule),
        equivalents=[str(one) for one in others],
    )


def _bare(price: Decimal | None) -> str:
    """A price as people write it, without the places that are stored."""
    return "" if price is None else str(shortened(price))


def _mine(shown: asked.Shown, order: GroupOrder):
    known = next(
        (one for one in (order.snapshot or {"items": []})["items"] if one["item"] == shown.item.pk),
        {"price": None},
    )
    parts = OfficePart.objects.filter(commitment__in=shown.mine)
    got = {one.commitment_id: one for one in parts}
    rows = [
        {
            "office": str(one.location),
            "packs": one.quantity,
            "flex": one.flex,
            "ceiling": _bare(one.max_price),
            "takes": "any equivalent" if one.any_equivalent else "this very item",
            "outcome": _outcome(got.get(one.pk), known["price"]),
        }
        for one in shown.mine
    ]
    empty = Empty("Not in yet", "Say how many packs an office takes.")
    return list_rows(rows, MINE, {}, caption="Our part", page_size=100, empty=empty)


def _outcome(part: OfficePart | None, price: str | None) -> str:
    if part is None:
        return "open until it closes"
    at = f"${price_text(Decimal(price))}" if price else ""
    return part.released or f"{plural(part.packs, 'pack')} at {at}"


@requires(VIEW)
def agreement_list(request: PortalRequest) -> HttpResponse:
    """What our practices signed, and what our offices can keep."""
    practices = [
        {"practice": one,
         "addenda": asked_of(one, timezone.localdate()),
         "agreements": [(kind, name, sites.live_agreement(one, kind), UNSIGNED[kind])
                        for kind, name in Agreement.Kind.choices],
         "offices": [office for office in sites.locations_of(request.actor, VIEW)
                     if office.practice_id == one.pk]}
        for one in sites.practices_of(request.actor, VIEW)
    ]  # fmt: skip
    context = {
        "practices": practices,
        "tabs": shop_tabs(request, "agreement_list"),
        "crumbs": crumbs(("Agreements", "")),
    }
    return render(request, "purchasing/provider/agreement_list.html", context)


def _practice(request: PortalRequest, practice_id: int, kind: str):
    found = sites.practices_of(request.actor, SIGN).filter(pk=practice_id).first()
    if found is None or kind not in TEXTS:
        raise Http404
    return found


@requires(SIGN)
def agreement_sign(request: PortalRequest, practice_id: int, kind: str) -> HttpResponse:
    """Sign for a practice, in the words that are shown."""
    practice = _practice(request, practice_id, kind)
    form = SignForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            acts.sign_agreement(actor=request.actor, practice_id=practice_id, kind=kind,
                                now=timezone.now(), today=timezone.localdate(),
                                **form.values())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Signed.")
            return redirect("purchasing:agreement_list")
    context = {
        "practice": practice,
        "text": TEXTS[kind],
        "form": form,
        "title": dict(Agreement.Kind.choices)[kind],
        "crumbs": crumbs(("Agreements", reverse("purchasing:agreement_list")), ("Sign", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/provider/agreement_sign.html", context, status=status)


@require_POST
@requires(SIGN)
def agreement_end(request: PortalRequest, practice_id: int, kind: str) -> HttpResponse:
    """End what a practice signed."""
    _practice(request, practice_id, kind)
    try:
        acts.end_agreement(actor=request.actor, practice_id=practice_id, kind=kind,
                           now=timezone.now(), today=timezone.localdate())  # fmt: skip
        messages.success(request, "Ended from today on.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:agreement_list")


@requires(COMMIT)
def site_change(request: PortalRequest, location_id: int) -> HttpResponse:
    """Say what an office can keep."""
    location = sites.locations_of(request.actor, COMMIT).filter(pk=location_id).first()
    if location is None:
        raise Http404
    site = Site.objects.filter(location=location).first()
    form = SiteForm(request.POST or None, instance=site)
    if request.method == "POST" and form.is_valid():
        acts.save_site(actor=request.actor, location_id=location_id, **form.cleaned_data)
        messages.success(request, "Kept.")
        return redirect("purchasing:agreement_list")
    context = {
        "location": location,
        "form": form,
        "crumbs": crumbs(("Agreements", reverse("purchasing:agreement_list")), ("Office", "")),
    }
    return render(request, "purchasing/provider/site_change.html", context)
