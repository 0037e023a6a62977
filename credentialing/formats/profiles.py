"""
What NPPES and CAQH rosters say of practitioners, by the fields of the application.

NPPES: the 329 or 330 quoted columns of the monthly file, or some of them. CAQH: the 35 columns of
a ProView roster (specification 3.2), separated by bars. A file that a spreadsheet spoilt is
refused, because a number that lost its zeros is another number.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from credentialing.rules.identifiers import is_dea, is_taxonomy
from credentialing.rules.npi import is_npi
from ipaportal.core.csvfiles import excel_damage
from ipaportal.core.tables import Row, Table, read_table

NPPES, CAQH = "nppes", "caqh"
MOST_PROBLEMS = 200
NO_ROWS = "It holds no rows beneath its header."
CAQH_COLUMNS = tuple(
    [
        "action_flag",
        "provider_first_name",
        "provider_middle_name",
        "provider_last_name",
        "provider_name_suffix",
        "provider_gender",
        "provider_address1",
        "provider_address2",
        "provider_address_city",
        "provider_address_state",
        "provider_address_zip",
        "provider_address_zip_extn",
        "provider_phone",
        "provider_fax",
        "provider_email",
        "provider_practice_state",
        "provider_birthdate",
        "provider_ssn",
        "short_ssn",
        "provider_dea",
        "provider_upin",
        "provider_type",
        "provider_tax_id",
        "provider_npi",
        "provider_license_state",
        "provider_license_number",
        "caqh_provider_id",
        "po_provider_id",
        "last_recredential_date",
        "next_recredential_date",
        "delegation_flag",
        "application_type",
        "affiliation_flag",
        "organization_id",
        "region_id",
    ]
)
_NPPES_NAMES = {
    "identity.first_name": "provider_first_name",
    "identity.middle_name": "provider_middle_name",
    "identity.last_name": "provider_last_name_legal_name",
    "identity.suffix": "provider_name_suffix_text",
    "identity.degree": "provider_credential_text",
    "identity.former_names": "provider_other_last_name",
    "identity.gender": "provider_gender_code",
    "identity.phone": "provider_business_practice_location_address_telephone_number",
}
_CAQH_NAMES = {
    "identity.first_name": "provider_first_name",
    "identity.middle_name": "provider_middle_name",
    "identity.last_name": "provider_last_name",
    "identity.suffix": "provider_name_suffix",
    "identity.gender": "provider_gender",
    "identity.email": "provider_email",
    "identity.phone": "provider_phone",
    "identity.caqh_id": "caqh_provider_id",
}
_EXACT = ("npi", "entity_type_code", "provider_npi", "provider_birthdate", "caqh_provider_id",
          "provider_dea", "provider_license_number", "employer_identification_number_ein",
          "provider_business_practice_location_address_postal_code")  # fmt: skip


@dataclass(frozen=True)
class ProfileRow:
    """One row: whom it is about, and what it says by `section.field` of the application."""

    line_no: int
    npi: str
    says: Mapping[str, object]
    as_of_date: date | None = None
    action: str = ""


@dataclass
class Profiles:
    """A file: its rows, what is wrong with some of them, and why all of it is refused, if so."""

    source: str = ""
    rows: list[ProfileRow] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    columns: int = 0
    count: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    entity_types: Counter[str] = field(default_factory=Counter)
    npis: set[str] = field(default_factory=set)
    taxonomies: set[str] = field(default_factory=set)

    def note(self, line_no: int, words: str) -> None:
        """Say what is wrong with a row."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((f"line {line_no}", words))

    def refuse(self, words: str) -> None:
        """Say why the file cannot be trusted."""
        if len(self.refusals) < MOST_PROBLEMS and words not in self.refusals:
            self.refusals.append(words)


def read_profiles(data: bytes) -> Profiles:
    """Read a file of either kind; a row that cannot be used is named, a spoilt file is refused."""
    table = read_table(data, expected=("NPI", "CAQH_Provider_ID"))
    found = Profiles(columns=len(table.headers))
    if table.problems:
        for _, _, words in table.problems:
            found.refuse(words)
        return found
    if {"caqh_provider_id", "action_flag"} & table.keys:
        found.source = CAQH
        _check_caqh_header(found, table)
    elif {"npi", "entity_type_code"} <= table.keys:
        found.source = NPPES
    else:
        found.refuse("It is neither an NPPES file (NPI, Entity Type Code) nor a CAQH roster.")
    if found.refusals:
        return found
    read = _caqh_row if found.source == CAQH else _nppes_row
    for row in table.rows:
        found.count += 1
        if not _is_spoilt(found, row):
            read(found, row)
    for where, _, words in table.problems:
        found.refuse(f"{where}: {words}")
    if not found.count:
        found.refuse(NO_ROWS)
    return found


def figures(found: Profiles) -> dict[str, object]:
    """What a file holds, for `inspect`."""
    shown: dict[str, object] = {"rows": found.count, "columns": found.columns}
    if found.source == NPPES:
        shown |= {
            "individuals": found.entity_types["1"],
            "organizations": found.entity_types["2"],
            "entity_types": dict(sorted(found.entity_types.items())),
            "npi_luhn_ok": found.counts["npi_luhn_ok"],
            "npi_distinct": len(found.npis),
            "deactivated": found.counts["deactivated"],
            "taxonomy1_distinct": len(found.taxonomies),
        }
    if found.source == CAQH:
        names = ("adds", "updates", "deletes", "other_actions")
        shown |= {name: found.counts[name] for name in names}
    return shown


