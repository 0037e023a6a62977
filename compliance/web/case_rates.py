"""Case rates: every list, its rates, a new one, and how a claim came to its price by them."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.case_rates import load_case_rates
from compliance.formats.case_rates import HEADERS
from compliance.models import CaseRate, CaseRateList, ClaimLine
from compliance.queries.case_rates import price_steps
from compliance.rules.case_rates import TRIGGER_WORDS
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file

VIEW, MANAGE = "compliance.view_claims", "compliance.manage_fees"
TITLE = "Case rates"
LISTS = (
    Column("name", "For services from", "link", sort="effective_date"),
    Column("payer", "Members of"),
    Column("whom", "Practice"),
    Column("rates", "Rates", "count", sort="rates"),
    Column("citation", "Clause", wide=True),
    Column("recorded_by_name", "Loaded by", minor=True),
)
RATES = (
    Column("name", "Case", sort="name", wide=True),
    Column("called", "Called for by"),
    Column("first", "From", sort="first"),
    Column("last", "To"),
    Column("cents", "Rate", "money", sort="cents"),
    Column("per", "Per"),
    Column("includes", "Includes", wide=True),
)
STEPS = (
    Column("words", "By", "link", wide=True),
    Column("clause", "Clause", wide=True),
    Column("bears", "Lines that bear it"),
    Column("includes", "Lines included at 0.00"),
    Column("cents", "Comes to", "money"),
)


class NewRates(forms.Form):
    """A list, whose members and practice it is about, and from which day of service on."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Plan of the members")
    party = forms.ModelChoiceField(
        Party.objects.none(), required=False, label="Practice", empty_label="every practice"
    )
    effective_date = forms.DateField(label="For services from", widget=day_input())
    citation = forms.CharField(max_length=300, label="Clause")
    file = forms.FileField(label="The list", help_text=f"Columns {', '.join(HEADERS)}")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = Payer.objects.select_related("party")
        practices = Party.objects.filter(kind=Party.Kind.PRACTICE)
        self.fields["party"].queryset = practices.order_by("name")


def _crumbs() -> list[tuple[str, str]]:
    return [("Claims", reverse("compliance:claim_list")),
            ("Fees and terms", reverse("compliance:fee_schedule_list"))]  # fmt: skip


@requires(VIEW)
def case_rate_list(request: PortalRequest) -> HttpResponseBase:
    """Every list, the newest first."""
    rows = CaseRateList.objects.select_related("payer__party", "party")
    if wants_file(request):
        return as_file(request, LISTS, [_row(one) for one in rows], "case-rate-lists")
    listing = list_rows(
        rows, LISTS, request.GET, caption="Lists",
        empty=Empty(
            "No case rates yet",
            "Until a list is loaded every service is priced by the fee schedule. A contract that "
            "pays one price for a whole case, or for each day of a stay, is loaded here.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_row(one) for one in listing.rows]
    context = {
        "listing": listing, "may_manage": request.actor.may(MANAGE),
        "crumbs": [*_crumbs(), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/case_rates.html", context)


def _row(one: CaseRateList) -> dict[str, object]:
    return {
        "name": f"{one.effective_date}", "payer": one.payer.party.name,
        "whom": one.party.name if one.party else "every practice", "rates": one.rates,
        "citation": one.citation, "recorded_by_name": one.recorded_by_name,
        "url": reverse("compliance:case_rate_detail", args=[one.pk]),
    }  # fmt: skip


@requires(VIEW)
def case_rate_detail(request: PortalRequest, case_rates_id: int) -> HttpResponseBase:
    """The rates of one list."""
    found = CaseRateList.objects.select_related("payer__party", "party")
    one = get_object_or_404(found, pk=case_rates_id)
    rows = one.rows.all()
    if request.GET.get("by") in set(TRIGGER_WORDS):
        rows = rows.filter(trigger=request.GET["by"])
    if asked := request.GET.get("q", "").strip():
        code = asked.upper()
        rows = rows.filter(name__icontains=asked) | rows.filter(first__lte=code, last__gte=code)
    if wants_file(request):
        return as_file(request, RATES, [_rate(row) for row in rows], "case-rates")
    listing = list_rows(
        rows, RATES, request.GET, caption="Rates",
        chips=[Chip("by", "", "All"),
               *(Chip("by", str(kind), words) for kind, words in TRIGGER_WORDS.items())],
        empty=Empty("No such rate", "Services are priced by the fee schedule where no rate is "
                    "called for. A list without rates ends those before it."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_rate(row) for row in listing.rows]
    context = {
        "one": one, "listing": listing,
        "facts": [
            FactItem("Members of", one.payer.party.name),
            FactItem("Practice", one.party.name if one.party else "every practice"),
            FactItem("For services from", one.effective_date, "day"),
            FactItem("Clause", one.citation, note=one.file_name),
            FactItem("Loaded by", one.recorded_by_name),
        ],
        "crumbs": [*_crumbs(), (TITLE, reverse("compliance:case_rate_list")),
                   (f"{one.effective_date}", "")],
    }  # fmt: skip
    return render(request, "compliance/case_rate_detail.html", context)


def _rate(row: CaseRate) -> dict[str, object]:
    return {
        "name": row.name, "called": row.get_trigger_display(), "first": row.first,
        "last": row.last, "cents": row.cents, "per": row.get_per_display(),
        "includes": row.included_words,
    }  # fmt: skip


@requires(MANAGE)
@takes_file(LIST)
def case_rate_new(request: PortalRequest) -> HttpResponse:
    """Load a list; it holds for claims that come from now on."""
    form = NewRates(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer, party, file = data.pop("payer"), data.pop("party"), data.pop("file")
        try:
            made = load_case_rates(
                actor=request.actor, payer_id=payer.pk, party_id=party.pk if party else None,
                file_name=file.name, data=file.read(), now=timezone.now(), **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{plural(made.rates, 'rate')} for claims to come.")
            return redirect("compliance:case_rate_detail", made.pk)
    back = reverse("compliance:case_rate_list")
    context = {
        "form": form, "files": True, "title": "Load case rates", "verb": "Load it", "back": back,
        "note": "A line is one rate: called for by drg, procedure or revenue code, per case or "
        "per day, and what else it includes: all, or codes (revenue 0250-0259; procedure "
        "J0000-J9999). The headers alone end the rates from the day on.",
        "crumbs": [*_crumbs(), (TITLE, back), ("Load", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def priced_by(lines: Sequence[ClaimLine], *, may_open: bool) -> Listing | None:
    """How a claim with a case rate came to its price, step by step; None without one."""
    rows = [
        {
            "words": step.words, "clause": step.rate.version.citation if step.rate else "",
            "bears": ", ".join(map(str, step.bears)),
            "includes": ", ".join(map(str, step.includes)), "cents": step.cents,
            "url": reverse("compliance:case_rate_detail", args=[step.rate.version_id])
            if step.rate and may_open else "",
        }
        for step in price_steps(lines)
    ]  # fmt: skip
    if not rows:
        return None
    return list_rows(rows, STEPS, {}, caption="How the price came about", page_size=1000)
