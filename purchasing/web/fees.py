"""Fees that suppliers pay, for staff and for practices; what is disclosed every year."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input, to_cents
from ipaportal.identity.web.stored import made_file
from purchasing.actions import fees as acts
from purchasing.formats.disclosures import render_disclosure
from purchasing.models import Disclosure, FeeReceipt, FeeShare, RebateShare, SupplyContract
from purchasing.queries import fees as asked
from purchasing.web.catalogue import shown
from purchasing.web.shop import crumbs as shop_crumbs
from purchasing.web.shop import shop_tabs

VIEW, RECORD = "purchasing.view_charges", "purchasing.record_fee"
GIVE, SHOP = "purchasing.give_disclosures", "purchasing.view_shop"
FEES = (
    Column("supplier", "Supplier", "link"),
    Column("reference", "Reference", minor=True),
    Column("start", "From", "day"),
    Column("last", "To", "day"),
    Column("bought", "Bought $", "money"),
    Column("cents", "Fee $", "money", sort="cents"),
    Column("day", "Received", "day", sort="received_date"),
    Column("state", "Stands", "status"),
)
SHARES = (
    Column("practice", "Practice"),
    Column("supplier", "Supplier"),
    Column("start", "From", "day"),
    Column("last", "To", "day"),
    Column("bought", "Bought $", "money"),
    Column("cents", "Fee $", "money"),
    Column("day", "Received", "day"),
)
PARTS = (SHARES[0], *SHARES[4:6])
TOLD = (
    Column("practice", "Practice", "link"),
    Column("cents", "Fees on its purchases $", "money"),
    Column("given", "Told on", "day"),
    Column("due", "Next by", "day"),
    Column("state", "Stands", "status"),
)
PAPERS = (
    Column("practice", "Practice"),
    Column("year", "Year"),
    Column("cents", "Fees $", "money"),
    Column("given", "Told on", "day"),
    Column("by", "By"),
    Column("paper", "Paper", "link"),
)


class FeeForm(forms.Form):
    """What a supplier paid for a period; seen as whose purchases it is on, then booked."""

    contract = forms.ModelChoiceField(
        SupplyContract.objects.select_related("supplier__party"), label="Contract"
    )
    start_date = forms.DateField(label="First day of the period", widget=day_input())
    last_date = forms.DateField(label="Last day of the period", widget=day_input())
    amount = forms.DecimalField(
        label="Fee $", min_value=0.01, max_digits=12, decimal_places=2,
    )  # fmt: skip
    received_date = forms.DateField(label="Received on", widget=day_input())
    reference = forms.CharField(label="The supplier's reference", max_length=60)
    seen_bought_cents = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def asked_for(self) -> dict[str, object]:
        """What was entered, as it is kept."""
        data = self.cleaned_data
        return {
            "start_date": data["start_date"],
            "end_date": data["last_date"] + timedelta(days=1),
            "cents": to_cents(data["amount"]),
            "received_date": data["received_date"],
        }


class ReverseForm(forms.Form):
    """Why a fee is taken back."""

    reason = forms.CharField(label="Why", max_length=300)


class YearForm(forms.Form):
    """Of which year practices are told."""

    year = forms.IntegerField(label="Year", min_value=2000, max_value=2999)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of fees."""
    return [("Charges", reverse("purchasing:charge_list")),
            ("Fees", reverse("purchasing:fee_list")), *more]  # fmt: skip


def _year(request: PortalRequest) -> int:
    form = YearForm(request.GET)
    return form.cleaned_data["year"] if form.is_valid() else timezone.localdate().year


@requires(VIEW)
def fee_list(request: PortalRequest) -> HttpResponse:
    """What suppliers paid, and that practices are told of all of it."""
    found = asked.fee_receipts(actor=request.actor, text=request.GET.get("q", "").strip())
    if wants_file(request):
        return as_file(request, FEES, map(_row, found), "fees")
    empty = Empty(
        "No fee", "What a supplier pays on practices' purchases is booked here by finance."
    )
    listing = list_rows(found, FEES, request.GET, caption="Fees", default_sort="-day",
                        empty=empty, **export_urls(request))  # fmt: skip
    year = timezone.localdate().year
    received, told = asked.told_cents(year)
    context = {
        "listing": shown(listing, list(map(_row, listing.rows))),
        "facts": [
            FactItem(f"Received in {year} $", received, "money"),
            FactItem("Told to practices $", told, "money"),
            FactItem("Not told $", received - told, "money"),
        ],
        "may_record": request.actor.may(RECORD),
        "crumbs": crumbs()[:1],
    }
    return render(request, "purchasing/staff/fee_list.html", context)


def _state(one: FeeReceipt) -> str:
    if one.reverses_id:
        return "takes one back"
    return "taken back" if hasattr(one, "reversal") else "booked"


def _row(one: FeeReceipt) -> dict[str, object]:
    return {
        "supplier": str(one.contract.supplier),
        "reference": one.reference,
        "start": one.start_date,
        "last": one.end_date - timedelta(days=1),
        "bought": one.bought_cents,
        "cents": one.cents,
        "day": one.received_date,
        "state": _state(one),
        "url": reverse("purchasing:fee_detail", args=[one.pk]),
    }


