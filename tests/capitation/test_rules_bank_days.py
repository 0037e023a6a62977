"""Banking days and routing numbers."""

from datetime import date

import pytest

from capitation.rules.aba import check_digit, is_routing_number
from capitation.rules.bank_days import (
    bank_day_on_or_after,
    bank_holidays,
    is_bank_day,
    next_bank_day,
    previous_bank_day,
)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-07-03", True),  # July 4 is a Saturday: the Friday before is open
        ("2026-07-04", False),
        ("2026-07-06", True),
        ("2027-06-18", True),
        ("2027-07-05", False),  # July 4 is a Sunday: kept on the Monday
        ("2027-12-24", True),
        ("2027-12-31", True),
        ("2026-11-26", False),
        ("2026-11-27", True),
    ],
)
def test_knows_the_days_on_which_ach_settles(day, expected):
    assert is_bank_day(date.fromisoformat(day)) is expected


def test_names_every_holiday_of_2026():
    assert bank_holidays(2026) == {
        date(2026, 1, 1): "New Year's Day",
        date(2026, 1, 19): "Birthday of Martin Luther King, Jr.",
        date(2026, 2, 16): "Washington's Birthday",
        date(2026, 5, 25): "Memorial Day",
        date(2026, 6, 19): "Juneteenth National Independence Day",
        date(2026, 7, 4): "Independence Day",
        date(2026, 9, 7): "Labor Day",
        date(2026, 10, 12): "Columbus Day",
        date(2026, 11, 11): "Veterans Day",
        date(2026, 11, 26): "Thanksgiving Day",
        date(2026, 12, 25): "Christmas Day",
    }


def test_judges_a_day_by_the_rule_of_its_year():
    assert is_bank_day(date(2020, 6, 19))
    assert not is_bank_day(date(2023, 6, 19))
    assert "Birthday of Martin Luther King, Jr." not in bank_holidays(1985).values()


def test_finds_the_banking_days_around_a_long_weekend():
    assert next_bank_day(date(2026, 11, 25)) == date(2026, 11, 27)
    assert previous_bank_day(date(2026, 11, 27)) == date(2026, 11, 25)
    assert next_bank_day(date(2027, 7, 2)) == date(2027, 7, 6)
    assert bank_day_on_or_after(date(2026, 11, 28)) == date(2026, 11, 30)
    assert bank_day_on_or_after(date(2026, 11, 30)) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("021000021", True),
        ("011401533", True),
        ("122105155", True),
        ("091000019", True),
        ("231380104", True),
        ("123456789", False),
        ("021000022", False),
        ("000000000", False),
        ("02100002", False),
        ("０21000021", False),
        ("02100002A", False),
    ],
)
def test_checks_a_routing_number(number, expected):
    assert is_routing_number(number) is expected


def test_computes_the_check_digit():
    assert check_digit("02100002") == 1
    assert check_digit("23138010") == 4
