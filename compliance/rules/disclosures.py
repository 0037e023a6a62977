"""Disclosures of members' information: which are accounted for, for how long, and how told.

45 CFR 164.528: own knowledge of the text, unverified.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

CITATION = "45 CFR 164.528"
YEARS = 6
# Of rules.clocks: by when a member who asks is answered.
CLOCK = "accounting of disclosures"
# An agency that asks in speech only has thirty days to ask in writing: 164.528(a)(2)(ii).
ORAL_DAYS = 30


@dataclass(frozen=True)
class Purpose:
    """Why information left, whether the member's account has it, and where that is written."""

    key: str
    name: str
    is_accounted: bool
    citation: str
    may_be_suspended: bool = False


PURPOSES = (
    Purpose("law", "Required by law", True, "164.512(a)"),
    Purpose("health", "Public health", True, "164.512(b)"),
    Purpose("abuse", "Victims of abuse or neglect", True, "164.512(c)"),
    Purpose("oversight", "Health oversight", True, "164.512(d)", may_be_suspended=True),
    Purpose("court", "Judicial or administrative proceedings", True, "164.512(e)"),
    Purpose("police", "Law enforcement", True, "164.512(f)", may_be_suspended=True),
    Purpose("decedents", "Coroners, funeral directors, organ donation", True, "164.512(g), (h)"),
    Purpose("research", "Research without an authorization", True, "164.512(i)"),
    Purpose("threat", "A serious threat to health or safety", True, "164.512(j)"),
    Purpose("government", "Specialized government functions", True, "164.512(k)"),
    Purpose("compensation", "Workers' compensation", True, "164.512(l)"),
    Purpose("mistake", "By mistake: not permitted", True, "164.528(a)(1)"),
    Purpose("treatment", "Treatment", False, "164.528(a)(1)(i)"),
    Purpose("payment", "Payment", False, "164.528(a)(1)(i)"),
    Purpose("operations", "Health care operations", False, "164.528(a)(1)(i)"),
    Purpose("individual", "To the member, or who stands for them", False, "164.528(a)(1)(ii)"),
    Purpose("authorized", "Under an authorization", False, "164.528(a)(1)(iv)"),
    Purpose("involved", "To persons involved in the care", False, "164.528(a)(1)(v)"),
    Purpose("security", "National security or intelligence", False, "164.528(a)(1)(vi)"),
    Purpose("custody", "Custody or correctional institutions", False, "164.528(a)(1)(vii)"),
    Purpose("limited", "A limited data set", False, "164.528(a)(1)(viii)"),
)
BY_KEY = {one.key: one for one in PURPOSES}


@dataclass(frozen=True)
class Told:
    """One disclosure, as far as an account tells of it."""

    made: date
    recipient: str
    address: str
    description: str
    purpose: str
    words: str
    suspended_until: date | None = None


@dataclass(frozen=True)
class Line:
    """One line of an account; several to one recipient for one purpose stand together."""

    first: date
    last: date
    count: int
    recipient: str
    address: str
    description: str
    purpose: str
    words: str


def first_day(asked: date) -> date:
    """The first day that an account of six years tells of."""
    try:
        return asked.replace(year=asked.year - YEARS)
    except ValueError:  # the 29th of February
        return asked.replace(year=asked.year - YEARS, day=28)


def is_told(one: Told, asked: date) -> bool:
    """Whether an account that is asked for on a day has a disclosure."""
    if not BY_KEY[one.purpose].is_accounted or not first_day(asked) <= one.made <= asked:
        return False
    return one.suspended_until is None or asked >= one.suspended_until


def account(disclosures: Iterable[Told], asked: date) -> list[Line]:
    """What a member is told on a day, the newest first; repeated ones as 164.528(b)(3) allows."""
    found: dict[tuple[str, ...], list[Told]] = {}
    for one in disclosures:
        if is_told(one, asked):
            same = (one.recipient, one.address, one.description, one.purpose, one.words)
            found.setdefault(same, []).append(one)
    lines = [
        Line(min(one.made for one in group), max(one.made for one in group), len(group), *same)
        for same, group in found.items()
    ]
    return sorted(lines, key=lambda line: (line.last, line.recipient), reverse=True)


def latest_suspension(made: date, *, is_oral: bool) -> date | None:
    """Until when an agency may have an account held back: no limit where it wrote how long."""
    return made + timedelta(days=ORAL_DAYS) if is_oral else None


def is_free(received: date, before: Iterable[date]) -> bool:
    """Whether no other request of the member came in the twelve months before: 164.528(c)(2)."""
    try:
        since = received.replace(year=received.year - 1)
    except ValueError:  # the 29th of February
        since = received.replace(year=received.year - 1, day=28)
    return not any(since < day <= received for day in before)
