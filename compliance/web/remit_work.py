"""Claims of remittances that somebody is to look at, and deposits that the bank shows."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.remit_work import (
    record_deposit,
    settle_remit_claim,
    take_remit_claim,
    tie_deposit,
)
from compliance.models import RemitClaim
from compliance.queries.claims import VIEW
from compliance.queries.remits import open_deposits, open_rows
from compliance.rules.remits import QUEUES
from compliance.web.remits import TAKE, crumbs
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_or_again, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

ROWS = (
    Column("claim_ref", "Claim", "link", sort="claim_ref"),
    Column("payer", "By"),
    Column("payee", "To"),
    Column("paid_on", "Paid", "day"),
    Column("status", "What the payer says"),
    Column("charge_cents", "Charge", "money", sort="charge_cents"),
    Column("paid_cents", "Paid", "money", sort="paid_cents"),
    Column("at_stake_cents", "At stake", "money", sort="at_stake_cents"),
    Column("look", "Why", wide=True),
    Column("due_on", "Look by", "day", sort="due_on"),
    Column("owner", "Looked after by"),
)


class Settle(forms.Form):
    """What was done about a claim."""

    number = forms.CharField(
        max_length=50, required=False, label="It is our claim",
        help_text="Our number or theirs; leave it empty where there is none.",
    )  # fmt: skip
    words = forms.CharField(
        max_length=400, label="What was done", widget=forms.Textarea(attrs={"rows": 2})
    )


class NewDeposit(forms.Form):
    """What the bank shows of a payer."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan that paid")
    day = forms.DateField(label="At the bank on", widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(
        label="Amount in dollars", max_digits=13, decimal_places=2, min_value=0.01
    )
    trace = forms.CharField(
        max_length=50, required=False, label="Trace number",
        help_text="As the bank gives it with the payment (TRN, in the addenda of a CCD).",
    )  # fmt: skip

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


class Tie(forms.Form):
    """Which remittance a deposit pays."""

    trace = forms.CharField(max_length=50, label="Trace number of the remittance")
    words = forms.CharField(max_length=400, label="How that is known")


def _row(one: RemitClaim) -> dict[str, object]:
    return {
        "claim_ref": one.claim_ref,
        "payer": one.remit.payer.party.name,
        "payee": one.remit.party.name,
        "paid_on": one.remit.paid_on,
        "status": one.status_words,
        "charge_cents": one.charge_cents,
        "paid_cents": one.paid_cents,
        "at_stake_cents": one.at_stake_cents,
        "look": one.queue_words,
        "due_on": one.due_on,
        "owner": one.owner_name,
        "url": reverse("compliance:remit_claim_settle", args=[one.pk]),
    }


@requires(VIEW)
@shows_members()
def remit_claims(request: PortalRequest) -> HttpResponse:
    """Claims of remittances that somebody is to look at, and until when."""
    rows = open_rows(request.actor)
    queue = request.GET.get("queue", "")
    rows = rows.filter(queue=queue) if queue in QUEUES else rows
    if wants_file(request):
        found = list(rows)
        declare_members(request, [r.claim.member_id for r in found if r.claim])
        return as_file(request, ROWS, [_row(one) for one in found], "remittances-to-look-at")
    listing = list_rows(
        rows, ROWS, request.GET, caption="To look at", default_sort="due_on",
        chips=[Chip("queue", "", "all"),
               *(Chip("queue", str(key), rule.words) for key, rule in QUEUES.items())],
        empty=Empty("Nothing to look at", "Every claim of the remittances is known and paid."),
        **export_urls(request),
    )  # fmt: skip
    declare_members(request, [r.claim.member_id for r in listing.rows if r.claim])
    listing.rows[:] = [_row(one) for one in listing.rows]
    context = {"listing": listing, "crumbs": crumbs("Claims to look at")}
    return render(request, "compliance/remit_claims.html", context)


@requires(TAKE)
@shows_members()
def remit_claim_settle(request: PortalRequest, remit_claim_id: int) -> HttpResponse:
    """Say what was done about a claim of a remittance, or take it over."""
    one = get_object_or_404(RemitClaim.objects.select_related("remit", "claim"), pk=remit_claim_id)
    declare_members(request, [one.claim.member_id] if one.claim else [])
    form, done = Settle(request.POST or None), ""
    given = {"actor": request.actor, "remit_claim_id": one.pk, "now": timezone.now()}
    try:
        if request.method == "POST" and "take" in request.POST:
            take_remit_claim(**given)
            done = "You look after it now."
        elif request.method == "POST" and form.is_valid():
            settle_remit_claim(**form.cleaned_data, **given)
            done = "On record."
    except Refused as refusal:
        form.add_error(None, str(refusal))
    if done:
        messages.success(request, done)
        return redirect("compliance:remit_detail", one.remit_id)
    context = {
        "form": form, "title": f"Claim {one.claim_ref}", "verb": "It is done",
        "back": reverse("compliance:remit_detail", args=[one.remit_id]),
        "note": f"{QUEUES[one.queue].words}. {QUEUES[one.queue].remedy}" if one.queue else "",
        "crumbs": crumbs(one.claim_ref),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(TAKE)
@fresh_login_or_again
def remit_deposit_new(request: PortalRequest) -> HttpResponse:
    """Record what the bank shows of a payer."""
    form = NewDeposit(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = record_deposit(
                actor=request.actor, payer_id=data["payer"].pk, day=data["day"],
                cents=int(data["amount"] * 100), trace=data["trace"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            known = getattr(made, "remit", None)
            words = f"It is the money of remittance {known.trace}." if known else (
                "No remittance of this trace number and amount is posted yet: it waits for one."
            )  # fmt: skip
            messages.success(request, words)
            return redirect("compliance:remit_list")
    context = {
        "form": form, "title": "Record a deposit", "verb": "Record it",
        "back": reverse("compliance:remit_list"), "crumbs": crumbs("A deposit"),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(TAKE)
@fresh_login_or_again
def remit_deposit_tie(request: PortalRequest, remit_deposit_id: int) -> HttpResponse:
    """Say which remittance a deposit pays, where the bank gave another number or none."""
    one = get_object_or_404(open_deposits(request.actor), pk=remit_deposit_id)
    form = Tie(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tie_deposit(
                actor=request.actor, remit_deposit_id=one.pk, now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Booked: the money is at the bank.")
            return redirect("compliance:remit_list")
    context = {
        "form": form, "title": f"Deposit of {one.day}", "verb": "It is this one",
        "back": reverse("compliance:remit_list"), "crumbs": crumbs("A deposit"),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
