"""A file of care facts: a line says how many of one kind a PCP or member had in one month."""

from dataclasses import dataclass
from datetime import date

from compliance.rules.care_watch import KINDS, WHOLE_OF
from ipaportal.core.csvfiles import CellProblem, CsvReader, excel_damage, header_key
from ipaportal.core.months import parse_month

HEADERS = ("month", "npi", "member", "kind", "count")
MOST = 100_000
MOST_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class CareLine:
    """One line as it was read; the NPI or the member may be empty, not both."""

    line_no: int
    month: date
    npi: str
    member: str
    kind: str
    count: int

    @property
    def key(self) -> tuple[date, str, str, str]:
        return self.month, self.npi, self.member, self.kind


@dataclass(frozen=True)
class ReadCare:
    """What a file says, and the lines of it that say nothing."""

    lines: tuple[CareLine, ...]
    problems: tuple[CellProblem, ...]


def read_care_facts(data: bytes, newest: date) -> ReadCare:
    """Read `month, npi, member, kind, count`; `newest` is the last month that may be told."""
    reader = CsvReader(data, expected=HEADERS)
    names = {header_key(name): name for name in reader.headers}
    missing = [name for name in HEADERS if name not in names]
    if missing:
        words = f"The header has no {', '.join(missing)}; it needs {', '.join(HEADERS)}."
        return ReadCare((), (CellProblem(1, missing[0], "", "header", words),))
    lines: dict[tuple, CareLine] = {}
    problems: list[CellProblem] = []
    for row in reader:
        values = {name: row.values[names[name]].strip() for name in HEADERS}
        read = _line(row.line_no, values, newest)
        if isinstance(read, CareLine) and read.key in lines:
            before = lines[read.key].line_no
            read = _problem(row.line_no, "kind", read.kind, f"was told before, on line {before}")
        if isinstance(read, CareLine):
            lines[read.key] = read
        else:
            problems.append(read)
        if len(lines) > MOST_ROWS:
            words = f"The file has more than {MOST_ROWS} lines. Send it in parts by month."
            return ReadCare((), (CellProblem(row.line_no, "", "", "too_long", words),))
    more_than_whole = _parts(lines)
    wrong = {one.line_no for one in more_than_whole}
    kept = tuple(one for one in lines.values() if one.line_no not in wrong)
    found = sorted([*reader.problems, *problems, *more_than_whole], key=lambda one: one.line_no)
    return ReadCare(kept, tuple(found))


def _problem(line_no: int, column: str, value: str, words: str) -> CellProblem:
    return CellProblem(line_no, column, value[:40], column, words)


def _line(line_no: int, values: dict[str, str], newest: date) -> CareLine | CellProblem:
    try:
        month = parse_month(values["month"])
    except ValueError as error:
        return _problem(line_no, "month", values["month"], str(error))
    if month > newest:
        return _problem(line_no, "month", values["month"], "is a month that is not over")
    npi, member = values["npi"], values["member"]
    if not npi and not member:
        return _problem(line_no, "npi", "", "names neither a PCP by NPI nor a member")
    for name in ("npi", "member"):
        if damage := excel_damage(values[name]):
            return _problem(line_no, name, "", damage)
    if values["kind"] not in KINDS:
        known = ", ".join(KINDS)
        return _problem(line_no, "kind", values["kind"], f"is no kind; there are {known}")
    text = values["count"]
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= MOST and len(text) < 9):
        return _problem(line_no, "count", text, f"is no whole number from 0 to {MOST}")
    return CareLine(line_no, month, npi, member, values["kind"], int(text))


def _parts(lines: dict[tuple, CareLine]) -> list[CellProblem]:
    """Lines of a part that is more than its whole."""
    found = []
    for one in lines.values():
        whole = WHOLE_OF.get(one.kind)
        if whole is None or not one.count:
            continue
        other = lines.get((one.month, one.npi, one.member, whole))
        if other is None or one.count > other.count:
            said = "none are told" if other is None else f"only {other.count} are told"
            words = f"is more than the {whole} of which it is a part: {said}"
            found.append(_problem(one.line_no, "count", str(one.count), words))
    return found
