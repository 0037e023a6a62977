"""The part of the log that a file for strangers tells: who looked at a member, or by whom."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, Func, Q, QuerySet

from capitation.models import Member
from compliance.queries.looked import VIEW, Span
from compliance.rules.looking import Told, deed_name, page_name
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import EmergencyAccess

CHUNK = 2_000


@dataclass(frozen=True)
class Chosen:
    """Whose events: of one person, about one member, or everybody's, between two days."""

    span: Span
    member_id: int | None = None
    user_id: int | None = None

    def seen(self) -> QuerySet[AccessEvent]:
        rows = AccessEvent.objects.filter(self.span.within())
        if self.member_id is not None:
            rows = rows.filter(member_ids__contains=[self.member_id])
        return rows if self.user_id is None else rows.filter(actor_id=self.user_id)

    def done(self) -> QuerySet[DomainEvent]:
        rows = DomainEvent.objects.filter(self.span.within())
        if self.member_id is not None:
            subject = Q(subject_type=Member._meta.label, subject_id=str(self.member_id))
            rows = rows.filter(subject)
        return rows if self.user_id is None else rows.filter(actor_id=self.user_id)

    def in_words(self) -> str:
        """What a packet of it is called."""
        if self.member_id is not None:
            return f"who looked at member {self.member_id}"
        return "everybody" if self.user_id is None else f"what person {self.user_id} looked at"


def members_of(*, actor: Actor, chosen: Chosen) -> list[int]:
    """Every member that the chosen events name."""
    _may(actor)
    if chosen.member_id is not None:
        return [chosen.member_id]
    one = Func(F("member_ids"), function="unnest")
    return list(chosen.seen().values_list(one, flat=True).distinct().order_by())


def told_events(*, actor: Actor, chosen: Chosen) -> Iterator[Told]:
    """The chosen events, the oldest first of each kind, read in pieces."""
    _may(actor)
    emergencies = _emergencies(chosen)
    for event in _in_pieces(chosen.seen()):
        yield _seen(event, chosen, emergencies)
    for event in _in_pieces(chosen.done()):
        yield Told(
            key=f"done-{event.pk}", at=event.at, kind="done", what=deed_name(event.action),
            actor_id=event.actor_id, actor_name=event.actor_name, roles=event.actor_roles,
            subject=f"{event.subject_type} {event.subject_id}".strip(),
        )  # fmt: skip


def _seen(event: AccessEvent, chosen: Chosen, emergencies: list[EmergencyAccess]) -> Told:
    """A look; of a list that showed one member among others, the one who was asked about."""
    asked = chosen.member_id
    return Told(
        key=f"seen-{event.pk}", at=event.at, kind=event.kind, what=page_name(event.view_name),
        actor_id=event.actor_id, actor_name=event.actor_name, roles=event.actor_roles,
        ip=event.ip or "", member_ids=event.member_ids if asked is None else [asked],
        is_emergency=any(
            one.user_id == event.actor_id and one.began_at <= event.at <= one.ends_at
            and one.subject_id in event.member_ids
            for one in emergencies
        ),
    )  # fmt: skip


def _emergencies(chosen: Chosen) -> list[EmergencyAccess]:
    rows = EmergencyAccess.objects.filter(subject_type=Member._meta.label)
    if chosen.member_id is not None:
        rows = rows.filter(subject_id=chosen.member_id)
    return list(rows if chosen.user_id is None else rows.filter(user_id=chosen.user_id))


def _in_pieces(rows: QuerySet) -> Iterator:
    """Rows by their time and key, each piece by the index where the one before ended."""
    rows, after = rows.order_by("at", "pk"), Q()
    while piece := list(rows.filter(after)[:CHUNK]):
        yield from piece
        last = piece[-1]
        after = Q(at__gte=last.at) & (Q(at__gt=last.at) | Q(pk__gt=last.pk))


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
