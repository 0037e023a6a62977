"""What was awarded still has to hold for what is left, whenever an order goes out."""

from decimal import Decimal

from ipaportal.core.money import dollars
from ipaportal.core.refusals import Refused
from purchasing.models import Offer, PurchaseLine
from purchasing.rules.ladders import scheme_of
from purchasing.rules.tiers import price_at


class PriceWouldRise(Refused):
    """Without those whom a gate stops now, the tier of the award is missed."""

    def __init__(self, name: str, packs: int) -> None:
        super().__init__(
            f"Without the offices that a gate stops now, {packs:,} packs of {name} are left, and "
            "their price is above the award's. Nothing was sent. Award again: who stays is asked "
            "at the new price."
        )


class BelowSmallestOrder(Refused):
    """Without those whom a gate stops now, the supplier's smallest order is missed."""

    def __init__(self, left_cents: int, minimum_cents: int) -> None:
        super().__init__(
            f"Without the offices that a gate stops now, ${dollars(left_cents)} are left, and the "
            f"supplier takes orders from ${dollars(minimum_cents)}. Nothing was sent. Award again, "
            "or agree on a smaller order with the supplier."
        )


def check_prices(lines: list[PurchaseLine]) -> None:
    """
    See that what is left still has the price that was awarded, and is not too small an order.

    :raises PriceWouldRise: if it has not
    :raises BelowSmallestOrder: if it is
    """
    left: dict[int, int] = {}
    for line in lines:
        left[line.order_item_id] = left.get(line.order_item_id, 0) + line.due
    offers = {line.order_item_id: line.order_item.offers.get(contract=line.contract_id)
              for line in lines}  # fmt: skip
    for line in lines:
        packs = left[line.order_item_id]
        price = _price(offers[line.order_item_id], packs, offers, left)
        if packs and (price is None or price > line.price):
            raise PriceWouldRise(line.order_item.version.name, packs)
    spent = int(sum((Decimal(line.price) * line.due for line in lines), Decimal(0)) * 100)
    minimum = max((offer.minimum_cents for offer in offers.values()), default=0)
    if 0 < spent < minimum:
        raise BelowSmallestOrder(spent, minimum)


def _price(
    offer: Offer, packs: int, offers: dict[int, Offer], left: dict[int, int]
) -> Decimal | None:
    """At its own volume; or at all that is left of what its contract counts together."""
    own = price_at(scheme_of(offer.tiers), packs)
    if offer.pool is None:
        return own
    measured = offer.pool["before"] + sum(
        other.pool["weight"] * left[item]
        for item, other in offers.items()
        if other.pool is not None and other.contract_id == offer.contract_id
    )
    return price_at(scheme_of(offer.pool["ladder"]), measured)
