"""Which items of a group order may stand in for one another, by their pinned versions."""

from collections.abc import Iterable

from django.db.models import QuerySet, prefetch_related_objects

from purchasing.models import OrderItem
from purchasing.rules.equivalents import Described, equivalents


def equivalents_of(items: Iterable[OrderItem] | QuerySet) -> dict[int, list[OrderItem]]:
    """By item the others of its order that may stand in for it; items without any left out."""
    known = {str(item.pk): item for item in items}
    prefetch_related_objects(list(known.values()), "version", "level")
    found = equivalents({key: described(item) for key, item in known.items()})
    return {int(key): [known[other] for other in others] for key, others in found.items()}


def described(item: OrderItem) -> Described:
    """An item in its pack as the rule wants it, by the version that the order pinned."""
    version = item.version
    return Described(
        kind=version.kind,
        eaches=item.level.eaches,
        ingredient=version.ingredient,
        strength=version.strength,
        form=version.form,
        route=version.route,
        supply_class=version.supply_class,
        schedule=version.schedule,
        is_as_written=item.is_as_written,
    )
