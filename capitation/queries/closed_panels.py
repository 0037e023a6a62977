"""Whom a restriction of the network keeps from new members."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q

from capitation.models import PcpAssignment
from credentialing.models import Practitioner
from credentialing.queries.closures import Closure, closed_on, closures
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.core.words import day_text

ONE = timedelta(days=1)


class ClosedPanels:
    """The closures of some PCPs, asked once, for any number of members."""

    def __init__(self, practitioner_ids: Iterable[int]) -> None:
        self.found: list[Closure] = closures(list(practitioner_ids))

    def fault(self, member_id: int, practitioner_id: int, day: date) -> str:
        """Say why a member may not be assigned from a day; whoever was theirs stays theirs."""
        for one in self.found:
            if one.practitioner_id != practitioner_id or not one.holds(day):
                continue
            theirs = PcpAssignment.objects.current().filter(
                member=member_id, practitioner=practitioner_id
            )
            if not theirs.active_on(day - ONE).exists():
                return (
                    f"their panel takes no new members since {day_text(one.from_date)} "
                    f"({one.limits})"
                )
        return ""


def closed_of(payees: Iterable[int], today: date) -> list[tuple[Practitioner, Closure]]:
    """The PCPs of some practices whose panel is closed today."""
    # A practice passes no wall to what was decided: of it, it reads here only that a panel of its
    # own is closed.
    with seeing(EVERYBODY):
        found = closed_on(today)
    rows = Practitioner.objects.filter(
        Q(participations__practice__party__in=list(payees)),
        participations__superseded_no=None,
        pk__in=found,
    )
    rows = rows.order_by("last_name", "first_name", "pk").distinct()
    return [(who, found[who.pk]) for who in rows]
