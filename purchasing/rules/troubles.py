"""
What may be wrong with what came, who does what about it, and which quantities may go back.

A trouble is reported once and never changed; each step of it is added. What is kept apart (too
warm, without its papers, suspect) is neither taken in nor charged before somebody releases it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ipaportal.core.money import dollars, round_cents
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from purchasing.rules.gates import STORAGE_CELSIUS
from purchasing.rules.lifecycle import Machine, after


class Kind(StrEnum):
    SHORT = "short"
    OVER = "over"
    DAMAGED = "damaged"
    WRONG = "wrong"
    WARM = "warm"
    SHORT_DATED = "short_dated"
    PAPERS = "papers"
    GATE = "gate"
    SUSPECT = "suspect"
    RETURN = "return"


NAMES: Mapping[str, str] = {
    Kind.SHORT: "fewer came than announced",
    Kind.OVER: "more came than ordered",
    Kind.DAMAGED: "damaged",
    Kind.WRONG: "not what was ordered",
    Kind.WARM: "too warm or too cold",
    Kind.SHORT_DATED: "expires soon",
    Kind.PAPERS: "without its transaction statement",
    Kind.GATE: "may not be taken in",
    Kind.SUSPECT: "suspect product",
    Kind.RETURN: "we want to return it",
}
# Kept apart until somebody decides: not counted as come, not charged, still owed.
HELD = frozenset({Kind.WARM, Kind.PAPERS, Kind.GATE, Kind.SUSPECT})
# What a person at the box reports; the rest comes of counting, or is asked for later.
REPORTED = (Kind.DAMAGED, Kind.WRONG, Kind.SHORT, Kind.OVER, Kind.WARM, Kind.PAPERS, Kind.GATE,
            Kind.SUSPECT)  # fmt: skip

_BACK = {
    "authorised": {"ship": "shipped", "credit": "credited", "refuse": "refused",
                   "withdraw": "withdrawn"},
    "shipped": {"credit": "credited", "refuse": "refused"},
    "accepted": {}, "credited": {}, "refused": {}, "withdrawn": {},
}  # fmt: skip
_DAMAGE: Machine = {
    "open": {"accept": "accepted", "authorise": "authorised", "credit": "credited",
             "refuse": "refused", "withdraw": "withdrawn"},
    **_BACK,
}  # fmt: skip
_SHORT: Machine = {
    "open": {"accept": "accepted", "credit": "credited", "withdraw": "withdrawn"},
    "accepted": {}, "credited": {}, "withdrawn": {},
}  # fmt: skip
# What is over is never taken in on a line that has all it ordered: it goes back, or is refused.
_OVER: Machine = {
    "open": {"authorise": "authorised", "refuse": "refused", "withdraw": "withdrawn"}, **_BACK,
}  # fmt: skip
_RETURN: Machine = {
    "open": {"authorise": "authorised", "refuse": "refused", "withdraw": "withdrawn"}, **_BACK,
}  # fmt: skip
# Of what is kept apart nobody takes the report back: only a decision lets it go.
_HELD: Machine = {
    "open": {"accept": "accepted", "authorise": "authorised", "credit": "credited"},
    "authorised": {"ship": "shipped", "credit": "credited"},
    "shipped": {"credit": "credited", "refuse": "refused"},
    "accepted": {}, "credited": {}, "refused": {},
}  # fmt: skip
# 21 U.S.C. 360eee-1(d)(4): quarantine, investigate; what is illegitimate is told to FDA.
_SUSPECT: Machine = {
    "open": {"accept": "accepted", "find": "illegitimate"},
    "illegitimate": {"tell": "told"},
    "told": {"destroy": "destroyed"},
    "accepted": {}, "destroyed": {},
}  # fmt: skip
_SHORT_DATED: Machine = {
    "open": {"accept": "accepted", "refuse": "refused"}, "accepted": {}, "refused": {},
}  # fmt: skip
MACHINES: Mapping[str, Machine] = {
    Kind.SHORT: _SHORT, Kind.OVER: _OVER, Kind.DAMAGED: _DAMAGE, Kind.WRONG: _DAMAGE,
    Kind.WARM: _HELD, Kind.PAPERS: _HELD, Kind.GATE: _HELD, Kind.SUSPECT: _SUSPECT,
    Kind.SHORT_DATED: _SHORT_DATED, Kind.RETURN: _RETURN,
}  # fmt: skip
OF_PRACTICE = frozenset({"ship", "withdraw"})
FINAL = frozenset({"accepted", "credited", "refused", "withdrawn", "destroyed"})
# States in which packs of a receipt are on their way back, or went: they cannot go twice.
GOING_BACK = frozenset({"open", "authorised", "shipped", "credited"})
# States in which they left the office, so that a package by its serial may come again.
GONE = frozenset({"shipped", "credited"})
STATES = ("open", "authorised", "shipped", "illegitimate", "told", *sorted(FINAL))
# What a step is about, where it has a number: the authorisation, the parcel, the credit memo.
REFERENCES: Mapping[str, str] = {
    "authorise": "the return's number (RMA)",
    "ship": "carrier and tracking number",
    "credit": "the credit memo's number",
    "tell": "FDA's incident number (Form FDA 3911)",
}

TELL_WITHIN = timedelta(hours=24)
TELL_CITATION = "21 U.S.C. 360eee-1(d)(4)(B)(ii), Form FDA 3911 (own knowledge, unverified)"


class BadTrouble(Refused):
    """A report that does not say what it has to."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded.")


