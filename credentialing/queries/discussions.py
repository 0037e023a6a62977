"""Peer-protected discussion: the one reader of its table, behind its own permission."""

from dataclasses import dataclass
from datetime import datetime

from credentialing.models import Discussion
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import decrypt, place
from ipaportal.core.refusals import NotPermitted

VIEW = "credentialing.view_discussions"


@dataclass(frozen=True)
class Said:
    """What was said of a file, by whom it was written down and when."""

    of: str
    text: str
    written_by: str
    written_at: datetime


def place_of(row: Discussion) -> str:
    """Where a discussion's text is sealed for."""
    return place("credentialing_discussion", "text_encrypted", row.uuid)


def discussions(*, actor: Actor, meeting_id: int) -> list[Said]:
    """
    What was said in a meeting.

    :raises NotPermitted: whoever may not read it
    """
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
    rows = Discussion.objects.filter(meeting=meeting_id).select_related(
        "item__event__practitioner", "item__event__facility"
    )
    return [
        Said(
            str(row.item) if row.item else "",
            decrypt(row.text_encrypted, place_of(row)),
            row.written_by_name,
            row.written_at,
        )
        for row in rows
    ]
