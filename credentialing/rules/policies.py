"""What the IPA itself decides about its network: dated rows; the newest that has begun holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from credentialing.rules.provider_types import BY_CODE

DIRECTORY, SUPERVISION = "directory", "supervision"
TOPICS = {
    DIRECTORY: "the directory is public",
    SUPERVISION: "a physician has to be named",
}
SUPERVISION_NOTE = (
    "Which kinds need a supervising or collaborating physician is state law. No state's rule is in "
    "the portal, for none was verified: the IPA says what it requires, by state and kind, from "
    "which day, and on what it rests."
)
DIRECTORY_NOTE = (
    "Off until somebody switches it on. Then everybody may search the network without signing in; "
    "of people it shows what a directory shows, and nothing else."
)


@dataclass(frozen=True)
class Policy:
    """One decision: about what, where and of whom, on or off from a day."""

    topic: str
    is_on: bool
    from_date: date
    state: str = ""
    provider_type: str = ""


def in_force(rows: Iterable[Policy], day: date) -> dict[tuple[str, str, str], Policy]:
    """The newest decision by a day about each thing; of one day the later row."""
    found: dict[tuple[str, str, str], Policy] = {}
    for row in rows:
        key = (row.topic, row.state, row.provider_type)
        if row.from_date <= day and (key not in found or row.from_date >= found[key].from_date):
            found[key] = row
    return found


def supervised_states(rows: Iterable[Policy], kind: str, day: date) -> set[str]:
    """In which states somebody of a kind has to name a physician."""
    if kind not in BY_CODE or not BY_CODE[kind].is_supervised:
        return set()
    return {
        state
        for (topic, state, of_kind), row in in_force(rows, day).items()
        if topic == SUPERVISION and of_kind == kind and row.is_on
    }


def is_public(rows: Iterable[Policy], day: date) -> bool:
    """Whether the directory is open to everybody; nobody said so means no."""
    row = in_force(rows, day).get((DIRECTORY, "", ""))
    return row is not None and row.is_on


def fault_of(topic: str, state: str, kind: str) -> str:
    """Say why a decision cannot be meant; empty if it can."""
    if topic == DIRECTORY:
        return "the directory is one, for all states and kinds" if state or kind else ""
    if len(state) != 2 or not state.isalpha():
        return "say the state by its two letters"
    if kind not in BY_CODE or not BY_CODE[kind].is_supervised:
        return "say a kind of practitioner that may be supervised"
    return ""
