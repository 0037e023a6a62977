"""What every exclusion list comes to: entries, what is wrong with it, what is worth knowing."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from credentialing.rules.npi import is_npi
from credentialing.rules.screening import Entry

MAX_PROBLEMS = 200
FULL, ADDITIONS, REINSTATEMENTS = "full", "additions", "reinstatements"

_FLOATED = re.compile(r"([0-9]+)\.0+", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+", re.ASCII | re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?: .*)?", re.ASCII)
# An excluded person is grown up and alive; a two-digit year is the century that makes them so.
YOUNGEST, OLDEST = 14, 105


@dataclass(frozen=True, slots=True)
class ListProblem:
    """Why a list is refused: where, and in words that its sender understands."""

    where: str
    code: str
    message: str


@dataclass
class ListFile:
    """A list as read: its kind, entries, problems (it is refused) and notes (it is not)."""

    kind: str = FULL
    entries: list[Entry] = field(default_factory=list)
    problems: list[ListProblem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    notes: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    effective_range: tuple[date, date] | None = None

    def refuse(self, where: str, code: str, message: str) -> None:
        """Name a fault for which the list is refused whole."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(ListProblem(where, code, message))

    def note(self, code: str, message: str) -> None:
        """Count something odd that does no harm; the first of its kind is told."""
        self.counts[code] += 1
        self.notes.setdefault(code, message)

    @property
    def figures(self) -> dict[str, object]:
        """The counts that people compare with what the list's publisher says."""
        people = sum(1 for entry in self.entries if entry.last_name)
        span = self.effective_range
        return {
            "rows": self.rows,
            "individuals": people,
            "businesses": len(self.entries) - people,
            "with_npi": sum(1 for entry in self.entries if entry.npi),
            "with_dob": sum(1 for entry in self.entries if entry.birth_date),
            "with_waiver": sum(1 for entry in self.entries if entry.waiver_date),
            "first_effective": span[0].isoformat() if span else "",
            "last_effective": span[1].isoformat() if span else "",
            **{name: count for name, count in sorted(self.counts.items())},
        }


def read_day(text: str, *, around: date | None = None) -> date | None:
    """
    A day in any of the spellings that lists use; zeros and blanks are none.

    `around` is a day on which the person was grown up: it tells the century of a two-digit year.

    :raises ValueError: if it is no day
    """
    text = text.strip()
    if floated := _FLOATED.fullmatch(text):
        text = floated[1]
    if not text.strip("0"):
        return None
    if found := _COMPACT.fullmatch(text) or _ISO.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _SLASHED.fullmatch(text):
        month, day, year = int(found[1]), int(found[2]), found[3]
        if len(year) == 4:
            return date(int(year), month, day)
        return _of_century(int(year), month, day, around)
    raise ValueError(f"{text[:20]!r} is no date")


def _of_century(year: int, month: int, day: int, around: date | None) -> date:
    then = around or date(2000 + year, 12, 31)
    for century in (1900, 2000):
        found = date(century + year, month, day)
        if YOUNGEST <= then.year - found.year <= OLDEST:
            return found
    return date(1900 + year, month, day)


def read_npi(text: str, list_file: ListFile, where: str) -> str:
    """
    The NPI of a row: zeros are none, a failed check digit stays (it must still match).

    What a spreadsheet appended is taken off and said; digits that it dropped are gone, and then
    the list is refused: an NPI that is missing here would be a match that is missing there.
    """
    text = text.strip()
    if floated := _FLOATED.fullmatch(text):
        list_file.note("npi_floated", f"{where}: {text} was read as {floated[1]}")
        text = floated[1]
    if _SCIENTIFIC.fullmatch(text):
        list_file.refuse(
            where,
            "npi_scientific",
            f"{text} is an NPI in scientific notation: a spreadsheet dropped its last digits. "
            "Load the file as its publisher gave it, never one that was saved again.",
        )
        return ""
    if not text.strip("0"):
        return ""
    if not (text.isascii() and text.isdigit()):
        list_file.note("npi_unreadable", f"{where}: {text[:20]!r} is no NPI and was left out")
        return ""
    if not is_npi(text):
        list_file.note("npi_fails_check", f"{where}: {text} fails its check digit; it is kept")
    return text


def finish(list_file: ListFile) -> ListFile:
    """Add what only the whole shows: the days its rows take effect, and rows told twice."""
    days = [entry.effective_date for entry in list_file.entries if entry.effective_date]
    if days:
        list_file.effective_range = min(days), max(days)
    texts = Counter(entry.text for entry in list_file.entries)
    doubled = sum(count - 1 for count in texts.values())
    if doubled:
        list_file.counts["duplicate_rows"] = doubled
    if not list_file.rows and not list_file.problems:
        list_file.refuse("file", "empty", "The list has no rows: nobody would be found on it.")
    return list_file


def each(
    list_file: ListFile,
    rows: Iterable[object],
    read: Callable[[object], Entry | None],
) -> None:
    """Read rows into entries; a row that has no name and no number is named."""
    for row in rows:
        list_file.rows += 1
        entry = read(row)
        if entry is None:
            continue
        if not (entry.last_name or entry.business_name or entry.npi or entry.aliases):
            list_file.note("nameless", f"line {entry.row_no} names nobody and was left out")
            continue
        list_file.entries.append(entry)
