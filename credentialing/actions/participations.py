"""Participation by hand: starting whoever is credentialed in a network, and ending it."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.actions.taking_part import begin_days, end_days
from credentialing.models import Decision, Participation, Practice, Practitioner
from credentialing.queries.screening_matches import standings
from ipaportal.audit.actions import action, record
from ipaportal.audit.batches import NETWORK, open_batch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.models import Party


class NotCredentialed(Refused):
    """Nobody joins a network before the decision that lets them."""

    def __init__(self, who: Practitioner, day: date) -> None:
        super().__init__(
            f"No approval of {who} stands on {day_text(day)}, so they cannot join a network from "
            "then. Nothing was changed. Have the file decided, or choose a day after the decision."
        )


class OnAList(Refused):
    """Whoever a list stops, or may, joins no network."""

    def __init__(self, who: Practitioner, words: str) -> None:
        super().__init__(
            f"{who} has a match on an exclusion list that is not cleared ({words}). Nothing was "
            "changed. Decide the match under Screening first."
        )


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


class NoReason(Refused):
    """An end without words."""

    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


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
    key = f"practitioner:{who.pk}"
    standing = standings([key])[key]
    if standing.outcome in ("stopped", "open"):
        raise OnAList(who, standing.words)
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


def approval_on(who: Practitioner, day: date) -> Decision | None:
    """The approval that stands on a day: the newest decision by then, if it still holds."""
    newest = Decision.objects.filter(event__practitioner=who, decision_date__lte=day)
    newest = newest.order_by("-decision_date", "-pk").first()
    if newest is None or newest.outcome == "denied":
        return None
    over = newest.ends_date is not None and newest.ends_date <= day
    late = newest.next_due_date is not None and newest.next_due_date < day
    return None if over or late else newest


@action("credentialing.end_participation")
def end_participation(
    *,
    actor: Actor,
    practitioner_id: int,
    payer_party_id: int,
    end_date: date,
    reason: str,
    now: datetime,
) -> list[Participation]:
    """
    End a practitioner's days with a payer, and the listings within them; `end_date` is the first
    day no longer.

    :raises NoReason: without words
    :raises TakesNoPart: if there is no day to end
    """
    who = Practitioner.objects.select_for_update().get(pk=practitioner_id)
    if not reason.strip():
        raise NoReason
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
