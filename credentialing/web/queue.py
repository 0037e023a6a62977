"""The work queue of credentialing staff, and whose work a file is."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.assigning import assign_file
from credentialing.models import CredentialingEvent
from credentialing.queries import queue as asked
from credentialing.rules.events import OVER, Status
from credentialing.web.file_parts import file_address
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, plural
from ipaportal.identity.models import User
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

WORK = asked.WORK
COLUMNS = (
    Column("name", "File", "link", sort="practitioner__last_name"),
    Column("waits_on", "Waits on", wide=True),
    Column("since", "Since", "day", sort="since"),
    Column("days", "Days", "count"),
    Column("clock", "Clock", "status"),
    Column("due", "Step by", "day", sort="due"),
    Column("owner", "Whose", url="assign_url", opens_page=True, sort="owner__name"),
    Column("act", "Next", "act", url="act_url"),
    Column("members", "Members", "count"),
    Column("cents", "A month $", "money", minor=True),
    Column("decide_by", "Decision by", "day", minor=True),
    Column("lapses", "Evidence holds until", "day", minor=True),
    Column("status", "Stands", "status", sort="status"),
)
# What a page shows fits beside the menu; the file of it has every column.
APART = {"since", "status", "members", "cents", "decide_by", "lapses"}
SHOWN = (
    *(column for column in COLUMNS if column.key not in APART),
    Column("stake", "At stake"),
    Column("before", "Decide before"),
)


class Assign(forms.Form):
    """To whom a file goes."""

    person = forms.ModelChoiceField(
        User.objects.none(), label="Whose work it is", required=False, empty_label="nobody's"
    )
    note = forms.CharField(label="What they should know", max_length=200, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = asked.workers(timezone.localdate())
        self.fields["person"].label_from_instance = lambda person: person.name


@requires("credentialing.view_files")
def file_queue(request: PortalRequest) -> HttpResponse:
    """Open files by what they wait on, the one that is late first."""
    get, today = request.GET, timezone.localdate()
    show, ball = get.get("show", ""), get.get("ball", "")
    text = get.get("q", "").strip()
    found = asked.queue(actor=request.actor, today=today, show=show, ball=ball, text=text)
    if wants_file(request):
        return as_file(request, COLUMNS, _rows_of_all(found, today), "queue")
    counts = asked.queue_counts(actor=request.actor, today=today)
    listing = list_rows(
        found,
        SHOWN,
        get,
        caption="Work queue",
        default_sort="due",
        chips=_chips(counts),
        empty=_empty(show, ball, text),
        **export_urls(request),
    )
    rows = [_row(one, today) for one in asked.waiting(listing.rows, today)]
    context = {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "counts": counts,
        "today": today,
        "may_work": request.actor.may(WORK),
    }
    return render(request, "credentialing/staff/file_queue.html", context)


def _rows_of_all(found, today):
    """Every row for a file, some hundreds at a time."""
    rows = list(found.order_by("due", "pk"))
    for start in range(0, len(rows), 500):
        for one in asked.waiting(rows[start : start + 500], today):
            yield _row(one, today)


def _chips(counts: asked.QueueCounts) -> list[Chip]:
    return [
        Chip("show", "", "Team", counts.team),
        Chip("show", "mine", "Mine", counts.mine),
        Chip("show", "late", "Overdue", counts.late),
        Chip("show", "unowned", "Nobody's", counts.unowned),
        Chip("show", "unanswered", "No answer", counts.unanswered),
        Chip("ball", "", "Whoever's move"),
        Chip("ball", "staff", "Our move", counts.team - counts.provider - counts.committee),
        Chip("ball", "provider", "The provider's", counts.provider),
        Chip("ball", "committee", "The committee's", counts.committee),
    ]


def _empty(show: str, ball: str, text: str) -> Empty:
    if text:
        return Empty("No open file of that name", "Files that were decided are under Files.")
    if show == "mine":
        return Empty(
            "Nothing is yours",
            "Take a file by its name under Whose: it then stands here until it is decided.",
        )
    if show == "late":
        return Empty("Nothing is overdue", "Every open file is within the days of its step.")
    if show == "unanswered":
        return Empty(
            "Everybody answered, or still may",
            "Who was asked three times without an answer stands here: ask somebody else, or "
            "withdraw the file.",
        )
    if show or ball:
        return Empty("Nothing here", "No open file waits like that.")
    return Empty("No open file", "Invite a practitioner, or open the cycle of a facility.")


def _row(one: asked.Waiting, today) -> dict[str, object]:
    event = one.event
    holder = event.practitioner or event.facility
    home = file_address(event)
    is_doctor = event.practitioner_id is not None
    return {
        "name": f"{holder.last_name}, {holder.first_name}" if is_doctor else str(holder),
        "status": event.get_status_display(),
        "clock": one.clock(today),
        "waits_on": one.told.words,
        "since": one.since,
        "days": one.days(today),
        "due": one.due,
        "decide_by": one.decide_by,
        "lapses": one.lapses,
        "stake": _stake(one),
        "before": _before(one),
        "members": one.stake.members or None,
        "cents": one.stake.month_cents or None,
        "owner": event.owner.name if event.owner else "take or give",
        "assign_url": reverse("credentialing:file_assign", args=[event.pk]),
        **_act(one, home, today),
        "url": home,
    }


def _stake(one: asked.Waiting) -> str:
    """Who and what hangs on a file, in a few words."""
    members, cents = one.stake.members, one.stake.month_cents
    if not members:
        return ""
    who = plural(members, "member")
    return f"{who}, {dollars_text(cents)} a month" if cents else who


def _before(one: asked.Waiting) -> str:
    """The first day that a decision cannot wait beyond, and which of the two it is."""
    days = [(day, word) for day, word in
            ((one.decide_by, "decision due"), (one.lapses, "evidence lapses")) if day]  # fmt: skip
    return "{:%Y-%m-%d}, {}".format(*min(days)) if days else ""


def _act(one: asked.Waiting, home: str, today) -> dict[str, str]:
    """The button of the next step, and where it leads."""
    if one.far is not None and one.far.is_over(today):
        url = reverse("credentialing:file_unanswered", args=[one.event.pk])
        return {"act": "Withdraw it", "act_url": url}
    act = "Hand it on" if one.told.is_ready else one.wait.action
    return {"act": act, "act_url": _act_url(one.event, home)}


def _act_url(event: CredentialingEvent, home: str) -> str:
    """Where the next step is taken."""
    if event.status in (Status.VERIFIED, Status.QUEUED, Status.ON_AGENDA):
        return reverse("credentialing:meeting_list")
    if event.status == Status.STOPPED:
        return reverse("credentialing:match_list")
    if event.status == Status.VERIFYING:
        return f"{home}?tab=elements"
    return home


@requires(WORK)
def file_assign(request: PortalRequest, event_id: int) -> HttpResponse:
    """Take a file, give it to somebody of credentialing, or lay it back."""
    event = CredentialingEvent.objects.select_related("practitioner", "facility", "owner")
    event = event.filter(pk=event_id).exclude(status__in=OVER).first()
    if event is None:
        raise Http404
    form = Assign(request.POST or None, initial={"person": event.owner_id or request.actor.user_id})
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["person"]
        try:
            assign_file(
                actor=request.actor,
                event_id=event_id,
                user_id=person.pk if person else None,
                note=form.cleaned_data["note"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            whose = f"{person.name}'s" if person else "nobody's"
            messages.success(request, f"{event.practitioner or event.facility} is {whose} now.")
            return redirect("credentialing:file_queue")
    context = {
        "form": form,
        "event": event,
        "holder": event.practitioner or event.facility,
        "crumbs": [("Work queue", reverse("credentialing:file_queue")), ("Whose work", "")],
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/file_assign.html", context, status=status)
