"""
What the reinsurer pays back of one member's year: above an attachment point, less coinsurance.

A member's claims that the IPA paid add up by contract year. At a share of the attachment point the
reinsurer is told (half of it is the custom of contracts; own knowledge, unverified, and entered
with each contract); above it the reinsurer bears its share, until a limit if there is one.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ipaportal.core.money import percent_of

NOTICE_PCT = Decimal(50)


class Stage(StrEnum):
    """How far a member's year has come."""

    BELOW = "below"
    NOTICE = "notice"
    ABOVE = "above"


WORDS = {
    Stage.BELOW: "below the notice",
    Stage.NOTICE: "to be told of",
    Stage.ABOVE: "above the attachment",
}


@dataclass(frozen=True, slots=True)
class Cover:
    """The terms of a contract of reinsurance."""

    attachment_cents: int
    pct: Decimal
    """What the reinsurer bears of what lies above, in per cent."""
    notice_pct: Decimal = NOTICE_PCT
    limit_cents: int | None = None
    """The most that it pays for a member and year."""


def notice_cents(cover: Cover) -> int:
    """From which sum on the reinsurer is told."""
    return percent_of(cover.attachment_cents, cover.notice_pct)


def stage(counted_cents: int, cover: Cover) -> Stage:
    """How far a sum has come; each threshold counts as reached by the cent that reaches it."""
    if counted_cents > cover.attachment_cents:
        return Stage.ABOVE
    return Stage.NOTICE if counted_cents >= notice_cents(cover) else Stage.BELOW


def recovery_cents(counted_cents: int, cover: Cover) -> int:
    """What the reinsurer owes of a sum; rounded once."""
    over = max(0, counted_cents - cover.attachment_cents)
    owed = percent_of(over, cover.pct)
    return owed if cover.limit_cents is None else min(owed, cover.limit_cents)


def own_cents(counted_cents: int, cover: Cover) -> int:
    """What stays with the IPA: with the recovery it is exactly the sum."""
    return counted_cents - recovery_cents(counted_cents, cover)
