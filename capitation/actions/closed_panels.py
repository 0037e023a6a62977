"""What was done with a member whom a plan put on a closed panel: noted by adding."""

from datetime import date, datetime

from django.utils import timezone

from capitation.models import ClosedPanelNote
from capitation.queries.closed_stays import stays
from capitation.rules.closed_panels import Done, again_fault
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class NotOnClosedPanel(Refused):
    """A member is not, or not any more, on a panel that was closed when they came."""

    def __init__(self) -> None:
        super().__init__(
            "This member is not on a closed panel any more: the plan moved them, or the panel "
            "takes new members again. Nothing was noted."
        )


class CannotNote(Refused):
    """What was done does not fit."""


@action("capitation.note_closed_panel")
def note_closed_panel(
    *,
    actor: Actor,
    member_id: int,
    practitioner_id: int,
    done: str,
    text: str,
    now: datetime,
    again_date: date | None = None,
) -> ClosedPanelNote:
    """
    Note what was done about a member's stay with a PCP whose panel is closed; they stay paid for.

    :raises NotOnClosedPanel: if they are not on it, or were theirs before
    :raises CannotNote: without words, or with a day to look again that does not fit
    """
    today = timezone.localdate(now)
    found = stays(actor=actor, today=today, member_id=member_id)
    stay = next((one for one in found if one.practitioner_id == practitioner_id), None)
    if stay is None:
        raise NotOnClosedPanel
    fault = again_fault(Done(done), again_date, today)
    if not text.strip():
        fault = "Say who was told or who accepted, and how it is known."
    if fault:
        raise CannotNote(f"{fault} Nothing was noted.")
    note = ClosedPanelNote.objects.create(
        member_id=member_id,
        practitioner_id=practitioner_id,
        since=stay.since,
        done=done,
        text=text.strip(),
        again_date=again_date,
        noted_at=now,
        noted_by_id=actor.user_id,
        noted_by_name=actor.name,
    )
    record(
        actor=actor,
        action="capitation.closed_panel.noted",
        subject=note,
        practitioner_id=practitioner_id,
        done=done,
    )
    return note
