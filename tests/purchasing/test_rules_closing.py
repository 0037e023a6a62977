"""Closing: who is in at which price, in whole cases, whatever the order of their words."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from purchasing.rules.closing import ItemTerms, Wish, close_item

LADDER = [[0, "10"], [50, "9"], [100, "8"]]
KEY = b"k"


def wish(key, quantity, flex=0, ceiling=None):
    return Wish(key, quantity, flex, ceiling if ceiling is None else Decimal(ceiling))


@pytest.mark.parametrize(
    ("_case", "wishes", "terms", "packs", "price", "out"),
    [
        ("first tier", [wish("a", 30), wish("b", 19)], ItemTerms(LADDER), 49, "10", []),
        ("second tier", [wish("a", 30), wish("b", 20)], ItemTerms(LADDER), 50, "9", []),
        ("a ceiling holds", [wish("a", 49, 0, 9), wish("b", 1)], ItemTerms(LADDER), 50, "9", []),
        (
            "a ceiling breaks",
            [wish("a", 30, 0, 9), wish("b", 1)],
            ItemTerms(LADDER),
            1,
            "10",
            ["a"],
        ),
        ("whole cases", [wish("a", 30), wish("b", 25)], ItemTerms(LADDER, 20), 40, "10", []),
        ("tolerance fills", [wish("a", 30, 5), wish("b", 25)], ItemTerms(LADDER, 20), 60, "9", []),
        ("no case", [wish("a", 3)], ItemTerms(LADDER, 20), 0, None, []),
        ("too few", [wish("a", 9)], ItemTerms(LADDER, 1, 10), 0, None, ["a"]),
        ("nobody", [], ItemTerms(LADDER), 0, None, []),
    ],
)
def test_closes(_case, wishes, terms, packs, price, out):
    closed = close_item(wishes, terms, KEY)
    assert (closed.packs, closed.price) == (packs, price and Decimal(price))
    assert [one.key for one in closed.released] == out
    assert sum(closed.granted.values()) == packs


@settings(max_examples=50)
@given(
    asked=st.lists(
        st.tuples(st.integers(1, 40), st.integers(0, 9), st.sampled_from([None, 8, 9, 10])),
        max_size=6,
    ),
    case=st.integers(1, 12),
    minimum=st.integers(0, 60),
)
def test_nobody_pays_more_than_they_said_or_gets_more(asked, case, minimum):
    wishes = [wish(str(n), *one) for n, one in enumerate(asked)]
    terms = ItemTerms(LADDER, case, minimum)
    closed = close_item(wishes, terms, KEY)
    assert close_item(wishes[::-1], terms, KEY) == closed
    assert closed.packs % case == 0
    assert sum(closed.granted.values()) == closed.packs
    for one in wishes:
        packs = closed.granted.get(one.key, 0)
        assert packs <= one.quantity + one.flex
        if packs and one.ceiling is not None:
            assert closed.price <= one.ceiling
