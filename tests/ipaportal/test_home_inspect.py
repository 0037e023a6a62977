"""`inspect` on the files of credentialing: its strict readers judge them, the counts stay."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from credentialing.formats.profiles import CAQH_COLUMNS

SAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "shared/samples"
NPPES = (
    "NPI,Entity Type Code,Healthcare Provider Taxonomy Code_1,NPI Deactivation Date\n"
    "1234567893,1,207Q00000X,\n{npi},2,,\n"
)
LEIE = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,"
    "EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n"
    "ROE,ANN,,,,,,{npi},19700203,1 A ST,AUSTIN,TX,78701,1128a1,{day},00000000,00000000,\n"
)


def inspected(path: Path) -> dict:
    out = StringIO()
    call_command("inspect", str(path), "--json", stdout=out)
    return json.loads(out.getvalue())


def written(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text)
    return path


def test_counts_an_nppes_file_as_its_import_does(tmp_path):
    found = inspected(written(tmp_path, NPPES.format(npi="1234567894")))
    assert (found["format"], found["verdict"], found["problems"]) == ("nppes", "ok", [])
    assert found["figures"] == {
        "rows": 2, "columns": 4, "individuals": 1, "organizations": 1, "deactivated": 0,
        "entity_types": {"1": 1, "2": 1}, "npi_luhn_ok": 1, "npi_distinct": 2,
        "taxonomy1_distinct": 1,
    }  # fmt: skip
    assert [(note["where"], note["code"]) for note in found["notes"]] == [
        ("line 3", "row_left_out")
    ]


def test_refuses_an_nppes_file_that_a_spreadsheet_spoilt(tmp_path):
    found = inspected(written(tmp_path, NPPES.format(npi="1.23457E+09")))
    assert (found["format"], found["verdict"]) == ("nppes", "refused")
    assert "line 3, npi" in found["problems"][0]["message"].lower()
    assert found["figures"]["rows"] == 2


def test_takes_a_roster_that_is_only_its_header(tmp_path):
    found = inspected(written(tmp_path, "|".join(CAQH_COLUMNS) + "\n"))
    assert (found["format"], found["verdict"]) == ("caqh-roster", "ok")
    assert found["figures"] == {
        "rows": 0, "columns": 35, "adds": 0, "updates": 0, "deletes": 0, "other_actions": 0,
    }  # fmt: skip
    assert [note["code"] for note in found["notes"]] == ["no_rows"]


@pytest.mark.parametrize(
    ("npi", "day", "verdict"),
    [
        ("0000000000", "20160220", "ok"),
        ("1.23457E+09", "20160220", "refused"),
        ("0000000000", "20161345", "refused"),
    ],
)
def test_judges_an_exclusion_list_as_screening_does(tmp_path, npi, day, verdict):
    found = inspected(written(tmp_path, LEIE.format(npi=npi, day=day)))
    assert (found["format"], found["verdict"]) == ("leie", verdict)
    figures = found["figures"]
    assert (figures["rows"], figures["individuals"], figures["businesses"]) == (1, 1, 0)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public sample files are not here")
def test_finds_the_figures_counted_by_others_in_the_public_files():
    compared = 0
    for known in json.loads((SAMPLES / "expected.json").read_text()):
        path = SAMPLES / known["fmt"] / known["file"]
        if known["fmt"] not in ("nppes", "leie") or path.suffix != ".csv":
            continue
        found = inspected(path)
        shared = known["expected"].keys() & found["figures"].keys()
        assert {key: found["figures"][key] for key in shared} == {
            key: known["expected"][key] for key in shared
        }, known["file"]
        assert found["verdict"] == "ok", known["file"]
        compared += 1
    assert compared == 16


PACKAGES = (
    "PRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\tENDMARKETINGDATE\t"
    "NDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE\n"
    "0002-0800\t0002-0800-01\t1 VIAL in 1 CARTON (0002-0800-01)\t19870710\t\tN\tN\n"
)
RECALL = '{"results": [{"recall_number": "D-1-2026", "status": "%s", "code_info": "Lot 77B"}]}'
INVOICE = (
    "ISA*00*          *00*          *ZZ*SUPPLY         *ZZ*IPA            *261128*1200*U*00401"
    "*000000001*0*P*>~GS*IN*SUPPLY*IPA*20261128*1200*1*X*004010~ST*810*0001~"
    "BIG*20261203*INV-1**PO-1~IT1*1*5*BX*84.10~TDS*{total}~SE*5*0001~GE*1*1~IEA*1*000000001~"
)


@pytest.mark.parametrize(
    ("text", "kind", "verdict", "figure"),
    [
        (PACKAGES, "fda-ndc-packages", "ok", ("packages", 1)),
        (PACKAGES.replace("-0800-01\t", "-0900-01\t"), "fda-ndc-packages", "refused",
         ("packages", 0)),
        (RECALL % "Ongoing", "openfda-enforcement", "ok", ("with_lot", 1)),
        (RECALL % "Lost", "openfda-enforcement", "refused", ("reports", 0)),
        (INVOICE.format(total=42_050), "x12-810", "ok", ("total", "420.50")),
        (INVOICE.format(total=42_051), "x12-810", "unbalanced", ("invoices", 1)),
    ],
)  # fmt: skip
def test_judges_files_of_purchasing_as_their_import_does(tmp_path, text, kind, verdict, figure):
    found = inspected(written(tmp_path, text))
    assert (found["format"], found["verdict"]) == (kind, verdict)
    assert bool(found["problems"]) == (verdict != "ok")
    assert found["figures"][figure[0]] == figure[1]


def test_leaves_other_tables_as_they_are(tmp_path):
    found = inspected(written(tmp_path, "a,b\n1,2\n"))
    assert (found["format"], found["verdict"]) == ("csv", "ok")
