"""Reads CSV files strictly: every refused line is named with its column and the reason."""

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ipaportal.core.textfiles import LineTooLong, Source, lines

DELIMITERS = ",;\t|"
MAX_PROBLEMS = 1000
PREAMBLE = 20
NUL, DAMAGED = "\0", "The line holds a character that no text has (NUL): it is damaged."

_FLOATED = re.compile(r"[0-9]+\.0+", re.ASCII)
_EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)
_HASHES = re.compile(r"#{3,}|#(?:N/A|REF!|VALUE!|NAME\?|NUM!|DIV/0!|NULL!)")


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A refused cell or line: where, and why, in words its sender understands."""

    line_no: int
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A line of the file under its headers; `line_no` is where it begins."""

    line_no: int
    values: dict[str, str]
    cells: tuple[str, ...]


def header_key(text: str) -> str:
    """Make headers comparable: case, blanks and punctuation do not matter."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")


def excel_damage(value: str) -> str | None:
    """Say how a spreadsheet spoilt an identifier; None if it did not."""
    value = value.strip()
    if _FLOATED.fullmatch(value):
        return f"{value} ends in .0: a spreadsheet took the number for an amount"
    if _EXPONENT.fullmatch(value):
        return f"{value} is in scientific notation: a spreadsheet dropped its last digits"
    if _HASHES.fullmatch(value):
        return f"{value} is what a spreadsheet shows instead of the value"
    return None


def sniff_delimiter(line: str) -> str:
    """Find the separator of a header line; a comma if it shows none."""
    bare = re.sub(r'"[^"]*"', "", line)
    best = max(DELIMITERS, key=bare.count)
    return best if best in bare else ","


class CsvReader:
    """
    Iterates over the rows of a CSV; `headers` is known at once, `problems` when it is done.

    A line with a NUL is refused, for no database keeps one; with it in the header nothing is read.

    `expected` are headers (in any spelling) that tell the header line from a preamble.
    """

    def __init__(
        self, source: Source, *, delimiter: str = "", expected: Collection[str] = ()
    ) -> None:
        self.problems: list[CellProblem] = []
        self.rows = 0
        self._lines = lines(source)
        first = self._first_line(1)
        self.delimiter = delimiter or sniff_delimiter(first)
        self._offset = 0
        self._reader = self._csv(first)
        self.headers = self._find_headers({header_key(name) for name in expected})

    def _first_line(self, _number: int) -> str:
        try:
            return next(self._lines, "")
        except LineTooLong:
            self._refuse(1, "", "line_too_long", "The first line has no end: this is no CSV file.")
            self._lines = iter(())
            return ""

    def _csv(self, first: str) -> Iterator[list[str]]:
        return csv.reader(self._fed(first), delimiter=self.delimiter, strict=True)

    def _fed(self, first: str) -> Iterator[str]:
        yield first + "\n"
        for line in self._lines:
            yield line + "\n"

    def _refuse(self, line_no: int, column: str, code: str, message: str, value: str = "") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(CellProblem(line_no, column, value[:80], code, message))

    def _is_damaged(self, line_no: int, cells: list[str]) -> bool:
        damaged = any(NUL in cell for cell in cells)
        if damaged:
            self._refuse(line_no, "", "nul", DAMAGED)
        return damaged

    def _next(self) -> tuple[int, list[str]] | None:
        """Give the next row and where it begins; unreadable ones are named and passed over."""
        while len(self.problems) < MAX_PROBLEMS:
            begins = self._reader.line_num + 1
            try:
                return begins, next(self._reader)
            except StopIteration:
                return None
            except LineTooLong:
                self._refuse(begins, "", "line_too_long", "The line has no end.")
                return None
            except csv.Error as error:
                words = f"The line cannot be read as CSV ({error}); check its quotation marks."
                self._refuse(begins, "", "unreadable", words)
        return None

    def _find_headers(self, expected: set[str]) -> tuple[str, ...]:
        candidates = []
        for _ in range(PREAMBLE):
            found = self._next()
            if found is None:
                break
            cells = tuple(cell.strip() for cell in found[1])
            if not any(cells):
                continue
            if self._is_damaged(*found):
                if expected:
                    continue
                self._reader = csv.reader(())
                break
            candidates.append(cells)
            if not expected or expected & {header_key(cell) for cell in cells}:
                return cells
        return candidates[0] if candidates else ()

    def __iter__(self) -> Iterator[CsvRow]:
        width = len(self.headers)
        while (found := self._next()) is not None:
            line_no, cells = found
            if not any(cell.strip() for cell in cells):
                continue
            self.rows += 1
            if self._is_damaged(line_no, cells):
                continue
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                words = f"The line has {len(cells)} columns, the header has {width}."
                self._refuse(line_no, "", "columns", words)
                continue
            yield CsvRow(line_no, dict(zip(self.headers, cells, strict=False)), tuple(cells))
