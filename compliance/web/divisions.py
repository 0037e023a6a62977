"""Divisions of financial responsibility: every version, its ranges, and a new one."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.divisions import load_division
from compliance.formats.responsibility import HEADERS
from compliance.models import Division
from compliance.rules.responsibility import WORDS, Risk
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file

VIEW, MANAGE = "compliance.view_claims", "compliance.manage_fees"
TITLE = "Who is at risk"
VERSIONS = (
    Column("name", "For services from", "link", sort="effective_date"),
    Column("payer", "Members of"),
    Column("ranges", "Ranges of codes", "count", sort="ranges"),
    Column("citation", "Clause", wide=True),
    Column("recorded_by_name", "Loaded by", minor=True),
)
RANGES = (
    Column("category", "Category", sort="category", wide=True),
    Column("risk", "At risk", sort="risk"),
    Column("kind", "Kind", sort="kind"),
    Column("first", "From", sort="first"),
    Column("last", "To"),
)


class NewDivision(forms.Form):
    """A list, whose members it is about, and from which day of service on."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    effective_date = forms.DateField(label="For services from", widget=day_input())
    citation = forms.CharField(max_length=300, label="Clause")
    file = forms.FileField(label="The list", help_text=f"Columns {', '.join(HEADERS)}")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


@requires(VIEW)
def division_list(request: PortalRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    rows = Division.objects.select_related("payer__party")
    if wants_file(request):
        return as_file(request, VERSIONS, [_row(one) for one in rows], "divisions")
    listing = list_rows(
        rows, VERSIONS, request.GET, caption="Divisions",
        empty=Empty(
            "No division yet",
            "Until one is loaded every claim is the IPA's to pay. The contract says which services "
            "are the plan's or the hospital's: their claims then wait, with a clock.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_row(one) for one in listing.rows]
    context = {
        "listing": listing, "may_manage": request.actor.may(MANAGE),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/divisions.html", context)


def _row(one: Division) -> dict[str, object]:
    return {
        "name": f"{one.effective_date}", "payer": one.payer.party.name, "ranges": one.ranges,
        "citation": one.citation, "recorded_by_name": one.recorded_by_name,
        "url": reverse("compliance:division_detail", args=[one.pk]),
    }  # fmt: skip


@requires(VIEW)
def division_detail(request: PortalRequest, division_id: int) -> HttpResponseBase:
    """The ranges of one version, by who is at risk."""
    one = get_object_or_404(Division.objects.select_related("payer__party"), pk=division_id)
    rows = one.rows.all()
    if request.GET.get("risk") in set(Risk):
        rows = rows.filter(risk=request.GET["risk"])
    if asked := request.GET.get("q", "").strip():
        code = asked.upper()
        rows = rows.filter(category__icontains=asked) | rows.filter(first__lte=code, last__gte=code)
    if wants_file(request):
        return as_file(request, RANGES, list(rows), "division")
    context = {
        "one": one,
        "facts": [
            FactItem("Members of", one.payer.party.name),
            FactItem("For services from", one.effective_date, "day"),
            FactItem("Clause", one.citation, note=one.file_name),
            FactItem("Loaded by", one.recorded_by_name),
        ],
        "listing": list_rows(
            rows, RANGES, request.GET, caption="Ranges",
            chips=[Chip("risk", "", "All"),
                   *(Chip("risk", str(risk), words) for risk, words in WORDS.items())],
            empty=Empty("No such range", "No category or code of the list is so."),
            **export_urls(request),
        ),
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:division_list")), (f"{one.effective_date}", "")],
    }  # fmt: skip
    return render(request, "compliance/division_detail.html", context)


@requires(MANAGE)
@takes_file(LIST)
def division_new(request: PortalRequest) -> HttpResponse:
    """Load a version; it holds for claims that come from now on."""
    form = NewDivision(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer, file = data.pop("payer"), data.pop("file")
        try:
            made = load_division(
                actor=request.actor, payer_id=payer.pk, file_name=file.name, data=file.read(),
                now=timezone.now(), **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.ranges:,} ranges hold for claims to come.")
            return redirect("compliance:division_detail", made.pk)
    context = {
        "form": form, "files": True, "title": "Load a division", "verb": "Load it",
        "back": reverse("compliance:division_list"),
        "note": "One line says of a range of codes whose its services are: plan, ipa or hospital. "
        "Of two ranges that hold a code the narrower one decides.",
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:division_list")), ("Load", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
