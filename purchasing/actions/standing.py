"""Standing orders and their copies by the clock; par levels, and what offices counted."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from credentialing.models import Location
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from purchasing.actions.commitment_checks import (
    Ask,
    GateClosed,
    NoEquivalent,
    check_ask,
    keep_refused,
    locked_order,
)
from purchasing.actions.waiting_words import keep_or_wait, locked_control
from purchasing.models import (
    Commitment,
    CommitmentRequest,
    OrderItem,
    PackLevel,
    ParLevel,
    StandingOrder,
    StandingUse,
    StockCount,
)
from purchasing.queries.equivalents import described_now, equivalents_of, target_in
from purchasing.queries.sites import locations_of
from purchasing.queries.stock import par_levels, standing_orders, to_be_copied
from purchasing.rules.gates import PRICE_ONLY_SCHEDULES, Stage

COMMIT = "purchasing.commit_packs"
Outcome = StandingUse.Outcome


class StandingAlready(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This office has a standing order for this item. Nothing was changed. Change that one."
        )


class NeverInOrders(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This item cannot be in a group order, so nothing would ever be copied. Nothing was "
            "changed."
        )


class EndsBeforeItBegins(Refused):
    def __init__(self) -> None:
        super().__init__("It would end before it begins. Nothing was changed. Choose a later day.")


class LeastAboveTarget(Refused):
    def __init__(self) -> None:
        super().__init__(
            "What is filled up to has to be above nought, and no less than the least. Nothing was "
            "changed."
        )


class NothingStandsIn(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Nothing may stand in for this item: its ingredient, strength, form and route, or its "
            "class, are not stated, or it is of a kind of which none may. Nothing was changed. Ask "
            "for the very item."
        )


class CopiedAlready(Refused):
    """Another worker copied it meanwhile."""

    def __init__(self) -> None:
        super().__init__("This was copied already. Nothing was changed.")


def _office(actor: Actor, location_id: int) -> Location:
    found = locations_of(actor, COMMIT).filter(pk=location_id).first()
    if found is None:
        raise NotPermitted(actor.name, COMMIT)
    return found


def _check_equivalent(level: PackLevel, any_equivalent: bool) -> None:
    if any_equivalent and described_now([level])[level.pk].same_as is None:
        raise NothingStandsIn


@action(COMMIT)
def save_standing(
    *,
    actor: Actor,
    standing_id: int | None,
    location_id: int,
    level_id: int,
    packs: int,
    ceiling: Decimal,
    effective_date: date,
    end_date: date | None,
    is_paused: bool,
    registrant_id: int | None,
    now: datetime,
    any_equivalent: bool = False,
) -> StandingOrder:
    """
    Say what an office wants of every group order that has an item, or say it anew.

    :raises NotPermitted: if the office or the standing order is not theirs
    :raises StandingAlready: if the office has one for this item
    :raises NeverInOrders: if the item is refused, or its orders are the registrant's own
    :raises EndsBeforeItBegins: if its days do not follow one another
    :raises NothingStandsIn: if any equivalent will do, and none may ever
    """
    location, level = _office(actor, location_id), PackLevel.objects.get(pk=level_id)
    version = level.item.versions.current().get()
    if version.refused_because or version.schedule in PRICE_ONLY_SCHEDULES:
        raise NeverInOrders
    if end_date is not None and end_date <= effective_date:
        raise EndsBeforeItBegins
    _check_equivalent(level, any_equivalent)
    if standing_id is not None:
        _supersede(actor, standing_id, now)
    if StandingOrder.objects.filter(location=location, level=level, superseded_at=None).exists():
        raise StandingAlready
    made = StandingOrder.objects.create(
        practice=location.practice,
        location=location,
        level=level,
        packs=packs,
        ceiling=ceiling,
        any_equivalent=any_equivalent,
        registrant_id=registrant_id if version.schedule else None,
        effective_date=effective_date,
        end_date=end_date,
        is_paused=is_paused,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="purchasing.standing.kept", subject=made, packs=packs)
    return made


def _supersede(actor: Actor, standing_id: int, now: datetime) -> StandingOrder:
    found = standing_orders(actor=actor).filter(pk=standing_id).first()
    if found is None:
        raise NotPermitted(actor.name, COMMIT)
    StandingOrder.objects.filter(pk=found.pk).update(superseded_at=now)
    return found


@action(COMMIT)
def end_standing(*, actor: Actor, standing_id: int, now: datetime) -> StandingOrder:
    """
    End a standing order; what was copied already stays until it is changed.

    :raises NotPermitted: if it is not theirs
    """
    found = _supersede(actor, standing_id, now)
    record(actor=actor, action="purchasing.standing.ended", subject=found)
    return found


# The clock --------------------------------------------------------------------------------------


def step_standing(now: datetime) -> int:
    """Copy standing orders into every open order that has their item, once; how many that were."""
    today, clock, steps = timezone.localdate(now), Actor.system("clock"), 0
    for standing_id, item_id in to_be_copied(now, today):
        with suppress(CopiedAlready):
            _copy(clock, standing_id, item_id, now, today)
            steps += 1
    return steps


def _copy(clock: Actor, standing_id: int, item_id: int, now: datetime, today: date) -> None:
    """Copy one, or say why not; a refusal is kept although nothing else was changed."""
    common = {"actor": clock, "standing_id": standing_id, "order_item_id": item_id, "now": now}
    try:
        copy_standing(today=today, **common)
    except CopiedAlready:
        raise
    except Refused as refusal:
        keep_why_not(refusal=refusal, **common)


@action("purchasing.advance_order")
def copy_standing(
    *, actor: Actor, standing_id: int, order_item_id: int, now: datetime, today: date
) -> StandingUse:
    """
    Copy a standing order into an open group order, as its practice would say it.

    :raises CopiedAlready: if it was
    :raises NotOpen: if the order closed meanwhile
    :raises GateClosed: if the office may not buy it
    :raises CeilingTooLow: if no tier comes down to the ceiling
    :raises HelpsNoCase: if the order is topped up and this fills no case
    :raises NoEquivalent: if it is another item, and may not stand in by now
    """
    standing, item = _locked(standing_id, order_item_id)
    order = locked_order(item)
    if StandingUse.objects.filter(order_item=item, location=standing.location).exists():
        raise CopiedAlready
    said = Commitment.objects.filter(order_item=item, location=standing.location)
    asked = CommitmentRequest.objects.filter(order_item=item, location=standing.location)
    if said.exists() or asked.exists():
        return _used(actor, standing, item, Outcome.NOT, "You had said so yourself before.", now)
    alike = equivalents_of(order.items.all())
    if item.level_id != standing.level_id and not _stands_in(standing, item):
        raise NoEquivalent(item)
    ask = Ask(item, standing.location, standing.packs, 0, standing.ceiling, None,
              standing.registrant_id, standing.any_equivalent and item.pk in alike)  # fmt: skip
    control = locked_control(standing.practice, now)
    check_ask(ask, order, now, today)
    by = f"{standing.recorded_by_name}, by standing order"
    made = keep_or_wait(actor, ask, order, control, now, by)
    if isinstance(made, CommitmentRequest):
        words = " ".join(one["words"] for one in made.reasons)
        return _used(actor, standing, item, Outcome.WAITS, words, now)
    words = f"{standing.packs:,} packs"
    if item.level_id != standing.level_id:
        words += f" of {item}, which stands in for what you named"
    elif ask.any_equivalent:
        words += ", any equivalent"
    return _used(actor, standing, item, Outcome.COMMITTED, words, now)


def _stands_in(standing: StandingOrder, item: OrderItem) -> bool:
    wanted = described_now([standing.level])[standing.level_id]
    return standing.any_equivalent and target_in(standing.level_id, wanted, [item]) is not None


def _locked(standing_id: int, order_item_id: int) -> tuple[StandingOrder, OrderItem]:
    rows = StandingOrder.objects.select_for_update(of=["self"]).filter(superseded_at=None)
    rows = rows.select_related("practice__party", "location__practice", "level")
    standing = rows.filter(pk=standing_id).first()
    if standing is None:
        raise CopiedAlready
    item = OrderItem.objects.select_related("version", "level").get(pk=order_item_id)
    return standing, item


def _used(
    actor: Actor, standing: StandingOrder, item: OrderItem, outcome: str, words: str, now: datetime
) -> StandingUse:
    made = StandingUse.objects.create(
        standing=standing,
        order_item=item,
        location=standing.location,
        outcome=outcome,
        words=words[:600],
        used_at=now,
    )
    record(actor=actor, action="purchasing.standing.used", subject=made, outcome=outcome)
    return made


@action("purchasing.advance_order")
def keep_why_not(
    *, actor: Actor, standing_id: int, order_item_id: int, refusal: Refused, now: datetime
) -> StandingUse:
    """
    Keep why a standing order was not copied, for its practice to read and to act on.

    :raises CopiedAlready: if it was
    """
    standing, item = _locked(standing_id, order_item_id)
    locked_order(item)
    if StandingUse.objects.filter(order_item=item, location=standing.location).exists():
        raise CopiedAlready
    if isinstance(refusal, GateClosed):
        keep_refused(actor, refusal.ask, refusal.refusals, Stage.COMMIT, now)
    return _used(actor, standing, item, Outcome.NOT, str(refusal), now)


# What an office should have ---------------------------------------------------------------------


@action(COMMIT)
def set_par(
    *, actor: Actor, location_id: int, level_id: int, minimum: int, target: int, now: datetime,
    any_equivalent: bool = False,
) -> ParLevel | None:  # fmt: skip
    """
    Say when an item is asked for again, and up to what it is filled; up to nought ends it.

    :raises NotPermitted: if the office is not theirs
    :raises LeastAboveTarget: if the least is more than what is filled up to
    :raises NothingStandsIn: if any equivalent will do, and none may ever
    """
    location, level = _office(actor, location_id), PackLevel.objects.get(pk=level_id)
    if target < minimum:
        raise LeastAboveTarget
    _check_equivalent(level, any_equivalent and bool(target))
    ParLevel.objects.filter(location=location, level=level_id, superseded_at=None).update(
        superseded_at=now
    )
    made = None
    if target:
        made = ParLevel.objects.create(
            practice=location.practice,
            location=location,
            level_id=level_id,
            minimum=minimum,
            target=target,
            any_equivalent=any_equivalent,
            recorded_by_id=actor.user_id,
            recorded_by_name=actor.name,
            recorded_at=now,
        )
    record(actor=actor, action="purchasing.par.set", subject=made or location, level=level_id)
    return made


@action(COMMIT)
def count_stock(*, actor: Actor, counted: Mapping[int, int], now: datetime) -> list[StockCount]:
    """
    Keep what offices counted, by par level.

    :raises NotPermitted: if one is not theirs
    """
    pars = {one.pk: one for one in par_levels(actor=actor).filter(pk__in=counted)}
    if set(pars) != set(counted):
        raise NotPermitted(actor.name, COMMIT)
    rows = StockCount.objects.bulk_create(
        StockCount(
            practice=pars[pk].practice,
            location=pars[pk].location,
            level=pars[pk].level,
            packs=packs,
            recorded_by_id=actor.user_id,
            recorded_by_name=actor.name,
            recorded_at=now,
        )
        for pk, packs in counted.items()
    )
    record(actor=actor, action="purchasing.stock.counted", items=len(rows))
    return rows
