"""What an office should have of an item, and how many packs that suggests; standing orders."""

from dataclasses import dataclass
from datetime import date

from ipaportal.core.spans import Span, contains
from ipaportal.core.words import plural


@dataclass(frozen=True, slots=True)
class Stock:
    """What an office has of an item in packs: counted, came since, on its way, in an open order."""

    counted: int | None
    came: int = 0
    coming: int = 0
    committed: int = 0

    @property
    def packs(self) -> int:
        """All that it has or gets; what was never counted is not known and counts as nothing."""
        return (self.counted or 0) + self.came + self.coming + self.committed


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How many packs to ask for, and the sum that leads there."""

    packs: int
    words: str


def suggested(minimum: int, target: int, stock: Stock) -> Suggestion:
    """
    Fill up to the target once what there is falls to the minimum; nothing before.

    Without a count nothing is suggested: receipts say what came, and not what was used.
    """
    assert 0 <= minimum <= target
    if stock.counted is None:
        return Suggestion(0, "Nobody counted it yet: count it first.")
    told = (
        f"{stock.counted:,} counted + {stock.came:,} came since + {stock.coming:,} on the way + "
        f"{stock.committed:,} committed = {stock.packs:,}"
    )
    if stock.packs > minimum:
        return Suggestion(0, f"{told}, more than the least of {minimum:,}.")
    packs = target - stock.packs
    return Suggestion(packs, f"{told}; {target:,} − {stock.packs:,} = {plural(packs, 'pack')}.")


def is_standing(start: date, end: date | None, day: date, *, is_paused: bool) -> bool:
    """Whether a standing order is copied into an order that is open on a day."""
    return not is_paused and contains(Span(start, end), day)
