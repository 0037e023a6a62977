"""The directory: how long what a practice confirmed holds, and by when a change stands in it."""

from dataclasses import dataclass
from datetime import date, timedelta

from credentialing.rules.windows import ALWAYS
from ipaportal.core.months import add_months, day_of
from ipaportal.core.words import day_text


@dataclass(frozen=True)
class DirectoryRule:
    """From a day on: days that a confirmation holds, and business days to write a change in."""

    from_date: date
    verify_days: int
    update_business_days: int
    citation: str
    is_sure: bool = True


NSA = (
    "42 USC 300gg-115(a) (No Surprises Act): verified at least every 90 days, updated within 2 "
    "business days; of plans that are not Medicare Advantage. Federal holidays count as "
    "business days here, so our last day is never later than the law's"
)
DIRECTORY_RULES = (DirectoryRule(ALWAYS, 90, 2, NSA),)


@dataclass(frozen=True)
class FacilityRule:
    """From a day on: months that what a facility confirmed holds."""

    from_date: date
    verify_months: int
    citation: str
    is_sure: bool = True


REAL = (
    "REAL Health Providers Act (February 3, 2026): hospitals and facilities of Medicare Advantage "
    "directories every 12 months, from plan year 2028; asked for here already"
)
FACILITY_RULES = (FacilityRule(ALWAYS, 12, REAL, is_sure=False),)
# Staff ask a facility so many days before its last day.
ASK_FACILITY = timedelta(days=30)
# The practice is reminded so many days before, and once more when it is over.
REMIND_DAYS = (14, 0)
WHATS = {
    "phone": "telephone",
    "fax": "fax",
    "panel": "whether somebody takes new patients",
    "other": "something else",
}
# What a practice says of itself stands at once; the rest is looked at by the IPA.
AT_ONCE = frozenset({"phone", "fax", "panel"})


def directory_rule_on(day: date) -> DirectoryRule:
    """The rule in force on a day."""
    rows = [rule for rule in DIRECTORY_RULES if rule.from_date <= day]
    return max(rows, key=lambda rule: rule.from_date)


def facility_rule_on(day: date) -> FacilityRule:
    """The rule for facilities in force on a day."""
    rows = [rule for rule in FACILITY_RULES if rule.from_date <= day]
    return max(rows, key=lambda rule: rule.from_date)


def holds_until(confirmed: date, *, of_facility: bool = False) -> date:
    """The last day on which what was confirmed counts as verified."""
    if not of_facility:
        return confirmed + timedelta(days=directory_rule_on(confirmed).verify_days)
    month = add_months(confirmed, facility_rule_on(confirmed).verify_months)
    return day_of(month, confirmed.day)


def is_verified(confirmed: date | None, day: date, *, of_facility: bool = False) -> bool:
    """Whether an office or a facility was confirmed within the time that its rule gives."""
    return confirmed is not None and day <= holds_until(confirmed, of_facility=of_facility)


def verify_by(confirmed: date | None, opened: date, *, of_facility: bool = False) -> date:
    """By when one is to be confirmed; the first time counts from the directory's opening."""
    since = confirmed if confirmed is not None else opened
    return holds_until(since, of_facility=of_facility)


def update_by(received: date) -> date:
    """The last day to write a change into the directory: business days, weekends not counted."""
    left, day = directory_rule_on(received).update_business_days, received
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day


def reminders_due(by: date, day: date, sent: frozenset[int]) -> int | None:
    """Which reminder is to be sent on a day, once each; only the newest of several."""
    due = [days for days in REMIND_DAYS if day >= by - timedelta(days=days)]
    newest = min(due, default=None)
    return newest if newest is not None and newest not in sent else None


def word_of(confirmed: date | None, by: date, day: date) -> str:
    """How an office stands, in a word."""
    if day > by:
        return "not verified"
    return "verified" if confirmed is not None else "to verify"


def verified_words(confirmed: date | None, day: date, *, of_facility: bool = False) -> str:
    """What the public reads of it."""
    whom = "facility" if of_facility else "practice"
    if confirmed is None:
        return f"not confirmed by the {whom} yet"
    if is_verified(confirmed, day, of_facility=of_facility):
        return f"confirmed by the {whom} on {day_text(confirmed)}"
    return f"not confirmed by the {whom} since {day_text(confirmed)}"
