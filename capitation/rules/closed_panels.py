"""Members whom a plan puts on a closed panel: what was done, and when somebody looks again."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# A plan answers by its next files; after so many days somebody looks whether it did.
LOOK_AGAIN = timedelta(days=14)


class Done(StrEnum):
    """What somebody did about one member on a closed panel."""

    TOLD = "told"
    ACCEPTED = "accepted"
    MOVED = "moved"


class Word(StrEnum):
    """Where one member's stay stands."""

    WAITING = "waiting"
    TOLD = "told"
    ACCEPTED = "accepted"
    MOVED = "moved"


# What comes back to be looked at: the plan's file, and nobody else, ends a stay.
COMES_BACK = {Done.TOLD, Done.MOVED}


@dataclass(frozen=True)
class Noted:
    """The newest note about a stay."""

    done: Done
    again_date: date | None


def word_of(newest: Noted | None, today: date) -> Word:
    """Say where a stay stands: nobody acted, or what was done has not helped by its day."""
    if newest is None:
        return Word.WAITING
    if newest.again_date is not None and newest.again_date <= today:
        return Word.WAITING
    return Word(newest.done)


def again_fault(done: Done, again_date: date | None, today: date) -> str:
    """Say why a day to look again does not fit what was done."""
    if done not in COMES_BACK:
        return "" if again_date is None else "An exception holds while the panel is closed."
    if again_date is None:
        return "Name the day on which somebody looks whether the plan did it."
    if again_date <= today:
        return "The day to look again lies after today."
    return ""
