"""Suppliers as staff keep them: licences, contracts, price lists."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.queries.screening_matches import excluded_keys, standings
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, one_as_file, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file
from purchasing.actions.supplier_numbers import revoke_number
from purchasing.actions.suppliers import (
    PricesRefused,
    add_supplier,
    record_contract,
    record_licence,
    take_prices,
)
from purchasing.models import PriceLine, Supplier, SupplierNumber, SupplyContract
from purchasing.queries import catalogue as asked
from purchasing.queries.contract_periods import standings_of
from purchasing.queries.fee_addenda import addenda_of
from purchasing.queries.purchases import profile_of
from purchasing.queries.trade import learnt_numbers, revoked_numbers
from purchasing.rules.fees import SAFE_PCT
from purchasing.web import ordered_before
from purchasing.web.catalogue import EDIT, VIEW, ladder_words, shown
from purchasing.web.catalogue_forms import ContractForm, LicenceForm, PriceListForm, SupplierForm
from purchasing.web.contract_periods import period_shown
from purchasing.web.eligibility_parts import MoveForm, ReachForm, reach_parts

SUPPLIERS = (
    Column("name", "Supplier", "link", sort="party__name"),
    Column("kind", "Kind", sort="kind"),
    Column("contracts", "Contracts", "count", sort="contract_count"),
    Column("licences", "Licences that hold", "count", sort="licence_count"),
    Column("minimum", "Smallest order $", "money", sort="minimum_cents"),
)
LICENCES = (
    Column("what", "What"),
    Column("number", "Number"),
    Column("state", "Stands", "status"),
    Column("start", "From", "day"),
    Column("end", "Last day", "day"),
    Column("seen", "Looked up", minor=True),
)
CONTRACTS = (
    Column("number", "Contract", "link"),
    Column("start", "From", "day"),
    Column("end", "First day no longer", "day"),
    Column("fee", "Fee to the IPA", "percent"),
    Column("source", "Where it is agreed", minor=True),
)
PRICES = (
    Column("item", "Item", "link", sort="level__item__code"),
    Column("pack", "Pack"),
    Column("ladder", "Price", wide=True),
    Column("start", "From", "day", sort="effective_date"),
    Column("end", "First day no longer", "day"),
    Column("list", "List", minor=True),
)
ADDENDA = (
    Column("practice", "Practice"),
    Column("most", "At most", "percent"),
    Column("start", "From", "day"),
    Column("end", "First day no longer", "day"),
    Column("by", "Signed by"),
)
TAKE, MOST_NUMBERS = "purchasing.take_papers", 200
EFFECTS = {"order": "its own size", "prospective": "its period before it",
           "retroactive": "its period with it"}  # fmt: skip
PROBLEMS = (
    Column("line", "Line", "count"),
    Column("column", "Column"),
    Column("value", "It says"),
    Column("words", "What is wrong", wide=True),
)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page about suppliers."""
    return [("Suppliers", reverse("purchasing:supplier_list")), *more]


def here(supplier: Supplier) -> tuple[str, str]:
    """The crumb of a supplier."""
    return str(supplier), reverse("purchasing:supplier_detail", args=[supplier.pk])


@requires(VIEW)
def supplier_list(request: PortalRequest) -> HttpResponse:
    """Everybody who sells to practices."""
    today, text = timezone.localdate(), request.GET.get("q", "").strip()
    found = asked.suppliers(actor=request.actor, today=today, text=text)
    if wants_file(request):
        return as_file(request, SUPPLIERS, map(_supplier, found), "suppliers")
    may_edit = request.actor.may(EDIT)
    listing = list_rows(
        found,
        SUPPLIERS,
        request.GET,
        caption="Suppliers",
        default_sort="name",
        empty=Empty(
            "Nobody is found" if text else "No supplier yet",
            "Add who sells to practices, then its licences and its contract.",
            "Add a supplier" if may_edit else "",
            reverse("purchasing:supplier_new"),
        ),
        **export_urls(request),
    )
    rows = list(map(_supplier, listing.rows))
    context = {"listing": shown(listing, rows), "may_edit": may_edit}
    return render(request, "purchasing/staff/supplier_list.html", context)


def _supplier(row: Supplier) -> dict[str, object]:
    return {
        "name": str(row),
        "kind": row.get_kind_display(),
        "contracts": row.contract_count,
        "licences": row.licence_count,
        "minimum": row.minimum_cents,
        "url": reverse("purchasing:supplier_detail", args=[row.pk]),
    }


