"""Exports: text never becomes a formula, numbers stay numbers, cents stay exact."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from ipaportal.core.exports import Column, amount_text, csv_pieces, safe_text, write_xlsx

COLUMNS = [Column("payee"), Column("amount", cents=True), Column("rate"), Column("month")]
ROWS = [
    ["=HYPERLINK(1)", -123456, Decimal("-12.50"), date(2026, 10, 1)],
    ["Bell, Clinic", 5, None, None],
]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "  =1"]
)
def test_escapes_what_a_spreadsheet_would_run(text):
    assert safe_text(text) == "'" + text


@pytest.mark.parametrize("text", ["", " ", "Bell Clinic", "a=b", "'=1", "1-2", "a@b.example"])
def test_leaves_other_text_alone(text):
    assert safe_text(text) == text


def test_writes_csv_with_exact_amounts_and_plain_numbers():
    text = "".join(csv_pieces(COLUMNS, ROWS))
    assert text == (
        "\ufeffpayee,amount,rate,month\r\n"
        "'=HYPERLINK(1),-1234.56,-12.50,2026-10-01\r\n"
        '"Bell, Clinic",0.05,,\r\n'
    )


def test_streams_row_by_row():
    rows = iter([["x", 1, None, None]] * 1200)
    pieces = csv_pieces(COLUMNS, rows)
    next(pieces), next(pieces)
    assert len(list(rows)) == 700


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_no_text_cell_of_a_csv_begins_a_formula(cells):
    text = "".join(csv_pieces([Column("c")] * len(cells), [cells]))
    (_, row) = list(csv.reader(io.StringIO(text, newline="")))
    assert [cell.removeprefix("'") if safe_text(raw) != raw else cell
            for cell, raw in zip(row, cells, strict=True)] == cells  # fmt: skip
    assert not any(cell.lstrip()[:1] in set("=+-@＝＋－＠") - {""} for cell in row if cell.strip())


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (10**17, "1" + "0" * 15 + ".00")]
)  # fmt: skip
def test_writes_cents_exactly(cents, text):
    assert amount_text(cents) == text


def test_writes_xlsx_with_real_numbers_and_harmless_text():
    out = io.BytesIO()
    write_xlsx(out, COLUMNS, [*ROWS, ["\x00bad", 1, 2, datetime(2026, 1, 1, tzinfo=UTC)]])
    cells = list(load_workbook(out).active.iter_rows())
    assert [cell.value for cell in cells[0]] == ["payee", "amount", "rate", "month"]
    assert (cells[1][0].value, cells[1][0].data_type) == ("'=HYPERLINK(1)", "s")
    assert (cells[1][1].value, cells[1][1].data_type) == (-1234.56, "n")
    assert cells[1][2].value == -12.5
    assert cells[1][3].value == datetime(2026, 10, 1)
    assert [cell.value for cell in cells[3]] == ["bad", 0.01, 2, "2026-01-01T00:00:00+00:00"]
