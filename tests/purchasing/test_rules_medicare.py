"""What Part B pays for a pack: which pack the NDC is of, its units, and what is left of a price."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from purchasing.formats.fda_ndc import levels_of
from purchasing.formats.reference import eaches_of, kind_of, read, unpacked
from purchasing.rules.medicare import Paid, level_of_ndc, quarter_of, quarter_words, words_of
from purchasing.rules.packs import PackLevel
from purchasing.rules.underwater import Limit
from tests.purchasing.test_formats_files import PACKAGE_HEAD, PRODUCT_HEAD, product_line

D = Decimal
EACH, BOX, CASE = PackLevel("each", 1), PackLevel("box", 25), PackLevel("case", 100)


@pytest.mark.parametrize(
    ("day", "start", "end", "words"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 4, 1), "Q1 2026"),
        (date(2026, 9, 30), date(2026, 7, 1), date(2026, 10, 1), "Q3 2026"),
        (date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1), "Q4 2026"),
    ],
)
def test_gives_the_quarter_of_a_day(day, start, end, words):
    assert quarter_of(day) == (start, end)
    assert quarter_words(start) == words


@pytest.mark.parametrize(
    ("description", "eaches"),
    [
        ("25 VIAL in 1 CARTON (0-1-2) > 1 mL in 1 VIAL", 25),
        ("1 mL in 1 VIAL, SINGLE-DOSE", 1),
        ("10 VIAL in 1 CARTON > 4 CARTON in 1 CASE", 40),
        ("100 TABLET in 1 BOTTLE", 100),
        ("whatever", None),
    ],
)
def test_counts_vials_and_measures_no_millilitres(description, eaches):
    assert eaches_of(levels_of(description)) == eaches


@pytest.mark.parametrize(
    ("levels", "eaches", "level"),
    [
        ([EACH, BOX, CASE], 25, BOX),
        ([BOX], None, BOX),
        ([BOX], 10, BOX),  # the only pack there is
        ([EACH, BOX], None, None),
        ([EACH, BOX], 10, None),
        ([BOX, CASE], 5, PackLevel("package of the NDC", 5)),  # by the unit
        ([BOX, CASE], 1, PackLevel("package of the NDC", 1)),
        ([BOX, CASE], 50, None),  # a box is no whole number of them
        ([BOX, CASE], None, None),
    ],
)
def test_says_which_pack_an_ndc_is_of_or_that_nobody_knows(levels, eaches, level):
    assert level_of_ndc(levels, eaches) == level


def test_compares_a_pack_with_what_its_units_are_paid():
    paid = Paid(Limit("J1885", D("0.50")), "Q4 2026", D(50), BOX)
    assert (paid.units_of(BOX), paid.units_of(CASE), paid.units_of(EACH)) == (50, 200, 2)
    # 50 × $0.50 = $25.00; 80 % of it less 2 %, and 20 %: $24.60.
    margin = paid.margin(D("24.60"), BOX)
    assert (margin.limit_cents, margin.received_cents, margin.margin_cents) == (25_00, 24_60, 0)
    assert words_of(margin) == "covered"
    assert words_of(paid.margin(D("24.61"), BOX)) == "under water after the sequester"
    assert words_of(paid.margin(D("25.00"), BOX)) == "under water after the sequester"
    assert words_of(paid.margin(D("25.01"), BOX)) == "above the limit"
    assert Paid(None, "Q4 2026", D(50), BOX).margin(D(1), BOX) is None
    assert Paid(Limit("J1885", D(1)), "Q4 2026", None, BOX).margin(D(1), BOX) is None
    assert Paid(Limit("J1885", D(1)), "Q4 2026", D(50), None).margin(D(1), BOX) is None
    # An NDC of five: a box of 25 is five of it, a case of 100 twenty.
    five = Paid(Limit("J1885", D("0.50")), "Q4 2026", D(10), PackLevel("package of the NDC", 5))
    assert (five.units_of(BOX), five.units_of(CASE)) == (50, 200)
    third = Paid(Limit("J1", D(1)), "", D(1), PackLevel("box", 3)).units_of(EACH)
    assert third == Fraction(1, 3)


LIMITS = (
    b"Payment Allowance Limits for Medicare Part B Drugs,,\r\n"
    b'"Effective October 1, 2026 through December 31, 2026",,\r\n'
    b"HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage"
    b",Notes\r\n"
    b"J1885,Ketorolac inj,15 MG,0.500,20.000,\r\n"
    b"J9,bad,1 MG,1.0,20.000,\r\n"
)
CROSSWALK = (
    b"_2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,"
    b"BILLUNITS,BILLUNITSPKG\r\n"
    b"J1885,Ketorolac,Example,00409-3795-01,Ketorolac,15 MG,1,25,2,50\r\n"
    b"J1885,Ketorolac,Example,0409379501,Ketorolac,15 MG,1,25,2,50\r\n"
)
PRODUCTS = f"{PRODUCT_HEAD}\r\n{product_line(ndc='0409-3795', dea='')}\r\n".encode()
PACKAGES = (
    f"{PACKAGE_HEAD}\r\nx\t0409-3795\t0409-3795-01\t25 VIAL in 1 CARTON > 1 mL in 1 VIAL"
    "\t20120601\t\tN\tN\r\n"
).encode()


@pytest.mark.parametrize(
    ("data", "kind", "rows", "faults"),
    [
        (LIMITS, "limits", [("", "J1885", D("0.500"))], [(5, "hcpcs")]),
        (CROSSWALK, "crosswalk", [("000409379501", "J1885", D(50))], [(3, "ndc")]),
        (PRODUCTS, "products", [("0004093795", "", None)], []),
        (PACKAGES, "packages", [("000409379501", "", D(25))], []),
    ],
)
def test_reads_each_list_by_its_columns(data, kind, rows, faults):
    assert kind_of(data) == kind
    found = read(kind, data)
    assert [(one.ndc, one.hcpcs, one.amount) for one in found.rows] == rows
    assert [(one.line_no, one.code) for one in found.problems] == faults


def test_refuses_a_line_that_is_damaged():
    found = read("limits", LIMITS.replace(b"Ketorolac inj", b"Keto\x00lac").replace(b"J9", b"\x00"))
    assert found.rows == ()
    assert [(one.line_no, one.code, one.value) for one in found.problems] == [
        (4, "nul", ""), (5, "nul", ""),
    ]  # fmt: skip


def test_names_no_list_that_it_does_not_know():
    for data in (b"", b"a,b\n1,2\n", b"\x00" * 50, b"x" * (1 << 21)):
        assert kind_of(data) == ""
    assert unpacked("a.csv", LIMITS) == [("a.csv", LIMITS)]
