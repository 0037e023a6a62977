"""Policies and what people attest: which version is in force, who is reminded, what is a yes."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

# Two others than who wrote it; a policy is read again every year (OIG GCPG, November 2023).
APPROVALS = 2
REVIEW_MONTHS = 12
# Days before the last day on which whoever has not answered is reminded, and the day after it.
REMINDERS = (30, 14, 7)
OVERDUE = -1

KINDS = {
    "policy": "Policy",
    "conduct": "Code of conduct",
    "conflicts": "Conflicts of interest",
    "training": "Training",
    "exclusion": "Not excluded from federal programs",
    "offshore": "No work abroad with members' data",
}


class Dated(Protocol):
    """A version with the day from which it holds."""

    effective_date: date | None
    number: int


Version = TypeVar("Version", bound=Dated)


def in_force(versions: Iterable[Version], day: date) -> Version | None:
    """The version in force on a day: the newest that had begun, of a day the later number."""
    begun = [one for one in versions if one.effective_date and one.effective_date <= day]
    return max(begun, key=lambda one: (one.effective_date, one.number), default=None)


def digest(*, title: str, text: str, questions: Sequence[Mapping[str, object]] = ()) -> str:
    """What is attested, to the byte: title, text and questions."""
    said = [title, text, [dict(one) for one in questions]]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Reminder:
    """The threshold that is due, if one is, and those that an outage has passed over."""

    send: int | None
    skip: tuple[int, ...] = ()


def reminder_due(due: date, today: date, sent: Collection[int]) -> Reminder:
    """
    Which reminder is due for an attestation whose last day is `due`: each once.

    A threshold is due from its day until the next one is; after an outage only the nearest.
    """
    left = (due - today).days
    reached = [days for days in (*REMINDERS, OVERDUE) if left <= days]
    if not reached:
        return Reminder(None)
    newest = reached[-1]
    skip = tuple(days for days in reached[:-1] if days not in sent)
    return Reminder(None if newest in sent else newest, skip)


def wrong_answers(questions: Sequence[Mapping[str, object]], given: Mapping[int, int]) -> list[int]:
    """The numbers, from 0, of the questions that were not answered rightly."""
    return [n for n, one in enumerate(questions) if given.get(n) != one["right"]]


def state_of(due: date, today: date, *, is_attested: bool) -> str:
    """How somebody stands: attested, waits (the last day included), or overdue."""
    if is_attested:
        return "attested"
    return "overdue" if today > due else "waits"


@dataclass(frozen=True)
class BadQuestion:
    """What is wrong with a line of questions."""

    line: int
    words: str


def read_questions(text: str) -> tuple[list[dict[str, object]], list[BadQuestion]]:
    """
    Read questions, one a line: the question; choices with `*` before the right one, by `|`.

    `When may a hold be lifted? | at any time | *once it is released` → one question, right is 1.
    """
    found, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        question, *choices = [part.strip() for part in line.split("|")]
        right = [n for n, choice in enumerate(choices) if choice.startswith("*")]
        if not question or len(choices) < 2:
            wrong.append(BadQuestion(number, "needs a question and at least two choices, by |"))
        elif len(right) != 1:
            wrong.append(BadQuestion(number, "needs a * before exactly one choice"))
        else:
            said = [choice.lstrip("*").strip() for choice in choices]
            found.append({"question": question, "choices": said, "right": right[0]})
    return found, wrong
