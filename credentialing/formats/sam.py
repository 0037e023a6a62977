"""
The public exclusions extract of SAM.gov (System for Award Management), version 2, CSV or zip.

Columns as published by the General Services Administration; a row that is not active any more
is counted and left out, one that takes effect later is kept.
"""

from datetime import date

from credentialing.formats.exclusions import ListFile, each, finish, read_day, read_npi
from credentialing.rules.screening import Entry
from ipaportal.core.tables import Row, read_table

EXPECTED = ("Classification", "Exclusion Type", "Excluding Agency", "Active Date", "SAM Number")
NEEDED = {"classification", "name", "first", "last", "active_date", "termination_date"}
INDEFINITE = {"", "indefinite"}


def is_sam(keys: frozenset[str]) -> bool:
    """Tell whether headers are this list's."""
    return {"classification", "excluding_agency", "active_date", "sam_number"} <= keys


def read_sam(data: bytes) -> ListFile:
    """Read an extract strictly."""
    found = ListFile()
    table = read_table(data, expected=EXPECTED)
    missing = sorted(NEEDED - table.keys)
    if missing and not table.problems:
        words = f"The header lacks {', '.join(missing)}: this is not the public extract, version 2."
        found.refuse("line 1", "columns", words)
        return found
    each(found, table.rows, lambda row: _entry(row, found))
    for problem in table.problems:
        found.refuse(*problem)
    return finish(found)


def _entry(row: Row, found: ListFile) -> Entry | None:
    where = f"line {row.line_no}"
    if row.get("record_status").casefold() == "inactive":
        found.note("inactive", f"{where} is no longer active and was left out")
        return None
    is_person = row.get("classification").casefold() == "individual" or bool(row.get("last"))
    begins, ends = _day(row, "active_date", found), None
    if row.get("termination_date").casefold() not in INDEFINITE:
        ends = _day(row, "termination_date", found)
    return Entry(
        row_no=row.line_no,
        last_name=row.get("last") if is_person else "",
        first_name=row.get("first") if is_person else "",
        middle_name=row.get("middle") if is_person else "",
        business_name="" if row.get("last") else row.get("name"),
        aliases=_also(row.get("cross_reference")),
        general=row.get("classification"),
        specialty=row.get("excluding_agency"),
        npi=read_npi(row.get("npi"), found, where),
        address=row.get("address_1"),
        city=row.get("city"),
        state=row.get("state_province").upper()[:2],
        zip_code=row.get("zip_code"),
        kind=row.get("exclusion_type", "exclusion_program"),
        effective_date=begins,
        end_date=ends,
        list_number=row.get("sam_number"),
    )


def _also(text: str) -> tuple[str, ...]:
    """The other names in `(also JOHN DOE)`."""
    parts = text.replace("(", ";").replace(")", ";").split(";")
    named = (part.strip() for part in parts if part.strip().casefold().startswith("also "))
    return tuple(part[5:].strip() for part in named)


def _day(row: Row, key: str, found: ListFile) -> date | None:
    try:
        return read_day(row.get(key))
    except ValueError as wrong:
        found.refuse(f"line {row.line_no}", key, f"{key.replace('_', ' ')}: {wrong}.")
        return None
