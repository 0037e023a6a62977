"""Decisions of others as a CSV: one line a practitioner."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date

from credentialing.rules.decisions import next_due
from credentialing.rules.earlier_decisions import (
    DENIALS,
    Earlier,
    EarlierRow,
    LeftOut,
    outcome_of,
)
from credentialing.rules.npi import is_npi

COLUMNS = ("npi", "decision", "decision_date", "next_due_date", "committee")
OPTIONAL = frozenset({"next_due_date"})
MOST_LINES = 50_000
US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def read_earlier_decisions(data: bytes) -> Iterator[EarlierRow | LeftOut]:
    """Read the lines of a list of decisions; one that cannot be used comes out as a refusal."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        yield LeftOut(1, "the file is no list: save it as CSV, not as a spreadsheet")
        return
    reader = csv.DictReader(io.StringIO(text))
    heads = {(head or "").strip().lower() for head in reader.fieldnames or ()}
    missing = [column for column in COLUMNS if column not in heads | OPTIONAL]
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
        found = _row(reader.line_num, {column: row.get(column, "") for column in COLUMNS})
        if isinstance(found, EarlierRow):
            first = seen.setdefault(found.decision.npi, found.line_no)
            if first != found.line_no:
                found = LeftOut(found.line_no, f"the same NPI stands on line {first}")
        yield found


def _row(line_no: int, row: dict[str, str]) -> EarlierRow | LeftOut:
    empty = [name for name in COLUMNS if not row[name] and name not in OPTIONAL]
    if empty:
        return LeftOut(line_no, f"{', '.join(empty)} is empty")
    if not is_npi(row["npi"]):
        return LeftOut(line_no, f"npi {row['npi']!r} fails its check digit")
    if " ".join(row["decision"].casefold().split()) in DENIALS:
        return LeftOut(line_no, "a denial is not taken over: look into it, and open a file")
    outcome = outcome_of(row["decision"])
    if not outcome:
        return LeftOut(line_no, f"decision {row['decision']!r} is none we know")
    decided, due = _day(row["decision_date"]), _day(row["next_due_date"])
    if decided is None:
        return LeftOut(line_no, f"decision_date {row['decision_date']!r} is no day")
    if row["next_due_date"] and due is None:
        return LeftOut(line_no, f"next_due_date {row['next_due_date']!r} is no day")
    committee = row["committee"][:200]
    return EarlierRow(
        line_no, Earlier(row["npi"], outcome, decided, due or next_due(decided), committee)
    )


def _day(text: str) -> date | None:
    """A day as YYYY-MM-DD, or as spreadsheets here write it, month first; nothing if it is none."""
    try:
        if found := US_DAY.fullmatch(text):
            month, day, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
