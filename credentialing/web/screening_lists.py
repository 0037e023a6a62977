"""Exclusion lists as staff see them: how fresh, what came in, what was refused and why."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from credentialing.actions.screening_lists import accept_list, receive_list, save_mapping
from credentialing.models import ListVersion
from credentialing.queries.screening_lists import (
    ListInUse,
    lists_in_use,
    mapping_of,
    versions,
)
from credentialing.rules.screening_lists import BY_CODE, Reader
from credentialing.web.screening_forms import AcceptList, MapColumns, SendList
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import count_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import PLAN_FILE, takes_file

VIEW = "credentialing.view_screening"
LOAD = "credentialing.load_list"
ACCEPT = "credentialing.accept_list"
STATES = {"fresh": "in time", "stale": "too old", "missing": "not loaded"}
NOTES = {
    "npi_fails_check": "NPIs that fail their check digit; kept, they still match",
    "npi_floated": "NPIs that a spreadsheet had spoilt; read",
    "npi_unreadable": "NPI columns that hold something else; left out",
    "dob_unreadable": "birth dates that cannot be read; kept without",
    "zip_short": "ZIP codes whose leading zeros were lost; filled",
    "nameless": "rows that name nobody; left out",
    "inactive": "rows that are no longer active; left out",
    "end_in_words": "ends that are words; not taken for an end",
    "start_unreadable": "first days that cannot be read; taken as in force",
}


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of screening."""
    return [("Screening", reverse("credentialing:screening_list")), *more]


@requires(VIEW)
def list_list(request: PortalRequest) -> HttpResponse:
    """The lists and how fresh they are; every file that came in beneath."""
    if wants_file(request):
        rows = (_version(row) for row in versions(actor=request.actor))
        return as_file(request, VERSIONS, rows, "exclusion-lists")
    return render(request, "credentialing/screening_lists.html", _lists(request, SendList()))


def _lists(request: PortalRequest, form: SendList) -> dict[str, object]:
    in_use = lists_in_use(timezone.localdate())
    listing = list_rows(
        versions(actor=request.actor),
        VERSIONS,
        request.GET,
        caption="Files of the lists",
        empty=Empty(
            "No list was loaded yet",
            "Load OIG's LEIE (UPDATED.csv) and the SAM.gov public extract each month. A file is "
            "swapped in whole, or refused with the reason, and then the old one stays in use.",
        ),
        **export_urls(request),
    )
    wanting = [one.name for one in in_use if one.is_wanting]
    return {
        "in_use": list_rows(
            [_in_use(one) for one in in_use], IN_USE, {}, caption="Lists in use", page_size=100
        ),
        "wanting": ", ".join(wanting),
        "listing": Listing(**{**vars(listing), "rows": [_version(row) for row in listing.rows]}),
        "form": form if request.actor.may(LOAD) else None,
        "crumbs": crumbs(("Lists", "")),
    }


IN_USE = (
    Column("name", "List"),
    Column("state", "State", "status"),
    Column("day", "Publisher's day", "day"),
    Column("until", "Clears until", "day"),
    Column("rows", "Rows", "count"),
    Column("why", "Needed", minor=True),
    Column("citation", "By", wide=True, minor=True),
)
VERSIONS = (
    Column("name", "File", "link", sort="name"),
    Column("list", "List", sort="list_code"),
    Column("status", "State", "status", sort="status"),
    Column("kind", "Kind"),
    Column("day", "Publisher's day", "day", sort="source_date"),
    Column("rows", "Rows", "count", sort="rows"),
    Column("added", "New", "count", minor=True),
    Column("gone", "Gone", "count", minor=True),
    Column("result", "What became of it", wide=True),
    Column("who", "Brought by", minor=True),
)


def _in_use(one: ListInUse) -> dict[str, object]:
    return {
        "name": one.name,
        "state": STATES[one.freshness],
        "day": one.full.source_date if one.full else None,
        "until": one.fresh_until,
        "rows": one.full.rows if one.full else None,
        "why": "always" if one.spec.is_required else ("here" if one.is_required else "if loaded"),
        "citation": one.spec.citation,
    }


def _version(row: ListVersion) -> dict[str, object]:
    spec = BY_CODE[row.list_code]
    payer = f", {row.payer_party.name}" if row.payer_party else ""
    return {
        "name": row.name,
        "list": f"{spec.name}{payer}",
        "status": row.get_status_display(),
        "kind": row.get_kind_display() if row.rows else "",
        "day": row.source_date,
        "rows": row.rows,
        "added": row.added,
        "gone": row.gone,
        "result": row.problems[0]["message"] if row.problems and not row.accepted_text else "",
        "who": row.received_by_name,
        "url": reverse("credentialing:list_detail", args=[row.pk]),
    }


