"""Reinsurance of a member's year, to the cent and on both sides of each threshold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.reinsurance import (
    Cover,
    Stage,
    notice_cents,
    own_cents,
    recovery_cents,
    stage,
)

COVER = Cover(100_000_00, Decimal(90))


@pytest.mark.parametrize(
    ("cents", "at", "back"),
    [
        (49_999_99, Stage.BELOW, 0),
        (50_000_00, Stage.NOTICE, 0),
        (100_000_00, Stage.NOTICE, 0),
        (100_000_01, Stage.ABOVE, 1),  # 0.9 of a cent
        (100_000_05, Stage.ABOVE, 5),  # 4.5 cents, away from zero
        (150_000_00, Stage.ABOVE, 45_000_00),
    ],
)
def test_what_comes_back_of_a_sum(cents, at, back):
    assert (stage(cents, COVER), recovery_cents(cents, COVER)) == (at, back)
    assert own_cents(cents, COVER) == cents - back


def test_a_limit_is_the_most_that_comes_back():
    cover = Cover(100_000_00, Decimal(90), limit_cents=10_000_00)
    assert recovery_cents(111_111_11, cover) == 10_000_00
    assert recovery_cents(111_111_10, cover) == 9_999_99
    assert notice_cents(Cover(99_99, Decimal(90), Decimal("33.33"))) == 33_33


@given(st.integers(0, 10**11), st.integers(0, 10**9), st.integers(1, 10_000))
def test_more_never_brings_less_back_and_nothing_is_lost(cents, more, hundredths):
    cover = Cover(50_000_00, Decimal(hundredths) / 100)
    one, two = recovery_cents(cents, cover), recovery_cents(cents + more, cover)
    assert 0 <= one <= two <= cents + more
    assert own_cents(cents, cover) + one == cents
