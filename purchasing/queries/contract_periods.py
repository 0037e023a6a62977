"""What a contract's period bought so far, for its tiers: before an order, and on its page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was ordered, the tiers of that day's price list, and the packs that count."""

    pk: int
    practice_id: int
    practice: str
    level_id: int
    item: str
    price: Decimal
    purchase_id: int
    purchase: str
    sent_on: date
    tiers: list[list]
    packs: int


COLUMNS = ("pk", "practice_id", "practice__name", "order_item__level_id",
           "order_item__version__name", "price", "purchase_id", "purchase__number",
           "purchase__sent_at", "due")  # fmt: skip


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
        line.packs * weight_of(line.tiers, contract.metric)
        for line in bought
        if level_id is None or line.level_id == level_id
    )


def bought_under(
    contract: SupplyContract, start: date | None = None, end: date | None = None
) -> list[Line]:
    """What was ordered under a contract within some days, each with its price list of the day."""
    return _lines(contract, _sent(contract, start, end).filter(due__gt=0))


def kept_under(
    contract: SupplyContract, start: date | None = None, end: date | None = None
) -> list[Line]:
    """
    What came of it and did not go back: for this alone a supplier gives something back.

    An order counts in the period in which it was sent, whenever it comes.
    """
    sent = _sent(contract, start, end)
    return _lines(contract, sent, kept_packs(sent))


def _sent(contract: SupplyContract, start: date | None, end: date | None) -> QuerySet[PurchaseLine]:
    sent = PurchaseLine.objects.filter(
        contract=contract, purchase__status__in=SENT, purchase__sent_at__isnull=False
    )
    if start is not None:
        within = {"purchase__sent_at__date__gte": start, "purchase__sent_at__date__lt": end}
        sent = sent.filter(**within)
    return sent


def _lines(
    contract: SupplyContract, sent: QuerySet[PurchaseLine], kept: Mapping[int, int] | None = None
) -> list[Line]:
    """Read by columns: a year of a contract may have a hundred thousand lines."""
    lists: dict[int, list[PriceLine]] = defaultdict(list)
    for one in PriceLine.objects.current().filter(contract=contract).select_related("level"):
        lists[one.level_id].append(one)
    found, days = [], {}
    for row in sent.order_by("pk").values_list(*COLUMNS):
        *told, sent_at, due = row
        pk, _, _, level_id, name, *_ = told
        packs = due if kept is None else kept.get(pk, 0)
        if sent_at not in days:  # an order has thousands of lines
            days[sent_at] = timezone.localdate(sent_at)
        day = days[sent_at]
        known = _on(lists[level_id], day)
        if packs and known:
            told[4] = f"{name}, {known.level}"
            found.append(Line(*told, sent_on=day, tiers=known.tiers, packs=packs))
    return found


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
    names = {str(line.practice_id): line.practice for line in bought}
    return [
        PeriodStanding(name, start, end, standing_of(contract, rows), names)
        for name, rows in sorted(grouped(contract, bought).items())
    ]


def grouped(contract: SupplyContract, bought: Iterable[Line]) -> dict[str, list[Line]]:
    """What was bought, by what counts together: each item by itself, or all of them."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for one in bought:
        is_one = contract.scope == SupplyContract.Scope.ITEM
        groups[one.item if is_one else "All items together"].append(one)
    return groups


def standing_of(contract: SupplyContract, rows: list[Line]) -> Standing:
    """How far the tiers are of what counts together, and what is owed back on it."""
    ladders = ladders_of(rows)
    told = [
        Bought(str(line.practice_id), str(line.level_id), line.packs, line.price) for line in rows
    ]
    found = standing(ladders, told, terms_of(contract))
    if contract.effect == SupplyContract.Effect.RETROACTIVE:
        return found
    return Standing(found.measured, found.tier, found.next_at, ())  # nothing comes back


def ladders_of(rows: Iterable[Line]) -> dict[str, list[list]]:
    """The tiers of each item, by its newest line."""
    return {str(line.level_id): line.tiers for line in rows}


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
