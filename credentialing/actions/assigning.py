"""Whose work a file is: given to a person, or taken; each change is an audit event."""

from datetime import datetime

from credentialing.models import CredentialingEvent
from credentialing.queries.queue import workers
from credentialing.rules.events import OVER
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User


class NotOpen(Refused):
    """Nobody works on a file that is over."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"This file is “{event.get_status_display()}”: nothing is left to do in it. Nothing "
            "was changed. Open the next cycle under Recredentialing when it is due."
        )


class CannotWorkFiles(Refused):
    """A person without the role would have work that they cannot open."""

    def __init__(self, person: User) -> None:
        super().__init__(
            f"{person.name} may not work on files today. Nothing was changed. Choose somebody "
            "of credentialing, or have the role given under People and roles."
        )


class TheirsAlready(Refused):
    """The file is where it was to go."""

    def __init__(self, owner: User | None) -> None:
        whose = f"is {owner.name}'s" if owner else "is nobody's"
        super().__init__(f"The file {whose} already. Nothing was changed.")


@action("credentialing.work_files")
def assign_file(
    *, actor: Actor, event_id: int, user_id: int | None, now: datetime, note: str = ""
) -> CredentialingEvent:
    """
    Give a file to a person of credentialing, or to nobody.

    :raises NotOpen: if the file is over
    :raises CannotWorkFiles: if they may not work on files
    :raises TheirsAlready: if it is theirs
    """
    event = CredentialingEvent.objects.select_for_update().get(pk=event_id)
    if event.status in OVER:
        raise NotOpen(event)
    if event.owner_id == user_id:
        raise TheirsAlready(event.owner)
    person = None
    if user_id is not None:
        person = workers(now.date()).filter(pk=user_id).first()
        if person is None:
            raise CannotWorkFiles(User.objects.get(pk=user_id))
    before, event.owner = event.owner, person
    event.save(update_fields=["owner"])
    record(
        actor=actor,
        action="credentialing.file.assigned",
        subject=event,
        owner_id=user_id,
        owner=person.name if person else "",
        before=before.name if before else "",
        note=note.strip()[:200],
    )
    return event
