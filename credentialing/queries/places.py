"""Who stands behind a practice, who looked at its offices; a practitioner's numbers, listings."""

from dataclasses import dataclass
from datetime import date

from credentialing.models import (
    Associate,
    Facility,
    Identifier,
    Location,
    NetworkListing,
    Participation,
    Practice,
    Practitioner,
    SiteCheck,
)
from credentialing.queries.network import VIEW
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted


@dataclass(frozen=True)
class Behind:
    """A practice's owners, managers and board, and the visits of its offices."""

    associates: list[Associate]
    visits: list[SiteCheck]


@dataclass(frozen=True)
class Known:
    """By which numbers others know a practitioner, and where networks list them."""

    numbers: list[Identifier]
    listings: list[NetworkListing]


def behind(*, actor: Actor, practice: Practice) -> Behind:
    """Who stands behind a practice, those who left last, and who looked at its offices."""
    _may(actor)
    people = Associate.objects.filter(party=practice.party_id)
    visits = SiteCheck.objects.filter(location__practice=practice).select_related("location")
    return Behind(
        sorted(people, key=lambda one: (one.end_date is not None, one.role, str(one))),
        list(visits),
    )


def known(*, actor: Actor, who: Practitioner) -> Known:
    """A practitioner's numbers and listings, the newest first."""
    _may(actor)
    listings = NetworkListing.objects.current().filter(role__practitioner=who)
    return Known(
        numbers_of(who),
        list(
            listings.select_related("role__location__practice", "network__payer_party").order_by(
                "-effective_date", "pk"
            )
        ),
    )


def numbers_of(holder: Practitioner | Facility) -> list[Identifier]:
    """By which numbers others know a practitioner or a facility."""
    return list(holder.identifiers.select_related("payer_party").order_by("system", "pk"))


def offices_of(who: Practitioner, today: date) -> list[Location]:
    """The offices of the practices through which somebody takes part today or later."""
    rows = Participation.objects.current().filter(practitioner=who)
    rows = rows.exclude(end_date__lte=today)
    places = Location.objects.filter(practice__in=rows.values("practice"))
    return list(places.select_related("practice").order_by("practice__name", "line", "pk"))


def _may(actor: Actor) -> None:
    if not actor.may(VIEW):
        raise NotPermitted(actor.name, VIEW)
