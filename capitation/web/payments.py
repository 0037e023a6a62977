"""Payments: what would be paid, every batch, its release by a second person, its file."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.checks import release_checks
from capitation.actions.payments import (
    cancel_payments,
    prepare_payments,
    release_payments,
    take_payment_file,
)
from capitation.queries.payments import batch_page, batches, pays_on, prepare_page
from capitation.web.answers import bank_file
from capitation.web.payment_forms import Release, Why
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import (
    PortalRequest,
    fresh_login,
    fresh_login_to_send,
    requires,
)
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    exported,
    one_as_file,
    wants_file,
)

PAYMENTS = "Payments"


@requires("capitation.view_payments")
def payment_list(request: PortalRequest) -> HttpResponse:
    """Every payment batch."""
    rows = [
        {
            "name": f"Batch {batch.pk}",
            "prepared": batch.prepared_at,
            "by": batch.prepared_by_name,
            "released_by": batch.released_by_name,
            "pays_on": batch.effective_entry_date,
            "payments": batch.payment_count,
            "total": batch.total_cents,
            "status": batch.state,
            "url": reverse("capitation:payment_batch_detail", args=[batch.pk]),
        }
        for batch in batches(actor=request.actor)
    ]
    states = sorted({_state(row) for row in rows})
    asked = request.GET.get("status", "")
    rows = [row for row in rows if asked not in states or _state(row) == asked]
    rows = matching(rows, request.GET.get("q", ""), "name", "by", "released_by")
    if wants_file(request):
        return as_file(request, BATCHES, rows, "payment-batches")
    listing = list_rows(
        rows,
        BATCHES,
        request.GET,
        caption="Payment batches",
        chips=[
            Chip("status", "", "All"),
            *[Chip("status", state, state.capitalize()) for state in states],
        ],
        empty=Empty("No payment batch here", "Once a run is posted, prepare what is owed."),
        **export_urls(request),
    )
    return render(
        request,
        "capitation/payments/payment_list.html",
        {
            "listing": listing,
            "may_prepare": request.actor.may("capitation.prepare_payments"),
        },
    )


def _state(row: dict) -> str:
    """The batch's state without how many of its payments came back."""
    return row["status"].partition(",")[0]


BATCHES = (
    Column("name", "Batch", "link"),
    Column("prepared", "Prepared", "day", sort="prepared"),
    Column("by", "By", sort="by"),
    Column("released_by", "Released by", sort="released_by"),
    Column("pays_on", "Pays on", "day", sort="pays_on"),
    Column("payments", "Payments", "count", sort="payments"),
    Column("total", "Total $", "money", sort="total"),
    Column("status", "Status", "status", sort="status"),
)


@requires("capitation.prepare_payments")
@fresh_login_to_send
def payments_prepare(request: PortalRequest) -> HttpResponse:
    """Who would be paid now and who not; on POST, prepare the batch."""
    now, problem = timezone.now(), ""
    if request.method == "POST":
        try:
            method = "check" if request.POST.get("do") == "checks" else "ach"
            batch = prepare_payments(actor=request.actor, now=now, method=method)
        except Refused as refusal:
            problem = str(refusal)
        else:
            messages.success(request, f"Batch {batch.pk} is prepared. Another person releases it.")
            return redirect("capitation:payment_batch_detail", batch.pk)
    page = prepare_page(actor=request.actor, now=now)
    payable = [{"name": c.name, "cents": c.owed_cents} for c in page["payable"]]
    checks = [{"name": c.name, "cents": c.owed_cents} for c in page["checks"]]
    lists = {
        "payable": _payees(request, payable, "To be paid", page["total_cents"], "payable"),
        "checks": _payees(request, checks, "To be paid by check", page["check_cents"], "checks"),
        "skipped": _skipped(request, page["skipped"]),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        **lists,
        "problem": problem,
        "check_cents": page["check_cents"],
        "total_cents": page["total_cents"],
        "pays_on": page["pays_on"],
        "crumbs": [(PAYMENTS, reverse("capitation:payment_list")), ("Prepare", "")],
    }
    status = 422 if problem else 200
    return render(request, "capitation/payments/payments_prepare.html", context, status=status)


def _payees(request: PortalRequest, rows: list, caption: str, total: int, of: str) -> Listing:
    columns = [
        Column("name", "Payee", sort="name"),
        Column("cents", "Amount $", "money", sort="cents", total=total),
    ]
    empty = Empty("Nobody can be paid now", "Below stands what is in the way of each payee.")
    more = exported(request, of) if rows else {}
    return list_rows(rows, columns, request.GET, caption=caption, empty=empty, **more)


def _skipped(request: PortalRequest, rows: list) -> Listing:
    columns = [
        Column("name", "Payee", sort="name"),
        Column("code_name", "Reason", sort="code_name"),
        Column("text", "In words", wide=True),
        Column("cents", "Balance $", "money"),
    ]
    empty = Empty("Nobody is left out")
    more = exported(request, "skipped") if rows else {}
    return list_rows(rows, columns, request.GET, caption="Left out", empty=empty, **more)


