"""What was wrong with what came and how it stands, for staff and for the practice itself."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from purchasing.models import (
    OrderItem,
    PurchaseLine,
    Receipt,
    ReceiptSerial,
    SupplyPaper,
    TradeLine,
    Trouble,
    TroubleStep,
)
from purchasing.queries.orders import SHOP
from purchasing.queries.sites import practices_of
from purchasing.rules import dscsa
from purchasing.rules.troubles import FINAL, GOING_BACK, HELD, Kind, left_to_return

VIEW = "purchasing.view_orders"
FEW = 100
NOTICE = "856"


def with_state(found: QuerySet[Trouble]) -> QuerySet[Trouble]:
    """Troubles with how each stands: its newest step, or open."""
    steps = TroubleStep.objects.filter(trouble=OuterRef("pk")).order_by("-number")
    return found.annotate(
        state=Coalesce(Subquery(steps.values("state")[:1]), Value("open")),
        moved_at=Coalesce(Subquery(steps.values("made_at")[:1]), F("reported_at")),
    ).select_related(
        "line__practice", "line__location", "line__purchase__supplier__party",
        "line__purchase__order", "line__order_item__version", "line__order_item__level", "receipt",
    )  # fmt: skip


def troubles(*, actor: Actor, text: str = "", show: str = "", kind: str = "") -> QuerySet[Trouble]:
    """
    Everything that was wrong, as staff follow it.

    :raises NotPermitted: whoever may not see orders
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    return _chosen(with_state(Trouble.objects.all()), text, show, kind)


def my_troubles(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[Trouble]:
    """What was wrong with what came to somebody's practices."""
    mine = Trouble.objects.filter(line__practice__in=practices_of(actor, SHOP))
    return _chosen(with_state(mine), text, show, "")


def _chosen(found: QuerySet[Trouble], text: str, show: str, kind: str) -> QuerySet[Trouble]:
    if text:
        found = found.filter(_named(text))
    if kind:
        found = found.filter(kind=kind)
    return still_open(found) if show == "open" else found


def _named(text: str) -> Q:
    """
    Of a practice or an item by this name, or of this lot.

    Few names are looked up first, with their lines: most of a long list is of none of them.
    """
    practices = list(
        Practice.objects.filter(name__icontains=text).values_list("pk", flat=True)[: FEW + 1]
    )
    if len(practices) > FEW:
        whose = Q(line__practice__name__icontains=text)
    else:
        whose = Q(line__in=PurchaseLine.objects.filter(practice__in=practices).order_by())
    items = OrderItem.objects.filter(version__name__icontains=text).order_by()
    of = Q(line__in=PurchaseLine.objects.filter(order_item__in=items).order_by())
    return whose | of | Q(lot__iexact=text)


def still_open(found: QuerySet[Trouble]) -> QuerySet[Trouble]:
    """Those that nothing final was said of; after a final step there is none."""
    return found.filter(~Exists(_steps().filter(state__in=FINAL)))


def unanswered(found: QuerySet[Trouble]) -> QuerySet[Trouble]:
    """Those that nobody said anything of."""
    return found.filter(~Exists(_steps()))


def _steps() -> QuerySet[TroubleStep]:
    return TroubleStep.objects.filter(trouble=OuterRef("pk"))


def of_page(numbers: Sequence[int]) -> list[Trouble]:
    """The rows of a page, by their numbers and in their order, with all that stands beside each."""
    rows = {one.pk: one for one in with_state(Trouble.objects.filter(pk__in=numbers))}
    return [rows[number] for number in numbers]


def held_packs(line: PurchaseLine) -> int:
    """Packs of a line that are kept apart now."""
    held = still_open(line.troubles.filter(kind__in=HELD))
    return held.aggregate(packs=Sum("packs", default=0))["packs"]


def returnable(receipts: QuerySet[Receipt]) -> Mapping[int, int]:
    """How many packs of each receipt may still go back."""
    rows = with_state(Trouble.objects.filter(receipt__in=receipts, kind=Kind.RETURN))
    going: dict[int, list[tuple[int, str]]] = {}
    for one in rows:
        going.setdefault(one.receipt_id, []).append((one.packs, one.state))
    return {one.pk: left_to_return(one.packs, going.get(one.pk, [])) for one in receipts}


def packages_here(receipt: Receipt) -> list[ReceiptSerial]:
    """The packages of a receipt, by serial, that are not on their way back."""
    going = with_state(Trouble.objects.filter(receipt=receipt, kind=Kind.RETURN))
    gone = going.filter(state__in=GOING_BACK).values("pk")
    return list(receipt.serials.exclude(returns__trouble__in=gone).order_by("serial", "pk"))


def written_off(lines: QuerySet[PurchaseLine]) -> Mapping[int, int]:
    """Packs of lines that were credited instead of coming: nobody claims them any more."""
    found = _credited(lines).exclude(kind__in=[Kind.RETURN, Kind.OVER])
    return dict(found.values_list("line").annotate(packs=Sum("packs")))


def returned(lines: QuerySet[PurchaseLine]) -> Mapping[int, int]:
    """Packs of lines that came, went back and were credited."""
    found = _credited(lines).filter(kind=Kind.RETURN)
    return dict(found.values_list("line").annotate(packs=Sum("packs")))


def _credited(lines: QuerySet[PurchaseLine]) -> QuerySet[Trouble]:
    """Of each trouble a credit is the last step: nothing comes after it."""
    found = Trouble.objects.filter(line__in=lines).order_by()
    return found.filter(Exists(_steps().filter(state="credited")))


def kept_packs(lines: QuerySet[PurchaseLine]) -> Mapping[int, int]:
    """Packs of lines that came in order and did not go back; lines of which none is left out."""
    came = Receipt.objects.filter(line__in=lines).exclude(charge__is_reversed=True)
    rows = came.order_by().values_list("line").annotate(packs=Sum("packs"))
    back = returned(lines)
    kept = {line: packs - back.get(line, 0) for line, packs in rows}
    return {line: packs for line, packs in kept.items() if packs > 0}


# Papers -----------------------------------------------------------------------------------------


def has_papers(line: PurchaseLine, lot: str) -> bool:
    """Whether information and statement of a lot are here: uploaded, or in a ship notice."""
    found = [one for one in line.papers.all() if dscsa.covers(one.lot, lot)]
    if any(one.has_information for one in found) and any(one.has_statement for one in found):
        return True
    notices = TradeLine.objects.filter(
        purchase_line=line, document__kind=NOTICE, state=TradeLine.State.TAKEN
    ).select_related("document")
    return any(
        one.document.content.get("statement") and dscsa.covers(one.said.get("lot", ""), lot)
        for one in notices
    )


def papers(*, actor: Actor) -> QuerySet[SupplyPaper]:
    """The papers that came with what somebody's practices were sent; all, for staff."""
    found = SupplyPaper.objects.select_related(
        "line__practice", "line__purchase__supplier__party", "line__order_item__version",
        "line__order_item__level",
    )  # fmt: skip
    if actor.may(VIEW):
        return found
    return found.filter(line__practice__in=practices_of(actor, SHOP))
