"""What scanned codes are compared with: what is expected, the catalogue, serials that came."""

from collections.abc import Collection, Iterable

from django.db.models import Q

from ipaportal.core.actors import Actor
from purchasing.models import (
    ItemVersion,
    PackCode,
    PurchaseLine,
    PurchaseOrder,
    ReceiptSerial,
)
from purchasing.queries.awards import lines_of
from purchasing.queries.recalls import ndc_of
from purchasing.rules.scans import Known, Wanted


def wanted_lines(*, actor: Actor, location_id: int | None) -> list[Wanted]:
    """The lines of somebody's office that something is still expected on, the oldest first."""
    found = lines_of(actor=actor, show="open").filter(purchase__status=PurchaseOrder.Status.SENT)
    if location_id is not None:
        found = found.filter(location=location_id)
    lines = list(found.order_by("pk"))
    codes = _codes_of({line.order_item.version.item_id for line in lines})
    return [
        Wanted(
            line.pk, str(line.order_item), ndc_of(line.order_item.version),
            line.due - line.received, line.order_item.version.lot_tracked,
            line.order_item.version.item_id, _as_packs(line, codes),
        )
        for line in lines
    ]  # fmt: skip


def _codes_of(items: Collection[int]) -> list[PackCode]:
    rows = PackCode.objects.filter(level__item__in=items, superseded_at=None)
    return list(rows.select_related("level"))


def _as_packs(line: PurchaseLine, codes: Iterable[PackCode]) -> tuple[tuple[str, int], ...]:
    """Each code of the item with the packs, as ordered, that it stands for."""
    ordered = line.order_item.level
    return tuple(
        (one.gtin, one.level.eaches // ordered.eaches
         if one.level.eaches % ordered.eaches == 0 else 0)
        for one in codes
        if one.level.item_id == ordered.item_id
    )  # fmt: skip


def known_codes() -> list[Known]:
    """Every item of the catalogue that a code can name."""
    gtins: dict[int, set[str]] = {}
    for item_id, gtin in PackCode.objects.filter(superseded_at=None).values_list(
        "level__item_id", "gtin"
    ):
        gtins.setdefault(item_id, set()).add(gtin)
    rows = ItemVersion.objects.current().order_by("name")
    return [
        Known(one.name, ndc_of(one), frozenset(gtins.get(one.item_id, ())))
        for one in rows
        if one.ndc12 or one.item_id in gtins
    ]


def known_serials(*, actor: Actor, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Which of some packages were received before, as far as somebody sees."""
    asked = Q()
    for gtin, serial in pairs:
        asked |= Q(gtin=gtin, serial=serial)
    if not asked:
        return frozenset()
    return frozenset(ReceiptSerial.objects.filter(asked).values_list("gtin", "serial"))
