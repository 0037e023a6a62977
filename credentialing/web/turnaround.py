"""Turnaround: percentiles by step, and the files behind each number."""

from decimal import Decimal, InvalidOperation

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from credentialing.models import CredentialingEvent
from credentialing.queries import turnaround as asked
from credentialing.rules.turnaround import STEPS
from credentialing.web.turnaround_picture import turnaround_picture
from ipaportal.core.months import add_months
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW = "credentialing.view_files"
STEP_COLUMNS = (
    Column("name", "Step", "link"),
    Column("files", "Files", "count", url="url", opens_page=True),
    Column("median", "Half in", "days", url="median_url", opens_page=True),
    Column("ninetieth", "9 of 10 in", "days", url="ninetieth_url", opens_page=True),
    Column("longest", "Longest", "days", url="longest_url", opens_page=True),
)
FILE_COLUMNS = (
    Column("name", "File", "link", sort="name"),
    Column("kind_words", "Cycle"),
    Column("decision_date", "Decided", "day", sort="decision_date"),
    Column("days", "Days", "days", sort="days"),
)
KINDS = [Chip("kind", "", "All cycles")] + [
    Chip("kind", kind.value, kind.label.capitalize()) for kind in CredentialingEvent.Kind
]
SPANS = [
    Chip("months", "3", "3 months"),
    Chip("months", "", "12 months"),
    Chip("months", "36", "36 months"),
]


def _span(request: PortalRequest) -> tuple[dict[str, object], dict[str, str]]:
    """What the address asks for: days and cycle, and the words of the address itself."""
    months = request.GET.get("months", "")
    months = months if months in ("3", "36") else ""
    kind = request.GET.get("kind", "")
    kind = kind if kind in CredentialingEvent.Kind.values else ""
    today = timezone.localdate()
    until = add_months(today.replace(day=1), 1)
    asked_for = {
        "actor": request.actor,
        "from_date": add_months(until, -int(months or 12)),
        "until_date": until,
        "kind": kind,
    }
    return asked_for, {key: one for key, one in (("months", months), ("kind", kind)) if one}


@requires(VIEW)
def turnaround(request: PortalRequest) -> HttpResponse:
    """Days from a complete application to the decision, by step."""
    span, query = _span(request)
    steps = asked.turnaround(**span)
    rows = [_step_row(one, query) for one in steps]
    if wants_file(request):
        return as_file(request, STEP_COLUMNS, rows, "turnaround")
    whole = next(one for one in steps if one.code == "whole")
    listing = list_rows(
        rows,
        STEP_COLUMNS,
        request.GET,
        caption="Days by step",
        chips=[*SPANS, *KINDS],
        **export_urls(request),
    )
    context = {
        "listing": listing,
        "whole": whole,
        "from_text": day_text(span["from_date"]),
        "picture": turnaround_picture(steps),
        "crumbs": _crumbs(("How long it takes", "")),
    }
    return render(request, "credentialing/staff/turnaround.html", context)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Work queue", reverse("credentialing:file_queue")), *more]


def _step_row(one: asked.StepTime, query: dict[str, str]) -> dict[str, object]:
    here = reverse("credentialing:turnaround_files", args=[one.code])

    def url(at_least: Decimal | None) -> str:
        return f"{here}?{urlencode({**query, 'at_least': at_least})}" if one.files else ""

    return {
        "name": one.name,
        "files": one.files,
        "median": one.median,
        "ninetieth": one.ninetieth,
        "longest": one.longest,
        "url": f"{here}?{urlencode(query)}" if query else here,
        "median_url": url(one.median),
        "ninetieth_url": url(one.ninetieth),
        "longest_url": url(one.longest),
    }


@requires(VIEW)
def turnaround_files(request: PortalRequest, step: str) -> HttpResponse:
    """The files behind a number of the turnaround, the longest first."""
    if step not in STEPS:
        raise Http404
    span, query = _span(request)
    least = _days(request.GET.get("at_least", ""))
    text = request.GET.get("q", "").strip()
    found = asked.turnaround_files(**span, step=step, at_least=least, text=text)
    if wants_file(request):
        rows = (_file_row(one) for one in found.order_by("-days"))
        return as_file(request, FILE_COLUMNS, rows, "turnaround-files")
    listing = list_rows(
        found,
        FILE_COLUMNS,
        request.GET,
        caption=STEPS[step],
        default_sort="-days",
        chips=[*SPANS, *KINDS],
        empty=Empty("No file here", "No file that was decided in this time took so long."),
        **export_urls(request),
    )
    back = reverse("credentialing:turnaround")
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_file_row(one) for one in listing.rows]}),
        "step": STEPS[step],
        "least": least,
        "from_text": day_text(span["from_date"]),
        "crumbs": _crumbs(
            ("How long it takes", f"{back}?{urlencode(query)}" if query else back),
            (STEPS[step], ""),
        ),
    }
    return render(request, "credentialing/staff/turnaround_files.html", context)


def _file_row(one: asked.StepFile) -> dict[str, object]:
    if one.practitioner_id:
        url = reverse("credentialing:practitioner_file", args=[one.practitioner_id])
    else:
        url = reverse("credentialing:facility_detail", args=[one.facility_id])
    return {
        "name": one.name,
        "kind_words": one.kind_words,
        "decision_date": one.decision_date,
        "days": one.days,
        "url": f"{url}?tab=timeline",
    }


def _days(text: str) -> Decimal:
    """The days that an address asks for; what is no number of days asks for all."""
    try:
        asked_for = Decimal(text or 0)
    except InvalidOperation:
        return Decimal(0)
    fits = asked_for.is_finite() and 0 <= asked_for < 100_000
    return asked_for if fits else Decimal(0)
