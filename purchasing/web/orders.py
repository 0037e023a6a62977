"""Group orders as staff run them: the board, one order, its items and what is done to it."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Step, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, exported, one_as_file, wants_file
from purchasing.actions import orders as acts
from purchasing.models import GroupOrder, OrderItem
from purchasing.queries import orders as asked
from purchasing.queries.closings import closing_of
from purchasing.rules.ladders import shortened
from purchasing.web.catalogue import ladder_words, shown
from purchasing.web.order_forms import OrderForm, OrderItemForm

VIEW, RUN = "purchasing.view_orders", "purchasing.run_order"
BOARD = (
    Column("name", "Group order", "link", sort="name"),
    Column("status", "Stands", "status", sort="status"),
    Column("items", "Items", "count", sort="item_count"),
    Column("opens", "Opens", "day", sort="opens_at"),
    Column("closes", "Closes", "day", sort="closes_at"),
    Column("bills", "Who bills", minor=True),
)
ITEMS = (
    Column("name", "Item", "link"),
    Column("practices", "Practices", "count"),
    Column("packs", "Packs asked", "count"),
    Column("price", "Price $", "price"),
    Column("case", "In a case", "count"),
    Column("ladder", "Best price by volume", wide=True),
)
WORDS = (
    Column("item", "Item"),
    Column("practice", "Practice", "link"),
    Column("office", "Office"),
    Column("packs", "Packs", "count"),
    Column("flex", "More for a case", "count"),
    Column("ceiling", "Ceiling $", "price"),
    Column("takes", "Takes"),
    Column("got", "Gets", "count"),
    Column("released", "Released", wide=True),
)
PATH = (("draft", "Planned"), ("announced", "Announced"), ("open", "Open"),
        ("closing", "Closed"), ("awarded", "Awarded"), ("ordered", "Ordered"),
        ("received", "Received"), ("settled", "Settled"))  # fmt: skip
DONE = {"announce": "Announced: prices are frozen, and practices see it.",
        "withdraw": "Withdrawn: it is a plan again.",
        "cancel": "Cancelled: nobody is bound any more."}  # fmt: skip


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of a group order."""
    return [("Group orders", reverse("purchasing:order_list")), *more]


def here(order: GroupOrder) -> tuple[str, str]:
    """The crumb of an order."""
    return order.name, reverse("purchasing:order_detail", args=[order.pk])


