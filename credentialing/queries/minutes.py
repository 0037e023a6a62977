"""Minutes: the first part, drafted from what was recorded; nothing of a discussion is in it."""

import json
from dataclasses import dataclass

from django.utils import timezone

from credentialing.models import AgendaItem, Meeting, Minutes
from credentialing.queries.committees import may_view, meeting_day
from ipaportal.core.actors import Actor


@dataclass(frozen=True)
class ItemMinutes:
    """What the minutes say of one file."""

    of: str
    level: str
    packet_sha256: str
    recused: tuple[str, ...]
    motions: tuple[dict[str, object], ...]
    end: str
    end_reason: str


def attendance_of(meeting: Meeting) -> list[list[str]]:
    """Who was there, from when to when."""
    return [
        [str(stay.seat), stay.seat.get_role_display(), _time(stay.arrived_at), _time(stay.left_at)]
        for stay in meeting.attendances.select_related("seat")
    ]


def _time(moment) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def items_of(meeting: Meeting) -> list[ItemMinutes]:
    """Every file of a meeting, with motions, votes by member and the outcome."""
    rows = meeting.items.select_related("event__practitioner", "event__facility").prefetch_related(
        "recusals__seat", "motions__mover", "motions__seconder", "motions__votes__seat"
    )
    return [_item(row) for row in rows]


def _item(row: AgendaItem) -> ItemMinutes:
    return ItemMinutes(
        of=str(row),
        level=row.level,
        packet_sha256=row.packet_sha256,
        recused=tuple(f"{one.seat}: {one.reason}" for one in row.recusals.all()),
        motions=tuple(
            {
                "to": one.get_kind_display(),
                "reasons": one.text,
                "conditions": one.conditions,
                "mover": str(one.mover),
                "seconder": str(one.seconder),
                "votes": [[str(vote.seat), vote.get_choice_display()] for vote in one.votes.all()],
                "result": one.result,
                "carried": bool(one.is_carried),
            }
            for one in row.motions.all()
        ),
        end=row.get_end_kind_display(),
        end_reason=row.end_reason,
    )


def draft(meeting: Meeting) -> str:
    """The minutes' first part as one canonical text."""
    data = {
        "committee": str(meeting.committee),
        "day": meeting_day(meeting).isoformat(),
        "mode": meeting.get_mode_display(),
        "opened": _time(meeting.opened_at),
        "closed": _time(meeting.closed_at),
        "rule": meeting.rule,
        "attendance": attendance_of(meeting),
        "files": [vars(item) for item in items_of(meeting)],
    }
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def minutes_of(*, actor: Actor, meeting_id: int) -> list[Minutes]:
    """The signed minutes of a meeting and their addenda, in order."""
    may_view(actor)
    return list(Minutes.objects.filter(meeting=meeting_id))
