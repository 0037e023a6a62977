"""Adverse actions and hearings: what follows what, and the days the law counts."""

from datetime import date, timedelta
from enum import StrEnum


class Stage(StrEnum):
    CONCERN = "concern"
    INVESTIGATION = "investigation"
    PROPOSED = "proposed"
    NOTICE_SENT = "notice_sent"
    HEARING_REQUESTED = "hearing_requested"
    SCHEDULED = "scheduled"
    HELD = "held"
    RECOMMENDED = "recommended"
    WAIVED = "waived"
    FINAL = "final"
    REPORTED = "reported"
    REVERSED = "reversed"
    CLOSED = "closed"


_S = Stage
WORDS = {
    _S.CONCERN: "concern",
    _S.INVESTIGATION: "investigation opened",
    _S.PROPOSED: "action proposed",
    _S.NOTICE_SENT: "notice sent",
    _S.HEARING_REQUESTED: "hearing requested",
    _S.SCHEDULED: "hearing scheduled",
    _S.HELD: "hearing held",
    _S.RECOMMENDED: "panel recommends",
    _S.WAIVED: "hearing waived",
    _S.FINAL: "final",
    _S.REPORTED: "reported",
    _S.REVERSED: "reversed",
    _S.CLOSED: "closed",
}
AFTER: dict[Stage, frozenset[Stage]] = {
    _S.CONCERN: frozenset({_S.INVESTIGATION, _S.PROPOSED, _S.CLOSED}),
    _S.INVESTIGATION: frozenset({_S.PROPOSED, _S.CLOSED}),
    _S.PROPOSED: frozenset({_S.NOTICE_SENT, _S.CLOSED}),
    _S.NOTICE_SENT: frozenset({_S.HEARING_REQUESTED, _S.WAIVED}),
    _S.HEARING_REQUESTED: frozenset({_S.SCHEDULED, _S.WAIVED}),
    _S.SCHEDULED: frozenset({_S.HELD, _S.WAIVED}),
    _S.HELD: frozenset({_S.RECOMMENDED}),
    _S.RECOMMENDED: frozenset({_S.FINAL, _S.REVERSED}),
    _S.WAIVED: frozenset({_S.FINAL, _S.REVERSED}),
    _S.FINAL: frozenset({_S.REPORTED, _S.CLOSED, _S.REVERSED}),
    _S.REPORTED: frozenset({_S.CLOSED, _S.REVERSED}),
    _S.REVERSED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
}
BASES = {
    "quality": "competence or conduct",
    "admin": "administrative",
    "threshold": "a threshold criterion",
    "contract": "contract, without cause",
}
REQUEST_DAYS = 30
HEARING_DAYS = 30
REPORT_DAYS = 30
NO_CAUSE_DAYS = 60
HCQIA = "42 USC 11112 (day counts own knowledge, unverified)"
NPDB = "NPDB Guidebook, E: within 30 days of the action"
NO_CAUSE = "42 CFR 422.202(d) (own knowledge, unverified)"


def may_follow(now: str, then: str) -> bool:
    """Tell whether one stage may follow another."""
    return Stage(then) in AFTER[Stage(now)]


def fault_of(
    then: str,
    day: date,
    *,
    notice: date | None = None,
    scheduled: date | None = None,
    in_writing: bool = False,
) -> str:
    """Say why a stage cannot be dated so; empty if it can."""
    if (
        then == _S.WAIVED
        and not in_writing
        and notice
        and day <= notice + timedelta(days=REQUEST_DAYS)
    ):
        last = notice + timedelta(days=REQUEST_DAYS)
        return f"a hearing may be asked for until {last}; it is waived in writing or after that"
    if then == _S.HEARING_REQUESTED and notice:
        last = notice + timedelta(days=REQUEST_DAYS)
        return f"a hearing could be asked for until {last}" if day > last else ""
    if then == _S.HELD and scheduled and day < scheduled:
        return f"the hearing is on {scheduled}"
    return ""


def fault_of_hearing(told: date, hearing: date) -> str:
    """Say why a hearing is too early: at least 30 days after it was told."""
    first = told + timedelta(days=HEARING_DAYS)
    words = f"a hearing is 30 days after its notice at the earliest: {first}"
    return words if hearing < first else ""


def is_reportable(basis: str, effective: date, ends: date | None, *, by_surrender: bool) -> bool:
    """Whether NPDB has to be told: competence or conduct, for more than 30 days, or a surrender."""
    if by_surrender:
        return True
    lasts = ends is None or (ends - effective).days > 30
    return basis == "quality" and lasts


def report_due(final: date) -> date:
    """The last day to report a final action."""
    return final + timedelta(days=REPORT_DAYS)


def fault_of_end(basis: str, told: date, effective: date) -> str:
    """Say why an end comes too early; without cause it is 60 days after its notice."""
    first = told + timedelta(days=NO_CAUSE_DAYS)
    if basis == "contract" and effective < first:
        return f"an end without cause is 60 days after its notice at the earliest: {first}"
    return ""
