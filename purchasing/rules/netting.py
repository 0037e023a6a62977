"""
What of a practice's charges is taken from its capitation payout, and what is carried on.

Only with a signed authorisation; only charges that are posted, received, undisputed and old
enough; the oldest first; never more than the cap, and never more than the payout. The payout is
given in and is no function of what was bought: capitation is the same with and without.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from ipaportal.core.money import dollars

# The cap where a practice agreed to none, and how long a charge must have been seen before it is
# taken: choices of this portal, not a rule from outside.
DEFAULT_CAP_PCT = Decimal(20)
LEAST_AGE = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Authorisation:
    """What a practice signed: from when, until when (revoked), and how much at most."""

    signed_on: date
    ends_on: date | None = None
    cap_pct: Decimal = DEFAULT_CAP_PCT
    cap_cents: int | None = None
    """The most a payout, where it agreed to an amount too."""

    def holds_on(self, day: date) -> bool:
        """Whether it is in force; the end is the first day on which it is not."""
        return self.signed_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """What of a charge is still open; below zero it is a credit, owed to the practice."""

    key: str
    posted_on: date
    cents: int
    is_received: bool = True
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class NetLine:
    """One line of the statement: what is taken (below zero: given back) for a charge."""

    key: str
    cents: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What is not taken this time, and why."""

    key: str
    cents: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Netting:
    """What becomes of all open charges at one payout."""

    payout_cents: int
    cap_cents: int
    lines: tuple[NetLine, ...]
    carried: tuple[Carried, ...]

    @property
    def taken_cents(self) -> int:
        """What the lines come to."""
        return sum(line.cents for line in self.lines)

    @property
    def paid_cents(self) -> int:
        """What is left to be paid."""
        return self.payout_cents - self.taken_cents


def net(
    charges: Iterable[OpenCharge],
    payout_cents: int,
    authorisation: Authorisation | None,
    day: date,
    least_age: timedelta = LEAST_AGE,
) -> Netting:
    """Divide open charges into what is taken at a payout and what is carried on, with reasons."""
    lines, carried = [], []
    left = cap = cap_of(payout_cents, authorisation, day)
    for charge in sorted(charges, key=lambda one: (one.posted_on, one.key)):
        waits = why_it_waits(charge, authorisation, day, least_age)
        if waits is not None:
            carried.append(Carried(charge.key, charge.cents, *waits))
            continue
        if charge.cents < 0:  # a credit is given back in full, and makes no room for more
            lines.append(NetLine(charge.key, charge.cents))
            continue
        taken = min(charge.cents, left)
        left -= taken
        if taken:
            lines.append(NetLine(charge.key, taken))
        if taken < charge.cents:
            carried.append(Carried(charge.key, charge.cents - taken, *_at_cap(cap, payout_cents)))
    return Netting(payout_cents, cap, tuple(lines), tuple(carried))


def cap_of(payout_cents: int, authorisation: Authorisation | None, day: date) -> int:
    """The most that may be taken from a payout: a part of it, rounded down, and never below 0."""
    if authorisation is None or not authorisation.holds_on(day) or payout_cents <= 0:
        return 0
    assert 0 <= authorisation.cap_pct <= 100
    share = (payout_cents * authorisation.cap_pct).scaleb(-2)
    part = int(share.quantize(Decimal(1), ROUND_DOWN))
    return part if authorisation.cap_cents is None else min(part, authorisation.cap_cents)


def why_it_waits(
    charge: OpenCharge, authorisation: Authorisation | None, day: date, least_age: timedelta
) -> tuple[str, str] | None:
    """Why a charge is not taken now, as a code and in words; None if it may be."""
    if charge.is_disputed:
        return "disputed", "It is disputed: nothing is taken until that is settled."
    if charge.cents < 0:
        return None
    if authorisation is None:
        return "not_authorised", "The practice has not agreed to have charges taken; it is billed."
    if not authorisation.holds_on(day):
        return "not_in_force", "The practice's agreement is not in force on this day; it is billed."
    if not charge.is_received:
        return "not_received", "What it is for has not been received."
    if charge.posted_on + least_age > day:
        ready = charge.posted_on + least_age
        return "too_new", f"It was posted too recently: it may be taken from {ready:%b %-d, %Y} on."
    return None


def _at_cap(cap_cents: int, payout_cents: int) -> tuple[str, str]:
    if payout_cents <= 0:
        return "no_payout", "Nothing is paid this time, so nothing is taken."
    return "cap", f"The most that may be taken this time is ${dollars(cap_cents)}."
