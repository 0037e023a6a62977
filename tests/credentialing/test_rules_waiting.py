"""Who has the ball in a file, what for, and from which day it is late."""

from datetime import date

import pytest

from credentialing.rules.events import OVER, WORDS, Status
from credentialing.rules.waiting import STAFF_STEPS, WAITS, Ball, due_date, told_of

DAY = date(2026, 6, 1)


def test_every_open_status_waits_for_somebody_and_no_other_does():
    assert set(WAITS) == set(WORDS) - set(OVER)
    assert STAFF_STEPS == (Status.STOPPED, Status.SUBMITTED, Status.VERIFYING, Status.VERIFIED)


@pytest.mark.parametrize(("status", "due"), [
    ("submitted", date(2026, 6, 4)), ("verifying", date(2026, 7, 1)),
    ("invited", date(2026, 6, 15)), ("stopped", date(2026, 6, 2)),
])  # fmt: skip
def test_counts_the_days_of_a_step(status, due):
    assert due_date(status, DAY) == due


@pytest.mark.parametrize(("_case", "elements", "ball", "words", "is_ready"), [
    ("nothing listed", {}, Ball.STAFF, "us, to verify", False),
    ("all of it", {"verified": 3}, Ball.STAFF, "all 3 elements verified: hand it on", True),
    ("ours and theirs", {"verified": 1, "missing": 2, "asked": 1}, Ball.STAFF,
     "1 of 4 verified: 2 to ask for, 1 asked of others", False),
    ("only theirs", {"verified": 3, "asked": 1}, Ball.SOURCE,
     "3 of 4 verified: 1 asked of others", False),
    ("the provider's", {"verified": 3, "discrepancy": 1}, Ball.PROVIDER,
     "3 of 4 verified: 1 for the provider", False),
    ("one to sign", {"needs review": 1, "asked": 2}, Ball.STAFF,
     "0 of 3 verified: 1 to read and sign, 2 asked of others", False),
    ("stale again", {"stale": 1, "verified": 1}, Ball.STAFF, "1 of 2 verified: 1 to renew", False),
])  # fmt: skip
def test_says_who_has_the_ball_while_it_is_verified(_case, elements, ball, words, is_ready):
    told = told_of("verifying", elements)
    assert (told.ball, told.words, told.is_ready) == (ball, words, is_ready)


def test_says_nothing_of_a_file_that_is_over():
    assert all(told_of(status, {}) is None and due_date(status, DAY) is None for status in OVER)
    assert told_of("incomplete", {}).ball is Ball.PROVIDER
