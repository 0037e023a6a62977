"""Rebates for staff: what suppliers owe, what they paid, and what practices are given of it."""

from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.money import dollars
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, without_empty
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input, to_cents
from ipaportal.ledger.web.booked import entry_url
from purchasing.actions import rebates as acts
from purchasing.models import RebateReceipt
from purchasing.queries import rebates as asked
from purchasing.queries.rebate_periods import BookedPeriod, rebate_periods
from purchasing.web.suppliers import found_contract

VIEW, RECORD = "purchasing.view_charges", "purchasing.record_fee"
PERIODS = (
    Column("supplier", "Supplier", "link", sort="supplier"),
    Column("contract", "Contract", sort="contract", minor=True),
    Column("start", "From", "day", sort="start"),
    Column("last", "To", "day"),
    Column("earned", "Earned $", "money", sort="earned"),
    Column("said", "Supplier says $", "money"),
    Column("booked", "Booked $", "money", sort="booked"),
    Column("received", "Received $", "money", sort="received"),
    Column("given", "To practices $", "money"),
    Column("kept", "Kept $", "money"),
    Column("state", "Stands", "status"),
)
PRACTICES = (
    Column("practice", "Practice", sort="practice"),
    Column("entitled", "By what came $", "money", sort="entitled"),
    Column("agreed", "Agreed otherwise $", "money"),
    Column("booked", "Booked $", "money"),
    Column("new", "To book $", "money", sort="new"),
    Column("received", "Received $", "money"),
    Column("given", "Given $", "money"),
    Column("kept", "Kept $", "money"),
)
BASIS = (
    Column("practice", "Practice"),
    Column("item", "Item", wide=True),
    Column("purchase", "Purchase order", "link"),
    Column("packs", "Packs kept", "count"),
    Column("paid", "Price paid $", "price"),
    Column("price", "Price reached $", "price"),
    Column("back", "Owed back $", "price"),
)
BOOKED = (
    Column("what", "What", "link"),
    Column("day", "On", "day"),
    Column("cents", "Amount $", "money"),
    Column("kept", "Kept $", "money"),
    Column("by", "By"),
    Column("state", "Stands", "status"),
)
SHARED = (
    Column("practice", "Practice"),
    Column("cents", "Its part $", "money"),
    Column("kept", "Kept $", "money"),
    Column("given", "Given $", "money"),
)
SUMS = (("earned", "Earned $"), ("received", "Received $"), ("given", "To practices $"),
        ("kept", "Kept and told $"))  # fmt: skip
CHIPS = [Chip("show", "", "All"), Chip("show", "open", "Owed by suppliers"),
         Chip("show", "apart", "Supplier says otherwise")]  # fmt: skip


class OweForm(forms.Form):
    """What somebody saw before it was booked."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReceiveForm(forms.Form):
    """What a supplier paid; seen as what each practice is given, then booked."""

    amount = forms.DecimalField(label="Rebate $", min_value=0.01, max_digits=12, decimal_places=2)
    received_date = forms.DateField(label="Received on", widget=day_input())
    reference = forms.CharField(label="The supplier's reference", max_length=60)
    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class ReverseForm(forms.Form):
    """Why a receipt is taken back."""

    reason = forms.CharField(label="Why", max_length=300)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of rebates."""
    return [("Charges", reverse("purchasing:charge_list")),
            ("Rebates", reverse("purchasing:rebate_list")), *more]  # fmt: skip


def period_url(
    period: asked.RebatePeriod | BookedPeriod | RebateReceipt, page: str = "rebate_period"
) -> str:
    """Where a period of a contract is."""
    start = period.start_date if isinstance(period, RebateReceipt) else period.start
    return reverse(f"purchasing:{page}", args=[period.contract.pk, start.isoformat()])


