"""Group orders that practices are in for: what the network's previews name before a step."""

from collections.abc import Collection

from credentialing.queries.stakes import OpenOrder
from ipaportal.core.words import day_text
from purchasing.models import Commitment, GroupOrder
from purchasing.queries.orders import words_of

_OPEN = GroupOrder.Status
# From the first word that a practice may give until its goods are there.
UNDER_WAY = (_OPEN.OPEN, _OPEN.TOPPING_UP, _OPEN.CLOSING, _OPEN.AWARDED, _OPEN.ORDERED)


def open_orders(*, practice_ids: Collection[int], practitioner_id: int) -> list[OpenOrder]:
    """The orders under way that some practices are in for, and what rests on one registration."""
    rows = Commitment.objects.filter(
        order_item__order__status__in=UNDER_WAY, practice__in=practice_ids
    )
    found: dict[tuple[int, int], list[Commitment]] = {}
    for one in words_of(rows.select_related("order_item__order", "practice")):
        found.setdefault((one.order_item.order_id, one.practice_id), []).append(one)
    told = [_told(words, practitioner_id) for words in found.values()]
    return sorted(told, key=lambda one: (one.name, one.practice, one.order_id))


def _told(words: list[Commitment], practitioner_id: int) -> OpenOrder:
    order = words[0].order_item.order
    is_open = order.status in (_OPEN.OPEN, _OPEN.TOPPING_UP)
    return OpenOrder(
        order_id=order.pk,
        name=order.name,
        state=f"open until {day_text(order.closes_at)}" if is_open else order.get_status_display(),
        practice=str(words[0].practice),
        items=len({one.order_item_id for one in words}),
        registered=len({
            one.order_item_id for one in words if one.registrant_id == practitioner_id
        }),
    )  # fmt: skip
