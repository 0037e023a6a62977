"""Counting what came of a public programme or a 340B account: apart, and never charged."""

from dataclasses import replace
from datetime import date, datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted, Refused
from ipaportal.core.scopes import EVERYBODY, seeing
from purchasing.actions.receiving import AlreadyExpired, NotAtThisDoor, RecalledLot
from purchasing.models import ApartReceipt, PackLevel
from purchasing.queries.recalls import recalled_lot
from purchasing.queries.sites import goods_of, locations_of, place_of
from purchasing.rules.apart import fault_of
from purchasing.rules.gates import Request, Stage, refusals_of

RECEIVE = "purchasing.receive_packs"


class NotOfThatProgram(Refused):
    """An item that such a programme does not give."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded. Choose whose stock it is, or another item.")


@action(RECEIVE)
def receive_apart(
    *,
    actor: Actor,
    location_id: int,
    level_id: int,
    ownership: str,
    packs: int,
    lot: str,
    expires_date: date,
    note: str,
    now: datetime,
    today: date,
) -> ApartReceipt:
    """
    Record stock that is not ours to charge.

    :raises NotPermitted: if the office is not theirs
    :raises NotOfThatProgram: if the programme has no such item
    :raises AlreadyExpired: if it is over its expiry
    :raises RecalledLot: if its lot is recalled
    :raises NotAtThisDoor: if the office has no licence or no storage for it
    """
    location = locations_of(actor, RECEIVE).filter(pk=location_id).first()
    if location is None:
        raise NotPermitted(actor.name, RECEIVE)
    level = PackLevel.objects.select_related("item").get(pk=level_id)
    version = level.item.versions.current().get()
    if why := fault_of(ownership, version.kind, is_rx=version.is_rx):
        raise NotOfThatProgram(why)
    if expires_date < today:
        raise AlreadyExpired(expires_date)
    recall = recalled_lot(version, lot)
    if recall is not None:
        raise RecalledLot(recall.number, lot)
    # 340B's ban is of buying through a group, and this came through no group.
    with seeing(EVERYBODY):  # whether a list names somebody is known to staff only
        place = replace(place_of(location, today), is_gpo_prohibited=False)
    refusals = refusals_of(Request(goods_of(version), place, Stage.RECEIPT, today))
    if refusals:
        raise NotAtThisDoor(refusals)
    made = ApartReceipt.objects.create(
        practice=location.practice, location=location, version=version, level=level,
        ownership=ownership, packs=packs, lot=lot.strip().upper(), expires_date=expires_date,
        note=note, recorded_by_id=actor.user_id, recorded_by_name=actor.name, recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="purchasing.apart.received", subject=made, packs=packs,
           ownership=ownership)  # fmt: skip
    return made
