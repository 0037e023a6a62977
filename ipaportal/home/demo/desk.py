"""The demo's desk of credentialing: whose work the open files are, and what was complained of."""

from datetime import datetime, timedelta

from credentialing.actions.assigning import assign_file
from credentialing.actions.complaints import close_complaint, record_complaint
from credentialing.models import CredentialingEvent, Decision
from credentialing.rules.events import OVER
from ipaportal.core.actors import Actor

# Of three open files one is nobody's yet.
OWNED = 3
# Case, kind, who complained, days ago, what came of it; the first two are of the same doctor.
COMPLAINTS = (
    ("G-2026-0117", "access", "member", 210, "not_upheld"),
    ("G-2026-0294", "manner", "member", 65, "upheld"),
    ("G-2026-0341", "care", "plan", 21, ""),
)


def share_out(workers: tuple[Actor, ...], now: datetime) -> int:
    """Give most open files to somebody, in turn; how many were given."""
    rows = CredentialingEvent.objects.exclude(status__in=OVER).filter(owner=None).order_by("pk")
    given = [event for place, event in enumerate(rows) if place % OWNED]
    for place, event in enumerate(given):
        worker = workers[place % len(workers)]
        assign_file(actor=workers[0], event_id=event.pk, user_id=worker.user_id, note="", now=now)
    return len(given)


def hear_complaints(specialist: Actor, now: datetime) -> int:
    """Record some complaints about doctors who were decided here; the newest is open."""
    decided = Decision.objects.filter(event__practitioner__isnull=False).order_by("pk")
    people = list(decided.values_list("event__practitioner", flat=True)[:2])
    if not people:
        return 0
    for place, (case, kind, source, days, outcome) in enumerate(COMPLAINTS):
        at = now - timedelta(days=days)
        made = record_complaint(
            actor=specialist,
            practitioner_id=people[max(place - 1, 0) % len(people)],
            case_number=case,
            kind=kind,
            source=source,
            received_date=at.date(),
            now=now,
        )
        if outcome:
            close_complaint(actor=specialist, complaint_id=made.pk, outcome=outcome, now=now)
    return len(COMPLAINTS)
