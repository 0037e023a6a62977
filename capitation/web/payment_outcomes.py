"""What became of payments: settled, made void, paid after all, paid anew."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from capitation.actions.payment_outcomes import (
    record_paid_after_all,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.queries.payment_life import Booked, entries_of, life_of
from capitation.queries.payments import batch_page, paid_anew, payments
from capitation.web.payment_forms import Confirm, VoidCheck, Why
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.ledger.queries.balances import owed_cents


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


@requires("capitation.view_payments")
def payment_detail(request: PortalRequest, payment_id: int) -> HttpResponse:
    """One payment, every step of it, and what each did to the books."""
    payment = _payment(request, payment_id)
    was_sent = payment.trace_number is not None
    came_back = payment.status in ("returned", "void") and was_sent
    anew = paid_anew(payment)
    booked = entries_of(payment)
    context = {
        "payment": payment,
        "facts": _facts(payment, anew),
        "moments": life_of(payment, booked),
        "listing": _books(request, booked),
        "may_void": payment.status == "released" and request.actor.may("capitation.void_payment"),
        "may_reissue": came_back
        and anew is None
        and request.actor.may("capitation.prepare_payments"),
        "may_say_paid": payment.status == "void"
        and was_sent
        and request.actor.may("capitation.settle_payments"),
        "crumbs": _crumbs(payment),
    }
    return render(request, "capitation/payments/payment_detail.html", context)


def _books(request: PortalRequest, booked: list[Booked]) -> Listing:
    may_open = request.actor.may("ledger.view_accounts")
    rows = [
        {
            "date": row.entry.date,
            "what": row.entry.description,
            "by": row.entry.actor_name,
            "owed": row.owed_cents,
            "on_its_way": row.on_its_way_cents,
            "cash": row.cash_cents,
            "url": reverse("ledger:entry_detail", args=[row.entry.pk]) if may_open else "",
        }
        for row in booked
    ]
    sums = {key: sum(row[key] for row in rows) for key in ("owed", "on_its_way", "cash")}
    columns = [
        Column("what", "Entry", "link"),
        Column("date", "Date", "day"),
        Column("by", "By"),
        Column("owed", "Owed to the payee", "money", total=sums["owed"]),
        Column("on_its_way", "On its way", "money", total=sums["on_its_way"]),
        Column("cash", "Cash", "money", total=sums["cash"]),
    ]
    empty = Empty("Nothing is booked yet", "The books pay it once another person releases it.")
    return list_rows(rows, columns, {}, caption="What each entry changed", empty=empty)


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
    if hasattr(payment, "check_paid_by"):
        check = payment.check_paid_by
        url, state = reverse("capitation:check_list"), check.get_status_display()
        facts.append(FactItem("Check", f"number {check.number}", note=state, url=url))
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
    form = (VoidCheck if payment.bank_account.is_check else Why)(request.POST or None)
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


@requires("capitation.settle_payments")
@fresh_login
def payment_paid_after_all(request: PortalRequest, payment_id: int) -> HttpResponse:
    """Say that the bank paid a payment although it was made void."""
    payment = _payment(request, payment_id)
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_paid_after_all(
                actor=request.actor, payment_id=payment_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{dollars_text(payment.amount_cents)} are booked as paid.")
            return redirect("capitation:payment_detail", payment_id)
    anew = paid_anew(payment)
    context = {
        "payment": payment,
        "form": form,
        "facts": _after_all_facts(payment, anew),
        "waiting_batch": _waiting_text(anew),
        "crumbs": _crumbs(payment, "Paid after all"),
    }
    status = 422 if form.errors else 200
    return render(
        request, "capitation/payments/payment_paid_after_all.html", context, status=status
    )


def _after_all_facts(payment, anew) -> list[FactItem]:
    cents, owed = payment.amount_cents, owed_cents(payment.party)
    facts = [
        FactItem("Paid by the bank", cents, "dollars"),
        FactItem("Owed to the payee now", owed, "dollars"),
    ]
    note = "the payee owes this back; the next payments net it" if owed < cents else ""
    facts.append(FactItem("Owed afterwards", owed - cents, "dollars", note=note))
    if anew is not None:
        address = reverse("capitation:payment_detail", args=[anew.pk])
        said = anew.get_status_display()
        facts.append(FactItem("Paid anew by", f"payment {anew.pk}", note=said, url=address))
    return facts


def _waiting_text(anew) -> str:
    if anew is None or anew.status != "prepared":
        return ""
    return f"Batch {anew.batch_id} cannot be released once this is booked: cancel that batch then."


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
