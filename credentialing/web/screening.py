"""Screenings as staff see them: progress, what each came to for everybody, the certificate."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from credentialing.actions.screening_runs import start_run
from credentialing.models import ScreeningResult, ScreeningRun
from credentialing.queries.screening_lists import lists_in_use, may_view
from credentialing.queries.screening_matches import matches, told_apart
from credentialing.queries.screening_subjects import KINDS, file_url
from credentialing.web.screening_lists import crumbs
from ipaportal.core.files import open_stored
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW = "credentialing.view_screening"
RUN = "credentialing.run_screening"
Outcome = ScreeningResult.Outcome
STATES = {
    Outcome.CLEAR: "clear",
    Outcome.CLEARED: "clear, matches decided",
    Outcome.STALE: "not clear",
    Outcome.OPEN: "to decide",
    Outcome.STOPPED: "excluded",
    Outcome.NOT_SCREENED: "not screened",
}
RUNS = (
    Column("day", "Screening of", "link", sort="as_of"),
    Column("state", "State", "status"),
    Column("cause", "Because of"),
    Column("people", "People and organisations", "count"),
    Column("clear", "Clear", "count"),
    Column("open", "To decide", "count"),
    Column("stopped", "Excluded", "count"),
    Column("rest", "Not screened or not clear", "count"),
    Column("who", "Asked for by", minor=True),
)
RESULTS = (
    Column("label", "Who", "link", sort="label"),
    Column("kind", "What they are"),
    Column("outcome", "Outcome", "status", sort="outcome"),
    Column("matches", "Matches", "count", sort="matches"),
    Column("refuted", "Told apart", "count", sort="refuted"),
    Column("words", "Why, or what was missing", wide=True),
)


@requires(VIEW)
def screening_list(request: PortalRequest) -> HttpResponse:
    """What waits, how fresh the lists are, every screening."""
    may_view(request.actor)
    runs = ScreeningRun.objects.order_by("-pk")
    if wants_file(request):
        return as_file(request, RUNS, map(_run, runs), "screenings")
    listing = list_rows(
        runs,
        RUNS,
        request.GET,
        caption="Screenings",
        empty=Empty(
            "Nobody was screened yet",
            "Load the lists first: then everybody is screened at once, and each month again.",
            "Exclusion lists",
            reverse("credentialing:list_list"),
        ),
        **export_urls(request),
    )
    wanting = [one.name for one in lists_in_use(timezone.localdate()) if one.is_wanting]
    waiting = matches(actor=request.actor).count()
    stopped = matches(actor=request.actor, show="stopped").values("subject_key").distinct()
    address = reverse("credentialing:match_list")
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_run(run) for run in listing.rows]}),
        "facts": [
            FactItem("Matches to decide", waiting, "count", url=address),
            FactItem("Payments stopped", stopped.count(), "count", url=f"{address}?show=stopped"),
        ],
        "wanting": ", ".join(wanting),
        "may_run": request.actor.may(RUN),
        "crumbs": [],
    }
    return render(request, "credentialing/screening_list.html", context)


def _run(run: ScreeningRun) -> dict[str, object]:
    counts = run.counts
    return {
        "day": day_text(run.as_of),
        "state": "finished" if run.state == "done" else run.state,
        "cause": run.get_cause_display(),
        "people": run.total,
        "clear": counts.get("clear", 0) + counts.get("cleared", 0),
        "open": counts.get("open", 0),
        "stopped": counts.get("stopped", 0),
        "rest": counts.get("not_screened", 0) + counts.get("stale", 0),
        "who": run.requested_by_name,
        "url": reverse("credentialing:screening_detail", args=[run.pk]),
    }


@require_POST
@requires(RUN)
def screening_start(request: PortalRequest) -> HttpResponse:
    """Screen everybody now, against the lists in use."""
    try:
        run = start_run(actor=request.actor, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("credentialing:screening_list")
    return redirect("credentialing:screening_detail", run.pk)


def _found(request: PortalRequest, screening_id: int) -> ScreeningRun:
    may_view(request.actor)
    run = ScreeningRun.objects.filter(pk=screening_id).first()
    if run is None:
        raise Http404
    return run


@requires(VIEW)
def screening_detail(request: PortalRequest, screening_id: int) -> HttpResponse:
    """One screening: against what, what it came to, and for whom what."""
    run = _found(request, screening_id)
    asked = request.GET.get("outcome", "")
    rows = run.results.order_by("label", "pk")
    if asked in Outcome.values:
        rows = rows.filter(outcome=asked)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(label__icontains=text)
    if wants_file(request):
        return as_file(request, RESULTS, map(_result, rows), f"screening-{run.pk}")
    listing = list_rows(
        rows,
        RESULTS,
        request.GET,
        caption="Everybody",
        chips=[Chip("outcome", "", "Everybody"), *_chips(run)],
        empty=Empty("Nobody here", "No result of this kind, or the screening has not begun."),
        **export_urls(request),
    )
    context = {
        "run": run,
        "facts": [FactItem(one["name"], one["source_date"] or "not loaded",
                           note=_list_words(one)) for one in run.lists],
        "wanting": ", ".join(one["name"] for one in run.lists if one["wanting"]),
        "listing": Listing(**{**vars(listing), "rows": [_result(r) for r in listing.rows]}),
        "crumbs": crumbs((day_text(run.as_of), "")),
    }  # fmt: skip
    return render(request, "credentialing/screening_detail.html", context)


def _chips(run: ScreeningRun) -> list[Chip]:
    return [
        Chip("outcome", code, words.partition(":")[0].capitalize(), run.counts.get(code, 0))
        for code, words in Outcome.choices
        if run.counts.get(code)
    ]


def _list_words(one: dict) -> str:
    words = {"fresh": "in time", "stale": "too old", "missing": "missing"}[one["freshness"]]
    more = f", amended by {one['supplement']}" if one["supplement"] else ""
    return f"{one['rows']:,} rows, {words}{more}"


def _result(row: ScreeningResult) -> dict[str, object]:
    kind, _, _ = row.subject_key.partition(":")
    address = reverse("credentialing:match_list")
    url = file_url(row.subject_key)
    if row.matches:
        url = f"{address}?show=all&who={row.subject_key}"
    elif row.refuted:
        url = reverse("credentialing:told_apart", args=[row.run_id]) + f"?who={row.subject_key}"
    return {
        "label": row.label,
        "kind": KINDS.get(kind, kind),
        "outcome": STATES[Outcome(row.outcome)],
        "matches": row.matches,
        "refuted": row.refuted,
        "words": row.words,
        "url": url,
    }


@requires(VIEW)
def screening_progress(request: PortalRequest, screening_id: int) -> HttpResponse:
    """How far a screening is; the page is shown anew once it is done."""
    run = _found(request, screening_id)
    if run.state == ScreeningRun.State.DONE:
        return HttpResponseClientRefresh()
    return render(request, "credentialing/_screening_progress.html", {"run": run})


@requires(VIEW)
def screening_certificate(request: PortalRequest, screening_id: int) -> HttpResponse:
    """The certificate as it was written when the screening finished."""
    run = _found(request, screening_id)
    if not run.certificate_sha256:
        raise Http404
    name = f"screening-{run.as_of}.pdf"
    pieces = b"".join(open_stored(run.certificate_sha256))
    return HttpResponse(
        pieces,
        "application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@requires(VIEW)
def told_apart_list(request: PortalRequest, screening_id: int) -> HttpResponse:
    """The rows of the same name that another birth date told apart, for one subject."""
    run, key = _found(request, screening_id), request.GET.get("who", "")
    row = run.results.filter(subject_key=key).first()
    found = told_apart(actor=request.actor, run=run, key=key) if row else []
    rows = [
        {
            "name": entry.name,
            "born": entry.birth_date,
            "state": entry.state,
            "why": "; ".join(finding.reasons),
        }
        for entry, finding in found
    ]
    columns = (
        Column("name", "On the list"),
        Column("born", "Born", "day"),
        Column("state", "State"),
        Column("why", "Why it is somebody else", wide=True),
    )
    empty = Empty("Nobody of that name", "Open a person of this screening who was told apart.")
    context = {
        "label": row.label if row else "Told apart",
        "listing": list_rows(rows, columns, {}, caption="Told apart", page_size=500, empty=empty),
        "crumbs": crumbs(
            (day_text(run.as_of), reverse("credentialing:screening_detail", args=[run.pk])),
            ("Told apart", ""),
        ),
    }
    return render(request, "credentialing/screening_told_apart.html", context)
