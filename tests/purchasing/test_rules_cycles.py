"""Cycles: what the clock owes them, however late it is, and what a top-up may change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules import lifecycle
from purchasing.rules.cycles import (
    Asked,
    BadTimes,
    Timetable,
    check_times,
    due,
    extended,
    next_closing,
    why_not_topped_up,
)
from purchasing.rules.lifecycle import CYCLE, NotAllowed, after
from purchasing.rules.packs import missing_units

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
WEEK = Timetable("announced", NOON, NOON + 7 * DAY, NOON + 5 * DAY)


def with_status(status: str, **changed) -> Timetable:
    return replace(WEEK, status=status, **changed)


@pytest.mark.parametrize(
    ("status", "at", "event"),
    [
        ("draft", NOON + 9 * DAY, None),
        ("announced", NOON - MOMENT, None),
        ("announced", NOON, "open"),
        ("announced", NOON + 30 * DAY, "open"),
        ("open", NOON + 5 * DAY - MOMENT, None),
        ("open", NOON + 5 * DAY, "begin top-up"),
        ("open", NOON + 7 * DAY, "close"),
        ("topping_up", NOON + 7 * DAY - MOMENT, None),
        ("topping_up", NOON + 7 * DAY, "close"),
        ("closing", NOON + 9 * DAY, None),
        ("cancelled", NOON + 9 * DAY, None),
    ],
)
def test_moves_on_when_it_is_due(status, at, event):
    assert due(with_status(status), at, is_minimum_met=True) == event


def test_closes_once_after_an_outage_of_three_days():
    timetable, events = with_status("open"), []
    for _ in range(5):
        event = due(timetable, NOON + 10 * DAY, is_minimum_met=True)
        if event:
            events.append(event)
            timetable = replace(timetable, status=after(timetable.status, event, CYCLE))
    assert events == ["close"]


def test_is_extended_when_its_minimum_is_missed_and_not_for_ever():
    timetable = with_status("topping_up", most_extensions=1)
    late = NOON + 8 * DAY
    assert due(timetable, late, is_minimum_met=False) == "extend"
    topup_at, closes_at = extended(timetable, late)
    assert (topup_at, closes_at) == (NOON + 13 * DAY, NOON + 15 * DAY)
    again = replace(timetable, status=after("topping_up", "extend", CYCLE), extensions=1,
                    topup_at=topup_at, closes_at=closes_at)  # fmt: skip
    assert due(again, late, is_minimum_met=False) is None
    assert due(again, closes_at, is_minimum_met=False) == "miss the minimum"
    assert due(again, closes_at, is_minimum_met=True) == "close"
    assert extended(with_status("open", topup_at=None, most_extensions=1), NOON)[0] is None


def test_is_never_extended_once_what_was_committed_is_frozen():
    for status, events in CYCLE.items():
        if status not in ("open", "topping_up"):
            assert "extend" not in events


def test_refuses_what_cannot_happen_with_what_can():
    with pytest.raises(
        NotAllowed, match=r"It is settled, so “open” is not possible.*This is final"
    ):
        after("settled", "open", CYCLE)
    with pytest.raises(NotAllowed, match="What can happen next: award"):
        after("closing", "open", CYCLE)


@pytest.mark.parametrize(
    "machine",
    [
        lifecycle.CYCLE, lifecycle.COMMITMENT, lifecycle.PURCHASE_ORDER, lifecycle.RECEIPT_LINE,
        lifecycle.RECALL_MATCH, lifecycle.CHARGE,
    ],
)  # fmt: skip
def test_every_state_that_follows_is_one_and_an_end_can_be_reached(machine):
    following = {status for events in machine.values() for status in events.values()}
    assert following <= set(machine)
    ending = {status for status, events in machine.items() if not events}
    for _ in machine:
        ending |= {s for s, events in machine.items() if ending & set(events.values())}
    assert ending == set(machine)


@pytest.mark.parametrize(
    "changed",
    [{"closes_at": NOON}, {"topup_at": NOON}, {"topup_at": NOON + 7 * DAY}],
)
def test_refuses_times_that_do_not_follow_one_another(changed):
    with pytest.raises(BadTimes):
        check_times(replace(WEEK, **changed))
    check_times(WEEK)


# A group that asks for 5 and would take 2 more, in cases of 4: 1 is missing.
GROUP = Asked(5, 2)


@pytest.mark.parametrize(
    ("before", "now", "is_allowed"),
    [
        (Asked(2, 1), Asked(2, 1), True),  # nothing changes
        (Asked(2, 1), Asked(2, 3), True),  # more tolerance
        (Asked(2, 1), Asked(3, 1), True),  # the missing one
        (Asked(0, 0), Asked(1, 0), True),  # somebody new fills it
        (Asked(2, 1), Asked(3, 0), True),  # tolerance becomes quantity
        (Asked(2, 1), Asked(2, 0), False),  # tolerance falls
        (Asked(2, 1), Asked(1, 1), False),  # quantity falls
        (Asked(2, 1), Asked(1, 2), False),  # quantity becomes tolerance
        (Asked(2, 1), Asked(4, 0), False),
        (Asked(2, 1), Asked(7, 1), True),  # one case full, and the next
        (Asked(2, 1), Asked(6, 1), False),  # the next case would lack as much as this one
    ],
)
def test_a_top_up_only_helps_to_fill_a_case(before, now, is_allowed):
    assert (why_not_topped_up(GROUP, before, now, 4) == "") == is_allowed


def test_says_what_would_help():
    group = Asked(5, 0)  # 3 are missing
    assert why_not_topped_up(group, Asked(2), Asked(6), 4) == (
        "The order is being topped up: 3 more fill the case that is begun. Ask for up to 5."
    )
    assert "no case is begun" in why_not_topped_up(Asked(8, 0), Asked(2), Asked(3), 4)
    assert "negative" in why_not_topped_up(group, Asked(2), Asked(-1), 4)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 12), st.integers(0, 6),
       st.integers(0, 12), st.integers(0, 6), st.integers(1, 8))  # fmt: skip
def test_no_top_up_takes_anything_from_the_others(rest, slack, q, tol, q2, tol2, per_case):
    group = Asked(rest + q, slack + tol)
    if why_not_topped_up(group, Asked(q, tol), Asked(q2, tol2), per_case):
        return
    assert q2 >= q
    assert q2 + tol2 >= q + tol
    then = Asked(rest + q2, slack + tol2)
    assert then.quantity // per_case >= group.quantity // per_case


@pytest.mark.parametrize(
    ("quantity", "tolerance", "missing"),
    [(0, 0, 0), (4, 0, 0), (4, 1, 3), (5, 0, 3), (5, 2, 1), (5, 3, 0), (5, 9, 0)],
)
def test_counts_what_the_next_case_needs(quantity, tolerance, missing):
    assert missing_units(quantity, tolerance, 4) == missing


def test_counts_down_to_the_next_closing():
    times = [NOON, NOON + DAY, NOON + 2 * DAY]
    assert next_closing(times, NOON) == NOON + DAY
    assert next_closing(times, NOON + 9 * DAY) is None
