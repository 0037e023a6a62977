"""Files of care facts: received, looked at before they count, applied or dropped."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.care import apply_care_facts, drop_care_facts, receive_care_facts
from compliance.models import CareBatch, CareFact
from compliance.rules.care_watch import KINDS
from compliance.web.care_forms import CareFile
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_care"
LOAD = "compliance.load_care"
Status = CareBatch.Status
COLUMNS = (
    Column("name", "File", "link", sort="name"),
    Column("feed", "Told by", minor=True),
    Column("source", "Whose", sort="source"),
    Column("state", "State", "status"),
    Column("months", "Months"),
    Column("lines", "Lines", "count"),
    Column("refused", "Refused", "count"),
    Column("replaced", "Replaced", "count", minor=True),
    Column("by", "Received by", minor=True),
    Column("at", "Received", "day", sort="at"),
)
KIND_COLUMNS = (
    Column("kind", "Kind"),
    Column("about", "What is counted", wide=True),
    Column("count", "In the file", "count"),
)
REFUSED = (
    Column("line", "Line", "count"),
    Column("column", "Column"),
    Column("words", "Why it is refused", wide=True),
)


@requires(VIEW)
def care_file_list(request: PortalRequest) -> HttpResponse:
    """Every file, the newest first; each is a version of the months and kinds it names."""
    rows = [_row(one) for one in CareBatch.objects.select_related("source")]
    waiting = [row for row in rows if row["state"] == Status.WAITING.label]
    shown = waiting if request.GET.get("show") == "waiting" else rows
    shown = matching(shown, request.GET.get("q", ""), "name", "source", "months")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "care-files")
    context = {
        "may_load": request.actor.may(LOAD),
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Files of care facts",
            chips=[Chip("show", "", "All", len(rows)),
                   Chip("show", "waiting", "Wait for a look", len(waiting))],
            empty=Empty("No file yet", "A file says by month how many visits, gaps, referrals, "
                        "appeals, admissions and grievances a PCP or a member had. What it would "
                        "change is shown before it counts."),
            **export_urls(request),
        ),
        "crumbs": [*_crumbs(), ("Files", "")],
    }  # fmt: skip
    return render(request, "compliance/care_file_list.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [("Compliance", reverse("compliance:desk")),
            ("Care watch", reverse("compliance:care_watch"))]  # fmt: skip


def _span(figures: dict) -> str:
    months = figures.get("months", [])
    return " to ".join(dict.fromkeys((months[0], months[-1]))) if months else "none"


def _row(one: CareBatch) -> dict[str, object]:
    return {
        "name": one.file_name or one.get_feed_display(), "feed": one.get_feed_display(),
        "source": one.source.name,
        "state": one.get_status_display(), "months": _span(one.figures),
        "lines": one.figures.get("lines", 0), "refused": one.figures.get("refused", 0),
        "replaced": one.figures.get("replaced"), "by": one.recorded_by_name,
        "at": timezone.localdate(one.recorded_at),
        "url": reverse("compliance:care_file", args=[one.pk]),
    }  # fmt: skip


@requires(LOAD)
def care_file_new(request: PortalRequest) -> HttpResponse:
    """Send a file; nothing of it counts yet."""
    form = CareFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = receive_care_facts(
                actor=request.actor, source_id=form.cleaned_data["source"].pk, data=file.read(),
                name=file.name, now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Received. Look at what it says, then let it count.")
            return redirect("compliance:care_file", made.pk)
    kinds = [{"kind": kind, "about": about, "count": None} for kind, about in KINDS.items()]
    context = {
        "form": form, "title": "Load care facts", "verb": "Receive it", "files": True,
        "back": reverse("compliance:care_file_list"),
        "note": "One line says how many of one kind a PCP (npi), or a member, had in a month "
        "(2026-10). With the member visits are told by age and sex, and who had none is found. Of "
        "every month and kind that a file names it replaces what its source told before.",
        "listing": list_rows(kinds, KIND_COLUMNS[:2], {}, caption="Kinds"),
        "crumbs": [*_crumbs(), ("Files", reverse("compliance:care_file_list")),
                   ("Load care facts", "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def _one(batch_id: int) -> CareBatch:
    one = CareBatch.objects.select_related("source").filter(pk=batch_id).first()
    if one is None:
        raise Http404
    return one


@requires(VIEW)
def care_file(request: PortalRequest, care_batch_id: int) -> HttpResponse:
    """What a file says and what of it is refused; before it counts, what it would replace."""
    one = _one(care_batch_id)
    figures = one.figures
    kinds = [{"kind": kind, "about": KINDS.get(kind, ""), "count": count}
             for kind, count in figures.get("kinds", {}).items()]  # fmt: skip
    refused = [{"line": line, "column": column, "words": words}
               for line, column, words in one.refused]  # fmt: skip
    waits = one.status == Status.WAITING and request.actor.may(LOAD)
    context = {
        "one": one, "waits": waits, "may_load": request.actor.may(LOAD),
        "facts": [
            FactItem("State", one.get_status_display(), "status", note=one.decided_by_name),
            FactItem("Whose", one.source.name),
            FactItem("Months", _span(figures), note=f"{len(figures.get('months', []))} of them"),
            FactItem("Lines taken", figures.get("lines", 0), "count"),
            FactItem("Lines refused", figures.get("refused", 0), "count"),
            FactItem("PCPs", figures.get("pcps", 0), "count"),
            FactItem("Members", figures.get("members", 0), "count"),
            FactItem("Facts replaced", figures.get("replaced", _would_replace(one)), "count",
                     note="" if "replaced" in figures else "if it is applied now"),
        ],
        "kinds": list_rows(kinds, KIND_COLUMNS, {}, caption="What it tells"),
        "listing": list_rows(refused, REFUSED, request.GET, caption="Refused lines"),
        "crumbs": [*_crumbs(), ("Files", reverse("compliance:care_file_list")),
                   (one.file_name or "Facts", "")],
    }  # fmt: skip
    return render(request, "compliance/care_file.html", context)


def _would_replace(one: CareBatch) -> int:
    """How many known facts the source told of the months and kinds that this names."""
    known = CareFact.objects.filter(
        superseded_at=None, batch__source=one.source, batch__feed=one.feed
    )
    months = [f"{month}-01" for month in one.figures.get("months", [])]
    return known.filter(month__in=months, kind__in=one.figures.get("kinds", {})).count()


@require_POST
@requires(LOAD)
def care_file_go(request: PortalRequest, care_batch_id: int) -> HttpResponse:
    """Let it count, or put it aside."""
    one = _one(care_batch_id)
    act, said = (
        (drop_care_facts, "Put aside: nothing of it counts.")
        if request.POST.get("do") == "drop"
        else (apply_care_facts, "It counts, and the twelve months were read anew.")
    )
    try:
        act(actor=request.actor, batch_id=one.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("compliance:care_file", one.pk)


@requires(LOAD)
@shows_members(AccessEvent.Kind.EXPORT)
def care_file_bytes(request: PortalRequest, care_batch_id: int) -> HttpResponseBase:
    """The file as it came."""
    one = _one(care_batch_id)
    if not one.file_sha256:
        raise Http404
    ids = one.facts.exclude(member=None).values_list("member_id", flat=True).distinct()
    declare_members(request, ids)
    return stored_file(one.file_sha256, one.file_name or f"care-{one.pk}.csv")
