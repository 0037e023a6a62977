"""
What an 834 says about a member's days, read conservatively.

An end date is the plan's last day covered. Additions, changes, reinstatements and audits (021, 001,
025, 030) state days; where they give an end, coverage ends there. Terminations (024, 002) end
coverage after their last day, or from their first day on where that lies before it (a cancelled
enrolment). A later first day never takes earlier days back: only a termination does. Where several
medical products overlap, the one the file lists first wins.
"""

from collections.abc import Hashable, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from capitation.rules.painting import Brush

ENDS = frozenset({"024", "002"})
# Insurance lines (HD03) that are no medical product: they are counted, not applied.
OTHER_LINES = frozenset({"DEN", "VIS", "PDG", "HE", "AH", "LTD", "STD", "LIF", "SUP"})


class Stated(NamedTuple):
    """One HD loop, or the member as a whole: maintenance code, first and last day, product."""

    maintenance: str
    first_day: date | None
    last_day: date | None
    value: tuple


def coverage_brushes(
    stated: Iterable[Stated], contract: Hashable, source: object
) -> tuple[list[Brush], list[str]]:
    """
    Turn what was stated into brushes in painting order, and name what cannot be used.

    Values begin with their contract; what ends, ends in this contract only.
    """
    brushes, faults = [], []
    for one in reversed(list(stated)):
        after = None if one.last_day is None else day_after(one.last_day)
        if one.maintenance in ENDS:
            if after is None:
                faults.append("coverage is to end, but the file does not say when")
                continue
            first = after if one.first_day is None else max(after, one.first_day)
            brushes.append(Brush(first, None, None, source, only=contract))
        elif one.first_day is not None:
            if after is not None and after <= one.first_day:
                brushes.append(Brush(one.first_day, None, None, source, only=contract))
            else:
                brushes.append(Brush(one.first_day, after, one.value, source))
        elif after is not None:
            brushes.append(Brush(after, None, None, source, only=contract))
        elif one.maintenance == "025":
            faults.append("coverage is reinstated, but the file does not say from when")
    return brushes, faults


def day_after(last_day: date) -> date | None:
    """The first day no longer covered; a plan's far future is open."""
    return None if last_day.year >= 9998 else last_day + timedelta(days=1)


def pcp_brush(
    *,
    practitioner_id: int,
    stated_from: date | None,
    stated_until: date | None,
    assumed_from: date,
    latest: Hashable | None,
    source: object,
) -> Brush | None:
    """
    Say from when a named PCP has the member; nothing to do where an undated one is known already.

    An undated choice never rewrites days that lie before `assumed_from`.
    """
    if stated_from is None and latest == (practitioner_id,):
        return None
    until = day_after(stated_until) if stated_until else None
    return Brush(stated_from or assumed_from, until, (practitioner_id,), source)
