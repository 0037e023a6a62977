"""What suppliers sent back, what it was matched to, and each order three ways."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from ipaportal.core.refusals import NotPermitted
from purchasing.models import (
    Charge,
    ChargeCredit,
    Offer,
    PurchaseLine,
    PurchaseOrder,
    SupplierNumber,
    TradeDocument,
    TradeLine,
)
from purchasing.queries.awards import with_received
from purchasing.rules.invoices import Match, Ordered
from purchasing.rules.packs import PackLevel
from purchasing.rules.purchase_papers import unit_of
from purchasing.rules.trade_matching import OrderLine

VIEW = "purchasing.view_orders"
OUT = ("sent", "received")
INVOICE, NOTICE, ANSWER = "810", "856", "855"
UNMATCHED = ("unmatched", "no_order")
STANDING = (TradeDocument.State.TAKEN, TradeDocument.State.WAITING)


def order_named(supplier_id: int, number: str) -> PurchaseOrder | None:
    """An order of a supplier that went out, by its number."""
    found = PurchaseOrder.objects.filter(supplier=supplier_id, number__iexact=number.strip())
    return found.filter(status__in=OUT).select_related("order").first()


def order_lines(purchase: PurchaseOrder) -> list[OrderLine]:
    """The lines of an order as documents name them."""
    rows = list(_rows(purchase))
    items = sorted({row.order_item_id for row in rows})
    numbers = numbers_of(purchase.supplier_id, {row.order_item.level_id for row in rows})
    found = []
    for number, item in enumerate(items, start=1):
        mine = [row for row in rows if row.order_item_id == item]
        version = mine[0].order_item.version
        parts = tuple((one.location_id, one.pk, one.due) for one in mine if one.due)
        packs = sum(one.due for one in mine)
        code, unit = version.item.code, unit_of(mine[0].order_item.level.name)
        skus = frozenset(numbers.get(mine[0].order_item.level_id, ()))
        found.append(
            OrderLine(item, number, version.name, code, version.ndc12, packs, parts, unit, skus)
        )
    return found


def numbers_of(supplier_id: int, level_ids: Iterable[int]) -> dict[int, list[str]]:
    """What a supplier calls packs of ours by its own numbers, as far as anybody said."""
    rows = SupplierNumber.objects.filter(
        supplier=supplier_id, level__in=level_ids, superseded_at=None
    )
    found: dict[int, list[str]] = defaultdict(list)
    for level, number in rows.values_list("level", "number"):
        found[level].append(number)
    return found


def learnt_numbers(supplier_id: int) -> QuerySet[SupplierNumber]:
    """Every number of a supplier's own that means something now."""
    rows = SupplierNumber.objects.filter(
        supplier=supplier_id, superseded_at=None, level__isnull=False
    )
    return rows.select_related("level__item", "learnt_from").order_by("number")


def revoked_numbers(supplier_id: int) -> QuerySet[SupplierNumber]:
    """Numbers that meant something once, and by whom and when they were taken back."""
    return SupplierNumber.objects.filter(
        supplier=supplier_id, superseded_at=None, level=None
    ).order_by("-recorded_at")


def _rows(purchase: PurchaseOrder) -> QuerySet[PurchaseLine]:
    rows = with_received(purchase.lines.all()).order_by("order_item_id", "location_id")
    return rows.select_related("order_item__version__item", "order_item__level")


def ordered_lines(purchase: PurchaseOrder, but: int = 0) -> dict[int, Ordered]:
    """What was agreed on of each item, what came, and what invoices ask for that stand."""
    asked = dict(
        TradeLine.objects.filter(
            document__purchase=purchase, document__kind=INVOICE, document__state__in=STANDING,
            order_item__isnull=False,
        )
        .exclude(document=but)
        .exclude(state=TradeLine.State.ASIDE)
        .values_list("order_item")
        .annotate(packs=Sum("packs"))
    )  # fmt: skip
    by_item: dict[int, list[PurchaseLine]] = defaultdict(list)
    for row in _rows(purchase):
        by_item[row.order_item_id].append(row)
    return {item: _ordered(rows, asked.get(item, 0)) for item, rows in by_item.items()}


