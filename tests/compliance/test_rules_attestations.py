"""Which words are in force, who is reminded, and what is a yes."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.attestations import (
    OVERDUE,
    REMINDERS,
    digest,
    in_force,
    read_questions,
    reminder_due,
    state_of,
    wrong_answers,
)

DUE = date(2026, 12, 31)


@dataclass(frozen=True)
class Words:
    number: int
    effective_date: date | None


def test_the_newest_words_whose_day_has_come_are_in_force():
    first, second = Words(1, date(2026, 1, 1)), Words(2, date(2026, 7, 1))
    both = [second, first, Words(3, None)]
    assert in_force(both, date(2025, 12, 31)) is None
    assert in_force(both, date(2026, 6, 30)) == first
    assert in_force(both, date(2026, 7, 1)) == second
    assert in_force([first, Words(4, date(2026, 1, 1))], date(2026, 1, 1)).number == 4


@pytest.mark.parametrize(
    ("left", "sent", "send", "skip"),
    [
        (31, [], None, ()),
        (30, [], 30, ()),
        (15, [30], None, ()),
        (14, [30], 14, ()),
        (8, [30, 14], None, ()),
        (7, [], 7, (30, 14)),
        (0, [30, 14, 7], None, ()),
        (-1, [30, 14, 7], OVERDUE, ()),
        (-400, [30], OVERDUE, (14, 7)),
        (-400, [30, 14, 7, OVERDUE], None, ()),
    ],
)
def test_reminds_at_each_threshold_once_and_after_an_outage_of_the_nearest(left, sent, send, skip):
    found = reminder_due(DUE, DUE - timedelta(days=left), sent)
    assert (found.send, found.skip) == (send, skip)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_nobody_hears_of_a_threshold_twice(steps):
    sent, heard, today = set(), [], DUE - timedelta(days=60)
    for days in steps:
        today += timedelta(days=days)
        found = reminder_due(DUE, today, sent)
        if found.send is not None:
            heard.append(found.send)
            sent |= {found.send, *found.skip}
    assert heard == sorted(set(heard), reverse=True)
    assert set(heard) <= {*REMINDERS, OVERDUE}


def test_the_last_day_is_not_late():
    assert state_of(DUE, DUE, is_attested=False) == "waits"
    assert state_of(DUE, DUE + timedelta(days=1), is_attested=False) == "overdue"
    assert state_of(DUE, DUE + timedelta(days=1), is_attested=True) == "attested"


def test_another_byte_is_another_digest():
    asked = [{"question": "q", "choices": ["a", "b"], "right": 1}]
    one = digest(title="t", text="x", questions=asked)
    assert one == digest(title="t", text="x", questions=[dict(reversed(asked[0].items()))])
    others = [
        digest(title="t", text="x "),
        digest(title="t", text="x", questions=[asked[0] | {"right": 0}]),
        digest(title="tx", text="", questions=asked),
    ]
    assert len({one, *others}) == 4


def test_reads_questions_and_names_the_line_that_is_wrong():
    found, wrong = read_questions("When? | never | *once released\n\nWho? | *all | few | none")
    assert wrong == []
    assert [one["right"] for one in found] == [1, 0]
    assert found[0]["choices"] == ["never", "once released"]
    said = read_questions("alone\na | b\na | *b | *c\n | *b | c\nq | b | c")[1]
    assert [one.line for one in said] == [1, 2, 3, 4, 5]


def test_every_answer_has_to_be_right():
    asked = read_questions("A? | *y | n\nB? | y | *n")[0]
    assert wrong_answers(asked, {0: 0, 1: 1}) == []
    assert wrong_answers(asked, {0: 1, 1: 1}) == [0]
    assert wrong_answers(asked, {}) == [0, 1]
