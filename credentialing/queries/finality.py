"""Whether what was decided against somebody is final on a day, and how they are limited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from credentialing.models import Decision
from credentialing.queries.closures import final_restrictions, in_force
from credentialing.rules.participation import FINAL, PENDING, REVERSED


@dataclass(frozen=True)
class Limits:
    """How somebody is limited on a day, in the words of what is final, and by what effect."""

    words: str = ""
    closes_panel: bool = False


def denial_of(decision: Decision, day: date) -> str:
    """How a denial stands on a day; one of before there were hearings here is final."""
    row = getattr(decision, "adverse_action", None)
    if row is None or (row.final_date is not None and row.final_date <= day):
        return FINAL
    return REVERSED if row.reversed_date is not None and row.reversed_date <= day else PENDING


def due_of(decision: Decision, day: date) -> date | None:
    """By when somebody is due again after a decision, or after a denial that was reversed."""
    if decision.outcome == "denied" and denial_of(decision, day) == REVERSED:
        return decision.adverse_action.next_due_date
    return decision.next_due_date


def limits_on(day: date, practitioner_ids: Collection[int]) -> dict[int, Limits]:
    """How some are limited on a day by restrictions that are final."""
    found: dict[int, Limits] = {}
    for row in in_force(final_restrictions(practitioner_ids), day):
        before = found.get(row.practitioner_id, Limits())
        words = "; ".join(filter(None, [before.words, row.limits]))
        found[row.practitioner_id] = Limits(words, before.closes_panel or row.closes_panel)
    return found
