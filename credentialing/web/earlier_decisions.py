"""Decisions of others: the list of what was taken over, and its import, seen before confirmed."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.earlier_decisions import (
    PEOPLE,
    PLACES,
    import_earlier_decisions,
    preview_list,
)
from credentialing.formats.earlier_decisions_csv import (
    COLUMNS,
    OPTIONAL,
    PLACE_COLUMNS,
    PLACE_OPTIONAL,
)
from credentialing.models import EarlierDecision, Facility, Practitioner
from credentialing.queries.earlier_decisions import (
    Preview,
    PreviewRow,
    earlier_decisions,
    earlier_of,
)
from credentialing.rules.decisions import OUTCOMES
from credentialing.rules.earlier_decisions import is_over
from ipaportal.core.files import read_stored, store
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text, plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.uploads import LIST, takes_file

VIEW, IMPORT = "credentialing.view_network", "credentialing.import_network"
TITLE, SALT = "Decisions taken over", "credentialing.earlier_decisions"
EXAMPLE = (
    "1234567893,approved,2025-03-18,2028-03-31,Lakeside IPA credentialing committee,2019-04-02"
)
PLACE_EXAMPLE = (
    "1234567893,asc,Lakeside Surgery Center LLC,,99-1234567,12 Shore Rd,Lakeside,CA,92040,,"
    "approved,2025-03-18,,Lakeside IPA credentialing committee,,"
    "accreditation,AAAHC,2024-06-01,A-1001,2027-05-31"
)
# What each kind of list looks like: its columns, those that may be empty, a line of it.
LOOKS = {
    PEOPLE: (COLUMNS, OPTIONAL, EXAMPLE),
    PLACES: (PLACE_COLUMNS, PLACE_OPTIONAL, PLACE_EXAMPLE),
}
KINDS = ((PEOPLE, "Practitioners"), (PLACES, "Facilities"))
SHOWN_LINES = 500
LIST_COLUMNS = (
    Column("name", "Who", "link", sort="practitioner__last_name"),
    Column("npi", "NPI"),
    Column("outcome", "Decided there"),
    Column("committee", "By", sort="committee"),
    Column("decided", "On", "day", sort="decided_date"),
    Column("due", "Due again", "day", sort="next_due_date"),
    Column("stands", "Counts", "status"),
    Column("basis", "Taken on", minor=True),
    Column("source", "From the list", minor=True),
)
CHIPS = (
    Chip("show", "", "All"),
    Chip("show", "counts", "Not decided here yet"),
    Chip("show", "due", "Due within half a year"),
    Chip("show", "over", "Overdue"),
)
PREVIEW_COLUMNS = (
    Column("line", "Line", "count"),
    Column("name", "Who", "link"),
    Column("word", "Does", "status"),
    Column("outcome", "Decided there"),
    Column("committee", "By"),
    Column("decided", "On", "day"),
    Column("due", "Due again", "day"),
    Column("note", "Note", wide=True),
)
REFUSED_COLUMNS = (Column("line", "Line", "count"), Column("reason", "Why it is left out"))


class ListFile(forms.Form):
    """Decisions as a file."""

    file = forms.FileField(label="List of decisions (CSV)")


class Confirm(forms.Form):
    """Which list was looked at, and what it would have done."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=2000)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    network = ("Network", reverse("credentialing:practice_list"))
    return [network, (TITLE, reverse("credentialing:earlier_list")), *more]


@requires(VIEW)
def earlier_list(request: PortalRequest) -> HttpResponse:
    """Who came with a decision of another committee, and until when it counts."""
    today, get = timezone.localdate(), request.GET
    found = earlier_decisions(
        actor=request.actor, today=today, text=get.get("q", ""), show=get.get("show", "")
    )
    if wants_file(request):
        rows = (_row(one, today) for one in found.order_by("next_due_date", "pk"))
        return as_file(request, LIST_COLUMNS, rows, "decisions-taken-over")
    listing = list_rows(
        found,
        LIST_COLUMNS,
        get,
        caption=TITLE,
        default_sort="due",
        chips=CHIPS,
        empty=Empty(
            "Nothing was taken over",
            "An IPA that moves in brings who was credentialed elsewhere, by whom and until when.",
        ),
        **export_urls(request),
    )
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_row(one, today) for one in listing.rows]}),
        "may_import": request.actor.may(IMPORT),
        "crumbs": [*_crumbs()[:1], (TITLE, "")],
    }
    return render(request, "credentialing/staff/earlier_list.html", context)


def _row(one: EarlierDecision, today) -> dict[str, object]:
    stands = "until it is due"
    if one.is_decided_here:
        stands = "decided here since"
    elif is_over(one.next_due_date, today):
        stands = "overdue"
    return {
        **_holder(one.practitioner or one.facility),
        "outcome": OUTCOMES[one.outcome],
        "committee": one.committee,
        "decided": one.decided_date,
        "due": one.next_due_date,
        "stands": stands,
        "basis": one.basis,
        "source": f"{one.source_name}, line {one.line_no}",
    }


def taken_over(who: Practitioner | Facility) -> list[FactItem]:
    """What others decided before somebody came, said as theirs; for the page of whom it is."""
    earlier = earlier_of(who)
    if earlier is None:
        return []
    here = reverse("credentialing:earlier_list")
    told = f"{earlier.get_outcome_display()} on {day_text(earlier.decided_date)}"
    note = "; ".join(filter(None, (f"by {earlier.committee}", earlier.basis)))
    return [
        FactItem("Taken over, not our vote", told, url=here, note=note),
        FactItem("Due again", earlier.next_due_date, "day"),
    ]


