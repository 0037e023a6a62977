"""Decisions of others that come with the people they are about: which can be taken over."""

from dataclasses import dataclass
from datetime import date

from credentialing.rules.decisions import next_due
from ipaportal.core.words import day_text

# What a list may call a decision; a denial is no standing that somebody could bring along.
OUTCOMES = {
    "approved": "approved",
    "approve": "approved",
    "credentialed": "approved",
    "recredentialed": "approved",
    "approved with conditions": "approved_conditions",
    "approved_conditions": "approved_conditions",
    "conditional": "approved_conditions",
}
DENIALS = frozenset({"denied", "denial", "terminated", "declined", "withdrawn"})


@dataclass(frozen=True)
class Earlier:
    """A decision as somebody else took it: never one of our committee."""

    npi: str
    outcome: str
    decided_date: date
    next_due_date: date
    committee: str


@dataclass(frozen=True)
class EarlierRow:
    """One line that can be read."""

    line_no: int
    decision: Earlier


@dataclass(frozen=True)
class LeftOut:
    """A line that cannot be used: which, and why."""

    line_no: int
    reason: str


def outcome_of(word: str) -> str:
    """What a list calls a decision, as we call it; empty if it is none we know."""
    return OUTCOMES.get(" ".join(word.casefold().split()), "")


def fault_of(one: Earlier, today: date) -> str:
    """Why a decision cannot be taken over; empty if it can."""
    if one.decided_date > today:
        return f"decided on {day_text(one.decided_date)}, which is still to come"
    if one.next_due_date <= one.decided_date:
        return "due again before it was decided"
    latest = next_due(one.decided_date)
    if one.next_due_date > latest:
        return (
            f"due again on {day_text(one.next_due_date)}, after {day_text(latest)}: "
            "36 months are the most (NCQA CR 4)"
        )
    return ""


def is_over(next_due_date: date, today: date) -> bool:
    """Whether somebody's recredentialing was due before today: its last day is good."""
    return next_due_date < today
