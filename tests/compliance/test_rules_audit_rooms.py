"""How long a plan's auditor is let in, and when what they ask for is due."""

from datetime import date, timedelta

import pytest

from compliance.rules.audit_rooms import is_open, reply_due, request_state, visit_fault

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("state", "until", "expected"),
    [
        ("sampled", DAY, True),
        ("sampled", DAY - timedelta(days=1), False),
        ("reopened", DAY, True),
        ("closed", DAY + timedelta(days=9), False),
    ],
)
def test_is_open_through_its_last_day_and_until_the_audit_is_closed(state, until, expected):
    assert is_open(state, until, DAY) is expected


def test_a_visit_ends_within_half_a_year_and_not_in_the_past():
    assert visit_fault(DAY, DAY) is None
    assert visit_fault(DAY + timedelta(days=180), DAY) is None
    assert visit_fault(DAY + timedelta(days=181), DAY) == "is more than 180 days from now"
    assert visit_fault(DAY - timedelta(days=1), DAY) == "is over"


def test_a_request_is_overdue_the_day_after_its_day_until_something_is_said():
    assert reply_due(DAY) == date(2026, 11, 25)
    assert request_state(DAY, "", DAY) == "waits"
    assert request_state(DAY, "", DAY + timedelta(days=1)) == "overdue"
    assert request_state(DAY, "given", DAY + timedelta(days=1)) == "given"
    assert request_state(DAY, "declined", DAY) == "not given"
