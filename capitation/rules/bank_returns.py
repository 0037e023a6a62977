"""Returns: whether a line of the bank's file is applied, and if not, why and what to do."""

from dataclasses import dataclass

from capitation.rules.payments import is_dispute_between_banks

CHANGE, NO_RECORD, DISPUTE = "change", "no_record", "dispute"
UNKNOWN, AMOUNT, BACK, VOID = "unknown", "amount", "back", "void"


@dataclass(frozen=True)
class Wait:
    """Why a line waits, in a word and in a sentence, and what ends it."""

    name: str
    what: str
    to_do: str


WAITS = {
    CHANGE: Wait(
        "changed bank details",
        "The bank says that the payee's details changed. The payment itself did not come back.",
        "Ask the payee at a number you knew before, propose the new details, then close this.",
    ),
    NO_RECORD: Wait(
        "neither a return nor a notice",
        "The line says neither that a payment came back nor that details changed.",
        "Ask the bank what it is, then close this with the answer.",
    ),
    DISPUTE: Wait(
        "a dispute between banks",
        "Banks write each other with this code about an earlier return.",
        "Ask the bank whether money moves. If it does, it sends a return; then close this.",
    ),
    UNKNOWN: Wait(
        "trace number not known",
        "No payment of this portal has this trace number.",
        "Look for it in the bank's statement and ask the bank whose it is, then close this.",
    ),
    AMOUNT: Wait(
        "another amount",
        "The payment of this trace number is of another amount.",
        "Ask the bank for a correct return, then close this.",
    ),
    BACK: Wait(
        "came back before",
        "This payment came back already; it is owed again once, not twice.",
        "If the bank sent it twice, nothing is left to do: close this.",
    ),
    VOID: Wait(
        "made void",
        "The payment was made void here, so its money is owed again already.",
        "If the bank stopped it, close this. If the bank paid it first, say so at the payment, "
        "then apply this line.",
    ),
}


def why_waiting(
    kind: str, code: str, cents: int, status: str | None, payment_cents: int | None
) -> str:
    """
    Why a line is not applied; empty if it is.

    `status` and `payment_cents` are those of the payment with the line's trace number, if any.
    """
    if kind == "other":
        return NO_RECORD
    if kind == "return" and is_dispute_between_banks(code):
        return DISPUTE
    if status is None:
        return UNKNOWN
    if kind == "change":
        return CHANGE
    if cents != payment_cents:
        return AMOUNT
    if status in ("released", "settled"):
        return ""
    return BACK if status == "returned" else VOID
