"""
Who may buy under which contract: a practice gets a contract's price once the supplier loaded it.

Prices are claimed wrongly where a practice buys before its supplier knows of it, so eligibility
is asked before the price: from a day on, until a day, and by name.
"""

from dataclasses import dataclass
from datetime import date

from ipaportal.core.spans import Span, contains
from purchasing.rules.gates import Refusal
from purchasing.rules.lifecycle import Machine

EVERYBODY, NAMED = "everybody", "named"
NOT_ASKED = "not_asked"
# Verified is whoever was invoiced at the contract's price once. A contract whose roster names a
# practice already is loaded without being asked for.
ELIGIBILITY: Machine = {
    NOT_ASKED: {"ask": "asked", "load": "loaded"},
    "asked": {"send": "sent", "load": "loaded", "decline": "declined"},
    "sent": {"accept": "accepted", "load": "loaded", "decline": "declined"},
    "accepted": {"load": "loaded", "decline": "declined"},
    "loaded": {"verify": "verified", "end": "ended"},
    "verified": {"end": "ended"},
    "declined": {"ask": "asked", "load": "loaded"},
    "ended": {"ask": "asked", "load": "loaded"},
}
EVENTS = {
    "ask": "are asked for",
    "send": "were sent to the supplier",
    "accept": "were accepted by the supplier",
    "load": "are loaded, and may buy from the day below on",
    "verify": "were invoiced at the contract's price",
    "decline": "were declined by the supplier",
    "end": "may buy no more from the day below on",
}
_NEXT = {
    NOT_ASKED: "Ask for it in the shop under Contracts; the IPA takes it to the supplier.",
    "asked": "It was asked for: the IPA sends it to the supplier. Ask the IPA how far it is.",
    "sent": "The supplier has not answered yet. Ask the IPA to remind it.",
    "accepted": "The supplier accepted, and has not loaded the prices yet. Ask the IPA when.",
    "declined": "The supplier declined. Ask the IPA why, or buy from it on your own account.",
    "ended": "Ask for it again in the shop under Contracts.",
}


@dataclass(frozen=True, slots=True)
class Access:
    """How a practice stands with a contract: whether it has to be named, and since when it is."""

    contract: str
    is_named_only: bool
    state: str = NOT_ASKED
    span: Span | None = None
    """The days on which it may buy, once the supplier loaded it."""


def may_buy(access: Access, day: date) -> bool:
    """Whether a practice may buy under a contract on a day."""
    return not access.is_named_only or (access.span is not None and contains(access.span, day))


def not_eligible(access: Access, practice: str, day: date) -> Refusal | None:
    """Why a practice may not buy under a contract on a day, and what to do; None if it may."""
    if may_buy(access, day):
        return None
    span = access.span
    if span is not None and day < span.start:
        reason = f"{practice} may buy under {access.contract} from {_day(span.start)} on."
        step = "Wait for that day, or ask the IPA for an earlier one."
    elif span is not None and span.end is not None:
        reason = f"{practice} may not buy under {access.contract} since {_day(span.end)}."
        step = _NEXT.get(access.state, _NEXT["ended"])
    else:
        reason = f"{practice} is not among those who may buy under {access.contract}."
        step = _NEXT[access.state]
    return Refusal("not_eligible", reason, step)


def _day(day: date) -> str:
    return f"{day:%b %-d, %Y}"
