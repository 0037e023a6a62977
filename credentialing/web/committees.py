"""The committee as staff see it: meetings, seats, the room with one file on screen."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions import deciding, meetings
from credentialing.actions.committees import (
    PLEDGE_TEXT,
    give_seat,
    has_pledged,
    record_pledge,
    set_committee,
)
from credentialing.models import AgendaItem, Committee, Meeting, Motion, Seat, Vote
from credentialing.queries.committees import (
    Room,
    may_view,
    meeting_day,
    room,
    waiting_files,
)
from credentialing.queries.committees import meetings as all_meetings
from credentialing.web import committee_forms as forms
from credentialing.web import committee_parts as parts
from credentialing.web.file_parts import file_address
from ipaportal.core.parts import Empty, FactItem, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW, RUN, SET = (
    "credentialing.view_committee",
    "credentialing.run_meeting",
    "credentialing.set_committee",
)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page of the committee."""
    return [("Committee", reverse("credentialing:meeting_list")), *more]


@requires(VIEW)
def meeting_list(request: PortalRequest) -> HttpResponse:
    """Meetings, and the verified files that wait for a decision."""
    found = all_meetings(actor=request.actor)
    if wants_file(request):
        return as_file(request, parts.MEETINGS, map(parts.meeting_row, found), "meetings")
    listing = list_rows(
        found,
        parts.MEETINGS,
        request.GET,
        caption="Meetings",
        default_sort="-day",
        empty=Empty(
            "No meeting yet",
            "Name the committee and its seats, then plan a meeting: files that are verified are "
            "put on its agenda.",
        ),
        **export_urls(request),
    )
    waiting = [
        parts.waiting_row(one)
        for one in waiting_files(actor=request.actor, day=timezone.localdate())
    ]
    nothing = Empty("No file waits", "Files come here once everything in them is verified.")
    context = {
        "listing": Listing(
            **{**vars(listing), "rows": [parts.meeting_row(row) for row in listing.rows]}
        ),
        "waiting": parts.table(parts.WAITING, waiting, "Files that wait", nothing),
        "clean": sum(row["is_clean"] for row in waiting),
        "may_run": request.actor.may(RUN),
        "may_approve": request.actor.may("credentialing.approve_clean_files"),
        "has_committee": Committee.objects.exists(),
    }
    return render(request, "credentialing/staff/meeting_list.html", context)


@requires(VIEW)
def committee_detail(request: PortalRequest) -> HttpResponse:
    """Who sits on the committee, and by which rule it decides."""
    may_view(request.actor)
    today = timezone.localdate()
    seats = Seat.objects.on(today).select_related("committee")
    rows = [parts.seat_row(seat, has_pledged=has_pledged(seat, today)) for seat in seats]
    committee = Committee.objects.first()
    context = {
        "committee": committee,
        "seats": parts.table(parts.SEATS, rows, "Seats", Empty("Nobody has a seat yet")),
        "unpledged": [row for row in rows if row["pledge"] == "needed"],
        "pledge": PLEDGE_TEXT,
        "facts": _rule_facts(committee) if committee else [],
        "may_set": request.actor.may(SET),
        "may_run": request.actor.may(RUN),
        "crumbs": crumbs(("Seats and rule", "")),
    }
    return render(request, "credentialing/staff/committee_detail.html", context)


def _rule_facts(committee: Committee) -> list[FactItem]:
    rule = committee.quorum_rule
    return [
        FactItem("Voting members at least", rule.least_voting, "count"),
        FactItem("More than half of the seats", "yes" if rule.needs_majority else "no"),
        FactItem("Chair or deputy", "needed" if rule.needs_chair else "not needed"),
        FactItem("From outside the IPA", "needed" if rule.needs_external else "not needed"),
        FactItem("Agenda locks before", committee.lock_days, "count", note="days"),
    ]


