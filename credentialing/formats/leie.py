"""
The List of Excluded Individuals/Entities (LEIE) of the HHS Office of Inspector General.

The full file replaces everything before it; a monthly supplement adds or reinstates and must
never be taken for it, nor the other way round. Column widths: OIG record layout; names and
addresses are cut off there, so they are compared in the cut form (`rules/screening_names.py`).
"""

from datetime import date

from credentialing.formats.exclusions import (
    ADDITIONS,
    FULL,
    REINSTATEMENTS,
    ListFile,
    each,
    finish,
    read_day,
    read_npi,
)
from credentialing.rules.screening import Entry
from ipaportal.core.tables import Row, read_table

_HEADER = (
    "LASTNAME FIRSTNAME MIDNAME BUSNAME GENERAL SPECIALTY UPIN NPI DOB ADDRESS CITY STATE ZIP "
    "EXCLTYPE EXCLDATE REINDATE WAIVERDATE WVRSTATE"
)
COLUMNS = tuple(_HEADER.split())
# The layout says WAIVERSTATE, the files say WVRSTATE.
NEEDED = {name.lower() for name in COLUMNS} - {"wvrstate", "upin", "waiverdate"}
# A supplement's rows take effect within weeks; the full file's began in the seventies.
SUPPLEMENT_DAYS = 200
SUPPLEMENT_ROWS = 20_000


def is_leie(keys: frozenset[str]) -> bool:
    """Tell whether headers are this list's."""
    return {"lastname", "busname", "excltype", "excldate"} <= keys


def read_leie(data: bytes) -> ListFile:
    """Read a full file or a supplement strictly; `kind` says which its rows show it to be."""
    found = ListFile()
    table = read_table(data, expected=COLUMNS)
    missing = sorted(NEEDED - table.keys)
    if missing and not table.problems:
        words = f"The header lacks {', '.join(name.upper() for name in missing)}."
        found.refuse("line 1", "columns", f"{words} This is not the LEIE as OIG publishes it.")
        return found
    each(found, table.rows, lambda row: _entry(row, found))
    for where, code, message in table.problems:
        found.refuse(where, code, message + _CUT_OFF.get(code, ""))
    finish(found)
    found.kind = _kind(found)
    return found


_CUT_OFF = {
    "columns": " The download may have been cut off here.",
    "unreadable": " The download may have been cut off here.",
}


def _kind(found: ListFile) -> str:
    """Tell the kind by the rows: a name in the address bar has been wrong before."""
    reinstated = found.counts["reinstated_rows"]
    if reinstated and reinstated == found.rows:
        return REINSTATEMENTS
    if reinstated:
        words = (
            f"{reinstated} of {found.rows} rows carry a reinstatement date and the others none: "
            "this is neither the full file nor a supplement."
        )
        found.refuse("REINDATE", "mixed", words)
    span = found.effective_range
    short = span is not None and (span[1] - span[0]).days <= SUPPLEMENT_DAYS
    return ADDITIONS if short and found.rows < SUPPLEMENT_ROWS else FULL


def _entry(row: Row, found: ListFile) -> Entry:
    where = f"line {row.line_no}"
    excluded = _day(row, "excldate", found)
    if excluded is None:
        found.refuse(where, "excldate", "EXCLDATE is empty or no date: when does it take effect?")
    born = _birth(row, found, excluded)
    reinstated = _day(row, "reindate", found)
    if reinstated:
        found.counts["reinstated_rows"] += 1
    return Entry(
        row_no=row.line_no,
        last_name=row.get("lastname"),
        first_name=row.get("firstname"),
        middle_name=row.get("midname"),
        business_name=row.get("busname"),
        general=row.get("general"),
        specialty=row.get("specialty"),
        npi=read_npi(row.get("npi"), found, where),
        birth_date=born,
        address=row.get("address"),
        city=row.get("city"),
        state=row.get("state").upper(),
        zip_code=_zip(row.get("zip"), found, where),
        kind=row.get("excltype"),
        effective_date=excluded,
        end_date=reinstated,
        waiver_date=_day(row, "waiverdate", found),
        waiver_state=row.get("wvrstate", "waiverstate").upper(),
    )


def _birth(row: Row, found: ListFile, excluded: date | None) -> date | None:
    text = row.get("dob")
    if text:
        found.counts["dob_slashed" if "/" in text else "dob_compact"] += 1
    try:
        return read_day(text, around=excluded)
    except ValueError as wrong:
        # Kept without it: then nobody is told apart from this row by their birth date.
        found.note("dob_unreadable", f"line {row.line_no}: {wrong}; the row is kept without it")
        return None


def _day(row: Row, key: str, found: ListFile) -> date | None:
    try:
        return read_day(row.get(key))
    except ValueError as wrong:
        found.refuse(f"line {row.line_no}", key, f"{key.upper()}: {wrong}.")
        return None


def _zip(text: str, found: ListFile, where: str) -> str:
    digits = text.removesuffix(".0")
    if digits.isascii() and digits.isdigit() and 0 < len(digits) < 5:
        found.note("zip_short", f"{where}: a spreadsheet took the zeros before ZIP {text}")
        return digits.zfill(5)
    return digits