@require_POST
@requires(LOAD)
@takes_file(PLAN_FILE)
def list_receive(request: PortalRequest) -> HttpResponse:
    """Take in a list's file; what is refused at the door says why."""
    form, upload = SendList(request.POST), request.FILES.get("file")
    if upload is None:
        form.add_error(None, "No file was sent. Choose one, or drop it on the page.")
    elif form.is_valid():
        payer = form.cleaned_data["payer"]
        try:
            version = receive_list(
                actor=request.actor,
                list_code=form.cleaned_data["list_code"],
                source_date=form.cleaned_data["source_date"],
                name=upload.name,
                data=upload.chunks(),
                payer_party_id=payer.pk if payer else None,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("credentialing:list_detail", version.pk)
    context = _lists(request, form)
    return render(request, "credentialing/screening_lists.html", context, status=422)


def _found(request: PortalRequest, version_id: int) -> ListVersion:
    version = versions(actor=request.actor).filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


@requires(VIEW)
def list_detail(request: PortalRequest, version_id: int) -> HttpResponse:
    """One file: what its reader said, what it changed."""
    return _detail(request, _found(request, version_id), AcceptList())


@requires(VIEW)
def list_progress(request: PortalRequest, version_id: int) -> HttpResponse:
    """The line that says that a file waits; the page is shown anew once it was read."""
    version = _found(request, version_id)
    if version.status != ListVersion.Status.RECEIVED:
        return HttpResponseClientRefresh()
    return render(request, "credentialing/_list_progress.html", {"version": version})


def _detail(request: PortalRequest, version: ListVersion, form: AcceptList) -> HttpResponse:
    may_accept = version.status == ListVersion.Status.DOUBTED and request.actor.may(ACCEPT)
    notes = [
        FactItem(NOTES.get(code, code.replace("_", " ")), version.figures.get(code, 1), "count",
                 note=words)
        for code, words in version.notes.items()
    ]  # fmt: skip
    context = {
        "version": version,
        "spec": BY_CODE[version.list_code],
        "facts": _facts(version),
        "notes": notes,
        "form": form if may_accept else None,
        "crumbs": crumbs(("Lists", reverse("credentialing:list_list")), (version.name, "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/screening_list_detail.html", context, status=status)


def _facts(version: ListVersion) -> list[FactItem]:
    figures = version.figures
    span = [figures.get("first_effective", ""), figures.get("last_effective", "")]
    found = [
        FactItem("Publisher's day", version.source_date, "day"),
        FactItem("Brought by", version.received_by_name, note=f"{version.received_at:%Y-%m-%d}"),
        FactItem("SHA-256", version.sha256[:16] + "…"),
    ]
    if version.rows:
        found += [
            FactItem("Rows", version.rows, "count"),
            FactItem("People", figures.get("individuals", 0), "count"),
            FactItem("Businesses", figures.get("businesses", 0), "count"),
            FactItem("With an NPI", figures.get("with_npi", 0), "count"),
            FactItem("In force", f"{span[0]} to {span[1]}"),
        ]
    if version.loaded_at:
        said = f"{plural(version.added, 'row')} new, {count_text(version.gone)} gone"
        found.append(FactItem("Against the one before", said))
    if version.accepted_text:
        found.append(FactItem("Vouched for by", version.accepted_by_name,
                              note=version.accepted_text))  # fmt: skip
    return found


@require_POST
@requires(ACCEPT)
def list_accept(request: PortalRequest, version_id: int) -> HttpResponse:
    """Vouch for a list of an unusual size, as the second person."""
    version = _found(request, version_id)
    form = AcceptList(request.POST)
    if form.is_valid():
        try:
            accept_list(
                actor=request.actor,
                version_id=version_id,
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The list is in use. Everybody is screened against it next.")
            return redirect("credentialing:list_detail", version_id)
    return _detail(request, version, form)


@requires(LOAD)
def list_columns(request: PortalRequest) -> HttpResponse:
    """How a state's or plan's list calls its columns."""
    code = request.GET.get("list", "CA")
    spec = BY_CODE.get(code)
    if spec is None or spec.reader is not Reader.MAPPED:
        raise Http404
    mapping = mapping_of(spec)
    columns = {name: list(heads) for name, heads in mapping.columns.items()}
    form = MapColumns(request.POST or None, columns=columns)
    if request.method == "POST" and form.is_valid():
        try:
            save_mapping(
                actor=request.actor, list_code=code, columns=form.columns, now=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The columns of {spec.name} are saved.")
            return redirect("credentialing:list_list")
    context = {
        "form": form,
        "spec": spec,
        "mapping": mapping,
        "others": [one for one in BY_CODE.values() if one.reader is Reader.MAPPED],
        "crumbs": crumbs(("Lists", reverse("credentialing:list_list")), ("Columns", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/screening_columns.html", context, status=status)