@requires(VIEW)
def rebate_list(request: PortalRequest) -> HttpResponse:
    """Every period in which a supplier owes something back, and what became of it."""
    found = rebate_periods(
        actor=request.actor, text=request.GET.get("q", "").strip(),
        show=request.GET.get("show", ""),
    )  # fmt: skip
    rows = list(map(_period_row, found))
    if wants_file(request):
        return as_file(request, PERIODS, rows, "rebates")
    empty = Empty("No rebate", "Where a contract's tiers count a period and reach back, what came "
                  "dearer is owed back to whoever paid it, and stands here.")  # fmt: skip
    facts = [FactItem(name, sum(row[key] or 0 for row in rows), "money") for key, name in SUMS]
    context = {
        "listing": list_rows(rows, PERIODS, request.GET, caption="Rebates", chips=CHIPS,
                             empty=empty, **export_urls(request)),
        "facts": facts,
        "crumbs": crumbs()[:1],
    }  # fmt: skip
    return render(request, "purchasing/staff/rebate_list.html", context)


def _period_row(one: BookedPeriod) -> dict[str, object]:
    return {
        "supplier": str(one.contract.supplier),
        "contract": one.contract.number,
        "start": one.start,
        "last": one.end - timedelta(days=1),
        "earned": one.earned_cents,
        "said": one.word and one.word.said_cents,
        "booked": one.booked_cents,
        "received": one.received_cents,
        "given": one.received_cents - one.kept_cents,
        "kept": one.kept_cents,
        "state": one.state,
        "url": period_url(one),
    }


def found_period(supply_id: int, rebate_from: str) -> asked.RebatePeriod:
    """The period that an address names, or a 404."""
    try:
        start = date.fromisoformat(rebate_from)
    except ValueError as wrong:
        raise Http404 from wrong
    found = asked.rebate_period(found_contract(supply_id), start)
    if found is None:
        raise Http404
    return found


def period_facts(one: asked.RebatePeriod) -> list[FactItem]:
    """What a period comes to."""
    received, kept = one.sum_of("received_cents"), one.sum_of("kept_cents")
    return [
        FactItem("Earned $", one.sum_of("earned_cents"), "money",
                 note="by what came and stayed, at the tier that it reached"),
        _word_fact(one),
        FactItem("Booked $", one.sum_of("booked_cents"), "money"),
        FactItem("Received $", received, "money"),
        FactItem("To practices $", received - kept, "money"),
        FactItem("Kept $", kept, "money", note=f"{one.contract.rebate_kept_pct.normalize():f} % "
                 "agreed; told to practices as a fee"),
        FactItem("Still owed by the supplier $", one.sum_of("open_cents"), "money"),
        FactItem("Contract", one.contract.number,
                 url=reverse("purchasing:supply_detail", args=[one.contract.pk])),
    ]  # fmt: skip


def _word_fact(one: asked.RebatePeriod) -> FactItem:
    if one.word is None:
        return FactItem("Supplier says $", "nothing yet")
    note = f"{one.word.reference} of {one.word.stated_date:%b %-d, %Y}"
    if one.apart_cents:
        more = "more" if one.apart_cents > 0 else "less"
        note += f"; ${dollars(abs(one.apart_cents))} {more} than is earned by now"
    return FactItem("Supplier says $", one.word.said_cents, "money", note=note)


@requires(VIEW)
def rebate_period(request: PortalRequest, supply_id: int, rebate_from: str) -> HttpResponse:
    """One period: what each practice is owed and why, what was booked, received and given."""
    period = found_period(supply_id, rebate_from)
    basis = [
        {**line, "practice": one.practice.name, **basis_numbers(line),
         "url": reverse("purchasing:purchase_detail", args=[line["purchase_id"]])}
        for one in period.owed for line in one.basis
    ]  # fmt: skip
    if wants_file(request):
        return as_file(request, BASIS, basis, f"rebate-{period.contract.pk}-{rebate_from}")
    may = request.actor.may(RECORD)
    context = {
        "period": period,
        "last": period.end - timedelta(days=1),
        "facts": period_facts(period),
        "practices": practices_table(request, period),
        "booked": list_rows(_booked(request, period), BOOKED, {}, caption="In the books",
                            page_size=200, empty=Empty("Nothing is booked yet")),
        "listing": list_rows(basis, BASIS, request.GET, caption="What it comes from",
                             empty=Empty("Nothing came dearer"), **export_urls(request)),
        "owe_url": period_url(period, "rebate_owe")
        if may and period.state == "to be booked" else "",
        "receive_url": period_url(period, "rebate_receive")
        if may and period.sum_of("open_cents") > 0 else "",
        "word_url": period_url(period, "rebate_statement") if may else "",
        "above_cents": period.sum_of("above_cents"),
        "crumbs": crumbs((f"{period.contract} from {period.start:%b %-d, %Y}", "")),
    }  # fmt: skip
    return render(request, "purchasing/staff/rebate_period.html", context)


