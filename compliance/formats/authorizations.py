"""Lists of authorizations: a line a number and service."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ipaportal.core.tables import Row, read_table
from ipaportal.core.values import parse_amount, parse_date

NUMBER = ("number", "authorization", "auth_number")
MEMBER = ("member", "member_id", "member_number")
NPI = ("npi", "provider", "provider_npi")
SERVICE = ("service", "procedure", "code")
UNITS = ("units", "quantity")
FROM, TO = ("from", "start", "effective_date"), ("to", "through", "end", "last_day")
EXPECTED = (*NUMBER, *MEMBER, *NPI, *SERVICE, *UNITS, *FROM, *TO)
MAX_ROWS, MAX_PROBLEMS = 50_000, 100


@dataclass(frozen=True, slots=True)
class AuthorizationRow:
    """One authorization; `end` is the first day that it does not hold any more."""

    where: str
    number: str
    member_ref: str
    npi: str
    procedure: str
    units: Decimal
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class AuthorizationFile:
    """Authorizations, and what is wrong: (line, words). One with a fault is not to be used."""

    rows: tuple[AuthorizationRow, ...]
    problems: tuple[tuple[str, str], ...]


def read(data: bytes) -> AuthorizationFile:
    """Read a list with columns number, member, npi, service, units, from and to (the last day)."""
    table = read_table(data, expected=EXPECTED)
    problems = [(where, words) for where, _, words in table.problems]
    rows: dict[tuple[str, str], AuthorizationRow] = {}
    for row in table.rows:
        made = _row(row)
        if isinstance(made, str):
            problems.append((f"line {row.line_no}", made))
        elif (made.number, made.procedure) in rows:
            words = f"{made.number} for {made.procedure} stands in it twice."
            problems.append((f"line {row.line_no}", words))
        else:
            rows[made.number, made.procedure] = made
        if len(problems) > MAX_PROBLEMS or len(rows) > MAX_ROWS:
            problems.append((f"line {row.line_no}", "It was not read further."))
            break
    if not rows and not problems:
        problems.append(("file", "It holds no authorization."))
    return AuthorizationFile(tuple(rows.values()), tuple(dict.fromkeys(problems)))


def _row(row: Row) -> AuthorizationRow | str:
    number, member, npi = (row.get(*names).strip() for names in (NUMBER, MEMBER, NPI))
    code, units = row.get(*SERVICE).strip().upper(), parse_amount(row.get(*UNITS))
    start, last = parse_date(row.get(*FROM).strip()), parse_date(row.get(*TO).strip())
    if not number or not member or not code or max(len(number), len(member)) > 50:
        return "It needs a number, a member and a service."
    if not (code.isascii() and code.isalnum()) or len(code) > 10:
        return f"{code[:20]!r} is no code of a service."
    if npi and not (npi.isascii() and npi.isdigit() and len(npi) == 10):
        return f"{npi[:20]!r} is no NPI."
    if units is None or not 0 < units < 1_000_000:
        return f"{row.get(*UNITS)[:20]!r} is no number of units."
    if start is None or last is None or last < start:
        return "It needs a first and a last day, in this order."
    return AuthorizationRow(
        f"line {row.line_no}", number, member, npi, code, units, start, last + timedelta(days=1)
    )