def found_order(order_id: int) -> GroupOrder:
    """An order, or a 404."""
    found = GroupOrder.objects.filter(pk=order_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def order_list(request: PortalRequest) -> HttpResponse:
    """The board: every group order and where it stands."""
    get = request.GET
    text, status = get.get("q", "").strip(), get.get("status", "")
    found = asked.orders(actor=request.actor, text=text, status=status)
    if wants_file(request):
        return as_file(request, BOARD, map(_row, found), "group-orders")
    may_run = request.actor.may(RUN)
    listing = list_rows(
        found,
        BOARD,
        get,
        caption="Group orders",
        default_sort="-closes",
        chips=[Chip("status", "", "All")]
        + [Chip("status", code, name) for code, name in PATH if code != "announced"],
        empty=Empty(
            "Nothing is found" if text or status else "No group order yet",
            "Plan one: what is bought, when it opens and closes, and for whom.",
            "Plan a group order" if may_run else "",
            reverse("purchasing:order_new"),
        ),
        **export_urls(request),
    )
    context = {"listing": shown(listing, list(map(_row, listing.rows))), "may_run": may_run}
    return render(request, "purchasing/staff/order_list.html", context)


def _row(one: GroupOrder) -> dict[str, object]:
    return {
        "name": one.name,
        "status": one.get_status_display(),
        "items": one.item_count,
        "opens": timezone.localdate(one.opens_at),
        "closes": timezone.localdate(one.closes_at),
        "bills": one.get_bills_display(),
        "url": reverse("purchasing:order_detail", args=[one.pk]),
    }


@requires(RUN)
def order_new(request: PortalRequest) -> HttpResponse:
    """Plan a group order."""
    form = OrderForm(request.POST or None)
    return _save(request, form, None, crumbs(("Plan", "")))


@requires(RUN)
def order_change(request: PortalRequest, order_id: int) -> HttpResponse:
    """Change a planned order."""
    order = found_order(order_id)
    names = ("name", "opens_at", "topup_at", "closes_at", "delivery_date", "most_extensions",
             "bills")  # fmt: skip
    initial = {name: getattr(order, name) for name in names}
    initial |= {"minimum": order.minimum_cents / 100, "practices": order.practices.all()}
    form = OrderForm(request.POST or None, initial=initial)
    return _save(request, form, order_id, crumbs(here(order), ("Change", "")))


def _save(
    request: PortalRequest, form: OrderForm, order_id: int | None, way: list[tuple[str, str]]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            order = acts.save_order(
                actor=request.actor, order_id=order_id, now=timezone.now(), **form.values()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Planned. Nothing is shown to practices yet.")
            return redirect("purchasing:order_detail", order.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "crumbs": way}
    return render(request, "purchasing/staff/order_form.html", context, status=status)


@requires(VIEW)
def order_detail(request: PortalRequest, order_id: int) -> HttpResponse:
    """One order: where it stands, its items, who is in for how much."""
    return _page(request, found_order(order_id))


def _page(
    request: PortalRequest, order: GroupOrder, form: OrderItemForm | None = None
) -> HttpResponse:
    found = asked.commitments_of(order)
    closed = _closed(order)
    items = [_item(item, found.get(item.pk, []), closed)
             for item in order.items.select_related("version", "level")]  # fmt: skip
    got = {office["commitment"]: office
           for item in closed.values() for office in item["offices"]}  # fmt: skip
    said = [(item, one) for item in order.items.select_related("version", "level")
            for one in found.get(item.pk, [])]  # fmt: skip
    columns = WORDS if order.snapshot else WORDS[:-2]
    line = "Practices commit while the order is open; each sees only its own."
    lists = {
        "items": _listing(request, items, ITEMS, "items", "Items", "Add what is bought."),
        "words": _words(_listing(request, said, columns, "words", "Commitments", line), got),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    may_run = request.actor.may(RUN)
    is_draft = order.status == GroupOrder.Status.DRAFT
    context = {
        "order": order,
        "steps": steps_of(order),
        "facts": _facts(order, found),
        **lists,
        "is_draft": is_draft and may_run,
        "next_words": _next_words(order),
        "acts": _acts(order) if may_run and (order.status != "draft" or items) else [],
        "form": form or (OrderItemForm() if is_draft and may_run else None),
        "failed": form is not None,
        "crumbs": crumbs((order.name, "")),
    }
    status = 422 if form is not None else 200
    return render(request, "purchasing/staff/order_detail.html", context, status=status)


def _listing(
    request: PortalRequest,
    rows: list,
    columns: tuple[Column, ...],
    of: str,
    caption: str,
    line: str,
) -> Listing:
    more = exported(request, of) if rows else {}
    empty = Empty(f"No {caption.lower()} yet", line)
    return list_rows(rows, columns, request.GET, caption=caption, empty=empty, **more)


def steps_of(order: GroupOrder) -> list[Step]:
    """Where an order stands on its way."""
    stands = {"topping_up": "open", "failed": "open", "cancelled": "draft"}
    names = [code for code, _ in PATH]
    at = names.index(stands.get(order.status, order.status))
    ended = order.status in ("failed", "cancelled")
    return [
        Step(
            name,
            "done" if place < at else "blocked" if ended and place == at
            else "now" if place == at else "wait",
            order.get_status_display() if place == at and code != order.status else "",
        )
        for place, (code, name) in enumerate(PATH)
    ]  # fmt: skip


def _closed(order: GroupOrder) -> dict[int, dict]:
    return {item["item"]: item for item in (closing_of(order) or {"items": []})["items"]}


def _facts(order: GroupOrder, found: dict) -> list[FactItem]:
    local = timezone.localtime
    practices = {one.practice_id for rows in found.values() for one in rows}
    facts = [
        FactItem("Opens", f"{local(order.opens_at):%b %-d, %Y %H:%M}"),
        FactItem("Closes", f"{local(order.closes_at):%b %-d, %Y %H:%M}",
                 note=f"extended {plural(order.extensions, 'time')}" if order.extensions else ""),
        FactItem("Practices in", len(practices), "count"),
        _minimum(order, found),
        FactItem("Who bills", order.get_bills_display()),
    ]  # fmt: skip
    if order.snapshot_sha256:
        facts.append(
            FactItem("Frozen as", order.snapshot_sha256[:16], note="SHA-256 of who gets what")
        )
    return facts


def _minimum(order: GroupOrder, found: dict) -> FactItem:
    """The smallest order, and whether what is asked for reaches it."""
    if not order.minimum_cents:
        return FactItem("Smallest order", "none")
    note = "reached" if asked.minimum_met(order, found) else "not reached yet"
    return FactItem("Smallest order $", order.minimum_cents, "money", note=note)


def _item(item: OrderItem, rows: list, closed: dict[int, dict]) -> dict[str, object]:
    packs = sum(one.quantity for one in rows)
    known = closed.get(item.pk)
    price = known["price"] if known else (asked.price_of(item, packs) if item.ladder else None)
    return {
        "pk": item.pk,
        "name": str(item),
        "practices": len({one.practice_id for one in rows}),
        "packs": known["packs"] if known else packs,
        "price": str(price) if price is not None else "",
        "case": item.case_packs,
        "ladder": ladder_words(item.ladder) if item.ladder else "frozen when it is announced",
        "url": reverse("purchasing:item_detail", args=[item.version.item_id]),
    }


def _words(listing: Listing, got: dict[int, dict]) -> Listing:
    """Those of the page as it shows them, or all of them where they are asked for as a file."""
    return replace(listing, rows=[_word(item, one, got) for item, one in listing.rows])


def _word(item: OrderItem, one, got: dict[int, dict]) -> dict[str, object]:
    mine = got.get(one.pk)
    return {
        "item": str(item),
        "practice": one.practice.name,
        "office": str(one.location),
        "packs": one.quantity,
        "flex": one.flex,
        "ceiling": str(shortened(one.max_price)) if one.max_price else "",
        "takes": "any equivalent" if one.any_equivalent else "the very item",
        "got": mine["packs"] if mine else "",
        "released": mine["released"] if mine else "",
    }


def _next_words(order: GroupOrder) -> str:
    """What happens next, and by whom or what."""
    closes = f"{timezone.localtime(order.closes_at):%b %-d, %Y at %H:%M}"
    return {
        "draft": "Add what is bought; then announce it.",
        "announced": "It opens by itself; nobody can commit yet.",
        "open": f"Practices commit until it closes by itself on {closes}.",
        "topping_up": f"Only what fills a case is taken; it closes by itself on {closes}.",
        "closing": "Propose the award; a second person approves it.",
        "awarded": "Send its purchase orders.",
        "ordered": "Practices count in what comes; it goes on when everything has come.",
        "received": "Charges are posted; it is settled when none is disputed.",
        "failed": "The smallest order was missed: nobody owes anything. Plan another.",
    }.get(order.status, "")


def _acts(order: GroupOrder) -> list[tuple[str, str, str]]:
    """What may be done by hand now: the verb, its button, and what it does."""
    found = []
    if order.status == "draft":
        opens = f"{timezone.localtime(order.opens_at):%b %-d, %Y at %H:%M}"
        found.append((
            "announce", "Announce it",
            f"Items, times and every supplier's price are frozen, practices see the order, and it "
            f"opens by itself on {opens}.",
        ))  # fmt: skip
    if order.status == "announced":
        found.append(("withdraw", "Withdraw", "It is a plan again; nobody could commit yet."))
    if order.status in ("draft", "announced", "open", "topping_up", "closing"):
        found.append(("cancel", "Cancel the order", "Nobody is bound, and nothing is ordered."))
    return found


@require_POST
@requires(RUN)
def order_item_new(request: PortalRequest, order_id: int) -> HttpResponse:
    """Put an item into a planned order."""
    order = found_order(order_id)
    form = OrderItemForm(request.POST)
    if form.is_valid():
        data = dict(form.cleaned_data)
        try:
            acts.add_order_item(
                actor=request.actor, order_id=order_id, level_id=int(data.pop("level")), **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Added.")
            return redirect("purchasing:order_detail", order_id)
    return _page(request, order, form)


@require_POST
@requires(RUN)
def order_item_remove(request: PortalRequest, order_item_id: int) -> HttpResponse:
    """Take an item out of a planned order."""
    item = OrderItem.objects.filter(pk=order_item_id).first()
    if item is None:
        raise Http404
    try:
        acts.remove_order_item(actor=request.actor, order_item_id=order_item_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:order_detail", item.order_id)


@require_POST
@requires(RUN)
def order_act(request: PortalRequest, order_id: int) -> HttpResponse:
    """Announce, withdraw or cancel."""
    order, event = found_order(order_id), request.POST.get("do", "")
    given = {"actor": request.actor, "order_id": order.pk}
    done = {
        "announce": lambda: acts.announce_order(**given, now=timezone.now()),
        "withdraw": lambda: acts.withdraw_order(**given),
        "cancel": lambda: acts.cancel_order(**given),
    }.get(event)
    try:
        if done is not None:
            done()
            messages.success(request, DONE[event])
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:order_detail", order_id)