def agreed_freight(purchase: PurchaseOrder) -> int:
    """The freight that the award has for an order, in cents."""
    rows = purchase.lines.filter(blocked_because="")
    return purchase.ipa_freight_cents + (rows.aggregate(cents=Sum("freight_cents"))["cents"] or 0)


def freight_left(purchase: PurchaseOrder) -> int:
    """What of the agreed freight no invoice that stands asks for yet."""
    asked = TradeLine.objects.filter(
        document__purchase=purchase, document__kind=INVOICE, document__state__in=STANDING,
        order_item=None, state=TradeLine.State.TAKEN,
    )  # fmt: skip
    return max(agreed_freight(purchase) - (asked.aggregate(cents=Sum("cents"))["cents"] or 0), 0)


def _ordered(rows: list[PurchaseLine], invoiced: int) -> Ordered:
    first = rows[0]
    level = first.order_item.level
    offer = Offer.objects.filter(order_item=first.order_item_id, contract=first.contract_id)
    tiers = offer.values_list("tiers", flat=True).first() or []
    return Ordered(
        packs=sum(row.due for row in rows),
        received=sum(row.received for row in rows),
        invoiced=invoiced,
        price=first.price,
        unit=unit_of(level.name),
        level=PackLevel(level.name, level.eaches),
        ladder=tuple(
            PackLevel(one.name, one.eaches) for one in first.order_item.version.item.levels.all()
        ),
        tier_prices=tuple(Decimal(price) for _, price in tiers),
    )


# The inbox --------------------------------------------------------------------------------------


def documents(
    *, actor: Actor, text: str = "", show: str = "", kind: str = ""
) -> QuerySet[TradeDocument]:
    """
    Everything that suppliers sent, with how many lines of it wait.

    :raises NotPermitted: whoever may not see it
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    found = TradeDocument.objects.select_related("supplier__party", "purchase", "file")
    if text:
        found = found.filter(
            Q(number__istartswith=text) | Q(supplier__party__name__istartswith=text)
            | Q(purchase__number__istartswith=text)
        )  # fmt: skip
    if show in TradeDocument.State.values:
        found = found.filter(state=show)
    if kind:
        found = found.filter(kind=kind)
    waits = Q(lines__state=TradeLine.State.WAITING)
    return found.annotate(size=Count("lines"), waiting=Count("lines", filter=waits)).order_by("-pk")


def waiting_lines(*, for_finance: bool) -> QuerySet[TradeLine]:
    """Lines that wait for finance, or for whoever buys."""
    finance = Q(document__kind=INVOICE) & ~Q(code__in=UNMATCHED)
    rows = TradeLine.objects.filter(state=TradeLine.State.WAITING).order_by("pk")
    return rows.filter(finance if for_finance else ~finance)


# On their way -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnTheWay:
    """So many packs that a notice announced and that have not been counted yet."""

    packs: int
    lot: str
    expires: str
    line: TradeLine


def on_the_way(line: PurchaseLine, came: int) -> list[OnTheWay]:
    """What was announced for an office's line beyond what came, the oldest notice first."""
    rows = line.trade_lines.filter(
        document__kind=NOTICE, state=TradeLine.State.TAKEN
    ).select_related("document")
    found, counted = [], came
    for row in rows.order_by("pk"):
        taken = min(counted, row.packs)
        counted -= taken
        if row.packs > taken:
            said = row.said
            left = row.packs - taken
            found.append(OnTheWay(left, said.get("lot", ""), said.get("expires", ""), row))
    return found


# Three ways -------------------------------------------------------------------------------------


@dataclass
class ThreeWay:
    """An item of an order: ordered, answered, announced, come, invoiced."""

    item: str
    order_item: int
    match: Match
    answered: str = ""
    announced: int = 0