@requires(SET)
def committee_set(request: PortalRequest) -> HttpResponse:
    """Name the committee, or change its rule."""
    form = forms.SetCommittee(request.POST or None, instance=Committee.objects.first())
    if request.method == "POST" and form.is_valid():
        set_committee(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        messages.success(request, "Kept. It holds from the next agenda on that is locked.")
        return redirect("credentialing:committee_detail")
    context = {"form": form, "title": "The committee's rule", "verb": "Keep the rule",
               "line": "A meeting keeps the rule that held when its agenda was locked.",
               "back": reverse("credentialing:committee_detail"),
               "crumbs": crumbs(("Rule", ""))}  # fmt: skip
    return _form(request, context)


@requires(SET)
def seat_new(request: PortalRequest, committee_id: int) -> HttpResponse:
    """Give somebody a seat."""
    if not Committee.objects.filter(pk=committee_id).exists():
        raise Http404
    form = forms.GiveSeat(request.POST or None)
    if request.method == "POST" and form.is_valid():
        give_seat(
            actor=request.actor, committee_id=committee_id, now=timezone.now(), **form.cleaned_data
        )
        messages.success(request, "They have a seat. Record their pledge before they sit.")
        return redirect("credentialing:committee_detail")
    context = {"form": form, "title": "Give a seat", "verb": "Give the seat",
               "line": "A committee has participating practitioners, some from outside the IPA.",
               "back": reverse("credentialing:committee_detail"),
               "crumbs": crumbs(("Give a seat", ""))}  # fmt: skip
    return _form(request, context)


def _form(request: PortalRequest, context: dict[str, object]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, "credentialing/staff/committee_form.html", context, status=status)


@require_POST
@requires(RUN)
def pledge_record(request: PortalRequest, seat_id: int) -> HttpResponse:
    """Record that a member signed the pledge today."""
    seat = Seat.objects.filter(pk=seat_id).first()
    if seat is None:
        raise Http404
    now = timezone.now()
    try:
        record_pledge(actor=request.actor, seat_id=seat_id, signed_date=now.date(), now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Recorded: {seat.name} signed the pledge.")
    return redirect("credentialing:committee_detail")


@requires(RUN)
def meeting_new(request: PortalRequest) -> HttpResponse:
    """Plan a meeting."""
    form = forms.PlanMeeting(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        committee = data.pop("committee")
        try:
            meeting = meetings.plan_meeting(
                actor=request.actor, committee_id=committee.pk, now=timezone.now(), **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("credentialing:meeting_room", meeting.pk)
    context = {"form": form, "title": "Plan a meeting", "verb": "Plan it",
               "line": "A committee decides in real time: in person, by video or by telephone.",
               "back": reverse("credentialing:meeting_list"),
               "crumbs": crumbs(("Plan a meeting", ""))}  # fmt: skip
    return _form(request, context)


def _room(request: PortalRequest, meeting_id: int, item_id: int | None) -> Room:
    try:
        return room(actor=request.actor, meeting_id=meeting_id, item_id=item_id, at=timezone.now())
    except (Meeting.DoesNotExist, AgendaItem.DoesNotExist) as missing:
        raise Http404 from missing


@requires(VIEW)
def meeting_room(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """A meeting with one file on screen: its packet, quorum now, motions, votes."""
    asked = request.GET.get("item", "")
    item_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 12 else None
    return show_room(request, _room(request, meeting_id, item_id))


def show_room(request: PortalRequest, page: Room, form: object = None) -> HttpResponse:
    """The room's page; `form` is a motion that came back with something wrong in it."""
    meeting, item = page.meeting, page.item
    day = meeting_day(meeting)
    packet = parts.packet_of_item(item, day) if item is not None else None
    voters = [one for one in page.sittings
              if one.is_present and not one.recused and one.seat.is_voting]  # fmt: skip
    is_open = item is not None and item.ended_at is None
    may_run = request.actor.may(RUN)
    takes_motions = may_run and meeting.is_in_session and is_open and page.motion is None
    waits = [] if meeting.closed_at or meeting.cancelled_at or not may_run else [
        parts.waiting_row(one) for one in waiting_files(actor=request.actor, day=day)
    ]  # fmt: skip
    context = {
        "page": page, "meeting": meeting, "item": item, "packet": packet, "day": day,
        "state": "finished" if meeting.state == "held" else meeting.state,
        "facts": parts.packet_facts(packet) if packet else [],
        "reasons": [text for _, text in (packet or {}).get("reasons", [])],
        "elements": parts.packet_elements(packet) if packet else None,
        "sections": list(parts.packet_sections(packet)) if packet else [],
        "performance_url": f"{file_address(item.event)}?tab=performance"
        if packet and "performance" in packet else "",
        "voters": voters, "is_open": is_open, "may_run": may_run, "waits": waits,
        "choices": Vote.Choice.choices,
        "form": form or (forms.MakeMotion(seats=[one.seat for one in voters])
                         if takes_motions else None),
        "may_discuss": request.actor.may("credentialing.view_discussions"),
        "crumbs": crumbs((f"{meeting.starts_at:%b %-d, %Y}", "")),
    }  # fmt: skip
    status = 422 if form is not None else 200
    return render(request, "credentialing/staff/meeting_room.html", context, status=status)


@require_POST
@requires(RUN)
def meeting_act(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """Lock, open, close or cancel a meeting, add a file, note who comes and goes."""
    if not Meeting.objects.filter(pk=meeting_id).exists():
        raise Http404
    does: dict[str, Callable[..., object]] = {
        "lock": meetings.lock_agenda,
        "open": meetings.open_meeting,
        "close": meetings.close_meeting,
        "cancel": meetings.cancel_meeting,
        "add": meetings.add_item,
        "arrive": meetings.arrive,
        "leave": meetings.leave,
    }
    what = request.POST.get("do", "")
    if what in does:
        more = {"event_id": "event", "seat_id": "seat"}
        values = {name: _whole(request, field) for name, field in more.items()
                  if field in request.POST}  # fmt: skip
        words = {"cancel": "reason", "add": "late_reason"}
        if what in words:
            values[words[what]] = request.POST.get("reason", "")
        _try(request, does[what], meeting_id=meeting_id, **values)
    else:
        messages.error(request, "Nothing was changed: say what to do.")
    here = reverse("credentialing:meeting_room", args=[meeting_id])
    item = _whole(request, "item")
    return redirect(f"{here}?item={item}" if item else here)


@require_POST
@requires(RUN)
def item_act(request: PortalRequest, item_id: int) -> HttpResponse:
    """Recuse a member, record the votes and count them, or take the file off."""
    item = AgendaItem.objects.filter(pk=item_id).first()
    if item is None:
        raise Http404
    what, reason = request.POST.get("do", ""), request.POST.get("reason", "")
    if what == "recuse":
        seat = _whole(request, "seat")
        _try(request, deciding.recuse, item_id=item_id, seat_id=seat, reason=reason)
    elif what == "pull":
        _try(request, meetings.pull_item, item_id=item_id, reason=reason)
    elif what == "votes":
        _record_votes(request, item)
    else:
        messages.error(request, "Nothing was changed: say what to do.")
    here = reverse("credentialing:meeting_room", args=[item.meeting_id])
    return redirect(f"{here}?item={item_id}")


def _record_votes(request: PortalRequest, item: AgendaItem) -> None:
    motion = Motion.objects.filter(item=item, closed_at=None).first()
    if motion is None:
        messages.error(request, "No motion is open on this file. Nothing was recorded.")
        return
    for name, choice in request.POST.items():
        seat_id = name.removeprefix("vote-")
        if name != seat_id and seat_id.isascii() and seat_id.isdigit() and choice in Vote.Choice:
            given = {"motion_id": motion.pk, "seat_id": int(seat_id), "choice": choice}
            if not _try(request, deciding.cast_vote, **given):
                return
    if _try(request, deciding.close_motion, motion_id=motion.pk):
        motion.refresh_from_db()
        word = "Carried" if motion.is_carried else "Not carried"
        messages.success(request, f"{word}: {motion.result}.")


def _try(request: PortalRequest, act: Callable[..., object], **values: object) -> bool:
    try:
        act(actor=request.actor, now=timezone.now(), **values)
    except Refused as refusal:
        messages.error(request, str(refusal))
    except (Seat.DoesNotExist, meetings.CredentialingEvent.DoesNotExist, TypeError):
        messages.error(request, "Nothing was changed: say whom or what.")
    else:
        return True
    return False


def _whole(request: PortalRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


@require_POST
@requires(RUN)
def motion_make(request: PortalRequest, item_id: int) -> HttpResponse:
    """Record a motion on a file."""
    item = AgendaItem.objects.filter(pk=item_id).first()
    if item is None:
        raise Http404
    page = _room(request, item.meeting_id, item_id)
    here = [one.seat for one in page.sittings
            if one.is_present and not one.recused and one.seat.is_voting]  # fmt: skip
    form = forms.MakeMotion(request.POST, seats=here)
    if form.is_valid():
        try:
            deciding.make_motion(
                actor=request.actor, item_id=item_id, now=timezone.now(), **form.values
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            address = reverse("credentialing:meeting_room", args=[item.meeting_id])
            return redirect(f"{address}?item={item_id}")
    return show_room(request, page, form)
