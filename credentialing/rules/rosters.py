"""Rosters to payers: one canonical row, columns by payer, gates, what changed since the last."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.npi import is_npi


class Action(StrEnum):
    """What a line of a roster asks the payer to do; `KEEP` stands in full files only."""

    ADD = "A"
    CHANGE = "C"
    TERM = "T"
    KEEP = ""


ACTION_WORDS = {
    Action.ADD: "add",
    Action.CHANGE: "change",
    Action.TERM: "end",
    Action.KEEP: "unchanged",
}

# The canonical row: every payer's roster is a choice of these. Dates are ISO texts; empty is
# not known. What only the file says (the action) is no part of a row's content.
FIELDS = {
    "last_name": "Last name",
    "first_name": "First name",
    "middle_name": "Middle name",
    "suffix": "Suffix",
    "degree": "Degree",
    "former_name": "Former name",
    "birth_date": "Birth date",
    "gender": "Gender",
    "npi": "NPI of the practitioner",
    "caqh_id": "CAQH number",
    "medicare_id": "Medicare PTAN",
    "medicaid_id": "Medicaid number",
    "payer_id": "The payer's own number",
    "provider_type": "Provider type",
    "care": "PCP, specialist or both",
    "specialty": "Specialty",
    "taxonomy": "NUCC taxonomy",
    "board": "Board certification",
    "board_expires": "Board certification expires",
    "licence_number": "Licence number",
    "licence_state": "Licence state",
    "licence_expires": "Licence expires",
    "dea_number": "DEA number",
    "dea_expires": "DEA expires",
    "initial_decision": "First credentialed",
    "decision_date": "Committee date",
    "next_due": "Recredentialing due",
    "practice_name": "Practice",
    "practice_tin": "TIN",
    "practice_npi": "NPI of the practice",
    "legal_name": "Name on the W-9",
    "address": "Street",
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "county": "County",
    "phone": "Phone",
    "fax": "Fax",
    "panel": "Panel",
    "hospital": "Hospital",
    "admitting": "Admitting",
    "network": "Network",
    "line_of_business": "Line of business",
    "effective_date": "Effective",
    "term_date": "Term",
    "term_reason": "Reason of the term",
    "malpractice_carrier": "Malpractice carrier",
    "malpractice_per_claim": "Malpractice per claim",
    "malpractice_aggregate": "Malpractice aggregate",
    "malpractice_expires": "Malpractice expires",
}
# What a file adds to a row.
FILE_FIELDS = {"action": "Action (A, C, T)", "action_date": "Day of the action"}
DATES = frozenset(name for name in FIELDS if name.endswith(("_date", "_expires"))) | {
    "initial_decision",
    "next_due",
}
Content = Mapping[str, str]
DATE_FORMATS = {"YYYY-MM-DD": "%Y-%m-%d", "MM/DD/YYYY": "%m/%d/%Y", "YYYYMMDD": "%Y%m%d"}
MAX_COLUMNS = 120


class BadColumns(ValueError):
    """The columns of a payer's roster cannot be read; the words say which line and why."""


@dataclass(frozen=True)
class RosterColumn:
    """One column of a payer's file: a canonical field, or the same fixed text on every line."""

    head: str
    field: str = ""
    fixed: str = ""
    is_key: bool = False


def read_columns(text: str) -> tuple[RosterColumn, ...]:
    """
    Read columns as people write them: `Heading = field`, `Heading = "fixed text"`, `*` for keys.

    :raises BadColumns: if a line says something else, or nothing finds a line again
    """
    columns: list[RosterColumn] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            columns.append(_column(line, number))
    heads = [column.head.casefold() for column in columns]
    twice = sorted({head for head in heads if heads.count(head) > 1})
    if twice:
        raise BadColumns(f"Two columns are called “{twice[0]}”.")
    if not columns or len(columns) > MAX_COLUMNS:
        raise BadColumns(f"A roster has 1 to {MAX_COLUMNS} columns.")
    keys = {column.field for column in columns if column.is_key}
    if "npi" not in keys:
        raise BadColumns(
            "Mark with * the columns by which a line is found again in the payer's answers; the "
            "practitioner's NPI (npi) has to be one of them."
        )
    return tuple(columns)


def _column(line: str, number: int) -> RosterColumn:
    head, sign, value = (part.strip() for part in line.partition("="))
    is_key = head.startswith("*")
    head = head.lstrip("* ")
    if not sign or not head:
        raise BadColumns(f"Line {number} is not written as Heading = field.")
    if len(value) >= 2 and value[0] == value[-1] == '"':
        if is_key:
            raise BadColumns(f"Line {number}: a fixed text finds no line again.")
        return RosterColumn(head, fixed=value[1:-1])
    if value not in FIELDS and value not in FILE_FIELDS:
        raise BadColumns(f"Line {number}: there is no field “{value}”.")
    if is_key and value not in FIELDS:
        raise BadColumns(f"Line {number}: “{value}” differs from file to file, so it is no key.")
    return RosterColumn(head, field=value, is_key=is_key)


def write_columns(columns: Iterable[RosterColumn]) -> str:
    """The columns as `read_columns` reads them."""
    return "\n".join(
        f"{'*' if c.is_key else ''}{c.head} = " + (c.field or f'"{c.fixed}"') for c in columns
    )


