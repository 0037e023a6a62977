"""Records of EHRs as staff see them: where they come from, files with their faults, one line."""

import json
from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.health_records import FROM, add_source, receive_records
from compliance.formats.care_documents import looks_like_document
from compliance.models import HealthFile, HealthPatient, HealthRecord, HealthSource
from compliance.queries.health_records import (
    VIEW,
    counts_now,
    health_files,
    health_patients,
    health_records,
    line_of,
    sources,
    state_counts,
    versions_of,
)
from compliance.rules.health_records import WAITING, State
from compliance.web.health_links import link_parts
from compliance.web.health_parts import crumbs
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.models import Party
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

TAKE = "compliance.take_health_records"
SOURCES = (
    Column("name", "EHR or plan", "link"),
    Column("party", "Of"),
    Column("records", "Records that count", "count"),
    Column("patients", "Patients", "count"),
    Column("matched", "Matched", "count"),
    Column("waiting", "Wait for a look", "count"),
    Column("last", "Last file", "day"),
)
FILES = (
    Column("file_name", "File", "link", sort="file_name"),
    Column("received", "Received", "day", sort="received"),
    Column("source", "From", sort="source"),
    Column("state", "State", "status", sort="state"),
    Column("lines", "Resources", "count", sort="lines"),
    Column("added", "New", "count", sort="added"),
    Column("changed", "Changed", "count", sort="changed"),
    Column("known", "Known", "count", sort="known"),
    Column("older", "Older", "count", sort="older"),
)
COUNTS = (Column("kind", "Type", "link"), Column("count", "Resources", "count"))
PROBLEMS = (Column("where", "Where"), Column("message", "What is wrong", wide=True))
VERSIONS = (
    Column("received", "Received", "day"),
    Column("file", "File", "link"),
    Column("line_no", "Line", "count"),
    Column("version", "Version"),
    Column("state", "State"),
)
NO_FILE = Empty(
    "No file yet",
    "An EHR, or a plan, exports what it holds of patients as NDJSON of FHIR R4: one resource a "
    "line. Take a file in, and see what counts, whose it is, and what waits for somebody.",
)


