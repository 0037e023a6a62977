"""Days by which something has to be done."""

from datetime import UTC, date, datetime

import pytest

from compliance.rules.clocks import breach_days, due_at, due_date

DETERMINATION = "organization determination"


def test_an_old_case_is_judged_by_the_rule_of_its_day():
    assert due_date(DETERMINATION, date(2025, 12, 31)) == date(2026, 1, 14)
    assert due_date(DETERMINATION, date(2026, 1, 1)) == date(2026, 1, 8)
    assert due_date(DETERMINATION, date(2026, 11, 20)) == date(2026, 11, 27)
    assert due_date(DETERMINATION, date(2026, 11, 20), is_extended=True) == date(2026, 12, 11)


def test_what_is_urgent_is_counted_in_hours():
    received = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert due_at("expedited determination", received) == datetime(2026, 11, 23, 10, tzinfo=UTC)
    extended = due_at("expedited determination", received, is_extended=True)
    assert extended == datetime(2026, 12, 7, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="in hours"):
        due_date("expedited determination", received.date())
    with pytest.raises(ValueError, match="in days"):
        due_at(DETERMINATION, received)


def test_counts_a_breach_twice():
    found = date(2026, 11, 2)
    small = breach_days(found, 499, 499)
    assert (small.individuals, small.agency, small.media) == (
        date(2027, 1, 1),
        date(2027, 3, 1),
        None,
    )
    in_all = breach_days(found, 500, 500)
    assert (in_all.agency, in_all.media) == (date(2027, 1, 1), None)
    assert breach_days(found, 501, 501).media == date(2027, 1, 1)
    assert breach_days(date(2023, 5, 1), 1, 1).agency == date(2024, 2, 29)