def shown(name: str, value: str, date_format: str) -> str:
    """A value as the payer writes it: dates in its format."""
    if value and (name in DATES or name == "action_date" or name == "birth_date"):
        return date.fromisoformat(value).strftime(DATE_FORMATS[date_format])
    return value


def key_text(content: Content, columns: Iterable[RosterColumn]) -> str:
    """What finds a row again in the payer's files: the values of its key columns, made alike."""
    return "|".join(alike(content.get(c.field, "")) for c in columns if c.is_key)


def alike(value: str) -> str:
    """A value without what people write differently: case, blanks, punctuation."""
    return re.sub(r"[^0-9A-Z]+", " ", value.upper()).strip()


def content_hash(content: Content) -> str:
    """The hash of a row's content: the same content hashes the same whatever its order."""
    text = json.dumps({k: v for k, v in sorted(content.items()) if v}, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def snapshot_hash(rows: Mapping[str, Content]) -> str:
    """The hash of a whole snapshot: of its keys and the hashes of its rows, in order."""
    digest = hashlib.sha256()
    for key in sorted(rows):
        digest.update(f"{key}\t{content_hash(rows[key])}\n".encode())
    return digest.hexdigest()


# Gates: what keeps an addition or a change back. A term always goes out.


@dataclass(frozen=True)
class Facts:
    """What the gates look at besides the row itself."""

    has_active_licence: bool  # in the state of the location, on the day
    is_stopped: bool = False  # excluded, or a match nobody has decided
    is_lapsed: bool = False  # the next decision was due before the day


def gate_faults(content: Content, facts: Facts) -> tuple[str, ...]:
    """Every reason why a row must not be sent; none if it may."""
    faults = []
    if not is_npi(content.get("npi", "")):
        faults.append(f"NPI {content.get('npi') or 'missing'} fails its check digit")
    if not facts.has_active_licence:
        faults.append(f"no active licence in {content.get('state') or 'the state'} on file")
    if facts.is_stopped:
        faults.append("a match with an exclusion list is open or confirmed")
    # Whoever is decided again took part before; what may not come before is the first decision.
    decided = content.get("initial_decision") or content.get("decision_date", "")
    if not content.get("decision_date"):
        faults.append("no decision of the committee")
    elif content.get("effective_date", "") < decided:
        faults.append(
            f"effective {content.get('effective_date') or 'date missing'}, before the committee's "
            f"decision of {decided}"
        )
    if facts.is_lapsed:
        faults.append(f"recredentialing was due by {content.get('next_due')}")
    if not re.fullmatch(r"\d{9}", content.get("practice_tin", "")):
        faults.append("no TIN of the practice on file")
    return tuple(faults)


# Differences between snapshots.


@dataclass(frozen=True)
class Delta:
    """One line of a roster: what to do, the row as it is sent, and as it was sent before."""

    key: str
    action: Action
    content: Content
    before: Content | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that differ from what was sent before."""
        if self.before is None:
            return ()
        names = FIELDS.keys() | self.content.keys() | self.before.keys()
        mine, old = self.content, self.before
        order = [*FIELDS, *sorted(names - FIELDS.keys())]
        return tuple(n for n in order if n in names and mine.get(n, "") != old.get(n, ""))


def deltas(
    now: Mapping[str, Content],
    sent: Mapping[str, Content],
    held: Collection[str],
    day: date,
) -> list[Delta]:
    """
    Compare what is true now with what the payer was last sent, by keys that no rename changes.

    A row that is held back is neither added nor changed; what was sent of it before stays as it
    is. Whoever is no longer there is ended, on `day` if nothing says when.
    """
    found = []
    for key in sorted(now.keys() | sent.keys()):
        row, before = now.get(key), sent.get(key)
        if row is None or row.get("term_date"):
            if before is None or _is_same_term(row, before):
                continue
            ended = row or {**before, "term_date": before.get("term_date") or day.isoformat()}
            action = Action.CHANGE if before.get("term_date") else Action.TERM
            if row is None and action == Action.CHANGE:
                continue  # was ended before, and is gone
            found.append(Delta(key, action, ended, before))
        elif key in held:
            continue
        elif before is None or before.get("term_date"):
            found.append(Delta(key, Action.ADD, row, before))
        elif content_hash(row) != content_hash(before):
            found.append(Delta(key, Action.CHANGE, row, before))
    return found


def _is_same_term(row: Content | None, before: Content) -> bool:
    return row is not None and row.get("term_date") == before.get("term_date")


def after(sent: Mapping[str, Content], found: Iterable[Delta]) -> dict[str, Content]:
    """What the payer has been sent once these lines are."""
    return {**sent, **{delta.key: delta.content for delta in found}}


def action_date(delta: Delta, day: date) -> str:
    """From when a line of a roster is to hold."""
    if delta.action == Action.TERM:
        return delta.content.get("term_date", "")
    if delta.action == Action.ADD:
        return delta.content.get("effective_date", "")
    return day.isoformat() if delta.action == Action.CHANGE else ""


ANSWER_DAYS = 30


def answer_due(sent_date: date) -> date:
    """By when a payer has answered a roster; no answer after 30 days is an alert."""
    return sent_date + timedelta(days=ANSWER_DAYS)
