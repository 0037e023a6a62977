"""
Fee schedules: prices as they are agreed, or Medicare's relative values with a place and a factor.

A list has a row a service (and modifier). Medicare's own file of relative values (PPRRVU) is read
by its column names; what it says of a service in words is not kept (CPT descriptors are the AMA's).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from compliance.rules.pricing import Place, Values, medicare_cents
from ipaportal.core.csvfiles import header_key
from ipaportal.core.money import round_cents
from ipaportal.core.tables import Row, read_table
from ipaportal.core.values import parse_amount

CODE = ("hcpcs", "code", "procedure", "cpt", "hcpcs_cd")
MODIFIER = ("mod", "modifier")
OFFICE = ("price", "office", "amount", "non_facility", "nonfacility_price", "fee")
FACILITY = ("facility", "facility_price")
WORK = ("work_rvu", "work")
OFFICE_EXPENSE = ("non_fac_pe_rvu", "nonfac_pe_rvu", "non_facility_pe_rvu")
FACILITY_EXPENSE = ("facility_pe_rvu", "fac_pe_rvu")
MALPRACTICE = ("mp_rvu", "malpractice_rvu")
EXPECTED = (*CODE, *MODIFIER, *OFFICE, *WORK)
MOST_DOLLARS = Decimal(10_000_000)
MAX_ROWS, MAX_PROBLEMS = 200_000, 200


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A service's price of one unit, in cents."""

    procedure: str
    modifier: str
    office_cents: int
    facility_cents: int


@dataclass(frozen=True, slots=True)
class ScheduleFile:
    """Prices, and what is wrong: (line, words). One with a fault is not to be used."""

    rows: tuple[PriceRow, ...]
    problems: tuple[tuple[str, str], ...]


def read_prices(data: bytes) -> ScheduleFile:
    """Read a list of prices: columns for code, modifier, price and, where it differs, facility."""
    return _read(data, _price_row, (CODE, OFFICE))


def read_relative_values(data: bytes, place: Place, factor: Decimal) -> ScheduleFile:
    """Read relative values, and make prices of them for a place at a factor."""

    def row_of(row: Row) -> PriceRow | str:
        values = _values(row)
        if isinstance(values, str):
            return values
        office = medicare_cents(values, place, factor, in_facility=False)
        facility = medicare_cents(values, place, factor, in_facility=True)
        return PriceRow(*_key(row), office, facility)

    return _read(data, row_of, (CODE, WORK, OFFICE_EXPENSE, FACILITY_EXPENSE, MALPRACTICE))


def _read(data: bytes, row_of, needed: Iterable[tuple[str, ...]]) -> ScheduleFile:
    table = read_table(data, expected=EXPECTED)
    problems = [(where, words) for where, _, words in table.problems]
    keys = {header_key(name) for name in table.headers}
    if not problems:
        problems += [
            ("headers", f"No column is called {' or '.join(one[:2])}.")
            for one in needed
            if not keys & set(one)
        ]
    if problems:
        return ScheduleFile((), tuple(problems))
    found: dict[tuple[str, str], PriceRow] = {}
    for row in table.rows:
        made = _checked(row, row_of, found)
        if isinstance(made, str):
            problems.append((f"line {row.line_no}", made))
        elif made is not None:
            found[made.procedure, made.modifier] = made
        if len(problems) > MAX_PROBLEMS or len(found) > MAX_ROWS:
            problems.append((f"line {row.line_no}", "It was not read further."))
            break
    problems += [(where, words) for where, _, words in table.problems]
    if not found and not problems:
        problems.append(("file", "It holds no price."))
    return ScheduleFile(tuple(found.values()), tuple(dict.fromkeys(problems)))


def _checked(row: Row, row_of, found: dict) -> PriceRow | str | None:
    code, modifier = _key(row)
    if not code:
        return "It names no service."
    if not (code.isascii() and code.isalnum()) or len(code) > 10 or len(modifier) > 2:
        return f"{f'{code} {modifier}'[:20].strip()!r} is no code of a service with a modifier."
    if (code, modifier) in found:
        return f"{f'{code} {modifier}'.strip()} stands in it twice."
    return row_of(row)


def _key(row: Row) -> tuple[str, str]:
    return row.get(*CODE).strip().upper(), row.get(*MODIFIER).strip().upper()


def _price_row(row: Row) -> PriceRow | str:
    office = _dollars(row.get(*OFFICE))
    given = row.get(*FACILITY)
    facility = _dollars(given) if given else office
    if office is None or facility is None:
        return f"{(given or row.get(*OFFICE))[:20]!r} is no price in dollars."
    return PriceRow(*_key(row), round_cents(office), round_cents(facility))


def _dollars(text: str) -> Decimal | None:
    amount = parse_amount(text.replace("$", "").replace(",", ""))
    return amount if amount is not None and 0 <= amount <= MOST_DOLLARS else None


def _values(row: Row) -> Values | str:
    found = []
    for names in (WORK, OFFICE_EXPENSE, FACILITY_EXPENSE, MALPRACTICE):
        text = row.get(*names)
        amount = parse_amount(text) if text else Decimal(0)
        if amount is None or not 0 <= amount <= 10_000:
            return f"{text[:20]!r} is no relative value."
        found.append(amount)
    return Values(*found)
