"""What was ordered before, on the page of an item and of a supplier: every figure opens."""

from django.urls import reverse

from ipaportal.core.money import round_cents
from ipaportal.core.parts import Column, Empty, Listing, list_rows
from purchasing.queries.catalogue import ordered

MOST = 200
PACKS = (
    Column("packs", "Packs", "count"),
    Column("pack", "Pack"),
    Column("price", "Price $", "price"),
    Column("cents", "Comes to $", "money"),
)
OF_ITEM = (
    Column("number", "Purchase order", "link"),
    Column("order", "Group order", url="order_url"),
    *PACKS,
)
FROM_SUPPLIER = (OF_ITEM[0], OF_ITEM[1], Column("item", "Item"), *PACKS)


def of_item(item_id: int) -> Listing:
    """What was ordered of an item, the newest first."""
    empty = Empty("Not ordered yet", "What group orders buy of it comes here, with its price.")
    return _listed(ordered(order_item__version__item=item_id), OF_ITEM, empty)


def from_supplier(supplier_id: int) -> Listing:
    """What was ordered from a supplier, the newest first."""
    empty = Empty("Nothing ordered yet", "An award makes a purchase order to each supplier in it.")
    return _listed(ordered(purchase__supplier=supplier_id), FROM_SUPPLIER, empty)


def _listed(found: list[dict], columns: tuple[Column, ...], empty: Empty) -> Listing:
    rows = [
        {
            "number": one["purchase__number"],
            "url": reverse("purchasing:purchase_detail", args=[one["purchase_id"]]),
            "order": one["purchase__order__name"],
            "order_url": reverse("purchasing:order_detail", args=[one["purchase__order_id"]]),
            "item": one["order_item__version__name"],
            "pack": one["order_item__level__name"],
            "packs": one["sum_packs"],
            "price": one["price"],
            "cents": round_cents(one["price"] * one["sum_packs"]),
        }
        for one in found
    ]
    return list_rows(rows, columns, {}, caption="Ordered so far", page_size=MOST, empty=empty)
