"""What Part B pays for items, and prices above it, as pages show them; each number opens."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from ipaportal.core.money import dollars
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from purchasing.models import Award, ItemVersion, OrderItem, PriceLine, ReferenceRow
from purchasing.queries import reference as asked
from purchasing.rules.ladders import shortened
from purchasing.rules.medicare import quarter_words, words_of
from purchasing.rules.packs import PackLevel
from purchasing.rules.underwater import CITATION, Margin, words

QUARTERS = (
    Column("quarter", "Quarter", "link"),
    Column("limit", "Limit a unit $"),
    Column("coinsurance", "Coinsurance %"),
    Column("units", "Units"),
    Column("pays", "A package $", "money"),
    Column("comes", "After sequester $", "money"),
    Column("dosage", "A unit is"),
    Column("notes", "Notes", wide=True),
)


def row_url(row: ReferenceRow | None) -> str:
    """Where the line of a list stands that a number is from."""
    if row is None:
        return ""
    code = row.hcpcs if row.file.kind == "limits" else row.ndc
    return f"{reverse('purchasing:reference_detail', args=[row.file_id])}?q={code}"


def facts_of(version: ItemVersion, told: asked.PartB | None) -> list[FactItem]:
    """What is known of an item's billing now."""
    if told is None:
        return []
    paid = told.paid
    units = "not known" if paid.units is None else f"{paid.units.normalize():f}"
    limit = "none" if paid.limit is None else f"${shortened(paid.limit.limit)}"
    return [
        FactItem("Billed as", told.hcpcs or "not known", url=row_url(told.link_row)),
        FactItem(f"Limit a unit, {paid.quarter}", limit, url=row_url(told.limit_row)),
        FactItem("Billing units", units, url=row_url(told.link_row),
                 note=f"in {paid.level.name} of {paid.level.eaches:,}" if paid.level else ""),
    ]  # fmt: skip


def quarters(version: ItemVersion, told: asked.PartB | None) -> Listing:
    """An item's limit quarter by quarter."""
    rows = []
    for row in asked.quarters_of(told.hcpcs) if told and told.hcpcs else ():
        margin = _of_package(row, told)
        rows.append(
            {
                "quarter": quarter_words(row.file.effective_date),
                "limit": "none" if row.amount is None else str(shortened(row.amount)),
                "coinsurance": row.said["coinsurance"],
                "units": "" if told.paid.units is None else f"{told.paid.units.normalize():f}",
                "pays": margin.limit_cents if margin else None,
                "comes": margin.received_cents if margin else None,
                "dosage": row.said["dosage"],
                "notes": row.said["notes"],
                "url": row_url(row),
            }
        )
    empty = Empty("No Part B limit", told.paid.why_not if told else "It is no drug.")
    return list_rows(rows, QUARTERS, {}, caption="Part B limits", page_size=200, empty=empty)


def _of_package(row: ReferenceRow, told: asked.PartB) -> Margin | None:
    level = told.paid.level or PackLevel("package", 1)
    limit = asked.limit_of(row)
    paid = asked.Paid(limit, told.paid.quarter, told.paid.units, level)
    return paid.margin(Decimal(0), level)


def price_cells(line: PriceLine, told: asked.PartB | None) -> dict[str, object]:
    """What is paid for the pack of a price, what is left of its best price, and how it stands."""
    alert = asked.best_margin(line, told)
    if alert is None:
        return {"pays": None, "left": None, "stands": ""}
    return {
        "pays": alert.margin.received_cents,
        "left": alert.margin.margin_cents,
        "stands": words_of(alert.margin),
        "pays_url": row_url(told.limit_row),
    }


def alert_words(name: str, price: Decimal, told: asked.PartB, margin: Margin) -> str:
    """An alert as a buyer reads it, with what a unit costs and what is paid for one."""
    said = words(margin, told.hcpcs, told.paid.quarter)
    return f"{name} at ${shortened(price)}: {said} A pack is paid ${dollars(margin.received_cents)}"


def alerts_of_award(award: Award | None, day: date) -> list[dict[str, str]]:
    """Awarded items whose price is not covered, with where their limit stands."""
    if award is None:
        return []
    items = OrderItem.objects.filter(pk__in=[line["item"] for line in award.lines])
    rows = {one.pk: one for one in items.select_related("version__item", "level")}
    told = asked.part_b_of([one.version for one in rows.values()], day)
    found = []
    for line in award.lines:
        item = rows[line["item"]]
        part_b = told.get(item.version.item_id)
        level, price = PackLevel(item.level.name, item.level.eaches), Decimal(line["price"])
        margin = part_b.paid.margin(price, level) if part_b else None
        if margin is not None and margin.is_under_water:
            said = alert_words(str(item), price, part_b, margin)
            found.append({"words": said, "url": row_url(part_b.limit_row)})
    return found


def source_words() -> str:
    """By which rule it is worked out."""
    return f"Medicare pays its part less the sequester, and the patient owes the rest ({CITATION})."
