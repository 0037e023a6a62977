"""What was delegated, which reports are due when, and whether they came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ipaportal.core.months import add_months, month_of

DIRECTIONS = {"to_us": "a plan delegated to us", "from_us": "we delegated to them"}
# Who owes the report, in the words of the list.
OWES = {"to_us": "we owe", "from_us": "owed to us"}
EVERY = {"month": 1, "quarter": 3, "half": 6, "year": 12}
EVERY_WORDS = {
    "month": "every month",
    "quarter": "every quarter",
    "half": "every half year",
    "year": "every year",
}
SOON = timedelta(days=30)
LATE = ("overdue", "invalid")
BEFORE_NEED = "42 CFR 422.504(i): what was delegated is written down, and is monitored"


@dataclass(frozen=True)
class Period:
    """A time that a report is about, and the day it is due."""

    first: date
    last: date
    due: date


def periods(
    every: str, days: int, effective: date, end: date | None, until: date
) -> Iterator[Period]:
    """
    The periods of the calendar that touch an agreement `[effective, end)` and are due by a day.

    A report is due so many days after the last day of its period.
    """
    months = EVERY[every]
    first = month_of(effective)
    first = first.replace(month=(first.month - 1) // months * months + 1)
    while end is None or first < end:
        following = add_months(first, months)
        last = following - timedelta(days=1)
        due = last + timedelta(days=days)
        if due > until:
            return
        yield Period(first, last, due)
        first = following


def state_of(due: date, delivered: date | None, problems: int, today: date) -> str:
    """Where one report of one period stands; its own day is not late."""
    if delivered is not None:
        if problems:
            return "invalid"
        return "delivered late" if delivered > due else "delivered"
    if due < today:
        return "overdue"
    return "due soon" if due - today <= SOON else "not yet due"


@dataclass(frozen=True)
class Duty:
    """One report of a calendar as it stands: its oldest open time, what is late, the last sent."""

    report: int
    period: Period | None  # none where everything was sent and nothing follows
    state: str
    late: int
    last: date | None


def duties_of(told: Iterable[tuple[int, Period, str, date | None]]) -> list[Duty]:
    """
    How each report stands, those that are late first, then by the day they are due.

    `told` is (report, period, state, delivered), of each report by the day it is due.
    """
    of: dict[int, list[tuple[Period, str, date | None]]] = {}
    for report, period, state, delivered in told:
        of.setdefault(report, []).append((period, state, delivered))
    found = []
    for report, rows in of.items():
        late = [row for row in rows if row[1] in LATE]
        waits = [row for row in rows if row[1] in ("due soon", "not yet due")]
        period, state, _ = (late or waits or [(None, "all delivered", None)])[0]
        last = max((day for *_, day in rows if day is not None), default=None)
        found.append(Duty(report, period, state, len(late), last))
    found.sort(key=lambda one: (not one.late, one.period.due if one.period else date.max))
    return found
