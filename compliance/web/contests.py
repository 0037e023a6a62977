"""Asking for more of a claim, the practice's answer, and rates of interest."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.contests import (
    answer_contest,
    complete_contest,
    contest_claim,
    record_rate,
)
from compliance.models import Claim
from compliance.queries.claims import OWN, claims
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.fields import day_input

WORK, ANSWER, MANAGE = (
    *("compliance.work_claims", "compliance.answer_contests", "compliance.manage_fees"),
)


class Contest(forms.Form):
    """What a claim lacks."""

    reason = forms.CharField(
        max_length=400, label="Why it cannot be decided", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The practice reads this.",
    )  # fmt: skip
    needed = forms.CharField(
        max_length=1000, label="What is needed", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Name each paper: the claim's clock stands until all of it came.",
    )  # fmt: skip


class Answer(forms.Form):
    """What a practice sends."""

    answer = forms.CharField(
        max_length=2000, label="Your answer", widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What was asked for, or how and when you sent it.",
    )  # fmt: skip


class NewRate(forms.Form):
    """The Treasury's rate of a half-year."""

    half_year = forms.DateField(label="From", widget=day_input(), help_text="January 1 or July 1")
    pct = forms.DecimalField(
        label="Per cent a year", max_digits=6, decimal_places=4, min_value=0.0001, max_value=99
    )
    citation = forms.CharField(
        max_length=300, label="Where it was published",
        help_text="For example the Federal Register's page: 31 U.S.C. 3902 names the rate.",
    )  # fmt: skip


def _answer(request: PortalRequest, context: dict[str, object], form: forms.Form) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", {**context, "form": form}, status=status)


def _crumbs(claim: Claim, first: tuple[str, str], address: str) -> list[tuple[str, str]]:
    name, here = first
    return [(name, reverse(here)), (claim.number, reverse(address, args=[claim.pk])), ("Ask", "")]


@requires(WORK)
@shows_members()
def claim_contest(request: PortalRequest, claim_id: int) -> HttpResponse:
    """Ask the practice for what a claim lacks, or say that it is complete."""
    claim = get_object_or_404(claims(request.actor), pk=claim_id)
    declare_members(request, [claim.member_id] if claim.member_id else [])
    form, back = Contest(request.POST or None), "compliance:claim_detail"
    given = {"actor": request.actor, "claim_id": claim.pk, "now": timezone.now()}
    try:
        if request.method == "POST" and "complete" in request.POST:
            complete_contest(**given)
            messages.success(request, "Complete: its days count from the answer on.")
            return redirect(back, claim.pk)
        if request.method == "POST" and form.is_valid():
            contest_claim(**form.cleaned_data, **given)
            messages.success(request, "Asked; the practice sees it, and the clock stands.")
            return redirect(back, claim.pk)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    context = {
        "title": f"Ask for more: claim {claim.number}", "verb": "Ask the practice",
        "back": reverse(back, args=[claim.pk]),
        "note": "A contest in time stops the clock; what completes the claim starts it anew at "
        "full length. One after the last day changes nothing: the claim was late by then.",
        "crumbs": _crumbs(claim, ("Claims", "compliance:claim_list"), back),
    }  # fmt: skip
    return _answer(request, context, form)


@requires(ANSWER)
@shows_members()
def own_claim_answer(request: PortalRequest, claim_id: int) -> HttpResponse:
    """Answer what was asked for of a claim."""
    claim = get_object_or_404(claims(request.actor, OWN), pk=claim_id)
    declare_members(request, [claim.member_id] if claim.member_id else [])
    form, back = Answer(request.POST or None), "compliance:own_claim"
    if request.method == "POST" and form.is_valid():
        try:
            answer_contest(
                actor=request.actor, claim_id=claim.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Sent. The IPA looks at it within three days.")
            return redirect(back, claim.pk)
    asked = claim.contests.filter(complete_on=None).first()
    context = {
        "title": f"Answer: claim {claim.number}", "verb": "Send it",
        "back": reverse(back, args=[claim.pk]),
        "note": f"{asked.reason} Needed: {asked.needed}" if asked else "Nothing is asked for now.",
        "crumbs": _crumbs(claim, ("Billing records", "compliance:own_claims"), back),
    }  # fmt: skip
    return _answer(request, context, form)


@requires(MANAGE)
def interest_rate_new(request: PortalRequest) -> HttpResponse:
    """Enter the Treasury's rate of a half-year."""
    form = NewRate(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_rate(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded: late claims of that half-year can be paid.")
            return redirect("compliance:fee_schedule_list")
    context = {
        "title": "Enter a rate of interest", "verb": "Record it",
        "back": reverse("compliance:fee_schedule_list"),
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   ("Fees and terms", reverse("compliance:fee_schedule_list")), ("A rate", "")],
    }  # fmt: skip
    return _answer(request, context, form)
