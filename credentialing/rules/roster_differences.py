"""Three ways of seeing a network: ours, what was last sent, the payer's own file."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credentialing.rules.rosters import DATES, FIELDS, Content, alike


class Kind(StrEnum):
    """In what the payer's file differs from ours."""

    MISSING = "missing"
    GHOST = "ghost"
    FIELD = "field"
    DATE = "date"


class Remedy(StrEnum):
    """What ends a difference, and with whom it lies."""

    SEND = "send"
    MEND = "mend"
    ASK_LOAD = "ask_load"
    ASK_END = "ask_end"
    ASK_CORRECT = "ask_correct"


KIND_WORDS = {
    Kind.MISSING: "missing at the plan",
    Kind.GHOST: "at the plan, not ours",
    Kind.FIELD: "differs",
    Kind.DATE: "a date differs",
}
REMEDY_WORDS = {
    Remedy.SEND: "send it with the next roster",
    Remedy.MEND: "mend what holds it back, then send it",
    Remedy.ASK_LOAD: "ask the plan to load what was sent",
    Remedy.ASK_END: "ask the plan to end it",
    Remedy.ASK_CORRECT: "ask the plan to correct it",
}
LATE_DAYS = 30
# What payers keep as they please, so that a difference says nothing.
IGNORED = frozenset({"payer_id", "term_reason"})


@dataclass(frozen=True)
class Difference:
    """One thing in which the payer's file is not what it should be, and what ends it."""

    key: str
    kind: Kind
    field: str
    ours: str
    sent: str
    theirs: str
    remedy: Remedy

    @property
    def words(self) -> str:
        """What differs, in words."""
        if self.kind in (Kind.MISSING, Kind.GHOST):
            return KIND_WORDS[self.kind]
        return f"{FIELDS[self.field]}: “{self.theirs}” at the plan, “{self.ours}” here"


def differences(
    ours: Mapping[str, Content],
    sent: Mapping[str, Content],
    theirs: Mapping[str, Content],
    compared: Iterable[str],
    day: date,
    held: Collection[str] = (),
) -> list[Difference]:
    """
    Compare by the payer's key: rows that are ours on a day, what was last sent, what it has.

    A row that ended by the day counts as gone on every side; a gate holds back those in `held`.
    """
    mine = {key: row for key, row in ours.items() if _is_there(row, day)}
    has = {key: row for key, row in theirs.items() if _is_there(row, day)}
    fields = [name for name in compared if name in FIELDS and name not in IGNORED]
    found: list[Difference] = []
    for key in sorted(mine.keys() | has.keys()):
        told = sent.get(key)
        if key not in has:
            was_told = told is not None and _is_there(told, day)
            ours_to_do = Remedy.MEND if key in held else Remedy.SEND
            remedy = Remedy.ASK_LOAD if was_told else ours_to_do
            found.append(Difference(key, Kind.MISSING, "", "listed", _told(told, day), "", remedy))
        elif key not in mine:
            # A term that was never sent is ours to send; else the plan has what it must not have.
            remedy = Remedy.SEND if told and _is_there(told, day) else Remedy.ASK_END
            found.append(Difference(key, Kind.GHOST, "", "", _told(told, day), "listed", remedy))
        else:
            ours_to_do = Remedy.MEND if key in held else Remedy.SEND
            found += _fields(key, mine[key], told or {}, has[key], fields, ours_to_do)
    return found


def _fields(
    key: str, mine: Content, told: Content, has: Content, names: Iterable[str], ours_to_do: Remedy
) -> list[Difference]:
    found = []
    for name in names:
        ours, sent, theirs = (row.get(name, "") for row in (mine, told, has))
        if alike(ours) == alike(theirs):
            continue
        kind = Kind.DATE if name in DATES else Kind.FIELD
        remedy = Remedy.ASK_CORRECT if alike(sent) == alike(ours) else ours_to_do
        found.append(Difference(key, kind, name, ours, sent, theirs, remedy))
    return found


def _is_there(row: Content, day: date) -> bool:
    term = row.get("term_date", "")
    return not term or term > day.isoformat()


def _told(row: Content | None, day: date) -> str:
    if row is None:
        return "never sent"
    return "sent" if _is_there(row, day) else f"term sent for {row['term_date']}"


def age_words(first_seen: date, today: date) -> str:
    """How long a difference has stood; day 30 is the last that is not late."""
    days = (today - first_seen).days
    word = "today" if days == 0 else f"{days} day{'s' if days != 1 else ''}"
    return f"{word}, late" if is_late(first_seen, today) else word


def is_late(first_seen: date, today: date) -> bool:
    """Whether a difference has stood for more than a month."""
    return (today - first_seen).days > LATE_DAYS
