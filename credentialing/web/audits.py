"""Audits on pages: draw a sample, look at its files, take its packet; auditors see theirs only."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.audits import ask_packet, draw_sample, mark_file
from credentialing.models import AuditMark, AuditPacket, AuditSample, SampledFile
from credentialing.queries.audits import (
    elements_of,
    marked_sheet,
    newest_marks,
    sampled_file,
    samples,
    worksheet_of,
)
from credentialing.rules.audit_samples import INTEGRITY_CITATION, SAMPLE_CITATION, FactorResult
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
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
from ipaportal.identity.web.fields import day_input
from ipaportal.identity.web.stored import made_file, stored_file

VIEW = "credentialing.view_samples"
DRAW = "credentialing.draw_sample"
MARK = "credentialing.mark_samples"
SAMPLES = (
    Column("name", "Sample", "link", sort="pk"),
    Column("for", "For"),
    Column("start", "Decided from", "day", sort="first_date"),
    Column("end", "Until", "day", sort="last_date"),
    Column("seed", "Seed"),
    Column("drawn", "Drawn", "day", sort="drawn_at"),
    Column("who", "Drawn by", minor=True),
)
FILES = (
    Column("place", "Place", "count"),
    Column("name", "Practitioner", "link"),
    Column("npi", "NPI"),
    Column("cycle", "Cycle"),
    Column("decided", "Decided on"),
    Column("outcome", "Outcome"),
    Column("fails", "Elements that fail", "count"),
)
FACTORS = (
    Column("factor", "Element"),
    Column("reviewed", "Judged", "count"),
    Column("passed", "Passed", "count"),
    Column("percent", "Share %", "count"),
    Column("needed", "Files needed", "count"),
    Column("end", "So far"),
    Column("auditor", "Marked by auditors"),
)
GRID = (
    Column("element", "Element"),
    Column("passes", "Passes"),
    Column("mark", "Auditor's mark", wide=True),
    Column("source", "Source"),
    Column("performed", "Performed"),
    Column("holds_until", "Held until"),
    Column("reviewer", "Reviewed by", minor=True),
    Column("result", "Result", wide=True),
    Column("rule", "Rule of the day", wide=True),
    Column("why", "Why not", wide=True),
)


class Draw(forms.Form):
    """What is drawn from, and by which seed."""

    payer = forms.ModelChoiceField(
        Party.objects.none(),
        label="For the review of a plan",
        required=False,
        help_text="Empty draws the IPA's own yearly audit of information integrity, from files in "
        "which something was changed after it was recorded.",
    )
    first_date = forms.DateField(label="Decided from", widget=day_input())
    last_date = forms.DateField(label="Until", widget=day_input())
    seed = forms.CharField(
        label="Seed",
        max_length=40,
        required=False,
        help_text="The auditor's, if they name one; empty makes one up. It is recorded either way.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        payers = Party.objects.filter(kind=Party.Kind.PAYER).order_by("name")
        self.fields["payer"].queryset = payers

    def clean(self) -> dict[str, object]:
        data = super().clean()
        first, last = data.get("first_date"), data.get("last_date")
        if first and last and last < first:
            self.add_error("last_date", "This is before the first day.")
        return data


class Mark(forms.Form):
    """What an auditor found of one element."""

    element = forms.ChoiceField(label="Element")
    passes = forms.TypedChoiceField(
        label="You find it",
        choices=[("yes", "passes"), ("no", "fails")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="In words", max_length=500, required=False, help_text="Needed where it fails."
    )

    def __init__(self, *args: object, elements: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["element"].choices = [(name, name) for name in elements]


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("File audits", reverse("credentialing:sample_list")), *more]


def _sample(request: PortalRequest, sample_id: int) -> AuditSample:
    found = samples(actor=request.actor).filter(pk=sample_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def sample_list(request: PortalRequest) -> HttpResponse:
    """Samples: every one for staff, the plan's for its auditor."""
    found = samples(actor=request.actor)
    if wants_file(request):
        return as_file(request, SAMPLES, map(_row, found), "samples")
    may_draw = request.actor.may(DRAW)
    listing = list_rows(
        found,
        SAMPLES,
        request.GET,
        caption="Samples",
        empty=Empty(
            "No sample was drawn yet",
            "A sample is drawn by a seed from every decision of a time, so that anybody can draw "
            "it again and find the same files.",
            "Draw a sample" if may_draw else "",
            reverse("credentialing:sample_new"),
        ),
        **export_urls(request),
    )
    rows = [_row(row) for row in listing.rows]
    context = {"listing": Listing(**{**vars(listing), "rows": rows}), "may_draw": may_draw}
    return render(request, "credentialing/staff/sample_list.html", context)


