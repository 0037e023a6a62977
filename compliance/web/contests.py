"""Asking for more of a claim, the practice's answer, and rates of interest."""

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.contests import (
    answer_contest,
    complete_contest,
    contest_claim,
    record_rate,
)
from compliance.models import Claim, ContestPaper
from compliance.queries.claims import OWN, VIEW, claims
from compliance.web.audits import paper
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file

WORK, ANSWER, MANAGE = (
    *("compliance.work_claims", "compliance.answer_contests", "compliance.manage_fees"),
)


PAPERS = "A PDF or a picture, at most 20 MB in all. You may answer again with more."


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
    paper_1 = forms.FileField(label="A paper", required=False, help_text=PAPERS)
    paper_2 = forms.FileField(label="Another", required=False)
    paper_3 = forms.FileField(label="Another one", required=False)

    def papers(self) -> list[tuple[str, bytes]]:
        """Names and bytes of what came with it."""
        found = (self.cleaned_data[f"paper_{number}"] for number in (1, 2, 3))
        return [(one.name, one.read()) for one in found if one]


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


def _crumbs(claim: Claim, first: tuple[str, str], address: str, last: str) -> list[tuple[str, str]]:
    name, here = first
    return [(name, reverse(here)), (claim.number, reverse(address, args=[claim.pk])), (last, "")]


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
        "crumbs": _crumbs(claim, ("Claims", "compliance:claim_list"), back, "Ask"),
    }  # fmt: skip
    return _answer(request, context, form)


@requires(ANSWER)
@takes_file(LIST)
@shows_members()
def own_claim_answer(request: PortalRequest, claim_id: int) -> HttpResponse:
    """Answer what was asked for of a claim."""
    claim = get_object_or_404(claims(request.actor, OWN), pk=claim_id)
    declare_members(request, [claim.member_id] if claim.member_id else [])
    form, back = Answer(request.POST or None, request.FILES or None), "compliance:own_claim"
    if request.method == "POST" and form.is_valid():
        try:
            answer_contest(
                actor=request.actor, claim_id=claim.pk, now=timezone.now(),
                answer=form.cleaned_data["answer"], papers=form.papers(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Sent. The IPA looks at it within three days.")
            return redirect(back, claim.pk)
    asked = claim.contests.filter(complete_on=None).first()
    context = {
        "title": f"Answer: claim {claim.number}", "verb": "Send it", "files": True,
        "back": reverse(back, args=[claim.pk]),
        "note": f"{asked.reason} Needed: {asked.needed}" if asked else "Nothing is asked for now.",
        "crumbs": _crumbs(claim, ("Billing records", "compliance:own_claims"), back, "Answer"),
    }  # fmt: skip
    return _answer(request, context, form)


def _paper(request: PortalRequest, rows: QuerySet[Claim], pk: int) -> HttpResponseBase:
    """A paper with an answer, of one of these claims."""
    found = ContestPaper.objects.filter(contest__claim__in=rows).select_related("contest__claim")
    one = get_object_or_404(found, pk=pk)
    member_id = one.contest.claim.member_id
    declare_members(request, [member_id] if member_id else [])
    return paper(one.sha256, one.name)


@requires(VIEW)
@shows_members()
def contest_paper(request: PortalRequest, contest_paper_id: int) -> HttpResponseBase:
    """A paper that a practice sent with its answer."""
    return _paper(request, claims(request.actor), contest_paper_id)


@requires(OWN)
@shows_members()
def own_contest_paper(request: PortalRequest, contest_paper_id: int) -> HttpResponseBase:
    """A paper that one's own practice sent."""
    return _paper(request, claims(request.actor, OWN), contest_paper_id)


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
