"""Purchase orders as they would go out, and as they went."""

from datetime import date

from django.db.models import QuerySet, Sum

from ipaportal.identity.models import Party
from purchasing.models import OrderItem, PurchaseLine, PurchaseOrder, TradeProfile
from purchasing.rules.ladders import shortened
from purchasing.rules.ndc import Ndc
from purchasing.rules.purchase_papers import site_code, unit_of, with_sums


def profile_of(supplier_id: int) -> TradeProfile | None:
    """Under which identifiers we exchange X12 with a supplier now."""
    rows = TradeProfile.objects.filter(supplier=supplier_id, superseded_at=None)
    return rows.first()


def edi_of(supplier, ipa_name: str) -> dict[str, str]:
    """Identifiers of both sides; made from the names where none were agreed on."""
    found = profile_of(supplier.pk)
    if found is not None:
        return {"our_qualifier": found.our_qualifier, "our_id": found.our_id,
                "their_qualifier": found.their_qualifier, "their_id": found.their_id,
                "account": found.account}  # fmt: skip
    return {"our_qualifier": "ZZ", "our_id": _short(ipa_name), "their_qualifier": "ZZ",
            "their_id": _short(str(supplier)), "account": ""}  # fmt: skip


def _short(name: str) -> str:
    kept = "".join(c for c in name.upper() if c.isascii() and c.isalnum())
    return kept[:15] or "UNNAMED"


def content_of(
    purchase: PurchaseOrder, version: int, day: date, *, reason: str = "", is_draft: bool = False
) -> dict[str, object]:
    """What an order says now: a line an item, with each office's part that is expected in all."""
    ipa = Party.objects.filter(kind=Party.Kind.IPA).first()
    agent = ipa.name if ipa is not None else "The IPA"
    edi = edi_of(purchase.supplier, agent)
    rows = list(
        purchase.lines.select_related(
            "order_item__version__item", "order_item__level", "practice", "location", "contract",
            "commitment__registrant",
        )
    )  # fmt: skip
    items = sorted({row.order_item_id for row in rows})
    numbers = {item: number for number, item in enumerate(items, start=1)}
    sites = {row.location_id: _site(row) for row in rows}
    return with_sums(
        {
            "number": purchase.number,
            "version": version,
            "reason": reason,
            "is_draft": is_draft,
            "date": day.isoformat(),
            "needed": purchase.order.delivery_date.isoformat(),
            "bills": purchase.order.bills,
            "agent": agent,
            "supplier": str(purchase.supplier),
            "email": purchase.supplier.email,
            "account": edi.pop("account"),
            "edi": edi,
            "freight_cents": purchase.ipa_freight_cents
            + sum(row.freight_cents for row in rows if row.due),
            "contracts": sorted({row.contract.number for row in rows}),
            "sites": [sites[key] for key in sorted(sites)],
            "lines": [
                _line(numbers[item], [row for row in rows if row.order_item_id == item])
                for item in items
            ],
        }
    )


def _site(row: PurchaseLine) -> dict[str, str]:
    place = row.location
    return {"code": site_code(place.pk), "practice": row.practice.name, "street": place.line,
            "city": place.city, "state": place.state, "zip": place.zip_code}  # fmt: skip


def _line(number: int, rows: list[PurchaseLine]) -> dict[str, object]:
    item = rows[0].order_item
    version = item.version
    ndc = Ndc(version.ndc_labeler, version.ndc_product, version.ndc_package)
    return {
        "number": number,
        "item": item.pk,
        "name": version.name,
        "code": version.item.code,
        "ndc": version.ndc,
        "ndc11": (ndc.ndc11 or "") if version.ndc12 else "",
        "ndc12": version.ndc12,
        "schedule": version.schedule,
        "pack": str(item.level),
        "unit": unit_of(item.level.name),
        "price": str(shortened(rows[0].price)),
        "parts": [
            {"site": site_code(row.location_id), "line": row.pk, "packs": row.due,
             "registrant": str(row.commitment.registrant or "")}
            for row in sorted(rows, key=lambda one: one.location_id)
            if row.due
        ],
    }  # fmt: skip


def items_of(purchase: PurchaseOrder) -> QuerySet[OrderItem]:
    """What is ordered by a purchase order, each item once."""
    found = OrderItem.objects.filter(pk__in=purchase.lines.order_by().values("order_item"))
    return found.select_related("version", "level").order_by("pk")


def carried_freight(purchase: PurchaseOrder) -> int:
    """The supplier's freight as far as ship-tos carry it, in cents."""
    return purchase.lines.aggregate(cents=Sum("freight_cents", default=0))["cents"]
