from datetime import UTC, date, datetime

import pytest

from ipaportal.core import words


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        (0, "$0"),
        (95_000, "$950"),
        (1_240_000, "$12.4K"),
        (-310_000_000, "−$3.1M"),
        (100_000, "$1K"),
    ],
)
def test_shortens_dollars_for_an_axis(cents, expected):
    assert words.short_dollars(cents) == expected


def test_writes_numbers_and_days_as_people_read_them():
    assert words.money_text(-123456) == "−1,234.56"
    assert words.dollars_text(-5) == "−$0.05"
    assert words.count_text(-1204) == "−1,204"
    assert words.plural(1, "member") == "1 member"
    assert words.plural(1204, "entry", "entries") == "1,204 entries"
    assert words.month_text(date(2026, 10, 1)) == "October 2026"
    assert words.day_text(date(2026, 10, 31)) == "Oct 31, 2026"
    assert words.iso_text(date(2026, 10, 31)) == "2026-10-31"
    assert words.iso_text(datetime(2026, 10, 31, 14, 5, tzinfo=UTC)) == "2026-10-31 14:05"
