"""A doctor's panel from one day to another, plan by plan: what the network's numbers rest on."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count

from capitation.models import PcpAssignment
from credentialing.rules.performance import PANEL, TOPICS, Item, Number
from ipaportal.core.words import day_text, plural


def panel_since(
    *, practitioner_id: int, party_ids: Collection[int], span: tuple[date, date]
) -> Number:
    """How many members a doctor has on the last day of a span, and had on its first, by plan."""
    first, last = span
    before, now = _members(practitioner_id, first), _members(practitioner_id, last)
    items = tuple(
        Item(last, f"{plan}: {plural(now.get(plan, 0), 'member')}, {before.get(plan, 0)} on "
                   f"{day_text(first)}")
        for plan in sorted(before.keys() | now.keys())
    )  # fmt: skip
    note = f"{sum(before.values())} on {day_text(first)}"
    return Number(TOPICS[PANEL], sum(now.values()), items, note)


def _members(practitioner_id: int, day: date) -> dict[str, int]:
    rows = PcpAssignment.objects.current().active_on(day).filter(practitioner=practitioner_id)
    rows = rows.values("member__payer__party__name").annotate(
        members=Count("member_id", distinct=True)
    )
    return {row["member__payer__party__name"]: row["members"] for row in rows}
