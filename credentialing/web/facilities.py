"""Facilities as staff work on them, and the files of NPPES and CAQH."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.credentials import record_credential
from credentialing.actions.documents import file_document
from credentialing.actions.facilities import add_associate, add_facility, add_site_check
from credentialing.actions.listings import add_identifier
from credentialing.actions.profiles import take_profiles
from credentialing.actions.verifying import open_facility_cycle
from credentialing.models import Facility
from credentialing.queries import files as asked
from credentialing.queries.places import numbers_of
from credentialing.rules.facility_types import ccn_words
from credentialing.web import file_forms as forms
from credentialing.web import file_parts as parts
from credentialing.web.askings import waits_of
from credentialing.web.earlier_decisions import taken_over
from credentialing.web.performance import performance_of
from credentialing.web.place_parts import numbers_table
from credentialing.web.places import Number
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file

FACILITIES = "Facilities"
WORK = "credentialing.work_files"
COLUMNS = (
    Column("name", "Facility", "link", sort="legal_name"),
    Column("kind", "Kind", sort="kind"),
    Column("npi", "NPI", sort="npi"),
    Column("city", "City", sort="city", minor=True),
    Column("status", "Stands", "status", sort="status"),
)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(FACILITIES, reverse("credentialing:facility_list")), *more]


@requires("credentialing.view_files")
def facility_list(request: PortalRequest) -> HttpResponse:
    """Facilities by name and number."""
    found = asked.facilities(actor=request.actor, text=request.GET.get("q", "").strip())
    if wants_file(request):
        return as_file(
            request, COLUMNS, map(_row, found.order_by("legal_name", "pk")), "facilities"
        )
    listing = list_rows(
        found,
        COLUMNS,
        request.GET,
        caption=FACILITIES,
        default_sort="name",
        empty=Empty("No facility", "Add a hospital, surgery centre or laboratory."),
        **export_urls(request),
    )
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_row(row) for row in listing.rows]}),
        "may_work": request.actor.may(WORK),
    }
    return render(request, "credentialing/staff/facility_list.html", context)


def _row(row: Facility) -> dict[str, object]:
    return {
        "name": str(row),
        "kind": row.get_kind_display(),
        "npi": row.npi,
        "city": f"{row.city}, {row.state}",
        "status": row.get_status_display(),
        "url": reverse("credentialing:facility_detail", args=[row.pk]),
    }


@requires(WORK)
def facility_new(request: PortalRequest) -> HttpResponse:
    """Add a facility."""
    form = forms.NewFacility(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_facility(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("credentialing:facility_detail", made.pk)
    context = {"form": form, "crumbs": _crumbs(("Add", ""))}
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/facility_new.html", context, status=status)


@requires("credentialing.view_files")
def facility_detail(request: PortalRequest, facility_id: int) -> HttpResponse:
    """A facility's file in tabs."""
    return _show(request, facility_id)


