"""Statements as rules: a line's name, the causes of a change, and the sentence that says them."""

import re
from datetime import date

import pytest

from capitation.rules.statements import (
    Cause,
    LineId,
    change_sentence,
    changes,
    member_cause,
    reason_words,
    retro_cause,
)

SEPTEMBER = date(2026, 9, 1)


def cause(cents: int, words: str = "1 member joined", code: str = "joined") -> Cause:
    """A cause that comes to so many cents."""
    return Cause(code, words, 1, cents)


@pytest.mark.parametrize("text", ["12-345-2026-10-7", " 12-345-2026-10-7\n"])
def test_reads_a_lines_name_and_writes_it_again(text):
    line = LineId.parse(text)
    assert line == LineId(12, 345, date(2026, 10, 1), 7)
    assert str(line) == "12-345-2026-10-7"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12-345-2026-10",
        "0-345-2026-10-7",
        "12-345-2026-10-07",
        "12-345-26-10-7",
        "x12-1-2026-10-7",
    ],
)
def test_says_how_a_lines_name_is_written_where_it_is_not(text):
    said = f"A line is named run-member-YYYY-MM-payee, for example 12-345-2026-10-7, not {text!r}."
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        LineId.parse(text)


def test_reads_no_month_that_there_is_not():
    with pytest.raises(ValueError, match="month"):
        LineId.parse("12-345-2026-13-7")


def test_names_a_cause_for_one_and_for_many():
    assert member_cause("left", 1, -500) == Cause("left", "1 member left", 1, -500)
    assert member_cause("left", 2, -500) == Cause("left", "2 members left", 2, -500)
    assert retro_cause("ADD", 1, 300) == Cause("retro_ADD", "1 retro add", 1, 300)
    assert retro_cause("ADD", 3, 300) == Cause("retro_ADD", "3 retro adds", 3, 300)
    assert retro_cause("NEW", 1, 300) == Cause("retro_NEW", "1 other retro line", 1, 300)


def test_says_that_nothing_changed():
    assert change_sentence(SEPTEMBER, 700, 700, []) == "The same as September."
    assert change_sentence(SEPTEMBER, 700, 700, [cause(0)]) == "The same as September."


def test_says_which_way_it_went_and_why():
    assert change_sentence(SEPTEMBER, 700, 701, [cause(1)]) == (
        "$0.01 more than September: 1 member joined (+$0.01)."
    )
    assert change_sentence(SEPTEMBER, 701, 700, [cause(-1, "1 member left", "left")]) == (
        "$0.01 less than September: 1 member left (−$0.01)."
    )


def test_names_what_took_back_as_much_as_it_gave():
    told = change_sentence(
        SEPTEMBER, 5, 5, [cause(-20, "1 left", "left"), cause(20, "1 came", "in")]
    )
    assert told == "The same as September: 1 came (+$0.20), 1 left (−$0.20)."


def test_names_the_largest_first_whatever_their_sign_and_leaves_out_what_comes_to_nothing():
    causes = [cause(100, "a", "a"), cause(-300, "b", "b"), cause(0, "c", "c"), cause(250, "d", "d")]
    assert change_sentence(SEPTEMBER, 1000, 1050, causes) == (
        "$0.50 more than September: b (−$3.00), d (+$2.50), a (+$1.00)."
    )


def test_names_five_and_counts_the_rest_of_six():
    five = [cause(cents, str(cents), str(cents)) for cents in (500, 400, 300, 200, 100)]
    assert change_sentence(SEPTEMBER, 0, 1500, five) == (
        "$15.00 more than September: 500 (+$5.00), 400 (+$4.00), 300 (+$3.00), 200 (+$2.00), "
        "100 (+$1.00)."
    )
    six = [*five, cause(-50, "-50", "-50")]
    assert change_sentence(SEPTEMBER, 0, 1450, six) == (
        "$14.50 more than September: 500 (+$5.00), 400 (+$4.00), 300 (+$3.00), 200 (+$2.00), "
        "2 smaller changes (+$0.50)."
    )


def test_what_is_left_and_comes_to_nothing_has_no_sign():
    causes = [cause(c, str(c), str(c)) for c in (500, 400, 300, 200, 100, -100)]
    assert change_sentence(SEPTEMBER, 0, 1400, causes).endswith("2 smaller changes ($0.00).")


def test_never_explains_another_change_than_there_was():
    for causes in ([], [cause(2)], [cause(-1)]):
        with pytest.raises(AssertionError, match=r"^causes must sum to the change$"):
            change_sentence(SEPTEMBER, 0, 1, causes)


def test_lists_every_cause_once_with_what_does_not_come_again_turned_round():
    assert changes(
        compared={"rate": (2, 20), "joined": (1, 500), "left": (0, 0)},
        retro_now={"TERM": (1, -70), "ADD": (2, 90)},
        retro_before=300,
        other_now=-1000,
        other_before=-400,
        month_before=SEPTEMBER,
    ) == [
        Cause("joined", "1 member joined", 1, 500),
        Cause("rate", "2 members at new rates", 2, 20),
        Cause("retro_ADD", "2 retro adds", 2, 90),
        Cause("retro_TERM", "1 retro term", 1, -70),
        Cause("retro_before", "September's retro lines do not repeat", 0, -300),
        Cause("other", "purchases and other bookings", 0, -1000),
        Cause("other_before", "September's other bookings do not repeat", 0, 400),
    ]
    nothing = {"retro_before": 0, "other_now": 0, "other_before": 0, "month_before": SEPTEMBER}
    assert changes(compared={}, retro_now={"RATE": (1, 0)}, **nothing) == []
    assert changes(compared={}, retro_now={}, **{**nothing, "other_now": 1}) == [
        Cause("other", "purchases and other bookings", 0, 1)
    ]


def test_words_a_reason_and_leaves_an_unknown_one_as_it_is():
    assert reason_words("RATE") == "The rate changed"
    assert reason_words("XYZ") == "XYZ"
