"""Links to servers of health records: as whom they are asked, and how far each import is."""

import json

from django import forms
from django.contrib import messages
from django.db.models import QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from compliance.actions.health_links import SCOPE, link_source, start_import, stop_import
from compliance.models import HealthJob, HealthLink, HealthSource
from compliance.queries.ehr import fhir_address
from compliance.queries.health_records import VIEW, sources
from compliance.rules.bulk_exports import Job
from compliance.web.health_parts import crumbs
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, is_fragment, requires
from ipaportal.identity.web.stored import made_file

LINK = "compliance.link_health_records"
JOBS = (
    Column("asked", "Asked for", "link"),
    Column("state", "State", "status"),
    Column("since", "Changed since"),
    Column("files", "Files", "count"),
    Column("held", "Resources", "count"),
    Column("problem", "Why", wide=True),
)
FILES = (
    Column("position", "File", "count"),
    Column("type", "Holds"),
    Column("count", "Said to hold", "count"),
    Column("held", "Holds", "count"),
    Column("added", "New", "count"),
    Column("changed", "Changed", "count"),
    Column("known", "Known", "count"),
    Column("name", "Became", "link"),
)


class NewLink(forms.Form):
    """How a source's server is asked."""

    base_url = forms.CharField(
        max_length=500, label="FHIR address",
        help_text="https, as the vendor publishes it: https://ehr.example/fhir/r4",
    )  # fmt: skip
    client_id = forms.CharField(max_length=200, label="Client id",
                                help_text="What the server calls this portal.")  # fmt: skip
    group = forms.RegexField(
        r"^[A-Za-z0-9\-.]{0,64}$", required=False, label="Group",
        help_text="Whose records: the id of a Group there. Empty: all of its patients.",
    )  # fmt: skip


def link_parts(request: PortalRequest, source: HealthSource) -> dict[str, object]:
    """What the page of a source shows of its link."""
    link = source.links.filter(superseded_at=None).first()
    jobs = _jobs().filter(link__source=source)
    live = next((one for one in jobs if one.is_live), None)
    return {
        "link": link, "live": live, "may_link": request.actor.may(LINK), "scope": SCOPE,
        "link_facts": [
            FactItem("Asked at", link.base_url),
            FactItem("As", link.client_id, note=f"scope {link.scope}"),
            FactItem("Whose", f"group {link.group}" if link.group else "all of its patients"),
            FactItem("Key", link.public_key["kid"], note="its secret part never leaves the portal"),
            FactItem("Linked by", link.recorded_by_name,
                     note=f"{timezone.localdate(link.recorded_at)}"),
        ] if link else [],
        "jobs": list_rows([_job_row(one) for one in jobs[:50]], JOBS, {}, caption="Imports",
                          empty=Empty("No import yet", "The first brings everything, each later "
                                      "one what changed since.")),
    }  # fmt: skip


def _jobs() -> QuerySet[HealthJob]:
    return HealthJob.objects.select_related("link__source").prefetch_related("files")


def _job_row(one: HealthJob) -> dict[str, object]:
    files = list(one.files.all())
    return {
        "asked": f"{timezone.localtime(one.asked_at):%Y-%m-%d %H:%M}", "state": one.state_words,
        "since": f"{timezone.localtime(one.since):%Y-%m-%d %H:%M}" if one.since else "everything",
        "files": len(files), "held": sum(row.held or 0 for row in files), "problem": one.problem,
        "url": reverse("compliance:health_job_detail", args=[one.pk]),
    }  # fmt: skip


