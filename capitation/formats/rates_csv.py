"""Rate tables as a CSV: one row a plan, sex and span of ages, in a county or everywhere."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from ipaportal.core.csvfiles import CsvReader, CsvRow, header_key

COLUMNS = ("plan_code", "sex", "age_from", "age_to", "rate_pmpm")
OPTIONAL = ("county_code",)
SEXES = {"f": "F", "female": "F", "m": "M", "male": "M"}
OLDEST = 130
PLACES = -4
MOST_COUNTY = 5
MOST_DOLLARS = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class RateRow:
    """A monthly rate for a plan, a sex and ages, the last one included; in a county, if any."""

    line_no: int
    plan_code: str
    sex: str
    age_from: int
    age_to: int
    rate_pmpm: Decimal
    county_code: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRate:
    """A line that cannot be used: which, and why."""

    line_no: int
    reason: str


class _Wrong(ValueError):
    """What is wrong with a line, in words."""


def read_rates(data: bytes) -> tuple[list[RateRow], list[RefusedRate]]:
    """Read a rate table; every line that cannot be used is named with its reason."""
    reader = CsvReader(data, expected=COLUMNS)
    names = {header_key(head): head for head in reader.headers}
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        return [], [RefusedRate(1, f"the head lacks the columns {', '.join(missing)}")]
    rows, refused = [], []
    for line in reader:
        try:
            rows.append(_row(line, names))
        except _Wrong as wrong:
            refused.append(RefusedRate(line.line_no, str(wrong)))
    refused += [RefusedRate(problem.line_no, problem.message) for problem in reader.problems]
    refused += _overlaps(rows)
    if not rows and not refused:
        refused.append(RefusedRate(1, "the file has no rates"))
    return rows, sorted(refused, key=lambda row: row.line_no)


def _row(line: CsvRow, names: dict[str, str]) -> RateRow:
    known = [column for column in (*COLUMNS, *OPTIONAL) if column in names]
    cells = {column: line.values[names[column]].strip() for column in known}
    sex = SEXES.get(cells["sex"].casefold())
    if sex is None:
        raise _Wrong(f"sex {cells['sex']!r} is not F or M")
    if len(cells["plan_code"]) > 20:
        raise _Wrong("plan_code is longer than 20 characters")
    first, last = _age(cells["age_from"], "age_from"), _age(cells["age_to"], "age_to")
    if last < first:
        raise _Wrong(f"age_to {last} is before age_from {first}")
    county = cells.get("county_code", "")
    if county and not (county.isascii() and county.isalnum() and len(county) <= MOST_COUNTY):
        raise _Wrong(f"county_code {county!r} is not up to five letters and digits")
    rate = _rate(cells["rate_pmpm"])
    return RateRow(line.line_no, cells["plan_code"], sex, first, last, rate, county)


def _age(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= OLDEST):
        raise _Wrong(f"{name} {text!r} is not a whole number from 0 to {OLDEST}")
    return int(text)


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text.replace("$", "").replace(",", ""))
    except InvalidOperation:
        raise _Wrong(f"rate_pmpm {text!r} is not an amount") from None
    if not rate.is_finite() or not 0 <= rate < MOST_DOLLARS:
        raise _Wrong(f"rate_pmpm {text!r} is not from 0 to under 1,000,000")
    if rate.normalize().as_tuple().exponent < PLACES:
        raise _Wrong(f"rate_pmpm {text!r} has more than four decimals")
    return rate


def _overlaps(rows: list[RateRow]) -> list[RefusedRate]:
    """Ages that a plan and sex have twice in one county: the later line is refused."""
    lanes = defaultdict(list)
    for row in rows:
        lanes[row.plan_code, row.sex, row.county_code].append(row)
    refused = []
    for lane in lanes.values():
        lane.sort(key=lambda row: (row.age_from, row.line_no))
        for before, row in pairwise(lane):
            if row.age_from <= before.age_to:
                later = max(before, row, key=lambda r: r.line_no)
                other = min(before, row, key=lambda r: r.line_no)
                words = (
                    f"ages {later.age_from}–{later.age_to} overlap those of line {other.line_no}"
                )
                refused.append(RefusedRate(later.line_no, words))
    return refused
