"""Files of whoever is on a list: stopped with their place on an agenda, taken up once cleared."""

from datetime import datetime

from credentialing.actions.meetings import end_item, locked_meeting
from credentialing.actions.steps import take_step
from credentialing.models import AgendaItem, CredentialingEvent
from credentialing.queries.levels import subject_key_of
from credentialing.queries.screening_matches import Standing, standings
from credentialing.rules.events import OVER, Status
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor

STOPPED = "stopped"


def step_stops(now: datetime) -> int:
    """Stop open files of whoever is excluded, take up those who no longer are; of the sweep."""
    clock, taken = Actor.system("clock"), 0
    events = list(CredentialingEvent.objects.exclude(status__in=sorted(OVER)))
    found = standings({subject_key_of(event) for event in events})
    for event in events:
        is_stopped = found[subject_key_of(event)].outcome == STOPPED
        if is_stopped != (event.status == Status.STOPPED):
            set_stop(actor=clock, event_id=event.pk, now=now)
            taken += 1
    return taken


@action("credentialing.stop_files")
def set_stop(*, actor: Actor, event_id: int, now: datetime) -> CredentialingEvent:
    """Let a file follow where its holder stands on the lists; an agenda lets go of it."""
    # What is done in a meeting is done under its lock, which comes before the event's.
    item = AgendaItem.objects.filter(event=event_id, ended_at=None).first()
    if item is not None:
        locked_meeting(item.meeting_id)
        item.refresh_from_db()
    event = CredentialingEvent.objects.select_for_update(of=("self",)).get(pk=event_id)
    key = subject_key_of(event)
    standing = standings([key])[key]
    if event.status not in OVER and standing.outcome == STOPPED != event.status:
        _stop(event, item, standing, actor, now)
    elif event.status == Status.STOPPED and standing.outcome != STOPPED:
        take_step(event, Status.VERIFYING, actor=actor, now=now, reason="on no list any more")
    record(actor=actor, action="credentialing.file.stop_checked", subject=event,
           outcome=standing.outcome, status=event.status)  # fmt: skip
    return event


def _stop(
    event: CredentialingEvent,
    item: AgendaItem | None,
    standing: Standing,
    actor: Actor,
    now: datetime,
) -> None:
    reason = f"excluded: {standing.words}"[:500]
    take_step(event, Status.STOPPED, actor=actor, now=now, reason=reason)
    if item is not None and item.ended_at is None:
        item.motions.filter(closed_at=None).update(
            closed_at=now, is_carried=False, result="not voted on: stopped by an exclusion"
        )
        end_item(item, AgendaItem.End.PULLED, f"stopped by an exclusion: {reason}", now)