class StepMisses(Refused):
    """A step without the number or the words that make it one."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Say {what}. Nothing was changed: whoever looks at it later needs it.")


def next_state(kind: str, state: str, event: str) -> str:
    """
    The state that follows an event.

    :raises NotAllowed: if it cannot happen
    """
    return after(state, event, MACHINES[kind])


def events_of(kind: str, state: str, *, is_practice: bool) -> list[str]:
    """What somebody may do next."""
    possible = MACHINES[kind].get(state, {})
    return [one for one in possible if (one in OF_PRACTICE) == is_practice]


def check_step(event: str, reference: str, text: str) -> None:
    """
    Demand what each step needs to be one.

    :raises StepMisses: if it is not there
    """
    if event in REFERENCES and not reference.strip():
        raise StepMisses(REFERENCES[event])
    if event not in REFERENCES and not text.strip():
        raise StepMisses("why, in a few words")


def left_to_return(packs: int, going: Iterable[tuple[int, str]]) -> int:
    """How many packs of a receipt may still go back: (packs, state) of each return of it."""
    return packs - sum(many for many, state in going if state in GOING_BACK)


def check_temperature(storage: str, lowest: Decimal | None, highest: Decimal | None) -> str:
    """
    Say how far a reading lies outside what an item is kept at.

    :raises BadTrouble: if there is no reading, or it lies within
    """
    low, high = STORAGE_CELSIUS[storage]
    if lowest is None and highest is None:
        raise BadTrouble("Give the lowest or the highest reading, as the indicator shows it.")
    if lowest is not None and highest is not None and lowest > highest:
        raise BadTrouble("The lowest reading is above the highest.")
    readings = [one for one in (lowest, highest) if one is not None]
    if all(low <= one <= high for one in readings):
        raise BadTrouble(
            f"{celsius(low)} to {celsius(high)} °C is what it is kept at, and the reading lies "
            "within: take it in."
        )
    worst = max(readings, key=lambda one: max(low - one, one - high))
    beyond, side = (worst - high, "above") if worst > high else (low - worst, "below")
    return f"{celsius(beyond)} °C {side} {celsius(low)} to {celsius(high)} °C"


def celsius(number: Decimal | int) -> str:
    """A temperature with a true minus."""
    return f"{Decimal(number).normalize():f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class CreditParts:
    """What a credit does: what is not owed any more, and what was taken for it and goes back."""

    cents: int
    given_back_cents: int


def credit_of(
    packs: int, price: Decimal, charge_cents: int, credited: int, taken: int
) -> CreditParts:
    """
    What packs that went back come to: at their price, and never more than is left of the charge.

    Freight is not given back with a pack: it was carried.
    """
    assert 0 <= credited <= charge_cents
    cents = min(round_cents(price * packs), charge_cents - credited)
    owed = charge_cents - credited - cents
    return CreditParts(cents, max(0, taken - owed))


def tell_by(found_at: datetime) -> datetime:
    """By when FDA and the trading partners are told of an illegitimate product."""
    return found_at + TELL_WITHIN


def consequence(kind: str, event: str, packs: int, cents: int, *, is_ours: bool) -> str:
    """
    What follows from a step, as whoever takes it reads it before.

    `cents` is what the packs cost; `is_ours` says whether the IPA charges them, not the supplier.
    """
    many = plural(packs, "pack")
    amount = f"${dollars(cents)}"
    if event == "accept":
        if kind in HELD:
            charged = (
                f"and charged ({amount})" if is_ours else f"({amount}, billed by the supplier)"
            )
            return f"Release: {many} may be used, count as come {charged}"
        return {
            Kind.SHORT: f"Noted: {many} still come",
            Kind.SHORT_DATED: "Keep it as it is",
        }.get(kind, f"Noted: {many} are replaced and still expected")
    if event == "credit":
        if kind == Kind.RETURN:
            return (
                f"Credit {amount}: so much less is owed, and what was taken for it goes back"
                if is_ours
                else f"The supplier credits the practice {amount}"
            )
        if kind == Kind.OVER:
            return "It went back; nothing was charged for it"
        return f"The supplier credits it: {many} are not expected any more"
    return {
        "authorise": "Let it go back, under the return's number",
        "refuse": "Refuse",
        "ship": "It was shipped",
        "withdraw": "Take the report back",
        "find": "It is illegitimate: FDA and the trading partners are told within 24 hours",
        "tell": "FDA was told",
        "destroy": "It was destroyed",
    }[event]
