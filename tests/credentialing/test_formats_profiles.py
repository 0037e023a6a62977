"""Files of NPPES and CAQH: what they say is read, what a spreadsheet spoilt is refused."""

import json
from pathlib import Path

import pytest

from credentialing.formats.profiles import CAQH_COLUMNS, figures, read_profiles
from credentialing.rules.npi import with_check_digit

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
NPI = with_check_digit("299900001")
NPPES = {
    "NPI": NPI,
    "Entity Type Code": "1",
    "Provider Last Name (Legal Name)": "TERN",
    "Provider First Name": "IRIS",
    "Provider Credential Text": "MD",
    "Provider Other Last Name": "PLOVER",
    "Provider Business Practice Location Address Postal Code": "061051770",
    "Last Update Date": "09/27/2026",
    "NPI Deactivation Date": "",
    "NPI Reactivation Date": "",
    "Provider License Number_1": "A99001",
    "Provider License Number State Code_1": "CA",
    "Healthcare Provider Taxonomy Code_1": "207Q00000X",
    "Healthcare Provider Primary Taxonomy Switch_1": "Y",
}
CAQH = dict.fromkeys(CAQH_COLUMNS, "") | {
    "action_flag": "A",
    "provider_first_name": "Iris",
    "provider_last_name": "Tern",
    "provider_npi": NPI,
    "provider_birthdate": "19840506",
    "provider_practice_state": "CA",
    "provider_type": "MD",
    "provider_license_state": "CA",
    "provider_license_number": "A99001",
    "provider_dea": "FT1234563",
    "po_provider_id": "17",
}


def nppes(**change):
    row = {**NPPES, **change}
    return "\n".join(",".join(f'"{v}"' for v in line) for line in (row, row.values())).encode()


def caqh(**change):
    row = {**CAQH, **change}
    heads = [name.title() for name in row]
    return "\n".join("|".join(line) for line in (heads, row.values())).encode()


def test_reads_what_nppes_says():
    found = read_profiles(nppes())
    (row,) = found.rows
    assert (found.source, found.refusals, found.problems) == ("nppes", [], [])
    assert (row.npi, str(row.as_of_date)) == (NPI, "2026-09-27")
    assert row.says["identity.former_names"] == "PLOVER"
    assert row.says["identity.taxonomy"] == "207Q00000X"
    assert row.says["licences"] == [{"kind": "licence", "state": "CA", "number": "A99001"}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Entity Type Code": "1.0"}, "ends in .0"),
        ({"NPI": "2.9990000E+09"}, "scientific notation"),
        ({"Provider Business Practice Location Address Postal Code": "61051770"}, "leading zeros"),
        ({"Provider Business Practice Location Address Postal Code": "6105"}, "leading zeros"),
    ],
)
def test_refuses_what_a_spreadsheet_spoilt(change, words):
    found = read_profiles(nppes(**change))
    assert words in " ".join(found.refusals)
    assert found.rows == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"NPI": "2999000010"}, "check digit"),
        ({"Last Update Date": "2026-09-27"}, "not written MM/DD/YYYY"),
        ({"Last Update Date": "9/27/2026"}, "not written MM/DD/YYYY"),
        ({"NPI Deactivation Date": "01/02/2025"}, "was deactivated"),
    ],
)
def test_leaves_out_rows_that_cannot_be_used_and_names_them(change, words):
    found = read_profiles(nppes(**change))
    assert (found.rows, found.refusals) == ([], [])
    assert words in found.problems[0][1]


def test_a_number_that_was_reactivated_counts():
    again = {"NPI Deactivation Date": "01/02/2025", "NPI Reactivation Date": "01/03/2025"}
    assert len(read_profiles(nppes(**again)).rows) == 1


def test_reads_what_a_caqh_roster_says():
    found = read_profiles(caqh())
    (row,) = found.rows
    assert (found.source, row.action) == ("caqh", "A")
    assert [one["kind"] for one in row.says["licences"]] == ["licence", "dea"]
    assert figures(found)["adds"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"action_flag": "X"}, "none of A, U, D"),
        ({"provider_birthdate": "05/06/1984"}, "not written YYYYMMDD"),
        ({"provider_type": ""}, "lacks provider_type"),
        ({"provider_npi": "2999000010"}, "check digit"),
    ],
)
def test_names_rows_of_a_roster_that_cannot_be_used(change, words):
    found = read_profiles(caqh(**change))
    assert found.rows == []
    assert words in found.problems[0][1]


def test_refuses_files_of_another_kind_and_other_headers():
    assert read_profiles(b"").refusals
    assert "neither an NPPES" in read_profiles(b"a,b\n1,2\n").refusals[0]
    lacking = caqh().replace(b"|Region_Id", b"")
    assert "lacks region_id" in read_profiles(lacking).refusals[0]
    assert "no rows" in read_profiles(caqh().split(b"\n")[0]).refusals[0]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside the repository")
def test_counts_the_real_samples_as_others_did():
    listed = json.loads((SAMPLES / "expected.json").read_text())
    names = ("rows", "columns", "entity_types", "npi_luhn_ok", "npi_distinct", "deactivated",
             "taxonomy1_distinct")  # fmt: skip
    checked = 0
    for one in listed:
        if one["fmt"] == "nppes" and "npi_luhn_ok" in one["expected"]:
            found = figures(read_profiles((SAMPLES / "nppes" / one["file"]).read_bytes()))
            expected = {name: one["expected"][name] for name in names}
            assert {name: found[name] for name in names} == expected, one["file"]
            checked += 1
    assert checked == 2
    header = (SAMPLES / "caqh-roster" / "header_35_columns.txt").read_text().strip()
    assert [name.lower() for name in header.split("|")] == list(CAQH_COLUMNS)
