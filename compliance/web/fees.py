"""Fee schedules and the terms that claims are paid by."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.models import Payer
from compliance.actions.fees import load_schedule, set_terms
from compliance.models import ClaimTerms, FeeSchedule, InterestRate
from compliance.models.fees import REGIMES
from compliance.queries.claim_clocks import missing_rate
from compliance.rules.pricing import CITATION, CONVERSION_FACTORS, Place, factor_on
from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.uploads import LIST, takes_file

VIEW, MANAGE = "compliance.view_claims", "compliance.manage_fees"
TITLE = "Fees and terms"
BEGINS = max(CONVERSION_FACTORS)  # the newest year whose factors are known
SCHEDULES = (
    Column("name", "Schedule", "link", sort="name", wide=True),
    Column("effective_date", "In force from", "day", sort="effective_date"),
    Column("prices", "Prices", "count", sort="prices"),
    Column("factor", "Conversion factor"),
    Column("source", "From", wide=True),
    Column("recorded_by_name", "Loaded by", minor=True),
)
TERMS = (
    Column("payer", "Members of"),
    Column("whom", "Practice"),
    Column("schedule_name", "Schedule"),
    Column("pct", "Share %", "text"),
    Column("effective_date", "In force from", "day"),
    Column("regime", "Paid in time by", wide=True),
    Column("citation", "Clause", wide=True),
)
RATES = (
    Column("half_year", "Half-year from", "day"),
    Column("pct", "Per cent a year"),
    Column("citation", "Published", wide=True),
    Column("recorded_by_name", "Entered by", minor=True),
)
PRICES = (
    Column("procedure", "Service", sort="procedure"),
    Column("modifier", "Modifier", sort="modifier"),
    Column("office_cents", "In an office", "money", sort="office_cents"),
    Column("facility_cents", "In a facility", "money", sort="facility_cents"),
)


class NewSchedule(forms.Form):
    """A list of prices, or of relative values with a place and a factor."""

    name = forms.CharField(max_length=100, label="Called, with its locality")
    effective_date = forms.DateField(label="In force from", widget=day_input())
    source = forms.CharField(max_length=300, label="Where it comes from")
    file = forms.FileField(
        label="The list",
        help_text="CSV or XLSX: code, modifier, price, facility; or Medicare's relative values.",
    )
    factor = forms.DecimalField(
        required=False, max_digits=8, decimal_places=4, min_value=0,
        label="Conversion factor, for relative values",
        help_text=(
            f"{BEGINS:%Y}: {factor_on(BEGINS)}, or {factor_on(BEGINS, is_qualifying=True)} "
            "in a qualifying alternative payment model."
        ),
    )  # fmt: skip
    work = forms.DecimalField(
        required=False, max_digits=6, decimal_places=3, min_value=0, label="Index of work (GPCI)"
    )
    expense = forms.DecimalField(
        required=False, max_digits=6, decimal_places=3, min_value=0, label="Index of expense"
    )
    malpractice = forms.DecimalField(
        required=False, max_digits=6, decimal_places=3, min_value=0, label="Index of malpractice"
    )

    def place(self) -> Place | None:
        """The place, where a factor is given; an index that is not given is 1."""
        if self.cleaned_data.get("factor") is None:
            return None
        names = ("work", "expense", "malpractice")
        given = {name: self.cleaned_data.get(name) for name in names}
        return Place(**{name: Decimal(1) if v is None else v for name, v in given.items()})


class NewTerms(forms.Form):
    """How claims are paid from a day on."""

    payer = forms.ModelChoiceField(Payer.objects.none(), label="Members of")
    party = forms.ModelChoiceField(
        Party.objects.none(), required=False, label="Practice", empty_label="every practice"
    )
    schedule_name = forms.ChoiceField(label="Fee schedule")
    pct = forms.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal("0.01"), max_value=1000, initial=100,
        label="Share of it, in per cent",
    )  # fmt: skip
    effective_date = forms.DateField(label="In force from", widget=day_input())
    regime = forms.ChoiceField(choices=REGIMES, label="To be paid in time by")
    days = forms.IntegerField(
        min_value=1, max_value=365, initial=30, label="Days, if the contract says"
    )
    yearly_pct = forms.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, initial=0,
        label="Interest a year in per cent, if the contract says",
    )  # fmt: skip
    citation = forms.CharField(max_length=300, label="Clause")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        names = FeeSchedule.objects.order_by("name").values_list("name", flat=True).distinct()
        self.fields["schedule_name"].choices = [(name, name) for name in names]
        self.fields["payer"].queryset = Payer.objects.select_related("party")
        practices = Party.objects.filter(kind=Party.Kind.PRACTICE).order_by("name")
        self.fields["party"].queryset = practices


@requires(VIEW)
def fee_schedule_list(request: PortalRequest) -> HttpResponse:
    """Every version of every schedule, and the terms that name them."""
    rows = FeeSchedule.objects.all()
    if wants_file(request):
        return as_file(request, SCHEDULES, [_schedule(one) for one in rows], "fee-schedules")
    listing = list_rows(
        rows, SCHEDULES, request.GET, caption="Fee schedules",
        empty=Empty(
            "No fee schedule yet",
            "A claim has a price when a schedule has its service and terms name the schedule. Load "
            "the list that your contract names, or Medicare's relative values.",
        ),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = [_schedule(one) for one in listing.rows]
    terms = [
        {
            "payer": one.payer.party.name,
            "whom": one.party.name if one.party else "every practice",
            "schedule_name": one.schedule_name,
            "pct": f"{one.pct.normalize():f}",
            "effective_date": one.effective_date,
            "regime": one.get_regime_display(),
            "citation": one.citation,
        }
        for one in ClaimTerms.objects.select_related("payer__party", "party")
    ]
    context = {
        "listing": listing,
        "terms": list_rows(
            terms, TERMS, {}, caption="Terms", page_size=500,
            empty=Empty("No terms yet", "Say which practice is paid by which schedule."),
        ),
        "rates": list_rows(
            [{**vars(one), "pct": f"{one.pct.normalize():f}"}
             for one in InterestRate.objects.all()], RATES, {}, caption="Interest", page_size=100,
            empty=Empty("No rate was entered", "Late Medicare claims wait until one is."),
        ),
        "missing_rate": missing_rate(timezone.localdate()),
        "citation": CITATION,
        "may_manage": request.actor.may(MANAGE),
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/fee_schedules.html", context)


def _schedule(one: FeeSchedule) -> dict[str, object]:
    names = ("name", "effective_date", "prices", "source", "recorded_by_name")
    return {
        **{name: getattr(one, name) for name in names},
        "factor": f"{one.factor.normalize():f}" if one.factor is not None else "",
        "url": reverse("compliance:fee_schedule", args=[one.pk]),
    }


@requires(VIEW)
def fee_schedule(request: PortalRequest, fee_schedule_id: int) -> HttpResponse:
    """The prices of one version."""
    one = get_object_or_404(FeeSchedule, pk=fee_schedule_id)
    rows = one.rows.all()
    if asked := request.GET.get("q", "").strip().upper():
        rows = rows.filter(procedure__startswith=asked)
    if wants_file(request):
        return as_file(request, PRICES, list(rows), "prices")
    indices = [one.work_index, one.expense_index, one.malpractice_index]
    context = {
        "schedule": one,
        "facts": [
            FactItem("In force from", one.effective_date, "day"),
            FactItem("Prices", one.prices, "count"),
            FactItem("From", one.source, note=one.file_name),
            FactItem("Loaded by", one.recorded_by_name),
            *([FactItem("Conversion factor", f"{one.factor}",
                        note=f"indices {', '.join(f'{value}' for value in indices)}")]
              if one.factor is not None else []),
        ],
        "listing": list_rows(
            rows, PRICES, request.GET, caption="Prices",
            empty=Empty("No such service", "No price begins so. Look for another code."),
            **export_urls(request),
        ),
        "crumbs": [("Claims", reverse("compliance:claim_list")),
                   (TITLE, reverse("compliance:fee_schedule_list")), (str(one), "")],
    }  # fmt: skip
    return render(request, "compliance/fee_schedule.html", context)


@requires(MANAGE)
@takes_file(LIST)
def fee_schedule_new(request: PortalRequest) -> HttpResponse:
    """Load a version of a schedule."""
    form = NewSchedule(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data, file = form.cleaned_data, form.cleaned_data["file"]
        given = {name: data[name] for name in ("name", "effective_date", "source", "factor")}
        try:
            made = load_schedule(
                actor=request.actor, file_name=file.name, data=file.read(), place=form.place(),
                now=timezone.now(), **given,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.prices:,} prices are loaded.")
            return redirect("compliance:fee_schedule", made.pk)
    return _form(request, form, "Load a fee schedule", "Load it", files=True)


@requires(MANAGE)
def claim_terms_new(request: PortalRequest) -> HttpResponse:
    """Say how claims are paid from a day on."""
    form = NewTerms(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer, party = data.pop("payer"), data.pop("party")
        set_terms(
            actor=request.actor, payer_id=payer.pk, party_id=party.pk if party else None,
            now=timezone.now(), **data,
        )  # fmt: skip
        messages.success(request, "In force from its day; claims priced before stay as they are.")
        return redirect("compliance:fee_schedule_list")
    return _form(request, form, "Terms for claims", "Put in force")


def _form(
    request: PortalRequest, form: forms.Form, title: str, verb: str, *, files: bool = False
) -> HttpResponse:
    back = reverse("compliance:fee_schedule_list")
    context = {
        "form": form, "files": files, "title": title, "verb": verb, "back": back,
        "crumbs": [("Claims", reverse("compliance:claim_list")), (TITLE, back), (title, "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)