def _is_spoilt(found: Profiles, row: Row) -> bool:
    for key in _EXACT:
        words = excel_damage(row.cells.get(key, ""))
        if words:
            found.refuse(f"Line {row.line_no}, {key}: {words}. Ask for the file as it was sent.")
            return True
    return False


def _check_caqh_header(found: Profiles, table: Table) -> None:
    missing = [name for name in CAQH_COLUMNS if name not in table.keys]
    more = sorted(table.keys - set(CAQH_COLUMNS))
    if missing:
        found.refuse(f"The header of a CAQH roster has 35 columns; it lacks {', '.join(missing)}.")
    if more:
        found.refuse(f"The header has columns that no CAQH roster has: {', '.join(more)}.")


def _nppes_row(found: Profiles, row: Row) -> None:
    npi, kind = row.get("npi"), row.get("entity_type_code")
    found.entity_types[kind] += 1
    found.npis.add(npi)
    if row.get("healthcare_provider_taxonomy_code_1"):
        found.taxonomies.add(row.get("healthcare_provider_taxonomy_code_1"))
    ended, again = row.get("npi_deactivation_date"), row.get("npi_reactivation_date")
    found.counts["deactivated"] += bool(ended)
    if not is_npi(npi):
        found.note(row.line_no, f"NPI {npi!r} fails its check digit; the row is left out.")
        return
    found.counts["npi_luhn_ok"] += 1
    zip_code = row.get("provider_business_practice_location_address_postal_code")
    if zip_code.isdigit() and len(zip_code) in (4, 8):
        words = f"ZIP {zip_code} has {len(zip_code)} digits: leading zeros were lost on the way."
        found.refuse(f"Line {row.line_no}: {words} Ask for the file as it was sent.")
        return
    days = {}
    for name in ("npi_deactivation_date", "npi_reactivation_date", "last_update_date"):
        try:
            days[name] = us_day(row.get(name))
        except ValueError as wrong:
            found.note(row.line_no, f"{wrong}; the row is left out.")
            return
    if ended and not (again and days["npi_reactivation_date"] >= days["npi_deactivation_date"]):
        found.note(row.line_no, f"NPI {npi} was deactivated on {ended}; it says nothing any more.")
        return
    if kind != "1":
        return
    says: dict[str, object] = {
        key: row.get(name) for key, name in _NPPES_NAMES.items() if row.get(name) not in ("", "--")
    }
    taxonomy = _primary(row)
    if is_taxonomy(taxonomy):
        says["identity.taxonomy"] = taxonomy
    says["licences"] = _licences(row)
    found.rows.append(ProfileRow(row.line_no, npi, says, days["last_update_date"]))


def _primary(row: Row) -> str:
    for number in range(1, 16):
        if row.get(f"healthcare_provider_primary_taxonomy_switch_{number}") == "Y":
            return row.get(f"healthcare_provider_taxonomy_code_{number}")
    return row.get("healthcare_provider_taxonomy_code_1")


def _licences(row: Row) -> list[dict[str, str]]:
    found = []
    for number in range(1, 16):
        state = row.get(f"provider_license_number_state_code_{number}")
        licence = row.get(f"provider_license_number_{number}")
        one = {"kind": "licence", "state": state, "number": licence}
        if state and licence and licence.upper() != "NONE" and one not in found:
            found.append(one)
    return found


def _caqh_row(found: Profiles, row: Row) -> None:
    action = row.get("action_flag").upper()
    name = {"A": "adds", "U": "updates", "D": "deletes"}.get(action)
    found.counts[name or "other_actions"] += 1
    if name is None:
        found.note(row.line_no, f"Action {action!r} is none of A, U, D; the row is left out.")
        return
    npi = row.get("provider_npi")
    if npi and not is_npi(npi):
        found.note(row.line_no, f"NPI {npi!r} fails its check digit; the row is left out.")
        return
    for key in ("provider_birthdate", "last_recredential_date", "next_recredential_date"):
        try:
            iso_day(row.get(key))
        except ValueError as wrong:
            found.note(row.line_no, f"{key}: {wrong}; the row is left out.")
            return
    needed = ("provider_practice_state", "provider_birthdate", "provider_type")
    missing = [key for key in needed if not row.get(key)] if action == "A" else []
    if missing:
        found.note(row.line_no, f"An addition lacks {', '.join(missing)}; the row is left out.")
        return
    if action == "D":
        return
    says: dict[str, object] = {
        key: row.get(name) for key, name in _CAQH_NAMES.items() if row.get(name)
    }
    licences = []
    state, number = row.get("provider_license_state"), row.get("provider_license_number")
    if state and number:
        licences.append({"kind": "licence", "state": state, "number": number})
    dea = row.get("provider_dea").upper()
    if dea and is_dea(dea):
        licences.append({"kind": "dea", "state": state, "number": dea})
    elif dea:
        found.note(row.line_no, "The DEA number fails its check digit and is left out.")
    says["licences"] = licences
    found.rows.append(ProfileRow(row.line_no, npi, says, None, action))


def us_day(text: str) -> date | None:
    """
    Read MM/DD/YYYY, the way NPPES writes days.

    :raises ValueError: if it is written otherwise: which of two numbers is the month is not guessed
    """
    return _day(text, "%m/%d/%Y", "MM/DD/YYYY")


def iso_day(text: str) -> date | None:
    """
    Read YYYYMMDD, the way CAQH writes days.

    :raises ValueError: if it is written otherwise
    """
    return _day(text, "%Y%m%d", "YYYYMMDD")


def _day(text: str, form: str, words: str) -> date | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, form).date()
    except ValueError as wrong:
        raise ValueError(f"{text!r} is not written {words}") from wrong
    if f"{day:{form}}" != text:
        raise ValueError(f"{text!r} is not written {words}")
    return day
