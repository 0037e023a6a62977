"""What can be bought, from whom, at which price."""

from datetime import date

from django.db.models import Count, Q, QuerySet, Sum

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import Item, ItemVersion, PriceLine, PurchaseLine, Supplier, SupplyContract

VIEW = "purchasing.view_catalogue"


def may_view(actor: Actor) -> None:
    """
    Refuse whoever may not see the catalogue.

    :raises NotPermitted: if they may not
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)


def items(*, actor: Actor, today: date, text: str = "", kind: str = "") -> QuerySet[ItemVersion]:
    """Every item as it is known now, with how many contracts price it today."""
    may_view(actor)
    found = ItemVersion.objects.current().select_related("item")
    if text:
        digits = text.replace("-", "")
        named = Q(name__istartswith=text) | Q(name__icontains=f" {text}")
        found = found.filter(
            named | Q(item__code__istartswith=text) | Q(hcpcs__iexact=text)
            | (Q(ndc12__contains=digits) if digits.isdigit() and len(digits) > 3 else Q(pk=None))
        )  # fmt: skip
    if kind:
        found = found.filter(kind=kind)
    prices = PriceLine.objects.on(today).values("pk")
    return found.annotate(
        contracts=Count(
            "item__levels__prices__contract",
            filter=Q(item__levels__prices__in=prices),
            distinct=True,
        )
    )


def item_named(text: str) -> Item | None:
    """The item that a file names, by our number or by its NDC; None if none, or several."""
    by_code = Item.objects.filter(code__iexact=text).first()
    if by_code is not None:
        return by_code
    found = ItemVersion.objects.current().filter(ndc12=text).select_related("item")[:2]
    return found[0].item if len(found) == 1 else None


def prices_of(item: Item, today: date) -> QuerySet[PriceLine]:
    """What an item costs under each contract, today and later."""
    known = PriceLine.objects.current().filter(level__item=item)
    known = known.filter(Q(end_date=None) | Q(end_date__gt=today))
    return known.select_related("level", "contract__supplier__party").order_by(
        "contract__supplier__party__name", "level__eaches", "effective_date"
    )


def suppliers(*, actor: Actor, today: date, text: str = "") -> QuerySet[Supplier]:
    """Every supplier with how many contracts and licences hold today."""
    may_view(actor)
    found = Supplier.objects.select_related("party")
    if text:
        found = found.filter(party__name__istartswith=text)
    holds = Q(contracts__effective_date__lte=today) & (
        Q(contracts__end_date=None) | Q(contracts__end_date__gt=today)
    )
    kept = Q(licences__superseded_at=None, licences__expires_date__gte=today)
    return found.annotate(
        contract_count=Count("contracts", filter=holds, distinct=True),
        licence_count=Count("licences", filter=kept, distinct=True),
    )


def contract_prices(contract: SupplyContract, today: date, show: str = "") -> QuerySet[PriceLine]:
    """The prices of a contract: those of today and later, or all that ever were."""
    found = contract.prices.select_related("level__item", "price_list", "contract")
    if show != "all":
        found = found.current().filter(Q(end_date=None) | Q(end_date__gt=today))
    return found.order_by("level__item__code", "level__eaches", "effective_date", "pk")


def names_of(item_ids) -> dict[int, str]:
    """What items are called now."""
    found = ItemVersion.objects.current().filter(item__in=set(item_ids))
    return dict(found.values_list("item_id", "name"))


# What was ordered ------------------------------------------------------------------------------


def ordered(**of: object) -> list[dict[str, object]]:
    """What was ordered of an item, or from a supplier: a row an item of each purchase order."""
    lines = PurchaseLine.objects.filter(**of).exclude(purchase__status="cancelled")
    keys = ("purchase_id", "purchase__number", "purchase__status", "purchase__order__name",
            "purchase__order_id", "order_item_id", "order_item__version__name",
            "order_item__level__name", "price")  # fmt: skip
    return list(lines.values(*keys).annotate(sum_packs=Sum("packs")).order_by("-purchase_id"))