def basis_numbers(line: dict) -> dict[str, object]:
    """The prices of a line, which are kept as text, as numbers."""
    return {key: Decimal(line[key]) for key in ("paid", "price", "back")}


def practices_table(request: PortalRequest, period: asked.RebatePeriod):
    """Every practice of a period."""
    rows = [
        {
            "practice": one.practice.name,
            "entitled": one.entitled_cents,
            "agreed": one.agreed_cents or None,
            "booked": one.booked_cents,
            "new": one.to_book_cents,
            "received": one.received_cents,
            "given": one.received_cents - one.kept_cents,
            "kept": one.kept_cents,
        }
        for one in period.owed
    ]
    heads = without_empty(PRACTICES, rows, "agreed")
    return list_rows(rows, heads, {}, caption="Practices", page_size=5000,
                     empty=Empty("Nobody is owed anything"))  # fmt: skip


def _booked(request: PortalRequest, period: asked.RebatePeriod) -> list[dict[str, object]]:
    owed = [
        {
            "what": "Owed by the supplier",
            "day": timezone.localdate(one.recorded_at),
            "cents": one.cents,
            "kept": None,
            "by": one.recorded_by_name,
            "state": "booked",
            "url": entry_url(request.actor, one.entry_key),
        }
        for one in asked.accruals_of(period)
    ]
    received = [
        {
            "what": f"Received: {one.reference}",
            "day": one.received_date,
            "cents": one.cents,
            "kept": one.kept_cents,
            "by": one.recorded_by_name,
            "state": _state(one),
            "url": reverse("purchasing:rebate_receipt", args=[one.pk]),
        }
        for one in asked.receipts_of(period)
    ]
    said = [
        {
            "what": f"The supplier says: {one.reference}",
            "day": one.stated_date,
            "cents": one.said_cents,
            "kept": None,
            "by": one.recorded_by_name,
            "state": f"${dollars(abs(one.apart_cents))} {'more' if one.apart_cents > 0 else 'less'}"
            if one.apart_cents else "as earned",
            "url": "",
        }
        for one in asked.statements_of(period)
    ]  # fmt: skip
    return sorted(received + owed + said, key=lambda row: row["day"], reverse=True)


def _state(one: RebateReceipt) -> str:
    if one.reverses_id:
        return "takes one back"
    return "taken back" if hasattr(one, "reversal") else "booked"