@requires(EDIT)
def supplier_new(request: PortalRequest) -> HttpResponse:
    """Add a supplier."""
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_supplier(actor=request.actor, now=timezone.now(), **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Added. Record its licences next.")
            return redirect("purchasing:supplier_detail", made.pk)
    context = {"form": form, "crumbs": crumbs(("Add", ""))}
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/supplier_new.html", context, status=status)


def found_supplier(supplier_id: int) -> Supplier:
    """A supplier, or a 404."""
    found = Supplier.objects.select_related("party").filter(pk=supplier_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def supplier_detail(request: PortalRequest, supplier_id: int) -> HttpResponse:
    """One supplier: whether it may be bought from, licences, contracts."""
    return _supplier_page(request, found_supplier(supplier_id))


def _supplier_page(
    request: PortalRequest, supplier: Supplier, form: LicenceForm | None = None
) -> HttpResponse:
    licences = supplier.licences.filter(superseded_at=None)
    contracts = [_contract(one) for one in supplier.contracts.all()]
    empty = Empty("No contract yet", "Record what was agreed, then send the price list.")
    context = {
        "supplier": supplier,
        "facts": _facts(supplier),
        "licences": _licences(licences),
        "contracts": list_rows(
            contracts, CONTRACTS, {}, caption="Contracts", page_size=200, empty=empty
        ),
        "before": ordered_before.from_supplier(supplier.pk),
        "profile": profile_of(supplier.pk),
        "numbers": learnt_numbers(supplier.pk)[:MOST_NUMBERS],
        "revoked": revoked_numbers(supplier.pk)[:MOST_NUMBERS],
        "may_revoke": request.actor.may(TAKE),
        "may_edit": request.actor.may(EDIT),
        "form": form or LicenceForm(),
        "failed": form is not None,
        "crumbs": crumbs((str(supplier), "")),
    }
    status = 422 if form is not None else 200
    return render(request, "purchasing/staff/supplier_detail.html", context, status=status)


def _facts(supplier: Supplier) -> list[FactItem]:
    key = f"supplier:{supplier.party_id}"
    excluded = excluded_keys(timezone.localdate(), "supplier").get(key)
    standing = standings([key])[key]
    words = standing.words or ("on none" if standing.is_clear else standing.outcome)
    words = f"on a list: {excluded.upper()}" if excluded else words
    as_of = f"as of {day_text(standing.as_of)}" if standing.as_of else ""
    return [
        FactItem("Kind", supplier.get_kind_display()),
        FactItem("Exclusion lists", words, note=as_of),
        FactItem("Orders go to", supplier.email or "not said yet"),
        FactItem("Smallest order $", supplier.minimum_cents, "money"),
        FactItem("Freight of an order $", supplier.freight_cents, "money"),
    ]


def _licences(licences) -> Listing:
    today = timezone.localdate()
    rows = [
        {
            "what": " ".join(filter(None, [one.get_kind_display(), one.state, one.schedules])),
            "number": one.number,
            "state": "expired" if one.expires_date < today else "in force",
            "start": one.effective_date,
            "end": one.expires_date,
            "seen": f"{one.seen_where}, by {one.recorded_by_name}",
        }
        for one in licences
    ]
    empty = Empty("No licence on file", "Without one, no prescription drug is ordered from it.")
    return list_rows(rows, LICENCES, {}, caption="Licences", page_size=200, empty=empty)


def _contract(one: SupplyContract) -> dict[str, object]:
    return {"number": one.number, "start": one.effective_date, "end": one.end_date,
            "fee": one.fee_pct, "source": one.source,
            "url": reverse("purchasing:supply_detail", args=[one.pk])}  # fmt: skip


@require_POST
@requires(TAKE)
def number_revoke(request: PortalRequest, supplier_id: int, own_number_id: int) -> HttpResponse:
    """Say that one of a supplier's own numbers means nothing to us any more."""
    found_supplier(supplier_id)
    if not SupplierNumber.objects.filter(pk=own_number_id, supplier=supplier_id).exists():
        raise Http404
    try:
        revoke_number(actor=request.actor, supplier_id=supplier_id, number_id=own_number_id,
                      now=timezone.now())  # fmt: skip
        messages.success(request, "Taken back. Papers that name it wait for a person again.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("purchasing:supplier_detail", supplier_id)


@require_POST
@requires(EDIT)
def licence_new(request: PortalRequest, supplier_id: int) -> HttpResponse:
    """Record what a supplier is licensed for."""
    supplier = found_supplier(supplier_id)
    form = LicenceForm(request.POST)
    if form.is_valid():
        try:
            record_licence(actor=request.actor, supplier_id=supplier_id, now=timezone.now(),
                           **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded.")
            return redirect("purchasing:supplier_detail", supplier_id)
    return _supplier_page(request, supplier, form)


@requires(EDIT)
def supply_new(request: PortalRequest, supplier_id: int) -> HttpResponse:
    """Record a contract with a supplier."""
    supplier = found_supplier(supplier_id)
    form = ContractForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = record_contract(
                actor=request.actor, supplier_id=supplier_id, now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Send its price list next.")
            return redirect("purchasing:supply_prices", made.pk)
    context = {"form": form, "supplier": supplier,
               "crumbs": crumbs(here(supplier), ("New contract", ""))}  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/supply_new.html", context, status=status)


def found_contract(supply_id: int) -> SupplyContract:
    """A contract with its supplier, or a 404."""
    rows = SupplyContract.objects.select_related("supplier__party")
    found = rows.filter(pk=supply_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def supply_detail(request: PortalRequest, supply_id: int) -> HttpResponse:
    """A contract with its prices, today's and later or all that ever were."""
    return supply_page(request, found_contract(supply_id))


def supply_page(
    request: PortalRequest,
    contract: SupplyContract,
    reach: ReachForm | None = None,
    move: MoveForm | None = None,
) -> HttpResponse:
    """The page of a contract, maybe with what was wrong in one of its forms."""
    today = timezone.localdate()
    parts = reach_parts(request, contract, today)
    if parts["practices"] and (file := one_as_file(request, {"practices": parts["practices"]})):
        return file
    found = asked.contract_prices(contract, today, request.GET.get("show", ""))
    if wants_file(request):
        return as_file(request, PRICES, _price_rows(found), "prices")
    listing = list_rows(
        found,
        PRICES,
        request.GET,
        caption="Prices",
        chips=[Chip("show", "", "Now and later"), Chip("show", "all", "All that ever were")],
        empty=Empty("No price yet", "Send the supplier's price list."),
        **export_urls(request),
    )
    facts = [
        FactItem("Supplier", str(contract.supplier), url=here(contract.supplier)[1]),
        FactItem("From", contract.effective_date, "day"),
        FactItem("First day no longer", contract.end_date or "until further notice",
                 "day" if contract.end_date else "text"),
        FactItem("Fee to the IPA", contract.fee_pct, "percent"),
        *([FactItem("Kept of rebates", contract.rebate_kept_pct, "percent",
                    url=reverse("purchasing:rebate_list"))]
          if contract.effect == SupplyContract.Effect.RETROACTIVE else []),
        FactItem("Agreed in", contract.source),
        parts["reach_fact"],
        FactItem("Tiers count", contract.get_metric_display(), note=contract.get_scope_display()),
        FactItem("An order gets the tier of", EFFECTS[contract.effect],
                 note=contract.get_period_display()),
    ]  # fmt: skip
    context = {
        "contract": contract,
        "facts": facts,
        "listing": shown(listing, _price_rows(listing.rows)),
        "periods": [period_shown(contract, one, today) for one in standings_of(contract, today)],
        "addenda": _addenda(contract) if contract.fee_pct > SAFE_PCT else None,
        "may_edit": request.actor.may(EDIT),
        **parts,
        "reach": reach or ReachForm(initial={"open_to": "named" if parts["is_named"] else ""}),
        "reach_failed": reach is not None,
        "move": move or MoveForm(),
        "move_failed": move is not None,
        "crumbs": crumbs(here(contract.supplier), (contract.number, "")),
    }
    status = 422 if reach or move else 200
    return render(request, "purchasing/staff/supply_detail.html", context, status=status)


def _addenda(contract: SupplyContract) -> Listing:
    rows = [
        {"practice": one.practice.name, "most": one.most_pct, "start": one.effective_date,
         "end": one.end_date, "by": one.signed_name}
        for one in addenda_of(contract)
    ]  # fmt: skip
    empty = Empty("Nobody signed an addendum", "Until practices do, under Agreements, at most 3 % "
                  "is taken on their purchases.")  # fmt: skip
    return list_rows(rows, ADDENDA, {}, caption="Addenda", page_size=5000, empty=empty)


def _price_rows(lines) -> list[dict[str, object]]:
    lines: list[PriceLine] = list(lines)
    names = asked.names_of(line.level.item_id for line in lines)
    return [
        {
            "item": names[line.level.item_id],
            "pack": str(line.level),
            "ladder": ladder_words(line.tiers, metric=line.contract.metric),
            "start": line.effective_date,
            "end": line.end_date,
            "list": str(line.price_list.file_name) + (" (replaced)" if line.superseded_no else ""),
            "url": reverse("purchasing:item_detail", args=[line.level.item_id]),
        }
        for line in lines
    ]


@requires(EDIT)
@takes_file(LIST)
def supply_prices(request: PortalRequest, supply_id: int) -> HttpResponse:
    """Take a price list, whole or not at all, with every refused line named."""
    contract, problems = found_contract(supply_id), []
    form = PriceListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = take_prices(
                actor=request.actor,
                contract_id=supply_id,
                effective_date=form.cleaned_data["effective_date"],
                file_name=file.name,
                data=file.read(),
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
            problems = refusal.problems if isinstance(refusal, PricesRefused) else []
        else:
            messages.success(request, f"Taken: {made.lines} prices from {made.effective_date} on.")
            return redirect("purchasing:supply_detail", supply_id)
    rows = [{"line": one.line_no, "column": one.column, "value": one.value, "words": one.message}
            for one in problems]  # fmt: skip
    address = reverse("purchasing:supply_detail", args=[supply_id])
    context = {
        "form": form,
        "contract": contract,
        "problems": list_rows(rows, PROBLEMS, {}, caption="Refused lines", page_size=1000),
        "crumbs": crumbs(here(contract.supplier), (contract.number, address), ("Prices", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/supply_prices.html", context, status=status)
