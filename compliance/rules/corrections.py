"""A corrective action: what may be done with it when, and when it is late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# State → what may be done in it → the state after.
NEXT: Mapping[str, Mapping[str, str]] = {
    "open": {
        "reached": "open",
        "evidence": "open",
        "extended": "open",
        "submitted": "submitted",
    },
    "submitted": {"returned": "open", "validated": "validated"},
    "validated": {"reopened": "open"},
}
WORDS = {
    "reached": "milestone reached",
    "evidence": "evidence added",
    "extended": "day moved",
    "submitted": "handed in for validation",
    "returned": "returned",
    "validated": "validated",
    "reopened": "reopened",
}
# Nobody does these to what they own themselves.
JUDGED = ("returned", "validated", "extended", "reopened")
# What became of a handover that was offered.
HANDED = {"accepted": "taken over", "declined": "not taken over", "withdrawn": "taken back"}
VALIDATION_DAYS = 14
PLAN_DAYS = 10  # own rule: a finding has its plan within these


@dataclass(frozen=True)
class Done:
    """One thing that was done: what, by whom, to which milestone, and the day it moved to."""

    kind: str
    by_id: int | None = None
    milestone: int | None = None
    due: date | None = None
    evidence: str = ""


def state_of(done: Iterable[Done]) -> str:
    """The state that what was done, in order, has led to."""
    state = "open"
    for one in done:
        state = NEXT[state][one.kind]
    return state


def may(done: Sequence[Done], kind: str) -> bool:
    """Whether something may be done now."""
    return kind in NEXT[state_of(done)]


def reached(done: Iterable[Done]) -> set[int]:
    """The milestones that count as reached: those since it was last reopened."""
    found: set[int] = set()
    for one in done:
        if one.kind == "reopened":
            found.clear()
        elif one.kind == "reached" and one.milestone is not None:
            found.add(one.milestone)
    return found


def evidence_of(done: Iterable[Done]) -> list[str]:
    """The hashes of evidence since it was last reopened."""
    found: list[str] = []
    for one in done:
        if one.kind == "reopened":
            found.clear()
        elif one.evidence:
            found.append(one.evidence)
    return found


def due_of(planned: date, done: Iterable[Done]) -> date:
    """The day it is due: as planned, or as it was last moved."""
    for one in done:
        planned = one.due or planned
    return planned


def late_since(
    planned: date, milestones: Mapping[int, date], done: Sequence[Done], today: date
) -> date | None:
    """
    The oldest day that was missed; None if none was.

    What was handed in waits for somebody else, so that its own days no longer count; a day is
    missed on the day after it. Where the last day was moved, milestones ahead moved with it.
    """
    if state_of(done) != "open":
        return None
    have = reached(done)
    moved = due_of(planned, done)
    days = [moved, *(day + (moved - planned) for key, day in milestones.items() if key not in have)]
    return min((day for day in days if day < today), default=None)