@requires(RECORD)
@fresh_login_to_send
def fee_new(request: PortalRequest) -> HttpResponse:
    """Enter a fee, see whose purchases it is on and what each is told, then book it."""
    form, planned = FeeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        contract, today = form.cleaned_data["contract"], timezone.localdate()
        try:
            if request.POST.get("confirmed"):
                made = acts.record_fee(
                    actor=request.actor, contract_id=contract.pk, now=timezone.now(), today=today,
                    reference=form.cleaned_data["reference"], **form.asked_for,
                    seen_bought_cents=form.cleaned_data["seen_bought_cents"] or 0,
                )  # fmt: skip
                messages.success(request, "Booked. Each practice sees its part from now on.")
                return redirect("purchasing:fee_detail", made.pk)
            given = form.asked_for
            planned = acts.check_fee(
                contract, given["start_date"], given["end_date"], given["cents"],
                given["received_date"], today,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _new_page(request, form, planned)


def _new_page(
    request: PortalRequest, form: FeeForm, planned: asked.PlannedFee | None
) -> HttpResponse:
    rows, facts = [], []
    if planned is not None:
        form.data = form.data.copy()
        form.data["seen_bought_cents"] = planned.bought_cents
        cents = sum(part for _, _, part in planned.shares)
        rows = [{"practice": practice.name, "bought": bought, "cents": part}
                for practice, bought, part in planned.shares]  # fmt: skip
        facts = [
            FactItem("Fee $", cents, "money"),
            FactItem("Bought in the period $", planned.bought_cents, "money"),
            FactItem("At most by the contract $", planned.most_cents, "money"),
        ]
    context = {
        "form": form,
        "is_seen": planned is not None,
        "facts": facts,
        "parts": list_rows(rows, PARTS, {}, caption="What each practice is told", page_size=5000),
        "crumbs": crumbs(("New", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/fee_new.html", context, status=status)


def _found(request: PortalRequest, fee_id: int) -> FeeReceipt:
    found = asked.fee_receipts(actor=request.actor).filter(pk=fee_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def fee_detail(request: PortalRequest, fee_id: int) -> HttpResponse:
    """One fee: for what, and what each practice is told of it."""
    fee = _found(request, fee_id)
    is_open = fee.reverses_id is None and not hasattr(fee, "reversal")
    form = ReverseForm() if is_open and request.actor.may(RECORD) else None
    return _fee_page(request, fee, form, 200)


def _fee_page(
    request: PortalRequest, fee: FeeReceipt, form: ReverseForm | None, status: int
) -> HttpResponse:
    rows = [{"practice": one.practice.name, "bought": one.bought_cents, "cents": one.cents}
            for one in fee.shares.select_related("practice")]  # fmt: skip
    last = fee.end_date - timedelta(days=1)
    context = {
        "fee": fee,
        "form": form,
        "facts": [
            FactItem("Fee $", fee.cents, "money"),
            FactItem("Bought $", fee.bought_cents, "money",
                     note=f"{fee.contract.fee_pct} % agreed"),
            FactItem("From", fee.start_date, "day"),
            FactItem("To", last, "day"),
            FactItem("Received", fee.received_date, "day"),
            FactItem("Stands", _state(fee), note=fee.reason),
            FactItem("Booked by", fee.recorded_by_name),
        ],
        "listing": list_rows(rows, PARTS, {}, caption="What each practice is told",
                             page_size=5000),
        "crumbs": crumbs((fee.reference, "")),
    }  # fmt: skip
    return render(request, "purchasing/staff/fee_detail.html", context, status=status)


@requires(RECORD)
@fresh_login_to_send
def fee_reverse(request: PortalRequest, fee_id: int) -> HttpResponse:
    """Take a fee back, with every practice's part of it."""
    fee, form = _found(request, fee_id), ReverseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.reverse_fee(actor=request.actor, fee_id=fee_id, now=timezone.now(),
                                    today=timezone.localdate(), **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Taken back. Practices see that, too.")
            return redirect("purchasing:fee_detail", made.pk)
    return _fee_page(request, fee, form, 422 if form.errors else 200)


@requires(VIEW)
def disclosure_list(request: PortalRequest) -> HttpResponse:
    """What each practice is told of a year, what it was told already, and when it must be."""
    year = _year(request)
    rows = _told_rows(year)
    if wants_file(request):
        return as_file(request, TOLD, rows, f"disclosures-{year}")
    return _told_page(request, year, rows, YearForm(initial={"year": year}), 200)


def _told_rows(year: int) -> list[dict[str, object]]:
    today = timezone.localdate()
    return [
        {
            "practice": one.practice.name,
            "cents": one.content["cents"],
            "given": one.last.given_at.date() if one.last else None,
            "due": one.due_on,
            "state": _told_state(one, today),
            "url": reverse("purchasing:disclosure_pdf", args=[one.last.pk]) if one.last else "",
        }
        for one in asked.told_in(year)
    ]


def _told_state(one: asked.Told, today) -> str:
    if one.due_on is not None and one.due_on < today:
        return "overdue"
    if one.last is None:
        return "to be told"
    return "changed since" if one.is_news else "told"


def _told_page(
    request: PortalRequest, year: int, rows: list, form: YearForm, status: int
) -> HttpResponse:
    received, told = asked.told_cents(year)
    empty = Empty("Nobody signed", "Whoever signs that the IPA buys for it is told every year.")
    context = {
        "listing": list_rows(rows, TOLD, request.GET, caption="Practices", empty=empty,
                             **export_urls(request)),
        "form": form,
        "year": year,
        "years": range(timezone.localdate().year, timezone.localdate().year - 4, -1),
        "facts": [
            FactItem(f"Received in {year} $", received, "money"),
            FactItem("Told to practices $", told, "money"),
            FactItem("Not told $", received - told, "money"),
        ],
        "may_give": request.actor.may(GIVE),
        "crumbs": crumbs(("Disclosures", "")),
    }  # fmt: skip
    return render(request, "purchasing/staff/disclosure_list.html", context, status=status)


@requires(GIVE)
def disclosure_give(request: PortalRequest) -> HttpResponse:
    """Tell every practice what there is to tell of a year."""
    form = YearForm(request.POST or None, initial={"year": timezone.localdate().year})
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.give_disclosures(
                actor=request.actor, now=timezone.now(), today=timezone.localdate(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Told: {plural(len(made), 'practice')}.")
            address = reverse("purchasing:disclosure_list")
            return redirect(f"{address}?year={form.cleaned_data['year']}")
    year = timezone.localdate().year
    return _told_page(request, year, _told_rows(year), form, 422 if form.errors else 200)


def _pdf(one: Disclosure | None) -> HttpResponse:
    if one is None:
        raise Http404
    name = f"fees-{one.year}-{one.number}.pdf"
    return made_file(render_disclosure(one.content), name, "application/pdf")


@require_safe
@requires(VIEW)
def disclosure_pdf(request: PortalRequest, disclosure_id: int) -> HttpResponse:
    """What a practice was told, as PDF."""
    return _pdf(Disclosure.objects.filter(pk=disclosure_id).first())


@require_safe
@requires(SHOP)
def my_disclosure_pdf(request: PortalRequest, disclosure_id: int) -> HttpResponse:
    """What we were told, as PDF."""
    return _pdf(asked.my_disclosures(actor=request.actor).filter(pk=disclosure_id).first())


@requires(SHOP)
def my_fees(request: PortalRequest) -> HttpResponse:
    """What suppliers paid the IPA on our purchases, and what we were told in writing."""
    found = list(asked.my_shares(actor=request.actor))
    rows = list(map(_share_row, found)) + list(map(_kept_row, asked.my_kept(actor=request.actor)))
    if wants_file(request):
        return as_file(request, SHARES, rows, "fees")
    told = list(asked.my_disclosures(actor=request.actor))
    year = timezone.localdate().year
    total = sum(row["cents"] for row in rows if row["day"].year == year)
    empty = Empty("No fee", "No supplier paid the IPA anything on your purchases so far.")
    none = Empty("Nothing yet", "Every year the IPA tells you in writing what suppliers paid it.")
    context = {
        "listing": list_rows(rows, SHARES, request.GET, caption="Fees", empty=empty,
                             **export_urls(request)),
        "papers": list_rows(list(map(_paper_row, told)), PAPERS, {}, caption="In writing",
                            page_size=200, empty=none),
        "facts": [FactItem(f"Received in {year} $", total, "money")],
        "crumbs": shop_crumbs(("Fees", "")),
        "tabs": shop_tabs(request, "my_fees"),
    }  # fmt: skip
    return render(request, "purchasing/provider/fee_list.html", context)


def _share_row(one: FeeShare) -> dict[str, object]:
    return {
        "practice": one.practice.name,
        "supplier": str(one.supplier),
        "start": one.start_date,
        "last": one.end_date - timedelta(days=1),
        "bought": one.bought_cents,
        "cents": one.cents,
        "day": one.received_date,
    }


def _kept_row(one: RebateShare) -> dict[str, object]:
    return {
        "practice": one.practice.name,
        "supplier": f"{one.supplier}, kept of a rebate",
        "start": one.start_date,
        "last": one.end_date - timedelta(days=1),
        "bought": one.bought_cents,
        "cents": one.kept_cents,
        "day": one.received_date,
    }


def _paper_row(one: Disclosure) -> dict[str, object]:
    return {
        "practice": one.practice.name,
        "year": str(one.year),
        "cents": one.cents,
        "given": one.given_at.date(),
        "by": one.given_by_name,
        "paper": "PDF" if one.number == 1 else f"PDF, version {one.number}",
        "url": reverse("purchasing:my_disclosure_pdf", args=[one.pk]),
    }
