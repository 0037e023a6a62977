"""CSV rosters of plans, read through a saved mapping of our field names to their columns."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from capitation.formats.values import is_cents, parse_amount
from ipaportal.core.csvfiles import CellProblem, CsvReader, CsvRow, excel_damage, header_key
from ipaportal.core.textfiles import Source

RosterProblem = CellProblem

TARGETS = (
    "member_id", "mbi", "last_name", "first_name", "birth_date", "sex", "plan_code",
    "effective_date", "end_date", "pcp_npi", "pcp_effective_date", "capitation_amount",
    "coverage_month", "change_type", "address", "city", "state", "zip_code", "county_code",
    "phone",
)  # fmt: skip
DATES = {"birth_date", "effective_date", "end_date", "pcp_effective_date"}
IDENTIFIERS = {"member_id", "mbi", "pcp_npi", "zip_code", "county_code"}
DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d %H:%M:%S", "%d-%b-%Y")
MONTH_FORMATS = ("%Y-%m", "%Y%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%Y", *DATE_FORMATS)
SEXES = {"m": "M", "male": "M", "1": "M", "f": "F", "female": "F", "2": "F"}
UNKNOWN_SEXES = {"", "u", "x", "unknown", "0", "3", "9"}

# Headers seen in the field, in the spelling of header_key; the first one found is taken.
SYNONYMS = {
    "member_id": (
        "member_id",
        "memberid",
        "member_number",
        "member_no",
        "member",
        "subscriber_id",
        "mem_id",
        "plan_member_id",
        "health_plan_id",
        "hic",
        "cin",
        "medicaid_id",
        "alt_member_id",
    ),
    "mbi": ("mbi", "medicare_id", "medicare_beneficiary_id", "hicn", "medicare_number"),
    "last_name": ("last_name", "lastname", "member_last_name", "lname", "surname", "mem_last"),
    "first_name": ("first_name", "firstname", "member_first_name", "fname", "mem_first"),
    "birth_date": ("birth_date", "birthdate", "dob", "date_of_birth", "member_dob", "mem_dob"),
    "sex": ("sex", "gender", "member_sex", "member_gender"),
    "plan_code": ("plan_code", "plan", "product", "benefit_plan", "pbp", "lob", "plan_id"),
    "effective_date": (
        "effective_date",
        "eff_date",
        "effdate",
        "coverage_start",
        "start_date",
        "enroll_date",
        "coverage_effective_date",
        "effective",
        "eligibility_start",
    ),
    "end_date": (
        "end_date",
        "term_date",
        "termdate",
        "termination_date",
        "coverage_end",
        "disenroll_date",
        "eligibility_end",
        "exp_date",
    ),
    "pcp_npi": ("pcp_npi", "npi", "pcp", "pcp_id", "provider_npi", "pcpnpi"),
    "pcp_effective_date": ("pcp_effective_date", "pcp_eff_date", "pcp_start", "pcp_start_date"),
    "capitation_amount": (
        "capitation_amount",
        "cap_amount",
        "capitation",
        "cap_amt",
        "amount",
        "net_cap",
        "paid_amount",
        "payment_amount",
        "pmpm",
    ),
    "coverage_month": (
        "coverage_month",
        "month",
        "service_month",
        "cap_month",
        "eligibility_month",
        "capitation_month",
        "for_month",
        "month_of_service",
    ),
    "change_type": ("change_type", "action", "action_code", "status", "change", "transaction_type"),
    "address": ("address", "address_1", "address1", "street", "addr1", "member_address"),
    "city": ("city", "member_city", "town"),
    "state": ("state", "member_state", "st"),
    "zip_code": ("zip_code", "zip", "zipcode", "postal_code", "member_zip"),
    "county_code": ("county_code", "county", "scc", "ssa_county", "fips"),
    "phone": ("phone", "phone_number", "telephone", "member_phone", "home_phone"),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a payer writes its roster: our field → their column head, and their habits."""

    columns: dict[str, str]
    date_format: str = ""
    """A strptime format; empty tries the usual unambiguous ones."""
    month_format: str = ""
    decimal_mark: str = "."
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One accepted line; a field the roster has no column for is None, an empty cell is ""."""

    line_no: int
    member_id: str
    mbi: str = ""
    last_name: str = ""
    first_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    plan_code: str = ""
    effective_date: date | None = None
    end_date: date | None = None
    pcp_npi: str = ""
    pcp_effective_date: date | None = None
    capitation_amount: Decimal | None = None
    coverage_month: date | None = None
    change_type: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    county_code: str = ""
    phone: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a roster came to: accepted rows and refused lines (never both for one line)."""

    rows: tuple[RosterRow, ...]
    refused: tuple[RosterProblem, ...]
    headers: tuple[str, ...] = ()
    notes: tuple[RosterProblem, ...] = field(default=())


