"""Whose panel takes no new members, because a restriction that is final says so, and since when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from credentialing.models import AdverseAction


@dataclass(frozen=True)
class Closure:
    """Days on which nobody new is assigned to somebody; a half-open span, and what is limited."""

    practitioner_id: int
    from_date: date
    until: date | None
    limits: str

    def holds(self, day: date) -> bool:
        return self.from_date <= day and (self.until is None or day < self.until)


def final_restrictions(practitioner_ids: Collection[int] | None = None) -> QuerySet[AdverseAction]:
    """Restrictions that became final, of some or of everybody; what was undone is among them."""
    rows = AdverseAction.objects.filter(kind="restriction", final_date__isnull=False)
    if practitioner_ids is not None:
        rows = rows.filter(practitioner__in=practitioner_ids)
    return rows.order_by("final_date", "pk")


def in_force(rows: QuerySet[AdverseAction], day: date) -> QuerySet[AdverseAction]:
    """Those of them that hold on a day: final, begun, not ended and not undone."""
    return rows.filter(
        Q(ends_date=None) | Q(ends_date__gt=day),
        Q(lifted_date=None) | Q(lifted_date__gt=day),
        final_date__lte=day,
        effective_date__lte=day,
    )


def closures(practitioner_ids: Collection[int] | None = None) -> list[Closure]:
    """Every span in which a panel is closed, of some or of everybody."""
    rows = final_restrictions(practitioner_ids).filter(closes_panel=True)
    found = []
    for row in rows:
        ends = [day for day in (row.ends_date, row.lifted_date) if day is not None]
        began = max(row.final_date, row.effective_date)
        found.append(Closure(row.practitioner_id, began, min(ends, default=None), row.limits))
    return found


def closed_on(day: date, practitioner_ids: Collection[int] | None = None) -> dict[int, Closure]:
    """Whose panel is closed on a day, and by what."""
    found = closures(practitioner_ids)
    return {one.practitioner_id: one for one in found if one.holds(day)}
