"""The network as a CSV: one row a practitioner, practice and payer."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from credentialing.rules.npi import is_npi

COLUMNS = (
    "practice_name",
    "tin",
    "npi",
    "last_name",
    "first_name",
    "specialty",
    "street",
    "city",
    "state",
    "zip",
    "phone",
    "payer_code",
    "effective_date",
    "end_date",
)
OPTIONAL = frozenset({"specialty", "street", "city", "state", "zip", "phone", "end_date"})


@dataclass(frozen=True)
class NetworkRow:
    """A practitioner in a practice, and from when to when they take part with a payer."""

    line_no: int
    practice_name: str
    tin: str
    npi: str
    last_name: str
    first_name: str
    specialty: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    payer_code: str
    effective_date: date
    end_date: date | None


@dataclass(frozen=True)
class RefusedRow:
    """A line that cannot be used: which, and why."""

    line_no: int
    reason: str


def read_network(data: bytes) -> Iterator[NetworkRow | RefusedRow]:
    """Read the rows of a network CSV; a row that cannot be used comes out as a refusal."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    heads = {(head or "").strip().lower() for head in reader.fieldnames or ()}
    missing = [column for column in COLUMNS if column not in heads | OPTIONAL]
    if missing:
        yield RefusedRow(1, f"the head lacks the columns {', '.join(missing)}")
        return
    for raw in reader:
        row = {
            (head or "").strip().lower(): (value or "").strip()
            for head, value in raw.items()
            if isinstance(value, str | None)
        }
        yield _row(reader.line_num, {column: row.get(column, "") for column in COLUMNS})


def _row(line_no: int, row: dict[str, str]) -> NetworkRow | RefusedRow:
    empty = [name for name in COLUMNS if not row[name] and name not in OPTIONAL]
    if empty:
        return RefusedRow(line_no, f"{', '.join(empty)} is empty")
    tin = row["tin"].replace("-", "")
    if len(tin) != 9 or not tin.isdigit():
        return RefusedRow(line_no, f"tin {row['tin']!r} is not nine digits")
    if not is_npi(row["npi"]):
        return RefusedRow(line_no, f"npi {row['npi']!r} fails its check digit")
    try:
        effective = date.fromisoformat(row["effective_date"])
        end = date.fromisoformat(row["end_date"]) if row["end_date"] else None
    except ValueError as wrong:
        return RefusedRow(line_no, f"a date is not YYYY-MM-DD: {wrong}")
    if end is not None and end <= effective:
        return RefusedRow(line_no, "end_date is not after effective_date")
    return NetworkRow(
        **{**row, "line_no": line_no, "tin": tin, "effective_date": effective, "end_date": end}
    )
