"""What screening brings to the front page: matches to decide, second words, lists that age."""

from datetime import date, timedelta

from django.urls import reverse

from credentialing.models import ListVersion, ScreeningMatch, ScreeningRun
from credentialing.queries.screening_lists import VIEW, lists_in_use
from credentialing.queries.screening_matches import LEFT, WAITING
from credentialing.rules.screening_decisions import Status
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.words import count_text

SHOWN = 5
WARN_DAYS = 7


def screening_cards(actor: Actor, today: date) -> Cards:
    """Matches first, then lists."""
    if not actor.may(VIEW):
        return Cards()
    tasks = [*_matches(actor, today), *_lists(actor, today)]
    stopped = ScreeningMatch.objects.filter(is_stopped=True)
    people = stopped.values("subject_key").distinct().count()
    numbers = ()
    if people:
        address = f"{reverse('credentialing:match_list')}?show=stopped"
        numbers = (Number("Stopped by an exclusion list", count_text(people), address),)
    return Cards(tuple(tasks), numbers)


def _matches(actor: Actor, today: date) -> list[Task]:
    if not actor.may("credentialing.decide_match"):
        return []
    found = ScreeningMatch.objects.filter(WAITING | LEFT).select_related("entry")
    if not actor.may("credentialing.confirm_match"):
        found = found.exclude(status=Status.PROPOSED)
    return [_task(match, actor, today) for match in found.order_by("due_date", "pk")[:SHOWN]]


def _task(match: ScreeningMatch, actor: Actor, today: date) -> Task:
    verb, what = "Decide", f"whether {match.label} is the one on the list {match.list_code}"
    if match.status == Status.PROPOSED:
        verb, what = "Agree, or not,", f"about {match}"
    elif match.gone_at is not None:
        verb, what = "Look", f"whether {match.label} is reinstated: {match.list_code} lost the row"
    tone = "bad" if match.due_date < today else "warn"
    address = reverse("credentialing:match_detail", args=[match.pk])
    return Task(verb, what, match.due_date, address, tone)


def _lists(actor: Actor, today: date) -> list[Task]:
    address = reverse("credentialing:list_list")
    tasks = []
    if actor.may("credentialing.accept_list"):
        for version in ListVersion.objects.filter(status=ListVersion.Status.DOUBTED)[:SHOWN]:
            where = reverse("credentialing:list_detail", args=[version.pk])
            tasks.append(Task("Vouch for the size of", version.name, None, where, "warn"))
    if not actor.may("credentialing.load_list"):
        return tasks
    # An IPA that has nobody to screen and never loaded a list is not told of each of them.
    if not ScreeningRun.objects.exists() and not ListVersion.objects.exists():
        return [*tasks, Task("Load", "the exclusion lists", None, address, "warn")]
    for one in lists_in_use(today):
        until = one.fresh_until
        if one.is_wanting:
            tasks.append(Task("Load", one.name, until or today, address, "bad"))
        elif until is not None and until <= today + timedelta(days=WARN_DAYS):
            tasks.append(Task("Load", one.name, until, address, "warn"))
    return tasks
