"""What offices want again: standing orders, last time's words, and what par levels suggest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from credentialing.models import Location
from ipaportal.core.actors import Actor
from purchasing.models import (
    Commitment,
    GroupOrder,
    OrderItem,
    PackLevel,
    ParLevel,
    PurchaseLine,
    Receipt,
    StandingOrder,
    StandingUse,
    StockCount,
)
from purchasing.queries.awards import lines_of, with_received
from purchasing.queries.catalogue import names_of
from purchasing.queries.control import COMMITTED
from purchasing.queries.equivalents import (
    alike_levels,
    described_now,
    equivalents_of,
    target_in,
)
from purchasing.queries.orders import SHOP, newest, shown_item
from purchasing.queries.sites import practices_of
from purchasing.rules.cycles import TAKES_COMMITMENTS
from purchasing.rules.par_levels import Stock, Suggestion, is_standing, suggested

PAST = ("awarded", "ordered", "received", "settled")


def standing_orders(*, actor: Actor) -> QuerySet[StandingOrder]:
    """The standing orders of somebody's practices."""
    found = StandingOrder.objects.filter(practice__in=practices_of(actor, SHOP), superseded_at=None)
    return found.select_related("practice__party", "location", "level")


def uses_of(found: Iterable[StandingOrder]) -> dict[tuple[int, int], list[StandingUse]]:
    """What came of standing orders, however often they were changed, the newest first."""
    uses: dict[tuple[int, int], list[StandingUse]] = {}
    rows = StandingUse.objects.filter(location__in=[one.location_id for one in found])
    for one in rows.select_related("order_item__order", "standing"):
        uses.setdefault((one.location_id, one.standing.level_id), []).append(one)
    return uses


def to_be_copied(now: datetime, today: date) -> list[tuple[int, int]]:
    """
    Which standing orders are due in which items of open orders, each pair once.

    Where any equivalent will do and an order has not the very item, it is the first that may stand
    in, unless the office has had that item copied for itself.
    """
    orders = _open_orders(now)
    if not orders:
        return []
    items = [item for every in orders.values() for item in every]
    live = StandingOrder.objects.filter(
        Q(level__in={item.level_id for item in items}) | Q(any_equivalent=True), superseded_at=None
    ).select_related("level")
    standing = [
        one for one in live
        if is_standing(one.effective_date, one.end_date, today, is_paused=one.is_paused)
    ]  # fmt: skip
    targets = _targets(standing, orders)
    used = set(StandingUse.objects.filter(order_item__in=items)
               .values_list("order_item_id", "location_id"))  # fmt: skip
    named = set(GroupOrder.practices.through.objects.filter(grouporder__in=orders)
                .values_list("grouporder_id", "practice_id"))  # fmt: skip
    found: dict[tuple[int, int], list[tuple[StandingOrder, OrderItem]]] = {}
    for one in standing:
        for item in targets[one.level_id, one.any_equivalent]:
            is_theirs = not item.order.for_named or (item.order_id, one.practice_id) in named
            if is_theirs and (item.pk, one.location_id) not in used:
                found.setdefault((item.pk, one.location_id), []).append((one, item))
    # The office's own standing order for an item goes before one that takes it for another.
    chosen = [min(pairs, key=lambda pair: (pair[0].level_id != pair[1].level_id, pair[0].pk))
              for pairs in found.values()]  # fmt: skip
    return sorted((one.pk, item.pk) for one, item in chosen)


def _targets(
    standing: list[StandingOrder], orders: dict[int, list[OrderItem]]
) -> dict[tuple[int, bool], list[OrderItem]]:
    """What of each order is asked for, by the pack and by whether any equivalent will do."""
    wanted = described_now({one.level for one in standing if one.any_equivalent})
    return {
        (level, takes): [
            item
            for offered in orders.values()
            if (item := target_in(level, wanted[level] if takes else None, offered))
        ]
        for level, takes in {(one.level_id, one.any_equivalent) for one in standing}
    }


