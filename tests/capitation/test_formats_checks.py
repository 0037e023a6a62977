"""Checks as files: amounts in words, the printer's CSV, the bank's list, positive pay."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.formats.checks_csv import (
    ClearedLine,
    PrintedCheck,
    amount_words,
    read_cleared,
    write_print_file,
)
from capitation.formats.positive_pay import CannotTell, IssuedCheck, write_positive_pay
from capitation.rules.checks import (
    Known,
    outstanding,
    stale_on,
    state_on,
    why_not_cleared,
)

DAY = date(2026, 11, 3)
COLUMNS = {"number": "Check number", "amount": "Amount", "date": "Date"}
CHECKS = [
    IssuedCheck(1002, DAY, 11050, "Dr. Álvarez"),
    IssuedCheck(1001, DAY, 30829, "Bell Clinic, of a name that is longer than any bank takes"),
    IssuedCheck(999, DAY, 500, "Cole", "V"),
]


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "Zero and 00/100 dollars"),
        (30829, "Three hundred eight and 29/100 dollars"),
        (1100, "Eleven and 00/100 dollars"),
        (2100, "Twenty-one and 00/100 dollars"),
        (123456789, "One million two hundred thirty-four thousand five hundred sixty-seven"
         " and 89/100 dollars"),
    ],
)  # fmt: skip
def test_writes_an_amount_in_words(cents, words):
    assert amount_words(cents) == words


def test_writes_what_a_printer_reads_and_no_formula():
    check = PrintedCheck(1001, DAY, "=Bell", ("1 Main St", "Valley"), 30829, "Payment 7")
    head, row = write_print_file([check]).decode().splitlines()
    assert head.startswith("check_number,date,payee")
    assert row == (
        "1001,2026-11-03,'=Bell,1 Main St,Valley,,308.29,"
        "Three hundred eight and 29/100 dollars,Payment 7"
    )


def test_reads_the_banks_list_by_the_names_of_its_columns():
    data = (
        b"Check number,Amount,Date,Other\n0001001,308.29,2026-11-05,x\nabc,1.00,2026-11-05,\n"
        b'1002,"$1,105.00",2026-11-05,\n1003,1.005,2026-11-05,\n1004,1.00,11/05/2026,\n'
    )
    lines, fault = read_cleared(data, COLUMNS, "%Y-%m-%d")
    assert fault == ""
    day = date(2026, 11, 5)
    assert lines[0] == ClearedLine(2, 1001, 30829, day)
    assert lines[2] == ClearedLine(4, 1002, 110500, day)
    assert [line.fault for line in lines] == [
        "",
        "“abc” is no check number",
        "",
        "“1.005” is no amount",
        "“11/05/2026” is no day as it was agreed",
    ]
    assert read_cleared(b"Nr;Amount;Date\n", COLUMNS, "%Y-%m-%d")[1].endswith("Check number")
    assert read_cleared(b"Check number,Amount,Date\n", COLUMNS, "%Y-%m-%d")[1] == "it has no lines"


def test_tells_the_bank_as_csv_with_totals():
    rows = write_positive_pay("csv", "100200300", CHECKS, DAY).decode().splitlines()
    assert rows[0] == "Account,Check number,Issue date,Amount,Payee,Issue or void"
    assert rows[1] == "100200300,999,20261103,5.00,COLE,V"
    assert rows[3] == "100200300,1002,20261103,110.50,DR. ALVAREZ,I"
    assert rows[4] == "TOTAL,3,20261103,41879,500,cents issued and void"


def test_tells_the_bank_in_fixed_width():
    rows = write_positive_pay("fixed", "100200300", CHECKS, DAY).decode().split("\r\n")
    assert {len(row) for row in rows} == {80, 0}
    assert [row[:1] for row in rows] == ["H", "V", "I", "I", "T", ""]
    assert rows[2] == (
        "I100200300        000000100120261103000000030829BELL CLINIC, OF A NAME THAT IS L"
    )
    assert rows[4] == f"T100200300        00000000030000000004187900000000000500{'':24}"
    with pytest.raises(CannotTell, match="cents"):
        write_positive_pay("fixed", "1", [IssuedCheck(1, DAY, 10**12, "B")], DAY)


@given(st.permutations(CHECKS), st.sampled_from(["csv", "fixed"]))
def test_the_same_checks_give_the_same_bytes(checks, layout):
    told = write_positive_pay(layout, "100200300", checks, DAY)
    assert told == write_positive_pay(layout, "100200300", CHECKS, DAY)


@pytest.mark.parametrize(
    ("day", "stale"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2027, 6, 1)),
    ],
)
def test_is_stale_after_six_months(day, stale):
    assert stale_on(day) == stale
    assert state_on(stale, day, None, None, "") == "printed"
    assert state_on(date.fromordinal(stale.toordinal() + 1), day, None, None, "") == "stale"


def test_its_state_is_that_of_the_day_that_is_asked_for():
    cleared, ended = date(2026, 11, 9), date(2026, 11, 6)
    days = [date(2026, 11, day) for day in (2, 3, 8, 9)]
    assert [state_on(d, DAY, cleared, None, "") for d in days] == [
        "", "printed", "printed", "cleared",
    ]  # fmt: skip
    assert [state_on(d, DAY, None, ended, "stopped") for d in days] == [
        "", "printed", "stopped", "stopped",
    ]  # fmt: skip
    assert outstanding({3: "stale", 1: "printed", 2: "cleared", 4: "void"}) == [1, 3]


@pytest.mark.parametrize(
    ("cents", "day", "known", "says"),
    [
        (5, DAY, Known("printed", 5, DAY), ""),
        (5, DAY, None, "no check"),
        (5, DAY, Known("cleared", 5, DAY), "cleared before"),
        (5, DAY, Known("stopped", 5, DAY), "is stopped here"),
        (6, DAY, Known("printed", 5, DAY), "is over 0.05"),
        (5, date(2026, 11, 2), Known("printed", 5, DAY), "printed later"),
        (5, date(2026, 11, 5), Known("printed", 5, DAY), "still to come"),
    ],
)
def test_takes_a_line_of_the_bank_or_says_why_not(cents, day, known, says):
    why = why_not_cleared(cents, day, known, date(2026, 11, 4))
    assert says in why
    assert (why == "") is (says == "")


def test_the_bank_is_answered_word_for_word():
    today = date(2026, 11, 4)
    known = Known("printed", 1234567, DAY)
    assert why_not_cleared(5, DAY, None, today) == "no check of this account has this number"
    cleared = Known("cleared", 5, DAY)
    assert why_not_cleared(5, DAY, cleared, today) == "the check was cleared before"
    assert why_not_cleared(5, DAY, known, today) == "the check is over 12,345.67"
    assert why_not_cleared(1234567, today, known, today) == ""
    tomorrow = date(2026, 11, 5)
    assert why_not_cleared(1234567, tomorrow, known, today) == "the day is still to come"


def test_states_and_staleness_at_the_edges():
    assert state_on(date(2026, 11, 6), DAY, None, date(2026, 11, 6), "stopped") == "stopped"
    assert stale_on(date(2026, 5, 31)) == date(2026, 11, 30)
    assert stale_on(date(2026, 8, 30)) == date(2027, 2, 28)
    assert stale_on(date(2027, 8, 31)) == date(2028, 2, 29)
