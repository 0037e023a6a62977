"""Returns: whether a line of the bank's file is applied, and if not, why and what to do."""

from dataclasses import dataclass

from capitation.rules.payments import CONTESTS, DISHONOURS, is_dispute_between_banks

CHANGE, NO_RECORD, DISPUTE = "change", "no_record", "dispute"
UNKNOWN, AMOUNT, BACK, VOID = "unknown", "amount", "back", "void"
PROPOSED, UNREADABLE, SAME, REPLACED = "proposed", "unreadable", "same", "replaced"
OTHER_CHANGE, NO_DETAILS = "other_change", "no_details"
NOT_BACK, OTHER_CODE, SETTLED_AGAIN, STANDS = "not_back", "other_code", "again", "stands"


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
        "Ask the payee at a number you knew before. Then propose the details as the bank wrote "
        "them, or close this.",
    ),
    PROPOSED: Wait(
        "correction proposed",
        "The bank says that the payee's details changed. A correction is proposed.",
        "Another person approves or rejects it; that ends this line too.",
    ),
    UNREADABLE: Wait(
        "correction not readable",
        "The bank's corrected details are not such as its code asks for.",
        "Ask the bank what it means, propose the details by hand, then close this.",
    ),
    SAME: Wait(
        "nothing to correct",
        "The payee's details are already as the bank says.",
        "If nothing else is left to do, close this.",
    ),
    REPLACED: Wait(
        "account no longer used",
        "The payee is not paid to the account any more that this notice is about.",
        "Compare it with the details in use; if nothing is left to do, close this.",
    ),
    OTHER_CHANGE: Wait(
        "another change waits",
        "The bank says that the details changed, and another change of them waits for a second "
        "person.",
        "Have that one approved or rejected, then propose this one or close it.",
    ),
    NO_DETAILS: Wait(
        "nothing in the bank details",
        "The bank asks for a change of something else than the payee's bank details.",
        "Ask the bank whether you have to do anything, then close this.",
    ),
    NOT_BACK: Wait(
        "no return to speak of",
        "The banks write about a return of this payment, and here it has not come back.",
        "Read the return first, then apply this line. If there was none, ask the bank.",
    ),
    OTHER_CODE: Wait(
        "another return",
        "The banks write about a return with another code than the one that came.",
        "Ask the bank which return it means, then close this.",
    ),
    SETTLED_AGAIN: Wait(
        "settled between the banks before",
        "What this line says was booked before; it is booked once, not twice.",
        "If the bank sent it twice, nothing is left to do: close this.",
    ),
    STANDS: Wait(
        "return refused before",
        "Our bank refused the return of this payment, so the payment stands.",
        "If the payee's bank insists, it contests that with another code. Ask, then close this.",
    ),
    NO_RECORD: Wait(
        "neither a return nor a notice",
        "The line says neither that a payment came back nor that details changed.",
        "Ask the bank what it is, then close this with the answer.",
    ),
    DISPUTE: Wait(
        "a dispute between banks",
        "Banks write each other with this code about an earlier return.",
        "Ask the bank whether money moves, then close this.",
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


@dataclass(frozen=True)
class Sent:
    """What a line is about: where the payment stands, its amount, and what the banks said."""

    status: str
    cents: int
    return_code: str = ""
    is_dishonoured: bool = False
    is_contested: bool = False


def kind_of(code: str) -> str:
    """What a record of type 99 is: a return, our bank's refusal of one, or a contest of that."""
    if code in DISHONOURS:
        return "dishonour"
    return "contest" if code in CONTESTS else "return"


def why_dispute_waits(kind: str, cents: int, stated_code: str, sent: Sent | None) -> str:
    """
    Why the refusal of a return (or a contest of it) is not applied; empty if it is.

    `stated_code` is the two digits of the return's own code, as the record repeats it.
    """
    if sent is None:
        return UNKNOWN
    if cents != sent.cents:
        return AMOUNT
    if sent.is_contested or (kind == "dishonour" and sent.is_dishonoured):
        return SETTLED_AGAIN
    came_back = sent.is_dishonoured if kind == "contest" else sent.status == "returned"
    if not came_back:
        return NOT_BACK
    if stated_code.strip() and f"R{stated_code}" != sent.return_code:
        return OTHER_CODE
    return ""


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