def _open_orders(now: datetime) -> dict[int, list[OrderItem]]:
    items = OrderItem.objects.filter(
        order__status__in=TAKES_COMMITMENTS, order__closes_at__gt=now
    ).select_related("order", "version", "level")
    orders: dict[int, list[OrderItem]] = {}
    for item in items:
        orders.setdefault(item.order_id, []).append(item)
    return orders


def par_levels(*, actor: Actor) -> QuerySet[ParLevel]:
    """What offices of somebody's practices should have."""
    found = ParLevel.objects.filter(practice__in=practices_of(actor, SHOP), superseded_at=None)
    return found.select_related("practice__party", "location", "level").order_by(
        "practice__name", "location__line", "pk"
    )


def level_names(levels: Iterable[PackLevel]) -> dict[int, str]:
    """Items in packs by how they are called now."""
    known = list(levels)
    names = names_of(one.item_id for one in known)
    return {one.pk: f"{names[one.item_id]}, {one}" for one in known}


@dataclass(frozen=True)
class ParRow:
    """A par level with what the office has, and what that suggests."""

    par: ParLevel
    name: str
    stock: Stock
    counted_at: date | None
    suggestion: Suggestion


def par_rows(*, actor: Actor) -> list[ParRow]:
    """Each par level with every number that its suggestion is made of."""
    pars = list(par_levels(actor=actor))
    names = level_names(one.level for one in pars)
    counts = _counts(pars)
    coming, committed = _coming(actor), _committed(actor)
    counted_too = _counted_too(pars)
    found = []
    for par in pars:
        count = counts.get((par.location_id, par.level_id))
        levels = {par.level_id, *counted_too.get(par.pk, ())}
        stock = Stock(
            counted=count.packs if count else None,
            came=_came_since(par, levels, count) if count else 0,
            coming=sum(coming.get((par.location_id, level), 0) for level in levels),
            committed=sum(committed.get((par.location_id, level), 0) for level in levels),
        )
        told = suggested(par.minimum, par.target, stock)
        day = count.recorded_at.date() if count else None
        found.append(ParRow(par, names[par.level_id], stock, day, told))
    return found


def _counts(pars: list[ParLevel]) -> dict[tuple[int, int], StockCount]:
    rows = StockCount.objects.filter(location__in=[one.location_id for one in pars])
    rows = rows.order_by("location_id", "level_id", "-pk").distinct("location_id", "level_id")
    return {(one.location_id, one.level_id): one for one in rows}


def _counted_too(pars: list[ParLevel]) -> dict[int, set[int]]:
    """Packs that count for a par level besides its own: none that has a par level of its own."""
    takes = [one for one in pars if one.any_equivalent]
    alike = alike_levels(one.level for one in takes)
    own: dict[int, set[int]] = {}
    for one in pars:
        own.setdefault(one.location_id, set()).add(one.level_id)
    return {one.pk: alike[one.level_id] - own[one.location_id] for one in takes}


def _came_since(par: ParLevel, levels: set[int], count: StockCount) -> int:
    rows = Receipt.objects.filter(
        line__location=par.location_id, line__order_item__level__in=levels,
        recorded_at__gt=count.recorded_at,
    )  # fmt: skip
    return rows.aggregate(packs=Sum("packs"))["packs"] or 0


def _coming(actor: Actor) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for line in lines_of(actor=actor, show="open"):
        key = (line.location_id, line.order_item.level_id)
        found[key] = found.get(key, 0) + line.due - line.received
    return found


def _committed(actor: Actor) -> dict[tuple[int, int], int]:
    rows = Commitment.objects.filter(
        practice__in=practices_of(actor, SHOP), order_item__order__status__in=COMMITTED
    ).select_related("order_item")
    found: dict[tuple[int, int], int] = {}
    for one in newest(rows):
        key = (one.location_id, one.order_item.level_id)
        found[key] = found.get(key, 0) + one.quantity
    return found


# Filling an order in one go ----------------------------------------------------------------------


