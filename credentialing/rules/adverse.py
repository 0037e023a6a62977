"""Adverse actions and hearings: what follows what, and the days the law counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from credentialing.rules.decisions import REPORTABLE_DENIALS
from credentialing.rules.windows import ALWAYS
from ipaportal.core.words import day_text


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
    LIFTED = "lifted"
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
    _S.LIFTED: "lifted",
    _S.CLOSED: "closed",
}
AFTER: dict[Stage, frozenset[Stage]] = {
    _S.CONCERN: frozenset({_S.INVESTIGATION, _S.PROPOSED, _S.CLOSED}),
    _S.INVESTIGATION: frozenset({_S.PROPOSED, _S.CLOSED}),
    _S.PROPOSED: frozenset({_S.NOTICE_SENT, _S.CLOSED}),
    _S.NOTICE_SENT: frozenset({_S.HEARING_REQUESTED, _S.WAIVED}),
    _S.HEARING_REQUESTED: frozenset({_S.SCHEDULED, _S.WAIVED}),
    # Put off to another day, as both sides agreed.
    _S.SCHEDULED: frozenset({_S.SCHEDULED, _S.HELD, _S.WAIVED}),
    _S.HELD: frozenset({_S.RECOMMENDED}),
    _S.RECOMMENDED: frozenset({_S.FINAL, _S.REVERSED}),
    _S.WAIVED: frozenset({_S.FINAL, _S.REVERSED}),
    _S.FINAL: frozenset({_S.REPORTED, _S.CLOSED, _S.REVERSED, _S.LIFTED}),
    _S.REPORTED: frozenset({_S.CLOSED, _S.REVERSED, _S.LIFTED}),
    _S.REVERSED: frozenset({_S.CLOSED}),
    # A restriction that no longer holds; what it was, and when, stays.
    _S.LIFTED: frozenset({_S.REPORTED, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}
BASES = {
    "quality": "competence or conduct",
    "admin": "administrative",
    "threshold": "a threshold criterion",
    "contract": "contract, without cause",
}
KINDS = {
    "denial": "denial",
    "restriction": "restriction",
    "suspension": "suspension of more than 30 days",
    "termination": "termination",
}
# Stages in which something is still to be done, and those in which the right to a hearing runs.
OPEN = frozenset(
    {_S.PROPOSED, _S.NOTICE_SENT, _S.HEARING_REQUESTED, _S.SCHEDULED, _S.HELD, _S.RECOMMENDED}
)
WITH_HEARING = frozenset({_S.HEARING_REQUESTED, _S.SCHEDULED, _S.HELD, _S.RECOMMENDED})
HCQIA = "42 USC 11112(b) (day counts own knowledge, unverified)"
NPDB = "NPDB Guidebook, E: within 30 days of the action"
NO_CAUSE = "42 CFR 422.202(d) (own knowledge, unverified)"
PANEL = "42 CFR 422.202(d): most of the panel are peers; 42 USC 11112(b)(3): nobody who competes"
REPORT_DAYS = 30
# A suspension of so many days is one of the practice's own; a longer one is an adverse action.
SHORT_DAYS = 30


@dataclass(frozen=True)
class HearingRule:
    """For notices from a day on: days to ask for a hearing, until it, and without cause."""

    from_date: date
    request_days: int
    hearing_days: int
    no_cause_days: int
    citation: str
    is_sure: bool = False


# One row a change of a rule; the newest that began by the day of the notice applies.
HEARING_RULES = (HearingRule(ALWAYS, 30, 30, 60, f"{HCQIA}; {NO_CAUSE}"),)


def hearing_rule_on(day: date) -> HearingRule:
    """The rule in force on the day of a notice."""
    in_force = [rule for rule in HEARING_RULES if rule.from_date <= day]
    return max(in_force, key=lambda rule: rule.from_date)


def request_by(notice: date) -> date:
    """The last day on which a hearing may be asked for."""
    return notice + timedelta(days=hearing_rule_on(notice).request_days)


def first_hearing(told: date) -> date:
    """The first day on which a hearing may be, once its notice is out."""
    return told + timedelta(days=hearing_rule_on(told).hearing_days)


def basis_of(reason_code: str) -> str:
    """On what a denial rests, by its reason from the list."""
    if reason_code in REPORTABLE_DENIALS:
        return "quality"
    return "threshold" if reason_code == "threshold" else "admin"


def is_over_unasked(stage: str, last: date | None, today: date) -> bool:
    """Whether the days to ask for a hearing have passed with nobody asking."""
    return stage == _S.NOTICE_SENT and last is not None and today > last


@dataclass(frozen=True)
class Panelist:
    """Somebody who hears a case: what speaks against it, and whether they are of the profession."""

    name: str
    is_peer: bool
    conflict: str = ""


def fault_of_panel(panel: Sequence[Panelist]) -> str:
    """Say why a panel may not hear a case; empty if it may."""
    if not panel:
        return "nobody is on the panel yet"
    for one in panel:
        if one.conflict:
            return f"{one.name} {one.conflict}"
    peers = sum(one.is_peer for one in panel)
    if peers * 2 <= len(panel):
        return f"{peers} of {len(panel)} are peers, and more than half have to be"
    return ""


def may_follow(now: str, then: str) -> bool:
    """Tell whether one stage may follow another."""
    return Stage(then) in AFTER[Stage(now)]


def fault_of(
    then: str,
    day: date,
    *,
    last: date | None = None,
    scheduled: date | None = None,
    in_writing: bool = False,
) -> str:
    """Say why a stage cannot be dated so; `last` is the last day to ask for a hearing."""
    if then == _S.WAIVED and not in_writing and last and day <= last:
        return (
            f"a hearing may be asked for until {day_text(last)}; it is waived in writing or after "
            "that"
        )
    if then == _S.HEARING_REQUESTED and last and day > last:
        return f"a hearing could be asked for until {day_text(last)}"
    if then == _S.HELD and scheduled and day < scheduled:
        return f"the hearing is on {day_text(scheduled)}"
    return ""


def fault_of_hearing(told: date, hearing: date) -> str:
    """Say why a hearing is too early: at least 30 days after it was told."""
    first = first_hearing(told)
    words = f"a hearing is 30 days after its notice at the earliest: {day_text(first)}"
    return words if hearing < first else ""


def is_reportable(basis: str, effective: date, ends: date | None, *, by_surrender: bool) -> bool:
    """Whether NPDB has to be told: competence or conduct, for more than 30 days, or a surrender."""
    if by_surrender:
        return True
    lasts = ends is None or (ends - effective).days > SHORT_DAYS
    return basis == "quality" and lasts


def report_due(final: date) -> date:
    """The last day to report a final action."""
    return final + timedelta(days=REPORT_DAYS)


def fault_of_end(basis: str, told: date, effective: date) -> str:
    """Say why an end comes too early; without cause it is 60 days after its notice."""
    first = told + timedelta(days=hearing_rule_on(told).no_cause_days)
    if basis == "contract" and effective < first:
        return (
            f"an end without cause is 60 days after its notice at the earliest: {day_text(first)}"
        )
    return ""


def fault_of_length(kind: str, effective: date, ends: date | None) -> str:
    """Say why a suspension is none of these: one of 30 days or less has no hearing."""
    if ends is not None and ends <= effective:
        return "it ends before it begins"
    if kind == "suspension" and ends is not None and (ends - effective).days <= SHORT_DAYS:
        return "a suspension of 30 days or less is no adverse action: suspend them without one"
    return ""
