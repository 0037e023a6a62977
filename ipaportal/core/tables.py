"""Lists come as CSV, packed, or as spreadsheets: all come out as rows of text under headers."""

import contextlib
import io
import itertools
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ipaportal.core.archives import ArchiveRefused, Kind, gunzip, sniff, unzip
from ipaportal.core.csvfiles import CsvReader, header_key

PREAMBLE = 20
# An honest sheet of a million short cells; more is no list of people.
MAX_CELLS = 8_000_000
# What the reader of spreadsheets raises at one that is damaged or was made to hurt.
UNREADABLE = (
    *(ArchiveRefused, InvalidFileException, zipfile.BadZipFile, ParseError, OSError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `cells` by the comparable form of their header."""

    line_no: int
    cells: dict[str, str]

    def get(self, *keys: str) -> str:
        """The first of some columns that is filled."""
        return next((self.cells[key] for key in keys if self.cells.get(key)), "")


@dataclass
class Table:
    """Headers at once, rows as they are read, problems (line, code, words) when it is done."""

    headers: tuple[str, ...] = ()
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    rows: Iterable[Row] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The comparable forms of the headers."""
        return frozenset(header_key(header) for header in self.headers)


def read_table(data: bytes, *, expected: Collection[str] = ()) -> Table:
    """Open a list, whatever it is packed in; `expected` headers tell the header from a preamble."""
    table = Table()
    try:
        data = _unpacked(data, table)
    except ArchiveRefused as refused:
        table.problems.append(("file", "archive", f"The file cannot be unpacked: {refused.reason}"))
        return table
    if table.problems:
        return table
    if sniff(data) == Kind.ZIP:
        return _sheet(data, table, {header_key(name) for name in expected})
    return _csv(data, table, expected)


def _unpacked(data: bytes, table: Table) -> bytes:
    kind = sniff(data)
    if kind == Kind.GZIP:
        data = gunzip(data)
        kind = sniff(data)
    if kind == Kind.ZIP and not _is_sheet(data):
        files = [one for one in unzip(data) if not one[0].rpartition("/")[2].startswith(".")]
        if len(files) != 1:
            words = f"The archive holds {len(files)} files; a list is one file."
            table.problems.append(("file", "archive", words))
            return b""
        data = files[0][1]
        kind = sniff(data)
    words = {
        Kind.EMPTY: "The file is empty.",
        Kind.PDF: "The file is a PDF. Ask the publisher for the list as CSV or as a spreadsheet.",
        Kind.BINARY: "The file is binary, and no list that is read here.",
    }.get(kind)
    if words:
        table.problems.append(("file", str(kind), words))
    return data


def _is_sheet(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _csv(data: bytes, table: Table, expected: Collection[str]) -> Table:
    reader = CsvReader(data, expected=expected)
    keys = [header_key(header) for header in reader.headers]
    table.headers = reader.headers
    if not reader.headers:
        table.problems += [(f"line {p.line_no}", p.code, p.message) for p in reader.problems]
        return table

    def rows() -> Iterator[Row]:
        for row in reader:
            cells = (cell.strip() for cell in row.cells)
            yield Row(row.line_no, dict(zip(keys, cells, strict=False)))
        table.problems += [(f"line {p.line_no}", p.code, p.message) for p in reader.problems]

    table.rows = rows()
    return table


def _sheet(data: bytes, table: Table, expected: set[str]) -> Table:
    number, heads = 0, ()
    try:
        for name, part in unzip(data):  # a bomb is found here, before the sheet is opened
            if name.endswith((".xml", ".rels")):
                _refuse_definitions(part)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        lines = book.worksheets[0].iter_rows(values_only=True)
        for line in itertools.islice(lines, PREAMBLE):
            number += 1
            cells = tuple(_text(cell) for cell in line)
            if any(cells) and (not expected or expected & {header_key(cell) for cell in cells}):
                heads = cells
                break
    except UNREADABLE as failure:
        table.problems.append(_unreadable(failure))
        return table
    table.headers = heads
    table.rows = _rows(lines, heads, number + 1, table) if heads else iter(())
    return table


def _rows(
    lines: Iterator[tuple], heads: tuple[str, ...], first: int, table: Table
) -> Iterator[Row]:
    keys = [header_key(head) for head in heads]
    seen = 0
    try:
        for line_no, line in enumerate(lines, start=first):
            cells = [_text(cell) for cell in line]
            seen += len(cells)
            if seen > MAX_CELLS:
                table.problems.append((f"row {line_no}", "too_large", "The sheet has no end."))
                return
            if any(cells):
                yield Row(line_no, dict(zip(keys, cells, strict=False)))
    except UNREADABLE as failure:
        table.problems.append(_unreadable(failure))


def _unreadable(failure: Exception) -> tuple[str, str, str]:
    words = f"The spreadsheet cannot be read ({type(failure).__name__})."
    return ("file", "spreadsheet", words)


def _refuse_definitions(part: bytes) -> None:
    """
    Refuse XML that defines entities or names a definition elsewhere; no spreadsheet needs one.

    :raises ValueError: at a document type; other faults are left to the reader
    """
    found = []
    parser = expat.ParserCreate()

    def stop(*_: object) -> None:
        raise StopIteration

    def define(*_: object) -> None:
        found.append(True)
        raise StopIteration

    # A document type stands before the first element, so that no more than that is read.
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = stop, define
    with contextlib.suppress(StopIteration, expat.ExpatError):
        parser.Parse(part, True)
    if found:
        raise ValueError("a document type")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
