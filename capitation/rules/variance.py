"""Variance: why this month's total is not last month's, in parts that sum exactly."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ipaportal.core.money import round_div


class Cell(NamedTuple):
    """Members paid alike (a plan, sex and age band, or a practice) and what they earned."""

    members: int
    cents: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month's total: the current month by cell, retro lines and one-off amounts."""

    cells: Mapping[Hashable, Cell] = field(default_factory=dict)
    retro_cents: int = 0
    one_off_cents: int = 0

    @property
    def members(self) -> int:
        return sum(cell.members for cell in self.cells.values())

    @property
    def current_cents(self) -> int:
        return sum(cell.cents for cell in self.cells.values())

    @property
    def total_cents(self) -> int:
        return self.current_cents + self.retro_cents + self.one_off_cents


@dataclass(frozen=True, slots=True)
class Variance:
    """The parts of a change in total; they always sum to it."""

    members: int
    rate: int
    mix: int
    retro: int
    one_off: int

    @property
    def total(self) -> int:
        return self.members + self.rate + self.mix + self.retro + self.one_off


def variance(last: Month, this: Month) -> Variance:
    """
    Split a change of total into its causes.

    Members: more or fewer, at last month's average. Rate: this month's members of each cell at
    the change of its average. Mix is the rest of the current month's change: who they are.
    """
    rate = sum(
        now.cents - round_div(now.members * was.cents, was.members)
        for cell, now in this.cells.items()
        if (was := last.cells.get(cell)) and was.members and now.members
    )
    more = this.members - last.members
    if last.members:
        members = round_div(more * last.current_cents, last.members)
    else:
        members = this.current_cents - last.current_cents - rate
    mix = this.current_cents - last.current_cents - members - rate
    return Variance(
        members,
        rate,
        mix,
        this.retro_cents - last.retro_cents,
        this.one_off_cents - last.one_off_cents,
    )
