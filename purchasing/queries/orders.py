"""Group orders as staff see them, and as a practice does: without anybody else's volume."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Count, QuerySet

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import Commitment, GroupOrder, OrderItem
from purchasing.queries.equivalents import equivalents_of
from purchasing.queries.sites import practices_of, taking_part
from purchasing.rules.cycles import Timetable
from purchasing.rules.ladders import scheme_of
from purchasing.rules.meters import Reading
from purchasing.rules.tiers import price_at

VIEW, SHOP = "purchasing.view_orders", "purchasing.view_shop"
SHOWN_TO_PRACTICES = ("announced", "open", "topping_up", "closing", "awarded", "ordered",
                      "received", "settled", "failed")  # fmt: skip


def orders(*, actor: Actor, text: str = "", status: str = "") -> QuerySet[GroupOrder]:
    """
    Every group order with how many items it has.

    :raises NotPermitted: whoever may not see them
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = GroupOrder.objects.annotate(item_count=Count("items", distinct=True))
    if text:
        found = found.filter(name__icontains=text)
    return found.filter(status=status) if status else found


def shop_orders(*, actor: Actor) -> QuerySet[GroupOrder]:
    """The group orders that somebody's practice may take part in, the next to close first."""
    mine = practices_of(actor, SHOP)
    found = GroupOrder.objects.filter(taking_part(mine), status__in=SHOWN_TO_PRACTICES)
    return found.distinct().order_by("closes_at", "pk")


def parts_in(*, actor: Actor) -> dict[int, tuple[int, int]]:
    """Of each of those orders in how many items somebody's practices are, and how many it has."""
    orders = shop_orders(actor=actor).order_by().values("pk")
    words = Commitment.objects.filter(
        order_item__order__in=orders, practice__in=practices_of(actor, SHOP)
    )
    mine = {one.order_item_id for one in words_of(words)}
    items = OrderItem.objects.filter(order__in=orders).exclude(ladder=[])
    found: dict[int, tuple[int, int]] = {}
    for pk, order in items.values_list("pk", "order_id"):
        taken, every = found.get(order, (0, 0))
        found[order] = (taken + (pk in mine), every + 1)
    return found


def newest(rows: QuerySet[Commitment]) -> list[Commitment]:
    """Of each office the newest word about each item, those taken back left out."""
    return words_of(rows.select_related("practice", "location"))


def words_of(rows: QuerySet[Commitment]) -> list[Commitment]:
    """The same without its office: who and where by number."""
    found = rows.order_by("order_item_id", "location_id", "-pk").distinct(
        "order_item_id", "location_id"
    )
    return [one for one in found if one.quantity]


def commitments_of(order: GroupOrder) -> dict[int, list[Commitment]]:
    """Who is in for how much, by item; what RLS shows the asker and no more."""
    return by_item(newest(Commitment.objects.filter(order_item__order=order)))


def by_item(rows: Iterable[Commitment]) -> dict[int, list[Commitment]]:
    """Commitments by their item."""
    found: dict[int, list[Commitment]] = defaultdict(list)
    for one in rows:
        found[one.order_item_id].append(one)
    return found


def reference_cents(item: OrderItem, packs: int) -> int:
    """What packs come to at the reference price: the price of the first tier, frozen."""
    return int(Decimal(item.ladder[0][1]) * packs * 100) if item.ladder else 0


def minimum_met(order: GroupOrder, found: dict[int, list[Commitment]]) -> bool:
    """Whether what is asked for reaches the order's minimum, at reference prices."""
    total = sum(
        reference_cents(item, sum(one.quantity for one in found.get(item.pk, [])))
        for item in order.items.all()
    )
    return total >= max(order.minimum_cents, 1)


def timetable_of(order: GroupOrder) -> Timetable:
    """An order's times as the rules want them."""
    return Timetable(
        status=order.status,
        opens_at=order.opens_at,
        closes_at=order.closes_at,
        topup_at=order.topup_at,
        extensions=order.extensions,
        most_extensions=order.most_extensions,
    )


def reading_of(item: OrderItem) -> Reading:
    """What the meter of an item shows everybody."""
    return Reading(item.meter_tier, item.meter_step_pct, item.meter_hidden)


@dataclass(frozen=True)
class Shown:
    """An item as a practice sees it: price now and next, the meter, and its own word."""

    item: OrderItem
    reading: Reading
    price_now: Decimal
    price_next: Decimal | None
    price_best: Decimal
    mine: tuple[Commitment, ...]
    together: tuple[str, ...] = ()
    """The other items that count for the same tier."""
    equivalents: tuple[str, ...] = ()
    """The other items of the order that may come in its place."""

    @property
    def packs(self) -> int:
        """What the practice is in for."""
        return sum(one.quantity for one in self.mine)

    @property
    def saves_cents(self) -> int | None:
        """What it saves against what it says it pays today; None where it did not say."""
        told = [one for one in self.mine if one.pays_now is not None]
        if not told:
            return None
        return sum(int((one.pays_now - self.price_now) * one.quantity * 100) for one in told)


def shown_items(*, actor: Actor, order: GroupOrder) -> list[Shown]:
    """The items of an order with what a practice may know of each."""
    mine = practices_of(actor, SHOP)
    found = defaultdict(list)
    rows = Commitment.objects.filter(order_item__order=order, practice__in=mine)
    for one in newest(rows):
        found[one.order_item_id].append(one)
    items = list(order.items.select_related("version", "level"))
    names = {str(item.pk): item.version.name for item in items}
    alike = equivalents_of(items)
    return [
        replace(
            shown_item(item, found[item.pk]),
            together=_together(item, names),
            equivalents=tuple(one.version.name for one in alike.get(item.pk, ())),
        )
        for item in items
        if item.ladder
    ]


def _together(item: OrderItem, names: Mapping[str, str]) -> tuple[str, ...]:
    if item.pool is None:
        return ()
    return tuple(names[pk] for pk in item.pool["weights"] if pk != str(item.pk))


def shown_item(item: OrderItem, mine: Iterable[Commitment]) -> Shown:
    """One item; the price now is a promise: whoever stays in pays that or less."""
    reading = reading_of(item)
    place = max(reading.tier, 0) if reading.is_shown else 0
    prices = [Decimal(price) for _, price in steps_of(item)]
    after = prices[place + 1] if place + 1 < len(prices) else None
    return Shown(item, reading, prices[place], after, prices[-1], tuple(mine))


def steps_of(item: OrderItem) -> list[list]:
    """What a pack costs from how much on, in what the item's meter counts."""
    return item.ladder if item.pool is None else item.pool["ladder"]


def price_of(item: OrderItem, packs: int) -> Decimal | None:
    """The best price of an item at a volume."""
    return price_at(scheme_of(item.ladder), packs)
