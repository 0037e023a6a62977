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
    ReturnedPackage,
    Trouble,
)
from purchasing.queries.awards import lines_of
from purchasing.queries.recalls import ndc_of
from purchasing.queries.troubles import with_state
from purchasing.rules.scans import Known, Wanted
from purchasing.rules.troubles import GONE, Kind


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


Code = tuple[str, str]


def known_serials(*, actor: Actor, pairs: Iterable[Code]) -> frozenset[Code]:
    """Which of some packages were received and did not go back since, as far as somebody sees."""
    found = newest_packages(pairs)
    back = gone_back(found.values())
    return frozenset(code for code, one in found.items() if one.pk not in back)


def newest_packages(pairs: Iterable[Code]) -> dict[Code, ReceiptSerial]:
    """The last coming of each of some packages; those that never came are left out."""
    asked = Q()
    for gtin, serial in pairs:
        asked |= Q(gtin=gtin, serial=serial)
    if not asked:
        return {}
    rows = ReceiptSerial.objects.filter(asked).select_related("receipt").order_by("pk")
    return {(one.gtin, one.serial): one for one in rows}


def gone_back(packages: Iterable[ReceiptSerial]) -> frozenset[int]:
    """
    Which of some packages their supplier was sent back.

    A return names its packages. Where it names none, only one of all packs of the receipt says
    which went.
    """
    packages = list(packages)
    shipped = with_state(
        Trouble.objects.filter(receipt__in={one.receipt_id for one in packages}, kind=Kind.RETURN)
    ).filter(state__in=GONE)
    packs: dict[int, int] = {}
    for one in shipped:
        packs[one.receipt_id] = packs.get(one.receipt_id, 0) + one.packs
    named = set(
        ReturnedPackage.objects.filter(
            package__in=packages, trouble__in=[one.pk for one in shipped]
        ).values_list("package", flat=True)
    )
    return frozenset(
        one.pk
        for one in packages
        if one.pk in named or packs.get(one.receipt_id, 0) >= one.receipt.packs
    )
