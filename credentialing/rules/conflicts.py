"""Conflicts of interest: who on the committee should not decide about whom, suggested with why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What of a practitioner may conflict: who, of which practices, as what, near where."""

    practitioner_id: int | None
    practice_ids: frozenset[int] = frozenset()
    specialty: str = ""
    # First three digits of the ZIP codes of their offices: an area, where no distance is known.
    areas: frozenset[str] = frozenset()


def conflict_between(member: Standing, subject: Standing) -> str:
    """Say why a member should be recused from a subject's item; empty if nothing suggests it."""
    if member.practitioner_id is not None and member.practitioner_id == subject.practitioner_id:
        return "is the provider themselves"
    if member.practice_ids & subject.practice_ids:
        return "works in the same practice"
    same = member.specialty.strip().casefold() == subject.specialty.strip().casefold()
    if same and member.specialty.strip() and member.areas & subject.areas:
        return f"competes: {subject.specialty.strip().lower()} in the same area"
    return ""
