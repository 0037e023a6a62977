"""What a contract's period bought so far, for its tiers: before an order, and on its page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from purchasing.models import PriceLine, PurchaseLine, SupplyContract
from purchasing.queries.troubles import kept_packs
from purchasing.rules.award_offers import Pool, Seller
from purchasing.rules.periods import (
    Bought,
    Standing,
    Terms,
    own_ladder,
    period_of,
    pool_ladder,
    standing,
    weight_of,
)

SENT = ("sent", "received")
# A line, the price list of the day on which it was ordered, and the packs that count.
Line = tuple[PurchaseLine, list[list], int]


def terms_of(contract: SupplyContract) -> Terms:
    """What the tiers of a contract count, and which tier an order gets."""
    return Terms(contract.metric, contract.scope, contract.effect)


def frozen_tiers(line: PriceLine, day: date) -> tuple[list[list], dict | None]:
    """What a contract asks for a pack in an order that closes on a day: alone, and in its pool."""
    contract, terms = line.contract, terms_of(line.contract)
    if terms == Terms():
        return line.tiers, None
    before = before_of(contract, day, line.level_id if terms.scope == "item" else None)
    pool = {
        "weight": weight_of(line.tiers, terms.metric),
        "before": before,
        "ladder": pool_ladder(line.tiers, terms),
        "metric": terms.metric,
    }
    return own_ladder(line.tiers, terms, before), pool if terms.is_pool else None


def before_of(contract: SupplyContract, day: date, level_id: int | None = None) -> int:
    """What the period that a day is in bought so far, in what the tiers count."""
    if not contract.period:
        return 0
    bought = bought_under(contract, *period_of(contract.period, contract.effective_date, day))
    return sum(
        packs * weight_of(ladder, contract.metric)
        for line, ladder, packs in bought
        if level_id is None or line.order_item.level_id == level_id
    )


def bought_under(
    contract: SupplyContract, start: date | None = None, end: date | None = None
) -> list[Line]:
    """What was ordered under a contract within some days, each with its price list of the day."""
    lines = _with_lists(contract, _sent(contract, start, end).filter(due__gt=0))
    return [(line, ladder, line.due) for line, ladder in lines]


def kept_under(
    contract: SupplyContract, start: date | None = None, end: date | None = None
) -> list[Line]:
    """
    What came of it and did not go back: for this alone a supplier gives something back.

    An order counts in the period in which it was sent, whenever it comes.
    """
    sent = _sent(contract, start, end)
    kept = kept_packs(sent)
    lines = _with_lists(contract, sent.filter(pk__in=kept))
    return [(line, ladder, kept[line.pk]) for line, ladder in lines]


def _sent(contract: SupplyContract, start: date | None, end: date | None) -> QuerySet[PurchaseLine]:
    sent = PurchaseLine.objects.filter(
        contract=contract, purchase__status__in=SENT, purchase__sent_at__isnull=False
    )
    if start is not None:
        within = {"purchase__sent_at__date__gte": start, "purchase__sent_at__date__lt": end}
        sent = sent.filter(**within)
    return sent


def _with_lists(
    contract: SupplyContract, sent: QuerySet[PurchaseLine]
) -> list[tuple[PurchaseLine, list[list]]]:
    lines = sent.select_related("order_item__level", "order_item__version", "purchase", "practice")
    lists: dict[int, list[PriceLine]] = defaultdict(list)
    for one in PriceLine.objects.current().filter(contract=contract):
        lists[one.level_id].append(one)
    return [
        (line, known.tiers)
        for line in lines.order_by("pk")
        if (known := _on(lists[line.order_item.level_id], line.purchase.sent_at.date()))
    ]


def _on(lists: Iterable[PriceLine], day: date) -> PriceLine | None:
    for one in lists:
        if one.effective_date <= day and (one.end_date is None or day < one.end_date):
            return one
    return None


@dataclass(frozen=True)
class PeriodStanding:
    """How the tiers of a period stand: of one item, or of all together."""

    name: str
    start: date
    end: date
    found: Standing
    names: dict[str, str]
    """Practices by key."""


def standings_of(contract: SupplyContract, day: date) -> list[PeriodStanding]:
    """How far the tiers of a contract's period are, and what its supplier owes back."""
    if not contract.period:
        return []
    start, end = period_of(contract.period, contract.effective_date, day)
    bought = bought_under(contract, start, end)
    names = {str(line.practice_id): line.practice.name for line, _, _ in bought}
    return [
        PeriodStanding(name, start, end, standing_of(contract, rows), names)
        for name, rows in sorted(grouped(contract, bought).items())
    ]


def grouped(contract: SupplyContract, bought: Iterable[Line]) -> dict[str, list[Line]]:
    """What was bought, by what counts together: each item by itself, or all of them."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for one in bought:
        is_one = contract.scope == SupplyContract.Scope.ITEM
        groups[str(one[0].order_item) if is_one else "All items together"].append(one)
    return groups


def standing_of(contract: SupplyContract, rows: list[Line]) -> Standing:
    """How far the tiers are of what counts together, and what is owed back on it."""
    ladders = {str(line.order_item.level_id): ladder for line, ladder, _ in rows}
    told = [
        Bought(str(line.practice_id), str(line.order_item.level_id), packs, line.price)
        for line, _, packs in rows
    ]
    found = standing(ladders, told, terms_of(contract))
    if contract.effect == SupplyContract.Effect.RETROACTIVE:
        return found
    return Standing(found.measured, found.tier, found.next_at, ())  # nothing comes back


def sellers_of(offers: Iterable) -> list[Seller]:
    """Frozen offers as each contract's bid: ladders by item, its pool, its supplier's terms."""
    by_contract: dict[int, list] = defaultdict(list)
    for offer in offers:
        by_contract[offer.contract_id].append(offer)
    return [
        Seller(
            key=str(pk),
            ladders={str(one.order_item_id): one.tiers for one in mine},
            minimum_cents=mine[0].minimum_cents,
            freight_cents=mine[0].freight_cents,
            house=str(mine[0].contract.supplier_id),
            pool=_pool([one for one in mine if one.pool is not None]),
        )
        for pk, mine in sorted(by_contract.items())
    ]


def _pool(offers: list) -> Pool | None:
    if not offers:
        return None
    return Pool(
        {str(one.order_item_id): one.pool["ladder"] for one in offers},
        {str(one.order_item_id): one.pool["weight"] for one in offers},
        offers[0].pool["before"],
    )
