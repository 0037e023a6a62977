"""The committee from a member's own sign-in: their meetings, one file, their vote."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from credentialing.actions.sitting import cast_own_vote, recuse_oneself
from credentialing.models import AgendaItem, Meeting, Motion, Vote
from credentialing.queries.committees import meeting_day
from credentialing.queries.members_room import SIT, MyRoom, my_meetings, my_room
from credentialing.web import committee_parts as parts
from ipaportal.core.parts import Column, Empty
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, requires

MINE = "My committee"
COLUMNS = (
    Column("name", "Meeting", "link"),
    Column("state", "State", "status"),
    Column("how", "How", wide=True),
    Column("files", "Files", "count"),
)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(MINE, reverse("credentialing:member_meetings")), *more]


@require_GET
@requires(SIT)
def member_meetings(request: PortalRequest) -> HttpResponse:
    """Meetings in which I hold a seat."""
    found = my_meetings(actor=request.actor, today=timezone.localdate())
    rows = [
        {
            "name": f"{row.committee}, {day_text(meeting_day(row))}",
            "state": "finished" if row.state == "held" else row.state,
            "how": " · ".join(filter(None, [row.get_mode_display(), row.place])),
            "files": len(row.items.all()),
            "url": reverse("credentialing:member_room", args=[row.pk]),
        }
        for row in found
    ]
    empty = Empty(
        "You sit on no committee",
        "When the IPA gives you a seat, the meetings it holds stand here, with what is decided.",
    )
    context = {"listing": parts.table(COLUMNS, rows, "My meetings", empty)}
    return render(request, "credentialing/provider/member_meetings.html", context)


def _mine(request: PortalRequest, meeting_id: int) -> MyRoom:
    asked = request.GET.get("item", "")
    item_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else None
    try:
        return my_room(
            actor=request.actor, meeting_id=meeting_id, item_id=item_id, at=timezone.now()
        )
    except (Meeting.DoesNotExist, AgendaItem.DoesNotExist) as missing:
        raise Http404 from missing


@require_GET
@requires(SIT)
def member_room(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """A meeting as a member has it: the file, its packet, the motion, my vote."""
    mine = _mine(request, meeting_id)
    page, me = mine.room, mine.me
    item = page.item if page is not None else None
    takes_part = me is not None and not me.recused
    packet = parts.packet_of_item(item, meeting_day(mine.meeting)) if item and takes_part else None
    context = {
        "mine": mine,
        "page": page,
        "me": me,
        "item": item,
        "meeting": mine.meeting,
        "day": meeting_day(mine.meeting),
        "is_open": item is not None and item.ended_at is None and mine.meeting.is_in_session,
        "packet": packet,
        "facts": parts.packet_facts(packet) if packet else [],
        "reasons": [text for _, text in (packet or {}).get("reasons", [])],
        "elements": parts.packet_elements(packet) if packet else None,
        "sections": list(parts.packet_sections(packet)) if packet else [],
        "choices": Vote.Choice.choices,
        "crumbs": _crumbs((day_text(meeting_day(mine.meeting)), "")),
    }
    return render(request, "credentialing/provider/member_room.html", context)


@require_POST
@requires(SIT)
def member_act(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """Vote on the open motion, or step aside from the file."""
    mine = _mine(request, meeting_id)
    item = mine.room.item if mine.room is not None else None
    if item is None:
        raise Http404
    do = request.POST.get("do", "")
    if do == "vote":
        _vote(request, mine.room.motion)
    elif do == "aside":
        reason = request.POST.get("reason", "")
        said = "You stepped aside: what follows on this file is decided without you."
        _try(request, said, recuse_oneself, item_id=item.pk, reason=reason)
    else:
        messages.error(request, "Nothing was changed: say what to do.")
    here = reverse("credentialing:member_room", args=[meeting_id])
    return redirect(f"{here}?item={item.pk}")


def _vote(request: PortalRequest, motion: Motion | None) -> None:
    choice = request.POST.get("choice", "")
    if motion is None or str(motion.pk) != request.POST.get("motion", ""):
        messages.error(request, "This motion is not open any more. Nothing was recorded.")
    elif choice not in Vote.Choice:
        messages.error(request, "Choose how you vote. Nothing was recorded.")
    else:
        told = f"Your vote is recorded: {Vote.Choice(choice).label}."
        _try(request, told, cast_own_vote, motion_id=motion.pk, choice=choice)


def _try(request: PortalRequest, told: str, act: Callable[..., object], **values: object) -> None:
    try:
        act(actor=request.actor, now=timezone.now(), **values)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told)
