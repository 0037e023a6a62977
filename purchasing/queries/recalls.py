"""Recalls as staff follow them, and as a practice answers them."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import (
    ApartReceipt,
    ItemVersion,
    PackCode,
    Recall,
    RecallNotice,
    Receipt,
)
from purchasing.queries.orders import SHOP
from purchasing.queries.sites import practices_of
from purchasing.rules import recalls as rules
from purchasing.rules.ndc import Ndc, parse_ndc

VIEW = "purchasing.view_orders"
LIVE = ("Ongoing", "Pending")
TOLD = ("notified", "acknowledged", "reported")


def ndc_of(version: ItemVersion) -> Ndc | None:
    """The code of an item, if it has one."""
    if not version.ndc12:
        return None
    return Ndc(version.ndc_labeler, version.ndc_product, version.ndc_package)


Codes = Mapping[int, frozenset[str]]


def holding_of(receipt: Receipt, codes: Codes) -> rules.Holding:
    """What came, as the rules compare it."""
    version = receipt.line.order_item.version
    return rules.Holding(
        receipt.line.practice.name, version.name, ndc_of(version), receipt.lot,
        receipt.packs + receipt.damaged, codes.get(version.item_id, frozenset()),
        tuple(one.serial for one in receipt.serials.all()),
    )  # fmt: skip


def apart_as_holding(stock: ApartReceipt, codes: Codes) -> rules.Holding:
    """Stock kept apart, as the rules compare it."""
    version = stock.version
    gtins = codes.get(version.item_id, frozenset())
    return rules.Holding(
        stock.practice.name, version.name, ndc_of(version), stock.lot, stock.packs, gtins
    )


def codes_of(items: Iterable[int]) -> Codes:
    """By item every article number that is or was on file: what came once may have had it."""
    found: dict[int, set[str]] = {}
    rows = PackCode.objects.filter(level__item__in=set(items))
    for item_id, gtin in rows.values_list("level__item_id", "gtin"):
        found.setdefault(item_id, set()).add(gtin)
    return {item_id: frozenset(gtins) for item_id, gtins in found.items()}


NOTICE_OF = (
    "recall", "practice", "receipt__line__order_item__version",
    "receipt__line__order_item__level", "receipt__line__location", "receipt__line__purchase",
    "apart__version", "apart__level", "apart__location",
)  # fmt: skip


def recall_as_rule(recall: Recall) -> rules.Recall:
    """A stored recall as the rules compare it."""
    told = recall.content
    return rules.Recall(
        recall.number,
        recall.classification,
        recall.description,
        told["labeler"],
        tuple(parse_ndc(code) for code in recall.ndcs),
        tuple(told["products"]),
        tuple(rules.Lot(number) for number in recall.lots),
        recall.is_all_lots,
        tuple(told["unread"]),
        tuple(told.get("gtins", [])),  # recalls from before devices' codes were read have none
        tuple(told.get("serials", [])),
    )


def recalls(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[Recall]:
    """
    Every recall with whom it concerns and who answered.

    :raises NotPermitted: whoever may not see them
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = Recall.objects.annotate(
        told=Count("notices", filter=Q(notices__status__in=TOLD)),
        answered=Count("notices", filter=Q(notices__status="reported")),
        waiting=Count("notices", filter=Q(notices__status="suggested")),
    )
    if text:
        found = found.filter(
            Q(number__istartswith=text) | Q(firm__istartswith=text) | Q(description__icontains=text)
        )
    if show == "ours":
        found = found.filter(Q(told__gt=0) | Q(waiting__gt=0))
    return found


def packs_of(recall: Recall) -> tuple[int, int]:
    """Packs that came of what practices were told about, and those they accounted for."""
    told = recall.notices.filter(status__in=TOLD)
    packs = Sum(Coalesce(F("receipt__packs"), F("apart__packs")), default=0)
    came = told.aggregate(packs=packs)["packs"]
    return came, told.filter(status="reported").aggregate(packs=packs)["packs"]


def my_notices(*, actor: Actor) -> QuerySet[RecallNotice]:
    """What somebody's practices were told."""
    found = RecallNotice.objects.filter(practice__in=practices_of(actor, SHOP), status__in=TOLD)
    return found.select_related(*NOTICE_OF)


def is_recalled(version: ItemVersion) -> bool:
    """Whether every lot of an item is recalled now, so that none is to be bought."""
    live = list(Recall.objects.filter(status__in=LIVE, is_all_lots=True))
    if not live:
        return False
    ndc, gtins = ndc_of(version), codes_of([version.item_id]).get(version.item_id, frozenset())
    return any(
        gtins & set(recall.content.get("gtins", []))
        or (ndc and ndc.ndc12 in {parse_ndc(code).ndc12 for code in recall.ndcs})
        for recall in live
    )


def recalled_lot(version: ItemVersion, lot: str, serials: Collection[str] = ()) -> Recall | None:
    """The recall that a lot or a package of an item is in, if it is in one."""
    ndc, gtins = ndc_of(version), codes_of([version.item_id]).get(version.item_id, frozenset())
    if (ndc is None and not gtins) or not (lot or serials):
        return None
    holding = rules.Holding("", version.name, ndc, lot, 0, gtins, tuple(serials))
    for recall in Recall.objects.filter(status__in=LIVE):
        found = rules.match(recall_as_rule(recall), holding)
        if found is not None and found.rung == rules.Rung.NDC_AND_LOT:
            return recall
    return None
