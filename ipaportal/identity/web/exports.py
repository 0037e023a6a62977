"""Lists as files: the columns that a page shows, every row of them."""

from collections.abc import Iterable, Mapping, Sequence
from tempfile import TemporaryFile

from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from ipaportal.core.exports import Column as Written
from ipaportal.core.exports import Value, csv_pieces, write_xlsx
from ipaportal.core.parts import PAGE_SIZE, Column, Listing, value_of
from ipaportal.identity.web.access import PortalRequest
from ipaportal.identity.web.searches import address_query

KINDS = ("csv", "xlsx")
EVERY_ROW = 1_000_000


def wants_file(request: PortalRequest) -> bool:
    """Whether the address asks for the list as a file."""
    return request.GET.get("export") in KINDS


def export_urls(request: PortalRequest, of: str = "") -> dict[str, str]:
    """Where this list is as a file, for `list_rows`; `of` names it on a page with several."""
    query = address_query(request)
    if of:
        query["list"] = of
    urls = {}
    for kind in KINDS:
        query["export"] = kind
        urls[f"{kind}_url"] = f"{request.path}?{query.urlencode()}"
    return urls


def page_size(request: PortalRequest, of: str, usual: int = PAGE_SIZE) -> int:
    """How many rows of one of a page's lists are read: all of them where it is asked as a file."""
    return EVERY_ROW if _asked(request) == of else usual


def exported(request: PortalRequest, of: str) -> dict[str, object]:
    """What `list_rows` needs for one of a page's lists to be a file as well."""
    return {"page_size": page_size(request, of), **export_urls(request, of)}


def one_as_file(request: PortalRequest, lists: Mapping[str, Listing]) -> HttpResponse | None:
    """The one of a page's lists that the address asks for as a file, if any."""
    listing = lists.get(_asked(request))
    return listing and as_file(request, listing.columns, listing.rows, _asked(request))


def _asked(request: PortalRequest) -> str:
    return request.GET.get("list", "") if wants_file(request) else ""


def as_file(
    request: PortalRequest, columns: Sequence[Column], rows: Iterable[object], name: str
) -> HttpResponse:
    """The rows under the page's columns, as CSV or as a spreadsheet."""
    heads = [Written(c.head.replace(" $", ""), c.kind == "money") for c in columns]
    cells = ([_plain(value_of(row, c.key)) for c in columns] for row in rows)
    if request.GET.get("export") == "xlsx":
        return xlsx_file(heads, cells, name, title=name.capitalize())
    return csv_file(heads, cells, name)


def csv_file(
    heads: Sequence[Written], cells: Iterable[Sequence[Value]], name: str
) -> StreamingHttpResponse:
    """Rows as a CSV that is sent while it is read."""
    answer = StreamingHttpResponse(csv_pieces(heads, cells), "text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def xlsx_file(
    heads: Sequence[Written], cells: Iterable[Sequence[Value]], name: str, *, title: str
) -> FileResponse:
    """Rows as a spreadsheet, written to a file that goes away with the answer."""
    file = TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    write_xlsx(file, heads, cells, title=title)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx")


def _plain(value: object) -> object:
    return None if value == "" else value
