"""What files bring to the front page: the step each waits for, the longest waiting first."""

from datetime import date, timedelta

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from credentialing.models import CredentialingEvent
from credentialing.rules.events import PROVIDER_WAITS, Status
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import count_text

WORK = "credentialing.work_files"
SHOWN = 5
# Days a file may wait at a step before it is late: our own measure, no rule's.
STEPS = {
    Status.STOPPED: ("Look into", "the exclusion that stops {}", 1),
    Status.SUBMITTED: ("Look through", "the application of {}", 3),
    Status.VERIFYING: ("Verify", "{}", 30),
    Status.VERIFIED: ("Hand on for a decision", "{}", 3),
}


def file_cards(actor: Actor, today: date) -> Cards:
    """For whoever works on files: what to do next, and how many wait for providers."""
    if not actor.may(WORK):
        return Cards()
    events = (
        CredentialingEvent.objects.filter(status__in=list(STEPS))
        .select_related("practitioner", "facility")
        .annotate(since=Max("steps__at"))
    )
    tasks = sorted((_task(event, today) for event in events), key=lambda task: task.due)[:SHOWN]
    waiting = CredentialingEvent.objects.filter(status__in=PROVIDER_WAITS).count()
    numbers = ()
    if waiting:
        address = reverse("credentialing:file_list")
        numbers = (Number("Files that wait for providers", count_text(waiting), address),)
    return Cards(tuple(tasks), numbers)


def _task(event: CredentialingEvent, today: date) -> Task:
    verb, words, days = STEPS[Status(event.status)]
    since = timezone.localdate(event.since or event.opened_at)
    due = since + timedelta(days=days)
    if event.practitioner_id:
        address = reverse("credentialing:practitioner_file", args=[event.practitioner_id])
    else:
        address = reverse("credentialing:facility_detail", args=[event.facility_id])
    who = words.format(event.practitioner or event.facility)
    return Task(verb, who, due, address, "bad" if due < today else "warn")
