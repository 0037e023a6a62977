"""The demo's closed panel: a restriction that became final, and whom a plan assigned since."""

from collections import Counter
from datetime import datetime, timedelta

from capitation.actions.closed_panels import note_closed_panel
from capitation.models import PcpAssignment
from capitation.queries.closed_stays import stays
from credentialing.actions.adverse import open_action, send_notice
from credentialing.actions.hearings import step_hearings
from credentialing.models import AdverseAction, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.home.demo.committee import People

TOLD_AGO = timedelta(days=100)
# The days to ask for a hearing, after which what was proposed is final.
TO_ASK = timedelta(days=31)


def close_a_panel(people: People, finance: Actor, now: datetime) -> None:
    """Close the panel of somebody to whom plans assigned fewest since, and note one of them."""
    if AdverseAction.objects.filter(closes_panel=True, final_date__isnull=False).exists():
        return
    told = now - TOLD_AGO
    final = told + TO_ASK
    who = _fewest_since(final)
    if who is None:
        return
    row = open_action(
        actor=people.director, practitioner_id=who.pk, now=told, kind="restriction",
        basis="quality", limits="no new members until first visits are within 10 days",
        closes_panel=True, effective_date=final.date(),
        reasons="Members waited more than 30 days for a first visit, in two audits in a row.",
    )  # fmt: skip
    number = f"9400 1000 0001 {who.pk:04}"
    send_notice(actor=people.specialist, action_id=row.pk, tracking=number, now=told)
    step_hearings(final + timedelta(days=1))
    found = stays(actor=finance, today=now.date())
    if len(found) > 1:
        note_closed_panel(
            actor=finance, member_id=found[0].member_id, practitioner_id=who.pk, done="told",
            text="Mailed to the plan's enrolment desk with the notice of the restriction.",
            again_date=(now + timedelta(days=9)).date(), now=now,
        )  # fmt: skip


def _fewest_since(final: datetime) -> Practitioner | None:
    """Of those whom nothing was proposed about, who got members since; no doctor with a sign-in."""
    came = PcpAssignment.objects.current().filter(effective_date__gt=final.date())
    busy = AdverseAction.objects.exclude(practitioner=None).values("practitioner")
    came = came.filter(practitioner__user=None).exclude(practitioner__in=busy)
    counts = Counter(came.filter(end_date=None).values_list("practitioner_id", flat=True))
    chosen = min(counts, key=lambda pk: (abs(counts[pk] - 2), pk), default=None)
    return Practitioner.objects.filter(pk=chosen).first()
