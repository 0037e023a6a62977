"""Lists whose columns are told by a mapping: states, plans' preclusion notices, opt-outs."""

from datetime import date

from credentialing.formats.exclusions import ListFile, each, finish, read_day, read_npi
from credentialing.rules.list_columns import FIELDS, NAMES, ColumnMapping
from credentialing.rules.screening import Entry
from ipaportal.core.csvfiles import header_key
from ipaportal.core.tables import Row, read_table

NONE_MARKS = {"n/a", "na", "none", "null", "-", "."}
OPEN_MARKS = {"active", "indefinite", "indefinitely effective", "permanent", "indefinite period"}


def read_mapped(data: bytes, mapping: ColumnMapping) -> ListFile:
    """Read a list by a mapping, strictly: a mapped column that is missing refuses the file."""
    found = ListFile()
    keys = {
        name: tuple(header_key(head) for head in heads) for name, heads in mapping.columns.items()
    }
    table = read_table(data, expected=[head for heads in keys.values() for head in heads])
    if not table.problems:
        missing = [name for name, heads in keys.items() if not table.keys & set(heads)]
        if not any(name in keys and name not in missing for name in NAMES):
            found.refuse("line 1", "columns", "No column holds a name or an NPI.")
        needed = [name for name in missing if name in (*NAMES, "effective_date")]
        for name in needed:
            if not mapping.is_verified:  # a guess at a layout: what is there is read, and said
                words = f"no column for {FIELDS[name].lower()} was found"
                found.note(f"no_{name}", words)
                continue
            words = f"No column is called {' or '.join(mapping.columns[name])} ({FIELDS[name]})."
            found.refuse("line 1", "columns", f"{words} Check the mapping of this list.")
    if not found.problems:
        each(found, table.rows, lambda row: _entry(row, keys, mapping, found))
    for problem in table.problems:
        found.refuse(*problem)
    return finish(found)


def _entry(row: Row, keys: dict, mapping: ColumnMapping, found: ListFile) -> Entry:
    def value(name: str) -> str:
        text = row.get(*keys.get(name, ()))
        return "" if text.casefold() in NONE_MARKS else text

    where = f"line {row.line_no}"
    last, first, middle = value("last_name"), value("first_name"), value("middle_name")
    business, whole = value("business_name"), value("full_name")
    written = value("npi").replace(";", ",").replace(" ", ",").split(",")
    numbers = [npi for text in written if (npi := read_npi(text, found, where))]
    if whole and "," in whole and not last and not business:
        last, _, rest = whole.partition(",")
        first, _, middle = rest.strip().partition(" ")
    elif whole and not last and not business:
        business = whole
    if last and not first and not business:
        last, business = "", last  # one column holds people and businesses
    return Entry(
        row_no=row.line_no,
        last_name=last.strip(),
        first_name=first.strip(),
        middle_name=middle.strip(),
        business_name=business,
        aliases=_aliases(value("aliases")),
        specialty=value("provider_type"),
        npi=numbers[0] if numbers else "",
        more_npis=tuple(numbers[1:]),
        birth_date=_day(value("birth_date"), "birth_date", found, where),
        tin="".join(filter(str.isdigit, value("tin"))),
        licences=_licences(value("licence")),
        address=value("address"),
        city=value("city"),
        state=(value("state") or mapping.state).upper()[:2],
        zip_code=value("zip_code"),
        kind=value("kind"),
        effective_date=_day(value("effective_date"), "effective_date", found, where),
        end_date=_day(value("end_date"), "end_date", found, where),
    )


def _day(text: str, name: str, found: ListFile, where: str) -> date | None:
    if text.casefold() in OPEN_MARKS:
        return None
    try:
        return read_day(text)
    except ValueError as wrong:
        if name == "end_date":
            # "Until reinstated", a case number: words in this column never end an exclusion.
            found.note("end_in_words", f"{where}: {text[:40]!r} was not taken for an end")
        elif name == "birth_date":
            found.note("dob_unreadable", f"{where}: {wrong}; the row is kept without it")
        else:
            found.note("start_unreadable", f"{where}: {wrong}; the row is taken as in force")
        return None


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ";").split(";") if part.strip())


def _licences(text: str) -> tuple[str, ...]:
    parts = text.replace(";", ",").replace("/", ",").split(",")
    return tuple(part.strip().upper() for part in parts if any(map(str.isdigit, part)))