@dataclass(frozen=True)
class Fill:
    """An item of an open order for an office: how many packs, where they come from, prices."""

    item: OrderItem
    location: Location
    packs: int
    source: str
    price_then: Decimal | None
    price_now: Decimal
    said: int
    pays_now: Decimal | None = None
    registrant_id: int | None = None
    any_equivalent: bool = False

    @property
    def change(self) -> Decimal | None:
        """How much dearer a pack is than then."""
        return None if self.price_then is None else self.price_now - self.price_then


@dataclass(frozen=True)
class Gone:
    """What was bought last time, and is not in this order."""

    name: str
    office: str
    packs: int


def last_time(
    *, actor: Actor, order: GroupOrder, is_received: bool
) -> tuple[list[Fill], list[Gone]]:
    """What offices were in for, or received, of the last order before this one."""
    mine = practices_of(actor, SHOP)
    lines = PurchaseLine.objects.filter(practice__in=mine, purchase__order__status__in=PAST)
    lines = lines.exclude(purchase__order=order.pk).exclude(purchase__status="cancelled")
    newest_line = lines.order_by("-purchase__order__closes_at", "-purchase__order").first()
    if newest_line is None:
        return [], []
    rows = with_received(lines.filter(purchase__order=newest_line.purchase.order_id))
    rows = rows.select_related(
        "commitment__order_item__version", "commitment__order_item__level",
        "order_item__version", "order_item__level", "location__practice", "purchase__order",
    ).order_by("order_item__version__name", "pk")  # fmt: skip
    items, said = _offered(order), _said(actor, order)
    alike = equivalents_of(items.values())
    fills, gone = [], []
    for line in rows:
        packs = line.received if is_received else line.commitment.quantity
        # What came is what was bought; what was asked for may have come as an equivalent.
        known = line.order_item if is_received else line.commitment.order_item
        item = items.get(known.level_id)
        if item is None:
            gone.append(Gone(str(known), line.location.line, packs))
        elif packs:
            what = "received" if is_received else "asked for"
            fills.append(Fill(
                item, line.location, packs, f"{packs:,} {what} in {line.purchase.order.name}",
                line.price, shown_item(item, ()).price_now,
                said.get((item.pk, line.location_id), 0), line.commitment.pays_now,
                line.commitment.registrant_id,
                line.commitment.any_equivalent and item.pk in alike,
            ))  # fmt: skip
    return fills, gone


def by_par(*, actor: Actor, order: GroupOrder) -> list[Fill]:
    """What par levels suggest, as far as this order has it; what is said already stays."""
    items, said = _offered(order), _said(actor, order)
    mine = practices_of(actor, SHOP)
    swaps = {
        (one.order_item_id, one.location_id)
        for one in newest(Commitment.objects.filter(order_item__order=order, practice__in=mine))
        if one.any_equivalent
    }
    alike = equivalents_of(items.values())
    rows = [one for one in par_rows(actor=actor) if one.suggestion.packs]
    wanted = described_now(one.par.level for one in rows if one.par.any_equivalent)
    found, taken = [], set()
    # An item's own par level goes before one that takes it for another.
    for row in sorted(rows, key=lambda one: one.par.level_id not in items):
        item = target_in(row.par.level_id, wanted.get(row.par.level_id)
                         if row.par.any_equivalent else None, items.values())  # fmt: skip
        if item is None or (item.pk, row.par.location_id) in taken:
            continue
        taken.add((item.pk, row.par.location_id))
        before = said.get((item.pk, row.par.location_id), 0)
        found.append(Fill(
            item, row.par.location, before + row.suggestion.packs, row.suggestion.words, None,
            shown_item(item, ()).price_now, before,
            any_equivalent=(item.pk, row.par.location_id) in swaps
            or (row.par.any_equivalent and item.pk in alike),
        ))  # fmt: skip
    return found


def _offered(order: GroupOrder) -> dict[int, OrderItem]:
    rows = order.items.select_related("version", "level")
    return {one.level_id: one for one in rows if one.ladder}


def _said(actor: Actor, order: GroupOrder) -> dict[tuple[int, int], int]:
    mine = practices_of(actor, SHOP)
    rows = newest(Commitment.objects.filter(order_item__order=order, practice__in=mine))
    return {(one.order_item_id, one.location_id): one.quantity for one in rows}
