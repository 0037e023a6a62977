"""What a practice does: sign, say what its offices can keep, and commit."""

from datetime import date, datetime
from decimal import Decimal

from credentialing.models import Location, Practice
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.models import Agreement, Commitment, GroupOrder, OrderItem, Site
from purchasing.queries.orders import newest, shop_orders, shown_item
from purchasing.queries.recalls import is_recalled
from purchasing.queries.sites import (
    goods_of,
    live_agreement,
    locations_of,
    place_of,
    practices_of,
)
from purchasing.rules.cycles import TAKES_COMMITMENTS, Asked, why_not_topped_up
from purchasing.rules.gates import Refusal, Request, Stage, refusals_of

COMMIT, SIGN = "purchasing.commit_packs", "purchasing.sign_agreement"
BUYING_TEXT = (
    "We ask the IPA to buy for us as our agent. What it orders is ours: we are the buyer, it goes "
    "to our own licensed address, and we use it for our own patients and sell none of it. "
    "Suppliers may pay the IPA an administrative fee of at most 3 % of what we buy; the IPA tells "
    "us every year in writing what each supplier paid on our purchases (42 CFR 1001.952(j)). We "
    "may end this at any time; what was ordered before stays ordered."
)
NETTING_TEXT = (
    "Charges for what we received may be taken from our capitation payment: only charges that "
    "were posted 15 days before, that we do not dispute, the oldest first, never more than the "
    "share of a month's payment that we name here, and never more than there is to pay. Our "
    "capitation itself does not change by what we buy. We may end this at any time."
)


class NotOpen(Refused):
    def __init__(self, order: GroupOrder) -> None:
        super().__init__(
            f"{order} is {order.get_status_display()}, so nothing can be committed. Nothing was "
            "changed. Watch for the next order in the shop."
        )


class GateClosed(Refused):
    """An office may not buy an item: why, and what to do, for each reason."""

    def __init__(self, refusals: list[Refusal]) -> None:
        told = " ".join(one.words() for one in refusals)
        super().__init__(f"{told} Nothing was committed.")
        self.refusals = refusals


class HelpsNoCase(Refused):
    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed.")


class CeilingTooLow(Refused):
    def __init__(self, best: Decimal) -> None:
        super().__init__(
            f"Even at the best tier a pack costs ${best}, more than your ceiling. Nothing was "
            "committed. Raise the ceiling, or leave it empty."
        )


class SignedAlready(Refused):
    def __init__(self, agreement: Agreement) -> None:
        super().__init__(
            f"{agreement.signed_by_name} signed this on {agreement.signed_at:%b %-d, %Y}. Nothing "
            "was changed. End it first if it should say something else."
        )


class NotSigned(Refused):
    def __init__(self) -> None:
        super().__init__("There is no such agreement in force. Nothing was changed.")


class NameDiffers(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"Sign with your own name as the portal knows it: {name}. Nothing was signed."
        )


@action(COMMIT)
def commit(
    *,
    actor: Actor,
    order_item_id: int,
    location_id: int,
    quantity: int,
    flex: int,
    max_price: Decimal | None,
    pays_now: Decimal | None,
    registrant_id: int | None,
    now: datetime,
    today: date,
) -> Commitment:
    """
    Say what an office is in for; the newest word counts, and nought takes it back.

    :raises NotPermitted: if the office or the order is not theirs
    :raises NotOpen: if nothing can be committed now
    :raises GateClosed: if the office may not buy it
    :raises CeilingTooLow: if no tier comes down to the ceiling
    :raises HelpsNoCase: if the order is topped up and this fills no case
    """
    item, location = _mine(actor, order_item_id, location_id)
    with seeing(EVERYBODY):  # the order is shared; nobody else's word is shown
        order = GroupOrder.objects.select_for_update().get(pk=item.order_id)
    if order.status not in TAKES_COMMITMENTS or order.closes_at <= now:
        raise NotOpen(order)
    if quantity:
        _check_gates(item, location, order, today, flex, registrant_id)
        best = Decimal(item.ladder[-1][1])
        if max_price is not None and max_price < best:
            raise CeilingTooLow(best)
    if order.status == GroupOrder.Status.TOPPING_UP:
        _check_topup(item, location, Asked(quantity, flex))
    made = Commitment.objects.create(
        order_item=item,
        practice=location.practice,
        location=location,
        quantity=quantity,
        flex=flex if quantity else 0,
        # What was shown is promised: without a ceiling of their own, nobody pays more than that.
        max_price=max_price or shown_item(item, ()).price_now,
        pays_now=pays_now,
        registrant_id=registrant_id if item.version.schedule else None,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
        made_at=now,
    )
    record(actor=actor, action="purchasing.commitment.made", subject=made, packs=quantity)
    return made


