"""The catalogue: items are added, and changed by a new version; packs are named once."""

from datetime import datetime

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from purchasing.models import Item, ItemVersion, PackLevel
from purchasing.rules.ndc import Ndc, parse_ndc

SCHEDULED_KINDS = ("drug", "biologic")
SAME_IN = {"ingredient", "strength", "form", "route", "supply_class"}


class CodeTaken(Refused):
    def __init__(self, code: str) -> None:
        super().__init__(
            f"There is an item {code} already. Nothing was added. Choose another number, or "
            "change that item."
        )


class NdcTaken(Refused):
    """Another item carries this code."""

    def __init__(self, other: ItemVersion) -> None:
        super().__init__(
            f"NDC {other.ndc} is {other.name} ({other.item}) already. Nothing was changed. "
            "One code is one item: change that one, or give the other code."
        )


class NotScheduled(Refused):
    """A schedule on something that cannot have one."""

    def __init__(self) -> None:
        super().__init__(
            "Only a prescription drug or biologic has a DEA schedule. Nothing was changed. "
            "Correct the kind, mark it as prescription only, or leave the schedule empty."
        )


class PackTaken(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"This item has a pack called “{name}” of another size. Nothing was changed. Packs "
            "never change, because prices name them: give the new one a name of its own."
        )


@action("purchasing.edit_catalogue")
def add_item(
    *,
    actor: Actor,
    code: str,
    ndc: str,
    packs: list[tuple[str, int]],
    now: datetime,
    **known: object,
) -> Item:
    """
    Add an item with its first version and its packs.

    :raises CodeTaken: if the number is another item's
    :raises BadNdc: if the code cannot be read
    :raises NdcTaken: if another item has it
    :raises NotScheduled: if it has a schedule and cannot
    """
    if Item.objects.filter(code__iexact=code).exists():
        raise CodeTaken(code)
    item = Item.objects.create(code=code, added_at=now)
    version = _version(item, 1, ndc, actor, now, **known)
    _add_packs(item, packs)
    record(actor=actor, action="purchasing.item.added", subject=item, name=version.name)
    return item


@action("purchasing.edit_catalogue")
def change_item(
    *,
    actor: Actor,
    item_id: int,
    ndc: str,
    packs: list[tuple[str, int]],
    now: datetime,
    **known: object,
) -> ItemVersion:
    """
    Record a new version of an item; orders that pinned an older one keep it.

    :raises BadNdc: if the code cannot be read
    :raises NdcTaken: if another item has it
    :raises NotScheduled: if it has a schedule and cannot
    :raises PackTaken: if a pack of that name has another size
    """
    lock("item", item_id)  # nobody may change the row: it is not the row's lock
    item = Item.objects.get(pk=item_id)
    last = item.versions.current().get()
    item.versions.current().update(superseded_at=now)
    version = _version(item, last.number + 1, ndc, actor, now, **known)
    _add_packs(item, packs)
    record(actor=actor, action="purchasing.item.changed", subject=item, number=version.number)
    return version


def _version(
    item: Item, number: int, text: str, actor: Actor, now: datetime, **known: object
) -> ItemVersion:
    if known.get("schedule") and not (known["is_rx"] and known["kind"] in SCHEDULED_KINDS):
        raise NotScheduled
    for name in SAME_IN & known.keys():  # so that the same is written the same
        known[name] = " ".join(str(known[name]).split())
    return ItemVersion.objects.create(
        item=item,
        number=number,
        **_segments(item, parse_ndc(text) if text else None),
        **known,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )


def _segments(item: Item, ndc: Ndc | None) -> dict[str, str]:
    if ndc is None:
        return {}
    other = ItemVersion.objects.current().filter(ndc12=ndc.ndc12).exclude(item=item).first()
    if other is not None:
        raise NdcTaken(other)
    return {
        "ndc_labeler": ndc.labeler,
        "ndc_product": ndc.product,
        "ndc_package": ndc.package,
        "ndc12": ndc.ndc12,
    }


def _add_packs(item: Item, packs: list[tuple[str, int]]) -> None:
    there = {level.name.casefold(): level.eaches for level in item.levels.all()}
    for name, eaches in packs:
        if there.get(name.casefold(), eaches) != eaches:
            raise PackTaken(name)
        if name.casefold() not in there:
            PackLevel.objects.create(item=item, name=name, eaches=eaches)
            there[name.casefold()] = eaches
