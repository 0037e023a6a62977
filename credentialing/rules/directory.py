"""The directory: how long what a practice confirmed holds, and by when a change stands in it."""

from dataclasses import dataclass
from datetime import date, timedelta

from credentialing.rules.windows import ALWAYS
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


def holds_until(confirmed: date) -> date:
    """The last day on which what was confirmed counts as verified."""
    return confirmed + timedelta(days=directory_rule_on(confirmed).verify_days)


def is_verified(confirmed: date | None, day: date) -> bool:
    """Whether an office was confirmed within the days that the rule gives."""
    return confirmed is not None and day <= holds_until(confirmed)


def verify_by(confirmed: date | None, opened: date) -> date:
    """By when an office is to be confirmed; the first time counts from the directory's opening."""
    return holds_until(confirmed if confirmed is not None else opened)


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


def verified_words(confirmed: date | None, day: date) -> str:
    """What the public reads of it."""
    if confirmed is None:
        return "not confirmed by the practice yet"
    if is_verified(confirmed, day):
        return f"confirmed by the practice on {day_text(confirmed)}"
    return f"not confirmed by the practice since {day_text(confirmed)}"
