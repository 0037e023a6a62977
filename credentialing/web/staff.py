"""The network as staff see it: practices, practitioners, and its import from a list."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.exclusivities import set_exclusivity
from credentialing.actions.imports import import_network
from credentialing.formats.network_csv import COLUMNS, OPTIONAL
from credentialing.models import Exclusivity, Participation, Practice, Practitioner
from credentialing.queries import places
from credentialing.queries.network import (
    practice_page,
    practices,
    practitioner_page,
    practitioners,
)
from credentialing.web.earlier_decisions import taken_over
from credentialing.web.place_parts import behind_tables, known_tables
from credentialing.web.taking_part import doings
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    one_as_file,
    page_size,
    wants_file,
)
from ipaportal.identity.web.uploads import LIST, takes_file

NETWORK = "Network"
VIEW = "credentialing.view_network"
IMPORT = "credentialing.import_network"
BIND = "credentialing.set_exclusivity"
EXAMPLE = {
    "practice_name": "Bell Clinic",
    "tin": "990000001",
    "npi": "2990000012",
    "last_name": "Alvarez",
    "first_name": "Ana",
    "specialty": "Family Medicine",
    "street": "1 Main St",
    "city": "Fresno",
    "state": "CA",
    "zip": "93701",
    "phone": "",
    "payer_code": "SUN",
    "effective_date": "2026-01-01",
    "end_date": "",
}


class NetworkFile(forms.Form):
    """The network as a file."""

    file = forms.FileField(label="File of the network (CSV)")


class ExclusivityDays(forms.Form):
    """For which days a practice is, or is not, bound to one plan alone."""

    payer = forms.ModelChoiceField(Party.objects.none(), label="Plan")
    is_exclusive = forms.TypedChoiceField(
        label="On these days the practice is",
        choices=[("yes", "exclusive with the plan"), ("no", "not exclusive with it")],
        coerce=lambda value: value == "yes",
        initial="yes",
    )
    effective_date = forms.DateField(
        label="First day", widget=forms.DateInput(attrs={"type": "date"})
    )
    end_date = forms.DateField(
        label="First day no longer",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty means until further notice.",
    )
    source = forms.CharField(
        max_length=200, label="Where it is agreed", help_text="For example: amendment 2, § 3."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        payers = Party.objects.filter(kind=Party.Kind.PAYER).order_by("name")
        self.fields["payer"].queryset = payers


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(NETWORK, reverse("credentialing:practice_list")), *more]


def _empty(request: PortalRequest, text: str) -> Empty:
    if text:
        return Empty(
            "Nobody found",
            "Practitioners are found by how their last name or NPI begins, practices by how their "
            "name or taxpayer number begins.",
        )
    may_import = request.actor.may(IMPORT)
    return Empty(
        "The network is empty",
        "Import it from a list: practices, practitioners, and the plans they take part with.",
        "Import the network" if may_import else "",
        reverse("credentialing:network_import") if may_import else "",
    )


@requires(VIEW)
def practice_list(request: PortalRequest) -> HttpResponse:
    """Practices or practitioners, searched by name and number."""
    text = request.GET.get("q", "").strip()
    is_people = request.GET.get("of") == "people"
    if is_people:
        found, columns, row_of = practitioners(actor=request.actor, text=text), PEOPLE, _person
    else:
        found = practices(actor=request.actor, text=text, today=timezone.localdate())
        columns, row_of = PRACTICES, _practice
    if wants_file(request):
        rows = (row_of(row) for row in found.order_by(columns[0].sort, "pk"))
        return as_file(request, columns, rows, "practitioners" if is_people else "practices")
    listing = list_rows(
        found,
        columns,
        request.GET,
        caption="Practitioners" if is_people else "Practices",
        default_sort="name",
        chips=CHIPS,
        empty=_empty(request, text),
        **export_urls(request),
    )
    context = {
        "listing": Listing(**{**vars(listing), "rows": [row_of(row) for row in listing.rows]}),
        "is_people": is_people,
        "may_import": request.actor.may(IMPORT),
    }
    return render(request, "credentialing/practice_list.html", context)


CHIPS = (Chip("of", "", "Practices"), Chip("of", "people", "Practitioners"))
PRACTICES = (
    Column("name", "Practice", "link", sort="name"),
    Column("tin", "Taxpayer number", sort="tin"),
    Column("people", "Practitioners today", "count", sort="people"),
    Column("plans", "Plans", "count", sort="plans"),
)
PEOPLE = (
    Column("name", "Practitioner", "link", sort="last_name"),
    Column("npi", "NPI", sort="npi"),
    Column("specialty", "Specialty", sort="specialty"),
)


def _practice(row: Practice) -> dict[str, object]:
    return {
        "name": row.name,
        "tin": f"{row.tin[:2]}-{row.tin[2:]}",
        "people": row.people,
        "plans": row.plans,
        "url": reverse("credentialing:practice_detail", args=[row.pk]),
    }


def _person(row: Practitioner) -> dict[str, object]:
    return {
        "name": f"{row.last_name}, {row.first_name}",
        "npi": row.npi,
        "specialty": row.specialty,
        "url": reverse("credentialing:practitioner_detail", args=[row.pk]),
    }


@requires(VIEW)
def practice_detail(request: PortalRequest, practice_id: int) -> HttpResponse:
    """One practice: offices, and who takes part through it with which plan."""
    try:
        page = practice_page(actor=request.actor, practice_id=practice_id)
    except Practice.DoesNotExist as missing:
        raise Http404 from missing
    practice = page.practice
    offices = [f"{o}, {o.state} {o.zip_code} {o.phone}".strip() for o in practice.locations.all()]
    lists = {
        "participation": _spans(request, page.participations, "practitioner"),
        "exclusivity": _exclusive(page.exclusivities, request),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "title": practice.name,
        "line": "A practice is the payee: capitation for its practitioners goes to it.",
        "facts": [
            FactItem("Taxpayer number", f"{practice.tin[:2]}-{practice.tin[2:]}"),
            *[FactItem("Office", office) for office in offices],
        ],
        "practice": practice,
        "exclusive": lists["exclusivity"],
        "may_bind": request.actor.may(BIND),
        "tables": behind_tables(places.behind(actor=request.actor, practice=practice)),
        **_more(request, "practice_behind", practice_id, "Owners, managers and visits"),
        "listing": lists["participation"],
        "moments": _moments(page.replaced),
        "crumbs": _crumbs((practice.name, "")),
    }
    return render(request, "credentialing/network_detail.html", context)


@requires(BIND)
def practice_exclusivity(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Record for which days a practice is exclusive with a plan, or is not."""
    try:
        page = practice_page(actor=request.actor, practice_id=practice_id)
    except Practice.DoesNotExist as missing:
        raise Http404 from missing
    form = ExclusivityDays(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer = data.pop("payer")
        try:
            set_exclusivity(
                actor=request.actor,
                practice_id=practice_id,
                payer_party_id=payer.pk,
                now=timezone.now(),
                **data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Recorded. Runs with {payer} use it from the next one on.")
            return redirect("credentialing:practice_detail", practice_id)
    here = page.practice.name, reverse("credentialing:practice_detail", args=[practice_id])
    context = {
        "form": form,
        "practice": page.practice,
        "exclusive": _exclusive(page.exclusivities),
        "crumbs": _crumbs(here, ("Exclusivity", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/exclusivity_form.html", context, status=status)


def _exclusive(rows: list[Exclusivity], request: PortalRequest | None = None) -> Listing:
    shown = [
        {
            "plan": row.payer_party.name,
            "start": row.effective_date,
            "end": row.end_date,
            "source": row.source,
            "by": row.recorded_by,
            "recorded": timezone.localdate(row.recorded_at),
        }
        for row in rows
    ]
    columns = [
        Column("plan", "Plan"),
        Column("start", "From", "day"),
        Column("end", "First day no longer", "day"),
        Column("source", "Where it is agreed"),
        Column("by", "Recorded by", minor=True),
        Column("recorded", "Known since", "day", minor=True),
    ]
    empty = Empty(
        "Bound to no plan",
        "Where a plan's terms add to its share for exclusive practices, record here from when.",
    )
    urls = export_urls(request, "exclusivity") if request and rows else {}
    return list_rows(
        shown, columns, {}, caption="Exclusive with", empty=empty, page_size=500, **urls
    )


@requires(VIEW)
def practitioner_detail(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """One practitioner: through which practice they take part with which plan, from when."""
    try:
        page = practitioner_page(actor=request.actor, practitioner_id=practitioner_id)
    except Practitioner.DoesNotExist as missing:
        raise Http404 from missing
    who = page.practitioner
    lists = {"participation": _spans(request, page.participations, "practice")}
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "title": str(who),
        "line": f"NPI {who.npi}" + (f" · {who.specialty}" if who.specialty else ""),
        "facts": taken_over(who),
        "tables": known_tables(places.known(actor=request.actor, who=who)),
        **_more(request, "practitioner_known", who.pk, "Record numbers and listings"),
        "listing": lists["participation"],
        "moments": _moments(page.replaced),
        "doings": doings(request, who),
        "crumbs": _crumbs((str(who), "")),
    }
    return render(request, "credentialing/network_detail.html", context)


def _more(request: PortalRequest, name: str, pk: int, label: str) -> dict[str, str]:
    """The button to what else is recorded, for whoever records it."""
    if not request.actor.may("credentialing.work_files"):
        return {}
    return {"more_url": reverse(f"credentialing:{name}", args=[pk]), "more_label": label}


def _spans(request: PortalRequest, rows: list[Participation], other: str) -> Listing:
    shown = [
        {
            "other": str(getattr(row, other)),
            "plan": row.payer_party.name,
            "start": row.effective_date,
            "end": row.end_date,
            "recorded": row.recorded_at.date(),
            "url": reverse(f"credentialing:{other}_detail", args=[getattr(row, other).pk]),
        }
        for row in rows
    ]
    columns = [
        Column("other", other.capitalize(), "link", sort="other"),
        Column("plan", "Plan", sort="plan"),
        Column("start", "From", "day", sort="start"),
        Column("end", "First day no longer", "day"),
        Column("recorded", "Known since", "day", minor=True),
    ]
    empty = Empty("No participation", "Nothing is paid for members of these practitioners.")
    return list_rows(
        shown,
        columns,
        request.GET,
        caption="Participation",
        empty=empty,
        page_size=page_size(request, "participation", 100),
        **(export_urls(request, "participation") if rows else {}),
    )


def _moments(rows: list[Participation]) -> list[Moment]:
    return [
        Moment(
            row.superseded_at,
            f"{row.practitioner} with {row.payer_party} through {row.practice} was replaced",
            note=f"known from {row.recorded_at:%Y-%m-%d}: from {day_text(row.effective_date)}"
            + (f" until before {day_text(row.end_date)}" if row.end_date else " on"),
        )
        for row in sorted(rows, key=lambda row: row.superseded_at, reverse=True)
    ]


@requires(IMPORT)
@takes_file(LIST)
def network_import(request: PortalRequest) -> HttpResponse:
    """Import the network from a CSV; each line that was left out is named."""
    form = NetworkFile(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        result = import_network(actor=request.actor, data=data, now=timezone.now())
    refused = [
        {"line": row.line_no, "reason": row.reason} for row in (result.refused if result else ())
    ]
    columns = [Column("line", "Line", "count"), Column("reason", "Why it was left out")]
    context = {
        "form": form,
        "result": result,
        "facts": _result_facts(result) if result else [],
        "refused": list_rows(refused, columns, {}, caption="Left out", page_size=1000),
        "head": ",".join(COLUMNS),
        "row": ",".join(EXAMPLE[name] for name in COLUMNS),
        "optional": ", ".join(name for name in COLUMNS if name in OPTIONAL),
        "crumbs": _crumbs(("Import", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/network_import.html", context, status=status)


def _result_facts(result) -> list[FactItem]:
    return [
        FactItem("Lines", result.rows + len(result.refused), "count"),
        FactItem("New practices", result.practices, "count"),
        FactItem("New practitioners", result.practitioners, "count"),
        FactItem("Participations recorded", result.participations, "count"),
        FactItem("Lines left out", len(result.refused), "count"),
    ]
