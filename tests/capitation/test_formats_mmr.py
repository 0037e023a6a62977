"""The membership report reader, its layout data and its writer."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from capitation.formats.mmr import _LAYOUTS, LAYOUT, REASONS, MmrRow, read, write

ROW = MmrRow(
    line_no=1,
    contract="H0001",
    run_date=date(2026, 2, 24),
    payment_month=date(2026, 3, 1),
    mbi="1EG4TE5MK73",
    surname="ALDER",
    first_initial="A",
    sex="F",
    birth_date=date(1950, 1, 2),
    state_county="05200",
    ra_factor_a=Decimal("1.2340"),
    ra_factor_b=Decimal("1.2340"),
    arc="",
    adj_start=date(2026, 3, 1),
    adj_end=date(2026, 3, 31),
    pbp="001",
    total_payment=Decimal("1034.56"),
    hospice=True,
    dual_status="02",
    part_a_months=1,
    part_b_months=1,
    ra_type="CN",
    cleanup_id="0000000001",
)


def test_covers_every_character_of_the_line_once():
    with (_LAYOUTS / "mmr_495.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    at = 1
    for row in rows:
        assert int(row["start"]) == at
        at += int(row["length"])
    assert (at - 1, len(rows)) == (495, 91)
    inferred = [int(row["field"]) for row in rows if row["status"] == "inferred"]
    assert inferred == list(range(60, 77))
    assert LAYOUT["total_ma_payment"].status == "inferred"
    assert REASONS["03"] == "Retroactive disenrollment"


def test_reads_back_what_it_writes():
    back = MmrRow(
        **{name: getattr(ROW, name) for name in MmrRow.__slots__}
        | {"arc": "03", "total_payment": Decimal("-1034.56"), "line_no": 2}
    )
    file = read(write([ROW, back]))
    assert (file.problems, file.lines) == ((), 2)
    names = [name for name in MmrRow.__slots__ if name != "raw"]
    assert [[getattr(r, n) for n in names] for r in file.rows] == [
        [getattr(r, n) for n in names] for r in (ROW, back)
    ]
    assert [row.is_adjustment for row in file.rows] == [False, True]


@pytest.mark.parametrize(
    ("_case", "change", "code", "words"),
    [
        ("short", lambda line: line[:494], "line_length", "The line has 494 characters"),
        ("long", lambda line: line + "X", "line_length", "The line has 496 characters"),
        (
            "bad amount", lambda line: line[:298] + "    12A4.56" + line[309:], "amount",
            "total_ma_payment (characters 299 to 309) is '12A4.56'",
        ),
        (
            "bad date", lambda line: line[:5] + "20261301" + line[13:], "date",
            "run_date (characters 6 to 13) is '20261301'",
        ),
        (
            "no member", lambda line: line[:19] + " " * 12 + line[31:], "missing",
            "The line has no beneficiary_id.",
        ),
    ],
)  # fmt: skip
def test_names_a_line_it_cannot_take_and_reads_the_others(_case, change, code, words):
    line = write([ROW]).decode().rstrip("\r\n")
    file = read(f"{change(line)}\n{line}\n".encode())
    assert [row.line_no for row in file.rows] == [2]
    (problem,) = file.problems
    assert (problem.where, problem.code) == ("line 1", code)
    assert problem.message.startswith(words)