class NewSource(forms.Form):
    """An EHR or plan that records come from."""

    party = forms.ModelChoiceField(Party.objects.none(), label="Whose")
    name = forms.CharField(
        max_length=100, label="Name", help_text="The product or the server: “Bell Clinic's EHR”."
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = Party.objects.filter(kind__in=FROM).order_by("name")


class NewRecords(forms.Form):
    """A file of records and where it comes from."""

    source = forms.ModelChoiceField(HealthSource.objects.none(), label="Where it comes from")
    file = forms.FileField(
        label="The file", help_text="NDJSON: one resource of FHIR R4 a line; or a C-CDA document"
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = HealthSource.objects.select_related("party")


@requires(VIEW)
def record_list(request: PortalRequest) -> HttpResponseBase:
    """Where records come from, and every file of them."""
    rows = [file_row(one) for one in health_files(request.actor)]
    rows = matching(rows, request.GET.get("q", ""), "file_name", "source", "party")
    if wants_file(request):
        return as_file(request, FILES, rows, "health-files")
    waiting = state_counts(health_patients(request.actor).filter(state__in=WAITING))
    context = {
        "listing": list_rows(
            rows, FILES, request.GET, caption="Files", default_sort="", empty=NO_FILE,
            **export_urls(request),
        ),
        "sources": list_rows(
            _source_rows(request), SOURCES, {}, caption="Where they come from", page_size=1000,
            empty=Empty("No source yet", "Name an EHR or a plan first: ids of its patients and "
                        "resources are its own, and never mixed with another's."),
        ),
        "waiting": plural(sum(waiting.values()), "patient"),
        "may_take": request.actor.may(TAKE),
        "crumbs": crumbs(),
    }  # fmt: skip
    return render(request, "compliance/health_records.html", context)


def _source_rows(request: PortalRequest) -> list[dict[str, object]]:
    found = list(sources(request.actor))
    counts = counts_now([one.pk for one in found])
    states: dict[int, dict[str, int]] = {}
    for source_id, state in health_patients(request.actor).values_list("source_id", "state"):
        mine = states.setdefault(source_id, {})
        mine[state] = mine.get(state, 0) + 1
    last = dict(health_files(request.actor).order_by("pk").values_list("source_id", "received_at"))
    return [
        {
            "name": one.name, "party": one.party.name, "records": counts[one.pk].total(),
            "patients": sum(states.get(one.pk, {}).values()),
            "matched": states.get(one.pk, {}).get(State.MATCHED, 0),
            "waiting": sum(states.get(one.pk, {}).get(state, 0) for state in WAITING),
            "last": timezone.localdate(last[one.pk]) if one.pk in last else None,
            "url": reverse("compliance:health_source_detail", args=[one.pk]),
        }
        for one in found
    ]  # fmt: skip


def file_row(one: HealthFile) -> dict[str, object]:
    """A file in a list."""
    return {
        "file_name": one.file_name, "received": timezone.localdate(one.received_at),
        "source": one.source.name, "party": one.source.party.name,
        "state": one.get_status_display(), "lines": one.lines,
        "added": one.added, "changed": one.changed, "known": one.known, "older": one.older,
        "url": reverse("compliance:health_file_detail", args=[one.pk]),
    }  # fmt: skip


@requires(TAKE)
def source_new(request: PortalRequest) -> HttpResponse:
    """Name an EHR or plan that records come from."""
    form = NewSource(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_source(
                actor=request.actor, party_id=form.cleaned_data["party"].pk,
                name=form.cleaned_data["name"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Named. Its files can be taken in now.")
            return redirect("compliance:health_source_detail", made.pk)
    context = {
        "form": form, "title": "Name where records come from", "verb": "Name it",
        "back": reverse("compliance:health_record_list"), "crumbs": crumbs(("New source", "")),
        "note": "Ids of patients and resources are a source's own. The same name again, of the "
        "same practice or plan, would mix them: give each EHR one name, and keep it.",
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(VIEW)
def source_detail(request: PortalRequest, health_source_id: int) -> HttpResponse:
    """One source: what counts of it, whose it is, and its files."""
    source = get_object_or_404(sources(request.actor), pk=health_source_id)
    counts = counts_now([source.pk])[source.pk]
    patients = health_patients(request.actor).filter(source=source)
    states = state_counts(patients)
    people = reverse("compliance:health_patient_list")
    files = [file_row(one) for one in health_files(request.actor).filter(source=source)]
    context = {
        "source": source,
        "facts": [
            FactItem("Of", source.party.name),
            FactItem("Records that count", counts.total(), "count",
                     url=f"{reverse('compliance:health_resource_list')}?source={source.pk}"),
            FactItem("Patients", sum(states.values()), "count",
                     url=f"{people}?source={source.pk}&state=every"),
            FactItem("Matched", states.get(State.MATCHED, 0), "count",
                     url=f"{people}?source={source.pk}&state=matched"),
            FactItem("Wait for a look", sum(states.get(one, 0) for one in WAITING), "count",
                     url=f"{people}?source={source.pk}"),
            FactItem("Named by", source.recorded_by_name,
                     note=f"{timezone.localdate(source.recorded_at)}"),
        ],
        "counts": list_rows(_by_type(counts, f"source={source.pk}"), COUNTS, {},
                            caption="What counts, by type", page_size=1000,
                            empty=Empty("Nothing yet", "No file of this source was read.")),
        "listing": list_rows(files, FILES, request.GET, caption="Files", empty=NO_FILE),
        "may_take": request.actor.may(TAKE),
        "may_match": request.actor.may("compliance.match_health_records"),
        "crumbs": crumbs((source.name, "")),
    }  # fmt: skip
    return render(request, "compliance/health_source.html", context | link_parts(request, source))


@requires(TAKE)
@takes_file(LIST)
def file_new(request: PortalRequest) -> HttpResponse:
    """Take a file of records in."""
    given = request.GET.get("source", "")
    initial = {"source": given} if given.isdecimal() else None
    form = NewRecords(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = receive_records(
                actor=request.actor, source_id=form.cleaned_data["source"].pk, file_name=file.name,
                data=file.read(), now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Received. It is read within a minute.")
            return redirect("compliance:health_file_detail", made.pk)
    context = {
        "form": form, "files": True, "title": "Take health records in", "verb": "Take it in",
        "back": reverse("compliance:health_record_list"), "crumbs": crumbs(("Take in", "")),
        "note": "A file is taken whole or not at all: a line that is no resource, a repeated id or "
        "an end in the middle of a line refuses it, and is named. What was taken before is known "
        "again and not kept twice.",
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(VIEW)
def file_detail(request: PortalRequest, health_file_id: int) -> HttpResponse:
    """One file: what came in, what counts of it, and what is wrong."""
    file = get_object_or_404(health_files(request.actor), pk=health_file_id)
    problems = [dict(zip(("where", "code", "message"), one, strict=True)) for one in file.problems]
    counts = _by_type(file.counts, f"file={file.pk}" if file.added or file.changed else "")
    context = {
        "file": file,
        "facts": [
            FactItem("Resources in it", file.lines, "count"),
            FactItem("New", file.added, "count"),
            FactItem("Changed", file.changed, "count", note="newer than what was known"),
            FactItem("Known", file.known, "count", note="the very same, not kept twice"),
            FactItem("Older", file.older, "count", note="kept, and does not count"),
            FactItem("From", file.source.name, note=file.source.party.name,
                     url=reverse("compliance:health_source_detail", args=[file.source_id])),
            FactItem("Received by", file.received_by_name,
                     note=f"{timezone.localtime(file.received_at):%Y-%m-%d %H:%M}"),
            FactItem("SHA-256", f"{file.sha256[:16]}…", note=plural(file.size, "byte")),
        ],
        "problems": list_rows(problems, PROBLEMS, {}, caption="What is wrong", page_size=1000)
        if problems else None,
        "is_refused": file.status == HealthFile.Status.REFUSED,
        "waits": file.status == HealthFile.Status.WAITING,
        "counts": list_rows(counts, COUNTS, {}, caption="By type", page_size=1000,
                            empty=Empty("Not read yet", "It is read within a minute.")),
        "crumbs": crumbs((file.file_name, "")),
    }  # fmt: skip
    return render(request, "compliance/health_file.html", context)


@requires(VIEW)
@shows_members(AccessEvent.Kind.EXPORT)
def file_bytes(request: PortalRequest, health_file_id: int) -> HttpResponseBase:
    """The file as it came."""
    file = get_object_or_404(health_files(request.actor), pk=health_file_id)
    refs = file.records.exclude(patient_ref="").values("patient_ref")
    theirs = HealthPatient.objects.filter(source=file.source_id, ref__in=refs)
    declare_members(request, theirs.exclude(member=None).values_list("member_id", flat=True))
    return stored_file(file.sha256, file.file_name)


@requires(VIEW)
@shows_members()
def record_detail(request: PortalRequest, health_record_id: str) -> HttpResponse:
    """One version of one resource, down to the line that it came on."""
    one = get_object_or_404(health_records(request.actor), pk=health_record_id)
    patient = health_patients(request.actor).filter(source=one.source_id, ref=one.patient_ref)
    patient = patient.first() if one.patient_ref else None
    declare_members(request, [patient.member_id] if patient and patient.member_id else [])
    versions = [
        {"received": timezone.localdate(row.file.received_at), "file": row.file.file_name,
         "line_no": row.line_no, "version": row.version, "state": state_of(row),
         "url": reverse("compliance:health_record_detail", args=[row.pk])}
        for row in versions_of(one)
    ]  # fmt: skip
    context = {
        "one": one, "patient": patient, "facts": _record_facts(one),
        "body": _shown(line_of(one)),
        "versions": list_rows(versions, VERSIONS, {}, caption="Versions", page_size=1000),
        "crumbs": crumbs((one.source.name, reverse("compliance:health_source_detail",
                                                   args=[one.source_id])), (one.kind, "")),
    }  # fmt: skip
    return render(request, "compliance/health_record.html", context)


def _by_type(counts: Mapping[str, int], which: str) -> list[dict[str, object]]:
    """How many of each type, each of which opens onto them."""
    here = reverse("compliance:health_resource_list")
    return [
        {"kind": kind, "count": n, "url": f"{here}?{which}&kind={kind}" if which else ""}
        for kind, n in sorted(counts.items())
    ]


def _shown(line: bytes) -> str:
    """A resource for people to read; a document as it is."""
    if looks_like_document(line):
        return line.decode("utf-8", "replace")
    return json.dumps(json.loads(line), indent=2, ensure_ascii=False)


def state_of(row: HealthRecord) -> str:
    """Whether a version counts."""
    if row.gone_at is not None:
        return "deleted by its source"
    return "superseded" if row.superseded_at is not None else "counts"


def _record_facts(one: HealthRecord) -> list[FactItem]:
    return [
        FactItem("Came from", one.source.name, note=one.source.party.name),
        FactItem("In file", one.file.file_name, note=f"line {one.line_no}",
                 url=reverse("compliance:health_file_detail", args=[one.file_id])),
        FactItem("Received", timezone.localdate(one.file.received_at), "day",
                 note=f"by {one.file.received_by_name}"),
        FactItem("SHA-256 of the line", f"{one.line_sha256[:16]}…"),
        FactItem("Id of the source", one.ref or "none"),
        FactItem("Last updated there", one.updated_at and timezone.localdate(one.updated_at),
                 "day"),
        FactItem("Day", one.first_day, "day"),
        FactItem("Code", one.code or "none", note=one.code_system),
        FactItem("State", state_of(one)),
    ]  # fmt: skip
