"""What views hand to the parts of a page: plain values, so that any floor can make them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

PAGE_SIZE = 50
# Beyond so many rows a page in the far half is read from the list's end: what lies before a page
# costs as much as the page itself.
FAR = 1_000


@dataclass(frozen=True)
class Column:
    """One column: `key` is an attribute, dict key or dotted path of the row."""

    key: str
    head: str
    kind: str = (
        "text"  # text, link, act (a button), money, price, count, percent, days, day, month, status
    )
    sort: str = ""  # what to order by; empty means that the column cannot be sorted
    total: int | None = None  # shown at the foot, formatted like the column
    url: str = ""  # the row's attribute that holds the cell's address (kind link: the row's)
    opens_page: bool = False  # the cell's address is a page of its own, not for the drawer
    minor: bool = False  # left out on phones where rows become cards
    wide: bool = False  # prose: takes a line of its own on phones


@dataclass(frozen=True)
class Chip:
    """A filter: adds `param=value` to the address; an empty value takes it away."""

    param: str
    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True)
class Empty:
    """What an empty list teaches: what would stand here, why not, what to do."""

    title: str
    line: str = ""
    action: str = ""
    url: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a stepper."""

    name: str
    state: str = "wait"  # done, now, wait, blocked
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Moment:
    """One entry of a timeline."""

    at: date | datetime
    what: str
    who: str = ""
    note: str = ""
    tone: str = ""  # good, warm, bad
    url: str = ""


@dataclass(frozen=True)
class Change:
    """One field before and after."""

    field: str
    before: object
    after: object
    kind: str = "text"


@dataclass(frozen=True)
class FactItem:
    """One key fact."""

    label: str
    value: object
    kind: str = "text"
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """One tab: a link; with parts, a second row of them while it is current."""

    label: str
    url: str
    current: bool = False
    count: int | None = None
    tone: str = ""
    parts: tuple["Tab", ...] = ()


@dataclass(frozen=True)
class Explain:
    """One amount or fact and what it was made from, down to the plan's own file line."""

    what: str
    cents: int | None = None
    value: str = ""
    why: str = ""
    source: str = ""
    source_url: str = ""
    raw: str = ""  # the line of the plan's file
    parts: tuple["Explain", ...] = ()


@dataclass(frozen=True)
class Listing:
    """A page of rows with everything that the table part shows."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Any]
    total_count: int
    page: int = 1
    page_size: int = PAGE_SIZE
    sort: str = ""
    chips: Sequence[Chip] = ()
    active: Mapping[str, str] = field(default_factory=dict)
    empty: Empty = Empty("Nothing here yet")
    csv_url: str = ""
    xlsx_url: str = ""

    @property
    def first(self) -> int:
        """The number of the first row shown."""
        return (self.page - 1) * self.page_size + 1 if self.total_count else 0

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return min(self.page * self.page_size, self.total_count)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total_count // self.page_size))

    @property
    def previous(self) -> int | None:
        """The page before, if any."""
        return self.page - 1 if self.page > 1 else None

    @property
    def following(self) -> int | None:
        """The page after, if any."""
        return self.page + 1 if self.page < self.pages else None

    @property
    def has_totals(self) -> bool:
        """Whether a column has a total."""
        return any(column.total is not None for column in self.columns)


def value_of(row: Any, key: str) -> Any:
    """Read a dotted path of attributes and dict keys; a missing one is empty."""
    for name in key.split("."):
        row = row.get(name, "") if isinstance(row, Mapping) else getattr(row, name, "")
        row = row() if callable(row) else row
    return row


def matching(rows: Iterable[Any], text: str, *keys: str) -> list[Any]:
    """Those of some rows in which a word of one of the values begins with a text."""
    asked = text.strip().casefold()
    if not asked:
        return list(rows)
    values = ((row, (str(value_of(row, key)).casefold() for key in keys)) for row in rows)
    return [row for row, told in values if any(f" {asked}" in f" {one}" for one in told)]


def without_empty(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *names: str
) -> tuple[Column, ...]:
    """The columns without those of the named ones that no row fills: they take room from others."""
    told = list(rows)
    empty = {name for name in names if not any(row.get(name) for row in told)}
    return tuple(column for column in columns if column.key not in empty)


def list_rows(
    rows: Any,
    columns: Sequence[Column],
    params: Mapping[str, str],
    *,
    caption: str,
    default_sort: str = "",
    page_size: int = PAGE_SIZE,
    by_keys: Sequence[str] = (),
    **more: Any,
) -> Listing:
    """
    Sort and page a QuerySet or a list by the address's `sort` and `page` (request.GET).

    Of a long QuerySet that names its keys (the primary key first), a far page's keys are read
    first, from an index alone: passing over whole rows costs as much as showing them.
    """
    asked = params.get("sort", "")
    known = {column.key: column.sort for column in columns if column.sort}
    sort = asked if asked.removeprefix("-") in known else default_sort
    is_sorted = sort.removeprefix("-") in known
    if is_sorted:
        rows = _ordered(rows, known[sort.removeprefix("-")], descending=sort.startswith("-"))
    total = len(rows) if isinstance(rows, Sequence) else rows.count()
    pages = max(1, -(-total // page_size))
    page = min(max(1, _whole(params.get("page", "1"))), pages)
    # A page is asked for whole, also where it is the last: some rows are read with their count.
    start, end = (page - 1) * page_size, page * page_size
    # Lists need no such help, and rows that are read piece by piece cannot be turned round.
    is_far = is_sorted and start > max(FAR, total // 2) and isinstance(rows, QuerySet)
    cut = _from_the_end(total, start, end) if is_far else _from_the_start(start, end)
    if by_keys and start > FAR:
        rows = rows.filter(**_within(by_keys, cut(rows.values_list(*by_keys))))
        shown = list(rows)
    else:
        shown = cut(rows)
    return Listing(
        caption=caption,
        columns=columns,
        rows=shown,
        total_count=total,
        page=page,
        page_size=page_size,
        sort=sort,
        active={key: params.get(key, "") for key in params},
        **more,
    )


def _from_the_start(start: int, end: int) -> Callable[[Any], list[Any]]:
    return lambda rows: list(rows[start:end])


def _from_the_end(total: int, start: int, end: int) -> Callable[[QuerySet], list[Any]]:
    """Rows of a sorted QuerySet, read from its last one, in their order."""
    return lambda rows: list(reversed(rows.reverse()[max(0, total - end) : total - start]))


def _within(names: Sequence[str], keys: Sequence[tuple]) -> dict[str, object]:
    """What finds the rows of these keys: the first names each, the others say between what."""
    if not keys:
        return {f"{names[0]}__in": ()}
    values = dict(zip(names, zip(*keys, strict=True), strict=True))
    spans = {f"{name}__range": (min(values[name]), max(values[name])) for name in names[1:]}
    return {f"{names[0]}__in": values[names[0]], **spans}


def _ordered(rows: Any, key: str, *, descending: bool) -> Any:
    if isinstance(rows, Sequence):
        return sorted(rows, key=lambda row: _sortable(value_of(row, key)), reverse=descending)
    # The primary key last, so that equal rows keep their place from page to page.
    return rows.order_by(f"-{key}" if descending else key, "pk")


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value in (None, ""), value if value not in (None, "") else 0)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
