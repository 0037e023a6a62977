"""Numbers others know somebody by, and where and as what a network lists them."""

from datetime import date, datetime

from django.db.models import Q

from credentialing.actions.taking_part import end_fact, within
from credentialing.models import (
    Facility,
    Identifier,
    Location,
    Network,
    NetworkListing,
    Participation,
    Practitioner,
    PractitionerRole,
)
from credentialing.rules.identifiers import fault_of_number
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party


class WrongNumber(Refused):
    """A number that cannot be, or that somebody else has."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was recorded. Compare with the letter it stands in.")


class NotTakingPart(Refused):
    """A listing outside the days of taking part with the network's plan through that practice."""

    def __init__(self, who: Practitioner, payer: Party, location: Location) -> None:
        super().__init__(
            f"{who} does not take part with {payer} through {location.practice} on all of these "
            "days, so the network cannot list them there. Nothing was recorded. Start them with "
            "the plan first, or choose days within their participation."
        )


class ListedAlready(Refused):
    """The days overlap a listing that stands."""

    def __init__(self, who: Practitioner, network: Network) -> None:
        super().__init__(
            f"{network} lists {who} there in that specialty on some of these days already. "
            "Nothing was recorded."
        )


class NotListed(Refused):
    """A listing that does not stand on the day it was to end."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Nothing was changed. Look at the listings below.")


@action("credentialing.work_files")
def add_identifier(
    *,
    actor: Actor,
    system: str,
    value: str,
    now: datetime,
    practitioner_id: int | None = None,
    facility_id: int | None = None,
    state: str = "",
    payer_party_id: int | None = None,
) -> Identifier:
    """
    Record a number by which somebody else knows a practitioner or a facility.

    :raises WrongNumber: if it cannot be, or somebody has it
    """
    who = practitioner_id and Practitioner.objects.get(pk=practitioner_id)
    where = facility_id and Facility.objects.get(pk=facility_id)
    value, state = value.strip().upper(), state.strip().upper()
    fault = fault_of_number(system, value, state, has_payer=payer_party_id is not None)
    if fault:
        raise WrongNumber(fault)
    same = {"system": system, "state": state, "payer_party_id": payer_party_id, "value": value}
    there = Identifier.objects.filter(**same).select_related("practitioner", "facility").first()
    if there is not None:
        raise WrongNumber(f"{there.practitioner or there.facility} has this number already.")
    made = Identifier.objects.create(practitioner=who, facility=where, **same)
    record(
        actor=actor,
        action="credentialing.identifier.added",
        subject=made,
        practitioner_id=practitioner_id,
        facility_id=facility_id,
        system=system,
    )
    return made


@action("credentialing.work_files")
def add_listing(
    *,
    actor: Actor,
    practitioner_id: int,
    location_id: int,
    payer_party_id: int,
    network: str,
    specialty: str,
    care: str,
    panel: str,
    effective_date: date,
    now: datetime,
    end_date: date | None = None,
) -> NetworkListing:
    """
    List a practitioner at an office in a plan's network; the network is made if it is new.

    :raises NotTakingPart: if a day lies outside their participation
    :raises ListedAlready: if a listing stands on one of the days
    """
    who = Practitioner.objects.select_for_update().get(pk=practitioner_id)
    location = Location.objects.select_related("practice").get(pk=location_id)
    payer = Party.objects.get(pk=payer_party_id, kind=Party.Kind.PAYER)
    span = (effective_date, end_date or date.max)
    rows = Participation.objects.current().filter(
        practitioner=who, practice=location.practice, payer_party=payer
    )
    days = [
        (row.effective_date, row.end_date or date.max) for row in rows.order_by("effective_date")
    ]
    if within(span, days) != [span]:
        raise NotTakingPart(who, payer, location)
    net, _ = Network.objects.get_or_create(payer_party=payer, name=network.strip())
    role, _ = PractitionerRole.objects.get_or_create(
        practitioner=who, location=location, specialty=specialty.strip(),
        defaults={"care": care, "panel": panel, "taxonomy": who.taxonomy},
    )  # fmt: skip
    if (role.care, role.panel) != (care, panel):
        role.care, role.panel = care, panel
        role.save(update_fields=["care", "panel"])
    listed = NetworkListing.objects.current().filter(role=role, network=net)
    if _overlapping(listed, effective_date, end_date).exists():
        raise ListedAlready(who, net)
    batch = open_batch(
        actor=actor, scopes=[NETWORK], description=f"{who} listed in {net}"[:200], now=now
    )
    made = NetworkListing.objects.create(
        role=role, network=net, effective_date=effective_date, end_date=end_date,
        fact_no=batch.pk, recorded_at=now,
    )  # fmt: skip
    record(
        actor=actor,
        action="credentialing.listing.added",
        subject=made,
        practitioner_id=who.pk,
        network=net.name,
        day=effective_date.isoformat(),
    )
    return made


@action("credentialing.work_files")
def end_listing(
    *, actor: Actor, practitioner_id: int, listing_id: int, end_date: date, now: datetime
) -> None:
    """
    End a listing by hand; from its own first day, it never stood.

    :raises NotListed: if it ended by then, or its days lie after
    """
    rows = NetworkListing.objects.current().select_related("role__practitioner", "network")
    row = rows.select_for_update(of=("self",)).filter(
        pk=listing_id, role__practitioner=practitioner_id
    )
    one = row.first()
    if one is None:
        raise NotListed("This listing was changed meanwhile.")
    if one.end_date is not None and one.end_date <= end_date:
        raise NotListed(f"{one.network} lists them until before {one.end_date} only.")
    if end_date < one.effective_date:
        raise NotListed(f"{one.network} lists them from {one.effective_date} on only.")
    who = one.role.practitioner
    words = f"{who} no longer listed in {one.network}"[:200]
    batch = open_batch(actor=actor, scopes=[NETWORK], description=words, now=now)
    end_fact(one, end_date, batch.pk, now)
    record(
        actor=actor,
        action="credentialing.listing.ended",
        subject=one,
        practitioner_id=who.pk,
        network=one.network.name,
        day=end_date.isoformat(),
    )


def _overlapping(rows, start: date, end: date | None):
    rows = rows.filter(Q(end_date=None) | Q(end_date__gt=start))
    return rows if end is None else rows.filter(effective_date__lt=end)
