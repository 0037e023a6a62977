"""Contracts as staff see and change them."""

from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.contracts import (
    VALUES,
    RatesRefused,
    TermsRefused,
    add_contract,
    add_payer,
    add_rate_table,
    draft_terms,
    set_terms,
    wrong_terms,
)
from capitation.models import Contract, Terms
from capitation.queries.contracts import (
    changes,
    contract_page,
    picture_of,
)
from capitation.queries.contracts import contract_list as list_contracts
from capitation.queries.facts import rule_terms
from capitation.rules.terms import sentence
from capitation.web.contract_forms import NewContract, NewPayer, NewRates, TermsForm
from ipaportal.core.months import add_months, month_of
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    one_as_file,
    page_size,
    wants_file,
)
from ipaportal.identity.web.uploads import LIST, takes_file
from ipaportal.ledger.web.forms import AsOf

CONTRACTS = "Contracts"
EDIT = "capitation.edit_contracts"
VIEW = "capitation.view_contracts"


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(CONTRACTS, reverse("capitation:contract_list")), *more]


def _at(contract: Contract) -> tuple[str, str]:
    return contract.name, reverse("capitation:contract_detail", args=[contract.pk])


def _contract(contract_id: int) -> Contract:
    contract = Contract.objects.select_related("payer__party").filter(pk=contract_id).first()
    if contract is None:
        raise Http404
    return contract


@requires(VIEW)
def contract_list(request: PortalRequest) -> HttpResponse:
    """Every contract, with what is in force today."""
    asked = request.GET.get("q", "").strip()
    rows = [
        {
            "name": row.name,
            "payer": row.payer,
            "start": row.start_month,
            "rates": row.rates,
            "withhold": row.withhold_pct,
            "posted": row.last_posted,
            "status": row.status,
            "url": reverse("capitation:contract_detail", args=[row.contract_id]),
        }
        for row in list_contracts(actor=request.actor, today=timezone.localdate(), text=asked)
    ]
    may_edit = request.actor.may(EDIT)
    empty = Empty(
        "No contract yet",
        "A contract says what a plan pays, what the IPA takes and what practices earn.",
        "Add a contract" if may_edit else "",
        reverse("capitation:contract_new") if may_edit else "",
    )
    columns = [
        Column("name", "Contract", "link", sort="name"),
        Column("payer", "Plan", sort="payer"),
        Column("rates", "PCP rates", sort="rates"),
        Column("withhold", "Withheld", "percent", sort="withhold"),
        Column("start", "First month", "month", sort="start"),
        Column("posted", "Last month posted", "month", sort="posted"),
        Column("status", "Status", "status", sort="status"),
    ]
    if wants_file(request):
        return as_file(request, columns, rows, "contracts")
    listing = list_rows(
        rows, columns, request.GET, caption=CONTRACTS, empty=empty, **export_urls(request)
    )
    context = {"listing": listing, "may_edit": may_edit}
    return render(request, "capitation/staff/contract_list.html", context)


