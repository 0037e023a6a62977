"""Payments: why a payee with a balance is not paid, and what a releaser signs."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

HELD = "held"
NO_BANK = "no_bank_details"
COOL_OFF = "cool_off"
IN_BATCH = "in_batch"
CARRIED = "carry_forward"
PRENOTE = "prenote"

SKIP_NAMES = {
    HELD: "held",
    NO_BANK: "no bank details",
    COOL_OFF: "new bank details, not usable yet",
    IN_BATCH: "in a batch that waits for release",
    CARRIED: "balance carried forward",
    PRENOTE: "account not tested yet",
}

# Reasons with which receiving banks send money back, in the words people read on a hold.
RETURN_REASONS = {
    "R01": "insufficient funds",
    "R02": "account closed",
    "R03": "no account, or it does not belong to the name",
    "R04": "the account number is not valid",
    "R06": "returned at our bank's request",
    "R10": "the receiver says it was not authorised",
    "R12": "the branch was sold to another bank",
    "R13": "the routing number is not valid",
    "R14": "the receiver or their representative has died",
    "R15": "the beneficiary has died",
    "R16": "the account is frozen",
    "R17": "the receiving bank could not process it",
    "R20": "the account takes no such payments",
    "R22": "the individual's number is not valid",
    "R23": "the receiver refused the credit",
    "R24": "duplicate entry",
    "R29": "the company did not authorise it",
    "R31": "returned by agreement of both banks",
    "R34": "the receiving bank's participation is limited",
}

# Codes with which our bank refuses a return (the payment stands), and with which the payee's bank
# contests that (the return stands). Nacha Operating Rules, Appendix Four; R62 to R66 are about
# debits and reversals, which we never send.
DISHONOURS = {
    "R61": "the return was misrouted",
    "R67": "the return came twice",
    "R68": "the return came too late",
    "R69": "the return had wrong fields",
    "R70": "the return was not one that had been asked for",
}
CONTESTS = {
    "R71": "our bank's refusal was misrouted",
    "R72": "our bank's refusal came too late",
    "R73": "the return came in time",
    "R74": "the return is corrected",
    "R75": "the return did not come twice",
    "R76": "the return has no errors",
    "R77": "our bank's refusal is not accepted",
}


@dataclass(frozen=True)
class Candidate:
    """A payee with a balance: what is owed, and what stands in the way of paying it."""

    party_id: int
    name: str
    owed_cents: int
    bank_account_id: str | None
    bank_usable_from: datetime | None
    hold_texts: tuple[str, ...]
    batch_id: int | None
    # What stands against the account while its prenote has not passed, in words.
    prenote_text: str = ""
    is_by_check: bool = False


def skip_reason(candidate: Candidate, now: datetime) -> tuple[str, str] | None:
    """Why a candidate is not paid now, as a code and in words; None if they are paid."""
    if candidate.owed_cents <= 0:
        return CARRIED, "Nothing is owed: the balance is carried to the next month."
    if candidate.hold_texts:
        return HELD, "Held: " + "; ".join(candidate.hold_texts)
    if candidate.batch_id is not None:
        return IN_BATCH, f"Already in payment batch {candidate.batch_id}, which waits for release."
    if candidate.bank_account_id is None or candidate.bank_usable_from is None:
        return NO_BANK, "No approved bank account. Propose one, and have it approved."
    if candidate.bank_usable_from > now:
        return COOL_OFF, (
            "The bank account was changed; it is paid to from "
            f"{candidate.bank_usable_from:%b %-d, %Y %H:%M} UTC."
        )
    if candidate.prenote_text:
        return PRENOTE, candidate.prenote_text
    return None


def batch_state(status: str, counts: Mapping[str, int]) -> str:
    """
    The state of a batch in words, from what became of its payments.

    `counts` says how many of its payments have each status.
    """
    if status != "released":
        return "needs approval" if status == "prepared" else status
    back = [f"{counts[name]} {name}" for name in ("returned", "void") if counts.get(name)]
    on_its_way, settled = counts.get("released", 0), counts.get("settled", 0)
    if on_its_way:
        head = "settling" if settled or back else "released"
    elif settled:
        head = "settled"
    else:
        return ", ".join(back)
    return ", ".join([head, *back])


def return_reason(code: str) -> str:
    """The words for a bank's return code; an unknown one is said as it is."""
    told = RETURN_REASONS | DISHONOURS | CONTESTS
    return told.get(code, "for a reason the bank gives only as a code")


def is_dispute_between_banks(code: str) -> bool:
    """Whether a return code is one that banks send each other about an earlier return."""
    return code[:1] == "R" and code[1:].isdigit() and 61 <= int(code[1:]) <= 77


def digest_of(lines: Iterable[tuple[int, str, int]]) -> str:
    """The signature of a batch: its payees, their bank accounts and amounts, in payee order."""
    text = "\n".join(
        f"{party_id}|{account_id}|{cents}" for party_id, account_id, cents in sorted(lines)
    )
    return hashlib.sha256(text.encode()).hexdigest()
