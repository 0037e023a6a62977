"""What a group order closed with: put together for whoever may see it, and its digest."""

import hashlib
import json
from collections import defaultdict

from purchasing.models import GroupOrder, ItemClosing, OfficePart


def closing_of(order: GroupOrder) -> dict | None:
    """
    All that an order froze when it closed, as its digest was taken; None while it is open.

    As the database shows it: whoever acts for a practice gets its own offices, and no total.
    """
    if order.snapshot is None:
        return None
    totals = {
        one.order_item_id: {"packs": one.packs, "unfilled": one.unfilled}
        for one in ItemClosing.objects.filter(order_item__order=order)
    }
    offices = defaultdict(list)
    for one in OfficePart.objects.filter(order_item__order=order):
        offices[one.order_item_id].append(office_of(one))
    items = [
        {
            **item,
            **totals.get(item["item"], {}),
            "offices": sorted(offices[item["item"]], key=lambda one: str(one["location"])),
        }
        for item in order.snapshot["items"]
    ]
    return {**order.snapshot, "items": items}


def office_of(part: OfficePart) -> dict[str, object]:
    """An office's part, as it is frozen."""
    return {
        "location": part.location_id,
        "practice": part.practice_id,
        "commitment": part.commitment_id,
        "asked": part.asked,
        "flex": part.flex,
        "packs": part.packs,
        "released": part.released,
    }


def snapshot_digest(closing: dict) -> str:
    """The digest of what an order closed with."""
    told = json.dumps(closing, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
