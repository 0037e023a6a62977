"""
CMS's quarterly Part B files: payment limits a HCPCS code, and which NDC is billed by which code.

Both are CSV with a preamble; the limits' preamble says for which quarter they are. The header of
the crosswalk has the year in it, and columns without end that are empty.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from ipaportal.core.csvfiles import CellProblem, CsvReader, CsvRow, header_key
from ipaportal.core.textfiles import LineTooLong, Source, lines
from ipaportal.core.values import parse_amount
from purchasing.rules.ndc import BadNdc, Ndc, parse_ndc

PREAMBLE = 20
_QUARTER = re.compile(
    r"Effective\s+([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})\s+(?:through|to|-)\s+"
    r"([A-Z][a-z]+ [0-9]{1,2}, [0-9]{4})"
)
_HCPCS = re.compile(r"[A-Z0-9][0-9]{4}|[0-9]{4}[A-Z]")
_CODE_HEAD = re.compile(r"(?:[0-9]{4}_)?(?:hcpcs_)?code")


@dataclass(frozen=True, slots=True)
class PartBLimit:
    """What Medicare pays at most for a unit of a code."""

    line_no: int
    hcpcs: str
    description: str
    dosage: str
    limit: Decimal | None
    """None where none is published: the notes say how such a drug is paid."""
    coinsurance_pct: Decimal
    notes: str


@dataclass(frozen=True, slots=True)
class Limits:
    """A quarter's limits; the end is the first day for which they do not hold."""

    effective_date: date | None
    end_date: date | None
    limits: tuple[PartBLimit, ...]
    problems: tuple[CellProblem, ...]


@dataclass(frozen=True, slots=True)
class CrosswalkLine:
    """An NDC, the code it is billed by, and how many of its units a package holds."""

    line_no: int
    hcpcs: str
    description: str
    labeler: str
    ndc: Ndc
    drug: str
    dosage: str
    units_per_package: Decimal


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """A quarter's crosswalk, and each line that is refused and why."""

    lines: tuple[CrosswalkLine, ...]
    problems: tuple[CellProblem, ...]


class _Refused(ValueError):
    def __init__(self, column: str, value: str, code: str, words: str) -> None:
        super().__init__(words)
        self.problem = (column, value[:80], code, words)


def read_limits(data: bytes) -> Limits:
    """Read a file of payment limits; every line becomes a limit or a refusal that names it."""
    reader = CsvReader(data, expected=("HCPCS Code", "Payment Limit"))
    heads = _heads(reader, {
        "hcpcs": ("hcpcs_code",), "description": ("short_description",),
        "dosage": ("hcpcs_code_dosage",), "limit": ("payment_limit",),
        "coinsurance": ("co_insurance_percentage", "coinsurance_percentage"), "notes": ("notes",),
    })  # fmt: skip
    quarter = _quarter_of(data)
    problems = _missing(heads, ("hcpcs", "description", "dosage", "limit", "coinsurance"))
    if quarter is None:
        words = "No line above the header says from when to when the limits hold."
        problems.append(CellProblem(1, "", "", "no_quarter", words))
    found: list[PartBLimit] = []
    seen: set[str] = set()
    for row in reader if not problems else ():
        try:
            limit = _limit(row, heads)
            if limit.hcpcs in seen:
                raise _Refused("HCPCS Code", limit.hcpcs, "twice", "The code is in the file twice.")
        except _Refused as refused:
            problems.append(CellProblem(row.line_no, *refused.problem))
        else:
            seen.add(limit.hcpcs)
            found.append(limit)
    problems = sorted([*problems, *reader.problems], key=lambda one: one.line_no)
    return Limits(*(quarter or (None, None)), tuple(found), tuple(problems))


def _quarter_of(source: Source) -> tuple[date, date] | None:
    """The days that the preamble names, the end moved to the first day after them."""
    try:
        text = "\n".join(islice(lines(source), PREAMBLE))
    except LineTooLong:
        return None
    found = _QUARTER.search(text)
    if found is None:
        return None
    try:
        first, last = (datetime.strptime(day, "%B %d, %Y").date() for day in found.groups())
    except ValueError:
        return None
    return (first, last + timedelta(days=1)) if first <= last else None


