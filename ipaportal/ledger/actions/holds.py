"""Placing and releasing a hold on everything paid to a party."""

from datetime import datetime

from ipaportal.audit.actions import action
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import Party
from ipaportal.ledger import holds
from ipaportal.ledger.models import Hold

# Holds of these sources end with what placed them, never by hand: why each stands, and the way out.
OWN_PROCEDURE = {
    "screening:": (
        "of an exclusion list",
        "It is released by the decision about that match, which takes two people.",
        "Decide the match under Screening.",
    ),
    "suspension:": (
        "somebody is suspended",
        "It is released when the suspension is lifted.",
        "Lift the suspension under Expirables.",
    ),
    "care:": (
        "signs of care watch wait for the medical director",
        "It is released by the review, and stops bonuses only.",
        "Review it under Care watch.",
    ),
}


class NoReason(Refused):
    """A hold, or its release, without words."""

    def __init__(self) -> None:
        super().__init__(
            "Say why in a few words: the payee and the auditors will read them. "
            "Nothing was changed."
        )


class AlreadyReleased(Refused):
    """The hold was released before."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(
            f"This hold was released by {hold.released_by_name} on {hold.released_at:%b %-d, %Y}. "
            "Nothing was changed. Place a new hold if payments must stop again."
        )


class ReleasedElsewhere(Refused):
    """The hold belongs to a decision that has a procedure of its own."""

    def __init__(self, hold: Hold) -> None:
        kind = next(kind for kind in OWN_PROCEDURE if hold.source.startswith(kind))
        why, end, way = OWN_PROCEDURE[kind]
        super().__init__(
            f"This hold stands because {why} ({hold.text}). {end} Nothing was changed. {way}"
        )


class SamePersonReleases(Refused):
    """Whoever placed a hold does not release it."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(
            f"{hold.placed_by_name} placed this hold, so somebody else has to release it. "
            "Nothing was changed. Ask another finance approver or the compliance officer."
        )


@action("ledger.place_hold")
def place_hold(
    *, actor: Actor, party_id: int, reason: str, text: str, now: datetime, source: str = ""
) -> Hold:
    """
    Stop every payment to a party until the hold is released.

    :raises NoReason: if no words say why
    """
    if not text.strip():
        raise NoReason
    return holds.place(
        party=Party.objects.get(pk=party_id),
        reason=Hold.Reason(reason),
        text=text.strip(),
        source=source,
        actor=actor,
        now=now,
    )


@action("ledger.release_hold")
def release_hold(*, actor: Actor, hold_id: int, text: str, now: datetime) -> Hold:
    """
    Release one hold; the party is paid again once none is left on it.

    :raises NoReason: if no words say why
    :raises AlreadyReleased: if it was released before
    :raises ReleasedElsewhere: if what placed it has a procedure for ending it
    :raises SamePersonReleases: if the actor placed it
    """
    if not text.strip():
        raise NoReason
    hold = Hold.objects.select_for_update().get(pk=hold_id)
    if hold.released_at is not None:
        raise AlreadyReleased(hold)
    if hold.source.startswith(tuple(OWN_PROCEDURE)):
        raise ReleasedElsewhere(hold)
    if hold.placed_by_id is not None and hold.placed_by_id == actor.user_id:
        raise SamePersonReleases(hold)
    return holds.release(hold=hold, text=text.strip(), actor=actor, now=now)
