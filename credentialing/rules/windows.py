"""How old what was verified may be when a file is decided: dated rules, judged by decision date."""

from dataclasses import dataclass
from datetime import date, timedelta

ALWAYS = date(1900, 1, 1)
NCQA_2025 = date(2025, 7, 1)
SOON_DAYS = 14


@dataclass(frozen=True)
class Window:
    """For decisions from a day on, what is verified holds for so many days; None is no limit."""

    group: str
    from_date: date
    days: int | None
    citation: str
    is_sure: bool = True


# One row a change of a rule; the newest that began by the decision date applies.
WINDOWS = (
    Window("primary", ALWAYS, 180, "NCQA CR 3 before July 2025; CMS Managed Care Manual ch. 6"),
    Window("primary", NCQA_2025, 120, "NCQA CR 3, decisions from 2025-07-01 (NAMSS summary)"),
    Window("work_history", ALWAYS, 365, "NCQA CR 3 before July 2025"),
    Window("work_history", NCQA_2025, 120, "NCQA CR 3, decisions from 2025-07-01"),
    Window("attestation", ALWAYS, 180, "CMS Managed Care Manual ch. 6", is_sure=False),
    Window("attestation", NCQA_2025, 120, "NCQA CR 3; value for 2025 unconfirmed, the strictest",
           is_sure=False),
    # Has to hold on the day of the decision, however long ago it was looked at.
    Window("current", ALWAYS, None, "NCQA CR 3: DEA and CDS are current at the decision"),
    # What does not change any more: a school that was finished.
    Window("lasting", ALWAYS, None, "NCQA CR 3: education has no limit"),
    # A list that is read monthly; the reading before the decision counts.
    Window("facility", ALWAYS, 180, "NCQA CR 7; our own limit before July 2025", is_sure=False),
    Window("facility", NCQA_2025, 120, "NCQA CR 7; our own limit, as for people", is_sure=False),
    # Work done by others: surveys and visits hold for three years.
    Window("survey", ALWAYS, 1095, "NCQA CR 7: a survey of the last 36 months"),
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Whether something verified still holds on a day, its last good day, and the words why not."""

    holds: bool
    last_day: date | None
    reason: str = ""
    citation: str = ""

    def days_left(self, day: date) -> int | None:
        """Days from a day to the last one; negative once over, None where there is no limit."""
        return None if self.last_day is None else (self.last_day - day).days

    def is_soon(self, day: date) -> bool:
        """Whether it holds for two weeks at most after a day."""
        left = self.days_left(day)
        return left is not None and 0 <= left <= SOON_DAYS


def window_on(group: str, decision_date: date) -> Window:
    """The rule for a group of elements in force on a decision date."""
    in_force = [w for w in WINDOWS if w.group == group and w.from_date <= decision_date]
    return max(in_force, key=lambda window: window.from_date)


def standing_on(
    group: str, verified_date: date, expires_date: date | None, decision_date: date
) -> Standing:
    """
    Tell whether something verified on a day may support a decision on another.

    Day 120 is in, day 121 is out. What was verified to expire has to hold on the day of the
    decision too: an item whose evidence lapses by the meeting cannot stay on its agenda.
    """
    window = window_on(group, decision_date)
    by_rule = None if window.days is None else verified_date + timedelta(days=window.days)
    ends = [day for day in (by_rule, expires_date) if day is not None]
    last_day = min(ends) if ends else None
    reason = ""
    if verified_date > decision_date:
        reason = f"was verified on {verified_date}, after the decision"
    elif expires_date is not None and expires_date < decision_date:
        reason = f"expires on {expires_date}, before the decision"
    elif by_rule is not None and by_rule < decision_date:
        age = (decision_date - verified_date).days
        reason = f"is {age} days old at the decision, {window.days} are allowed"
    return Standing(not reason, last_day, reason, window.citation)
