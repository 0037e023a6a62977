"""Audit samples: the same seed draws the same files; 8 pass stop, 1 fail takes all 30."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.audit_samples import (
    FIRST,
    SAMPLE,
    Decided,
    drawn,
    factor_result,
    integrity_sample,
    integrity_sizes,
    population_hash,
    worksheet,
)


def universe(initial, recred=0):
    kinds = ["initial"] * initial + ["recred"] * recred
    day = date(2026, 1, 1)
    return [Decided(no, kind, day + timedelta(days=no)) for no, kind in enumerate(kinds, 1)]


def test_the_same_seed_draws_the_same_sample_from_the_same_list():
    people = universe(100)
    first = drawn(people, "7f", SAMPLE)
    assert first == drawn(list(reversed(people)), "7f", SAMPLE)
    assert first != drawn(people, "80", SAMPLE)
    assert len({one.event_id for one in first}) == SAMPLE
    # As any shell draws it: printf '2026:1' | sha256sum, and so on, in order.
    assert [one.event_id for one in drawn(universe(6), "2026", 3)] == [1, 6, 4]


def test_the_hash_of_the_population_names_every_decision():
    people = universe(3)
    assert population_hash(people) == population_hash(reversed(people))
    assert population_hash(people) != population_hash(people[:2])


@pytest.mark.parametrize(
    ("_case", "answers", "needed", "is_over"),
    [
        ("nothing yet", [None] * 30, 8, False),
        ("seven passed", [True] * 7 + [None] * 23, 8, False),
        ("eight passed: stop", [True] * 8 + [None] * 22, 8, True),
        ("eight passed, a later one fails", [True] * 8 + [False] * 22, 8, True),
        ("one of eight failed: all thirty", [True] * 7 + [False] + [None] * 22, 30, False),
        ("first failed", [False] + [None] * 29, 30, False),
        ("thirty reviewed", [False] + [True] * 29, 30, True),
        ("only five files", [True] * 5, 5, True),
        ("five, one failed", [True] * 4 + [False], 5, True),
        ("none at all", [], 0, True),
    ],
)
def test_eight_pass_stop_and_one_fail_takes_thirty(_case, answers, needed, is_over):
    result = factor_result(answers)
    assert (result.needed, result.is_over) == (needed, is_over)


def test_counts_what_was_reviewed_and_passed():
    result = factor_result([False, True, True] + [None] * 27)
    assert (result.reviewed, result.passed, result.percent) == (3, 2, 66)
    assert factor_result([None] * 30).percent is None
    marks = {(file, "licence"): True for file in range(FIRST)} | {(0, "board"): False}
    sheet = worksheet(list(range(SAMPLE)), ["licence", "board"], marks)
    assert sheet["licence"].is_over
    assert (sheet["board"].needed, sheet["board"].is_over) == (30, False)


@pytest.mark.parametrize(
    ("initial", "recred", "expected"),
    [
        (0, 0, (0, 0)),
        (5, 3, (5, 3)),
        (10, 10, (10, 10)),
        (100, 100, (10, 10)),
        (400, 0, (20, 0)),
        (500, 500, (25, 25)),
        (900, 100, (45, 10)),
        (5000, 5000, (25, 25)),
    ],
)
def test_integrity_takes_five_percent_or_fifty_and_ten_of_each(initial, recred, expected):
    assert integrity_sizes(initial, recred) == expected
    assert len(integrity_sample(universe(initial, recred), "s")) == sum(expected)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_integrity_never_falls_short_of_the_rule(initial, recred):
    first, second = integrity_sizes(initial, recred)
    assert first >= min(10, initial)
    assert second >= min(10, recred)
    assert first + second >= min(50, -(-(initial + recred) * 5 // 100))
