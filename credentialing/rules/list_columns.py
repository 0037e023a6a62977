"""
How lists call their columns: field → the headers (any of them) that hold it; data, not code.

What is shipped for California, New York and Texas follows their published columns; it is marked
where it rests on our own knowledge, and everybody can save their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class ColumnMapping:
    """Which headers hold which field; `is_verified` says whether a published source was read."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    state: str = ""
    is_verified: bool = False
    source: str = ""


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
