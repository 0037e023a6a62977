"""What may become of a cycle, an order, a charge, a recall: what is absent is refused."""

from collections.abc import Mapping

from ipaportal.core.refusals import Refused

Machine = Mapping[str, Mapping[str, str]]  # status → event → next status

# Opening freezes items, prices, fees, the rule for shortages and who may take part. Closing
# freezes what was committed: it is never reopened, and all later steps read the frozen copy.
CYCLE: Machine = {
    "draft": {"announce": "announced", "cancel": "cancelled"},
    "announced": {"withdraw": "draft", "open": "open", "cancel": "cancelled"},
    "open": {
        "begin top-up": "topping_up",
        "extend": "open",
        "close": "closing",
        "miss the minimum": "failed",
        "cancel": "cancelled",
    },
    "topping_up": {
        "extend": "open",
        "close": "closing",
        "miss the minimum": "failed",
        "cancel": "cancelled",
    },
    "closing": {"award": "awarded", "miss the minimum": "failed", "cancel": "cancelled"},
    "awarded": {"award again": "closing", "order": "ordered", "cancel": "cancelled"},
    "ordered": {"receive": "received"},
    "received": {"settle": "settled"},
    "settled": {},
    "failed": {},
    "cancelled": {},
}
COMMITMENT: Machine = {
    "draft": {"submit": "submitted", "ask for approval": "needs_approval", "cancel": "cancelled"},
    "needs_approval": {"approve": "submitted", "refuse": "refused", "cancel": "cancelled"},
    "submitted": {
        "change": "submitted",
        "ask for approval": "needs_approval",
        "lock": "locked",
        "release for price": "released",
        "block": "blocked",
        "cancel": "cancelled",
    },
    # A gate that a practice does not pass any more takes it out until the order is sent.
    "locked": {"block": "blocked", "fulfil": "fulfilled", "cut short": "short"},
    "released": {},
    "refused": {},
    "blocked": {},
    "fulfilled": {},
    "short": {},
    "cancelled": {},
}
PURCHASE_ORDER: Machine = {
    "draft": {"approve": "approved", "cancel": "cancelled"},
    "approved": {"send": "sent", "change": "draft", "cancel": "cancelled"},
    "sent": {
        "acknowledge": "acknowledged",
        "question": "questioned",
        "refuse": "refused",
        "receive part": "part_received",
        "receive": "received",
        "amend": "approved",
        "cancel": "cancelled",
    },
    # A price, a quantity or an item that the supplier changed waits for a person.
    "questioned": {"accept": "acknowledged", "amend": "approved", "cancel": "cancelled"},
    "acknowledged": {
        "question": "questioned",
        "receive part": "part_received",
        "receive": "received",
        "amend": "approved",
        "cancel": "cancelled",
    },
    "part_received": {"receive part": "part_received", "receive": "received"},
    "received": {"match": "matched"},
    "matched": {"close": "closed"},
    "refused": {},
    "closed": {},
    "cancelled": {},
}
RECEIPT_LINE: Machine = {
    "expected": {
        "take in": "received",
        "find short": "short",
        "find over": "over",
        "find damaged": "damaged",
        "find wrong": "wrong",
        "find too warm": "quarantined",
    },
    "quarantined": {"release": "received", "destroy": "destroyed", "send back": "returned"},
    "short": {"settle": "resolved"},
    "over": {"take in": "received", "send back": "returned"},
    "damaged": {"send back": "returned", "destroy": "destroyed"},
    "wrong": {"send back": "returned", "take in": "received"},
    "received": {"quarantine": "quarantined", "send back": "returned"},
    "returned": {"settle": "resolved"},
    "destroyed": {"settle": "resolved"},
    "resolved": {},
}
RECALL_MATCH: Machine = {
    "suggested": {"confirm": "confirmed", "dismiss": "dismissed"},
    "confirmed": {"notify": "notified"},
    "notified": {"acknowledge": "acknowledged", "report": "reported"},
    "acknowledged": {"report": "reported"},
    "reported": {"correct": "reported", "quarantine": "quarantined", "close": "closed"},
    "quarantined": {"return": "closed", "destroy": "closed"},
    "dismissed": {"confirm": "confirmed"},
    "closed": {},
}
CHARGE: Machine = {
    "estimated": {"post": "posted", "drop": "dropped"},
    "posted": {
        "dispute": "disputed",
        "invoice": "invoiced",
        "net": "netted",
        "pay": "paid",
        "reverse": "reversed",
    },
    "disputed": {"uphold": "reversed", "settle": "posted"},
    "invoiced": {"dispute": "disputed", "pay": "paid", "reverse": "reversed"},
    "netted": {"reverse": "reversed", "dispute": "disputed"},
    "paid": {"reverse": "reversed"},
    "reversed": {},
    "dropped": {},
}


class NotAllowed(Refused):
    """The thing is in a state in which this cannot happen."""

    def __init__(self, status: str, event: str, machine: Machine) -> None:
        possible = list(machine.get(status, {}))
        hint = f"What can happen next: {', '.join(possible)}." if possible else "This is final."
        super().__init__(
            f"It is {status.replace('_', ' ')}, so “{event}” is not possible. "
            f"Nothing was changed. {hint}"
        )
        self.status, self.event = status, event


def after(status: str, event: str, machine: Machine) -> str:
    """
    Give the state that follows an event.

    :raises NotAllowed: if the event cannot happen in this state
    """
    following = machine.get(status, {}).get(event)
    if following is None:
        raise NotAllowed(status, event, machine)
    return following
