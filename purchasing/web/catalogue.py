"""The catalogue as staff keep it: items, suppliers, contracts and prices."""

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import price_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from purchasing.actions.items import add_item, change_item
from purchasing.models import ItemVersion, PackCode, PriceLine
from purchasing.queries import catalogue as asked
from purchasing.queries.reference import directory_of, part_b_of, underwater_items
from purchasing.rules.equivalents import BY_CLASS, BY_GENERIC
from purchasing.web import medicare_parts, ordered_before
from purchasing.web.catalogue_forms import ItemForm

VIEW, EDIT = "purchasing.view_catalogue", "purchasing.edit_catalogue"
ITEMS = (
    Column("name", "Item", "link", sort="name"),
    Column("code", "Our number", sort="item__code"),
    Column("kind", "Kind", sort="kind"),
    Column("ndc", "NDC", sort="ndc12"),
    Column("needs", "What it needs", minor=True),
    Column("contracts", "Contracts", "count", sort="contracts"),
    Column("part_b", "Part B", "status"),
)
PRICES = (
    Column("supplier", "Supplier", "link"),
    Column("pack", "Pack"),
    Column("ladder", "Price", wide=True),
    Column("pays", "Part B pays $", "money", url="pays_url", opens_page=True),
    Column("left", "Left $", "money"),
    Column("stands", "Covered", "status"),
    Column("start", "From", "day"),
    Column("end", "First day no longer", "day"),
)
VERSIONS = (
    Column("number", "Version", "count"),
    Column("name", "Name"),
    Column("ndc", "NDC"),
    Column("by", "Recorded by"),
    Column("at", "On", "day"),
)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of the catalogue."""
    return [("Catalogue", reverse("purchasing:item_list")), *more]


def shown(listing: Listing, rows: list[dict[str, object]]) -> Listing:
    """The same list with its rows as the columns want them."""
    return Listing(**{**vars(listing), "rows": rows})


def ladder_words(ladder: list[list], pack: str = "", metric: str = "units") -> str:
    """A ladder in words: $12.40, from 50 $11.90; or from $5,000 of spend $11.90."""
    first, *rest = ladder
    sign = "" if metric == "units" else "$"
    at = f"${price_text(Decimal(first[1]))}"
    start = at if first[0] <= 1 else f"from {sign}{first[0]:,} {at}"
    each = f" a {pack}" if pack else ""
    of = "" if metric == "units" else " of spend"
    steps = (f"from {sign}{low:,}{of} ${price_text(Decimal(price))}" for low, price in rest)
    return "; ".join([start + each, *steps])


@requires(VIEW)
def item_list(request: PortalRequest) -> HttpResponse:
    """Everything that can be bought, by name, number or code."""
    today, get = timezone.localdate(), request.GET
    text, kind = get.get("q", "").strip(), get.get("kind", "")
    found = asked.items(actor=request.actor, today=today, text=text, kind=kind)
    if get.get("show") == "under":
        found = found.filter(item__in=_under_water(found, today))
    if wants_file(request):
        return as_file(request, ITEMS, _items(found, today), "catalogue")
    may_edit = request.actor.may(EDIT)
    listing = list_rows(
        found,
        ITEMS,
        get,
        caption="Catalogue",
        default_sort="name",
        chips=[Chip("kind", "", "All")]
        + [Chip("kind", code, name.capitalize()) for code, name in ItemVersion.Kind.choices]
        + [Chip("show", "under", "Not covered by Part B")],
        empty=Empty(
            "Nothing is found" if text or kind else "The catalogue is empty",
            "Add what practices buy; prices come with suppliers' contracts.",
            "Add an item" if may_edit else "",
            reverse("purchasing:item_new"),
        ),
        **export_urls(request),
    )
    context = {"listing": shown(listing, _items(listing.rows, today)), "may_edit": may_edit}
    return render(request, "purchasing/staff/item_list.html", context)


def _under_water(versions, today: date) -> list[int]:
    """Items whose best price is above what comes in from Part B."""
    found = underwater_items(list(versions), today)
    return [item for item, is_under in found.items() if is_under]


def _items(versions, today: date) -> list[dict[str, object]]:
    rows = list(versions)
    under = underwater_items(rows, today)
    return [_item(row, under.get(row.item_id)) for row in rows]


def _item(row: ItemVersion, is_under: bool | None) -> dict[str, object]:
    return {
        "part_b": {True: "not covered", False: "covered"}.get(is_under, ""),
        "name": row.name,
        "code": row.item.code,
        "kind": row.get_kind_display(),
        "ndc": row.ndc,
        "needs": needs_words(row),
        "contracts": row.contracts,
        "url": reverse("purchasing:item_detail", args=[row.item_id]),
    }


def needs_words(row: ItemVersion) -> str:
    """What buying and keeping an item takes, in words."""
    needs = ["prescription"] if row.is_rx else []
    needs += [f"schedule {row.schedule}"] if row.schedule else []
    needs += [row.get_storage_display()] if row.storage != "room" else []
    needs += ["lot recorded"] if row.lot_tracked else []
    return ", ".join(needs) or "nothing special"


def same_words(row: ItemVersion) -> str:
    """What another has to be the same in, if anything may stand in for it."""
    generic = (row.ingredient, row.strength, row.form, row.route)
    if row.kind in BY_CLASS:
        return row.supply_class or "nothing: no class is stated"
    if row.kind in BY_GENERIC and all(generic):
        return ", ".join(generic)
    return "nothing: " + (
        "ingredient, strength, form and route are not all stated"
        if row.kind in BY_GENERIC
        else "only drugs, supplies and devices have equivalents"
    )


@requires(EDIT)
def item_new(request: PortalRequest) -> HttpResponse:
    """Add an item."""
    form = ItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            item = add_item(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Added. Its prices come with a supplier's list.")
            return redirect("purchasing:item_detail", item.pk)
    context = {"form": form, "title": "Add an item", "crumbs": crumbs(("Add", ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/item_form.html", context, status=status)


def found_item(item_id: int) -> ItemVersion:
    versions = ItemVersion.objects.current().select_related("item")
    version = versions.filter(item=item_id).first()
    if version is None:
        raise Http404
    return version


@requires(EDIT)
def item_change(request: PortalRequest, item_id: int) -> HttpResponse:
    """Record a new version of an item."""
    known = found_item(item_id)
    names = ("name", "kind", "hcpcs", "is_rx", "schedule", "storage", "lot_tracked",
             "refused_because", "ingredient", "strength", "form", "route",
             "supply_class")  # fmt: skip
    packs = "\n".join(f"{one.name} = {one.eaches}" for one in known.item.levels.all())
    initial = {name: getattr(known, name) for name in names}
    initial |= {"code": known.item.code, "ndc": known.ndc, "packs": packs}
    form = ItemForm(request.POST or None, initial=initial)
    form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "code"}
        try:
            change_item(actor=request.actor, item_id=item_id, now=timezone.now(), **data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changed. Orders that name the older version keep it.")
            return redirect("purchasing:item_detail", item_id)
    here = (known.name, reverse("purchasing:item_detail", args=[item_id]))
    context = {
        "form": form,
        "title": f"Change {known.name}",
        "crumbs": crumbs(here, ("Change", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/item_form.html", context, status=status)


@requires(VIEW)
def item_detail(request: PortalRequest, item_id: int) -> HttpResponse:
    """One item: what it is, what it costs where, and its versions."""
    version, today = found_item(item_id), timezone.localdate()
    levels = ", ".join(str(level) for level in version.item.levels.all())
    codes = PackCode.objects.filter(level__item=item_id, superseded_at=None).select_related("level")
    facts = [
        FactItem("Kind", version.get_kind_display()),
        FactItem("NDC", version.ndc or "none", note=ndc_note(version)),
        FactItem("HCPCS", version.hcpcs or "none"),
        FactItem("Packs", levels),
        FactItem(
            "Bar codes",
            "; ".join(f"{one.gtin}: {one.level}" for one in codes) or "none",
            note="" if codes else "found by its NDC" if version.ndc else "counted by hand",
        ),
        FactItem("Needs", needs_words(version)),
        FactItem("May stand in for what is the same in", same_words(version)),
    ]
    told = part_b_of([version], today).get(item_id)
    prices = [
        price_row(line, today) | medicare_parts.price_cells(line, told)
        for line in asked.prices_of(version.item, today)
    ]
    empty = Empty(
        "No supplier prices it", "Prices come with a price list, under a supplier's contract."
    )
    versions = [_version(one) for one in version.item.versions.order_by("-number")]
    context = {
        "version": version,
        "facts": facts,
        "prices": list_rows(prices, PRICES, {}, caption="Prices", page_size=200, empty=empty),
        "part_b": told,
        "part_b_facts": medicare_parts.facts_of(version, told),
        "quarters": medicare_parts.quarters(version, told),
        "part_b_rule": medicare_parts.source_words(),
        "directory": directory_of(version, today),
        "before": ordered_before.of_item(item_id),
        "versions": list_rows(versions, VERSIONS, {}, caption="Versions", page_size=200),
        "may_edit": request.actor.may(EDIT),
        "crumbs": crumbs((version.name, "")),
    }
    return render(request, "purchasing/staff/item_detail.html", context)


def ndc_note(version: ItemVersion) -> str:
    """The code in twelve digits, which it will be from 2033 on."""
    return f"twelve digits: {version.ndc12}" if version.ndc12 else ""


def price_row(line: PriceLine, today: date) -> dict[str, object]:
    """A price as a row of an item's page."""
    return {
        "supplier": str(line.contract.supplier),
        "pack": str(line.level),
        "ladder": ladder_words(line.tiers, metric=line.contract.metric),
        "start": line.effective_date,
        "end": line.end_date,
        "url": reverse("purchasing:supply_detail", args=[line.contract_id]),
    }


def _version(one: ItemVersion) -> dict[str, object]:
    return {"number": one.number, "name": one.name, "ndc": one.ndc,
            "by": one.recorded_by_name, "at": one.recorded_at.date()}  # fmt: skip
