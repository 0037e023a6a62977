"""Bulk exports of FHIR (SMART Bulk Data Access 2.0): states of a job, and how long it waits."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

# Types that care watch reads, and those that say who did it and under which number.
TYPES = (
    *("Patient", "Coverage", "Practitioner", "Encounter", "Procedure", "Immunization"),
    *("Condition", "Observation"),
)
# After so many failures in a row nobody asks again by itself.
MOST_TRIES = 8
LEAST_WAIT, MOST_WAIT = timedelta(seconds=1), timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=10)
# An export that is not ready after so long is given up.
MOST_AGE = timedelta(days=2)


class Job(StrEnum):
    """Where an import stands."""

    ASKING = "asking"
    EXPORTING = "exporting"
    LOADING = "loading"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


JOB_WORDS = {
    Job.ASKING: "waits to be asked for",
    Job.EXPORTING: "being exported there",
    Job.LOADING: "being loaded",
    Job.DONE: "done",
    Job.FAILED: "failed",
    Job.STOPPED: "stopped",
}
LIVE = (Job.ASKING, Job.EXPORTING, Job.LOADING)


class FileKind(StrEnum):
    """What a file of an export holds."""

    OUTPUT = "output"
    DELETED = "deleted"
    ERROR = "error"


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many failures in a row: ten seconds, then twice as long each."""
    return min(FIRST_WAIT * 2 ** max(tries - 1, 0), MOST_WAIT)


def asked_wait(retry_after: str, now: datetime, other: timedelta) -> timedelta:
    """How long a server asks to wait (seconds or a date, RFC 9110 10.2.3), within our limits."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        found = timedelta(seconds=min(int(text[:9]), 10**6))
    else:
        try:
            found = parsedate_to_datetime(text) - now
        except (TypeError, ValueError):  # no date, or one without a zone
            found = other
    return max(LEAST_WAIT, min(found, MOST_WAIT))


def since_text(moment: datetime) -> str:
    """A moment as `_since` takes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
