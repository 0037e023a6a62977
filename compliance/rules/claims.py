"""
What becomes of a claim that came in: rejected back to its sender, waiting for somebody, or ready.

A claim has one disposition at a time. A rejection is the sender's to mend, and says how; what waits
is ours, in a queue with an owner and a last day. Codes are those of X12's external lists, as far
as they are known here (own knowledge, unverified): the words are what is meant.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Where a claim stands."""

    REJECTED = "rejected"
    WAITING = "waiting"
    READY = "ready"
    ENCOUNTER = "encounter"
    DENIED = "denied"
    PAID = "paid"
    REPLACED = "replaced"


WORDS = {
    State.REJECTED: "rejected, sent back",
    State.WAITING: "waits for somebody",
    State.READY: "ready to be paid",
    State.ENCOUNTER: "encounter taken",
    State.DENIED: "denied",
    State.PAID: "paid",
    State.REPLACED: "replaced by a later one",
}
OPEN = frozenset({State.WAITING, State.READY})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim was rejected or waits: in words, what to do, and as a 277CA says it."""

    key: str
    state: State
    words: str
    remedy: str
    status: str
    """STC01: category, status and entity, by colons."""
    days: int = 0
    """Within how many days somebody has to look, of what waits."""


def _rejected(key: str, words: str, remedy: str, status: str) -> Reason:
    return Reason(key, State.REJECTED, words, remedy, status)


def _waits(key: str, words: str, remedy: str, days: int) -> Reason:
    return Reason(key, State.WAITING, words, remedy, "A1:20", days)


REASONS = {
    reason.key: reason
    for reason in (
        _rejected("unreadable", "something in it cannot be read",
                  "Mend the element that is named, and send the claim again.", "A7:21"),
        _rejected("no_number", "it has no claim number",
                  "Give every claim a number of your own (CLM01).", "A7:21"),
        _rejected("sum", "its charge is not the sum of its lines",
                  "Correct the charge or the lines.", "A7:178"),
        _rejected("no_lines", "it has no services", "Send it with its services.", "A7:454"),
        _rejected("no_procedure", "a service has no procedure code",
                  "Give each service its code.", "A7:454"),
        _rejected("no_diagnosis", "it has no diagnosis", "Send it with its diagnoses.", "A7:255"),
        _rejected("npi", "the billing provider's NPI is none",
                  "Correct the NPI: its check digit is wrong.", "A7:562:85"),
        _rejected("no_day", "a service has no day", "Say when each service was given.", "A7:187"),
        _rejected("future", "a service lies in the future",
                  "Correct the day, or send it when the service was given.", "A7:187"),
        _rejected("late", "it comes later than a year after the service",
                  "Send it with what excuses the delay, on paper.", "A3:718"),
        _rejected("no_member", "the patient's member number is none of this plan",
                  "Look at the patient's card, and ask whether they are covered.", "A3:33:IL"),
        _rejected("twice", "it was sent before",
                  "Nothing is to be done: look at the first one. A correction is sent as "
                  "replacement (frequency 7).", "A3:78"),
        _rejected("no_original", "it replaces or voids a claim that is not here",
                  "Name our number of the first claim (REF F8), or send it as an original.",
                  "A3:464"),
        _waits("no_coverage", "the patient was not covered on the day",
               "Ask the plan whether it knows of cover; deny it if not.", 5),
        _waits("not_ours", "the provider who bills is no practice of the network",
               "Price it as a claim of a non-contracted provider.", 5),
        _waits("not_participating", "who gave the service did not take part on the day",
               "Look at their file: a late approval may reach back, an exclusion never pays.", 3),
        _waits("no_renderer", "it does not say who gave the service, or nobody here has that NPI",
               "Ask the practice for the NPI of who gave it.", 5),
        _waits("no_price", "no fee schedule has a price for a service",
               "Add the price with its source, or deny the line.", 5),
        _waits("no_authorization", "a service is not authorized",
               "Enter the authorization if there is one; deny the claim if not.", 5),
        _waits("contested", "more was asked for",
               "Wait for the practice's answer, and judge whether the claim is complete.", 45),
        # Who is asked for what another has to pay passes it on within ten working days of
        # receipt (28 CCR 1300.71(b)(2); own knowledge, unverified): ten days are never later.
        _waits("plans_risk", "its services are the plan's to pay",
               "Pass it on: the file (837) is written under Passed on to plans, and the practice "
               "is told.", 10),
        _waits("plan_refused", "the plan rejected it as it was passed on",
               "Read the plan's answer: let it go again under Passed on to plans, or settle whose "
               "it is, and pay or deny it.", 5),
        Reason("passed_on", State.DENIED, "its services are the plan's to pay, and it has them",
               "Nothing is to be sent again: the plan pays or denies it.", "A0:16:PR"),
        _waits("hospitals_risk", "its services are the hospital's to pay",
               "Pass it on to the hospital, and deny it as another payer's (109).", 10),
        _waits("mixed_risk", "some of its services are another's to pay",
               "Ask the practice for two claims, or pay it if the contract says so.", 10),
        _waits("capitated_practice", "the practice is paid by capitation for this member",
               "Take it as an encounter if capitation covers the service, else pay it.", 5),
    )
}  # fmt: skip
ACCEPTED = "A2:20"
# Why nothing is paid, by the claim adjustment reason code that an 835 gives, in words of our own
# (own knowledge of the codes, unverified).
DENIALS = {
    "24": "capitation pays for it",
    "27": "cover had ended",
    "26": "cover had not begun",
    "29": "it came too late",
    "50": "it was not found necessary",
    "96": "the plan does not cover it",
    "109": "another payer is asked for it",
    "197": "it was not authorized",
    "B7": "who gave it could not be paid on the day",
}
BEYOND_TERMS = "45"
# Of a line of a case rate: paid by another line, or with more than its charge (unverified too).
INCLUDED, ABOVE_CHARGE = "97", "94"
# The reason of a step by which a claim was told in a remittance.
REMITTED = "remitted"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a claim when it comes in; days inclusive."""

    number: str
    is_readable: bool = True
    off_cents: int = 0
    lines: int = 1
    has_procedures: bool = True
    has_diagnosis: bool = True
    npi_is_valid: bool = True
    first_day: date | None = None
    last_day: date | None = None
    received_on: date = date.max
    has_member: bool = True
    is_covered: bool = True
    is_twin: bool = False
    is_correction: bool = False
    has_original: bool = True
    is_capitated: bool = False
    """Whether the sender calls it an encounter under capitation (CN1*05)."""
    is_pcp_of_member: bool = False
    practice_is_known: bool = True
    renderer_is_known: bool = True
    takes_part: bool = True
    is_authorized: bool = True


