"""Which items of a group order may stand in for one another, by their pinned versions."""

from collections.abc import Iterable

from django.db.models import QuerySet, prefetch_related_objects

from purchasing.models import ItemVersion, OrderItem, PackLevel
from purchasing.rules.equivalents import Described, equivalents, standing_in


def equivalents_of(items: Iterable[OrderItem] | QuerySet) -> dict[int, list[OrderItem]]:
    """By item the others of its order that may stand in for it; items without any left out."""
    known = {str(item.pk): item for item in items}
    prefetch_related_objects(list(known.values()), "version", "level")
    found = equivalents({key: described(item) for key, item in known.items()})
    return {int(key): [known[other] for other in others] for key, others in found.items()}


def described(item: OrderItem) -> Described:
    """An item in its pack as the rule wants it, by the version that the order pinned."""
    return _described(item.version, item.level, is_as_written=item.is_as_written)


def described_now(levels: Iterable[PackLevel]) -> dict[int, Described]:
    """Packs as the rule wants them, by what their items are stated to be now."""
    known = list(levels)
    current = ItemVersion.objects.current().filter(item__in={one.item_id for one in known})
    versions = {one.item_id: one for one in current}
    return {one.pk: _described(versions[one.item_id], one) for one in known}


def alike_levels(levels: Iterable[PackLevel]) -> dict[int, set[int]]:
    """By pack all packs of the catalogue that may stand in for it now, without itself."""
    wanted = described_now(levels)
    kinds = {one.kind for one in wanted.values() if one.same_as}
    if not kinds:
        return {pk: set() for pk in wanted}
    versions = ItemVersion.objects.current().filter(kind__in=kinds)
    sized = PackLevel.objects.filter(
        item__in=versions.values("item"), eaches__in={one.eaches for one in wanted.values()}
    )
    every = {str(pk): one for pk, one in described_now(sized).items()}
    return {pk: {int(key) for key in standing_in(one, every)} - {pk} for pk, one in wanted.items()}


def target_in(
    level_id: int, wanted: Described | None, items: Iterable[OrderItem]
) -> OrderItem | None:
    """The item of an order that is asked for: the very one, else the first that may stand in."""
    known = {str(item.pk): item for item in sorted(items, key=lambda item: item.pk)}
    very = next((item for item in known.values() if item.level_id == level_id), None)
    if very is not None or wanted is None:
        return very
    others = {f"{item.pk:012}": described(item) for item in known.values()}
    found = standing_in(wanted, others)
    return known[str(int(found[0]))] if found else None


def _described(version: ItemVersion, level: PackLevel, *, is_as_written: bool = False) -> Described:
    return Described(
        kind=version.kind,
        eaches=level.eaches,
        ingredient=version.ingredient,
        strength=version.strength,
        form=version.form,
        route=version.route,
        supply_class=version.supply_class,
        schedule=version.schedule,
        is_as_written=is_as_written,
    )
