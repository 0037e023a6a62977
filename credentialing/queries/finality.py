"""Whether what was decided against somebody is final on a day, and how they are limited."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from credentialing.models import AdverseAction, Decision
from credentialing.rules.participation import FINAL, PENDING, REVERSED


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


def limits_on(day: date, practitioner_ids: Collection[int]) -> dict[int, str]:
    """How some are limited on a day by restrictions that are final."""
    rows = AdverseAction.objects.filter(
        Q(ends_date=None) | Q(ends_date__gt=day),
        kind="restriction",
        practitioner__in=practitioner_ids,
        final_date__lte=day,
        effective_date__lte=day,
    ).order_by("final_date", "pk")
    return dict(rows.values_list("practitioner_id", "limits"))
