"""The steps that turnaround is told by: which status counts for which, and what is left out."""

from credentialing.rules.events import Status

STEPS = {
    "look": "Looked through",
    "verify": "Verified",
    "hand_on": "Handed on",
    "decide": "Waited for a decision",
    "stopped": "Stopped by an exclusion",
    "whole": "Complete application to decision",
    "provider": "Back with the provider (not counted)",
}
# The steps that add up to the whole; what the provider kept is none of them.
PARTS = ("look", "verify", "hand_on", "decide", "stopped")
STEP_OF_STATUS: dict[Status, str] = {
    Status.SUBMITTED: "look",
    Status.VERIFYING: "verify",
    Status.VERIFIED: "hand_on",
    Status.QUEUED: "decide",
    Status.ON_AGENDA: "decide",
    Status.STOPPED: "stopped",
    Status.INCOMPLETE: "provider",
    Status.APPLYING: "provider",
    Status.INVITED: "provider",
}
