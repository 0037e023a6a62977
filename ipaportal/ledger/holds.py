"""Placing and releasing a hold beneath actions, for whatever finds that payments must stop."""

from datetime import datetime

from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold


def place(
    *, party: Party, reason: str, text: str, source: str, actor: Actor, now: datetime,
    stops: str = Hold.Stops.ALL,
) -> Hold:  # fmt: skip
    """Place a hold and record it; one live hold for a named source is placed once only."""
    # Whoever releases payments holds this lock: they see the hold, or it comes after them.
    lock("payments")
    if source:
        live = Hold.objects.filter(party=party, source=source, released_at=None).first()
        if live is not None:
            record(actor=actor, action="ledger.hold.kept", subject=live, party_id=party.pk)
            return live
    hold = Hold.objects.create(
        party=party,
        stops=stops,
        reason=reason,
        text=text,
        source=source,
        placed_by_id=actor.user_id,
        placed_by_name=actor.name,
        placed_at=now,
    )
    record(
        actor=actor,
        action="ledger.hold.placed",
        subject=hold,
        party_id=party.pk,
        reason=reason,
        text=text,
        source=source,
        stops=str(stops),
    )
    return hold


def release(*, hold: Hold, text: str, actor: Actor, now: datetime) -> Hold:
    """Release a hold that the caller has locked and found live, and record it."""
    hold.released_by_id, hold.released_by_name = actor.user_id, actor.name
    hold.released_at, hold.release_text = now, text
    hold.save(update_fields=["released_by_id", "released_by_name", "released_at", "release_text"])
    record(
        actor=actor,
        action="ledger.hold.released",
        subject=hold,
        party_id=hold.party_id,
        text=hold.release_text,
    )
    return hold
