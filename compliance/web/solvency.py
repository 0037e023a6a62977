"""Solvency by quarter: five grades, what each compares, and the figures they rest on."""

from dataclasses import fields

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.solvency import record_quarter
from compliance.models import SolvencyQuarter
from compliance.rules.solvency import CITATION, Quarter, grades
from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input, to_cents

VIEW = "compliance.view_solvency"
RECORD = "compliance.record_solvency"
WORDS = {
    "cash_cents": "Cash $",
    "securities_cents": "Securities that can be sold at once $",
    "capitation_due_cents": "Capitation that plans owe within 30 days $",
    "claims_payable_cents": "Claims payable $",
    "ibnr_cents": "Incurred but not reported $",
    "tne_cents": "Tangible net equity $",
    "working_capital_cents": "Working capital $",
    "yearly_revenue_cents": "Revenue of a year $",
    "yearly_expense_cents": "Medical expense of a year, not paid by capitation $",
    "claims_complete": "Complete claims",
    "claims_timely": "Of these decided on time",
    "ibnr_is_documented": "The estimate of what was incurred is documented every month",
}
COLUMNS = (
    Column("name", "Quarter", "link", sort="name"),
    Column("state", "State", "status"),
    Column("missed", "What is missed", wide=True),
    Column("cash", "Cash to claims"),
    Column("by", "Entered by", minor=True),
    Column("at", "Entered", "day", minor=True),
)
GRADES = (
    Column("name", "Criterion"),
    Column("state", "State", "status"),
    Column("words", "What was compared", wide=True),
)


class Figures(forms.Form):
    """A quarter as its books say."""

    last_date = forms.DateField(label="Last day of the quarter", widget=day_input())
    source = forms.CharField(max_length=300, label="Where the figures come from")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name, label in WORDS.items():
            if name.endswith("_cents"):
                field = forms.DecimalField(label=label, max_digits=14, decimal_places=2)
            elif name.startswith("claims"):
                field = forms.IntegerField(label=label, min_value=0, max_value=2_000_000_000)
            else:
                field = forms.BooleanField(label=label, required=False)
            self.fields[name] = field

    def quarter(self) -> Quarter:
        data = self.cleaned_data
        return Quarter(**{
            one.name: to_cents(data[one.name]) if one.name.endswith("_cents") else data[one.name]
            for one in fields(Quarter)
        })  # fmt: skip


@requires(VIEW)
def solvency_list(request: PortalRequest) -> HttpResponse:
    """Every quarter with what it misses, the newest first."""
    rows = [_row(one) for one in SolvencyQuarter.objects.filter(superseded_at=None)]
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "solvency")
    context = {
        "citation": CITATION,
        "may_record": request.actor.may(RECORD),
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption="Quarters",
            empty=Empty(
                "No quarter yet",
                "An organization that bears risk reports each quarter within 45 days whether it "
                "can pay: enter the figures of the books, and see what they mean.",
            ),
            **export_urls(request),
        ),
        "crumbs": [("Compliance", reverse("compliance:desk")), ("Solvency", "")],
    }  # fmt: skip
    return render(request, "compliance/solvency.html", context)


def _row(one: SolvencyQuarter) -> dict[str, object]:
    found = grades(one.quarter())
    missed = [grade.name for grade in found if not grade.holds]
    return {
        "name": str(one),
        "state": "every criterion holds" if not missed else "needs a corrective action plan",
        "missed": ", ".join(missed) or "nothing",
        "cash": next(grade.words for grade in found if grade.name == "Cash to claims"),
        "by": one.recorded_by_name,
        "at": timezone.localdate(one.recorded_at),
        "url": reverse("compliance:solvency_detail", args=[one.pk]),
    }


@requires(VIEW)
def solvency_detail(request: PortalRequest, quarter_id: int) -> HttpResponse:
    """One quarter's grades and figures."""
    one = SolvencyQuarter.objects.filter(pk=quarter_id).first()
    if one is None:
        raise Http404
    rows = [
        {"name": grade.name, "words": grade.words, "state": "holds" if grade.holds else "missed"}
        for grade in grades(one.quarter())
    ]
    context = {
        "quarter": one,
        "citation": CITATION,
        "listing": list_rows(rows, GRADES, {}, caption="Criteria"),
        "facts": [
            *(_fact(one, name, label) for name, label in WORDS.items()),
            FactItem("Where the figures come from", one.source, note=one.recorded_by_name),
        ],
        "crumbs": [
            ("Compliance", reverse("compliance:desk")),
            ("Solvency", reverse("compliance:solvency")),
            (str(one), ""),
        ],
    }
    return render(request, "compliance/solvency_detail.html", context)


def _fact(one: SolvencyQuarter, name: str, label: str) -> FactItem:
    value = getattr(one, name)
    if name.endswith("_cents"):
        return FactItem(label.removesuffix(" $"), value, "money")
    if isinstance(value, bool):
        return FactItem(label, "yes" if value else "no")
    return FactItem(label, value, "count")


@requires(RECORD)
def solvency_new(request: PortalRequest) -> HttpResponse:
    """Enter a quarter's figures."""
    form = Figures(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = record_quarter(
                actor=request.actor, last_date=form.cleaned_data["last_date"],
                quarter=form.quarter(), source=form.cleaned_data["source"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is recorded.")
            return redirect("compliance:solvency_detail", made.pk)
    context = {
        "form": form, "title": "Enter a quarter", "verb": "Record it",
        "back": reverse("compliance:solvency"),
        "crumbs": [("Compliance", reverse("compliance:desk")),
                   ("Solvency", reverse("compliance:solvency")), ("Enter a quarter", "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)
