"""Prices as suppliers list them: the pack, the tiers, and prices that are another pack's."""

from decimal import Decimal
from fractions import Fraction

import pytest

from purchasing.rules.packs import PackLevel
from purchasing.rules.price_offers import (
    BadTiers,
    Band,
    NoPack,
    ladder_of,
    level_for,
    wrong_pack,
)

D = Decimal
EACH, BOX, CASE = PackLevel("each", 1), PackLevel("box", 100), PackLevel("case", 1000)
LEVELS = [EACH, BOX, CASE]


@pytest.mark.parametrize(
    ("pack", "eaches", "level"),
    [
        ("box", None, BOX), ("Box ", 100, BOX), ("BX", None, BOX), ("ca", 1000, CASE),
        ("", 1, EACH), ("EA", None, EACH),
    ],
)  # fmt: skip
def test_finds_the_pack_that_a_price_is_for(pack, eaches, level):
    assert level_for(pack, eaches, LEVELS) == level


@pytest.mark.parametrize(
    ("pack", "eaches", "why"),
    [
        ("", None, "does not say which pack"),
        ("drum", None, "has no pack “drum”: it comes as each of 1, box of 100, case of 1,000"),
        ("box", 50, "50 units are in it by the list"),
        ("", 7, "7 units are in it by the list"),
    ],
)
def test_prices_no_pack_that_it_has_to_guess(pack, eaches, why):
    with pytest.raises(NoPack, match=why):
        level_for(pack, eaches, LEVELS)
    with pytest.raises(NoPack, match="several"):
        level_for("PK", None, [PackLevel("pouch", 5), PackLevel("tray", 9)])


def bands(*rows: tuple[int, int | None, str]) -> list[Band]:
    return [Band(line, low, high, D(price)) for line, (low, high, price) in enumerate(rows, 2)]


@pytest.mark.parametrize(
    ("rows", "tiers"),
    [
        ([(0, None, "10")], [(0, "10")]),
        ([(50, None, "9"), (0, None, "10")], [(0, "10"), (50, "9")]),
        ([(1, 49, "10"), (50, 99, "9"), (100, None, "8")], [(1, "10"), (50, "9"), (100, "8")]),
    ],
)
def test_reads_tiers_with_and_without_their_ends(rows, tiers):
    found = ladder_of(bands(*rows))
    assert [(tier.minimum, str(tier.price)) for tier in found.tiers] == tiers


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(1, 49, "10"), (51, None, "9")], "no tier says what 50 to 50 cost"),
        ([(1, 50, "10"), (50, None, "9")], "two tiers overlap at 50"),
        ([(1, 49, "10"), (50, 99, "9")], "no tier says what more than 99 cost"),
        ([(9, 1, "10")], "a tier goes from 9 to 1"),
        ([(0, None, "10"), (0, None, "9")], "two tiers begin at 0"),
        ([(0, None, "9"), (50, None, "10")], "the price rises"),
    ],
)
def test_refuses_tiers_with_a_gap_an_overlap_or_a_rise(rows, why):
    with pytest.raises(BadTiers, match=why):
        ladder_of(bands(*rows))


@pytest.mark.parametrize(
    ("price", "is_wrong"),
    [("10.00", False), ("7.51", False), ("12.50", False), ("100.00", True), ("0.10", True),
     ("30.00", False)],
)  # fmt: skip
def test_sees_a_price_that_is_another_packs(price, is_wrong):
    found = wrong_pack(D(price), BOX, LEVELS, Fraction(1, 10))
    assert bool(found) == is_wrong
    assert wrong_pack(D(price), BOX, LEVELS, None) == ""
