"""Minutes in two parts: decisions, signed and frozen; discussion, protected and apart."""

import hashlib
from datetime import datetime

from credentialing.actions.meetings import MeetingElsewhere, ReasonMissing, locked_meeting
from credentialing.models import AgendaItem, Discussion, Minutes
from credentialing.queries.discussions import place_of
from credentialing.queries.minutes import draft
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import encrypt
from ipaportal.core.refusals import Refused


class MinutesSigned(Refused):
    """Signed minutes stay: only addenda follow."""

    def __init__(self, minutes: Minutes) -> None:
        super().__init__(
            f"{minutes.signed_by_name} signed the minutes on {minutes.signed_at:%b %-d, %Y}. "
            "Nothing was changed. Write an addendum."
        )


@action("credentialing.sign_minutes")
def sign_minutes(*, actor: Actor, meeting_id: int, now: datetime, addendum: str = "") -> Minutes:
    """
    Sign a closed meeting's minutes as they are drafted from what was recorded, or an addendum.

    :raises MeetingElsewhere: if the meeting is not closed
    :raises MinutesSigned: if they are signed and this is no addendum
    :raises ReasonMissing: if an addendum comes before the minutes
    """
    meeting = locked_meeting(meeting_id)
    if meeting.closed_at is None:
        raise MeetingElsewhere(meeting, "held and closed")
    last = Minutes.objects.filter(meeting=meeting).order_by("-version").first()
    if last is not None and not addendum.strip():
        raise MinutesSigned(last)
    if last is None and addendum.strip():
        raise ReasonMissing
    content = addendum.strip() or draft(meeting)
    minutes = Minutes.objects.create(
        meeting=meeting,
        version=last.version + 1 if last else 1,
        content=content,
        content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        signed_by_id=actor.user_id,
        signed_by_name=actor.name,
        signed_at=now,
    )
    record(actor=actor, action="credentialing.minutes.signed", subject=minutes,
           content_sha256=minutes.content_sha256)  # fmt: skip
    return minutes


@action("credentialing.write_discussions")
def write_discussion(
    *, actor: Actor, meeting_id: int, item_id: int | None, text: str, now: datetime
) -> Discussion:
    """
    Write down what was said, sealed; nothing of it is in the audit log.

    :raises ReasonMissing: without words
    """
    meeting = locked_meeting(meeting_id)
    if not text.strip():
        raise ReasonMissing
    item = AgendaItem.objects.get(pk=item_id, meeting=meeting) if item_id else None
    row = Discussion(
        meeting=meeting,
        item=item,
        written_by_id=actor.user_id,
        written_by_name=actor.name,
        written_at=now,
    )
    row.text_encrypted = encrypt(text.strip(), place_of(row))
    row.save(force_insert=True)
    record(actor=actor, action="credentialing.discussion.written", subject=row)
    return row
