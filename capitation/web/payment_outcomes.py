"""What became of payments: settled, returned, made void, paid anew."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.payment_outcomes import (
    read_returns,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.queries.payments import batch_page, paid_anew, payment_moments, payments
from capitation.web.payment_forms import Confirm, Returns, Why
from ipaportal.core.parts import FactItem
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.uploads import LIST, takes_file

MAX_RETURNS_BYTES = 20 * 1024 * 1024


@requires("capitation.settle_payments")
@fresh_login
def payment_batch_settle(request: PortalRequest, batch_id: int) -> HttpResponse:
    """Say that the bank paid what is still on its way."""
    page = batch_page(actor=request.actor, batch_id=batch_id)
    if page is None:
        raise Http404
    form = Confirm(request.POST or None)
    if request.method == "POST":
        try:
            settle_payments(actor=request.actor, batch_id=batch_id, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Booked as paid by the bank.")
        return redirect("capitation:payment_batch_detail", batch_id)
    waiting = [p for p in page["payments"] if p.status == "released"]
    facts = [
        FactItem("Payments", len(waiting), "count"),
        FactItem("Total", sum(p.amount_cents for p in waiting), "dollars"),
    ]
    context = {
        "batch": page["batch"],
        "form": form,
        "facts": facts,
        "crumbs": [
            ("Payments", reverse("capitation:payment_list")),
            (f"Batch {batch_id}", reverse("capitation:payment_batch_detail", args=[batch_id])),
            ("Settle", ""),
        ],
    }
    return render(request, "capitation/payments/payment_batch_settle.html", context)


@requires("capitation.read_returns")
@fresh_login
@takes_file(LIST)
def returns_read(request: PortalRequest) -> HttpResponse:
    """Take the bank's file of returns, and show what it did."""
    form = Returns(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        if file.size > MAX_RETURNS_BYTES:
            form.add_error("file", "A file of returns is smaller than 20 MB. Nothing was read.")
        else:
            try:
                result = read_returns(actor=request.actor, data=file.read(), now=timezone.now())
            except Refused as refusal:
                form.add_error("file", str(refusal))
    context = {
        "form": form,
        "result": result,
        "crumbs": [("Payments", reverse("capitation:payment_list")), ("Returns", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/returns_read.html", context, status=status)


@requires("capitation.view_payments")
def payment_detail(request: PortalRequest, payment_id: int) -> HttpResponse:
    """One payment and what happened to it."""
    payment = _payment(request, payment_id)
    came_back = payment.status in ("returned", "void") and payment.trace_number
    anew = paid_anew(payment)
    context = {
        "payment": payment,
        "facts": _facts(payment, anew),
        "moments": payment_moments(payment),
        "may_void": payment.status == "released" and request.actor.may("capitation.void_payment"),
        "may_reissue": came_back
        and anew is None
        and request.actor.may("capitation.prepare_payments"),
        "crumbs": _crumbs(payment),
    }
    return render(request, "capitation/payments/payment_detail.html", context)


def _payment(request: PortalRequest, payment_id: int):
    payment = payments(actor=request.actor).filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    return payment


def _crumbs(payment, here: str = "") -> list[tuple[str, str]]:
    batch = reverse("capitation:payment_batch_detail", args=[payment.batch_id])
    return [
        ("Payments", reverse("capitation:payment_list")),
        (f"Batch {payment.batch_id}", batch),
        (here or payment.party.name, ""),
    ]


def _facts(payment, anew) -> list[FactItem]:
    facts = [
        FactItem("Amount", payment.amount_cents, "dollars"),
        FactItem("Status", payment.status, "status"),
        FactItem("To", str(payment.bank_account), note=payment.bank_account.holder_name),
        FactItem("Trace number", payment.trace_number or "when released"),
    ]
    for label, other in (("Pays anew", payment.reissues), ("Paid anew by", anew)):
        if other is not None:
            address = reverse("capitation:payment_detail", args=[other.pk])
            facts.append(FactItem(label, f"payment {other.pk}", url=address))
    return facts


@requires("capitation.void_payment")
@fresh_login
def payment_void(request: PortalRequest, payment_id: int) -> HttpResponse:
    """Make a payment on its way void, after the bank was asked to stop it."""
    payment = _payment(request, payment_id)
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            void_payment(
                actor=request.actor, payment_id=payment_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{dollars_text(payment.amount_cents)} are owed again.")
            return redirect("capitation:payment_detail", payment_id)
    context = {
        "payment": payment,
        "form": form,
        "facts": [FactItem("Owed again", payment.amount_cents, "dollars")],
        "crumbs": _crumbs(payment, "Void"),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/payments/payment_void.html", context, status=status)


@require_POST
@requires("capitation.prepare_payments")
@fresh_login
def payment_reissue(request: PortalRequest, payment_id: int) -> HttpResponse:
    """Prepare a batch that pays anew what came back."""
    payment = _payment(request, payment_id)
    try:
        batch = reissue_payment(actor=request.actor, payment_id=payment.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("capitation:payment_detail", payment_id)
    messages.success(request, f"Batch {batch.pk} pays it anew once another person releases it.")
    return redirect("capitation:payment_batch_detail", batch.pk)
