"""Stock that is kept apart, by whose it is."""

from collections.abc import Mapping

from django.db.models import QuerySet, Sum

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import ApartReceipt, ItemVersion
from purchasing.queries.orders import SHOP
from purchasing.queries.sites import practices_of
from purchasing.rules.apart import OWNERSHIPS

VIEW = "purchasing.view_orders"


def apart(*, actor: Actor, text: str = "", ownership: str = "") -> QuerySet[ApartReceipt]:
    """
    What every office received of a programme.

    :raises NotPermitted: whoever may not see orders
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return _chosen(ApartReceipt.objects.all(), text, ownership)


def my_apart(*, actor: Actor, text: str = "", ownership: str = "") -> QuerySet[ApartReceipt]:
    """What somebody's offices received of a programme."""
    mine = ApartReceipt.objects.filter(practice__in=practices_of(actor, SHOP))
    return _chosen(mine, text, ownership)


def _chosen(found: QuerySet[ApartReceipt], text: str, ownership: str) -> QuerySet[ApartReceipt]:
    if text:
        found = found.filter(version__name__icontains=text) | found.filter(lot__iexact=text)
    if ownership:
        found = found.filter(ownership=ownership)
    return found.select_related("practice", "location", "version", "level")


def packs_by_owner(found: QuerySet[ApartReceipt]) -> Mapping[str, int]:
    """Packs by whose they are; never summed with what was bought."""
    rows = found.order_by().values_list("ownership").annotate(packs=Sum("packs"))
    sums = dict(rows)
    return {name: sums.get(key, 0) for key, name in OWNERSHIPS.items()}


def program_items() -> QuerySet[ItemVersion]:
    """The items that a programme or a 340B account may give, with their packs."""
    rows = ItemVersion.objects.current().filter(
        is_rx=True, kind__in=["vaccine", "drug", "biologic"]
    )
    return rows.select_related("item").prefetch_related("item__levels").order_by("name")
