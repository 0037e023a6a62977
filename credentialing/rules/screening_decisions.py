"""
Who may decide what about a match, and what a decision comes to: one person or two.

Money is stopped by one and released by two. A cleared match stays cleared until either side's
identifying content changes; then it is open again, with the old decision beside it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.screening import Category


class Decision(StrEnum):
    FALSE_POSITIVE = "false_positive"
    TRUE_MATCH = "true_match"
    REINSTATED = "reinstated"
    NEEDS_INFO = "needs_info"


class Status(StrEnum):
    OPEN = "open"
    NEEDS_INFO = "needs_info"
    PROPOSED = "proposed"  # one person decided, a second has to
    CLEARED = "cleared"
    TRUE_MATCH = "true_match"
    REINSTATED = "reinstated"


DECISION_WORDS = {
    Decision.FALSE_POSITIVE: "Not the same person",
    Decision.TRUE_MATCH: "The same person: excluded",
    Decision.REINSTATED: "Was excluded, is reinstated",
    Decision.NEEDS_INFO: "More is needed to tell",
}
REASONS = {
    Decision.FALSE_POSITIVE: {
        "birth_date": "The birth date is another",
        "npi": "The NPI is another",
        "ssn": "The OIG's on-line check by Social Security number says no",
        "licence": "The licence is another",
        "address_work": "Place and work are others, and nothing else agrees",
        "wrong_number": "A number was typed wrong",
    },
    Decision.TRUE_MATCH: {
        "identifiers": "The identifiers agree",
        "admitted": "They say so themselves",
        "ssn": "The OIG's on-line check by Social Security number says yes",
    },
    Decision.REINSTATED: {
        "letter": "A letter of reinstatement is on file",
        "off_list": "The list no longer has them",
    },
    Decision.NEEDS_INFO: {
        "asked": "We asked them",
        "asked_publisher": "We asked the list's publisher",
    },
}
UNDECIDED = frozenset({Status.OPEN, Status.NEEDS_INFO, Status.PROPOSED})
SERIOUS = frozenset({Category.CONFIRMED, Category.PROBABLE})


@dataclass(frozen=True)
class Outcome:
    """What a decision comes to: the new status, and whether money stops or flows again."""

    status: Status
    stops: bool = False
    releases: bool = False


def needs_two(category: str, decision: str, *, is_stopped: bool) -> bool:
    """Tell whether one person's word is not enough: whatever would let money flow again."""
    if decision == Decision.REINSTATED:
        return True
    return decision == Decision.FALSE_POSITIVE and (is_stopped or category in SERIOUS)


def decide(category: str, decision: str, *, is_stopped: bool) -> Outcome:
    """What the first person's decision comes to."""
    if decision == Decision.TRUE_MATCH:
        return Outcome(Status.TRUE_MATCH, stops=True)
    if decision == Decision.NEEDS_INFO:
        return Outcome(Status.NEEDS_INFO)
    if needs_two(category, decision, is_stopped=is_stopped):
        return Outcome(Status.PROPOSED)
    return Outcome(Status.CLEARED, releases=True)


def agree(decision: str) -> Outcome:
    """What a second person's agreement comes to."""
    settled = Status.REINSTATED if decision == Decision.REINSTATED else Status.CLEARED
    return Outcome(settled, releases=True)


def allowed(status: str, *, is_stopped: bool) -> tuple[Decision, ...]:
    """The decisions that are open for a match as it stands."""
    if status == Status.PROPOSED:
        return ()
    if status == Status.TRUE_MATCH:
        return (Decision.REINSTATED, Decision.FALSE_POSITIVE)
    if status in (Status.CLEARED, Status.REINSTATED):
        return (Decision.TRUE_MATCH,)
    found = (Decision.FALSE_POSITIVE, Decision.TRUE_MATCH, Decision.NEEDS_INFO)
    return (*found, Decision.REINSTATED) if is_stopped else found


def stops_at_once(category: str, stops_payment: str) -> bool:
    """Tell whether money stops before anybody has looked: an identifier says it is them."""
    return category == Category.CONFIRMED and bool(stops_payment)


def due_date(category: str, opened: date) -> date:
    """Until when a match is to be decided: the next working day if serious, else in a week."""
    days = 1 if category in SERIOUS else 5
    day = opened
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
