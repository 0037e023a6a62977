"""Participation by hand: starting whoever is credentialed, ending it, suspending it summarily."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.gate import (
    NotCredentialed,
    approval_on,
    refuse_whoever_a_list_stops,
)
from credentialing.actions.suspending import suspend
from credentialing.actions.taking_part import begin_days, end_days
from credentialing.models import Participation, Practice, Practitioner, Suspension
from credentialing.queries.impact import impact_of
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party


class TakesPartAlready(Refused):
    """The days are known to be so."""

    def __init__(self, who: Practitioner, day: date) -> None:
        super().__init__(f"{who} takes part on {day_text(day)} already. Nothing was changed.")


class TakesNoPart(Refused):
    """There is nothing to end."""

    def __init__(self, who: Practitioner, day: date) -> None:
        super().__init__(
            f"{who} takes part with that plan on no day from {day_text(day)} on. Nothing was "
            "changed."
        )


class NothingToSuspend(Refused):
    """Whoever takes no part is not suspended."""

    def __init__(self, who: Practitioner, day: date) -> None:
        super().__init__(
            f"{who} takes part with no plan on any day from {day_text(day)} on. Nothing was "
            "changed."
        )


class NoReason(Refused):
    """An end without words."""

    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


class ImpactChanged(Refused):
    """What was seen is not what would happen now."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"What this does from {day_text(day)} is not what you looked at. Nothing was changed. "
            "Look at the numbers above, which are of that day and of now, and confirm again."
        )


class SuspendedAlready(Refused):
    """One suspension at a time."""

    def __init__(self, who: Practitioner, since: date) -> None:
        super().__init__(
            f"{who} is suspended since {day_text(since)}. Nothing was changed. See Suspensions."
        )


class SuspendedBackwards(Refused):
    """A suspension takes nothing back of days that are over."""

    def __init__(self, today: date) -> None:
        super().__init__(
            f"A suspension begins on {day_text(today)} at the earliest: it takes back no day on "
            "which somebody saw patients as part of the network. Nothing was changed."
        )


@action("credentialing.start_participation")
def start_participation(
    *,
    actor: Actor,
    practitioner_id: int,
    practice_id: int,
    payer_party_id: int,
    effective_date: date,
    now: datetime,
) -> Participation:
    """
    Start a credentialed practitioner with a payer, through a practice; provisional ones end.

    :raises NotCredentialed: if no approval stands on the first day
    :raises OnAList: if a match on an exclusion list is not cleared
    :raises TakesPartAlready: if they take part on that day
    """
    who = Practitioner.objects.select_for_update().get(pk=practitioner_id)
    practice = Practice.objects.get(pk=practice_id)
    payer = Party.objects.get(pk=payer_party_id, kind=Party.Kind.PAYER)
    decision = approval_on(who, effective_date)
    if decision is None or effective_date < decision.decision_date:
        raise NotCredentialed(who, effective_date)
    refuse_whoever_a_list_stops(who)
    batch = open_batch(
        actor=actor, scopes=[NETWORK], description=f"{who} joins {payer}"[:200], now=now
    )
    pair = Participation.objects.current().filter(practitioner=who, payer_party=payer)
    known = pair.active_on(effective_date)
    if known.exists() or not begin_days(
        who.pk, practice, payer.pk, effective_date, decision.ends_date, fact_no=batch.pk, now=now
    ):
        raise TakesPartAlready(who, effective_date)
    started = pair.get(fact_no=batch.pk)
    record(actor=actor, action="credentialing.participation.started", subject=started,
           practitioner_id=who.pk, day=effective_date.isoformat())  # fmt: skip
    return started


@action("credentialing.end_participation")
def end_participation(
    *,
    actor: Actor,
    practitioner_id: int,
    payer_party_id: int,
    end_date: date,
    reason: str,
    now: datetime,
    seen_digest: str | None = None,
) -> list[Participation]:
    """
    End a practitioner's days with a payer, and the listings within them; `end_date` is the first
    day no longer.

    :raises NoReason: without words
    :raises ImpactChanged: if it does something else than was seen (`seen_digest`)
    :raises TakesNoPart: if there is no day to end
    """
    who = Practitioner.objects.select_for_update().get(pk=practitioner_id)
    if not reason.strip():
        raise NoReason
    if seen_digest is not None:
        _refuse_unseen(who, end_date, seen_digest, payer_party_id)
    batch = open_batch(actor=actor, scopes=[NETWORK], description=reason.strip()[:200], now=now)
    ended = end_days(
        who.pk, end_date, fact_no=batch.pk, now=now, payer_party_id=payer_party_id
    )  # fmt: skip
    if not ended:
        raise TakesNoPart(who, end_date)
    record(
        actor=actor,
        action="credentialing.participation.ended",
        subject=ended[0],
        practitioner_id=who.pk,
        day=end_date.isoformat(),
        reason=reason.strip()[:200],
        recorded_on=timezone.localdate(now).isoformat(),
    )
    return ended


def _refuse_unseen(who: Practitioner, day: date, seen: str, payer_party_id: int | None) -> None:
    if impact_of(who.pk, day, payer_party_id).digest != seen:
        raise ImpactChanged(day)


@action("credentialing.suspend_participation")
def suspend_participation(
    *,
    actor: Actor,
    practitioner_id: int,
    effective_date: date,
    reason: str,
    seen_digest: str,
    now: datetime,
    basis: str = "",
) -> Suspension:
    """
    Suspend a practitioner summarily: days and listings end, their payees are held until it is
    lifted. Lifting adds days again; nothing is deleted.

    :raises NoReason: without words
    :raises SuspendedAlready: if they are suspended
    :raises SuspendedBackwards: if the day is over
    :raises NothingToSuspend: if there is no day to end
    :raises ImpactChanged: if it does something else than was seen
    """
    who = Practitioner.objects.select_for_update().get(pk=practitioner_id)
    if not reason.strip():
        raise NoReason
    before = who.suspensions.filter(lifted_at=None).first()
    if before is not None:
        raise SuspendedAlready(who, before.effective_date)
    if effective_date < timezone.localdate(now):
        raise SuspendedBackwards(timezone.localdate(now))
    impact = impact_of(who.pk, effective_date)
    if not impact.participations:
        raise NothingToSuspend(who, effective_date)
    if impact.digest != seen_digest:
        raise ImpactChanged(effective_date)
    return suspend(
        who, from_date=effective_date, reason=reason.strip(), actor=actor, now=now, basis=basis
    )
