"""Universes: layouts as versioned data, and what is wrong with one before it is sent."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

VERIFY = "verify against the plan's template"
SOURCE = (
    "CMS-10717 (ODAG) by name; columns from own knowledge, unverified: " + VERIFY
)  # the protocol's tables could not be read
NAMES = {
    "OD": "Organization determinations",
    "RECON": "Reconsiderations",
    "PYMT_C": "Payment requests",
    "EFF_C": "Effectuations of overturned decisions",
    "GRV_C": "Grievances",
    "plain": "Any list: its first column names each row",
}
PLAIN = "plain"
MOST = 500
MOST_KEY = 100
NOT_APPLICABLE = "NA"
MEMBER = re.compile(r"(member|enrollee)[ _]?(id|number|no)\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column: what stands in it, and what it may not be before."""

    name: str
    kind: str  # id, member, text, date, money, or "code A B"
    is_needed: bool = False
    not_before: str = ""
    is_period: bool = False


@dataclass(frozen=True)
class Layout:
    """The columns of one table in one version, from a day on."""

    code: str
    version: str
    from_date: date
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """The column that names a row."""
        return next(one.name for one in self.columns if one.kind == "id")


@dataclass(frozen=True)
class Problem:
    """What would make a submission invalid: which line and column, and why."""

    line: int
    column: str
    words: str


@dataclass(frozen=True)
class Row:
    """One line of a universe by its columns."""

    line: int
    values: Mapping[str, str]


def _read() -> list[Layout]:
    with (Path(__file__).parent / "universe_layouts.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file))
    found: dict[tuple[str, str, date], list[Column]] = {}
    for row in rows:
        key = row["layout"], row["version"], date.fromisoformat(row["effective_date"])
        column = Column(
            row["column"],
            row["kind"],
            row["needed"] == "yes",
            row["not_before"],
            row["role"] == "period",
        )
        found.setdefault(key, []).append(column)
    return [Layout(*key, tuple(columns)) for key, columns in found.items()]


LAYOUTS = _read()


def layout_on(code: str, day: date) -> Layout | None:
    """The version of a layout in force on a day; None for a plain list, or before the first."""
    of_code = [one for one in LAYOUTS if one.code == code and one.from_date <= day]
    return max(of_code, key=lambda one: one.from_date, default=None)


def member_column(headers: Sequence[str]) -> str:
    """The column that names members, if one does."""
    return next((name for name in headers if MEMBER.fullmatch(name.strip())), "")


def problems_of(
    layout: Layout | None,
    headers: Sequence[str],
    rows: Sequence[Row],
    first: date,
    last: date,
) -> list[Problem]:
    """
    What makes it an invalid data submission, in the order of its lines; at most a few hundred.

    Decisions of a layout with a period have to lie within it.
    """
    if not headers:
        return [Problem(1, "", "the file has no columns")]
    if not rows:
        return [Problem(1, "", "no line follows the columns")]
    found = list(_of_headers(layout, headers))
    if not any("missing" in one.words for one in found):
        found += _of_keys(layout.key if layout else headers[0], rows)
        for row in rows if layout else ():
            found += _of_row(layout, row, first, last)
    return sorted(found, key=lambda one: one.line)[:MOST]


def _of_headers(layout: Layout | None, headers: Sequence[str]) -> Iterator[Problem]:
    for name in sorted({name for name in headers if name and headers.count(name) > 1}):
        yield Problem(1, name, "stands there twice")
    if layout is None:
        return
    wanted = [one.name for one in layout.columns]
    for name in wanted:
        if name not in headers:
            yield Problem(1, name, "is missing")
    for name in headers:
        if name not in wanted:
            yield Problem(1, name, f"is no column of {layout.code} {layout.version}")


def _of_keys(key: str, rows: Sequence[Row]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for row in rows:
        value = row.values[key].strip()
        if not value:
            yield Problem(row.line, key, "is empty: nothing names this line")
        elif len(value) > MOST_KEY or not value.isprintable():
            yield Problem(row.line, key, f"is no name of one line and {MOST_KEY} signs")
        elif value in seen:
            yield Problem(row.line, key, f"was named before, on line {seen[value]}")
        else:
            seen[value] = row.line


def _of_row(layout: Layout, row: Row, first: date, last: date) -> Iterator[Problem]:
    days = {}
    for column in layout.columns:
        value = row.values[column.name].strip()
        if value in ("", NOT_APPLICABLE):
            if column.is_needed and column.kind != "id":
                yield Problem(row.line, column.name, "is needed")
            continue
        if words := _wrong(column, value):
            yield Problem(row.line, column.name, words)
        elif column.kind == "date":
            days[column.name] = day = _day(value)
            if column.is_period and not first <= day <= last:
                yield Problem(row.line, column.name, f"lies outside {first} to {last}")
    for column in layout.columns:
        before = days.get(column.not_before)
        if before and column.name in days and days[column.name] < before:
            yield Problem(row.line, column.name, f"lies before “{column.not_before}”")


def _wrong(column: Column, value: str) -> str:
    if column.kind == "date" and _day(value) is None:
        return "is no day as CCYY/MM/DD"
    if column.kind == "money" and not _is_money(value):
        return "is no amount such as 1234.56"
    if column.kind.startswith("code "):
        allowed = column.kind.split()[1:]
        if value not in allowed:
            return f"is none of {', '.join(allowed)}"
    return ""


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return None


def _is_money(value: str) -> bool:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount.as_tuple().exponent >= -2