@requires(LINK)
def link_new(request: PortalRequest, health_source_id: int) -> HttpResponse:
    """Link a source to its server, with a new key."""
    source = get_object_or_404(HealthSource.objects.select_related("party"), pk=health_source_id)
    form = NewLink(request.POST or None, initial={"base_url": fhir_address(source.party_id)})
    if request.method == "POST" and form.is_valid():
        try:
            link_source(actor=request.actor, source_id=source.pk, now=timezone.now(),
                        **form.cleaned_data)  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Linked. Give the server the public key, then import.")
            return redirect("compliance:health_source_detail", source.pk)
    here = reverse("compliance:health_source_detail", args=[source.pk])
    context = {
        "form": form, "title": f"Link {source.name} to its server", "verb": "Link it",
        "back": here, "crumbs": crumbs((source.name, here), ("Link", "")),
        "note": "The portal asks as SMART Backend Services does: it signs with a key that is made "
        "now and kept encrypted; the server knows its public part. It replaces an earlier link.",
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@require_safe
@requires(VIEW)
def link_keys(request: PortalRequest, health_source_id: int) -> HttpResponse:
    """The public key as servers take it: a JSON Web Key Set."""
    source = get_object_or_404(sources(request.actor), pk=health_source_id)
    link = get_object_or_404(HealthLink, source=source, superseded_at=None)
    keys = json.dumps({"keys": [link.public_key]}, indent=2)
    return made_file(keys, f"keys-{source.pk}.json", "application/json")


@require_POST
@requires(LINK)
def job_start(request: PortalRequest, health_source_id: int) -> HttpResponse:
    """Ask for what changed, or for everything anew."""
    source = get_object_or_404(HealthSource, pk=health_source_id)
    try:
        job = start_import(actor=request.actor, source_id=source.pk, now=timezone.now(),
                           anew="anew" in request.POST)  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("compliance:health_source_detail", source.pk)
    messages.success(request, "Asked for. It goes on by itself; this page says how far it is.")
    return redirect("compliance:health_job_detail", job.pk)


@require_POST
@requires(LINK)
def job_stop(request: PortalRequest, health_job_id: int) -> HttpResponse:
    """Stop an import."""
    job = get_object_or_404(HealthJob, pk=health_job_id)
    try:
        stop_import(actor=request.actor, job_id=job.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Stopped. What was loaded stays.")
    return redirect("compliance:health_job_detail", job.pk)


@requires(VIEW)
def job_detail(request: PortalRequest, health_job_id: int) -> HttpResponse:
    """How far an import is, file by file."""
    source_ids = sources(request.actor).values("pk")
    job = get_object_or_404(_jobs(), pk=health_job_id, link__source__in=source_ids)
    files = job.files.select_related("file")
    source, here = job.link.source, reverse("compliance:health_source_detail",
                                            args=[job.link.source_id])  # fmt: skip
    context = {
        "job": job, "done": files.exclude(loaded_at=None).count(), "total": files.count(),
        "facts": _facts(job), "listing": _files(job), "may_link": request.actor.may(LINK),
        "crumbs": crumbs((source.name, here), (f"Import {job.pk}", "")),
    }  # fmt: skip
    name = "_health_job.html" if is_fragment(request) else "health_job.html"
    return render(request, f"compliance/{name}", context)


def _facts(job: HealthJob) -> list[FactItem]:
    said = job.files.aggregate(said=Sum("count"), held=Sum("held"))
    return [
        FactItem("State", job.state_words, "status", note=job.progress),
        FactItem("Changed since", f"{timezone.localtime(job.since):%Y-%m-%d %H:%M}" if job.since
                 else "everything"),
        FactItem("As of", job.as_of and timezone.localdate(job.as_of), "day"),
        FactItem("Resources", said["held"] or 0, "count",
                 note=f"{said['said']:,} were said to come" if said["said"] is not None else ""),
        FactItem("Asked for by", job.asked_by_name,
                 note=f"{timezone.localtime(job.asked_at):%Y-%m-%d %H:%M}"),
        *([FactItem("Asked again at", f"{timezone.localtime(job.next_at):%H:%M:%S}",
                    note=f"{job.tries} failed in a row" if job.tries else "")]
          if job.is_live and job.state != Job.LOADING else []),
    ]  # fmt: skip


def _files(job: HealthJob) -> Listing:
    rows = [
        {
            "position": one.position, "type": one.type or one.kind, "count": one.count,
            "held": one.held, "name": one.file.file_name if one.file else "",
            "added": one.file.added if one.file else None,
            "changed": one.file.changed if one.file else None,
            "known": one.file.known if one.file else None,
            "url": reverse("compliance:health_file_detail", args=[one.file_id])
            if one.file_id else "",
        }
        for one in job.files.select_related("file")
    ]  # fmt: skip
    return list_rows(
        rows, FILES, {}, caption="Files", page_size=5_000,
        empty=Empty("No file yet", "The server says which there are when the export is ready."),
    )  # fmt: skip
