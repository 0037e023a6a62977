"""CSV and XLSX for people who open them in a spreadsheet: no text of ours becomes a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# What spreadsheets take for the beginning of a formula, full-width forms included (OWASP).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MONEY_FORMAT = "#,##0.00"
ROWS_PER_PIECE = 500

Value = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Column:
    """A column's head; `cents` marks whole cents that are written as a decimal amount."""

    head: str
    cents: bool = False


def csv_pieces(columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    """Yield a CSV in pieces, for a streaming response; the first line names the columns."""
    line = csv.writer(_Echo(), lineterminator="\r\n")
    yield "\ufeff" + line.writerow([safe_text(column.head) for column in columns])
    waiting: list[str] = []
    for row in rows:
        waiting.append(line.writerow([_csv_cell(*pair) for pair in zip(columns, row, strict=True)]))
        if len(waiting) == ROWS_PER_PIECE:
            yield "".join(waiting)
            waiting.clear()
    if waiting:
        yield "".join(waiting)


def write_xlsx(
    file: BinaryIO, columns: Sequence[Column], rows: Iterable[Sequence[Value]], title: str = "Data"
) -> None:
    """Write an XLSX row by row (memory stays flat); numbers stay numbers, text stays text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_xlsx_cell(sheet, Column(""), column.head) for column in columns])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, *pair) for pair in zip(columns, row, strict=True)])
    book.save(file)


def safe_text(text: str) -> str:
    """
    The text, with an apostrophe before it where a spreadsheet would take it for a formula.

    Spaces before it do not help an attacker: spreadsheets skip them too.
    """
    if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS):
        return "'" + text
    return text


def amount_text(cents: int) -> str:
    """Whole cents as a decimal amount, exact: -5 is "-0.05"."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _csv_cell(column: Column, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return amount_text(value) if column.cents else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return safe_text(value)


def _xlsx_cell(sheet, column: Column, value: Value) -> WriteOnlyCell:
    if value is not None and column.cents:
        cell = WriteOnlyCell(sheet, Decimal(amount_text(value)))
        cell.number_format = MONEY_FORMAT
        return cell
    if isinstance(value, bool):
        return WriteOnlyCell(sheet, "yes" if value else "no")
    if isinstance(value, datetime):
        # Excel knows no time zones; the text keeps ours.
        return WriteOnlyCell(sheet, value.isoformat())
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, safe_text(ILLEGAL_CHARACTERS_RE.sub("", value)))
        cell.data_type = "s"
        return cell
    return WriteOnlyCell(sheet, value)
