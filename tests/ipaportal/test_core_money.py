from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipaportal.core.money import (
    dollars,
    percent_of,
    plain_dollars,
    round_cents,
    round_div,
    split,
    split_to_largest,
)

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=12).filter(any)
CENTS = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("_case", "total", "weights", "expected"),
    [
        ("even", 100, [1, 1], [50, 50]),
        ("odd cent to the first", 100, [1, 1, 1], [34, 33, 33]),
        ("no share", 100, [1, 0], [100, 0]),
        ("the size is split and the sign put back", -100, [1, 1, 1], [-34, -33, -33]),
        ("Foodsoft's $10 over three, of which it makes $10.02", 10_00, [1, 1, 1], [334, 333, 333]),
        ("Formance's 15 over 4/5, 2/25, 3/25", 15, [20, 2, 3], [12, 1, 2]),
        ("nothing", 0, [3, 4], [0, 0]),
        ("October's 342.55 over a move on the 11th", 34255, [10, 21], [11050, 23205]),
    ],
)
def test_splits_to_the_cent(_case, total, weights, expected):
    assert split(total, weights) == expected


def test_splits_vtex_999_without_losing_a_cent():
    assert split(999, [1, 1, 1]) == [333, 333, 333]
    assert sum(split(999, [45, 45, 10])) == 999
    assert plain_dollars(sum(split(999, [333, 333, 334, 7]))) == "9.99"


def test_gives_odd_cents_to_the_most_days_when_asked():
    assert split(100, [14, 17]) == [45, 55]
    assert split_to_largest(101, [10, 21]) == [32, 69]
    assert split(101, [10, 21]) == [33, 68]
    assert split_to_largest(-101, [10, 21]) == [-32, -69]
    assert split_to_largest(0, [10, 21]) == [0, 0]
    with pytest.raises(AssertionError):
        split(5, [0, 0])
    with pytest.raises(AssertionError):
        round_div(5, 0)


@given(CENTS, WEIGHTS)
def test_splits_within_a_cent_of_exact(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)
        assert weight or part == 0


@given(CENTS, WEIGHTS)
def test_gives_the_most_days_at_most_a_cent_more_than_exact(total, weights):
    parts = split_to_largest(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        # A whole cent at most: the largest may be owed whole cents exactly and still take one.
        assert abs(part * sum(weights) - total * weight) <= sum(weights)
        assert weight or part == 0


def test_gives_an_odd_cent_to_the_most_days_even_where_its_part_is_exact():
    assert split_to_largest(128, [147, 3539, 4356, 6806, 10000, 10000])[4:] == [37, 37]


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.005", 1),
        ("0.0049", 0),
        ("-0.005", -1),
        ("-0.0049", 0),
        ("987.648", 98765),
        ("342.5499999999", 34255),
        ("2.675", 268),
    ],
)
def test_rounds_half_away_from_zero(amount, cents):
    assert round_cents(Decimal(amount)) == cents


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (5, 3, 2), (0, 31, 0), (7, 7, 1)],
)
def test_divides_once_half_away_from_zero(numerator, denominator, expected):
    assert round_div(numerator, denominator) == expected


@given(CENTS, st.integers(1, 366))
def test_divides_as_decimals_round(numerator, denominator):
    exact = abs(round_div(numerator, denominator)) * 2 * denominator - 2 * abs(numerator)
    assert -denominator < exact <= denominator


def test_takes_percentages():
    assert percent_of(98765, Decimal(8)) == 7901
    assert percent_of(98765, Decimal(40)) == 39506
    assert percent_of(34255, Decimal(10)) == 3426
    assert percent_of(-34255, Decimal(10)) == -3426
    assert percent_of(100, Decimal("0.4999")) == 0
    assert percent_of(10**15 + 1, Decimal("99.9999")) == 999_999_000_000_001


def test_writes_dollars_for_people_and_machines():
    assert [dollars(c) for c in (123456, -5, 0, -123456789)] == [
        "1,234.56",
        "−0.05",
        "0.00",
        "−1,234,567.89",
    ]
    assert [plain_dollars(c) for c in (123456, -5, 0)] == ["1234.56", "-0.05", "0.00"]