def _mine(actor: Actor, order_item_id: int, location_id: int) -> tuple[OrderItem, Location]:
    items = OrderItem.objects.filter(order__in=shop_orders(actor=actor).order_by().values("pk"))
    item = items.select_related("version", "level").filter(pk=order_item_id).first()
    location = locations_of(actor, COMMIT).filter(pk=location_id).first()
    if item is None or location is None:
        raise NotPermitted(actor.name, COMMIT)
    return item, location


def _check_gates(
    item: OrderItem,
    location: Location,
    order: GroupOrder,
    today: date,
    flex: int,
    registrant_id: int | None,
) -> None:
    with seeing(EVERYBODY):  # whether a list names somebody is known to staff only
        place = place_of(location, today, registrant_id)
    refusals = refusals_of(
        Request(
            goods=goods_of(item.version, is_recalled=is_recalled(item.version)),
            place=place,
            stage=Stage.COMMIT,
            today=today,
            expected_by=order.delivery_date,
            flex=flex,
        )
    )
    if refusals:
        raise GateClosed(refusals)


def _check_topup(item: OrderItem, location: Location, wanted: Asked) -> None:
    with seeing(EVERYBODY):  # the group's sum decides, and is not shown
        rows = newest(item.commitments.all())
    group = Asked(sum(one.quantity for one in rows), sum(one.flex for one in rows))
    mine = next((one for one in rows if one.location_id == location.pk), None)
    before = Asked(mine.quantity, mine.flex) if mine else Asked(0)
    why = why_not_topped_up(group, before, wanted, item.case_packs)
    if why:
        raise HelpsNoCase(why)


def _practice(actor: Actor, practice_id: int) -> Practice:
    found = practices_of(actor, SIGN).filter(pk=practice_id).first()
    if found is None:
        raise NotPermitted(actor.name, SIGN)
    return found


@action(SIGN)
def sign_agreement(
    *,
    actor: Actor,
    practice_id: int,
    kind: str,
    signed_name: str,
    cap_pct: Decimal | None,
    now: datetime,
    today: date,
) -> Agreement:
    """
    Sign for a practice, in the words that are shown.

    :raises NotPermitted: if it is not theirs
    :raises NameDiffers: if the name is not the signer's
    :raises SignedAlready: if it is in force
    """
    practice = _practice(actor, practice_id)
    if " ".join(signed_name.split()).casefold() != actor.name.casefold():
        raise NameDiffers(actor.name)
    live = live_agreement(practice, kind)
    if live is not None:
        raise SignedAlready(live)
    is_netting = kind == Agreement.Kind.NETTING
    made = Agreement.objects.create(
        practice=practice,
        kind=kind,
        effective_date=today,
        cap_pct=cap_pct if is_netting else None,
        text=NETTING_TEXT if is_netting else BUYING_TEXT,
        signed_name=signed_name,
        signed_by_id=actor.user_id,
        signed_by_name=actor.name,
        signed_at=now,
    )
    record(actor=actor, action="purchasing.agreement.signed", subject=made, kind=kind)
    return made


@action(SIGN)
def end_agreement(
    *, actor: Actor, practice_id: int, kind: str, now: datetime, today: date
) -> Agreement:
    """
    End what a practice signed, from today on.

    :raises NotPermitted: if it is not theirs
    :raises NotSigned: if nothing is in force
    """
    live = live_agreement(_practice(actor, practice_id), kind)
    if live is None:
        raise NotSigned
    live.end_date, live.ended_by_name, live.ended_at = today, actor.name, now
    live.save(update_fields=["end_date", "ended_by_name", "ended_at"])
    record(actor=actor, action="purchasing.agreement.ended", subject=live, kind=kind)
    return live


@action(COMMIT)
def save_site(*, actor: Actor, location_id: int, **flags: bool) -> Site:
    """
    Say what an office can keep.

    :raises NotPermitted: if it is not theirs
    """
    location = locations_of(actor, COMMIT).filter(pk=location_id).first()
    if location is None:
        raise NotPermitted(actor.name, COMMIT)
    site, _ = Site.objects.update_or_create(location=location, defaults=flags)
    record(actor=actor, action="purchasing.site.saved", subject=site, **flags)
    return site
