"""The watched folder: what was taken from it, what was refused and why."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from capitation.models import InboxFile
from capitation.queries.inbox import inbox_files, watched_folders
from ipaportal.core.parts import Chip, Column, Empty, list_rows
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("name", "File", "link"),
    Column("folder", "Folder"),
    Column("state", "State", "status"),
    Column("reason", "Why", wide=True),
    Column("size", "Bytes", "count"),
    Column("seen", "First seen", "day"),
    Column("moved_to", "Lies now in", wide=True, minor=True),
)


@requires("capitation.view_files")
def inbox_list(request: PortalRequest) -> HttpResponse:
    """Every file that lay in the watched folder."""
    status, text = request.GET.get("status", ""), request.GET.get("q", "").strip()
    status = status if status in InboxFile.Status.values else ""
    found = inbox_files(actor=request.actor, status=status)
    found = found.filter(name__icontains=text) if text else found
    if wants_file(request):
        return as_file(request, COLUMNS, [_row(file) for file in found], "watched-folder")
    listing = list_rows(
        found,
        COLUMNS,
        request.GET,
        caption="Watched folder",
        chips=[
            Chip("status", "", "All"),
            *[Chip("status", code, word.capitalize()) for code, word in InboxFile.Status.choices],
        ],
        empty=Empty("Nothing lay in it", "What a plan puts into its folder is received by itself."),
        **export_urls(request),
    )
    rows = [_row(file) for file in listing.rows]
    context = {
        "listing": type(listing)(**{**vars(listing), "rows": rows}),
        "folders": watched_folders(),
        "seconds": settings.INBOX_STABLE_SECONDS,
        "crumbs": [("Plan files", reverse("capitation:file_list")), ("Watched folder", "")],
    }
    return render(request, "capitation/staff/inbox_list.html", context)


def _row(file: InboxFile) -> dict[str, object]:
    url = ""
    if file.plan_file_id:
        url = reverse("capitation:file_detail", args=[file.plan_file_id])
    elif file.return_file_id:
        url = reverse("capitation:return_file_detail", args=[file.return_file_id])
    return {
        "name": file.name,
        "folder": file.folder,
        "state": file.get_status_display(),
        "reason": file.reason,
        "size": file.size,
        "seen": file.first_seen_at,
        "moved_to": file.moved_to,
        "url": url,
    }