@dataclass
class Reckoning:
    """An order three ways: its lines, what invoices add to them, what was charged on."""

    lines: list[ThreeWay] = field(default_factory=list)
    extra_cents: int = 0
    freight_cents: int = 0
    """Freight that was agreed on; owed once anything came."""
    charged_cents: int = 0

    @property
    def received_cents(self) -> int:
        """What came, at the agreed prices, and freight with it once anything came."""
        came = sum(line.match.received_cents for line in self.lines)
        return came + self.freight_cents if came else 0

    @property
    def invoiced_cents(self) -> int:
        """What invoices that stand ask for, freight and other charges with it."""
        return sum(line.match.invoiced_cents for line in self.lines) + self.extra_cents

    @property
    def difference_cents(self) -> int:
        """Invoiced beyond what came; below zero if less."""
        return self.invoiced_cents - self.received_cents


def reckon(purchase: PurchaseOrder) -> Reckoning:
    """Work an order out three ways, in packs and in cents."""
    said = list(
        TradeLine.objects.filter(document__purchase=purchase, document__state__in=STANDING)
        .exclude(state=TradeLine.State.ASIDE)
        .select_related("document")
    )
    invoiced = [one for one in said if one.document.kind == INVOICE]
    charged = Charge.objects.filter(receipt__line__purchase=purchase, is_reversed=False)
    found = Reckoning(
        extra_cents=sum(one.cents for one in invoiced if one.order_item_id is None),
        freight_cents=agreed_freight(purchase),
        charged_cents=_sum(charged) - _sum(ChargeCredit.objects.filter(charge__in=charged)),
    )
    names = {
        row.order_item_id: str(row.order_item)
        for row in purchase.lines.select_related("order_item__version", "order_item__level")
    }
    came = _came(purchase)
    for item, ordered in ordered_lines(purchase).items():
        mine = [one for one in said if one.order_item_id == item]
        of_invoices = [one for one in mine if one.document.kind == INVOICE]
        packs, cents = came[item]
        match = Match(
            ordered.packs, packs, sum(one.packs for one in of_invoices), ordered.price, cents,
            sum(one.cents for one in of_invoices),
        )  # fmt: skip
        announced = sum(one.packs for one in mine if one.document.kind == NOTICE)
        answers = [one for one in mine if one.document.kind == ANSWER]
        found.lines.append(ThreeWay(names[item], item, match, _answers(answers), announced))
    return found


def _sum(rows: QuerySet) -> int:
    return rows.aggregate(all=Sum("cents"))["all"] or 0


def _came(purchase: PurchaseOrder) -> dict[int, tuple[int, int]]:
    """Packs that came in order, and their cents, each receipt rounded as it is charged."""
    found: dict[int, tuple[int, int]] = {}
    for row in purchase.lines.prefetch_related("receipts"):
        packs, cents = found.get(row.order_item_id, (0, 0))
        for one in row.receipts.all():
            packs, cents = packs + one.packs, cents + round_cents(row.price * one.packs)
        found[row.order_item_id] = (packs, cents)
    return found


def _answers(lines: Iterable[TradeLine]) -> str:
    last = max(lines, key=lambda one: one.document_id, default=None)
    return last.said.get("answer", "") if last is not None else "not answered"


def lines_said(purchase: PurchaseOrder) -> QuerySet[TradeLine]:
    """Every line of every document about an order, the newest document first."""
    rows = TradeLine.objects.filter(document__purchase=purchase)
    return rows.select_related(
        "document", "order_item__version", "order_item__level", "purchase_line__practice"
    ).order_by("-document_id", "segment_no", "pk")


def waiting_invoices() -> QuerySet[TradeDocument]:
    """Invoices of which something is invoiced before it came."""
    rows = TradeDocument.objects.filter(kind=INVOICE, state=TradeDocument.State.WAITING)
    return rows.filter(lines__code="not_come", lines__state="waiting").distinct().order_by("pk")
