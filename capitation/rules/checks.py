"""Checks: their states on a day, when one is stale, what a register's line of the bank says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ipaportal.core.words import money_text

# What the bank is told of a check: that it was issued, that it is void.
ISSUED, VOIDED = "I", "V"
PRINTED, CLEARED, VOID, STOPPED = "printed", "cleared", "void", "stopped"


@dataclass(frozen=True)
class StaleRule:
    """After how many months a bank need not pay a check any more, and since when."""

    months: int
    effective_date: date | None
    citation: str


# The words of the uniform act; a state's own law, and the check's own print, may say less.
STALE_RULES = (StaleRule(6, None, "U.C.C. § 4-404: a check more than six months old"),)


def stale_on(check_date: date) -> date:
    """The first day on which a check of a day is stale."""
    months = STALE_RULES[-1].months
    year, month = divmod(check_date.year * 12 + check_date.month - 1 + months, 12)
    month += 1
    for day in range(check_date.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, min(check_date.day, 28))


def state_on(
    day: date, check_date: date, cleared_on: date | None, ended_on: date | None, ended_as: str
) -> str:
    """The state of a check on a day; empty before it was printed."""
    if day < check_date:
        return ""
    if cleared_on is not None and cleared_on <= day:
        return CLEARED
    if ended_on is not None and ended_on <= day:
        return ended_as
    return "stale" if day > stale_on(check_date) else PRINTED


@dataclass(frozen=True)
class Known:
    """A check of ours, as a line of the bank is compared to it."""

    status: str
    cents: int
    check_date: date


def why_not_cleared(cents: int, day: date, known: Known | None, today: date) -> str:
    """Why a line that says that a check was paid is refused, in words; empty if it is taken."""
    if known is None:
        return "no check of this account has this number"
    if known.status == CLEARED:
        return "the check was cleared before"
    if known.status != PRINTED:
        return f"the check is {known.status} here; ask the bank, then say so at its payment"
    if cents != known.cents:
        return f"the check is over {money_text(known.cents)}"
    if day < known.check_date:
        return f"the check was printed later, on {known.check_date}"
    if day > today:
        return "the day is still to come"
    return ""


def outstanding(states: Mapping[int, str]) -> list[int]:
    """The numbers of the checks that are still to be paid, stale ones too."""
    return sorted(number for number, state in states.items() if state in (PRINTED, "stale"))
