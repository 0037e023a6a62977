"""
What becomes of an 835 that came in: posted whole, or kept waiting with what is wrong named.

A payment is posted only if its services, its claims and its transaction add up, somebody here is
paid by it, and whatever it takes back is exactly what was paid. Nothing is ever added to make one
fit: what does not waits for a person, and no cent of it is posted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from compliance.rules.claims import DENIALS


class State(StrEnum):
    """Where a payment that came in stands."""

    POSTED = "posted"
    WAITING = "waiting"
    TWICE = "twice"
    ASIDE = "aside"


WORDS = {
    State.POSTED: "posted",
    State.WAITING: "waits for somebody",
    State.TWICE: "came before",
    State.ASIDE: "put aside",
}
LIVE = frozenset({State.POSTED, State.WAITING})
"""States in which a trace number is taken."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something waits, what to do about it, and within how many days."""

    words: str
    remedy: str
    days: int


# Days are our own habit, not a rule from outside.
REASONS = {
    "unbalanced": Reason(
        "a remittance does not add up",
        "Ask the payer for a corrected one; put this one aside when it comes.", 5,
    ),
    "reversal": Reason(
        "it takes back what was not paid so",
        "Find the first payment, or ask the payer which it is; then try again.", 5,
    ),
    "no_payee": Reason(
        "nobody here is paid by it",
        "Correct the NPI or TIN of the practice, or send it back to the payer.", 3,
    ),
}  # fmt: skip


class Queue(StrEnum):
    """What is to be looked at of a claim in a remittance that was posted."""

    UNMATCHED = "unmatched"
    DENIED = "denied_by_payer"
    UNDERPAID = "underpaid"


QUEUES = {
    Queue.UNMATCHED: Reason(
        "a paid claim is none that is known here",
        "Find the claim it is about, or say why there is none.", 5,
    ),
    Queue.DENIED: Reason(
        "the payer denied a claim",
        "Read why; send it again corrected, or appeal within the payer's days.", 10,
    ),
    Queue.UNDERPAID: Reason(
        "the payer paid less than the terms say",
        "Compare with the contract, and ask the payer for the rest.", 10,
    ),
}  # fmt: skip

REVERSAL, DENIED, PREDETERMINED = "22", "4", "25"
CLAIM_STATUS = {
    "1": "paid, first payer", "2": "paid, second payer", "3": "paid, third payer", "4": "denied",
    "19": "paid and sent on", "20": "paid second and sent on", "21": "paid third and sent on",
    "22": "taken back", "23": "not ours, sent on", "25": "estimate, no money",
}  # fmt: skip
# What a payer adjusts at the provider (PLB), in words of our own (own knowledge of the codes,
# unverified).
PROVIDER_ADJUSTMENTS = {
    "50": "late charge", "51": "interest on a debt", "72": "returned as agreed",
    "90": "discount for early payment", "AP": "advance on benefits", "B2": "rebate",
    "B3": "recovery allowance", "BD": "bad debt", "CS": "adjustment", "CT": "capitation",
    "FB": "carried forward", "IP": "incentive", "IR": "withheld for the tax authority",
    "IS": "interim settlement", "J1": "not reimbursed", "L3": "penalty", "L6": "interest owed",
    "LE": "levy", "PI": "periodic interim payment", "PL": "final settlement",
    "RA": "retroactive adjustment", "WO": "overpayment taken back", "WU": "recovery not specified",
}  # fmt: skip


def adjustment_words(reason: str) -> str:
    """What a provider adjustment is, for people; its code where nothing else is known."""
    return PROVIDER_ADJUSTMENTS.get(reason.strip().upper(), f"code {reason}")


# Why a service was not paid whole, in words of our own (own knowledge of the codes, unverified).
GROUPS = {"CO": "by contract", "PR": "the patient's", "OA": "another reason", "PI": "the payer's"}
NOT_PAID = {
    "1": "deductible", "2": "coinsurance", "3": "copayment", "18": "sent before",
    "23": "another payer paid", "45": "beyond the terms", "97": "part of another service",
    "253": "sequester", **DENIALS,
}  # fmt: skip


def not_paid_words(group: str, reason: str) -> str:
    """Why something was not paid, for people, with the codes that the payer gave."""
    words = NOT_PAID.get(reason) or GROUPS.get(group)
    return f"{words} ({group} {reason})" if words else f"{group} {reason}"


Parts = Sequence[Sequence[object]]


def parts_of(adjustments: Parts, services: Sequence[tuple[str, str, int, int, Parts]]) -> list:
    """A claim's adjustments and services in one order, so that two can be compared."""
    told = sorted([group, reason, cents] for group, reason, cents in adjustments)
    lines = sorted(
        [code, modifiers, charge, paid, sorted(list(one) for one in taken)]
        for code, modifiers, charge, paid, taken in services
    )
    return [told, lines]


def negated(parts: list) -> list:
    """The same with every amount's sign turned."""
    adjustments, services = parts
    return parts_of(
        [(group, reason, -cents) for group, reason, cents in adjustments],
        [
            (code, modifiers, -charge, -paid, [(g, r, -cents) for g, r, cents in taken])
            for code, modifiers, charge, paid, taken in services
        ],
    )


@dataclass(frozen=True, slots=True)
class Paid:
    """A claim as one payment tells it."""

    charge_cents: int
    paid_cents: int
    parts: list


def negates(back: Paid, original: Paid) -> bool:
    """Whether a reversal takes an earlier payment back to the cent, service by service."""
    return (
        back.charge_cents == -original.charge_cents
        and back.paid_cents == -original.paid_cents
        and negated(back.parts) == parts_of(*original.parts)
    )


def queue_of(
    status: str, paid_cents: int, patient_cents: int, allowed_cents: int | None, *, is_known: bool
) -> tuple[Queue | None, int]:
    """
    What to look at of a claim that was told, and how much is at stake.

    `allowed_cents` is what our terms allow for the claim, if it was priced.
    """
    if status in (REVERSAL, PREDETERMINED):
        return (None, 0) if is_known else (Queue.UNMATCHED, abs(paid_cents))
    if not is_known:
        return Queue.UNMATCHED, abs(paid_cents)
    if status == DENIED:
        return Queue.DENIED, allowed_cents or 0
    short = (allowed_cents or 0) - paid_cents - patient_cents
    return (Queue.UNDERPAID, short) if short > 0 else (None, 0)