class _Unreadable(ValueError):
    """A cell that cannot be taken; its words become the refusal."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def guess_mapping(headers: Iterable[str]) -> dict[str, str]:
    """Propose our field → their header from the names seen in the field."""
    by_key = {}
    for header in headers:
        by_key.setdefault(header_key(header), header)
    guessed, taken = {}, set()
    for target, names in SYNONYMS.items():
        for name in names:
            if name in by_key and name not in taken:
                guessed[target] = by_key[name]
                taken.add(name)
                break
    return guessed


def read_headers(source: Source, delimiter: str = "") -> tuple[str, ...]:
    """Give the header line of a CSV, for the page that maps its columns."""
    return CsvReader(source, delimiter=delimiter).headers


def read(source: Source, mapping: Mapping) -> RosterFile:
    """Read a roster; every line becomes a row or a refusal that names it."""
    mapped = {target: column for target, column in mapping.columns.items() if column}
    reader = CsvReader(source, delimiter=mapping.delimiter, expected=mapped.values())
    columns, missing = _columns(reader.headers, mapped)
    if missing:
        return RosterFile((), tuple([*reader.problems, *missing]), reader.headers)
    rows, refused = [], []
    for line in reader:
        row, problems = _row(line, columns, mapping)
        refused.extend(problems)
        if row is not None:
            rows.append(row)
    refused = sorted([*reader.problems, *refused], key=lambda problem: problem.line_no)
    notes = _lost_zeros(rows, mapped.get("member_id", ""))
    return RosterFile(tuple(rows), tuple(refused), reader.headers, tuple(notes))


def _columns(
    headers: tuple[str, ...], mapped: dict[str, str]
) -> tuple[dict[str, str], list[RosterProblem]]:
    """Find each mapped column's header as the file spells it, and say which are not there."""
    keys = Counter(header_key(header) for header in headers)
    by_key = {header_key(header): header for header in headers}
    columns, missing = {}, []
    unknown = [target for target in mapped if target not in TARGETS]
    if "member_id" not in mapped:
        words = "The mapping names no column for the member number."
        missing.append(RosterProblem(1, "", "", "no_member_id", words))
    for target in unknown:
        words = f"The mapping names {target}, which is no field of a roster."
        missing.append(RosterProblem(1, target, "", "unknown_field", words))
    for target, column in mapped.items():
        key = header_key(column)
        if key not in by_key:
            words = f"The file has no column {column!r}; its columns are {', '.join(headers)}."
            missing.append(RosterProblem(1, column, "", "missing_column", words[:500]))
        elif keys[key] > 1:
            words = f"The file has {keys[key]} columns {column!r}."
            missing.append(RosterProblem(1, column, "", "duplicate_column", words))
        else:
            columns[target] = by_key[key]
    return columns, missing


def _row(
    line: CsvRow, columns: dict[str, str], mapping: Mapping
) -> tuple[RosterRow | None, list[RosterProblem]]:
    fields, problems = {}, []
    for target, column in columns.items():
        text = line.values[column].strip()
        try:
            fields[target] = _value(target, text, mapping)
        except _Unreadable as error:
            problem = RosterProblem(line.line_no, column, text[:80], error.code, str(error))
            problems.append(problem)
    if not problems:
        problems = _contradictions(line, columns, fields)
    if problems:
        return None, problems
    return RosterRow(line_no=line.line_no, raw=_raw(line), **fields), []


def _raw(line: CsvRow) -> str:
    return "; ".join(f"{name}={value}" for name, value in line.values.items() if value.strip())


