"""FDA's directory, CMS's Part B files and openFDA's reports: read strictly, refused by line."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.formats.enforcement import read_enforcement
from purchasing.formats.fda_ndc import levels_of, looks_like, read_packages, read_products
from purchasing.formats.part_b import read_crosswalk, read_limits

D = Decimal
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
sampled = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the collected samples are not on this machine"
)

PRODUCT_HEAD = (
    "PRODUCTID\tPRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tPROPRIETARYNAMESUFFIX\t"
    "NONPROPRIETARYNAME\tDOSAGEFORMNAME\tROUTENAME\tSTARTMARKETINGDATE\tENDMARKETINGDATE\t"
    "LABELERNAME\tDEASCHEDULE\tNDC_EXCLUDE_FLAG"
)
PACKAGE_HEAD = (
    "PRODUCTID\tPRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\t"
    "ENDMARKETINGDATE\tNDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE"
)


def product_line(**changed) -> str:
    cells = {
        "id": "x", "ndc": "0002-1200", "kind": "HUMAN PRESCRIPTION DRUG", "name": "Examplin",
        "suffix": "XR", "generic": "examplin", "form": "TABLET", "route": "ORAL; BUCCAL",
        "start": "20120601", "end": "", "labeler": 'Example "Pharma" Inc', "dea": "CIV",
        "flag": "N",
    }  # fmt: skip
    return "\t".join((cells | changed).values())


def faults(found) -> list[tuple[int, str, str]]:
    return [(one.line_no, one.column, one.code) for one in found.problems]


def test_reads_a_product_and_its_schedule():
    found = read_products(f"{PRODUCT_HEAD}\r\n{product_line()}\r\n".encode())
    assert found.problems == ()
    [drug] = found.products
    assert (drug.key, drug.name, drug.schedule, drug.is_rx) == (
        "0000021200", "Examplin XR", "4", True,
    )  # fmt: skip
    assert drug.routes == ("ORAL", "BUCCAL")
    assert drug.labeler == 'Example "Pharma" Inc'
    assert (drug.starts_on, drug.ends_on) == (date(2012, 6, 1), None)


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"ndc": "00021200"}, "PRODUCTNDC", "ndc"),
        ({"dea": "DEA"}, "DEASCHEDULE", "schedule"),
        ({"start": "Examplin"}, "STARTMARKETINGDATE", "date"),
        ({"end": "20269999"}, "ENDMARKETINGDATE", "date"),
        ({"flag": "Example Inc"}, "NDC_EXCLUDE_FLAG", "flag"),
        ({"name": "a\tb"}, "", "columns"),
    ],
)
def test_refuses_a_product_by_its_line(changed, column, code):
    text = "\n".join([PRODUCT_HEAD, product_line(), product_line(**changed), product_line()])
    found = read_products(text.encode())
    assert faults(found) == [(3, column, code)]
    assert [drug.line_no for drug in found.products] == [2, 4]


def test_reads_bytes_that_are_no_utf_8():
    found = read_products(PRODUCT_HEAD.encode() + b"\n" + product_line(name="M\xfcller").encode(
        "latin-1"))  # fmt: skip
    assert found.products[0].name == "Müller XR"


def test_says_when_it_is_another_file():
    assert faults(read_products(PACKAGE_HEAD.encode())) == [(1, "", "no_column")]
    assert faults(read_packages(b"")) == [(1, "", "empty")]
    assert looks_like(PACKAGE_HEAD) == "packages"
    assert looks_like(PRODUCT_HEAD) == "products"
    assert looks_like("a\tb") == ""


def test_reads_a_package_and_what_is_in_it():
    line = (
        "x\t0002-1200\t0002-1200-30\t10 VIAL in 1 CARTON (0002-1200-30)  > 5.5 mL in 1 VIAL"
        "\t20120601\t20190203\tN\tY"
    )
    [package] = read_packages(f"{PACKAGE_HEAD}\n{line}".encode()).packages
    assert (package.ndc.ndc11, package.units, package.is_sample) == ("00002120030", D("55.0"), True)
    assert package.levels[0].ndc == "0002-1200-30"
    assert package.ends_on == date(2019, 2, 3)


@pytest.mark.parametrize(
    ("description", "counts"),
    [
        ("100 TABLET in 1 BOTTLE (0002-1200-30)", ["100"]),
        ("1 KIT in 1 CARTON / 2 VIAL in 1 KIT / 3 mL in 1 VIAL", ["1", "2", "3"]),
        ("1 KIT in 1 KIT * 1 mL in 1 VIAL, SINGLE-DOSE", None),
        ("2 VIAL in 2 CARTON", None),
        ("a box", None),
        ("", None),
    ],
)
def test_reads_packs_within_packs(description, counts):
    assert [str(level.count) for level in levels_of(description)] == (counts or [])


def test_refuses_a_package_of_another_product():
    line = "x\t0002-1300\t0002-1200-30\t1 VIAL in 1 CARTON\t20120601\t\tN\tN"
    found = read_packages(f"{PACKAGE_HEAD}\n{line}".encode())
    assert faults(found) == [(2, "NDCPACKAGECODE", "other_product")]


@sampled
def test_reads_fdas_own_lines():
    found = read_packages((SAMPLES / "fda-ndc" / "package_trimmed.txt").read_bytes())
    assert [(one.ndc.hyphenated, one.units, one.is_sample) for one in found.packages] == [
        ("0002-0800-01", D(10), False),
        ("0002-1200-30", D(30), True),
        ("0002-1200-50", D(50), False),
    ]
    found = read_products((SAMPLES / "fda-ndc" / "product_trimmed.txt").read_bytes())
    assert [one.written for one in found.products] == ["0002-0800", "0002-1407"]
    assert faults(found) == [(3, "DEASCHEDULE", "schedule")]  # the trimmed line says "DEA" there


LIMITS = (
    "Payment Allowance Limits,,,,,\n"
    '"Effective January 1, 2026 through March 31, 2026",,,,,\n,,,,,\n'
    "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage,Notes,\n"
    "90371,Hep b ig im,1 ML,137.828,20.000,,\n"
    "J0001,Example,10 MG,1.5,13.700,8% add-on,\n"
    'A9606,Example,1 microCurie,N/A,20.000,"100% AWP = $2\n100% WAC = $1",\n'
)


def test_reads_limits_and_their_quarter():
    found = read_limits(LIMITS.encode())
    assert found.problems == ()
    assert (found.effective_date, found.end_date) == (date(2026, 1, 1), date(2026, 4, 1))
    assert [(one.hcpcs, one.limit, one.coinsurance_pct) for one in found.limits] == [
        ("90371", D("137.828"), D("20.000")),
        ("J0001", D("1.5"), D("13.700")),
        ("A9606", None, D("20.000")),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("J0002,Example,10 MG,none,20,,", (9, "Payment Limit", "amount")),
        ("J0002,Example,10 MG,-1,20,,", (9, "Payment Limit", "amount")),
        ("J0002,Example,10 MG,1,120,,", (9, "Co-insurance Percentage", "amount")),
        ("Example,J0002,10 MG,1,20,,", (9, "HCPCS Code", "hcpcs")),
        ("J0001,Example,10 MG,1,20,,", (9, "HCPCS Code", "twice")),
        ("J0002,Example,10 MG", (9, "", "columns")),
    ],
)
def test_refuses_a_limit_by_its_line(line, fault):
    found = read_limits(f"{LIMITS}{line}\n".encode())
    assert faults(found) == [fault]
    assert len(found.limits) == 3


def test_refuses_limits_of_no_quarter():
    found = read_limits(LIMITS.replace("Effective", "About").encode())
    assert faults(found) == [(1, "", "no_quarter")]
    assert found.limits == ()
    assert [one.code for one in read_limits(b"a,b\n1,2\n").problems][:1] == ["no_column"]


@sampled
def test_reads_cms_limits_of_a_quarter():
    [path] = (SAMPLES / "cms-asp").glob("*.csv")
    found = read_limits(path.read_bytes())
    assert found.problems == ()
    assert len(found.limits) == 877
    assert sum(one.coinsurance_pct != 20 for one in found.limits) == 123
    assert (found.effective_date, found.end_date) == (date(2026, 1, 1), date(2026, 4, 1))


CROSSWALK = (
    "Effective January 1 2026,,,,,,,,,,,\n"
    "_2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,"
    "BILLUNITS,BILLUNITSPKG,,\n"
    "J0001,Example,Example Inc,50242-0040-62,Examplin,10 MG,20,4,2,8,,\n"
)


def test_reads_which_code_an_ndc_is_billed_by():
    found = read_crosswalk(CROSSWALK.encode())
    assert found.problems == ()
    [line] = found.lines
    assert (line.hcpcs, line.ndc.ndc11, line.units_per_package) == ("J0001", "50242004062", D(8))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("J0001,E,E,5024204062,E,10 MG,20,4,2,8,,", (4, "NDC", "ndc")),
        ("J0001,E,E,50242-0040-62,E,10 MG,20,4,2,0,,", (4, "BILLUNITSPKG", "amount")),
        ("J0001,E,E,50242-0040-62,E,10 MG,20,4,2,,,", (4, "BILLUNITSPKG", "amount")),
        ("JX,E,E,50242-0040-62,E,10 MG,20,4,2,8,,", (4, "HCPCS Code", "hcpcs")),
    ],
)
def test_refuses_a_link_by_its_line(line, fault):
    found = read_crosswalk(f"{CROSSWALK}{line}\n".encode())
    assert faults(found) == [fault]
    assert len(found.lines) == 1


def record(**changed) -> dict:
    return {
        "recall_number": "D-0001-2026", "event_id": "79000", "classification": "Class II",
        "status": "Ongoing", "product_type": "Drugs", "openfda": {},
        "product_description": "Examplin Tablets 10 mg, 100-count bottle, NDC 0023-6002-01",
        "code_info": "Lot # 544821A, Exp 07/19", "more_code_info": None,
        "reason_for_recall": "Failed Dissolution", "recalling_firm": "Example Inc",
        "product_quantity": "1,000 bottles", "distribution_pattern": "Nationwide",
        "recall_initiation_date": "20180110", "center_classification_date": "20180201",
        "report_date": "20180207", "termination_date": "",
    } | changed  # fmt: skip


def reports(*records) -> bytes:
    return json.dumps({"meta": {"last_updated": "2018-02-07"}, "results": records}).encode()


def test_reads_code_and_lot_of_a_report_that_lists_neither():
    found = read_enforcement(reports(record()))
    assert (found.problems, found.updated_on) == ((), date(2018, 2, 7))
    [report] = found.reports
    assert [ndc.ndc11 for ndc in report.recall.ndcs] == ["00023600201"]
    assert [lot.number for lot in report.recall.lots] == ["544821A"]
    assert (report.initiated_on, report.terminated_on) == (date(2018, 1, 10), None)


def test_takes_listed_codes_and_more_lots_too():
    listed = {"package_ndc": ["0023-6002-05", 7], "product_ndc": ["0002-1200"]}
    found = read_enforcement(reports(record(openfda=listed, more_code_info="Lot 77B")))
    recall = found.reports[0].recall
    assert [ndc.hyphenated for ndc in recall.ndcs] == ["0023-6002-05", "0023-6002-01"]
    assert [lot.number for lot in recall.lots] == ["544821A", "77B"]
    assert recall.product_keys == ("0000021200",)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"recall_number": ""}, "no_number"),
        ({"recall_number": "D-0000-2026"}, "twice"),
        ({"status": "On Hold"}, "status"),
        ({"report_date": "2018-02-07"}, "date"),
        ({"report_date": "20180231"}, "date"),
        ({"code_info": 12}, "text"),
        ({"code_info": "x" * 20_001}, "text"),
    ],
)
def test_refuses_a_report_by_its_place(changed, code):
    found = read_enforcement(reports(record(recall_number="D-0000-2026"), record(**changed)))
    assert [(one.where, one.code) for one in found.problems] == [("record 2", code)]
    assert len(found.reports) == 1


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"results": 1}', b"\xff", b'{"results": [', b"[" * 100_000]
)
def test_refuses_what_is_no_file_of_reports(data):
    found = read_enforcement(data)
    assert found.reports == ()
    assert [one.where for one in found.problems] == ["file"]


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_reads_any_bytes_without_falling_over(data):
    read_enforcement(data)
    read_products(data)
    read_packages(PACKAGE_HEAD.encode() + b"\n" + data)
    read_limits(LIMITS.encode() + data)
    read_crosswalk(CROSSWALK.encode() + data)
