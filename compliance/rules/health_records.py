"""
Records of EHRs: which version of a resource counts, and whose records a patient's are.

A patient of a source is never merged with anybody. Their records are a member's by a number and a
birth date that agree, or because somebody looked and said so; and that can be taken back.
"""

import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Told:
    """What a patient's or a coverage's resource tells of who somebody is; days as 2026-01-31."""

    last_name: str = ""
    first_name: str = ""
    birth_date: str = ""
    sex: str = ""
    mbis: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


class Arrival(StrEnum):
    """What a line of a file is beside what is known of its resource."""

    ADDED = "added"
    CHANGED = "changed"  # newer than what is known, which it supersedes
    KNOWN = "known"  # the very same, which is not kept twice
    OLDER = "older"  # older than what is known: kept, and does not count


@dataclass(frozen=True, slots=True)
class Version:
    """How a source tells versions of a resource apart, and the hash of the line."""

    sha256: str
    version: str = ""
    updated_at: datetime | None = None


def arrival(sent: Version, known: Version | None, hashes: Set[str] = frozenset()) -> Arrival:
    """
    What a resource is that came; `hashes` are those of every version that was kept before.

    The moment of the last update decides, else the number of the version, else that it came later.
    """
    if known is None:
        return Arrival.KNOWN if sent.sha256 in hashes else Arrival.ADDED
    if sent.sha256 == known.sha256 or sent.sha256 in hashes:
        return Arrival.KNOWN
    if sent.updated_at and known.updated_at and sent.updated_at != known.updated_at:
        return Arrival.CHANGED if sent.updated_at > known.updated_at else Arrival.OLDER
    if sent.version.isdecimal() and known.version.isdecimal():
        return Arrival.OLDER if int(sent.version) < int(known.version) else Arrival.CHANGED
    return Arrival.CHANGED


class State(StrEnum):
    """Where a patient of a source stands."""

    UNMATCHED = "unmatched"
    PROPOSED = "proposed"
    MATCHED = "matched"
    STRANGER = "stranger"


WORDS = {
    State.UNMATCHED: "not matched",
    State.PROPOSED: "to be confirmed",
    State.MATCHED: "matched",
    State.STRANGER: "no member",
}
WAITING = (State.PROPOSED, State.UNMATCHED)


class Step(StrEnum):
    """What happened to a patient's match."""

    BY_NUMBER = "by_number"
    PROPOSED = "proposed"
    NOT_FOUND = "not_found"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    TAKEN_BACK = "taken_back"


STEPS = {
    Step.BY_NUMBER: "matched by number and birth date",
    Step.PROPOSED: "proposed",
    Step.NOT_FOUND: "not found",
    Step.CONFIRMED: "confirmed by a person",
    Step.DENIED: "said to be no member",
    Step.TAKEN_BACK: "taken back",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is, as a source or a plan has it."""

    last_name: str = ""
    first_name: str = ""
    birth_date: date | None = None
    sex: str = ""

    @property
    def key(self) -> tuple[str, date, str] | None:
        """What has to be the same for two to be taken for one; None if something is missing."""
        name = name_key(self.last_name, self.first_name)
        whole = name and self.birth_date is not None and self.sex
        return (name, self.birth_date, self.sex) if whole else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rule says of a patient, and why."""

    state: State
    step: Step
    member_id: int | None
    why: str


def name_key(last_name: str, first_name: str) -> str:
    """A name as it is compared: letters and digits, without accents, in lower case."""
    parts = []
    for text in (last_name, first_name):
        plain = unicodedata.normalize("NFKD", text).casefold()
        parts.append("".join(c for c in plain if c.isalnum()))
    return " ".join(parts) if all(parts) else ""


def outcome(
    patient: Person,
    by_number: Set[int],
    by_name: Set[int],
    people: Mapping[int, Person],
    taken: Set[int],
) -> Outcome:
    """
    Whose records a patient's are.

    `by_number` are members under an MBI or plan number of theirs, `by_name` those of the same name,
    birth date and sex, `people` who these are, and `taken` those whose another patient of the same
    source already is.
    """
    if len(by_number) > 1:
        return _not_found("their numbers are those of several members")
    if by_number:
        (member,) = by_number
        person = people.get(member)
        if member in taken:
            return _proposed(member, "another patient of this source is this member already")
        if person is None or patient.birth_date is None or person.birth_date is None:
            return _proposed(member, "the number is this member's; a birth date is missing")
        if person.birth_date != patient.birth_date:
            return _proposed(member, "the number is this member's, but the birth date is another")
        return Outcome(State.MATCHED, Step.BY_NUMBER, member, "number and birth date agree")
    if len(by_name) > 1:
        return _not_found("several members have this name, birth date and sex")
    if by_name:
        (member,) = by_name
        also = "; another patient of this source is them already" if member in taken else ""
        return _proposed(member, f"name, birth date and sex agree; no number does{also}")
    return _not_found("no member has their number, or their name, birth date and sex")


def _proposed(member: int, why: str) -> Outcome:
    return Outcome(State.PROPOSED, Step.PROPOSED, member, why)


def _not_found(why: str) -> Outcome:
    return Outcome(State.UNMATCHED, Step.NOT_FOUND, None, why)
