"""What may become of a run, a payment, a file: state tables; what is absent is refused."""

from collections.abc import Mapping

from ipaportal.core.refusals import Refused

Machine = Mapping[str, Mapping[str, str]]  # status → event → next status

# Calculating again is how an approval is taken back and how a failed run is tried again.
RUN: Machine = {
    "open": {"calculate": "calculated", "fail": "failed", "cancel": "cancelled"},
    "calculated": {
        "calculate": "calculated",
        "approve": "approved",
        "fail": "failed",
        "cancel": "cancelled",
        "calculate again": "open",
    },
    "approved": {
        "calculate": "calculated",
        "post": "posted",
        "fail": "failed",
        "cancel": "cancelled",
        "calculate again": "open",
    },
    "failed": {
        "calculate": "calculated",
        "fail": "failed",
        "cancel": "cancelled",
        "calculate again": "open",
    },
    "posted": {},
    "cancelled": {},
}
PAYMENT: Machine = {
    "prepared": {"release": "released", "void": "void"},
    "released": {"settle": "settled", "return": "returned", "void": "void"},
    # A bank may return a payment days after it settled.
    "settled": {"return": "returned"},
    "returned": {},
    "void": {},
}
FILE: Machine = {
    "received": {
        "parse": "parsed",
        "apply": "applied",
        "reject": "rejected",
        "quarantine": "quarantined",
        "duplicate": "duplicate",
    },
    "parsed": {"apply": "applied", "reject": "rejected", "quarantine": "quarantined"},
    "quarantined": {"apply": "applied", "reject": "rejected"},
    "applied": {},
    "rejected": {},
    "duplicate": {},
}
WORDS = {"calculated": "calculated and needs approval", "open": "waiting to be calculated"}
# Once posted, a run is corrected by the next one only.
POSTED = frozenset({"posted"})


class NotAllowed(Refused):
    """The thing is in a state in which this cannot happen."""

    def __init__(self, status: str, event: str, machine: Machine) -> None:
        possible = [name.replace("_", " ") for name in machine.get(status, {})]
        hint = f"What can happen next: {', '.join(possible)}." if possible else "This is final."
        super().__init__(
            f"It is {WORDS.get(status, status)}, so “{event}” is not possible. "
            f"Nothing was changed. {hint}"
        )
        self.status, self.event = status, event


def after(status: str, event: str, machine: Machine = RUN) -> str:
    """
    Give the state that follows an event.

    :raises NotAllowed: if the event cannot happen in this state
    """
    following = machine.get(status, {}).get(event)
    if following is None:
        raise NotAllowed(status, event, machine)
    return following
