"""The meter: hidden under five practices, in steps, and never moved by one practice alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.meters import (
    FEW,
    HIDDEN,
    LEAST_PRACTICES,
    ONE_LARGE,
    Change,
    Reading,
    Standing,
    change_of,
    may_change,
    next_reading,
    reading_of,
    standing_of,
    words,
)

MINIMUMS = [1, 100, 200]
PRICES = ["$90.00", "$84.10", "$80.00"]
FIVE = {f"p{number}": 10 for number in range(5)}


@pytest.mark.parametrize(
    ("volume", "tier", "step_pct"),
    [(50, 0, 45), (99, 0, 95), (100, 1, 0), (104, 1, 0), (105, 1, 5), (199, 1, 95), (200, 2, 100)],
)
def test_shows_the_way_to_the_next_tier_in_steps(volume, tier, step_pct):
    assert reading_of(Standing(8, volume, 12, 11), MINIMUMS) == Reading(tier, step_pct, "")


def test_is_hidden_while_few_take_part():
    four = dict(list(FIVE.items())[:4])
    assert reading_of(standing_of(four), MINIMUMS) == HIDDEN
    assert reading_of(standing_of(four | {"p9": 0}), MINIMUMS).hidden == FEW
    assert reading_of(standing_of(FIVE), MINIMUMS).is_shown


def test_is_hidden_where_one_practice_is_most_of_it():
    large = FIVE | {"p4": 400}  # the others have 10 each: 30 without the second, less than 10 %
    assert reading_of(standing_of(large), MINIMUMS).hidden == ONE_LARGE
    assert reading_of(standing_of(large | {"p5": 10}), MINIMUMS).is_shown


def test_stands_still_until_five_have_changed():
    last = reading_of(standing_of(FIVE), MINIMUMS)
    now = dict(FIVE)
    for number in range(4):
        now[f"p{number}"] += 9
        assert next_reading(last, standing_of(now), change_of(FIVE, now), MINIMUMS) is None
    now["p7"] = 9
    assert next_reading(last, standing_of(now), change_of(FIVE, now), MINIMUMS) == Reading(
        0, 90, ""
    )


def test_stands_still_where_one_change_would_stand_out():
    now = {key: units + 1 for key, units in FIVE.items()} | {"p0": 60}
    assert change_of(FIVE, now) == Change(5, 54, 50, 1)
    assert not may_change(change_of(FIVE, now))  # 3 of 50 is less than a tenth
    assert may_change(Change(5, 58, 50, 3))


def test_counts_who_leaves_as_a_change():
    assert change_of({"a": 3, "b": 2}, {"b": 2, "c": 4}) == Change(2, 7, 4, 3)
    assert change_of({"a": 3}, {"a": 3, "b": 0}) == Change()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 60)), min_size=1, max_size=60))
def test_no_two_readings_differ_by_fewer_than_five_practices(steps):
    """Each step is one practice changing what it asks for; a reading is tried after each."""
    asked: dict[str, int] = {}
    read, last, shown = {}, HIDDEN, []
    for who, units in steps:
        asked[f"p{who}"] = units
        found = next_reading(last, standing_of(asked), change_of(read, asked), MINIMUMS)
        if found is not None:
            shown.append((found, dict(asked)))
            read, last = dict(asked), found
    for (_, before), (_, after) in zip([(HIDDEN, {}), *shown], shown, strict=False):
        changed = [key for key in after if after[key] != before.get(key, 0)]
        assert len(changed) >= LEAST_PRACTICES
    for found, at in shown:
        assert not found.is_shown or standing_of(at).practices >= LEAST_PRACTICES
        assert found.step_pct % 5 == 0


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 99)))
def test_does_not_depend_on_who_is_who(asked):
    renamed = {f"x{key}": units for key, units in asked.items()}
    assert standing_of(renamed) == standing_of(asked)


def test_says_it_in_words():
    assert words(HIDDEN, PRICES) == "The meter appears once 5 practices take part."
    assert words(Reading(0, 45, ""), PRICES) == "$90.00 now. 45 to 50 % of the way to $84.10."
    assert words(Reading(-1, 20, ""), PRICES) == "20 to 25 % of the way to $90.00."
    assert words(Reading(2, 100, ""), PRICES) == "The best price is reached: $80.00."
