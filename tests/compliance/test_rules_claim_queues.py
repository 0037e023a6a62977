"""Queues of claims: which holds what, how old it is, how many days are left, what is asked for."""

from datetime import date, timedelta

import pytest

from compliance.rules.claim_queues import (
    AGES,
    CLOCKS,
    DOLLARS,
    QUEUES,
    Item,
    Total,
    Wanted,
    queue_of,
    queue_remedy,
    queue_words,
    totals,
)
from compliance.rules.claims import REASONS, State

TODAY = date(2026, 11, 28)


def an_item(pk: int = 1, queue: str = "no_price", **changes) -> Item:
    given = {"kind": "claim", "number": f"1-{pk}", "practice": "Bell", "since": TODAY,
             "cents": 100_00}  # fmt: skip
    return Item(pk=pk, queue=queue, **given | changes)


@pytest.mark.parametrize(("state", "reason", "expected"), [
    ("waiting", "no_authorization", "no_authorization"), ("waiting", "contested", "contested"),
    ("rejected", "twice", "twice"), ("rejected", "no_member", "rejected"),
    ("denied", "", "denied"), ("ready", "", "ready"),
])  # fmt: skip
def test_a_claim_stands_in_one_queue(state, reason, expected):
    assert queue_of(state, reason) == expected
    assert expected in QUEUES


def test_what_was_asked_for_and_came_is_a_queue_of_its_own():
    assert queue_of("waiting", "contested", is_answered=True) == "answered"
    assert queue_of("waiting", "no_price", is_answered=True) == "no_price"


def test_every_queue_says_what_waits_and_what_to_do():
    assert {key for key, one in REASONS.items() if one.state == State.WAITING} < set(QUEUES)
    assert {"rejected", "twice", "denied", "unmatched", "underpaid"} < set(QUEUES)
    assert all(queue_words(one) and queue_remedy(one).endswith(".") for one in QUEUES)


@pytest.mark.parametrize(("left", "expected"), [
    (-1, "late"), (0, "soon"), (5, "soon"), (6, "later"),
])  # fmt: skip
def test_days_are_counted_to_the_last_one(left, expected):
    one = an_item(last_day=TODAY + timedelta(days=left))
    assert (one.left(TODAY), one.clock(TODAY)) == (left, expected)


def test_a_clock_that_stands_is_none():
    assert an_item(is_stopped=True).clock(TODAY) == "stands"
    assert an_item().clock(TODAY) == "none"
    assert an_item().left(TODAY) is None


@pytest.mark.parametrize(("asked", "expected"), [
    ({}, [1, 2, 3]), ({"queue": "no_price"}, [1, 2]), ({"owner": "mine"}, [1]),
    ({"owner": "nobody"}, [2]), ({"owner": "8"}, [3]), ({"age": "0-5"}, [1]),
    ({"age": "6-15"}, [2]), ({"age": "16-30"}, []), ({"age": "31-"}, [3]),
    ({"dollars": "0-99"}, [2]), ({"dollars": "100-999"}, [1]), ({"dollars": "1000-"}, [3]),
    ({"clock": "late"}, [3]), ({"clock": "late", "owner": "mine"}, []),
])  # fmt: skip
def test_finds_what_is_asked_for(asked, expected):
    items = [
        an_item(1, owner_id=7, since=TODAY - timedelta(days=5), cents=999_99),
        an_item(2, since=TODAY - timedelta(days=6), cents=99_99),
        an_item(3, "ready", owner_id=8, since=TODAY - timedelta(days=31), cents=1_000_00,
                last_day=TODAY - timedelta(days=1)),
    ]  # fmt: skip
    assert [one.pk for one in Wanted(**asked).of(items, today=TODAY, me=7)] == expected
    assert Wanted(owner="mine").of(items, today=TODAY, me=None) == []


def test_spans_leave_no_gap():
    for spans in (AGES, DOLLARS):
        ends = [one.partition("-")[::2] for one in spans]
        assert [int(low) for low, _ in ends[1:]] == [int(high) + 1 for _, high in ends[:-1]]
        assert (ends[0][0], ends[-1][1]) == ("0", "")
    assert set(CLOCKS) == {"late", "soon", "later", "stands", "none"}


def test_totals_say_how_much_the_most_dollars_first():
    items = [
        an_item(1), an_item(2, owner_id=7, since=TODAY - timedelta(days=3), cents=50),
        an_item(3, "ready", cents=200_00, last_day=TODAY - timedelta(days=1)),
    ]  # fmt: skip
    assert totals(items, TODAY) == [
        Total("ready", 1, 1, 1, 0, 200_00), Total("no_price", 2, 1, 0, 3, 100_50),
    ]  # fmt: skip
    assert totals([], TODAY) == []
