"""The lines of a plan's file: of money, and those that wait for somebody; also as a file."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse

from capitation.models import PlanFile, RemittanceLine, UnmatchedRow
from capitation.queries.files import FilePage, file_lines
from ipaportal.audit.access import declare_members
from ipaportal.core.parts import Chip, Column, Empty, Listing, Tab, list_rows
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.exports import as_file, export_urls

LINES = (
    Column("line", "Line", "count", sort="line_no"),
    Column("ref", "Member", "link", sort="member_ref"),
    Column("name", "Name in the file"),
    Column("month", "For", "month", sort="coverage_month"),
    Column("amount", "Amount $", "money", sort="amount_cents"),
    Column("adjusted", "Adjusted $", "money", minor=True),
    Column("state", "Result", "status"),
    Column("raw", "As it stands in the file", minor=True),
)
WAITING = (
    Column("line", "Line", "count", sort="line_no"),
    Column("kind", "Kind", "link", sort="kind"),
    Column("reason", "Why it waits", wide=True),
    Column("raw", "As it stands in the file", minor=True),
)
CHUNK = 2000


def shows_waiting(request: PortalRequest, page: FilePage) -> bool:
    """Whether the rows that wait are shown, and not the lines of money."""
    return bool(page.unmatched) and (request.GET.get("tab") == "rows" or not page.lines)


def line_tabs(request: PortalRequest, page: FilePage) -> list[Tab]:
    """Lines of money and rows that wait, as far as there are any."""
    here, is_rows = request.path, shows_waiting(request, page)
    tabs = []
    if page.lines:
        tabs.append(Tab("Lines of money", f"{here}?tab=lines", not is_rows, page.lines))
    if page.unmatched:
        tabs.append(Tab("Rows that wait", f"{here}?tab=rows", is_rows, page.unmatched, "warm"))
    return tabs


def line_listing(request: PortalRequest, page: FilePage) -> Listing | None:
    """A page of the file's lines, searched, filtered and sorted."""
    if shows_waiting(request, page):
        found = _waiting(page.file)
        listing = list_rows(
            found, WAITING, request.GET, caption="Rows that wait", **export_urls(request)
        )
        declare_members(request, [row.member_id for row in listing.rows if row.member_id])
        rows = [_waiting_row(row) for row in listing.rows]
        return Listing(**{**vars(listing), "rows": rows})
    if not page.lines:
        return None
    listing = list_rows(
        _asked(request, page),
        LINES,
        request.GET,
        caption="Lines",
        chips=[
            Chip("state", "", "All", page.lines),
            Chip("state", "matched", "Matched", page.lines - page.waiting_lines),
            Chip("state", "waiting", "Waiting", page.waiting_lines),
        ],
        empty=Empty("No line", "No line of this file fits the search and the filter."),
        **export_urls(request),
    )
    declare_members(request, [line.receipt.member_id for line in listing.rows if line.is_matched])
    may_look = request.actor.may("capitation.view_members")
    rows = [_line_row(line, may_look=may_look) for line in listing.rows]
    return Listing(**{**vars(listing), "rows": rows})


def lines_file(request: PortalRequest, page: FilePage) -> HttpResponse:
    """Every line that the search and the filter find, as a file."""
    name = f"file-{page.file.pk}-lines"
    if shows_waiting(request, page):
        found = _waiting(page.file)
        declare_members(request, found.exclude(member=None).values_list("member_id", flat=True))
        return as_file(request, WAITING, (_waiting_row(row) for row in found), f"{name}-waiting")
    found = _asked(request, page)
    members = found.filter(is_matched=True).order_by().values_list("receipt__member_id", flat=True)
    declare_members(request, members.distinct())
    lines = found.iterator(chunk_size=CHUNK)
    return as_file(request, LINES, (_line_row(line, may_look=False) for line in lines), name)


def _asked(request: PortalRequest, page: FilePage) -> QuerySet[RemittanceLine]:
    asked, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    lines = file_lines(actor=request.actor, file_id=page.file.pk)
    if asked:
        lines = lines.filter(member_ref__startswith=asked)
    if state in ("matched", "waiting"):
        lines = lines.filter(is_matched=state == "matched")
    return lines


def _line_row(line: RemittanceLine, *, may_look: bool) -> dict[str, object]:
    url = ""
    if may_look and line.is_matched:
        url = reverse("capitation:member_detail", args=[line.receipt.member_id])
    elif may_look:
        url = reverse("capitation:worklists") + "?list=unknown"
    return {
        "line": line.line_no,
        "ref": line.member_ref,
        "name": f"{line.last_name}, {line.first_name}".strip(", "),
        "month": line.coverage_month,
        "amount": line.amount_cents,
        "adjusted": line.adjustment_cents or None,
        "state": "applied" if line.is_matched else "unmatched",
        # Of an 820's loop, the segment that holds the money.
        "raw": " ".join(line.raw[max(0, line.raw.find("RMR*")) :][:80].split()),
        "url": url,
    }


def _waiting(file: PlanFile) -> QuerySet[UnmatchedRow]:
    found = UnmatchedRow.objects.filter(file=file, resolved_at=None)
    return found.select_related("member").order_by("line_no", "pk")


def _waiting_row(row: UnmatchedRow) -> dict[str, object]:
    return {
        "line": row.line_no,
        "kind": row.get_kind_display(),
        "reason": row.reason,
        "raw": row.raw[:120],
        "url": reverse("capitation:worklists") + f"?list={row.kind}",
    }