def timely_until(first_day: date) -> date:
    """
    The last day on which a claim for a service of a day is in time.

    Within a calendar year of the service (42 CFR 424.44, Medicare's own).
    """
    try:
        return first_day.replace(year=first_day.year + 1)
    except ValueError:  # 29 February
        return date(first_day.year + 1, 2, 28)


def disposition(known: Known) -> tuple[State, str]:
    """Where a claim stands when it has come in, and the key of the reason, if there is one."""
    for failed, key in _rejections(known):
        if failed:
            return State.REJECTED, key
    if known.is_capitated and known.is_covered and known.practice_is_known:
        return State.ENCOUNTER, ""
    for failed, key in _pends(known):
        if failed:
            return State.WAITING, key
    return State.READY, ""


def _rejections(known: Known) -> list[tuple[bool, str]]:
    first, last = known.first_day, known.last_day
    late = first is not None and known.received_on > timely_until(first)
    return [
        (not known.is_readable, "unreadable"),
        (not known.number, "no_number"),
        (not known.lines, "no_lines"),
        (known.off_cents != 0, "sum"),
        (not known.has_procedures, "no_procedure"),
        (not known.has_diagnosis, "no_diagnosis"),
        (not known.npi_is_valid, "npi"),
        (first is None or last is None, "no_day"),
        (last is not None and last > known.received_on, "future"),
        (late and not known.is_correction, "late"),
        (not known.has_member, "no_member"),
        (known.is_correction and not known.has_original, "no_original"),
        (known.is_twin and not known.is_correction, "twice"),
    ]


def _pends(known: Known) -> list[tuple[bool, str]]:
    return [
        (not known.is_covered, "no_coverage"),
        (not known.practice_is_known, "not_ours"),
        (not known.renderer_is_known, "no_renderer"),
        (not known.takes_part, "not_participating"),
        (known.is_pcp_of_member, "capitated_practice"),
        (not known.is_authorized, "no_authorization"),
    ]


def likeness(
    billing: str, member: str, lines: list[tuple[str, tuple[str, ...], int, object, object]]
) -> str:
    """What two claims have alike that are the same one sent twice, whatever they are numbered."""
    services = sorted(
        f"{code}|{'.'.join(modifiers)}|{cents}|{first}|{last}"
        for code, modifiers, cents, first, last in lines
    )
    return "\n".join([billing, member, *services])


def shortfall(charge_cents: int, allowed_cents: int, *, is_included: bool) -> str:
    """The code that an 835 gives for what a line is not paid of its charge, or is paid above it."""
    if is_included and not allowed_cents:
        return INCLUDED
    return ABOVE_CHARGE if allowed_cents > charge_cents else BEYOND_TERMS
