"""Who may still buy and sell of a closed order; purchase orders and what came of them."""

from datetime import date

from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from ipaportal.core.actors import Actor
from purchasing.models import Commitment, GroupOrder, ItemVersion, PurchaseLine
from purchasing.queries.eligibility import refusals_in_order
from purchasing.queries.orders import SHOP
from purchasing.queries.recalls import is_recalled
from purchasing.queries.sites import goods_of, place_of, practices_of, seller_of
from purchasing.rules.gates import Refusal, Request, Stage, refusals_of, seller_refusals


def office_refusals(
    commitment: Commitment,
    order: GroupOrder,
    today: date,
    stage: Stage,
    version: ItemVersion | None = None,
    contract_id: int | None = None,
) -> list[Refusal]:
    """
    Why an office may not buy an item any more; nothing if it may.

    The item is what it asked for, or the version of another that stands in for it. What it was
    awarded is bought under one contract; before that under whichever offers the item. What has
    come is not asked about: whoever took it in may have lost its place with the supplier since.
    """
    version = version or commitment.order_item.version
    place = place_of(commitment.location, today, commitment.registrant_id)
    request = Request(
        goods_of(version, is_recalled=is_recalled(version)),
        place,
        stage,
        today,
        order.delivery_date,
        commitment.flex,
    )
    if stage == Stage.RECEIPT:
        return refusals_of(request)
    practice = commitment.location.practice
    return [
        *refusals_of(request),
        *refusals_in_order(practice, order.pk, version.pk, today, contract_id),
    ]


def gates_of(
    commitment: Commitment,
    order: GroupOrder,
    today: date,
    stage: Stage,
    version: ItemVersion | None = None,
) -> str:
    """The same in words; empty if it may."""
    found = office_refusals(commitment, order, today, stage, version)
    return " ".join(one.words() for one in found)


def seller_words(offer_contract, version, state: str, today: date, excluded) -> str:
    """Why a supplier may not be bought an item from, in words; empty if it may."""
    supplier = offer_contract.supplier
    is_excluded = f"supplier:{supplier.party_id}" in excluded
    seller = seller_of(supplier, is_excluded=is_excluded)
    return " ".join(one.words() for one in seller_refusals(seller, goods_of(version), state, today))


def door_refusals(line: PurchaseLine, today: date) -> list[Refusal]:
    """Why an office may not take in what came, or its seller not sell it; nothing if it may."""
    version, state = line.order_item.version, line.commitment.location.state
    office = office_refusals(line.commitment, line.purchase.order, today, Stage.RECEIPT, version)
    seller = seller_of(line.purchase.supplier, is_excluded=False)
    return [*office, *seller_refusals(seller, goods_of(version), state, today)]


# What came -------------------------------------------------------------------------------------


def with_received(lines: QuerySet[PurchaseLine]) -> QuerySet[PurchaseLine]:
    """Lines with the packs that came in order, and those that were damaged."""
    return lines.annotate(
        received=Coalesce(Sum("receipts__packs"), 0),
        spoilt=Coalesce(Sum("receipts__damaged"), 0),
    )


def lines_of(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[PurchaseLine]:
    """What was ordered for somebody's practices, the newest first."""
    found = PurchaseLine.objects.filter(practice__in=practices_of(actor, SHOP))
    found = found.exclude(purchase__status__in=("approved", "cancelled"))
    if text:
        found = found.filter(order_item__version__name__icontains=text)
    found = with_received(found)
    if show == "open":
        found = found.filter(received__lt=F("due"))
    return found.select_related(
        "purchase__supplier__party", "purchase__order", "order_item__version", "order_item__level",
        "location", "commitment__location__practice", "commitment__order_item__version",
    ).order_by("-pk")  # fmt: skip


def settled_orders() -> QuerySet[GroupOrder]:
    """Orders on their way of which everything that is still expected has come."""
    lines = PurchaseLine.objects.filter(purchase__order=OuterRef("pk"))
    missing = with_received(lines.exclude(purchase__status="cancelled")).filter(
        received__lt=F("due")
    )
    return GroupOrder.objects.filter(~Exists(missing), status="ordered").order_by("pk")