@requires("capitation.view_payments")
def payment_batch_detail(request: PortalRequest, batch_id: int) -> HttpResponse:
    """One batch: its steps, its payments, who was left out."""
    page = _page(request, batch_id)
    batch, counts = page["batch"], page["counts"]
    rows = [
        {
            "name": payment.party.name,
            "bank": str(payment.bank_account),
            "trace": payment.trace_number,
            "cents": payment.amount_cents,
            "status": payment.status,
            "note": payment.return_code or payment.void_text,
            "url": reverse("capitation:payment_detail", args=[payment.pk]),
        }
        for payment in page["payments"]
    ]
    columns = [
        Column("name", "Payee", "link", sort="name"),
        Column("bank", "To"),
        Column("trace", "Trace number"),
        Column("status", "Status", "status", sort="status"),
        Column("note", "Note"),
        Column("cents", "Amount $", "money", sort="cents", total=batch.total_cents),
    ]
    rows = matching(rows, request.GET.get("q", ""), "name", "trace")
    skipped = _skipped(request, page["skipped"])
    if (file := one_as_file(request, {"skipped": skipped})) is not None:
        return file
    if wants_file(request):
        return as_file(request, columns, rows, f"payment-batch-{batch.pk}")
    actor = request.actor
    may_settle = batch.method == "ach" and actor.may("capitation.settle_payments")
    waits, on_its_way = batch.status == "prepared", counts.get("released", 0)
    context = {
        "batch": batch,
        "steps": page["steps"],
        "listing": list_rows(
            rows, columns, request.GET, caption="Payments", **export_urls(request)
        ),
        "skipped": skipped,
        "may_release": waits and actor.may("capitation.release_payments"),
        "may_cancel": waits and actor.may("capitation.prepare_payments"),
        "may_settle": on_its_way and may_settle,
        "may_take_file": batch.file_sha256 and actor.may("capitation.release_payments"),
        "crumbs": _crumbs(batch),
    }
    return render(request, "capitation/payments/payment_batch_detail.html", context)


def _page(request: PortalRequest, batch_id: int) -> dict[str, object]:
    page = batch_page(actor=request.actor, batch_id=batch_id)
    if page is None:
        raise Http404
    return page


def _crumbs(batch, here: str = "") -> list[tuple[str, str]]:
    crumbs = [(PAYMENTS, reverse("capitation:payment_list"))]
    if here:
        detail = reverse("capitation:payment_batch_detail", args=[batch.pk])
        return [*crumbs, (f"Batch {batch.pk}", detail), (here, "")]
    return [*crumbs, (f"Batch {batch.pk}", "")]


@requires("capitation.release_payments")
@fresh_login
def payment_batch_release(request: PortalRequest, batch_id: int) -> HttpResponse:
    """What releasing would do, in numbers; on POST, release it."""
    batch = _page(request, batch_id)["batch"]
    form = Release(request.POST or None, initial={"seen_digest": batch.digest})
    if request.method == "POST" and form.is_valid():
        try:
            release = release_checks if batch.method == "check" else release_payments
            release(actor=request.actor, batch_id=batch_id, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            to = "print the checks from it" if batch.method == "check" else "send it to the bank"
            messages.success(request, f"Released. Take the file and {to}.")
            return redirect("capitation:payment_batch_detail", batch_id)
    facts = [
        FactItem("Total", batch.total_cents, "dollars"),
        FactItem("Payments", batch.payment_count, "count"),
        FactItem("Pays on", pays_on(timezone.now()), "day"),
        FactItem("Prepared by", batch.prepared_by_name),
        FactItem("Left out", len(batch.skipped), "count"),
        FactItem("Digest", batch.digest[:12]),
    ]
    context = {"batch": batch, "form": form, "facts": facts, "crumbs": _crumbs(batch, "Release")}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/payment_batch_release.html", context, status=status)


@requires("capitation.prepare_payments")
@fresh_login
def payment_batch_cancel(request: PortalRequest, batch_id: int) -> HttpResponse:
    """Cancel a batch that waits for release."""
    batch = _page(request, batch_id)["batch"]
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_payments(
                actor=request.actor, batch_id=batch_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Batch {batch_id} is cancelled; everything stays owed.")
            return redirect("capitation:payment_batch_detail", batch_id)
    context = {"batch": batch, "form": form, "crumbs": _crumbs(batch, "Cancel")}
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/payment_batch_cancel.html", context, status=status)


@require_POST
@requires("capitation.release_payments")
@fresh_login
def payment_batch_file(request: PortalRequest, batch_id: int) -> HttpResponse:
    """The file for the bank; who takes it is recorded."""
    _page(request, batch_id)
    try:
        batch, data = take_payment_file(actor=request.actor, batch_id=batch_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("capitation:payment_batch_detail", batch_id)
    kind, ending = ("checks", "csv") if batch.method == "check" else ("payments", "ach")
    name = f"{kind}-{batch.file_date:%Y%m%d}-{batch.file_id_modifier}.{ending}"
    return bank_file(data, name)
