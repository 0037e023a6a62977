"""Savings as pages show them: sums by name, whether every practice gains, and the bars."""

import pytest

from purchasing.rules.allocation import share_text
from purchasing.web.savings_picture import MOST_BARS, Saved, by_name, savings_bars, spread_facts


def test_adds_up_by_name_and_keeps_what_has_no_baseline_apart():
    rows = [("Heron", 500, 300), ("Ibis", None, 400), ("Heron", None, 200), ("Ibis", None, 0)]
    assert by_name(rows) == [Saved("Heron", 500, 500), Saved("Ibis", None, 400)]


def test_says_who_is_in_the_middle_and_who_gains_least():
    saved = [Saved("A", None, 900), Saved("B", 1, 200), Saved("C", 1, -50), Saved("D", 1, None)]
    said = [(fact.label, fact.value, fact.note) for fact in spread_facts(saved)]
    assert said == [
        ("Practices that gain", "2 of 3", "against the same offers alone"),
        ("Practice in the middle $", 200, ""),
        ("Gains least $", -50, "C"),
    ]
    assert spread_facts(saved[:1]) == []


def test_draws_the_largest_and_tables_all():
    saved = [Saved(f"Practice {number:02}", None, 100 * number) for number in range(20, 0, -1)]
    picture = savings_bars(saved, "Saved")
    assert (len(picture.rows), picture.rows[0]) == (20, ("Practice 20", "no baseline", "20.00"))
    assert f"The {MOST_BARS} that saved most; 8 more are in the table." in picture.legend
    assert "Practice 08" not in picture.svg
    assert "Practice 09" in picture.svg
    loss = savings_bars([Saved("Heron", -100, -5)], "Saved")
    assert "−1.00" in loss.svg
    assert "<rect" not in loss.svg


@pytest.mark.parametrize(
    ("share", "shown"), [("9", "9.00"), ("15/2", "7.50"), ("10/3", "3.33"), ("1/200", "0.01")]
)
def test_shows_an_exact_share_to_two_places(share, shown):
    assert share_text(share) == shown
