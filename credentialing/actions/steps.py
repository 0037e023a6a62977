"""Steps of credentialing events: the one place that writes a status, shared by the actions."""

from datetime import datetime

from credentialing.models import CredentialingEvent, EventStep
from credentialing.rules.events import WORDS, Status, may_follow
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class WrongStep(Refused):
    """The event does not stand where this is done."""

    def __init__(self, event: CredentialingEvent, to_status: str) -> None:
        super().__init__(
            f"This file is “{event.get_status_display()}”, so it cannot become "
            f"“{WORDS[Status(to_status)]}”. Nothing was changed. Look at the file's timeline for "
            "what comes next."
        )


def open_cycle(
    *, actor: Actor, kind: str, now: datetime, first: Status = Status.INVITED, **of: object
) -> CredentialingEvent:
    """Open a cycle of a practitioner or a facility with its first step."""
    event = CredentialingEvent.objects.create(
        kind=CredentialingEvent.Kind(kind),
        status=first,
        opened_at=now,
        opened_by_id=actor.user_id,
        opened_by_name=actor.name,
        **of,
    )
    _step(event, "", first, actor, now, "")
    return event


def take_step(
    event: CredentialingEvent, to_status: Status, *, actor: Actor, now: datetime, reason: str = ""
) -> CredentialingEvent:
    """
    Take a locked event one step on; the step is kept, the status repeats it.

    :raises WrongStep: if that may not follow
    """
    if not may_follow(event.status, to_status):
        raise WrongStep(event, to_status)
    before, event.status = event.status, to_status
    event.save(update_fields=["status"])
    _step(event, before, to_status, actor, now, reason)
    return event


def _step(
    event: CredentialingEvent, before: str, then: str, actor: Actor, now: datetime, reason: str
) -> None:
    EventStep.objects.create(
        event=event,
        from_status=before,
        to_status=then,
        at=now,
        by_id=actor.user_id,
        by_name=actor.name,
        reason=reason,
    )
