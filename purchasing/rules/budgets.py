"""A practice's own control: what a period may cost, whose word is asked, who may give it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ipaportal.core.months import add_months, month_of
from ipaportal.core.spans import Span
from ipaportal.core.words import dollars_text

MONTH, QUARTER = "month", "quarter"


def period_of(day: date, length: str) -> Span:
    """The month or the quarter that a day lies in."""
    start = month_of(day)
    if length == MONTH:
        return Span(start, add_months(start, 1))
    assert length == QUARTER
    start = add_months(start, -((start.month - 1) % 3))
    return Span(start, add_months(start, 3))


def counts_for(category: str, kind: str) -> bool:
    """Whether a budget is of items of a kind; one without a category is of everything."""
    return category in ("", kind)


@dataclass(frozen=True, slots=True)
class Room:
    """A budget in one period: what it is, what was bought, what is committed at most."""

    name: str
    budget_cents: int
    used_cents: int = 0
    committed_cents: int = 0

    @property
    def left_cents(self) -> int:
        """What may still be committed; below nought once it is overdrawn."""
        return self.budget_cents - self.used_cents - self.committed_cents


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a commitment waits for somebody's word, and by how much it is above."""

    code: str
    above_cents: int
    words: str


def reasons_to_wait(
    cents: int, counted_cents: int, *, above_cents: int | None, rooms: Sequence[Room]
) -> list[Reason]:
    """
    Why a commitment waits; nothing if it counts at once.

    `cents` is the most that it may cost, `counted_cents` what the same office is in for of the
    same item already. Whoever asks for less never waits, however much was overdrawn before.
    """
    more = cents - counted_cents
    if more <= 0:
        return []
    found = []
    if above_cents is not None and cents > above_cents:
        told = f"It may cost {dollars_text(cents)}, above {dollars_text(above_cents)}."
        found.append(Reason("amount", cents - above_cents, told))
    for room in rooms:
        over = more - room.left_cents
        if over > 0:
            told = (
                f"It adds {dollars_text(more)} to {room.name}, where {_left(room.left_cents)}: "
                f"{dollars_text(over)} too much."
            )
            found.append(Reason("budget", over, told))
    return found


def _left(cents: int) -> str:
    if cents < 0:
        return f"{dollars_text(-cents)} are overdrawn"
    return f"{dollars_text(cents)} are left"


def who_answers(
    asker: int | None, named: Iterable[int], colleagues: Iterable[int]
) -> frozenset[int]:
    """
    Whose word a commitment waits for: those who are named, and never who asked.

    Where who asked is the only one who is named, it is their own word, given once more with what
    it comes to before their eyes. Where nobody is named, anybody of the practice may give it.
    """
    approvers = frozenset(named)
    if not approvers:
        return frozenset(colleagues)
    return approvers - {asker} or approvers


def may_set(who: int | None, named: Iterable[int]) -> bool:
    """Whether somebody may change budgets: once approvers are named, only they may."""
    approvers = frozenset(named)
    return not approvers or who in approvers


def may_commit(who: int | None, committers: Iterable[int], named: Iterable[int]) -> bool:
    """Whether somebody may commit: anybody, unless the practice names who; approvers always."""
    chosen = frozenset(committers)
    return not chosen or who in chosen | frozenset(named)
