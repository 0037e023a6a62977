"""Corrective actions and audits: what may follow what, and when something is late."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.audits import ASKED, FUNCTIONS, NEXT, STATES, Tally, after, tally
from compliance.rules.corrections import (
    JUDGED,
    WORDS,
    Done,
    due_of,
    evidence_of,
    late_since,
    may,
    reached,
    state_of,
)
from compliance.rules.corrections import (
    NEXT as CORRECTIONS,
)
from ipaportal.core.samples import drawn_first, hash_of_lines

DUE = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("state", "act", "then"),
    [
        ("noticed", "take", "universe"),
        ("noticed", "draw", None),
        ("universe", "take", "universe"),
        ("universe", "draw", "sampled"),
        ("sampled", "take", None),
        ("sampled", "draw", None),
        ("sampled", "report", "reported"),
        ("reported", "close", "closed"),
        ("closed", "close", None),
        ("closed", "reopen", "reopened"),
        ("reopened", "close", "closed"),
    ],
)
def test_an_audit_goes_one_way(state, act, then):
    assert after(state, act) == then


def test_every_state_and_function_is_named():
    assert set(NEXT) == set(STATES)
    assert {to for acts in NEXT.values() for to in acts.values()} | {"noticed"} == set(STATES)
    assert set(ASKED) == set(FUNCTIONS)
    assert {kind for acts in CORRECTIONS.values() for kind in acts} == set(WORDS)
    assert set(JUDGED) < set(WORDS)


def test_a_worksheet_counts_what_applies():
    answers = {(1, 7): "met", (2, 7): "not_met", (3, 7): "na", (1, 8): "na"}
    found = tally([1, 2, 3, 4], [7, 8], answers)
    assert found == {7: Tally(1, 1, 1, 1), 8: Tally(0, 0, 1, 3)}
    assert (found[7].percent, found[8].percent) == (50, None)
    assert Tally(met=2, not_met=1).percent == 66


def test_a_correction_is_validated_returned_and_reopened():
    steps = [Done("reached", 1, 5), Done("evidence", 1, evidence="a"), Done("submitted", 1)]
    assert (state_of([]), state_of(steps)) == ("open", "submitted")
    assert may(steps, "validated")
    assert may(steps, "returned")
    assert not may(steps, "evidence")
    assert not may([], "validated")
    assert state_of([*steps, Done("returned", 2)]) == "open"
    done = [*steps, Done("validated", 2)]
    assert [kind for kind in WORDS if may(done, kind)] == ["reopened"]
    # What was reached and shown before counts no more once it is reopened.
    assert (reached(done), evidence_of(done)) == ({5}, ["a"])
    again = [*done, Done("reopened", 2)]
    assert (state_of(again), reached(again), evidence_of(again)) == ("open", set(), [])


def test_it_is_late_on_the_day_after():
    milestones = {1: DUE - timedelta(days=10), 2: DUE}
    first, last = DUE - timedelta(days=10), DUE
    assert late_since(DUE, milestones, [], first) is None
    assert late_since(DUE, milestones, [], first + timedelta(days=1)) == first
    one = [Done("reached", 1, 1)]
    assert late_since(DUE, milestones, one, last) is None
    assert late_since(DUE, milestones, one, last + timedelta(days=1)) == last
    both = [*one, Done("reached", 1, 2)]
    assert late_since(DUE, milestones, both, last + timedelta(days=1)) == last
    moved = [*both, Done("extended", 2, due=DUE + timedelta(days=5))]
    assert due_of(DUE, moved) == DUE + timedelta(days=5)
    assert late_since(DUE, milestones, moved, DUE + timedelta(days=5)) is None
    only = [Done("extended", 2, due=DUE + timedelta(days=5))]
    assert late_since(DUE, milestones, only, first + timedelta(days=5)) is None
    assert late_since(DUE, milestones, only, first + timedelta(days=6)) == first + timedelta(days=5)
    assert late_since(DUE, milestones, [*both, Done("submitted", 1)], date(2030, 1, 1)) is None


@given(
    st.lists(st.text("abcdef0123456789", min_size=1, max_size=6), unique=True, max_size=40),
    st.integers(1, 40),
)
def test_a_sample_depends_on_seed_and_universe_alone(keys, count):
    taken = drawn_first(keys, "s1", count, str)
    assert taken == drawn_first(sorted(keys, reverse=True), "s1", count, str)
    assert len(taken) == min(count, len(keys))
    # A larger sample of the same seed begins with the smaller one.
    assert drawn_first(keys, "s1", count + 3, str)[: len(taken)] == taken


def test_the_hash_of_a_universe_is_that_of_its_lines():
    found = hash_of_lines(["a\t1", "b\t2"])
    assert found == hash_of_lines(iter(["a\t1", "b\t2"]))
    assert found != hash_of_lines(["b\t2", "a\t1"])
