"""Price lists by mapping: whatever columns are called, every refused line is named."""

import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from purchasing.formats.price_lists import guess_mapping, read

D = Decimal
HEADS = "Vendor Cat #,NDC,Description,UOM,Eaches per UOM,Min Qty,Contract Price,Currency"
MAPPING = guess_mapping(HEADS.split(","))
LINE = "G-1,50242-040-62,Examplin,BX,10,1,$84.10,USD"


def read_lines(*lines: str, heads: str = HEADS):
    return read("\n".join([heads, *lines]).encode(), MAPPING)


def faults(found) -> list[tuple[int, str, str]]:
    return [(one.line_no, one.column, one.code) for one in found.problems]


def test_proposes_which_column_is_which():
    assert MAPPING == {
        "sku": "Vendor Cat #", "ndc": "NDC", "name": "Description", "pack": "UOM",
        "eaches": "Eaches per UOM", "from_packs": "Min Qty", "price": "Contract Price",
        "currency": "Currency",
    }  # fmt: skip
    assert guess_mapping(["Facility", "PO Date", "Last Price", "Qty"]) == {
        "price": "Last Price", "quantity": "Qty", "day": "PO Date", "site": "Facility",
    }  # fmt: skip


def test_reads_a_line_under_a_preamble():
    found = read(f"Example Supply,2026\n\n{HEADS}\n{LINE}\n".encode(), MAPPING)
    assert found.problems == ()
    [line] = found.lines
    assert (line.line_no, line.sku, line.pack, line.eaches, line.from_packs, line.price) == (
        4, "G-1", "BX", 10, 1, D("84.10"),
    )  # fmt: skip
    assert line.ndc.ndc11 == "50242004062"


def test_reads_a_spreadsheet_alike():
    book = Workbook()
    for row in [HEADS.split(","), ["G-1", "50242-040-62", "Examplin", "BX", 10, 1, 84.1, "USD"]]:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    found = read(data.getvalue(), MAPPING)
    assert (found.problems, found.lines[0].price) == ((), D("84.1"))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("G-2,5024204062,Examplin,BX,10,1,84.10,USD", (3, "ndc", "ndc")),
        ("G-2,5.02420E+10,Examplin,BX,10,1,84.10,USD", (3, "ndc", "damaged")),
        (",,Examplin,BX,10,1,84.10,USD", (3, "", "unnamed")),
        ("G-2,,Examplin,BX,10,1,84.10,CAD", (3, "currency", "currency")),
        ("G-2,,Examplin,BX,10,1,,USD", (3, "price", "no_price")),
        ("G-2,,Examplin,BX,10,1,0,USD", (3, "price", "no_price")),
        ("G-2,,Examplin,BX,10,1,-5,USD", (3, "price", "no_price")),
        ("G-2,,Examplin,BX,10,1,1.23456,USD", (3, "price", "too_fine")),
        ("G-2,,Examplin,BX,10,-1,84.10,USD", (3, "from_packs", "negative")),
        ("G-2,,Examplin,BX,0,1,84.10,USD", (3, "eaches", "no_count")),
        ("G-2,,Examplin,BX,1.5,1,84.10,USD", (3, "eaches", "no_count")),
        ("G-2,,BX,10,1,84.10,USD", (3, "", "columns")),
        ("G-2,,Gloves, large,BX,10,1,84.10", (3, "currency", "currency")),  # shifted by a comma
    ],
)
def test_refuses_a_line_and_keeps_the_others(line, fault):
    found = read_lines(LINE, line, LINE.replace("G-1", "G-3"))
    assert faults(found) == [fault]
    assert [one.line_no for one in found.lines] == [2, 4]


def test_refuses_both_lines_of_one_thing_at_two_prices():
    found = read_lines(LINE, LINE.replace("84.10", "84.20"), LINE.replace("G-1", "G-3"))
    assert faults(found) == [(2, "price", "two_prices"), (3, "price", "two_prices")]
    assert len(found.lines) == 1
    assert len(read_lines(LINE, LINE.replace(",1,$", ",50,$")).lines) == 2  # two tiers


def test_says_which_columns_are_not_there():
    found = read_lines("G-1,84.10", heads="Vendor Cat #,Contract Price")
    assert {one.code for one in found.problems} == {"no_column"}
    assert found.lines == ()
    assert faults(read(b"a,b\n1,2\n", {"name": "a"})) == [
        (1, "price", "no_column"), (1, "", "no_column"),
    ]  # fmt: skip
    twice = read_lines(LINE + ",1", heads=HEADS + ",NDC")
    assert faults(twice) == [(1, "NDC", "no_column")]
    unknown = read(f"{HEADS}\n{LINE}".encode(), {**MAPPING, "colour": "UOM"})
    assert faults(unknown) == [(1, "colour", "unknown_field")]


def test_reads_what_practices_bought_before():
    heads = "Vendor Cat #,NDC,Description,UOM,Eaches per UOM,Qty,Last Price,PO Date,Facility"
    mapping = guess_mapping(heads.split(","))
    data = f'{heads}\nG-1,,Gloves,BX,100,"1,200",9.99,3/1/2026,Main St\n'.encode()
    [line] = read(data, mapping).lines
    assert (line.quantity, line.day, line.site) == (1_200, date(2026, 3, 1), "Main St")
    bad = read(data.replace(b"3/1/2026", b"13/1/2026"), mapping)
    assert faults(bad) == [(2, "day", "date")]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04junk", b"\x00\x01\x02"])
def test_refuses_what_is_no_list(data):
    found = read(data, MAPPING)
    assert found.lines == ()
    assert found.problems


@settings(max_examples=30)
@given(st.binary(max_size=200))
def test_reads_any_bytes_without_falling_over(data):
    read(data, MAPPING)
    read(f"{HEADS}\n".encode() + data, MAPPING)
