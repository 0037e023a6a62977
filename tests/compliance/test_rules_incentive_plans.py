"""Substantial financial risk, and the stop-loss it asks for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.incentive_plans import (
    Arrangement,
    Deductible,
    aggregate_protection_cents,
    deductible,
    panel_of,
    patient_protection_cents,
    substantial_risk,
)

CMS = "a table of CMS"


@pytest.mark.parametrize(
    ("given", "is_substantial"),
    [
        ({"potential_cents": 13300, "bonus_cents": 3300}, False),
        ({"potential_cents": 15000, "bonus_cents": 5000}, True),
        ({"potential_cents": 10000, "withhold_cents": 2500}, False),
        ({"potential_cents": 10000, "withhold_cents": 2501}, True),
        (
            {"potential_cents": 110000000, "withhold_cents": 20000000, "bonus_cents": 10000000},
            True,
        ),
        ({"max_cents": 100000000, "min_cents": 70000000}, True),
        ({"max_cents": 100000000, "min_cents": 75000000}, False),
        ({"max_cents": 100000000, "min_cents": 0, "panel": 25001}, False),
        ({"max_cents": 100000000, "min_cents": 0, "panel": 25000}, True),
        ({"max_cents": 100, "min_cents": 100, "range_is_explained": False}, True),
        ({"potential_cents": 10000, "other_liability_cents": 2500}, False),
        ({"potential_cents": 10000, "other_liability_cents": 2501}, True),
        ({}, False),
    ],
)
def test_judges_an_arrangement_at_its_limits(given, is_substantial):
    """The first eight are the vectors of 42 CFR 422.208(d) that the domain page gives."""
    assert (
        substantial_risk(Arrangement(**{"panel": 5000, **given})).is_substantial is is_substantial
    )


def test_asks_the_line_and_the_sum_and_either_is_enough():
    """Withhold 16.5 %, bonus 10 % of the rest: below the line of 17.5 %, above 25 % together."""
    rest = 100_000
    one = Arrangement(5000, rest + 10_000, 18_150, 10_000)
    tests = {test.name: test for test in substantial_risk(one).tests}
    assert not tests["withhold against the line"].is_over
    assert tests["withhold and bonus"].is_over
    assert substantial_risk(one).why == "over: withhold and bonus"
    assert (tests["bonus"].numerator, tests["bonus"].denominator) == (10_000, rest)


def test_without_a_rest_any_bonus_is_over():
    assert substantial_risk(Arrangement(10, 100, 0, 100)).is_substantial


def test_refuses_parts_that_are_more_than_the_whole():
    for withhold, bonus in ((-1, 0), (0, -1), (0, 101)):
        with pytest.raises(ValueError, match="potential payments"):
            substantial_risk(Arrangement(10, 100, withhold, bonus))


@given(
    potential=st.integers(1, 10**9),
    withhold=st.integers(0, 10**9),
    more=st.integers(0, 10**6),
    bonus=st.integers(0, 10**9),
)
def test_more_withheld_is_never_less_risk(potential, withhold, more, bonus):
    bonus = min(bonus, potential)
    less = substantial_risk(Arrangement(5000, potential, withhold, bonus)).is_substantial
    assert (
        not less
        or substantial_risk(Arrangement(5000, potential, withhold + more, bonus)).is_substantial
    )


def test_protects_ninety_percent_above_what_is_borne():
    assert aggregate_protection_cents(100_000_000, 40_000_000) == 13_500_000
    assert aggregate_protection_cents(100_000_000, 25_000_000) == 0
    assert patient_protection_cents(5_000_000, 600_000) == 3_960_000
    assert patient_protection_cents(600_000, 600_000) == 0


def test_reads_the_table_of_the_day_and_says_where_it_is_missing():
    before = date(2018, 12, 31)
    assert deductible("combined", 800, before).cents == 600_000
    assert deductible("combined", 1000, before).cents == 600_000
    assert deductible("combined", 1001, before).cents == 3_000_000
    assert deductible("professional", 25_000, before).cents == 2_500_000
    assert deductible("institutional", 25_001, before).status == "none"
    assert deductible("combined", 800, date(2019, 1, 1)).status == "table missing"


def test_draws_a_line_between_the_sizes_of_a_table():
    day = date(2026, 1, 1)
    rows = [
        Deductible("combined", day, 1000, 600_000, CMS),
        Deductible("combined", day, 2000, 700_000, CMS),
        Deductible("combined", day, 3000, None, CMS),
        Deductible("combined", date(2027, 1, 1), 1, 1, CMS),
        Deductible("professional", day, 1, 2, CMS),
    ]
    asked = [deductible("combined", n, day, rows) for n in (10, 1000, 1500, 2000, 2999, 3000)]
    assert [one.cents for one in asked] == [600_000, 600_000, 650_000, 700_000, 700_000, None]
    assert asked[-1].status == "none"
    assert deductible("combined", 10, date(2025, 12, 31), rows).status == "table missing"


def test_counts_panels_as_one_only_where_all_five_conditions_hold():
    five = (
        *("contracts_allow", "at_risk_in_each", "terms_spread_risk"),
        *("distributed_as_one", "terms_comparable"),
    )
    assert panel_of([9000, 17000], five) == (26000, [])
    assert panel_of([9000, 17000], five[1:]) == (17000, ["the contracts allow it"])
    assert panel_of([], five) == (0, [])
