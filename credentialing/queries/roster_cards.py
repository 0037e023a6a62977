"""What delegation brings to the front page: plans that are silent, refuse, or have it otherwise."""

from datetime import date, timedelta

from django.urls import reverse

from credentialing.models import Delegation
from credentialing.queries.rosters import late_rosters, refused_lines
from credentialing.rules.roster_differences import LATE_DAYS
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import count_text, plural

SEND = "credentialing.send_rosters"


def roster_cards(actor: Actor, today: date) -> Cards:
    """For whoever sends rosters: what waits with each plan, the oldest first."""
    if not actor.may(SEND):
        return Cards()
    tasks: list[Task] = []
    waiting = 0
    for delegation in Delegation.objects.select_related("payer_party"):
        tasks += _of_plan(delegation, today)
        waiting += delegation.differences.filter(closed_at=None).count()
    numbers = ()
    if waiting:
        address = reverse("credentialing:delegation_list")
        numbers = (Number("Differences with plans", count_text(waiting), address),)
    return Cards(tuple(tasks), numbers)


def _of_plan(delegation: Delegation, today: date) -> list[Task]:
    plan, here = delegation.payer_party.name, [delegation.pk]
    found = []
    for roster in late_rosters(delegation, today):
        address = reverse("credentialing:roster_detail", args=[roster.pk])
        what = f"{plan} for its answer to roster {roster.number}"
        found.append(Task("Ask", what, roster.answer_due_date, address, "bad"))
    if refused := refused_lines(delegation).count():
        address = reverse("credentialing:delegation_detail", args=here)
        what = f"{plural(refused, 'line')} that {plan} refused"
        found.append(Task("Mend", what, today, address, "warn"))
    oldest = (
        delegation.differences.filter(closed_at=None, asked_at=None)
        .order_by("first_seen_date")
        .values_list("first_seen_date", flat=True)
        .first()
    )
    if oldest is not None:
        due = oldest + timedelta(days=LATE_DAYS)
        address = reverse("credentialing:difference_list", args=here)
        tone = "bad" if due < today else "warn"
        found.append(Task("Settle", f"what {plan} has differently", due, address, tone))
    return found