def _holder(who: Practitioner | Facility) -> dict[str, object]:
    """Whom a decision is about: name, number, and where they are."""
    if isinstance(who, Facility):
        url = reverse("credentialing:facility_detail", args=[who.pk])
        return {"name": str(who), "npi": who.npi, "url": url}
    url = reverse("credentialing:practitioner_detail", args=[who.pk])
    return {"name": f"{who.last_name}, {who.first_name}", "npi": who.npi, "url": url}


@requires(IMPORT)
@takes_file(LIST)
def earlier_import(request: PortalRequest) -> HttpResponse:
    """Look at a list of decisions line by line, then take over what can be."""
    if request.method == "POST" and "token" in request.POST:
        return _confirm(request)
    form = ListFile(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        data, of = sent.read(), _of(request)
        told = {"sha256": store(data).sha256, "name": sent.name[:255], "of": of}
        token = signing.dumps(told, salt=SALT)
        return _page(request, form, preview_list(data, of, timezone.now()), token)
    return _page(request, form)


def _of(request: PortalRequest) -> str:
    """Whether a list is about people or places, as the address says."""
    return PLACES if request.GET.get("of") == PLACES else PEOPLE


def _confirm(request: PortalRequest) -> HttpResponse:
    form, now = Confirm(request.POST), timezone.now()
    try:
        told = signing.loads(request.POST["token"], salt=SALT, max_age=3600)
        data = read_stored(told["sha256"])
    except signing.BadSignature:
        form = ListFile(None)
        messages.error(request, "That list was looked at too long ago. Choose it again.")
        return _page(request, form, status=422)
    if not form.is_valid():
        return _page(request, ListFile(None), status=422)
    try:
        done = import_earlier_decisions(
            actor=request.actor, data=data, name=told["name"], of=told["of"],
            seen_digest=form.cleaned_data["seen"], now=now,
        )  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
        found = preview_list(data, told["of"], now)
        return _page(request, ListFile(None), found, request.POST["token"], status=422)
    words = f"{plural(done.new, 'decision')} taken over, {done.replaced} corrected"
    messages.success(request, f"{words}, {plural(done.refused, 'line')} left out.")
    return redirect("credentialing:earlier_list")


def _page(
    request: PortalRequest,
    form: forms.Form,
    found: Preview | None = None,
    token: str = "",
    status: int = 200,
) -> HttpResponse:
    of = _of(request)
    columns, optional, example = LOOKS[of]
    context = {
        "form": form,
        "tabs": [Tab(label, f"{request.path}?of={code}", code == of) for code, label in KINDS],
        "of_places": of == PLACES,
        "head": ",".join(columns),
        "row": example,
        "optional": ", ".join(name for name in columns if name in optional),
        "crumbs": _crumbs(("Import", "")),
    }
    if found is not None:
        context |= {
            "facts": _facts(found),
            "lines": _lines(found),
            "refused": _refused(found),
            "confirm": Confirm(initial={"token": token, "seen": found.digest})
            if found.changes
            else None,
        }
    status = 422 if form.errors else status
    return render(request, "credentialing/staff/earlier_import.html", context, status=status)


def _facts(found: Preview) -> list[FactItem]:
    new = sum(row.word == "new" for row in found.rows)
    same = len(found.rows) - len(found.changes)
    return [
        FactItem("New", new, "count"),
        FactItem("Corrected", len(found.changes) - new, "count"),
        FactItem("Known already", same, "count"),
        FactItem("Left out", len(found.refused), "count"),
        FactItem(
            "Overdue",
            found.lapsed,
            "count",
            note="take no part from now on, until our committee decides" if found.lapsed else "",
        ),
    ]


def _lines(found: Preview) -> Listing:
    rows = [_preview_row(row) for row in found.rows]
    return list_rows(
        rows, PREVIEW_COLUMNS, {}, caption="Lines that can be used", page_size=SHOWN_LINES,
        empty=Empty("No line can be used", "Why is said below, line by line."),
    )  # fmt: skip


def _preview_row(row: PreviewRow) -> dict[str, object]:
    notes = [row.basis]
    if row.word == "replaces":
        notes.append(f"instead of: {row.before}")
    if row.place is not None and row.who is None:
        notes.append("its file is opened; screened with the next run")
    if row.lapses:
        what = "due again at once" if row.place is not None else "they take no part"
        notes.append(f"overdue: {what} until our committee decides")
    place = row.place
    about = _holder(row.who) if row.who else {"name": place.dba_name or place.legal_name, "url": ""}
    return {
        **about,
        "line": row.line_no,
        "word": row.word,
        "outcome": OUTCOMES[row.decision.outcome],
        "committee": row.decision.committee,
        "decided": row.decision.decided_date,
        "due": row.decision.next_due_date,
        "note": "; ".join(filter(None, notes)),
    }


def _refused(found: Preview) -> Listing:
    rows = [{"line": row.line_no, "reason": row.reason} for row in found.refused]
    return list_rows(rows, REFUSED_COLUMNS, {}, caption="Lines left out", page_size=SHOWN_LINES)
