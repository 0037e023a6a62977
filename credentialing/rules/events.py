"""The way of a credentialing event: which step may follow which, and who has to act."""

from enum import StrEnum


class Status(StrEnum):
    """Where an event stands; what the committee does begins at LEVELED."""

    INVITED = "invited"
    APPLYING = "applying"
    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    QUEUED = "queued"
    ON_AGENDA = "on_agenda"
    APPROVED = "approved"
    APPROVED_CONDITIONS = "approved_conditions"
    DENIED = "denied"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"


WORDS = {
    Status.INVITED: "invited",
    Status.APPLYING: "application begun",
    Status.SUBMITTED: "signed, waits for a look",
    Status.INCOMPLETE: "waits for the provider",
    Status.VERIFYING: "being verified",
    Status.VERIFIED: "verified",
    Status.QUEUED: "waits for a decision",
    Status.ON_AGENDA: "on an agenda",
    Status.APPROVED: "approved",
    Status.APPROVED_CONDITIONS: "approved with conditions",
    Status.DENIED: "denied",
    Status.CLOSED: "closed",
    Status.WITHDRAWN: "withdrawn",
    Status.STOPPED: "stopped by an exclusion",
}
_S = Status
# From a status, what may follow. A stop by an exclusion and a withdrawal are always possible
# before a decision; a stop leads back to verifying once it is lifted.
AFTER: dict[Status, frozenset[Status]] = {
    _S.INVITED: frozenset({_S.APPLYING}),
    _S.APPLYING: frozenset({_S.SUBMITTED}),
    _S.SUBMITTED: frozenset({_S.INCOMPLETE, _S.VERIFYING, _S.APPLYING}),
    _S.INCOMPLETE: frozenset({_S.SUBMITTED, _S.VERIFYING, _S.APPLYING}),
    _S.VERIFYING: frozenset({_S.VERIFIED, _S.INCOMPLETE, _S.APPLYING}),
    _S.VERIFIED: frozenset({_S.QUEUED, _S.VERIFYING}),
    _S.QUEUED: frozenset({_S.ON_AGENDA, _S.APPROVED, _S.VERIFYING}),
    _S.ON_AGENDA: frozenset(
        {_S.APPROVED, _S.APPROVED_CONDITIONS, _S.DENIED, _S.QUEUED, _S.VERIFYING}
    ),
    _S.APPROVED: frozenset({_S.CLOSED}),
    _S.APPROVED_CONDITIONS: frozenset({_S.CLOSED, _S.APPROVED}),
    _S.DENIED: frozenset({_S.CLOSED}),
    _S.STOPPED: frozenset({_S.VERIFYING}),
    _S.CLOSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
DECIDED = frozenset({_S.APPROVED, _S.APPROVED_CONDITIONS, _S.DENIED})
OVER = DECIDED | {_S.CLOSED, _S.WITHDRAWN}
# While a file stands here, sources are asked and answer.
VERIFIABLE = frozenset({_S.SUBMITTED, _S.INCOMPLETE, _S.VERIFYING, _S.VERIFIED})
PROVIDER_WAITS = frozenset({_S.INVITED, _S.APPLYING, _S.INCOMPLETE})


def may_follow(now: str, then: str) -> bool:
    """Tell whether one status may follow another."""
    if Status(then) in (_S.WITHDRAWN, _S.STOPPED):
        return Status(now) not in OVER and now != then
    return Status(then) in AFTER[Status(now)]