def _heads(reader: CsvReader, names: dict[str, tuple[str, ...]]) -> dict[str, str | None]:
    by_key = {}
    for head in reader.headers:
        by_key.setdefault(header_key(head), head)
    return {
        field: next((by_key[name] for name in spelt if name in by_key), None)
        for field, spelt in names.items()
    }


def _missing(heads: dict[str, str | None], needed: tuple[str, ...]) -> list[CellProblem]:
    return [
        CellProblem(1, name, "", "no_column", f"The file has no column for the {name}.")
        for name in needed
        if heads[name] is None
    ]


def _cell(row: CsvRow, heads: dict[str, str | None], name: str) -> str:
    head = heads[name]
    return row.values[head].strip() if head else ""


def _hcpcs(text: str) -> str:
    if not _HCPCS.fullmatch(text):
        words = "It is no HCPCS code: a letter or digit and four digits."
        raise _Refused("HCPCS Code", text, "hcpcs", words)
    return text


def _amount(text: str, column: str, most: Decimal) -> Decimal:
    amount = parse_amount(text.removeprefix("$").replace(",", ""))
    if amount is None or not 0 <= amount <= most:
        words = f"It is no number between 0 and {most}: the columns may be shifted."
        raise _Refused(column, text, "amount", words)
    return amount


def _limit(row: CsvRow, heads: dict[str, str | None]) -> PartBLimit:
    limit = _cell(row, heads, "limit")
    return PartBLimit(
        row.line_no,
        _hcpcs(_cell(row, heads, "hcpcs")),
        _cell(row, heads, "description"),
        _cell(row, heads, "dosage"),
        None if limit == "N/A" else _amount(limit, "Payment Limit", Decimal(10_000_000)),
        _amount(_cell(row, heads, "coinsurance") or "20", "Co-insurance Percentage", Decimal(100)),
        _cell(row, heads, "notes"),
    )


def read_crosswalk(source: Source) -> Crosswalk:
    """Read the NDC to HCPCS crosswalk; every line becomes a link or a refusal that names it."""
    reader = CsvReader(source, expected=("NDC2", "NDC", "BILLUNITSPKG"))
    heads = _heads(reader, {
        "hcpcs": (), "description": ("short_description",), "labeler": ("labeler_name",),
        "NDC": ("ndc2", "ndc"), "drug": ("drug_name",),
        "dosage": ("hcpcs_dosage", "hcpcs_code_dosage"),
        "billing units": ("billunitspkg", "bill_units_pkg"),
    })  # fmt: skip
    heads["hcpcs"] = next(
        (head for head in reader.headers if _CODE_HEAD.fullmatch(header_key(head))), None
    )
    problems = _missing(heads, ("hcpcs", "NDC", "billing units"))
    found: list[CrosswalkLine] = []
    for row in reader if not problems else ():
        try:
            found.append(_link(row, heads))
        except _Refused as refused:
            problems.append(CellProblem(row.line_no, *refused.problem))
    problems = sorted([*problems, *reader.problems], key=lambda one: one.line_no)
    return Crosswalk(tuple(found), tuple(problems))


def _link(row: CsvRow, heads: dict[str, str | None]) -> CrosswalkLine:
    written = _cell(row, heads, "NDC")
    try:
        ndc = parse_ndc(written)
    except BadNdc as bad:
        raise _Refused("NDC", written, "ndc", f"It is no NDC: {bad.why}.") from bad
    units = _amount(_cell(row, heads, "billing units"), "BILLUNITSPKG", Decimal(1_000_000))
    if not units:
        raise _Refused("BILLUNITSPKG", "0", "amount", "A package holds no billing unit.")
    return CrosswalkLine(
        row.line_no,
        _hcpcs(_cell(row, heads, "hcpcs")),
        _cell(row, heads, "description"),
        _cell(row, heads, "labeler"),
        ndc,
        _cell(row, heads, "drug"),
        _cell(row, heads, "dosage"),
        units,
    )
