"""Rosters through a payer's column mapping."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.formats.roster_csv import Mapping, guess_mapping, read, read_headers

COLUMNS = {
    "member_id": "Member ID",
    "last_name": "Last Name",
    "birth_date": "DOB",
    "effective_date": "Eff Date",
    "end_date": "Term Date",
    "pcp_npi": "PCP NPI",
    "capitation_amount": "Cap Amt",
    "coverage_month": "Month",
}
HEADER = "Member ID,Last Name,DOB,Eff Date,Term Date,PCP NPI,Cap Amt,Month"
LINE = 'M001,Alder,01/02/1950,02/01/2026,,1000000004,"$1,234.50",2026-02'


def roster(*lines, header=HEADER, **habits):
    text = "\n".join([header, *lines]) + "\n"
    return read(text.encode(), Mapping(COLUMNS, **habits))


def test_reads_a_line_into_our_fields():
    file = roster(LINE)
    assert file.refused == ()
    (row,) = file.rows
    assert (row.line_no, row.member_id, row.last_name) == (2, "M001", "Alder")
    assert (row.birth_date, row.effective_date) == (date(1950, 1, 2), date(2026, 2, 1))
    assert (row.end_date, row.pcp_npi) == (None, "1000000004")
    assert (row.capitation_amount, row.coverage_month) == (Decimal("1234.50"), date(2026, 2, 1))


@pytest.mark.parametrize(
    ("_case", "data"),
    [
        ("other spelling", f"{HEADER.upper().replace(' ', '_')}\n{LINE}"),
        ("byte order mark", f"\ufeff{HEADER}\n{LINE}"),
        ("old line ends", f"{HEADER}\r{LINE}\r"),
        ("semicolons", f"{HEADER}\n{LINE.replace('$1,234', '1234')}".replace(",", ";")),
        ("a title above", f"Roster of March\n\n{HEADER}\n{LINE}"),
        ("blank lines", f"{HEADER}\n\n{LINE}\n,,,,,,,\n"),
    ],
)  # fmt: skip
def test_takes_the_usual_habits_of_spreadsheets(_case, data):
    file = read(data.encode(), Mapping(COLUMNS))
    assert file.refused == ()
    assert [row.capitation_amount for row in file.rows] == [Decimal("1234.50")]


@pytest.mark.parametrize(
    ("column", "old", "new", "code"),
    [
        ("Member ID", "M001", "1001.0", "spreadsheet"),
        ("Member ID", "M001", "1.2E+11", "spreadsheet"),
        ("Member ID", "M001", "", "no_member_id"),
        ("PCP NPI", "1000000004", "1000000004.0", "spreadsheet"),
        ("DOB", "01/02/1950", "18265", "date"),
        ("Eff Date", "02/01/2026", "46054", "spreadsheet"),
        ("Eff Date", "02/01/2026", "13/45/2026", "date"),
        ("Eff Date", "02/01/2026", "02/01/26", "date"),
        ("Term Date", ",,", ",01/01/2026,", "dates"),
        ("Cap Amt", '"$1,234.50"', "12.345", "cents"),
        ("Cap Amt", '"$1,234.50"', "twelve", "amount"),
        ("Cap Amt", '"$1,234.50"', '"1,23.50"', "amount"),
        ("Month", "2026-02", "Februember", "month"),
    ],
)
def test_names_the_line_and_the_column_it_refuses(column, old, new, code):
    file = roster(LINE, LINE.replace(old, new, 1))
    assert [row.line_no for row in file.rows] == [2]
    (problem,) = file.refused
    assert (problem.line_no, problem.column, problem.code) == (3, column, code)
    assert problem.message.endswith(".")


def test_names_a_line_with_too_few_or_too_many_columns():
    file = roster(LINE, "M002,Birch", LINE + ",more")
    assert [(p.line_no, p.code) for p in file.refused] == [(3, "columns"), (4, "columns")]
    assert len(file.rows) == 1


def test_refuses_a_file_without_a_mapped_column():
    file = roster("M001", header="Member ID")
    assert file.rows == ()
    assert {p.code for p in file.refused} == {"missing_column"}
    assert "no column 'Last Name'" in file.refused[0].message


def test_names_an_unclosed_quotation_mark():
    file = roster(LINE, 'M002,"Birch,01/02/1950')
    assert len(file.rows) == 1
    assert [(p.line_no, p.code) for p in file.refused] == [(3, "unreadable")]


def test_reads_amounts_as_the_payer_writes_them():
    negative = roster(LINE.replace('"$1,234.50"', "(12.50)"))
    assert negative.rows[0].capitation_amount == Decimal("-12.50")
    comma = roster(LINE.replace('"$1,234.50"', '"1.234,50"'), decimal_mark=",")
    assert comma.rows[0].capitation_amount == Decimal("1234.50")


def test_notes_member_numbers_that_lost_their_zeros():
    lines = [LINE.replace("M001", f"{number:08d}") for number in range(20)]
    file = roster(*lines, LINE.replace("M001", "123456"))
    assert len(file.rows) == 21
    assert [(note.line_no, note.code) for note in file.notes] == [(22, "lost_zeros")]


def test_proposes_a_mapping():
    assert guess_mapping(HEADER.split(",")) == COLUMNS
    assert read_headers(HEADER.encode()) == tuple(HEADER.split(","))


@given(st.binary(max_size=1500))
def test_never_raises_on_any_bytes(data):
    read(data, Mapping(COLUMNS))
    read(HEADER.encode() + b"\n" + data, Mapping(COLUMNS))
