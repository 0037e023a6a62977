"""The network: practices, practitioners, and where each takes part."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from credentialing.models import Exclusivity, Participation, Practice, Practitioner
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted

VIEW = "credentialing.view_network"
LEAST = 2


@dataclass(frozen=True)
class PracticePage:
    """A practice with its offices and everybody who takes part through it."""

    practice: Practice
    participations: list[Participation]
    replaced: list[Participation]
    exclusivities: list[Exclusivity]


@dataclass(frozen=True)
class PractitionerPage:
    """A practitioner and where they take part, now and as it was known before."""

    practitioner: Practitioner
    participations: list[Participation]
    replaced: list[Participation]


def practices(*, actor: Actor, text: str = "", today: date) -> QuerySet[Practice]:
    """Practices with how many practitioners take part through them today."""
    _may(actor)
    active = Q(participations__superseded_no=None, participations__effective_date__lte=today) & (
        Q(participations__end_date=None) | Q(participations__end_date__gt=today)
    )
    found = Practice.objects.for_actor(actor, VIEW).annotate(
        people=Count("participations__practitioner", filter=active, distinct=True),
        plans=Count("participations__payer_party", filter=active, distinct=True),
    )
    tin = text.replace("-", "")
    by_tin = Q(tin__startswith=tin) if tin.isdigit() else Q()
    return found.filter(Q(name__istartswith=text) | by_tin) if text else found


def practitioners(*, actor: Actor, text: str = "") -> QuerySet[Practitioner]:
    """Practitioners by name or NPI."""
    _may(actor)
    found = Practitioner.objects.all()
    if text:
        found = found.filter(_named(text))
    return found


def _named(text: str) -> Q:
    name = text.replace(",", " ").split()
    by_name = Q(last_name__istartswith=name[0]) if name else Q()
    if len(name) > 1:
        by_name &= Q(first_name__istartswith=name[1])
    return by_name | Q(npi__startswith=text.strip())


def find_practitioners(text: str, limit: int) -> list[Practitioner]:
    """The first practitioners whose NPI or last name begins with a text."""
    text = text.strip()
    return list(Practitioner.objects.filter(_named(text))[:limit]) if len(text) >= LEAST else []


def practice_page(*, actor: Actor, practice_id: int) -> PracticePage:
    """
    One practice.

    :raises Practice.DoesNotExist: if there is none the actor may see
    """
    _may(actor)
    practices = Practice.objects.for_actor(actor, VIEW).select_related("party")
    practice = practices.prefetch_related("locations").get(pk=practice_id)
    rows = Participation.objects.filter(practice=practice)
    exclusive = Exclusivity.objects.filter(practice=practice).current()
    exclusive = exclusive.select_related("payer_party").order_by("payer_party__name", "pk")
    return PracticePage(practice, *_split(rows), list(exclusive))


def practitioner_page(*, actor: Actor, practitioner_id: int) -> PractitionerPage:
    """
    One practitioner.

    :raises Practitioner.DoesNotExist: if there is none
    """
    _may(actor)
    practitioner = Practitioner.objects.get(pk=practitioner_id)
    return PractitionerPage(
        practitioner, *_split(Participation.objects.filter(practitioner=practitioner))
    )


def _split(rows: QuerySet[Participation]) -> tuple[list[Participation], list[Participation]]:
    rows = rows.select_related("practitioner", "practice", "payer_party")
    found = list(rows.order_by("practitioner__last_name", "-effective_date", "pk"))
    now = [row for row in found if row.superseded_no is None]
    return now, [row for row in found if row.superseded_no is not None]


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