@requires(RECORD)
@fresh_login_to_send
def rebate_owe(request: PortalRequest, supply_id: int, rebate_from: str) -> HttpResponse:
    """See what would be booked as owed to each practice, then book it."""
    period = found_period(supply_id, rebate_from)
    form = OweForm(request.POST or None, initial={"seen_digest": period.digest})
    if request.method == "POST" and form.is_valid():
        try:
            acts.accrue_rebate(
                actor=request.actor, contract_id=supply_id, start_date=period.start,
                now=timezone.now(), **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Booked: the supplier owes it, and it is owed to practices.")
            return redirect(period_url(period))
    context = {
        "form": form,
        "period": period,
        "facts": [FactItem("To book $", period.sum_of("to_book_cents"), "money"),
                  FactItem("Practices", sum(bool(one.to_book_cents) for one in period.owed),
                           "count")],
        "practices": practices_table(request, period),
        "crumbs": crumbs((str(period.contract), period_url(period)), ("Book what is owed", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/rebate_owe.html", context, status=status)


@requires(RECORD)
@fresh_login_to_send
def rebate_receive(request: PortalRequest, supply_id: int, rebate_from: str) -> HttpResponse:
    """Enter what a supplier paid, see what each practice is given, then book it."""
    period = found_period(supply_id, rebate_from)
    form, shared = ReceiveForm(request.POST or None), []
    if request.method == "POST" and form.is_valid():
        data, today = form.cleaned_data, timezone.localdate()
        cents, received = to_cents(data["amount"]), data["received_date"]
        try:
            if request.POST.get("confirmed"):
                made = acts.receive_rebate(
                    actor=request.actor, contract_id=supply_id, start_date=period.start,
                    cents=cents, received_date=received, reference=data["reference"],
                    seen_digest=data["seen_digest"], now=timezone.now(), today=today,
                )  # fmt: skip
                messages.success(request, "Booked. Each practice's part goes with its next payout.")
                return redirect("purchasing:rebate_receipt", made.pk)
            shared = acts.check_receipt(period, cents, received, today)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _receive_page(request, period, form, shared)


def _receive_page(request, period: asked.RebatePeriod, form: ReceiveForm, shared: list):
    if shared:
        form.data = form.data.copy()
        form.data["seen_digest"] = period.digest
    rows = [{"practice": owed.practice.name, "cents": part.cents, "kept": part.kept_cents,
             "given": part.given_cents} for owed, part in shared]  # fmt: skip
    context = {
        "form": form,
        "period": period,
        "is_seen": bool(shared),
        "facts": [FactItem("Rebate $", sum(row["cents"] for row in rows), "money"),
                  FactItem("To practices $", sum(row["given"] for row in rows), "money"),
                  FactItem("Kept and told $", sum(row["kept"] for row in rows), "money")],
        "open_cents": period.sum_of("open_cents"),
        "parts": list_rows(rows, SHARED, {}, caption="What each practice is given",
                           page_size=5000),
        "crumbs": crumbs((str(period.contract), period_url(period)), ("Received", "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "purchasing/staff/rebate_receive.html", context, status=status)


def found_receipt(request: PortalRequest, rebate_receipt_id: int) -> RebateReceipt:
    """The receipt that an address names, or a 404."""
    found = asked.rebate_receipts(actor=request.actor).filter(pk=rebate_receipt_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def rebate_receipt(request: PortalRequest, rebate_receipt_id: int) -> HttpResponse:
    """One receipt: what each practice was given of it, and what was kept."""
    one = found_receipt(request, rebate_receipt_id)
    is_open = one.reverses_id is None and not hasattr(one, "reversal")
    form = ReverseForm() if is_open and request.actor.may(RECORD) else None
    return _receipt_page(request, one, form, 200)


def _receipt_page(request, one: RebateReceipt, form: ReverseForm | None, status: int):
    shares = one.shares.select_related("practice").order_by("practice__name")
    rows = [{"practice": each.practice.name, "cents": each.cents, "kept": each.kept_cents,
             "given": each.given_cents} for each in shares]  # fmt: skip
    context = {
        "one": one,
        "form": form,
        "facts": [
            FactItem("Received $", one.cents, "money"),
            FactItem("To practices $", one.cents - one.kept_cents, "money",
                     note="with their next payouts"),
            FactItem("Kept and told $", one.kept_cents, "money"),
            FactItem("On", one.received_date, "day"),
            FactItem("Stands", _state(one), note=one.reason),
            FactItem("In the books", one.entry_key,
                     url=entry_url(request.actor, one.entry_key)),
            FactItem("Booked by", one.recorded_by_name),
        ],
        "listing": list_rows(rows, SHARED, {}, caption="What each practice was given",
                             page_size=5000),
        "period_url": period_url(one),
        "crumbs": crumbs((str(one.contract), period_url(one)), (one.reference, "")),
    }  # fmt: skip
    return render(request, "purchasing/staff/rebate_receipt.html", context, status=status)


@requires(RECORD)
@fresh_login_to_send
def rebate_reverse(request: PortalRequest, rebate_receipt_id: int) -> HttpResponse:
    """Take a receipt back, with every practice's part of it."""
    one, form = found_receipt(request, rebate_receipt_id), ReverseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = acts.reverse_rebate(actor=request.actor, receipt_id=one.pk, now=timezone.now(),
                                       today=timezone.localdate(), **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Taken back. It is on the next statements of practices.")
            return redirect("purchasing:rebate_receipt", made.pk)
    return _receipt_page(request, one, form, 422 if form.errors else 200)
