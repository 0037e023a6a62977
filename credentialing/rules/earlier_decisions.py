"""Decisions of others that come with the people they are about: which can be taken over."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from credentialing.rules.decisions import next_due
from credentialing.rules.windows import standing_on
from ipaportal.core.words import day_text

# What a list may call a decision; a denial is no standing that somebody could bring along.
OUTCOMES = {
    "approved": "approved",
    "approve": "approved",
    "credentialed": "approved",
    "recredentialed": "approved",
    "approved with conditions": "approved_conditions",
    "approved_conditions": "approved_conditions",
    "conditional": "approved_conditions",
}
DENIALS = frozenset({"denied", "denial", "terminated", "declined", "withdrawn"})


@dataclass(frozen=True)
class Earlier:
    """A decision as somebody else took it: never one of our committee."""

    npi: str
    outcome: str
    decided_date: date
    next_due_date: date
    committee: str
    initial_date: date | None = None


class Basis(StrEnum):
    """On what a facility was taken: one of the three that NCQA CR 7 asks for."""

    ACCREDITATION = "accreditation"
    SURVEY = "survey"
    VISIT = "visit"


# What a list may call each of them.
BASES = {
    "accreditation": Basis.ACCREDITATION,
    "accredited": Basis.ACCREDITATION,
    "survey": Basis.SURVEY,
    "cms survey": Basis.SURVEY,
    "state survey": Basis.SURVEY,
    "visit": Basis.VISIT,
    "site visit": Basis.VISIT,
}


@dataclass(frozen=True)
class Place:
    """A facility as a list says what it is, and on what it was taken."""

    kind: str
    legal_name: str
    dba_name: str
    tin: str
    line: str
    city: str
    state: str
    zip_code: str
    phone: str
    basis: Basis
    basis_by: str
    basis_date: date
    basis_number: str = ""
    basis_expires: date | None = None

    @property
    def basis_words(self) -> str:
        """On what it was taken, as a sentence."""
        day = day_text(self.basis_date)
        if self.basis is Basis.ACCREDITATION:
            until = f" until {day_text(self.basis_expires)}" if self.basis_expires else ""
            return f"accredited by {self.basis_by} from {day}{until}"
        what = "surveyed" if self.basis is Basis.SURVEY else "visited"
        return f"{what} by {self.basis_by} on {day}, passed"


@dataclass(frozen=True)
class EarlierRow:
    """One line that can be read: of a facility with what the line says of the place."""

    line_no: int
    decision: Earlier
    place: Place | None = None


@dataclass(frozen=True)
class LeftOut:
    """A line that cannot be used: which, and why."""

    line_no: int
    reason: str


def outcome_of(word: str) -> str:
    """What a list calls a decision, as we call it; empty if it is none we know."""
    return OUTCOMES.get(" ".join(word.casefold().split()), "")


def fault_of(one: Earlier, today: date) -> str:
    """Why a decision cannot be taken over; empty if it can."""
    if one.decided_date > today:
        return f"decided on {day_text(one.decided_date)}, which is still to come"
    if one.initial_date is not None and one.initial_date > one.decided_date:
        return f"first credentialed on {day_text(one.initial_date)}, after the decision"
    if one.next_due_date <= one.decided_date:
        return "due again before it was decided"
    latest = next_due(one.decided_date)
    if one.next_due_date > latest:
        return (
            f"due again on {day_text(one.next_due_date)}, after {day_text(latest)}: "
            "36 months are the most (NCQA CR 4)"
        )
    return ""


def fault_of_basis(place: Place, decided_date: date) -> str:
    """Why a facility cannot have been taken on what a line says; empty if it can."""
    if place.basis_date > decided_date:
        return f"the {place.basis} is of {day_text(place.basis_date)}, after the decision"
    if place.basis is not Basis.ACCREDITATION:
        standing = standing_on("survey", place.basis_date, None, decided_date)
        return "" if standing.holds else f"the {place.basis} {standing.reason} (NCQA CR 7)"
    if place.basis_expires is None:
        return "an accreditation needs its last day"
    if place.basis_expires < decided_date:
        return f"the accreditation ended on {day_text(place.basis_expires)}, before the decision"
    return ""


def is_over(next_due_date: date, today: date) -> bool:
    """Whether somebody's recredentialing was due before today: its last day is good."""
    return next_due_date < today
