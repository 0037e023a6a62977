"""What scanned codes are compared with: what is expected, the catalogue, serials that came."""

from collections.abc import Iterable

from django.db.models import Q

from ipaportal.core.actors import Actor
from purchasing.models import ItemVersion, PurchaseOrder, ReceiptSerial
from purchasing.queries.awards import lines_of
from purchasing.queries.recalls import ndc_of
from purchasing.rules.ndc import Ndc
from purchasing.rules.scans import Wanted


def wanted_lines(*, actor: Actor, location_id: int | None) -> list[Wanted]:
    """The lines of somebody's office that something is still expected on, the oldest first."""
    found = lines_of(actor=actor, show="open").filter(purchase__status=PurchaseOrder.Status.SENT)
    if location_id is not None:
        found = found.filter(location=location_id)
    return [
        Wanted(
            line.pk, str(line.order_item), ndc_of(line.order_item.version),
            line.due - line.received, line.order_item.version.lot_tracked,
        )
        for line in found.order_by("pk")
    ]  # fmt: skip


def known_codes() -> list[tuple[str, Ndc]]:
    """Every item of the catalogue that has an NDC, by name."""
    rows = ItemVersion.objects.current().exclude(ndc12="")
    return [(one.name, ndc_of(one)) for one in rows]


def known_serials(*, actor: Actor, pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Which of some packages were received before, as far as somebody sees."""
    asked = Q()
    for gtin, serial in pairs:
        asked |= Q(gtin=gtin, serial=serial)
    if not asked:
        return frozenset()
    return frozenset(ReceiptSerial.objects.filter(asked).values_list("gtin", "serial"))
