"""Suspending beneath actions: participations and listings end by superseding, payees are held."""

from datetime import date, datetime

from django.db.models import Q, QuerySet

from credentialing.actions.gate import refuse_return
from credentialing.actions.taking_part import end_fact
from credentialing.models import (
    Credential,
    Facility,
    NetworkListing,
    Participation,
    Practitioner,
    Suspension,
)
from ipaportal.audit.actions import record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger.holds import place, release
from ipaportal.ledger.models import Hold


def source_of(suspension: Suspension) -> str:
    """What a suspension's holds are placed under."""
    return f"suspension:{suspension.pk}"


def suspend(
    who: Practitioner | Facility,
    *,
    from_date: date,
    reason: str,
    actor: Actor,
    now: datetime,
    credential: Credential | None = None,
    basis: str = "",
) -> Suspension:
    """Suspend somebody who is not suspended: their days end, their payees are held."""
    is_person = isinstance(who, Practitioner)
    ended, parties = _end_days(who, from_date, reason, actor, now) if is_person else ({}, [])
    suspension = Suspension.objects.create(
        practitioner=who if is_person else None,
        facility=None if is_person else who,
        credential=credential,
        reason=reason[:500],
        basis=basis,
        effective_date=from_date,
        ended=ended,
        placed_by_name=actor.name,
        placed_at=now,
    )
    if not is_person:
        who.status = Facility.Status.SUSPENDED
        who.save(update_fields=["status"])
    for party in parties:
        place(
            party=party,
            reason=Hold.Reason.CREDENTIALS,
            text=f"{who}: {reason}"[:500],
            source=source_of(suspension),
            actor=actor,
            now=now,
        )
    record(
        actor=actor,
        action="credentialing.suspension.placed",
        subject=suspension,
        from_date=from_date.isoformat(),
        participations=len(ended.get("participations", [])),
    )
    return suspension


def _end_days(
    who: Practitioner, from_date: date, reason: str, actor: Actor, now: datetime
) -> tuple[dict[str, list], list[Party]]:
    batch = open_batch(
        actor=actor, scopes=[NETWORK], description=f"suspension: {reason}"[:200], now=now
    )
    lasting = Q(end_date=None) | Q(end_date__gt=from_date)
    parts = Participation.objects.current().filter(lasting, practitioner=who)
    parts = list(parts.select_related("practice__party"))
    listings = NetworkListing.objects.current().filter(lasting, role__practitioner=who)
    ended = {
        "participations": [
            [p.practice_id, p.payer_party_id, _day(p.effective_date), _day(p.end_date)]
            for p in parts
        ],
        "listings": [
            [x.role_id, x.network_id, _day(x.effective_date), _day(x.end_date)] for x in listings
        ],
    }
    for row in [*listings, *parts]:
        end_fact(row, from_date, batch.pk, now)
    parties = {p.practice.party_id: p.practice.party for p in parts}
    return ended, [parties[key] for key in sorted(parties)]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def lift(suspension: Suspension, *, from_date: date, text: str, actor: Actor, now: datetime):
    """
    Lift a locked suspension: what it ended begins again on a day, and its holds go.

    :raises OnAList: if a match on an exclusion list is not cleared
    :raises NotCredentialed: if they were decided here and no approval stands on the day
    """
    refuse_return(suspension.practitioner or suspension.facility, from_date)
    suspension.lifted_at, suspension.lifted_by_name = now, actor.name
    suspension.lift_text, suspension.back_date = text[:500], from_date
    suspension.save(update_fields=["lifted_at", "lifted_by_name", "lift_text", "back_date"])
    if suspension.facility_id:
        suspension.facility.status = Facility.Status.ACTIVE
        suspension.facility.save(update_fields=["status"])
    else:
        _begin_again(suspension, from_date, actor, now)
    release_holds(suspension, text=text, actor=actor, now=now)
    record(
        actor=actor,
        action="credentialing.suspension.lifted",
        subject=suspension,
        from_date=from_date.isoformat(),
    )


def release_holds(suspension: Suspension, *, text: str, actor: Actor, now: datetime) -> None:
    """Let what is owed to their payees be paid; the days stay ended."""
    for hold in _holds(suspension).select_for_update():
        release(hold=hold, text=text, actor=actor, now=now)


def _holds(suspension: Suspension) -> QuerySet[Hold]:
    return Hold.objects.live().filter(source=source_of(suspension))


def _begin_again(suspension: Suspension, from_date: date, actor: Actor, now: datetime) -> None:
    batch = open_batch(
        actor=actor, scopes=[NETWORK], description="a suspension was lifted", now=now
    )
    facts = {"fact_no": batch.pk, "recorded_at": now}
    for practice, payer, began, ended in suspension.ended.get("participations", []):
        days = _days_again(from_date, began, ended)
        if days:
            Participation.objects.create(
                practitioner_id=suspension.practitioner_id,
                practice_id=practice,
                payer_party_id=payer,
                **days,
                **facts,
            )
    for role, network, began, ended in suspension.ended.get("listings", []):
        days = _days_again(from_date, began, ended)
        if days:
            NetworkListing.objects.create(role_id=role, network_id=network, **days, **facts)


def _days_again(from_date: date, began: str, ended: str | None) -> dict[str, date | None]:
    start = max(from_date, date.fromisoformat(began))
    end = date.fromisoformat(ended) if ended else None
    return {} if end is not None and end <= start else {"effective_date": start, "end_date": end}