@requires(EDIT)
def payer_new(request: PortalRequest) -> HttpResponse:
    """Add a plan, then lead on to its contract."""
    form = NewPayer(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            payer = add_payer(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("code", str(refusal))
        else:
            messages.success(request, f"{payer} is added. Now its contract.")
            return redirect(f"{reverse('capitation:contract_new')}?payer={payer.pk}")
    context = {"form": form, "crumbs": _crumbs(("New plan", ""))}
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/payer_new.html", context, status=status)


@requires(EDIT)
def contract_new(request: PortalRequest) -> HttpResponse:
    """Add a contract, then lead on to its terms."""
    form = NewContract(request.POST or None, initial={"payer": request.GET.get("payer")})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer = data.pop("payer")
        try:
            contract = add_contract(
                actor=request.actor, payer_id=payer.pk, now=timezone.now(), **data
            )
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{contract} is added. Now its terms.")
            return redirect("capitation:terms_new", contract.pk)
    context = {
        "form": form,
        "has_payers": form.fields["payer"].queryset.exists(),
        "crumbs": _crumbs(("New contract", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/contract_new.html", context, status=status)


@requires(VIEW)
def contract_detail(request: PortalRequest, contract_id: int) -> HttpResponse:
    """One contract: its terms in words and drawn, its rates, its history, also as of a day."""
    form = AsOf(request.GET)
    as_of = form.cleaned_data["as_of"] if form.is_valid() else None
    try:
        page = contract_page(
            actor=request.actor,
            contract_id=contract_id,
            today=timezone.localdate(),
            as_of=as_of,
        )
    except Contract.DoesNotExist as missing:
        raise Http404 from missing
    lists = {"terms": _spans(request, page.spans), "rates": _rates(request, page.cells)}
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "page": page,
        "contract": page.contract,
        "form": form,
        "as_of": as_of,
        "facts": _facts(page.contract),
        "spans": lists["terms"],
        "rates": lists["rates"],
        "may_edit": request.actor.may(EDIT),
        "may_receive": request.actor.may("capitation.receive_file"),
        "crumbs": _crumbs((page.contract.name, "")),
    }
    return render(request, "capitation/staff/contract_detail.html", context)


def _facts(contract: Contract) -> list[FactItem]:
    payer = contract.payer
    contact = payer.contact_name or payer.contact_email or "none named"
    mail = f"mailto:{payer.contact_email}" if payer.contact_email else ""
    return [
        FactItem("Plan", payer.party.name, note=f"files call it {payer.party.code}"),
        FactItem("First month paid", contract.start_month, "month"),
        FactItem("Money received counts from", contract.get_remittance_source_display()),
        FactItem("The month opens on day", contract.run_day),
        FactItem("Contact", contact, url=mail),
    ]


def _spans(request: PortalRequest, spans: list[Terms]) -> Listing:
    rows = [
        {
            "start": row.effective_date,
            "end": row.end_date or "further notice",
            "plan": row.plan_share_pct,
            "rates": row.get_rate_model_display(),
            "withhold": row.withhold_pct,
            "citation": row.citation,
            "recorded": timezone.localdate(row.recorded_at),
        }
        for row in spans
    ]
    for row in rows:
        if row["end"] != "further notice":
            row["end"] = month_text(row["end"])
    columns = [
        Column("start", "From", "month"),
        Column("end", "Until before"),
        Column("plan", "Plan's share", "percent"),
        Column("rates", "PCP rates"),
        Column("withhold", "Withheld", "percent"),
        Column("citation", "Clause", minor=True),
        Column("recorded", "Entered", "day", minor=True),
    ]
    empty = Empty("No terms yet", "Without terms, no month of this contract can be calculated.")
    urls = export_urls(request, "terms") if rows else {}
    return list_rows(
        rows, columns, {}, caption="Terms by month", empty=empty, page_size=500, **urls
    )


def _rates(request: PortalRequest, cells: list) -> Listing:
    rows = [
        {
            "plan": cell.plan_code or "any",
            "county": cell.county_code or "any",
            "sex": cell.get_sex_display(),
            "ages": f"{cell.age_from}–{cell.age_to}",
            "from": cell.age_from,
            "rate": _rate_text(cell.rate_pmpm),
            "amount": cell.rate_pmpm,
        }
        for cell in cells
    ]
    columns = [
        Column("plan", "Plan code", sort="plan"),
        *([Column("county", "County", sort="county")] if any(c.county_code for c in cells) else []),
        Column("sex", "Sex", sort="sex"),
        Column("ages", "Ages", sort="from"),
        Column("rate", "Rate $ a month", sort="amount"),
    ]
    return list_rows(
        rows,
        columns,
        request.GET,
        caption="Rates",
        page_size=page_size(request, "rates", 100),
        **export_urls(request, "rates"),
    )


def _rate_text(rate: Decimal) -> str:
    """Two decimals, more only where the rate has more."""
    short = rate.quantize(Decimal("0.01"))
    return f"{short if short == rate else rate:,f}"


@requires(EDIT)
def terms_new(request: PortalRequest, contract_id: int) -> HttpResponse:
    """Enter terms from a month on, with what they do to a dollar beside the form."""
    contract = _contract(contract_id)
    start = _start_of(contract, timezone.localdate())
    form = TermsForm(request.POST or None, contract=contract, initial=_initial(start))
    if request.method == "POST" and form.is_valid():
        try:
            set_terms(
                actor=request.actor,
                contract_id=contract.pk,
                start_month=form.cleaned_data["start_month"],
                end_month=form.cleaned_data["end_month"],
                values=form.values(),
                now=timezone.now(),
            )
        except TermsRefused as refusal:
            for problem in refusal.problems:
                form.add_error(None, problem)
        else:
            messages.success(request, f"The terms of {contract} are recorded.")
            return redirect("capitation:contract_detail", contract.pk)
    context = {
        "form": form,
        "contract": contract,
        "preview": _preview(contract, form, start),
        "crumbs": _crumbs(_at(contract), ("Terms", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/terms_new.html", context, status=status)


def _start_of(contract: Contract, today: date) -> Terms:
    """What the form begins with: the latest terms, from the next month on that may be paid."""
    latest = Terms.objects.filter(contract=contract).current().order_by("-effective_date").first()
    if latest is None:
        return draft_terms(contract, contract.start_month, {"admin_fee_method": "pct"})
    month = max(add_months(month_of(today), 1), latest.effective_date)
    values = {name: getattr(latest, name) for name in VALUES}
    return draft_terms(contract, month, values)


def _initial(terms: Terms) -> dict[str, object]:
    values = {name: getattr(terms, name) for name in VALUES}
    table = {"rate_table": terms.rate_table_id, "start_month": terms.effective_date}
    plain = {k: f"{v.normalize():f}" if isinstance(v, Decimal) else v for k, v in values.items()}
    return {**plain, **table}


@require_POST
@requires(EDIT)
def terms_preview(request: PortalRequest, contract_id: int) -> HttpResponse:
    """What the terms typed so far say, and do to a dollar; nothing is stored."""
    contract = _contract(contract_id)
    form = TermsForm(request.POST, contract=contract)
    preview = _preview(contract, form, None) if form.is_valid() else {"problems": []}
    context = {"preview": preview, "form": form}
    return render(request, "capitation/staff/_terms_preview.html", context)


def _preview(contract: Contract, form: TermsForm, start: Terms | None) -> dict[str, object]:
    """The terms in words and drawn, with their problems and what they change."""
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        terms = draft_terms(contract, data["start_month"], form.values(), data["end_month"])
    elif start is not None:
        terms = start
    else:
        return {"problems": []}
    problems = wrong_terms(terms)
    if problems:
        return {"problems": problems}
    rule = rule_terms(terms)
    known = Terms.objects.filter(contract=contract).current().active_on(terms.effective_date)
    before = known.first()
    return {
        "problems": [],
        "says": sentence(rule),
        "picture": picture_of(rule),
        "changes": changes(before, terms) if before else [],
        "before": before,
    }


@requires(EDIT)
@takes_file(LIST)
def rate_table_new(request: PortalRequest, contract_id: int) -> HttpResponse:
    """Add a rate table from a file; every line that cannot be used is named."""
    contract = _contract(contract_id)
    form = NewRates(request.POST or None, request.FILES or None)
    refused = []
    if request.method == "POST" and form.is_valid():
        try:
            table = add_rate_table(
                actor=request.actor,
                contract_id=contract.pk,
                name=form.cleaned_data["name"],
                data=form.cleaned_data["file"].read(),
                now=timezone.now(),
            )
        except RatesRefused as refusal:
            form.add_error("file", str(refusal))
            refused = refusal.lines
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"{table} is added. Terms can now refer to it.")
            return redirect("capitation:terms_new", contract.pk)
    rows = [{"line": row.line_no, "reason": row.reason} for row in refused]
    columns = [Column("line", "Line", "count"), Column("reason", "Why it cannot be used")]
    context = {
        "form": form,
        "contract": contract,
        "refused": list_rows(rows, columns, request.GET, caption="Refused lines"),
        "crumbs": _crumbs(_at(contract), ("Rates", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/rate_table_new.html", context, status=status)
