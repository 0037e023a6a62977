from datetime import date

import pytest

from ipaportal.core.months import (
    add_months,
    age_on,
    day_of,
    days_in,
    month_name,
    month_of,
    month_range,
    months_between,
    parse_month,
)

JAN, DEC = date(2026, 1, 1), date(2026, 12, 1)


def test_steps_over_years():
    assert add_months(DEC, 1) == date(2027, 1, 1)
    assert add_months(JAN, -1) == date(2025, 12, 1)
    assert add_months(JAN, -13) == date(2024, 12, 1)
    assert months_between(date(2025, 11, 1), JAN) == 2


def test_knows_how_long_a_month_is():
    assert [days_in(date(y, 2, 1)) for y in (2026, 2028, 2000, 2100)] == [28, 29, 29, 28]
    assert day_of(date(2026, 2, 1), 30) == date(2026, 2, 28)
    assert month_of(date(2026, 2, 28)) == date(2026, 2, 1)


def test_lists_months_up_to_the_last():
    assert list(month_range(date(2025, 12, 1), date(2026, 2, 1))) == [date(2025, 12, 1), JAN]
    assert list(month_range(JAN, JAN)) == []


def test_reads_and_names_a_month():
    assert parse_month("2026-10") == date(2026, 10, 1)
    assert month_name(date(2026, 10, 1)) == "October 2026"


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "10/2026", "", "2026-10-01", "0000-01"])
def test_refuses_what_is_no_month(text):
    with pytest.raises(ValueError, match="YYYY-MM"):
        parse_month(text)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(1961, 10, 1), 65),
        (date(1961, 10, 2), 64),
        (date(1961, 9, 30), 65),
        (date(2026, 10, 1), 0),
        (date(2026, 10, 9), 0),
        (date(1960, 2, 29), 66),
    ],
)
def test_counts_age_on_the_first(born, age):
    assert age_on(born, date(2026, 10, 1)) == age
