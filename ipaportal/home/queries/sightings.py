"""Who saw whom and who did what: access events and domain events as one list, newest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from capitation.queries.members import FOUND, MemberRow, find_members, member_rows
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import User

VIEW = "home.view_sightings"
KINDS = ("view", "export", "refused", "done")
PAGE_REFUSED = "audit.page.refused"
PAGE = 50
CHUNK = 2000
MOST_PEOPLE = 50
SAME_REQUEST = 20
# The two kinds of rows, in their order within one moment.
SEEN, DONE = "a", "d"
MODELS = {SEEN: AccessEvent, DONE: DomainEvent}
Event = AccessEvent | DomainEvent


@dataclass(frozen=True)
class Asked:
    """What a search asks for; empty means everything."""

    who: str = ""
    actor_id: int | None = None
    member: str = ""
    member_id: int | None = None
    kind: str = ""
    first: date | None = None
    last: date | None = None
    oldest_first: bool = False


@dataclass(frozen=True)
class Place:
    """Where in the list a page begins: after this row."""

    at: datetime
    source: str
    pk: int

    def __str__(self) -> str:
        micros = (self.at - EPOCH) // timedelta(microseconds=1)
        return f"{micros}{self.source}{self.pk}"


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Sightings:
    """A page of events, the members that the search names, and where the next page begins."""

    events: list[Event]
    members: list[MemberRow]
    following: Place | None


def place_of(text: str) -> Place | None:
    """The place that a text of an address names; nothing if it is none."""
    for source in MODELS:
        micros, found, pk = text.partition(source)
        if found and _is_number(micros) and _is_number(pk):
            return Place(EPOCH + timedelta(microseconds=int(micros)), source, int(pk))
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def source_of(event: Event) -> str:
    """Which of the two kinds of rows an event is."""
    return SEEN if isinstance(event, AccessEvent) else DONE


def sightings(*, actor: Actor, asked: Asked, after: Place | None) -> Sightings:
    """One page of what a search finds."""
    _may(actor)
    members = _members(actor, asked)
    found = _found(actor, asked, members)
    events = _page(found, asked, after, PAGE + 1) if found else []
    shown = events[:PAGE]
    last = shown[-1] if len(events) > PAGE else None
    following = Place(last.at, source_of(last), last.pk) if last else None
    return Sightings(shown, members, following)


def every_sighting(*, actor: Actor, asked: Asked) -> Iterator[Event]:
    """All that a search finds, read in pieces."""
    _may(actor)
    found = _found(actor, asked, _members(actor, asked))
    return _in_pieces(found, asked) if found else iter(())


def _in_pieces(found: dict[str, QuerySet], asked: Asked) -> Iterator[Event]:
    after = None
    while events := _page(found, asked, after, CHUNK):
        yield from events
        after = Place(events[-1].at, source_of(events[-1]), events[-1].pk)


def searched_members(*, actor: Actor, asked: Asked) -> list[MemberRow]:
    """The members that a search names."""
    _may(actor)
    return _members(actor, asked)


def _members(actor: Actor, asked: Asked) -> list[MemberRow]:
    if asked.member_id is not None:
        return member_rows([asked.member_id])
    return find_members(actor=actor, text=asked.member, limit=FOUND) if asked.member else []


def _found(actor: Actor, asked: Asked, members: list[MemberRow]) -> dict[str, QuerySet]:
    """The rows of each kind that fit, not yet sorted or cut; empty if nothing can fit."""
    ids = [row.member_id for row in members]
    if (asked.member or asked.member_id is not None) and not ids:
        return {}
    both = _of_people(asked) & _between(asked.first, asked.last)
    found = {}
    if asked.kind != "done":
        rows = AccessEvent.objects.filter(both)
        rows = rows.filter(kind=asked.kind) if asked.kind else rows
        found[SEEN] = rows.filter(member_ids__overlap=ids) if ids else rows
    if asked.kind in ("", "done", "refused"):
        rows = DomainEvent.objects.filter(both)
        if asked.kind:
            refused = Q(action=PAGE_REFUSED)
            rows = rows.filter(refused if asked.kind == "refused" else ~refused)
        if ids:
            subjects = [str(pk) for pk in ids]
            rows = rows.filter(subject_type="capitation.Member", subject_id__in=subjects)
        found[DONE] = rows
    return found


def _of_people(asked: Asked) -> Q:
    if asked.actor_id is not None:
        return Q(actor_id=asked.actor_id)
    if not asked.who:
        return Q()
    named = Q(name__istartswith=asked.who) | Q(email__istartswith=asked.who)
    named |= Q(name__icontains=f" {asked.who}")
    ids = list(User.objects.filter(named).values_list("pk", flat=True)[:MOST_PEOPLE])
    # The clock and the worker have no account; people are found under today's name.
    return Q(actor_id__in=ids) | Q(actor_id=None, actor_name__istartswith=asked.who)


def _between(first: date | None, last: date | None) -> Q:
    found = Q()
    if first is not None:
        found &= Q(at__gte=_midnight(first))
    if last is not None:
        found &= Q(at__lt=_midnight(last + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _page(found: dict[str, QuerySet], asked: Asked, after: Place | None, size: int) -> list[Event]:
    """The next rows of both kinds, each read by its index and merged."""
    sign = "" if asked.oldest_first else "-"
    rows: list[Event] = []
    for source, events in found.items():
        if after is not None:
            events = events.filter(_beyond(after, source, oldest_first=asked.oldest_first))
        rows += events.order_by(f"{sign}at", f"{sign}pk")[:size]
    rows.sort(key=lambda e: (e.at, source_of(e), e.pk), reverse=not asked.oldest_first)
    return rows[:size]


def _beyond(after: Place, source: str, *, oldest_first: bool) -> Q:
    further = "gt" if oldest_first else "lt"
    same = Q(at=after.at)
    if source == after.source:
        same &= Q(**{f"pk__{further}": after.pk})
    elif (source > after.source) != oldest_first:
        return Q(**{f"at__{further}": after.at})
    # The first half is what the index begins at; the second leaves the rows of its edge out.
    return Q(**{f"at__{further}e": after.at}) & (Q(**{f"at__{further}": after.at}) | same)


@dataclass(frozen=True)
class SightingPage:
    """One event, the members it showed, and what else the same request or task recorded."""

    event: Event
    members: list[MemberRow]
    beside: list[Event]


def sighting(*, actor: Actor, source: str, pk: int, shown: slice) -> SightingPage:
    """
    One event.

    :raises LookupError: if there is none
    """
    _may(actor)
    event = MODELS[source].objects.filter(pk=pk).first()
    if event is None:
        raise LookupError
    ids = event.member_ids[shown] if isinstance(event, AccessEvent) else []
    return SightingPage(event, member_rows(ids), _beside(event))


def _beside(event: Event) -> list[Event]:
    if not event.request_id and not event.task_id:
        return []
    near = Q(at__gte=event.at - timedelta(hours=1), at__lte=event.at + timedelta(hours=1))
    same = Q(request_id=event.request_id, task_id=event.task_id)
    found = [
        other
        for model in MODELS.values()
        for other in model.objects.filter(near & same).order_by("at", "pk")[:SAME_REQUEST]
        if (source_of(other), other.pk) != (source_of(event), event.pk)
    ]
    return sorted(found, key=lambda e: (e.at, source_of(e), e.pk))


def subject_ids(events: Iterable[Event]) -> set[int]:
    """Members that domain events of a page were done to."""
    return {
        int(event.subject_id)
        for event in events
        if isinstance(event, DomainEvent) and event.subject_type == "capitation.Member"
    }


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
