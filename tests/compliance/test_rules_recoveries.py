"""Claims against reinsurers: the difference to what was asked, and which payments are a part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.recoveries import Sums, may_be_paid, to_file_cents


@pytest.mark.parametrize(
    ("owed", "filed", "cents"),
    [(60_00, 0, 60_00), (75_00, 60_00, 15_00), (60_00, 60_00, 0), (0, 60_00, -60_00)],
)
def test_asks_for_the_difference(owed, filed, cents):
    assert to_file_cents(owed, filed) == cents


@pytest.mark.parametrize(
    ("cents", "filed", "paid", "is_part"),
    [
        (1, 100, 0, True), (100, 100, 0, True), (101, 100, 0, False), (0, 100, 0, False),
        (-1, 100, 0, False), (1, 100, 99, True), (2, 100, 99, False), (1, 100, 100, False),
        (-1, -100, 0, True), (-100, -100, 0, True), (-101, -100, 0, False), (1, -100, 0, False),
    ],
)  # fmt: skip
def test_a_payment_is_a_part_of_what_is_open(cents, filed, paid, is_part):
    assert may_be_paid(cents, Sums(filed, paid)) is is_part


@pytest.mark.parametrize(
    ("filed", "paid", "stage", "left"),
    [(100, 0, "filed", 100), (100, 99, "partly", 1), (100, 100, "paid", 0), (-5, 0, "filed", -5)],
)
def test_says_how_far_it_has_come(filed, paid, stage, left):
    assert (Sums(filed, paid).stage, Sums(filed, paid).open_cents) == (stage, left)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_however_often_it_is_filed_the_sum_is_what_is_owed(owed):
    filed = 0
    for now in owed:
        filed += to_file_cents(now, filed)
    assert filed == owed[-1]
