"""CSV rosters of plans, read through a saved mapping of our field names to their columns."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

TARGETS = (
    "member_id", "mbi", "last_name", "first_name", "birth_date", "sex", "plan_code",
    "effective_date", "end_date", "pcp_npi", "pcp_effective_date", "capitation_amount",
    "coverage_month", "change_type", "address", "city", "state", "zip_code", "county_code",
    "phone",
)  # fmt: skip
DATES = {"birth_date", "effective_date", "end_date", "pcp_effective_date"}
REQUIRED = ("member_id",)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a payer writes its roster: our field → their column head, and their habits."""

    columns: dict[str, str]
    date_format: str = ""
    """A strptime format; empty tries the usual unambiguous ones."""
    month_format: str = ""
    decimal_mark: str = "."
    delimiter: str = ""
    encoding: str = ""


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
class RosterProblem:
    """A refused cell or line: where, and why, in words a plan's clerk understands."""

    line_no: int
    column: str
    value: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a roster came to: accepted rows and refused lines (never both for one line)."""

    rows: tuple[RosterRow, ...]
    refused: tuple[RosterProblem, ...]
    headers: tuple[str, ...] = ()
    notes: tuple[RosterProblem, ...] = field(default=())
