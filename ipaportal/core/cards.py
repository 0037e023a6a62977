"""What apps bring to the front page: things to do, numbers to live by, things found."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Task:
    """One thing to do now: "Approve" "October 2026, Golden Valley" by a day, and where."""

    verb: str
    object: str
    due: date | None
    url: str
    tone: str = ""  # "", "warn" (soon) or "bad" (late, blocking)


@dataclass(frozen=True)
class Number:
    """One number a role lives by, ready to be shown."""

    label: str
    value: str
    url: str = ""


@dataclass(frozen=True)
class Cards:
    """What a function named in settings.HOME_CARDS answers for an actor today."""

    tasks: tuple[Task, ...] = ()
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Found:
    """One thing a search found: what it is, its name, a line about it, where."""

    kind: str
    name: str
    line: str
    url: str
    member_id: int | None = None  # whoever shows it says that they showed this member
    find: str = ""  # what the page at `url` is to search for; never part of the address


# How many of each kind a search shows.
FOUND_LIMIT = 10
