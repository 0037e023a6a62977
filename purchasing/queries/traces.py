"""Where a product went: every receipt of an NDC, a lot or a serial, with the papers that came."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import Receipt, SupplyPaper
from purchasing.rules.dscsa import PRODUCT_KINDS, covers
from purchasing.rules.ndc import BadNdc, parse_ndc, parse_product

VIEW = "purchasing.view_orders"


@dataclass(frozen=True)
class Traced:
    """What somebody looks for: any of an NDC or name, a lot, a serial, and days."""

    product: str = ""
    lot: str = ""
    serial: str = ""
    start: date | None = None
    end: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, which would be everything."""
        return not (self.product or self.lot or self.serial)

    def words(self) -> str:
        """What was looked for, as a packet says it."""
        parts = [
            self.product and f"product {self.product}",
            self.lot and f"lot {self.lot}",
            self.serial and f"serial {self.serial}",
            self.start and f"from {self.start}",
            self.end and f"to {self.end}",
        ]
        return ", ".join(filter(None, parts))


def _of_product(text: str) -> Q:
    """An NDC as it is written, with or without its package, or a part of the name."""
    try:
        return Q(line__order_item__version__ndc12=parse_ndc(text).ndc12)
    except BadNdc:
        pass
    try:
        return Q(line__order_item__version__ndc12__startswith=parse_product(text))
    except BadNdc:
        return Q(line__order_item__version__name__icontains=text)


def traced(*, actor: Actor, asked: Traced) -> QuerySet[Receipt]:
    """
    The receipts of prescription drugs that fit, the newest first.

    :raises NotPermitted: whoever may not see orders
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = Receipt.objects.filter(
        line__order_item__version__is_rx=True, line__order_item__version__kind__in=PRODUCT_KINDS
    )
    if asked.product:
        found = found.filter(_of_product(asked.product))
    if asked.lot:
        found = found.filter(lot__iexact=asked.lot)
    if asked.serial:
        found = found.filter(serials__serial=asked.serial)
    if asked.start:
        found = found.filter(recorded_at__date__gte=asked.start)
    if asked.end:
        found = found.filter(recorded_at__date__lte=asked.end)
    return (
        found.select_related(
            "line__practice", "line__location", "line__purchase__supplier__party",
            "line__order_item__version", "line__order_item__level",
        )
        .annotate(scanned=Count("serials", distinct=True))
        .prefetch_related("line__papers", "serials")
        .order_by("-pk")
    )  # fmt: skip


def papers_of(receipt: Receipt) -> list[SupplyPaper]:
    """The papers that are about a receipt."""
    return [one for one in receipt.line.papers.all() if covers(one.lot, receipt.lot)]
