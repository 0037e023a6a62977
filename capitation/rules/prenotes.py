"""
Prenotes: a payment of nothing that tests an account, and the banking days that follow it.

Prenotes are optional under the rules of the network; whoever sends them has to wait. Source of
both rows: Nacha Operating Rules, Article Two, Subsection 2.6.3, as PNC Bank told its customers in
"September 2014: Prenote Waiting Period Change" (pnc.com, Treasury Management, Nacha rule changes).
"""

from dataclasses import dataclass
from datetime import date

from capitation.rules.bank_days import next_bank_day

NEEDED, SENT, RETURNED = "needed", "sent", "returned"


@dataclass(frozen=True)
class PrenoteWait:
    """How many banking days after a prenote settles the first payment may be sent, and since."""

    banking_days: int
    effective_date: date | None
    end_date: date | None
    citation: str


RULE = "Nacha Operating Rules, Subsection 2.6.3"
PRENOTE_WAITS = (
    PrenoteWait(6, None, date(2014, 9, 19), f"{RULE}, before the change of September 19, 2014"),
    PrenoteWait(3, date(2014, 9, 19), None, f"{RULE}, from September 19, 2014"),
)


@dataclass(frozen=True)
class PrenoteState:
    """Where an account stands: in a word, in a sentence, and whether it may be paid to."""

    word: str
    text: str
    is_clear: bool


def wait_on(day: date) -> PrenoteWait:
    """The rule of the day on which a prenote settles."""
    for wait in PRENOTE_WAITS:
        if wait.end_date is None or day < wait.end_date:
            return wait
    raise AssertionError("the last rule has no end")


def clear_date(settlement_date: date) -> date:
    """The first day on which a payment may be sent after a prenote that settles on a day."""
    day = settlement_date
    for _ in range(wait_on(settlement_date).banking_days):
        day = next_bank_day(day)
    return day


def prenote_state(
    status: str, clears_on: date | None, today: date, *, is_asked: bool, has_notice: bool
) -> PrenoteState:
    """
    Where an account stands with its prenote.

    `is_asked` says whether the IPA sends prenotes today; `has_notice` whether the bank's notice
    of change to the prenote waits for somebody.
    """
    if status == RETURNED:
        return PrenoteState("returned", "The bank sent the prenote back.", False)
    if status == NEEDED and not is_asked:
        return PrenoteState("not asked", "The IPA sends no prenotes now.", True)
    if status == NEEDED:
        return PrenoteState("needed", "A prenote has to be sent to the account first.", False)
    if has_notice:
        return PrenoteState(
            "corrected", "The bank answered the prenote with a correction: decide on it.", False
        )
    if today < clears_on:
        return PrenoteState(
            "waiting",
            f"A prenote was sent; the account is paid to from {clears_on:%b %-d, %Y}.",
            False,
        )
    return PrenoteState("passed", "The prenote was not sent back in time.", True)