def _row(row: AuditSample) -> dict[str, object]:
    return {
        "name": f"Sample {row.pk}",
        "for": row.payer_party.name if row.payer_party else "information integrity",
        "start": row.first_date,
        "end": row.last_date,
        "seed": row.seed,
        "drawn": timezone.localdate(row.drawn_at),
        "who": row.drawn_by_name,
        "url": reverse("credentialing:sample_detail", args=[row.pk]),
    }


@requires(DRAW)
def sample_new(request: PortalRequest) -> HttpResponse:
    """Draw a sample."""
    form = Draw(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        payer = data.pop("payer")
        try:
            sample = draw_sample(
                actor=request.actor,
                payer_party_id=payer.pk if payer else None,
                now=timezone.now(),
                **data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Drawn. The seed and the universe are kept with it.")
            return redirect("credentialing:sample_detail", sample.pk)
    context = {
        "form": form,
        "citations": (SAMPLE_CITATION, INTEGRITY_CITATION),
        "crumbs": _crumbs(("Draw", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/sample_new.html", context, status=status)


@requires(VIEW)
def sample_detail(request: PortalRequest, sample_id: int) -> HttpResponse:
    """A sample: its files in the order drawn, and the worksheet over them."""
    sample = _sample(request, sample_id)
    files = list(sample.files.all())
    lists = {
        "worksheet": _worksheet(request, files),
        "files": _list(request, "files", [_file(one) for one in files], FILES, "Files"),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    packet = getattr(sample, "packet", None)
    size = len(sample.population.splitlines())
    context = {
        "sample": sample,
        "packet": packet,
        "is_done": packet is not None and packet.state == AuditPacket.State.DONE,
        "facts": [
            FactItem("Decided from", sample.first_date, "day"),
            FactItem("Until", sample.last_date, "day"),
            FactItem("Universe", size, "count"),
            FactItem("Files", len(files), "count"),
            FactItem("Seed", sample.seed),
            FactItem("SHA-256 of the universe", sample.population_sha256[:16] + "…"),
        ],
        **lists,
        "citation": SAMPLE_CITATION if sample.payer_party_id else INTEGRITY_CITATION,
        "may_draw": request.actor.may(DRAW),
        "crumbs": _crumbs((f"Sample {sample.pk}", "")),
    }
    return render(request, "credentialing/staff/sample_detail.html", context)


def _list(request: PortalRequest, of: str, rows: list, columns: tuple, caption: str) -> Listing:
    params, size = request.GET, page_size(request, of, 100)
    urls = export_urls(request, of) if rows else {}
    return list_rows(rows, columns, params, caption=caption, page_size=size, **urls)


def _file(row: SampledFile) -> dict[str, object]:
    head = dict(row.cover["head"])
    return {
        "place": row.place,
        "name": head["Practitioner"],
        "npi": head["NPI"],
        "cycle": head["Cycle"],
        "decided": head["Decided on"],
        "outcome": head["Outcome"],
        "fails": sum(one["passes"] != "yes" for one in row.cover["rows"]),
        "url": reverse("credentialing:sampled_file", args=[row.pk]),
    }


def _worksheet(request: PortalRequest, files: list[SampledFile]) -> Listing:
    marked = marked_sheet(files)
    rows = [
        {
            "factor": name,
            "auditor": _found(marked.get(name)),
            "reviewed": result.reviewed,
            "passed": result.passed,
            "percent": result.percent,
            "needed": result.needed,
            "end": "passes" if result.passed == result.needed else "a file fails: all are judged",
        }
        for name, result in worksheet_of(files)
    ]
    return _list(request, "worksheet", rows, FACTORS, "Worksheet")


def _found(result: FactorResult | None) -> str:
    return f"{result.passed} of {result.reviewed} pass" if result is not None else ""


@requires(VIEW)
def sampled_file_detail(request: PortalRequest, sampled_file_id: int) -> HttpResponse:
    """The cover grid of one file, as it was when the sample was drawn."""
    return _sampled(request, sampled_file_id)


@require_POST
@requires(MARK)
def sample_mark(request: PortalRequest, sampled_file_id: int) -> HttpResponse:
    """Mark what I found of one element of a file."""
    try:
        row = sampled_file(actor=request.actor, file_id=sampled_file_id)
    except SampledFile.DoesNotExist as missing:
        raise Http404 from missing
    form = Mark(request.POST, elements=elements_of(row))
    if form.is_valid():
        try:
            mark_file(actor=request.actor, file_id=row.pk, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Marked, in your name.")
            return redirect("credentialing:sampled_file", row.pk)
    return _sampled(request, row.pk, mark_form=form)


def _sampled(request: PortalRequest, sampled_file_id: int, **bound: object) -> HttpResponse:
    try:
        row = sampled_file(actor=request.actor, file_id=sampled_file_id)
    except SampledFile.DoesNotExist as missing:
        raise Http404 from missing
    marks = newest_marks([row])
    rows = [
        {**one, "mark": _mark_words(marks.get((row.pk, one["element"].partition(":")[0])))}
        for one in row.cover["rows"]
    ]
    grid = _list(request, "grid", rows, GRID, "Cover grid")
    if (file := one_as_file(request, {"grid": grid})) is not None:
        return file
    here = f"Sample {row.sample_id}", reverse("credentialing:sample_detail", args=[row.sample_id])
    context = {
        "title": dict(row.cover["head"])["Practitioner"],
        "place": row.place,
        "drawn": day_text(timezone.localdate(row.sample.drawn_at)),
        "facts": [FactItem(label, value or "not on file") for label, value in row.cover["head"]],
        "listing": grid,
        "row": row,
        "may_mark": request.actor.may(MARK),
        "mark_form": Mark(elements=elements_of(row)),
        "crumbs": _crumbs(here, (f"File {row.place}", "")),
        **bound,
    }
    status = 422 if bound else 200
    return render(request, "credentialing/staff/sampled_file.html", context, status=status)


def _mark_words(mark: AuditMark | None) -> str:
    if mark is None:
        return ""
    word = "passes" if mark.passes else "fails"
    return f"{word}, {mark.marked_by_name}" + (f": {mark.text}" if mark.text else "")


@requires(VIEW)
def sample_population(request: PortalRequest, sample_id: int) -> HttpResponse:
    """The universe a sample was drawn from, to draw it again."""
    sample = _sample(request, sample_id)
    name = f"population-{sample.pk}.tsv"
    return made_file(sample.population + "\n", name, "text/tab-separated-values")


@require_POST
@requires(DRAW)
def packet_ask(request: PortalRequest, sample_id: int) -> HttpResponse:
    """Have the packet of a sample written."""
    sample = _sample(request, sample_id)
    try:
        ask_packet(actor=request.actor, sample_id=sample.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is being written, one file after the other.")
    return redirect("credentialing:sample_detail", sample.pk)


@requires(VIEW)
def packet_file(request: PortalRequest, sample_id: int) -> HttpResponseBase:
    """The packet, once it is written."""
    packet = getattr(_sample(request, sample_id), "packet", None)
    if packet is None or packet.state != AuditPacket.State.DONE:
        raise Http404
    return stored_file(packet.sha256, f"packet-{sample_id}.zip", "application/zip")
