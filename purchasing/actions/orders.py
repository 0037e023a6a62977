"""Group orders: planned, announced with frozen prices, moved on by the clock, closed for good."""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from credentialing.models import Practice
from credentialing.queries.screening_matches import excluded_keys
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from purchasing.models import (
    Commitment,
    GroupOrder,
    ItemClosing,
    Offer,
    OfficePart,
    OrderItem,
    PackLevel,
    PriceLine,
)
from purchasing.queries.award_room import order_of
from purchasing.queries.closings import snapshot_digest
from purchasing.queries.contract_periods import frozen_tiers, sellers_of
from purchasing.queries.meters import RUNNING, changed_meters, keep_readings, new_readings
from purchasing.queries.orders import by_item, minimum_met, timetable_of, words_of
from purchasing.rules.award_orders import close_lines, only_of
from purchasing.rules.closing import Wish
from purchasing.rules.coalitions import release_words
from purchasing.rules.cycles import BadTimes, check_times, due, extended
from purchasing.rules.gates import PRICE_ONLY_SCHEDULES
from purchasing.rules.ladders import best_ladder
from purchasing.rules.lifecycle import CYCLE, after
from purchasing.rules.meters import LEAST_PRACTICES, Reading
from purchasing.rules.periods import left_of


class TimesDoNotFollow(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


class NotADraft(Refused):
    """What was announced is not planned any more."""

    def __init__(self, order: GroupOrder) -> None:
        super().__init__(
            f"{order} is {order.get_status_display()}: its items and times stand. Nothing was "
            "changed. Withdraw the announcement first, while it is not open."
        )


class ItemTwice(Refused):
    def __init__(self, level: PackLevel) -> None:
        super().__init__(f"This order has {level} of this item already. Nothing was changed.")


class CannotBeBoughtTogether(Refused):
    """An item whose orders are nobody's but the registrant's, or that is refused for a reason."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} cannot be in a group order: {why}. Nothing was changed.")


class NothingToOrder(Refused):
    def __init__(self) -> None:
        super().__init__("There is no item yet. Nothing was announced. Add what is bought.")


class NoOffer(Refused):
    """Items for which no supplier has a price on the closing day."""

    def __init__(self, names: list[str], day: date) -> None:
        super().__init__(
            f"No supplier that may be bought from has a price on {day} for: {', '.join(names)}. "
            "Nothing was announced. Send a price list, or take these items out."
        )


class NothingDue(Refused):
    def __init__(self, order: GroupOrder) -> None:
        super().__init__(f"Nothing is due of {order} now. Nothing was changed.")


@action("purchasing.run_order")
def save_order(
    *,
    actor: Actor,
    order_id: int | None = None,
    practice_ids: list[int] | None = None,
    now: datetime,
    **values: object,
) -> GroupOrder:
    """
    Plan a group order, or change one that is not announced.

    :raises TimesDoNotFollow: if it closes before it opens, or tops up outside
    :raises NotADraft: if it was announced
    """
    if order_id is None:
        by = {"made_by_id": actor.user_id, "made_by_name": actor.name, "made_at": now}
        order = GroupOrder(**by)
    else:
        order = _draft(order_id)
    for name, value in values.items():
        setattr(order, name, value)
    order.for_named = bool(practice_ids)
    try:
        check_times(timetable_of(order))
    except BadTimes as bad:
        raise TimesDoNotFollow(str(bad)) from bad
    order.save()
    order.practices.set(Practice.objects.filter(pk__in=practice_ids or []))
    record(actor=actor, action="purchasing.order.planned", subject=order, name=order.name)
    return order


def _draft(order_id: int) -> GroupOrder:
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    if order.status != GroupOrder.Status.DRAFT:
        raise NotADraft(order)
    return order


@action("purchasing.run_order")
def add_order_item(
    *, actor: Actor, order_id: int, level_id: int, case_packs: int, minimum_packs: int,
    is_as_written: bool = False,
) -> OrderItem:  # fmt: skip
    """
    Put an item in a pack into a planned order.

    :raises NotADraft: if it was announced
    :raises ItemTwice: if it is in it
    :raises CannotBeBoughtTogether: if it is a schedule II drug, or refused for a reason
    """
    order, level = _draft(order_id), PackLevel.objects.get(pk=level_id)
    version = level.item.versions.current().get()
    if version.schedule in PRICE_ONLY_SCHEDULES:
        why = "orders of schedule II drugs are the registrant's own (21 CFR 1305.04)"
        raise CannotBeBoughtTogether(version.name, why)
    if version.refused_because:
        raise CannotBeBoughtTogether(version.name, version.refused_because)
    if order.items.filter(level=level).exists():
        raise ItemTwice(level)
    item = OrderItem.objects.create(
        order=order,
        version=version,
        level=level,
        case_packs=case_packs,
        minimum_packs=minimum_packs,
        is_as_written=is_as_written,
    )
    record(actor=actor, action="purchasing.order.item_added", subject=order, item=str(item))
    return item


@action("purchasing.run_order")
def remove_order_item(*, actor: Actor, order_item_id: int) -> GroupOrder:
    """
    Take an item out of a planned order.

    :raises NotADraft: if it was announced
    """
    item = OrderItem.objects.get(pk=order_item_id)
    order = _draft(item.order_id)
    item.delete()
    record(actor=actor, action="purchasing.order.item_removed", subject=order, item=str(item))
    return order


@action("purchasing.run_order")
def announce_order(*, actor: Actor, order_id: int, now: datetime) -> GroupOrder:
    """
    Announce an order: items, packs, offers and the best price at each volume are frozen.

    :raises NotAllowed: if it is not planned
    :raises NothingToOrder: if it has no item
    :raises NoOffer: if an item has no price from anybody who may sell
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    order.status = after(order.status, "announce", CYCLE)
    items = list(order.items.select_related("version", "level"))
    if not items:
        raise NothingToOrder
    without = [str(item) for item in items if not _freeze(item, order, now)]
    if without:
        raise NoOffer(without, order.closes_at.date())
    _freeze_pools(order)
    order.save(update_fields=["status"])
    record(actor=actor, action="purchasing.order.announced", subject=order, items=len(items))
    return order


def _freeze(item: OrderItem, order: GroupOrder, now: datetime) -> bool:
    """Freeze the version of now and what every contract asks on the closing day."""
    day = order.closes_at.date()
    lines = PriceLine.objects.on(day).filter(level=item.level).select_related("contract__supplier")
    excluded = excluded_keys(now.date(), "supplier")
    item.offers.all().delete()
    offers = [
        _offer(item, line, day)
        for line in lines
        if f"supplier:{line.contract.supplier.party_id}" not in excluded
    ]
    Offer.objects.bulk_create(offers)
    item.version = item.version.item.versions.current().get()
    item.ladder = best_ladder([offer.tiers for offer in offers]) if offers else []
    item.save(update_fields=["version", "ladder"])
    return bool(offers)


def _offer(item: OrderItem, line: PriceLine, day: date) -> Offer:
    tiers, pool = frozen_tiers(line, day)
    return Offer(
        order_item=item,
        contract=line.contract,
        tiers=tiers,
        pool=pool,
        minimum_cents=line.contract.supplier.minimum_cents,
        freight_cents=line.contract.supplier.freight_cents,
    )


def _freeze_pools(order: GroupOrder) -> None:
    """Say of items that only one contract sells, which counts them together, what they count."""
    offers = list(Offer.objects.filter(order_item__order=order).select_related("contract"))
    sellers = sellers_of(offers)
    items = {str(item.pk): item for item in order.items.all()}
    for item in items.values():
        item.pool = None
    for seller in sellers:
        mine = only_of(seller, sellers, items)
        if seller.pool is None or len(mine) < 2:
            continue
        weights = {key: seller.pool.weights[key] for key in mine}
        metric = next(one.pool["metric"] for one in offers if str(one.contract_id) == seller.key)
        for key in mine:
            ladder = left_of(seller.pool.ladders[key], seller.pool.before)
            items[key].pool = {"metric": metric, "weights": weights, "ladder": ladder}
    for item in items.values():
        item.save(update_fields=["pool"])


@action("purchasing.run_order")
def withdraw_order(*, actor: Actor, order_id: int) -> GroupOrder:
    """
    Take an announcement back, while nobody could commit.

    :raises NotAllowed: if it is open already
    """
    return _moved(actor, order_id, "withdraw")


@action("purchasing.run_order")
def cancel_order(*, actor: Actor, order_id: int) -> GroupOrder:
    """
    Cancel an order; nobody is bound any more.

    :raises NotAllowed: if purchase orders were sent
    """
    return _moved(actor, order_id, "cancel")


def _moved(actor: Actor, order_id: int, event: str) -> GroupOrder:
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    order.status = after(order.status, event, CYCLE)
    order.save(update_fields=["status"])
    record(actor=actor, action=f"purchasing.order.{order.status}", subject=order)
    return order


# The clock --------------------------------------------------------------------------------------


def step_orders(now: datetime) -> int:
    """Move every order on that is due, and read the meters; how many steps that were."""
    clock = Actor.system("clock")
    ids = GroupOrder.objects.filter(is_due(now)).order_by("pk").values_list("pk", flat=True)
    steps = 0
    for pk in list(ids):
        with suppress(NothingDue):  # another worker took it meanwhile
            advance_order(actor=clock, order_id=pk, now=now)
            steps += 1
    for pk, items in changed_meters().items():
        with transaction.atomic():  # what is shown is what nobody changes meanwhile
            order = GroupOrder.objects.select_for_update().get(pk=pk)
            readings = new_readings(order.items.filter(pk__in=items))
            if readings:
                show_meters(actor=clock, order=order, readings=readings, now=now)
        steps += bool(readings)
    return steps


def is_due(now: datetime) -> Q:
    """Orders whose time has come, by their times alone: what follows depends on more."""
    return (
        Q(status="announced", opens_at__lte=now)
        | Q(status__in=RUNNING, closes_at__lte=now)
        | Q(status="open", topup_at__lte=now)
    )


@action("purchasing.advance_order")
def show_meters(
    *, actor: Actor, order: GroupOrder, readings: Mapping[int, Reading], now: datetime
) -> int:
    """Show what meters read from now on; how many that are."""
    keep_readings(readings, now)
    record(actor=actor, action="purchasing.meters.read", subject=order, items=len(readings))
    return len(readings)


@action("purchasing.advance_order")
def advance_order(*, actor: Actor, order_id: int, now: datetime) -> str:
    """
    Take an order on by what is due now; safe to repeat.

    :raises NothingDue: if nothing is
    """
    order = GroupOrder.objects.select_for_update().get(pk=order_id)
    found: dict[int, list[Commitment]] = {}
    event = due(timetable_of(order), now, is_minimum_met=True)
    if event is None:
        raise NothingDue(order)
    if event == "close":  # only now is it asked what everybody wants
        found = by_item(words_of(Commitment.objects.filter(order_item__order=order)))
        event = due(timetable_of(order), now, is_minimum_met=minimum_met(order, found))
    if event == "extend":
        order.topup_at, order.closes_at = extended(timetable_of(order), now)
        order.extensions += 1
    if event == "close":
        frozen = _frozen(order, found)
        _keep(order, frozen)
        if not any(item["packs"] for item in frozen["items"]):
            event = "miss the minimum"
    order.status = after(order.status, event, CYCLE)
    order.save()
    record(
        actor=actor,
        action="purchasing.order.advanced",
        subject=order,
        event=event,
        sha256=order.snapshot_sha256,
    )
    return event


def tie_key_of(order: GroupOrder) -> bytes:
    """What decides who goes first where all tie: the same for good, and nobody can choose it."""
    told = f"group order {order.pk} of {order.made_at.isoformat()}"
    return hmac.digest(settings.SECRET_KEY.encode(), told.encode(), "sha256")


def _keep(order: GroupOrder, frozen: dict) -> None:
    """Keep what an order closed with: what everybody may know with it, all else by whose it is."""
    common = [{key: item[key] for key in ("item", "name", "price")} for item in frozen["items"]]
    order.snapshot = {**frozen, "items": common}
    order.snapshot_sha256 = snapshot_digest(frozen)
    ItemClosing.objects.bulk_create(
        ItemClosing(order_item_id=item["item"], packs=item["packs"], unfilled=item["unfilled"])
        for item in frozen["items"]
    )
    OfficePart.objects.bulk_create(
        OfficePart(
            order_item_id=item["item"],
            practice_id=office["practice"],
            location_id=office["location"],
            commitment_id=office["commitment"],
            **{key: office[key] for key in ("asked", "flex", "packs", "released")},
        )
        for item in frozen["items"]
        for office in item["offices"]
    )


def _frozen(order: GroupOrder, found: dict[int, list[Commitment]]) -> dict:
    """All that later steps read: each item's packs, price, and each office's part of it."""
    items, known = [], list(order.items.select_related("version", "level"))
    wishes = {
        str(item.pk): [
            Wish(str(one.location_id), one.quantity, one.flex, one.max_price)
            for one in sorted(found.get(item.pk, []), key=lambda one: str(one.location_id))
        ]
        for item in known
    }
    offers = Offer.objects.filter(order_item__order=order).select_related("contract")
    all_rows = [one for rows in found.values() for one in rows]
    whole = order_of(known, all_rows, wishes, tie_key_of(order))
    lines = close_lines(whole, wishes, sellers_of(offers))
    for item in known:
        rows = {str(one.location_id): one for one in found.get(item.pk, [])}
        closed = lines[str(item.pk)]
        # Where few are in, the volume tells each what the others take.
        few = len({one.practice_id for one in rows.values()}) < LEAST_PRACTICES
        released = {
            one.key: release_words(one, "what was asked for" if few else f"{one.volume:,} packs")
            for one in closed.released
        }
        items.append(
            {
                "item": item.pk,
                "name": str(item),
                "packs": closed.packs,
                "price": str(closed.price) if closed.price is not None else None,
                "unfilled": closed.unfilled,
                "offices": [
                    {
                        "location": one.location_id,
                        "practice": one.practice_id,
                        "commitment": one.pk,
                        "asked": one.quantity,
                        "flex": one.flex,
                        "packs": closed.granted.get(key, 0),
                        "released": released.get(key, ""),
                    }
                    for key, one in sorted(rows.items())
                ],
            }
        )
    return {"order": order.pk, "closed": order.closes_at.isoformat(), "items": items}
