"""What files bring to the front page: the step each waits for, the longest waiting first."""

from datetime import date

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from credentialing.models import CredentialingEvent
from credentialing.queries.askings import unanswered
from credentialing.rules.events import PROVIDER_WAITS, Status
from credentialing.rules.waiting import STAFF_STEPS, WAITS, due_date
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import count_text

WORK = "credentialing.work_files"
SHOWN = 5


def file_cards(actor: Actor, today: date) -> Cards:
    """For whoever works on files: what to do next, and how many wait for providers."""
    if not actor.may(WORK):
        return Cards()
    events = (
        CredentialingEvent.objects.filter(status__in=STAFF_STEPS)
        .select_related("practitioner", "facility")
        .annotate(since=Max("steps__at"))
    )
    tasks = [_task(event, today) for event in events]
    silent = CredentialingEvent.objects.filter(pk__in=unanswered(today))
    tasks += [_silent(event, today) for event in silent.select_related("practitioner", "facility")]
    tasks = sorted(tasks, key=lambda task: task.due)[:SHOWN]
    waiting = CredentialingEvent.objects.filter(status__in=PROVIDER_WAITS).count()
    numbers = ()
    if waiting:
        address = f"{reverse('credentialing:file_queue')}?ball=provider"
        numbers = (Number("Files that wait for providers", count_text(waiting), address),)
    return Cards(tuple(tasks), numbers)


def _silent(event: CredentialingEvent, today: date) -> Task:
    """Nobody answers: an applicant, or somebody who was asked about one."""
    if event.status in PROVIDER_WAITS:
        address = reverse("credentialing:file_unanswered", args=[event.pk])
        return Task("Call, or withdraw", f"{event.practitioner}, who did not answer", today,
                    address, "warn")  # fmt: skip
    who = event.practitioner or event.facility
    of = "practitioner_file" if event.practitioner_id else "facility_detail"
    address = reverse(f"credentialing:{of}", args=[who.pk])
    return Task("Ask another", f"about {who}: nobody answered our letters", today, address, "warn")


def _task(event: CredentialingEvent, today: date) -> Task:
    wait = WAITS[Status(event.status)]
    due = due_date(event.status, timezone.localdate(event.since or event.opened_at))
    if event.practitioner_id:
        address = reverse("credentialing:practitioner_file", args=[event.practitioner_id])
    else:
        address = reverse("credentialing:facility_detail", args=[event.facility_id])
    who = wait.words.format(event.practitioner or event.facility)
    return Task(wait.verb, who, due, address, "bad" if due < today else "warn")
