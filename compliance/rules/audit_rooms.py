"""A plan's auditor in one audit: how long they are let in, and when what they ask for is due."""

from datetime import date, timedelta

# Own rules: a visit ends by itself, and a request says its day; both are changed by asking anew.
MOST_VISIT_DAYS = 180
REPLY_DAYS = 5
REPLIES = {"given": "given", "declined": "not given"}


def is_open(state: str, until: date, today: date) -> bool:
    """Whether an audit is open to a guest today: until it is closed, and through their last day."""
    return state != "closed" and today <= until


def visit_fault(until: date, today: date) -> str | None:
    """Why a visit cannot last until a day; None if it can."""
    if until < today:
        return "is over"
    if until > today + timedelta(days=MOST_VISIT_DAYS):
        return f"is more than {MOST_VISIT_DAYS} days from now"
    return None


def reply_due(asked: date) -> date:
    """When what is asked for is due, where whoever asks names no day."""
    return asked + timedelta(days=REPLY_DAYS)


def request_state(due: date, replied: str, today: date) -> str:
    """How a request stands; a day is missed on the day after it."""
    if replied:
        return REPLIES[replied]
    return "overdue" if due < today else "waits"
