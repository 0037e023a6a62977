"""
NPIs that were deactivated: the monthly report of NPPES, or rows of the full file that carry a date.

The registry's look-up drops deactivated numbers (it answers as if they had never been issued), so
only this list tells. It has no names: it says something about a number, never about a person.
"""

from credentialing.formats.exclusions import ListFile, each, finish, read_day, read_npi
from credentialing.rules.screening import Entry
from ipaportal.core.tables import Row, read_table

DATES = ("nppes_deactivation_date", "npi_deactivation_date")
AGAIN = ("npi_reactivation_date",)


def is_deactivations(keys: frozenset[str]) -> bool:
    """Tell whether headers are this list's."""
    return "npi" in keys and bool(keys & set(DATES))


def read_deactivations(data: bytes) -> ListFile:
    """Read a report strictly; in the full file only rows that are still deactivated count."""
    found = ListFile()
    table = read_table(data, expected=DATES)
    if not is_deactivations(table.keys) and not table.problems:
        found.refuse("line 1", "columns", "The header lacks NPI or the deactivation date.")
        return found
    each(found, table.rows, lambda row: _entry(row, found))
    for problem in table.problems:
        found.refuse(*problem)
    return finish(found)


def _entry(row: Row, found: ListFile) -> Entry | None:
    where = f"line {row.line_no}"
    try:
        ended, again = read_day(row.get(*DATES)), read_day(row.get(*AGAIN))
    except ValueError as wrong:
        found.refuse(where, "date", f"{wrong}.")
        return None
    if ended is None or (again is not None and again >= ended):
        found.counts["active"] += 1
        return None
    number = read_npi(row.get("npi"), found, where)
    if not number:
        found.refuse(where, "npi", "A row without an NPI: this list has nothing else.")
        return None
    return Entry(row_no=row.line_no, npi=number, kind="deactivated", effective_date=ended)
