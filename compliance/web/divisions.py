"""Divisions of financial responsibility: every version, its ranges, and a new one."""

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.divisions import load_division
from compliance.formats.responsibility import HEADERS
from compliance.models import Division
from compliance.queries.claim_queues import open_items
from compliance.rules.claim_queues import totals
from compliance.rules.responsibility import WORDS, Kind, Range, Risk, decides, differences
from compliance.web.audits import paper
from ipaportal.core.parts import Change, Chip, Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
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
    Column("plan", "The plan's", "count"),
    Column("hospital", "The hospital's", "count"),
    Column("ipa", "The IPA's", "count"),
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


LABELS = {"plans_risk": "The plan's, waiting", "hospitals_risk": "The hospital's, waiting",
          "mixed_risk": "Mixed, waiting"}  # fmt: skip
KINDS = {Kind.PROCEDURE: "Procedure", Kind.REVENUE: "Revenue code", Kind.PLACE: "Place"}
MOST_CHANGES = 100


class NewDivision(forms.Form):
    """A list, whose members it is about, and from which day of service on."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    effective_date = forms.DateField(label="For services from", widget=day_input())
    citation = forms.CharField(max_length=300, label="Clause")
    file = forms.FileField(
        label="The list",
        help_text=f"CSV or XLSX with the columns {', '.join(HEADERS)}. Kind is procedure, revenue "
        "or place; a line is, for example: Office visits, ipa, procedure, 99202, 99215.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")


@requires(VIEW)
def division_list(request: PortalRequest) -> HttpResponseBase:
    """Every version, the newest first."""
    rows = Division.objects.select_related("payer__party").annotate(
        **{str(risk): Count("rows", filter=Q(rows__risk=risk)) for risk in Risk}
    )
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
        "facts": _waiting_facts(request),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/divisions.html", context)


def _waiting_facts(request: PortalRequest) -> list[FactItem]:
    """Claims that wait because they are another's to pay, each figure with what it counts."""
    found = totals(open_items(request.actor, timezone.localdate()), timezone.localdate())
    here = reverse("compliance:claim_queues")
    return [
        FactItem(LABELS[one.queue], one.cents, "money", note=plural(one.count, "claim"),
                 url=f"{here}?queue={one.queue}")
        for one in found if one.queue in LABELS
    ]  # fmt: skip


def _row(one: Division) -> dict[str, object]:
    return {
        "name": f"{one.effective_date}", "payer": one.payer.party.name, "ranges": one.ranges,
        **{str(risk): getattr(one, risk) for risk in Risk},
        "citation": one.citation, "recorded_by_name": one.recorded_by_name,
        "url": reverse("compliance:division_detail", args=[one.pk]),
    }  # fmt: skip


@requires(VIEW)
def division_detail(request: PortalRequest, division_id: int) -> HttpResponseBase:
    """The ranges of one version, by who is at risk."""
    one = get_object_or_404(Division.objects.select_related("payer__party"), pk=division_id)
    rows, ranges = one.rows.all(), [row.rule() for row in one.rows.all()]
    if request.GET.get("risk") in set(Risk):
        rows = rows.filter(risk=request.GET["risk"])
    asked = request.GET.get("q", "").strip()
    if asked:
        code = asked.upper()
        rows = rows.filter(category__icontains=asked) | rows.filter(first__lte=code, last__gte=code)
    if wants_file(request):
        return as_file(request, RANGES, list(rows), "division")
    changes, before = _changes(one, ranges)
    context = {
        "one": one, "said": _said(ranges, asked), "before": before,
        "changes": changes[:MOST_CHANGES], "more": max(0, len(changes) - MOST_CHANGES),
        "facts": [
            FactItem("Members of", one.payer.party.name),
            FactItem("For services from", one.effective_date, "day"),
            FactItem("Clause", one.citation),
            FactItem("As it came", one.file_name,
                     url=reverse("compliance:division_file", args=[one.pk])),
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


def _said(ranges: list[Range], asked: str) -> str:
    """Whose a code is that somebody looks for, and which range says so; empty if it is no code."""
    code = asked.upper()
    if not (code.isascii() and code.isalnum() and len(code) in (2, 4, 5)):
        return ""
    found = decides(ranges, code)
    if found is None:
        # A word that is no code and stands in a category is none of this.
        return f"No range holds {code}: it is the IPA's to pay." if code[0].isdigit() else ""
    return (
        f"{code} is for {WORDS[found.risk]} to pay: {found.category}, {_codes(found)}, is the "
        "narrowest range that holds it."
    )


def _codes(one: Range) -> str:
    return one.first if one.first == one.last else f"{one.first} to {one.last}"


def _changes(one: Division, ranges: list[Range]) -> tuple[list[Change], Division | None]:
    """What this version changes, and against which."""
    earlier = Q(effective_date__lt=one.effective_date) | Q(
        effective_date=one.effective_date, pk__lt=one.pk
    )
    before = Division.objects.filter(earlier, payer=one.payer_id).first()
    if before is None:
        return [], None
    found = differences([row.rule() for row in before.rows.all()], ranges)
    return [
        Change(f"{KINDS[(new or old).kind]} {_codes(new or old)}", _whose(old), _whose(new))
        for old, new in found
    ], before  # fmt: skip


def _whose(one: Range | None) -> str:
    return f"{one.category}: {WORDS[one.risk]}" if one else ""


@requires(VIEW)
def division_file(request: PortalRequest, division_id: int) -> HttpResponseBase:
    """The list as it came."""
    one = get_object_or_404(Division, pk=division_id)
    return paper(one.sha256, one.file_name)


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
            words = f"{plural(made.ranges, 'range holds', 'ranges hold')} for claims to come."
            messages.success(request, words)
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
