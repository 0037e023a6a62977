"""Decisions of others as a CSV: one line a practitioner, or one line a facility."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date

from credentialing.rules.decisions import next_due
from credentialing.rules.earlier_decisions import (
    BASES,
    DENIALS,
    Earlier,
    EarlierRow,
    LeftOut,
    Place,
    outcome_of,
)
from credentialing.rules.facility_types import FACILITY_TYPES
from credentialing.rules.npi import is_npi

COLUMNS = ("npi", "decision", "decision_date", "next_due_date", "committee", "first_decision_date")
OPTIONAL = frozenset({"next_due_date", "first_decision_date"})
PLACE_COLUMNS = (
    *("npi", "kind", "legal_name", "dba_name", "tin", "street", "city", "state", "zip", "phone"),
    *("decision", "decision_date", "next_due_date", "committee", "first_decision_date"),
    *("basis", "basis_by", "basis_date", "basis_number", "basis_expires"),
)
PLACE_OPTIONAL = OPTIONAL | {"dba_name", "phone", "basis_number", "basis_expires"}
KINDS = {word: one.code for one in FACILITY_TYPES for word in (one.code, one.name.casefold())}
MOST_LINES = 50_000
US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

Line = EarlierRow | LeftOut


class NotReadable(ValueError):
    """Why a line cannot be used."""


def read_earlier_decisions(data: bytes) -> Iterator[Line]:
    """Read decisions about practitioners; a line that cannot be used comes out as a refusal."""
    return _read(data, COLUMNS, OPTIONAL, lambda row: None)


def read_earlier_facilities(data: bytes) -> Iterator[Line]:
    """Read decisions about facilities, with what each was taken on."""
    return _read(data, PLACE_COLUMNS, PLACE_OPTIONAL, _place)


def _read(
    data: bytes,
    columns: tuple[str, ...],
    optional: frozenset[str],
    place: Callable[[dict[str, str]], Place | None],
) -> Iterator[Line]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        yield LeftOut(1, "the file is no list: save it as CSV, not as a spreadsheet")
        return
    reader = csv.DictReader(io.StringIO(text))
    heads = {(head or "").strip().lower() for head in reader.fieldnames or ()}
    missing = [column for column in columns if column not in heads | optional]
    if missing:
        yield LeftOut(1, f"the head lacks the columns {', '.join(missing)}")
        return
    seen: dict[str, int] = {}
    for count, raw in enumerate(reader, 1):
        if count > MOST_LINES:
            yield LeftOut(reader.line_num, f"more than {MOST_LINES:,} lines: divide the file")
            return
        row = {
            (head or "").strip().lower(): (value or "").strip()
            for head, value in raw.items()
            if isinstance(value, str | None)
        }
        row = {column: row.get(column, "") for column in columns}
        try:
            found: Line = EarlierRow(reader.line_num, _decision(row, optional), place(row))
        except NotReadable as why:
            found = LeftOut(reader.line_num, str(why))
        if isinstance(found, EarlierRow):
            first = seen.setdefault(found.decision.npi, found.line_no)
            if first != found.line_no:
                found = LeftOut(found.line_no, f"the same NPI stands on line {first}")
        yield found


def _decision(row: dict[str, str], optional: frozenset[str]) -> Earlier:
    empty = [name for name in row if not row[name] and name not in optional]
    if empty:
        raise NotReadable(f"{', '.join(empty)} is empty")
    if not is_npi(row["npi"]):
        raise NotReadable(f"npi {row['npi']!r} fails its check digit")
    if " ".join(row["decision"].casefold().split()) in DENIALS:
        raise NotReadable("a denial is not taken over: look into it, and open a file")
    outcome = outcome_of(row["decision"])
    if not outcome:
        raise NotReadable(f"decision {row['decision']!r} is none we know")
    decided = _needed(row, "decision_date")
    due, first = _day(row, "next_due_date"), _day(row, "first_decision_date")
    committee = row["committee"][:200]
    return Earlier(row["npi"], outcome, decided, due or next_due(decided), committee, first)


def _place(row: dict[str, str]) -> Place:
    kind = KINDS.get(row["kind"].casefold())
    if kind is None:
        known = ", ".join(sorted(set(KINDS.values())))
        raise NotReadable(f"kind {row['kind']!r} is none of {known}")
    tin = row["tin"].replace("-", "")
    if not re.fullmatch(r"[0-9]{9}", tin):
        raise NotReadable(f"tin {row['tin']!r} is not nine digits")
    state = row["state"].upper()
    if not re.fullmatch(r"[A-Z]{2}", state):
        raise NotReadable(f"state {row['state']!r} is not two letters")
    basis = BASES.get(" ".join(row["basis"].casefold().split()))
    if basis is None:
        raise NotReadable(f"basis {row['basis']!r} is neither accreditation, survey nor visit")
    return Place(
        kind=kind,
        legal_name=row["legal_name"][:200],
        dba_name=row["dba_name"][:200],
        tin=tin,
        line=row["street"][:200],
        city=row["city"][:100],
        state=state,
        zip_code=row["zip"][:10],
        phone=row["phone"][:20],
        basis=basis,
        basis_by=row["basis_by"][:200],
        basis_date=_needed(row, "basis_date"),
        basis_number=row["basis_number"][:60],
        basis_expires=_day(row, "basis_expires"),
    )


def _needed(row: dict[str, str], name: str) -> date:
    day = _day(row, name)
    if day is None:
        raise NotReadable(f"{name} {row[name]!r} is no day")
    return day


def _day(row: dict[str, str], name: str) -> date | None:
    """A day as YYYY-MM-DD, or as spreadsheets here write it, month first; None if empty."""
    text = row[name]
    try:
        if found := US_DAY.fullmatch(text):
            month, day, year = map(int, found.groups())
            return date(year, month, day)
        if len(text) == 10:
            return date.fromisoformat(text)
    except ValueError:
        pass
    if text:
        raise NotReadable(f"{name} {text!r} is no day")
    return None
