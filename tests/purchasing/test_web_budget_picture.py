"""Budgets as bars, and tables without the columns that nothing fills."""

from ipaportal.core.parts import Column, without_empty
from purchasing.rules.budgets import Room
from purchasing.web.budget_picture import budget_bars


def test_says_what_is_left_and_what_is_above():
    rooms = [("November", Room("", 2_100_00, 2_437_94)), ("Q4", Room("", 5_000_00, 10_00, 5_00))]
    picture = budget_bars(rooms, "How far each budget is")
    for words in ("$337.94 above $2,100.00", "$4,985.00 left of $5,000.00"):
        assert picture.svg.count(f">{words}</text>") == 2  # wide and narrow
    assert picture.svg.count('class="bed"') == 2 * 2


def test_draws_a_budget_of_nothing():
    assert "$0.00 left of $0.00" in budget_bars([("None", Room("", 0))], "Budgets").svg


def test_leaves_out_named_columns_that_nothing_fills():
    columns = (Column("name", "Item"), Column("why", "Why"), Column("note", "Note"))
    rows = [{"name": "", "why": "", "note": ""}, {"name": "", "why": "so", "note": 0}]
    kept = without_empty(columns, rows, "why", "note")
    assert [one.key for one in kept] == ["name", "why"]
