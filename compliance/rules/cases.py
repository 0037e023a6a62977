"""Cases: their kinds, states and clocks, and what may be done with one when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from compliance.rules.clocks import clock_on, due_date

KINDS: Mapping[str, str] = {
    "hotline": "hotline report",
    "incident": "incident",
    "fwa": "fraud, waste or abuse",
    "privacy": "privacy or security incident",
    "grievance": "grievance about staff",
    "conflict": "conflict of interest",
}
STATES: Mapping[str, str] = {"new": "new", "open": "open", "closed": "closed"}
# State → what may be done in it → the state after.
NEXT: Mapping[str, Mapping[str, str]] = {
    "new": {"triaged": "open"},
    "open": {"triaged": "open", "closed": "closed"},
    "closed": {"reopened": "open"},
}
PARTS: Mapping[str, str] = {
    "accused": "accused",
    "witness": "witness",
    "reporter": "reported it",
    "affected": "affected",
}
OUTCOMES: Mapping[str, str] = {
    "substantiated": "substantiated",
    "partly": "substantiated in part",
    "unsubstantiated": "not substantiated",
    "referred": "referred to others",
    "unanswered": "could not be looked into",
}
# What was done, in words of the history.
EVENTS: Mapping[str, str] = {
    "reported": "reported, without a name",
    "opened": "opened",
    "acknowledged": "acknowledged",
    "wrote": "the reporter wrote",
    "replied": "replied to the reporter",
    "note": "note",
    "file": "file added",
    "triaged": "triaged",
    "handed": "handed to an owner",
    "helped": "helper added",
    "left": "taken off the case",
    "named": "person named",
    "withdrawn": "naming withdrawn",
    "task": "task given",
    "done": "task done",
    "closed": "closed",
    "reopened": "reopened",
}
SOURCES: Mapping[str, str] = {"hotline": "hotline", "staff": "staff"}
ACKNOWLEDGE, INQUIRE, CLOSE, CLOSE_URGENT = (
    "case, acknowledged",
    "case, inquiry begun",
    "case, closed",
    "case, closed (urgent)",
)


@dataclass(frozen=True)
class Deadline:
    """By when one thing has to be done, when it was, and by which rule."""

    what: str
    due: date
    done: date | None
    citation: str

    def is_late(self, today: date) -> bool:
        """Past its day: still open, or done after it."""
        return (self.done or today) > self.due

    @property
    def is_open(self) -> bool:
        return self.done is None


@dataclass(frozen=True)
class Clocked:
    """What of a case its clocks read; they begin anew on the day it is opened again."""

    source: str
    clock_date: date
    is_urgent: bool = False
    acknowledged: date | None = None
    triaged: date | None = None
    closed: date | None = None


def deadlines(case: Clocked) -> list[Deadline]:
    """The clocks of a case, by the rules of the day on which they began."""
    close = CLOSE_URGENT if case.is_urgent else CLOSE
    wanted = [(INQUIRE, "Inquiry begun", case.triaged), (close, "Closed", case.closed)]
    if case.source == "hotline":
        wanted.insert(0, (ACKNOWLEDGE, "Acknowledged", case.acknowledged))
    return [
        Deadline(
            what,
            due_date(name, case.clock_date),
            done,
            clock_on(name, case.clock_date).citation,
        )
        for name, what, done in wanted
    ]


def next_due(case: Clocked) -> date | None:
    """The first day that something open is due."""
    return min((one.due for one in deadlines(case) if one.is_open), default=None)


def may(state: str, what: str) -> bool:
    """Whether something that changes the state may be done in it."""
    return what in NEXT[state]


def days_left(due: date, today: date) -> str:
    """How long there is, in words that a desk shows."""
    left = (due - today).days
    if left < 0:
        return f"{-left} day{'s' if left < -1 else ''} late"
    return "due today" if not left else f"{left} day{'s' if left > 1 else ''} left"


def soon(due: date, today: date, days: int = 7) -> bool:
    """Whether a day is near, or past."""
    return due <= today + timedelta(days=days)
