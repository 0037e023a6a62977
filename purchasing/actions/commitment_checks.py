"""Beneath every commitment: what is asked before it, saying it, and keeping what was refused."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from credentialing.models import Location
from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.models import Commitment, CommitmentRequest, GateRefusal, GroupOrder, OrderItem
from purchasing.queries.eligibility import refusals_in_order
from purchasing.queries.equivalents import equivalents_of
from purchasing.queries.orders import newest, shown_item
from purchasing.queries.recalls import is_recalled
from purchasing.queries.sites import goods_of, place_of
from purchasing.rules.cycles import TAKES_COMMITMENTS, Asked, why_not_topped_up
from purchasing.rules.gates import Refusal, Request, Stage, refusals_of


class NotOpen(Refused):
    def __init__(self, order: GroupOrder) -> None:
        super().__init__(
            f"{order} is {order.get_status_display()}, so nothing can be committed. Nothing was "
            "changed. Watch for the next order in the shop."
        )


class GateClosed(Refused):
    """An office may not buy an item: why, and what to do, for each reason."""

    def __init__(self, ask: "Ask", refusals: list[Refusal]) -> None:
        told = " ".join(one.words() for one in refusals)
        super().__init__(f"{told} Nothing was committed.")
        self.ask, self.refusals = ask, refusals


class HelpsNoCase(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


class CeilingTooLow(Refused):
    def __init__(self, best: Decimal) -> None:
        super().__init__(
            f"Even at the best tier a pack costs ${best}, more than your ceiling. Nothing was "
            "committed. Raise the ceiling, or leave it empty."
        )


class NoEquivalent(Refused):
    def __init__(self, item: OrderItem) -> None:
        super().__init__(
            f"Nothing in this order may stand in for {item}. Nothing was committed. Ask for this "
            "very item."
        )


@dataclass(frozen=True)
class Ask:
    """What an office would be in for."""

    item: OrderItem
    location: Location
    quantity: int
    flex: int
    max_price: Decimal | None
    pays_now: Decimal | None
    registrant_id: int | None
    any_equivalent: bool = False

    @property
    def ceiling(self) -> Decimal:
        """What was shown is promised: without a ceiling of their own, nobody pays more."""
        return self.max_price or shown_item(self.item, ()).price_now

    @property
    def cents(self) -> int:
        """The most it may cost."""
        return round_cents(self.ceiling * (self.quantity + (self.flex if self.quantity else 0)))


def ask_of(one: Commitment | CommitmentRequest) -> Ask:
    """What was asked for before, as it is asked for again."""
    return Ask(
        one.order_item, one.location, one.quantity, one.flex, one.max_price, one.pays_now,
        one.registrant_id, one.any_equivalent,
    )  # fmt: skip


def locked_order(item: OrderItem) -> GroupOrder:
    """The order of an item, as nobody changes it meanwhile."""
    with seeing(EVERYBODY):  # the order is shared; nobody else's word is shown
        return GroupOrder.objects.select_for_update().get(pk=item.order_id)


def check_ask(ask: Ask, order: GroupOrder, now: datetime, today: date) -> None:
    """
    See whether an office may be in for something now.

    :raises NotOpen: if nothing can be committed now
    :raises GateClosed: if the office may not buy it
    :raises CeilingTooLow: if no tier comes down to the ceiling
    :raises NoEquivalent: if any equivalent would do, and there is none
    :raises HelpsNoCase: if the order is topped up and this fills no case
    """
    if order.status not in TAKES_COMMITMENTS or order.closes_at <= now:
        raise NotOpen(order)
    if ask.quantity:
        _check_gates(ask, order, today)
        best = Decimal(ask.item.ladder[-1][1])
        if ask.max_price is not None and ask.max_price < best:
            raise CeilingTooLow(best)
        if ask.any_equivalent and not equivalents_of(order.items.all()).get(ask.item.pk):
            raise NoEquivalent(ask.item)
    if order.status == GroupOrder.Status.TOPPING_UP:
        _check_topup(ask)


def _check_gates(ask: Ask, order: GroupOrder, today: date) -> None:
    with seeing(EVERYBODY):  # whether a list names somebody is known to staff only
        place = place_of(ask.location, today, ask.registrant_id)
    version = ask.item.version
    refusals = refusals_of(
        Request(
            goods=goods_of(version, is_recalled=is_recalled(version)),
            place=place,
            stage=Stage.COMMIT,
            today=today,
            expected_by=order.delivery_date,
            flex=ask.flex,
        )
    )
    refusals += refusals_in_order(ask.location.practice, order.pk, version.pk, today)
    if refusals:
        raise GateClosed(ask, refusals)


def _check_topup(ask: Ask) -> None:
    with seeing(EVERYBODY):  # the group's sum decides, and is not shown
        rows = newest(ask.item.commitments.all())
    group = Asked(sum(one.quantity for one in rows), sum(one.flex for one in rows))
    mine = next((one for one in rows if one.location_id == ask.location.pk), None)
    before = Asked(mine.quantity, mine.flex) if mine else Asked(0)
    why = why_not_topped_up(group, before, Asked(ask.quantity, ask.flex), ask.item.case_packs)
    if why:
        raise HelpsNoCase(why)


def say(ask: Ask, *, by_id: int | None, by_name: str, now: datetime) -> Commitment:
    """An office is in for something from now on; its newest word counts."""
    return Commitment.objects.create(
        order_item=ask.item,
        practice=ask.location.practice,
        location=ask.location,
        quantity=ask.quantity,
        flex=ask.flex if ask.quantity else 0,
        max_price=ask.ceiling,
        pays_now=ask.pays_now,
        any_equivalent=ask.any_equivalent and bool(ask.quantity),
        registrant_id=ask.registrant_id if ask.item.version.schedule else None,
        made_by_id=by_id,
        made_by_name=by_name[:200],
        made_at=now,
    )


def keep_refused(
    actor: Actor, ask: Ask, refusals: list[Refusal], stage: Stage, now: datetime
) -> list[GateRefusal]:
    """Keep what gates refused, each on a row of its own, though nothing else may be changed."""
    rows = GateRefusal.objects.bulk_create(
        GateRefusal(
            practice=ask.location.practice,
            location=ask.location,
            order_item=ask.item,
            stage=stage,
            packs=ask.quantity,
            code=one.code,
            reason=one.reason[:600],
            next_step=one.next_step[:600],
            citation=one.citation[:200],
            asked_by_id=actor.user_id,
            asked_by_name=actor.name[:200],
            refused_at=now,
        )
        for one in refusals
    )
    codes = [one.code for one in rows]
    record(actor=actor, action="purchasing.gate.refused", subject=ask.item, gates=codes)
    return rows
