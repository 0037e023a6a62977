"""Expirables: how a credential stands on a day, and which reminder is due, each once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

THRESHOLDS = (120, 90, 60, 30, 7, 1)
EXPIRED = 0
# From here on the IPA's own staff are told too, not only the provider.
ESCALATE_AT = 30
MANAGER_AT = 60
# What somebody may not see members without.
SUSPENDS = frozenset({"licence", "fac_licence"})
CITATION = "NCQA CR 5: licence expirations are monitored at least monthly (from 2025-07-01)"


class State(StrEnum):
    OK = "ok"
    DUE = "due"
    EXPIRED = "expired"
    GRACE = "grace"
    WAIVED = "waived"


WORDS = {
    State.OK: "in order",
    State.DUE: "renew",
    State.EXPIRED: "expired",
    State.GRACE: "in a grace period",
    State.WAIVED: "waived",
}


@dataclass(frozen=True)
class Band:
    """A colour of the board with its words: the days left from and to."""

    code: str
    words: str
    most: int
    tone: str


BANDS = (
    Band("expired", "expired", -1, "bad"),
    Band("two_weeks", "under 14 days", 13, "bad"),
    Band("month", "14 to 30 days", 30, "warm"),
    Band("two_months", "31 to 60 days", 60, "warm"),
    Band("three_months", "61 to 90 days", 90, ""),
    Band("later", "more than 90 days", 10**6, "good"),
)


def band_of(expires: date, today: date) -> Band:
    """The band of something whose last day is `expires`."""
    left = (expires - today).days
    return next(band for band in BANDS if left <= band.most)


def state_of(
    expires: date, today: date, grace_until: date | None = None, *, is_waived: bool = False
) -> State:
    """How it stands on a day: its last day is still good, the day after is not."""
    if is_waived:
        return State.WAIVED
    if expires < today:
        in_grace = grace_until is not None and grace_until >= today
        return State.GRACE if in_grace else State.EXPIRED
    return State.DUE if (expires - today).days <= THRESHOLDS[0] else State.OK


@dataclass(frozen=True)
class Notices:
    """The reminder to send now, if any, and earlier ones that a newer one makes needless."""

    send: int | None
    skip: tuple[int, ...] = ()


def notices_due(expires: date, today: date, sent: Collection[int]) -> Notices:
    """
    Which reminder is due: each threshold once, and after an outage only the nearest of them.

    A threshold is due from its day on until the next one is; expiry is the last of them.
    """
    left = (expires - today).days
    reached = [days for days in (*THRESHOLDS, EXPIRED) if left <= days and (days or left < 0)]
    if not reached:
        return Notices(None)
    newest, earlier = reached[-1], reached[:-1]
    skip = tuple(days for days in earlier if days not in sent)
    return Notices(None if newest in sent else newest, skip)


def readers_of(threshold: int) -> tuple[str, ...]:
    """Who is told at a threshold: the provider, then the practice's manager, then our staff."""
    found = ["provider"]
    if threshold <= MANAGER_AT:
        found.append("practice")
    if threshold <= ESCALATE_AT:
        found.append("staff")
    return tuple(found)


def must_suspend(kind: str, state: State, *, has_other_valid: bool) -> bool:
    """Whether participation stops: a licence is over, and none of the same kind holds."""
    return kind in SUSPENDS and state is State.EXPIRED and not has_other_valid
