"""After a decision: when the next is due, by when it is told, what a provisional one allows."""

from dataclasses import dataclass
from datetime import date, timedelta

from credentialing.rules.windows import ALWAYS, NCQA_2025
from ipaportal.core.months import add_months, days_in, month_of
from ipaportal.core.words import plural

CYCLE_MONTHS = 36
CYCLE_CITATION = "NCQA CR 4 (to the month, own knowledge); 42 CFR 422.204(b)(2)"
QUEUE_DAYS = 180
PROVISIONAL_DAYS = 60
PROVISIONAL_CITATION = "NCQA CR 3 (credentialingresourcecenter.com): once, 60 calendar days"
# A break of more than a month is an initial credentialing again (own knowledge, unverified).
BREAK_DAYS = 30

OUTCOMES = {
    "approved": "approved",
    "approved_conditions": "approved with conditions",
    "denied": "denied",
}
# Why somebody is not taken; the letter says it, so the words are for the provider.
DENIALS = {
    "threshold": "does not meet a criterion for joining the network",
    "quality": "concerns about quality of care",
    "conduct": "professional conduct",
    "sanctions": "sanctions or limits of a licence",
    "history": "malpractice history",
    "false": "what the application says is not so",
}
# Who is denied for a threshold criterion is not reported (NPDB Guidebook, E).
REPORTABLE_DENIALS = frozenset({"quality", "conduct"})


@dataclass(frozen=True)
class NoticeRule:
    """Within how many calendar days of a decision the provider is told of it."""

    from_date: date
    days: int
    citation: str


NOTICES = (
    NoticeRule(ALWAYS, 60, "NCQA CR 3 before July 2025"),
    NoticeRule(NCQA_2025, 30, "NCQA, decisions from 2025-07-01 (NAMSS summary)"),
)


def notice_rule_on(decision_date: date) -> NoticeRule:
    """The rule of telling in force on a decision date."""
    return max((r for r in NOTICES if r.from_date <= decision_date), key=lambda r: r.from_date)


def notice_due(decision_date: date) -> date:
    """The last day on which a letter is in time."""
    return decision_date + timedelta(days=notice_rule_on(decision_date).days)


def notice_words(due: date, issued: date | None, today: date) -> str:
    """How a letter stands against its last day: day 30 is in time, day 31 is late."""
    days = (due - (issued or today)).days
    if issued is not None:
        return "sent in time" if days >= 0 else f"sent {plural(-days, 'day')} late"
    if days < 0:
        return f"late by {plural(-days, 'day')}"
    return "due today" if days == 0 else f"{plural(days, 'day')} left"


def is_late(due: date, issued: date | None, today: date) -> bool:
    """Whether a letter was sent, or still is not, after its last day."""
    return (issued or today) > due


def next_due(decision_date: date) -> date:
    """The last day of the month 36 months after a decision."""
    month = add_months(month_of(decision_date), CYCLE_MONTHS)
    return month.replace(day=days_in(month))


def lapse_words(due: date | None, decision_date: date) -> str:
    """Say that a recredentialing was decided too late; empty if it was in time."""
    if due is None or decision_date <= due:
        return ""
    days = (decision_date - due).days
    words = f"decided {plural(days, 'day')} after it was due on {due}"
    if days > BREAK_DAYS:
        words += ": a break of more than 30 days is an initial credentialing (unverified)"
    return words


def provisional_end(decision_date: date) -> date:
    """The first day on which a provisional decision no longer holds: day 60 is its last."""
    return decision_date + timedelta(days=PROVISIONAL_DAYS + 1)


def queue_opens(due: date) -> date:
    """From when a recredentialing is prepared."""
    return due - timedelta(days=QUEUE_DAYS)


def queue_band(due: date, today: date) -> str:
    """How urgent a recredentialing is, in a word."""
    left = (due - today).days
    if left < 0:
        return "lapsed"
    for days, word in ((30, "within 30 days"), (60, "within 60 days"), (90, "within 90 days")):
        if left <= days:
            return word
    return "opens" if left <= QUEUE_DAYS else "later"
