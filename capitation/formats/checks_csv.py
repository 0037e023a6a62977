"""Checks as CSV: what a printer prints from, and what the bank says that it paid."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ipaportal.core.csvfiles import CsvReader, CsvRow, header_key

PRINT_COLUMNS = (
    "check_number", "date", "payee", "address_1", "address_2", "address_3", "amount",
    "amount_in_words", "memo",
)  # fmt: skip
CLEARED_FIELDS = ("number", "amount", "date")
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_THOUSANDS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (100, "hundred"))


@dataclass(frozen=True)
class PrintedCheck:
    """A check as it is printed."""

    number: int
    day: date
    payee: str
    address: tuple[str, ...]
    cents: int
    memo: str


@dataclass(frozen=True)
class ClearedLine:
    """A line of the bank: which check, how much, on which day; or why it cannot be read."""

    line_no: int
    number: int = 0
    cents: int = 0
    day: date | None = None
    fault: str = ""


def number_words(number: int) -> str:
    """A whole number in words."""
    assert number >= 0
    for size, name in _THOUSANDS:
        if number >= size:
            rest = number % size
            tail = f" {number_words(rest)}" if rest else ""
            return f"{number_words(number // size)} {name}{tail}"
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def amount_words(cents: int) -> str:
    """An amount as checks say it: Three hundred eight and 29/100 dollars."""
    words = f"{number_words(cents // 100)} and {cents % 100:02d}/100 dollars"
    return words[0].upper() + words[1:]


def write_print_file(checks: Sequence[PrintedCheck]) -> bytes:
    """Write what a printer of checks reads; nothing in it begins as a formula does."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(PRINT_COLUMNS)
    for check in checks:
        lines = [*check.address, "", "", ""][:3]
        rows.writerow(
            [
                check.number,
                check.day.isoformat(),
                *map(_safe, (check.payee, *lines)),
                f"{check.cents // 100}.{check.cents % 100:02d}",
                amount_words(check.cents),
                _safe(check.memo),
            ]
        )
    return text.getvalue().encode()


def _safe(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def read_cleared(
    data: bytes, columns: Mapping[str, str], date_format: str
) -> tuple[list[ClearedLine], str]:
    """The lines of a bank's list of paid checks; or, in words, why none can be read."""
    reader = CsvReader(data, expected=tuple(columns.values()))
    names = {header_key(head): head for head in reader.headers}
    heads = {field: names.get(header_key(columns[field]), "") for field in CLEARED_FIELDS}
    missing = [columns[field] for field, head in heads.items() if not head]
    if missing:
        return [], f"the head lacks the columns {', '.join(missing)}"
    lines = [_line(row, heads, date_format) for row in reader]
    lines += [ClearedLine(p.line_no, fault=p.message) for p in reader.problems]
    if not lines:
        return [], "it has no lines"
    return sorted(lines, key=lambda line: line.line_no), ""


def _line(row: CsvRow, heads: Mapping[str, str], date_format: str) -> ClearedLine:
    told = {field: row.values[head].strip() for field, head in heads.items()}
    number = told["number"].lstrip("0")
    if not (number.isascii() and number.isdigit() and len(number) < 11):
        return ClearedLine(row.line_no, fault=f"“{told['number'][:20]}” is no check number")
    try:
        amount = Decimal(told["amount"].replace("$", "").replace(",", ""))
        cents = amount.scaleb(2)
        if not amount.is_finite() or cents != cents.to_integral_value() or abs(cents) >= 10**12:
            raise InvalidOperation
    except InvalidOperation:
        return ClearedLine(row.line_no, int(number), fault=f"“{told['amount'][:20]}” is no amount")
    try:
        day = datetime.strptime(told["date"], date_format).date()
    except ValueError:
        fault = f"“{told['date'][:20]}” is no day as it was agreed"
        return ClearedLine(row.line_no, int(number), int(cents), fault=fault)
    return ClearedLine(row.line_no, int(number), int(cents), day)