def _show(request: PortalRequest, facility_id: int, **bound: object) -> HttpResponse:
    try:
        page = asked.facility_file(
            actor=request.actor, facility_id=facility_id, today=timezone.localdate()
        )
    except Facility.DoesNotExist as missing:
        raise Http404 from missing
    where, tab = page.holder, parts.tab_asked(request, parts.FACILITY_TABS)
    context = {
        "page": page,
        "tab": tab,
        "tabs": parts.tabs_of(request, parts.FACILITY_TABS, page),
        "facts": parts.event_facts(page),
        "about": _about(page),
        "numbers": numbers_table(numbers_of(where)),
        "ccn_words": ccn_words(where.kind),
        "elements": parts.elements_table(page),
        "credentials": parts.credentials_table(page.credentials, page.day),
        "replaced": parts.credentials_table(page.replaced, page.day, "What was held before"),
        "documents": parts.documents_table(page.documents),
        "moments": parts.moments_of(page),
        "planned": parts.planned_words(page),
        "may_work": request.actor.may(WORK),
        "may_act": request.actor.may("credentialing.open_adverse_action"),
        "complaints": asked.complaints_since(where),
        **({} if tab else waits_of(request.actor, page.event, page.elements)),
        "performance": performance_of(where, page.event, timezone.localdate())
        if tab == "performance"
        else None,
        "is_open": page.event is not None and page.event.decision_date is None
        and page.event.status not in ("withdrawn", "closed"),
        "open_form": forms.Opened(),
        "credential_form": forms.HeldCredential(of_facility=True),
        "check_form": forms.Looked(),
        "behind_form": forms.Behind(),
        "paper_form": forms.Paper(of_facility=True),
        "number_form": Number(),
        "crumbs": _crumbs((str(where), "")),
        **bound,
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/facility_detail.html", context, status=status)


def _about(page: asked.FilePage) -> list[FactItem]:
    where = page.holder
    certified = [row for row in page.credentials if row.kind in ("ccn", "clia")]
    return [
        FactItem("Kind", where.get_kind_display()),
        FactItem("NPI", where.npi),
        *[FactItem(row.get_kind_display().capitalize(), row.number) for row in certified],
        FactItem("Taxpayer number", f"{where.tin[:2]}-{where.tin[2:]}"),
        FactItem("Address", f"{where.line}, {where.city}, {where.state} {where.zip_code}"),
        FactItem("Legal name", where.legal_name),
        *([FactItem("Part of", str(where.parent))] if where.parent else []),
        *taken_over(where),
    ]


@require_POST
@requires(WORK)
@takes_file(LIST)
def facility_act(request: PortalRequest, facility_id: int) -> HttpResponse:
    """Open a cycle, record a credential, a visit, an owner, or add a document."""
    if not Facility.objects.filter(pk=facility_id).exists():
        raise Http404
    do = request.POST.get("do", "credential")
    common = {"actor": request.actor, "facility_id": facility_id, "now": timezone.now()}
    made = {
        "open": lambda: forms.Opened(request.POST),
        "check": lambda: forms.Looked(request.POST),
        "behind": lambda: forms.Behind(request.POST),
        "paper": lambda: forms.Paper(request.POST, request.FILES, of_facility=True),
        "number": lambda: Number(request.POST),
    }
    form = made.get(do, lambda: forms.HeldCredential(request.POST, of_facility=True))()
    if form.is_valid():
        try:
            _do(do, form, common)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded.")
            return redirect("credentialing:facility_detail", facility_id)
    name = {"open": "open_form", "check": "check_form", "behind": "behind_form",
            "paper": "paper_form", "number": "number_form"}.get(do, "credential_form")  # fmt: skip
    return _show(request, facility_id, **{name: form, "failed": name})


def _do(do: str, form, common: dict[str, object]) -> None:
    data = form.cleaned_data
    if do == "open":
        open_facility_cycle(**common, **data)
    elif do == "check":
        add_site_check(**common, **data)
    elif do == "behind":
        add_associate(**common, **data)
    elif do == "number":
        payer = data.pop("payer")
        add_identifier(**common, **data, payer_party_id=payer.pk if payer else None)
    elif do == "paper":
        file = data["file"]
        file_document(
            **common,
            kind=data["kind"],
            name=file.name,
            data=file.read(),
            expires_date=data["expires_date"],
        )
    else:
        record_credential(**common, **form.values())


@requires(WORK)
@takes_file(LIST)
def profile_import(request: PortalRequest) -> HttpResponse:
    """Take what a file of NPPES or a CAQH roster says of our practitioners."""
    form = forms.ProfileFile(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            result = take_profiles(
                actor=request.actor, name=file.name, data=file.read(), now=timezone.now()
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
    rows = [
        {"where": where, "words": words} for where, words in (result.problems if result else ())
    ]
    columns = [Column("where", "Where"), Column("words", "What is wrong", wide=True)]
    context = {
        "form": form,
        "result": result,
        "facts": [
            FactItem("Rows", result.rows, "count"),
            FactItem("About our practitioners", result.known, "count"),
            FactItem("With problems", len(result.problems), "count"),
        ]
        if result
        else [],
        "problems": list_rows(rows, columns, {}, caption="Problems", page_size=500),
        "crumbs": [("Files", reverse("credentialing:file_list")), ("NPPES or CAQH", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/profile_import.html", context, status=status)
