"""Work history: gaps between places of work, and what NCQA asks of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ipaportal.core.months import add_months, day_of, month_of

YEARS = 5
CITATION = (
    "NCQA CR 3: five years; gaps over six months explained, over a year in writing (own "
    "knowledge, unverified here)"
)


class Asks(StrEnum):
    """What a gap needs."""

    NOTHING = "nothing"
    WORDS = "words"
    WRITING = "writing"


@dataclass(frozen=True)
class Gap:
    """Days `[start, end)` without a place of work or training."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    @property
    def asks(self) -> Asks:
        """More than a year needs writing, more than six months words."""
        if months_after(self.start, 12) < self.end:
            return Asks.WRITING
        return Asks.WORDS if months_after(self.start, 6) < self.end else Asks.NOTHING


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last of a shorter month."""
    return day_of(add_months(month_of(day), months), day.day)


def gaps(spans: Iterable[tuple[date, date | None]], today: date) -> list[Gap]:
    """The gaps of the last five years between spans `[start, end)`; an open end is today."""
    begins = months_after(today, -12 * YEARS)
    found, reached = [], begins
    for start, end in sorted(spans, key=lambda span: span[0]):
        if start > reached:
            found.append(Gap(reached, min(start, today)))
        reached = max(reached, min(end or today, today))
    if reached < today:
        found.append(Gap(reached, today))
    return [gap for gap in found if gap.start < gap.end]


def unexplained(found: Iterable[Gap], explained: Iterable[tuple[date, date, bool]]) -> list[Gap]:
    """
    Gaps that need an explanation and lack it; each explanation is (start, end, in writing).

    An explanation counts where it covers the whole gap.
    """
    told = list(explained)

    def is_told(gap: Gap) -> bool:
        needs_writing = gap.asks is Asks.WRITING
        return any(
            start <= gap.start and end >= gap.end and (written or not needs_writing)
            for start, end, written in told
        )

    return [gap for gap in found if gap.asks is not Asks.NOTHING and not is_told(gap)]
