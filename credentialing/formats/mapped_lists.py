"""
Lists whose columns are told by a saved mapping: states, plans' preclusion notices, opt-outs.

A mapping is data: field → the headers (any of them) that hold it. What is shipped for the states
of California, New York and Texas follows their published columns; it is marked where it rests on
our own knowledge, and everybody can save their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from credentialing.formats.exclusions import ListFile, each, finish, read_day, read_npi
from credentialing.formats.tables import Row, read_table
from credentialing.rules.screening import Entry
from ipaportal.core.csvfiles import header_key

FIELDS = {
    "last_name": "Last name",
    "first_name": "First name",
    "middle_name": "Middle name or initial",
    "full_name": "Whole name in one column (LAST, FIRST or a business)",
    "business_name": "Business name",
    "aliases": "Other names",
    "npi": "NPI",
    "birth_date": "Birth date",
    "tin": "Taxpayer number",
    "licence": "Licence number",
    "provider_type": "Kind of provider",
    "address": "Street",
    "city": "City",
    "state": "State",
    "zip_code": "ZIP code",
    "kind": "Kind of exclusion",
    "effective_date": "First day excluded",
    "end_date": "First day no longer excluded",
}
NAMES = ("last_name", "full_name", "business_name", "npi")
NONE_MARKS = {"n/a", "na", "none", "null", "-", "."}
OPEN_MARKS = {"active", "indefinite", "indefinitely effective", "permanent", "indefinite period"}


@dataclass(frozen=True)
class ColumnMapping:
    """Which headers hold which field; `is_verified` says whether a published source was read."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: str = ""
    is_verified: bool = False
    source: str = ""


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


def _map(**columns: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(heads.split("|")) for name, heads in columns.items()}


OWN_KNOWLEDGE = "unverified: from general knowledge, no published layout was read"
SHIPPED = {
    "CA": ColumnMapping(
        _map(
            last_name="last_name",
            first_name="first_name",
            middle_name="middle_name",
            aliases="a_k_a_also_known_as_d_b_a_doing_business_as|a_k_a",
            provider_type="provider_type",
            licence="license_number",
            address="address_es|address",
            effective_date="date_of_suspension",
            kind="active_period",
        ),
        state="CA",
        source="California Medi-Cal Suspended and Ineligible Provider List, column heads",
        is_verified=True,
    ),
    "NY": ColumnMapping(
        _map(
            full_name="provider_name",
            npi="npi_num|npi",
            licence="license_num|license",
            provider_type="provider_type",
            effective_date="exclusion_effective_date",
        ),
        state="NY",
        source="New York OMIG exclusion list, column heads",
        is_verified=True,
    ),
    "TX": ColumnMapping(
        _map(
            business_name="companyname",
            last_name="lastname",
            first_name="firstname",
            middle_name="midinitial",
            provider_type="occupation",
            licence="licensenumber",
            npi="npi",
            effective_date="startdate",
            end_date="reinstateddate",
            kind="webcomments",
        ),
        state="TX",
        source="Texas HHS OIG exclusion list, column heads",
        is_verified=True,
    ),
    "PRECLUSION": ColumnMapping(
        _map(
            last_name="last_name|provider_last_name",
            first_name="first_name|provider_first_name",
            middle_name="middle_name",
            business_name="business_name|legal_business_name",
            npi="npi",
            tin="ein|tin",
            birth_date="date_of_birth|dob",
            address="address",
            city="city",
            state="state",
            zip_code="zip|zip_code",
            effective_date="effective_date|preclusion_effective_date",
            end_date="reinstatement_date|reinstate_date",
        ),
        source=OWN_KNOWLEDGE,
    ),
    "OPT_OUT": ColumnMapping(
        _map(
            last_name="last_name",
            first_name="first_name",
            npi="npi",
            provider_type="specialty",
            effective_date="optout_effective_date|opt_out_effective_date",
            end_date="optout_end_date|opt_out_end_date",
            address="first_line_street_address",
            city="city_name",
            state="state_code",
            zip_code="zip_code|zip",
        ),
        source=OWN_KNOWLEDGE,
    ),
}
