"""Exclusion lists: what their files are known to hold is read, or refused by name."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from credentialing.formats.exclusions import ADDITIONS, FULL, REINSTATEMENTS, ListFile, read_day
from credentialing.formats.leie import COLUMNS, read_leie
from credentialing.formats.mapped_lists import read_mapped
from credentialing.formats.nppes_deactivations import read_deactivations
from credentialing.formats.sam import read_sam
from credentialing.rules.list_columns import SHIPPED, ColumnMapping

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
ZERO = "0000000000"
ROW = {
    "LASTNAME": "EXAMPLE",
    "FIRSTNAME": "DANA",
    "MIDNAME": "LEE ",
    "GENERAL": "MEDICAL PRACTICE, MD",
    "SPECIALTY": "FAMILY PRACTICE",
    "NPI": "1234567893",
    "DOB": "19600102",
    "CITY": "FRESNO",
    "STATE": "CA",
    "ZIP": "93701",
    "EXCLTYPE": "1128a1   ",
    "EXCLDATE": "20100520",
    "REINDATE": "00000000",
    "WAIVERDATE": "00000000",
}
OLD = {"LASTNAME": "OLDEST", "EXCLDATE": "19830101", "NPI": ZERO}


def leie(*rows, header=COLUMNS, end="\r\n"):
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    for row in rows:
        values = {**ROW, **row}
        writer.writerow(
            [values.get(name.replace("WAIVERSTATE", "WVRSTATE"), "") for name in header]
        )
    return lines.getvalue().encode()


def codes(found: ListFile) -> set[str]:
    return {problem.code for problem in found.problems}


def only(found: ListFile):
    assert not found.problems
    (entry,) = found.entries
    return entry


def test_reads_a_row_as_oig_writes_it():
    entry = only(read_leie(leie({})))
    assert (entry.last_name, entry.first_name, entry.middle_name) == ("EXAMPLE", "DANA", "LEE")
    assert (entry.npi, entry.birth_date) == ("1234567893", date(1960, 1, 2))
    assert entry.kind == "1128a1"
    assert entry.effective_date == date(2010, 5, 20)
    assert (entry.end_date, entry.waiver_date, entry.waiver_state) == (None, None, "")


@pytest.mark.parametrize(
    ("_case", "row", "field", "value"),
    [
        ("zeros are no NPI", {"NPI": ZERO}, "npi", ""),
        ("a failed check digit must still match", {"NPI": "1730405612"}, "npi", "1730405612"),
        ("a spreadsheet's .0", {"NPI": "1234567893.0"}, "npi", "1234567893"),
        ("the old date format", {"DOB": "10/06/73"}, "birth_date", date(1973, 10, 6)),
        ("born in this century", {"DOB": "10/06/01", "EXCLDATE": "20220520"},
         "birth_date", date(2001, 10, 6)),
        ("a lost leading zero", {"DOB": "1/6/73"}, "birth_date", date(1973, 1, 6)),
        ("zeros are no day", {"DOB": "00000000"}, "birth_date", None),
        ("one zero left of eight", {"WAIVERDATE": "0"}, "waiver_date", None),
        ("a ZIP without its zero", {"ZIP": "7305"}, "zip_code", "07305"),
        ("in force later", {"EXCLDATE": "20991220"}, "effective_date", date(2099, 12, 20)),
        ("a waiver", {"WAIVERDATE": "20200101", "WVRSTATE": "tx"}, "waiver_state", "TX"),
        ("an unreadable birth date is kept without", {"DOB": "19601399"}, "birth_date", None),
    ],
)  # fmt: skip
def test_keeps_what_lists_are_known_to_hold(_case, row, field, value):
    assert getattr(only(read_leie(leie(row))), field) == value


def test_takes_both_spellings_of_the_waiver_state():
    header = ["WAIVERSTATE" if name == "WVRSTATE" else name for name in COLUMNS]
    assert only(read_leie(leie({"WVRSTATE": "NM"}, header=header))).waiver_state == "NM"


@pytest.mark.parametrize(
    ("_case", "data", "code"),
    [
        ("nothing", b"", "empty"),
        ("a header alone", leie(), "empty"),
        ("cut off in a row", leie({}, {})[:-60], "unreadable"),
        ("cut off between columns", leie({}) + b'"A","B"\r\n', "columns"),
        ("another file", b"NAME,NPI\r\nA,1\r\n", "columns"),
        ("digits that a spreadsheet dropped", leie({"NPI": "1.23457E+09"}), "npi_scientific"),
        ("no first day", leie({"EXCLDATE": "00000000"}), "excldate"),
        ("a day that is none", leie({"EXCLDATE": "20231301"}), "excldate"),
        ("some rows reinstated", leie({}, {"REINDATE": "20160311"}), "mixed"),
        ("a PDF", b"%PDF-1.5 x", "pdf"),
        ("a page that says sorry", b"<html><body>503</body></html>", "columns"),
    ],
)
def test_refuses_by_name(_case, data, code):
    assert code in codes(read_leie(data))


def test_tells_a_supplement_from_the_full_file_by_its_rows():
    assert read_leie(leie({}, OLD)).kind == FULL
    assert read_leie(leie({}, {"EXCLDATE": "20100420"})).kind == ADDITIONS
    assert (
        read_leie(leie({"REINDATE": "20160309"}, {"REINDATE": "20160309"})).kind == REINSTATEMENTS
    )


def test_counts_rows_told_twice():
    assert read_leie(leie({}, {}, OLD)).figures["duplicate_rows"] == 1


def test_the_same_row_has_the_same_hash_wherever_it_stands():
    one, other = read_leie(leie({}, OLD)).entries, read_leie(leie(OLD, {})).entries
    assert {entry.content_hash for entry in one} == {entry.content_hash for entry in other}
    changed = only(read_leie(leie({"CITY": "SELMA"})))
    assert changed.content_hash not in {entry.content_hash for entry in one}


def test_reads_packed_files_and_refuses_two_in_one():
    assert only(read_leie(gzip.compress(leie({})))).last_name == "EXAMPLE"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("UPDATED.csv", leie({}))
    assert only(read_leie(packed.getvalue())).last_name == "EXAMPLE"
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("more.csv", leie({}))
    assert codes(read_leie(packed.getvalue())) == {"archive"}


SAM_HEAD = (
    "Classification,Name,Prefix,First,Middle,Last,Suffix,Address 1,City,State / Province,Country,"
    "Zip Code,Excluding Agency,Exclusion Type,Active Date,Termination Date,Record Status,"
    "Cross-Reference,SAM Number,NPI"
)


def test_reads_the_extract_of_sam():
    rows = [
        "Individual,,DR,DANA,LEE,EXAMPLE,,1 MAIN ST,FRESNO,CA,USA,93701,HHS,Ineligible,"
        "05/20/2010,Indefinite,Active,(also DANA SAMPLE),S4MR1,1234567893",
        "Firm,EXAMPLE CARE LLC,,,,,,1 MAIN ST,FRESNO,CA,USA,93701,HHS,Ineligible,"
        "05/20/2010,12/31/2030,,,S4MR2,",
        "Firm,GONE LLC,,,,,,1 MAIN ST,FRESNO,CA,USA,93701,HHS,Ineligible,"
        "05/20/2010,12/31/2012,Inactive,,S4MR3,",
    ]
    found = read_sam("\n".join([SAM_HEAD, *rows]).encode())
    assert not found.problems
    person, firm = found.entries
    assert (person.last_name, person.aliases, person.end_date) == (
        "EXAMPLE",
        ("DANA SAMPLE",),
        None,
    )
    assert (firm.business_name, firm.end_date) == ("EXAMPLE CARE LLC", date(2030, 12, 31))
    assert found.counts["inactive"] == 1
    assert codes(read_sam(b"Classification,Name\nFirm,A\n")) == {"columns"}


def sheet(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def test_reads_state_lists_by_mapping_from_csv_and_spreadsheets():
    text = b"provider_name,npi_num,license_num,provider_type,exclusion_effective_date\n"
    found = read_mapped(text + b'"EXAMPLE, DANA LEE",1234567893,L1,MD,5/20/2010\n', SHIPPED["NY"])
    entry = only(found)
    assert (entry.last_name, entry.first_name, entry.middle_name) == ("EXAMPLE", "DANA", "LEE")
    assert (entry.licences, entry.state) == (("L1",), "NY")
    head = "companyname lastname firstname midinitial occupation licensenumber npi startdate"
    data = sheet(
        ["Exclusions as of today"],
        [*head.split(), "adddate", "reinstateddate", "webcomments"],
        ["", "EXAMPLE", "DANA", "L", "MD", "A1", 1234567893, date(2010, 5, 20), None, None, ""],
        ["EXAMPLE CARE", "", "", "", "", "", "N/A", date(2010, 5, 20), None, date(2015, 1, 1), ""],
    )
    person, firm = read_mapped(data, SHIPPED["TX"]).entries
    assert (person.npi, person.effective_date) == ("1234567893", date(2010, 5, 20))
    assert (firm.business_name, firm.npi, firm.end_date) == ("EXAMPLE CARE", "", date(2015, 1, 1))


def test_refuses_a_state_list_whose_columns_were_renamed():
    found = read_mapped(b"surname,given\nEXAMPLE,DANA\n", SHIPPED["CA"])
    assert codes(found) == {"columns"}
    mapping = ColumnMapping({"last_name": ("surname",), "first_name": ("given",)}, state="NV")
    assert only(read_mapped(b"surname,given\nEXAMPLE,DANA\n", mapping)).state == "NV"


def test_words_never_end_an_exclusion():
    mapping = ColumnMapping({"last_name": ("l",), "first_name": ("f",), "end_date": ("until",)})
    entry = only(read_mapped(b"l,f,until\nEXAMPLE,DANA,when reinstated\n", mapping))
    assert entry.end_date is None


def test_reads_deactivated_numbers_and_not_those_active_again():
    data = b"NPI,NPPES Deactivation Date\n1234567893,05/20/2010\n"
    assert only(read_deactivations(data)).npi == "1234567893"
    head = b"NPI,Entity Type Code,NPI Deactivation Date,NPI Reactivation Date\n"
    found = read_deactivations(head + b"1234567893,,05/20/2010,06/20/2010\n1,1,,\n")
    assert not found.entries
    assert found.counts["active"] == 2


@pytest.mark.parametrize("text", ["31/12/2020", "20200230", "x", "2020-13-01"])
def test_no_day_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        read_day(text)


def samples(kind):
    record = SAMPLES / "expected.json"
    if not record.exists():
        return []
    return [one for one in json.loads(record.read_text()) if one["fmt"] == kind]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample files are not beside this clone")
def test_reads_the_published_lists_with_their_figures():
    for sample in samples("leie"):
        if not sample["file"].endswith(".csv"):
            continue
        expected = sample["expected"]
        found = read_leie((SAMPLES / "leie" / sample["file"]).read_bytes())
        assert not found.problems, sample["file"]
        seen = {**found.figures, "rows": found.rows}
        wanted = {
            name: expected[name] for name in ("rows", "individuals", "businesses", "with_npi")
        }
        assert {name: seen[name] for name in wanted} == wanted, sample["file"]
        kind = ADDITIONS if "EXCL" in sample["file"].upper() else REINSTATEMENTS
        assert found.kind == kind, sample["file"]
        failing = expected["with_npi"] - expected["npi_luhn_ok"]
        assert seen.get("npi_fails_check", 0) == failing, sample["file"]
        first, last = expected["excldate_min_max"]
        assert seen["first_effective"].replace("-", "") == first
        assert seen["last_effective"].replace("-", "") == last
