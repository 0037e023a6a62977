"""Passing claims on to plans: which of them, in which files, and in what capacity (CLM05-3)."""

from dataclasses import dataclass
from enum import StrEnum

ORIGINAL, REPLACEMENT, VOID = "1", "7", "8"
PROFESSIONAL, INSTITUTIONAL = "professional", "institutional"
# What an 837P, and an 837I, holds of one claim.
MOST_LINES = {PROFESSIONAL: 50, INSTITUTIONAL: 999}
# What an 837P and an 837I name of a service (SV101, SV201).
CODE_FIELD = {PROFESSIONAL: "procedure", INSTITUTIONAL: "revenue_code"}
# The name of the clock (`rules.clocks`) of a claim that another has to pay.
CLOCK = "claim of another payer"
PLANS_RISK, PASSED_ON, PLAN_REFUSED = "plans_risk", "passed_on", "plan_refused"
# The codes by which a remittance says that it is another's: the reason, and the claim's status.
ANOTHERS, FORWARDED = "109", "23"


class Stream(StrEnum):
    """What goes into one file: an 837 is of one kind, and tells encounters or asks for money."""

    ENCOUNTERS = "encounters"
    STAYS = "encounters-institutional"
    MISDIRECTED = "misdirected"
    MISDIRECTED_STAYS = "misdirected-institutional"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a stream holds."""

    words: str
    kind: str
    is_misdirected: bool


KINDS = {
    Stream.ENCOUNTERS: Kind("encounters, professional", PROFESSIONAL, False),
    Stream.STAYS: Kind("encounters, institutional", INSTITUTIONAL, False),
    Stream.MISDIRECTED: Kind("the plan's to pay, professional", PROFESSIONAL, True),
    Stream.MISDIRECTED_STAYS: Kind("the plan's to pay, institutional", INSTITUTIONAL, True),
}


def frequency(own: str, *, plan_has_it: bool) -> str | None:
    """
    As what a claim goes: what the plan has accepted is replaced or voided, all else is new.

    None for a void of what the plan knows nothing of: there is nothing to take back.
    """
    if own == VOID:
        return VOID if plan_has_it else None
    return REPLACEMENT if plan_has_it else ORIGINAL
