"""Resources by type, source and file: what a count is made of, each down to its line."""

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from compliance.models import HealthPatient, HealthRecord
from compliance.queries.health_records import VIEW, health_records
from compliance.web.health_parts import crumbs
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Column, Empty, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("ref", "Id of the source", "link", sort="ref"),
    Column("kind", "Type", sort="kind"),
    Column("first_day", "Day", "day", sort="first_day"),
    Column("code", "Code", sort="code"),
    Column("status", "Status", sort="status"),
    Column("source", "From"),
    Column("file", "File"),
    Column("line_no", "Line", "count"),
)


@requires(VIEW)
@shows_members()
def resource_list(request: PortalRequest) -> HttpResponseBase:
    """Resources that count, or all that a file brought anew."""
    rows = _found(request, health_records(request.actor))
    if wants_file(request):
        return as_file(request, COLUMNS, _shown(request, list(rows)), "health-resources")
    listing = list_rows(
        rows, COLUMNS, request.GET, caption="Resources", default_sort="-first_day",
        empty=Empty("No resource", "What a file held that was known already stands under the file "
                    "that brought it first. Look for another code, or take the filter away."),
        **export_urls(request),
    )  # fmt: skip
    listing.rows[:] = _shown(request, listing.rows)
    kind = request.GET.get("kind", "")
    context = {"listing": listing, "crumbs": crumbs((kind or "Resources", ""))}
    return render(request, "compliance/health_resources.html", context)


def _found(request: PortalRequest, rows: QuerySet[HealthRecord]) -> QuerySet[HealthRecord]:
    """What the address asks for: a file, a source, a type, a code or an id."""
    file, source = _number(request, "file"), _number(request, "source")
    rows = rows.filter(file=file) if file else rows.filter(superseded_at=None)
    rows = rows.filter(source=source) if source else rows
    if kind := request.GET.get("kind", "")[:64]:
        rows = rows.filter(kind=kind)
    if asked := request.GET.get("q", "").strip()[:64]:
        rows = rows.filter(Q(code=asked) | Q(ref=asked))
    return rows


def _number(request: PortalRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _shown(request: PortalRequest, rows: list[HealthRecord]) -> list[dict[str, object]]:
    refs = {one.patient_ref for one in rows} - {""}
    sources = {one.source_id for one in rows}
    theirs = HealthPatient.objects.filter(source__in=sources, ref__in=refs).exclude(member=None)
    declare_members(request, theirs.values_list("member_id", flat=True))
    return [
        {
            "ref": one.ref or "none", "kind": one.kind, "first_day": one.first_day,
            "code": one.code, "status": one.status, "source": one.source.name,
            "file": one.file.file_name, "line_no": one.line_no,
            "url": reverse("compliance:health_record_detail", args=[one.pk]),
        }
        for one in rows
    ]  # fmt: skip
