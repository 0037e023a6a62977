"""Who looked at a member, and what a person looked at and did: straight from the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from capitation.models import Member
from capitation.queries.members import MemberRow, member_rows
from compliance.models import LookDay
from compliance.queries.looks import bounds_of
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import EmergencyAccess, User

VIEW = "compliance.view_looks"
# So many days of people's looks are summed in their list.
LIST_DAYS = 30


@dataclass(frozen=True)
class Span:
    """Between which days, both included."""

    first: date
    last: date

    def within(self) -> Q:
        """Events of these days, where the office stands."""
        return Q(at__gte=bounds_of(self.first)[0], at__lt=bounds_of(self.last)[1])


@dataclass(frozen=True)
class MemberLooks:
    """A member, who looked, each look, and the emergencies in which their record was opened."""

    member: MemberRow
    events: QuerySet[AccessEvent]
    people: list[dict[str, object]]
    emergencies: list[EmergencyAccess]

    def reason(self, event: AccessEvent) -> str:
        """Why somebody opened the record, where they had to say so."""
        for one in self.emergencies:
            if one.user_id == event.actor_id and one.began_at <= event.at <= one.ends_at:
                return f"emergency: {one.reason}"
        return ""


def member_looks(*, actor: Actor, member_id: int, span: Span, kind: str, who: str) -> MemberLooks:
    """
    Every look at one member between two days.

    :raises LookupError: if there is no such member
    """
    _may(actor)
    found = member_rows([member_id])
    if not found:
        raise LookupError
    all_ = AccessEvent.objects.filter(span.within(), member_ids__contains=[member_id])
    people = (
        all_.values("actor_id", "actor_name")
        .annotate(
            looks=Count("pk", filter=~Q(kind="refused")),
            files=Count("pk", filter=Q(kind="export")),
            refused=Count("pk", filter=Q(kind="refused")),
            first=Min("at"),
            last=Max("at"),
        )
        .order_by("-last", "actor_id")
    )
    events = all_.filter(kind=kind) if kind else all_
    events = events.filter(actor_name__icontains=who) if who else events
    opened = EmergencyAccess.objects.filter(subject_type=Member._meta.label, subject_id=member_id)
    return MemberLooks(found[0], events.order_by("-at", "-pk"), list(people), list(opened))


@dataclass(frozen=True)
class PersonLooks:
    """A person with what they opened, what they did, and their days as they were counted."""

    user: User
    opened: QuerySet[AccessEvent]
    done: QuerySet[DomainEvent]
    days: QuerySet[LookDay]


def person_looks(*, actor: Actor, user_id: int, span: Span) -> PersonLooks:
    """
    What one person opened and did between two days.

    :raises LookupError: if there is no such person
    """
    _may(actor)
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise LookupError
    mine = Q(actor_id=user_id) & span.within()
    return PersonLooks(
        user,
        AccessEvent.objects.filter(mine).order_by("-at", "-pk"),
        DomainEvent.objects.filter(mine).order_by("-at", "-pk"),
        LookDay.objects.filter(user_id=user_id, day__gte=span.first, day__lte=span.last),
    )


def people(*, actor: Actor, today: date) -> QuerySet[User]:
    """Everybody with an account, with what they looked at on the last days that were counted."""
    _may(actor)
    since = LookDay.objects.filter(day__gte=today - timedelta(days=LIST_DAYS))
    sums = {
        row["user_id"]: row
        for row in since.values("user_id").annotate(
            looks=Sum("looks"), files=Sum("exported"), late=Sum("out_of_hours"), last=Max("day")
        )
    }
    found = list(User.objects.order_by("name", "pk"))
    for user in found:
        user.looked = sums.get(user.pk, {})
    return found


def members_seen(events: Iterable[AccessEvent]) -> set[int]:
    """Whom some events showed, where they showed one member alone."""
    return {one.member_ids[0] for one in events if len(one.member_ids) == 1}


def as_seen(at: datetime) -> datetime:
    """A moment as the office's clock shows it."""
    return at.astimezone(bounds_of(at.date())[0].tzinfo)


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
