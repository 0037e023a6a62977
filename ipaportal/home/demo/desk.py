"""The demo's desk of credentialing: whose open files are, complaints, decisions brought along."""

from datetime import datetime, timedelta

from django.utils import timezone

from credentialing.actions.assigning import assign_file
from credentialing.actions.complaints import close_complaint, record_complaint
from credentialing.actions.earlier_decisions import import_earlier_decisions
from credentialing.formats.earlier_decisions_csv import read_earlier_decisions
from credentialing.models import CredentialingEvent, Decision, Practitioner
from credentialing.queries.earlier_decisions import preview_of
from credentialing.rules.events import OVER
from ipaportal.core.actors import Actor

BEFORE = "Lakeside Medical Group credentialing committee"
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


def bring_decisions(specialist: Actor, now: datetime) -> int:
    """
    Take over what the committee of before decided about doctors who were not decided here yet.

    Two of three have such a decision; some of them are due again within half a year.
    """
    decided = Decision.objects.filter(event__practitioner__isnull=False)
    people = Practitioner.objects.exclude(pk__in=decided.values("event__practitioner"))
    lines = ["npi,decision,decision_date,next_due_date,committee"]
    for place, npi in enumerate(people.order_by("npi").values_list("npi", flat=True)):
        if place % 3:
            day = (now - timedelta(days=40 + place * 137 % 1000)).date()
            lines.append(f"{npi},approved,{day},,{BEFORE}")
    data = "\n".join(lines).encode()
    found = preview_of(read_earlier_decisions(data), timezone.localdate(now))
    if not found.changes:
        return 0
    done = import_earlier_decisions(
        actor=specialist, data=data, name="decisions.csv", seen_digest=found.digest, now=now
    )
    return done.new
