"""
The live meter of a group order: how far to the next tier, and nothing about anybody's volume.

Exact live totals let competitors take one reading from the next and read each other's volumes
off. So a reading stands until several have changed what they ask for, is given in steps of a
twentieth of the way, and is hidden while few take part or one of them is most of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

from purchasing.rules.tiers import tier_at

LEAST_PRACTICES = 5
"""So many must take part before anything is shown, and so many change before it changes."""
STEP_PCT = 5
PERCENT_RULE = 10
"""Statisticians' p % rule: what one contributor can work out of the largest other's volume."""

FEW, ONE_LARGE = "few", "one_large"
HIDDEN_WORDS = {
    FEW: f"The meter appears once {LEAST_PRACTICES} practices take part.",
    ONE_LARGE: "The meter is hidden: it would show the volume of one practice.",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An item's commitments in so few figures that the database can add them up."""

    practices: int = 0
    volume: int = 0
    largest: int = 0
    second: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What changed since the last reading: by how many, and how much by those who moved most."""

    practices: int = 0
    volume: int = 0
    """Of all who changed, each without its sign."""
    largest: int = 0
    second: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What everybody sees; `step_pct` is the way from this tier to the next, rounded down."""

    tier: int = -1
    step_pct: int = 0
    hidden: str = FEW

    @property
    def is_shown(self) -> bool:
        """Whether anything is shown at all."""
        return not self.hidden


HIDDEN = Reading()


def standing_of(commitments: Mapping[str, int]) -> Standing:
    """Add up what practices ask for, each in what the tier counts."""
    asked = [units for units in commitments.values() if units > 0]
    largest, second = (*nlargest(2, asked), 0, 0)[:2]
    return Standing(len(asked), sum(asked), largest, second)


def change_of(before: Mapping[str, int], now: Mapping[str, int]) -> Change:
    """Add up by how much each practice's commitment differs from what was last read."""
    moved = [
        abs(now.get(key, 0) - before.get(key, 0))
        for key in before.keys() | now.keys()
        if now.get(key, 0) != before.get(key, 0)
    ]
    largest, second = (*nlargest(2, moved), 0, 0)[:2]
    return Change(len(moved), sum(moved), largest, second)


def may_change(change: Change) -> bool:
    """
    Whether enough has changed for a new reading.

    As many practices as must take part; and the largest change must not stand out, so that who
    knows their own change, even the second largest, cannot work it out.
    """
    if change.practices < LEAST_PRACTICES:
        return False
    return not _stands_out(change.volume, change.largest, change.second)


def reading_of(standing: Standing, minimums: Sequence[int]) -> Reading:
    """What may be shown of a standing, given from where on the tiers begin (rising)."""
    if standing.practices < LEAST_PRACTICES:
        return HIDDEN
    if _stands_out(standing.volume, standing.largest, standing.second):
        return Reading(hidden=ONE_LARGE)
    tier = tier_at(minimums, standing.volume)
    if tier + 1 >= len(minimums):
        return Reading(tier, 100, "")
    begins = minimums[tier] if tier >= 0 else 0
    way = (standing.volume - begins) * 100 // (minimums[tier + 1] - begins)
    return Reading(tier, way - way % STEP_PCT, "")


def next_reading(
    last: Reading, standing: Standing, change: Change, minimums: Sequence[int]
) -> Reading | None:
    """
    The reading that follows, or None while the last one stands.

    `change` is measured from the commitments at the last reading that was shown or hidden, which
    must therefore be kept with it. The caller also keeps readings apart in time.
    """
    if not may_change(change):
        return None
    found = reading_of(standing, minimums)
    return None if found == last and not found.is_shown else found


def _stands_out(total: int, largest: int, second: int) -> bool:
    return (total - largest - second) * 100 < largest * PERCENT_RULE


def words(reading: Reading, to_next: Sequence[str]) -> str:
    """What the meter says; `to_next` names the price that each tier brings, in their order."""
    if reading.hidden:
        return HIDDEN_WORDS[reading.hidden]
    if reading.tier + 1 >= len(to_next):
        return f"The best price is reached: {to_next[-1]}."
    now = f"{to_next[reading.tier]} now. " if reading.tier >= 0 else ""
    low, high = reading.step_pct, reading.step_pct + STEP_PCT
    return f"{now}{low} to {high} % of the way to {to_next[reading.tier + 1]}."