def _contradictions(line: CsvRow, columns: dict[str, str], fields: dict) -> list[RosterProblem]:
    start, end = fields.get("effective_date"), fields.get("end_date")
    if not fields["member_id"]:
        words = "The line has no member number."
        return [RosterProblem(line.line_no, columns["member_id"], "", "no_member_id", words)]
    if start and end and end < start:
        words = f"The coverage ends on {end}, before it begins on {start}."
        return [RosterProblem(line.line_no, columns["end_date"], str(end), "dates", words)]
    return []


def _value(target: str, text: str, mapping: Mapping) -> object:
    reader = _READERS.get(target)
    if reader is not None:
        return reader(text, mapping)
    damage = excel_damage(text) if target in IDENTIFIERS else None
    if damage:
        raise _Unreadable("spreadsheet", f"{damage}. Ask for the file as text.")
    return text.replace("-", "").upper() if target == "mbi" else text


def _strptime(text: str, formats: Iterable[str]) -> date | None:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    return None


def _date(text: str, mapping: Mapping) -> date | None:
    if not text:
        return None
    day = _strptime(text, [mapping.date_format] if mapping.date_format else DATE_FORMATS)
    if day is not None:
        return day
    if re.fullmatch(r"[2-7][0-9]{4}(?:\.0+)?", text, re.ASCII):
        raise _Unreadable("spreadsheet", f"{text} is a spreadsheet's day number, not a date.")
    expected = f" of the form {mapping.date_format}" if mapping.date_format else ""
    raise _Unreadable("date", f"{text[:40]!r} is no date{expected}.")


def _month(text: str, mapping: Mapping) -> date | None:
    if not text:
        return None
    formats = [mapping.month_format] if mapping.month_format else MONTH_FORMATS
    if mapping.date_format and not mapping.month_format:
        formats = [mapping.date_format, *MONTH_FORMATS]
    day = _strptime(text, formats)
    if day is None:
        raise _Unreadable("month", f"{text[:40]!r} is no month.")
    return day.replace(day=1)


def _amount(text: str, mapping: Mapping) -> Decimal | None:
    if not text:
        return None
    bare = text.replace("$", "").replace(" ", "")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()") if negative else bare
    grouping, mark = (",", ".") if mapping.decimal_mark == "." else (".", ",")
    whole, _, cents = bare.partition(mark)
    if grouping in whole and re.fullmatch(
        rf"[+-]?[0-9]{{1,3}}(?:{re.escape(grouping)}[0-9]{{3}})+", whole, re.ASCII
    ):
        whole = whole.replace(grouping, "")
    amount = parse_amount(f"{whole}.{cents}" if cents else whole)
    if amount is None:
        raise _Unreadable("amount", f"{text[:40]!r} is no amount.")
    if not is_cents(amount):
        raise _Unreadable("cents", f"{text[:40]} is not a whole number of cents.")
    return -amount if negative else amount


def _sex(text: str, _mapping: Mapping) -> str:
    key = text.casefold()
    if key not in SEXES and key not in UNKNOWN_SEXES:
        raise _Unreadable("sex", f"{text[:20]!r} is neither F nor M.")
    return SEXES.get(key, "")


def _lost_zeros(rows: list[RosterRow], column: str) -> list[RosterProblem]:
    """Name member numbers shorter than all others, where others begin with a zero."""
    numbers = [row.member_id for row in rows if row.member_id.isdigit()]
    lengths = Counter(map(len, numbers))
    if len(lengths) < 2 or len(numbers) < 10:
        return []
    usual = lengths.most_common(1)[0][0]
    if lengths[usual] < 0.9 * len(numbers) or not any(n.startswith("0") for n in numbers):
        return []
    return [
        RosterProblem(
            row.line_no, column, row.member_id, "lost_zeros",
            f"{row.member_id} is shorter than the others ({usual} digits): "
            "a spreadsheet may have dropped leading zeros.",
        )
        for row in rows
        if row.member_id.isdigit() and len(row.member_id) < usual
    ]  # fmt: skip


_READERS: dict[str, Callable[[str, Mapping], object]] = {
    **{target: _date for target in DATES},
    "coverage_month": _month,
    "capitation_amount": _amount,
    "sex": _sex,
}
