"""Roster files: lines in a payer's columns, its answers, its own file by the same columns."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from credentialing.rules.rosters import (
    DATE_FORMATS,
    DATES,
    Content,
    Delta,
    RosterColumn,
    action_date,
    key_text,
    shown,
)
from ipaportal.core.csvfiles import excel_damage, header_key
from ipaportal.core.exports import safe_text
from ipaportal.core.tables import Row, read_table

NUMBERS = frozenset({"npi", "practice_npi", "practice_tin", "zip"})
PADDED = {"practice_tin": 9, "zip": 5}


@dataclass(frozen=True)
class Fault:
    """A line that could not be taken, and why."""

    line_no: int
    words: str


@dataclass
class PlanRows:
    """What a payer's own file says, by the key of its columns; every other line is named."""

    rows: dict[str, Content] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """A payer's answer to one line: taken or not, its code and its words."""

    line_no: int
    key: str
    is_accepted: bool
    code: str
    words: str


@dataclass
class Answers:
    """Answers in the order of the file; every other line is named."""

    answers: list[Answer] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def write_roster(
    columns: Sequence[RosterColumn], lines: Iterable[Delta], date_format: str, day: date
) -> bytes:
    """The exact bytes of a roster: CSV, UTF-8, CR LF, no text of which becomes a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(column.head) for column in columns])
    for line in lines:
        values = {
            **line.content,
            "action": line.action.value,
            "action_date": action_date(line, day),
        }
        writer.writerow([safe_text(_cell(column, values, date_format)) for column in columns])
    return out.getvalue().encode()


def _cell(column: RosterColumn, values: Mapping[str, str], date_format: str) -> str:
    if not column.field:
        return column.fixed
    return shown(column.field, values.get(column.field, ""), date_format)


def read_plan_rows(data: bytes, columns: Sequence[RosterColumn], date_format: str) -> PlanRows:
    """Read a payer's own file, in the columns of the roster; what it lacks is not compared."""
    plan, table = PlanRows(), read_table(data, expected=[c.head for c in columns])
    lacking = _lacking(table.keys, [c.head for c in columns if c.is_key])
    if lacking:
        plan.faults.append(Fault(1, f"The column “{lacking}” is missing."))
        return plan
    present = [c for c in columns if c.field and header_key(c.head) in table.keys]
    for row in table.rows:
        content, fault = _content(row, present, date_format)
        key = key_text(content, columns)
        if fault:
            plan.faults.append(Fault(row.line_no, fault))
        elif not content.get("npi"):
            plan.faults.append(Fault(row.line_no, "No NPI."))
        elif key in plan.rows:
            plan.faults.append(Fault(row.line_no, "The same row stands further up in the file."))
        else:
            plan.rows[key] = content
    plan.faults += [Fault(0, f"{where}: {words}") for where, _, words in table.problems]
    return plan


def _content(
    row: Row, columns: Sequence[RosterColumn], date_format: str
) -> tuple[dict[str, str], str]:
    content, fault = {}, ""
    for column in columns:
        value = row.get(header_key(column.head)).removeprefix("'").strip()
        if value and column.field in NUMBERS:
            fault = fault or (excel_damage(value) or "")
            # Spreadsheets drop zeros at the front of numbers; a shorter one cannot be meant.
            value = value.replace("-", "") if column.field != "zip" else value
            value = value.zfill(PADDED.get(column.field, 0)) if value.isdigit() else value
        if value and (column.field in DATES or column.field == "birth_date"):
            day = _date(value, date_format)
            fault = fault or ("" if day else f"{column.head}: “{value[:20]}” is no date.")
            value = day.isoformat() if day else ""
        content[column.field] = value
    return content, fault


def _date(text: str, date_format: str) -> date | None:
    for form in (DATE_FORMATS[date_format], "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def read_answers(
    data: bytes,
    columns: Sequence[RosterColumn],
    *,
    code_head: str,
    words_head: str,
    accepted: Iterable[str],
) -> Answers:
    """Read a payer's answers row by row: codes of the mapping are taken, every other refused."""
    found, table = Answers(), read_table(data, expected=[c.head for c in columns])
    keys = [c for c in columns if c.is_key]
    lacking = _lacking(table.keys, [code_head, *(c.head for c in keys)])
    if lacking:
        found.faults.append(Fault(1, f"The column “{lacking}” is missing."))
        return found
    taken = {code.strip().upper() for code in accepted}
    for row in table.rows:
        content, fault = _content(row, keys, "YYYY-MM-DD")
        code = row.get(header_key(code_head))
        if fault or not code:
            found.faults.append(Fault(row.line_no, fault or "No code says what became of it."))
            continue
        words = row.get(header_key(words_head)) if words_head else ""
        answer = (row.line_no, key_text(content, columns), code.upper() in taken, code, words)
        found.answers.append(Answer(*answer))
    found.faults += [Fault(0, f"{where}: {words}") for where, _, words in table.problems]
    return found


def _lacking(keys: frozenset[str], heads: Iterable[str]) -> str:
    return next((head for head in heads if header_key(head) not in keys), "")
