"""What Medicare pays for a pack of ours, and whether its price leaves anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from ipaportal.core.money import round_cents
from purchasing.rules.packs import PackLevel
from purchasing.rules.underwater import Limit, Margin, margin_of


def quarter_of(day: date) -> tuple[date, date]:
    """A day's calendar quarter: its first day, and the first day after it."""
    first = (day.month - 1) // 3 * 3 + 1
    start = date(day.year, first, 1)
    return start, date(day.year + (first == 10), 1 if first == 10 else first + 3, 1)


def quarter_words(start: date) -> str:
    """A quarter as people call it: Q4 2026."""
    return f"Q{(start.month - 1) // 3 + 1} {start.year}"


def level_of_ndc(levels: Sequence[PackLevel], eaches: int | None) -> PackLevel | None:
    """
    Which of our packs the NDC is of: the one that holds what FDA says, or the only one there is.

    Where none of several holds just that, and each holds a whole number of such packages, it is
    compared by the unit: the package itself is what we do not sell. None where several could be
    meant: then nobody can say what Medicare pays for a pack.
    """
    if eaches is not None:
        same = [level for level in levels if level.eaches == eaches]
        if len(same) == 1:
            return same[0]
        if len(levels) > 1 and not same and not any(level.eaches % eaches for level in levels):
            return PackLevel("package of the NDC", eaches)
    return levels[0] if len(levels) == 1 else None


@dataclass(frozen=True, slots=True)
class Paid:
    """What Medicare pays for an item in a quarter, as far as it is known."""

    limit: Limit | None
    quarter: str
    units: Decimal | None
    """Billing units in the package of the NDC."""
    level: PackLevel | None
    why_not: str = ""

    def units_of(self, level: PackLevel) -> Fraction | None:
        """Billing units in one of our packs."""
        if self.units is None or self.level is None:
            return None
        return Fraction(self.units) * level.eaches / self.level.eaches

    def margin(self, price: Decimal, level: PackLevel) -> Margin | None:
        """A pack's price against what is paid for it; None where that is not known."""
        units = self.units_of(level)
        if self.limit is None or not units:
            return None
        return margin_of(round_cents(price), units, self.limit)


def words_of(margin: Margin) -> str:
    """Where a price stands, in a word or two."""
    if margin.is_under_limit:
        return "above the limit"
    return "under water after the sequester" if margin.is_under_water else "covered"
