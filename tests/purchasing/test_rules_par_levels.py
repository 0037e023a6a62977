"""What par levels suggest, with every number; when a standing order stands."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.par_levels import Stock, is_standing, suggested


@pytest.mark.parametrize(("_case", "stock", "packs"), [
    ("above the least", Stock(5), 0),
    ("at the least", Stock(4), 6),
    ("below it", Stock(0), 10),
    ("what came since counts", Stock(2, came=3), 0),
    ("what is on the way counts", Stock(1, coming=3), 6),
    ("what is committed counts", Stock(0, committed=10), 0),
    ("never counted", Stock(None, came=1), 0),
])  # fmt: skip
def test_fills_up_once_the_least_is_reached(_case, stock, packs):
    assert suggested(4, 10, stock).packs == packs


def test_opens_every_number_it_was_worked_out_from():
    told = suggested(4, 10, Stock(1, came=1, coming=1, committed=1))
    assert told.words == (
        "1 counted + 1 came since + 1 on the way + 1 committed = 4; 10 − 4 = 6 packs."
    )
    assert suggested(4, 10, Stock(None)).words == "Nobody counted it yet: count it first."


@given(st.integers(0, 50), st.integers(0, 50), st.builds(Stock, *[st.integers(0, 60)] * 4))
def test_never_asks_for_more_than_fills_up_and_asks_once(least, more, stock):
    first = suggested(least, least + more, stock)
    assert first.packs == 0 or stock.packs + first.packs == least + more
    then = Stock(stock.counted, stock.came, stock.coming, stock.committed + first.packs)
    assert suggested(least, least + more, then).packs == 0 or more == 0


def test_stands_from_its_first_day_to_the_day_before_its_end():
    start, end = date(2026, 3, 1), date(2026, 4, 1)
    days = [date(2026, 2, 28), start, date(2026, 3, 31), end]
    stands = [is_standing(start, end, day, is_paused=False) for day in days]
    assert stands == [False, True, True, False]
    assert is_standing(start, None, end, is_paused=False)
    assert not is_standing(start, end, start, is_paused=True)
