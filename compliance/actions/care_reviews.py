"""The medical director's reviews of concerns: what was found and why, kept whatever follows."""

from datetime import datetime

from compliance.models import CareConcern, CareReview
from compliance.queries.care import concern_state, hold_source, is_newest, practices_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.refusals import Refused
from ipaportal.ledger.holds import release
from ipaportal.ledger.models import Hold


class SayWhy(Refused):
    def __init__(self) -> None:
        super().__init__(
            "A review needs its reasons, in a sentence or more. Nothing was kept. Say what you "
            "looked at and what you found."
        )


class OwnPractice(Refused):
    """Somebody who belongs to the practice."""

    def __init__(self) -> None:
        super().__init__(
            "You belong to the practice that this is about, or are the PCP. Nothing was kept. "
            "Ask another medical director."
        )


class NotOpen(Refused):
    """The concern was answered, or a newer one stands."""

    def __init__(self, state: str) -> None:
        super().__init__(
            f"This concern is {state}. Nothing was changed. Look at the PCP's page for what is "
            "open now."
        )


@action("compliance.review_care")
def review_concern(
    *, actor: Actor, concern_id: int, outcome: str, reason: str, now: datetime
) -> CareReview:
    """
    Keep what a medical director found; a release lets the bonus go on, anything else holds it.

    :raises SayWhy: without reasons
    :raises NotOpen: if it was released before
    :raises OwnPractice: if the reviewer is the PCP or belongs to the practice
    """
    if len(reason.split()) < 3:
        raise SayWhy
    concern = CareConcern.objects.select_for_update(of=("self",)).select_related(
        "practitioner", "round"
    )
    concern = concern.get(pk=concern_id)
    if (state := concern_state(concern)) == "released":
        raise NotOpen("released")
    if not is_newest(concern):
        raise NotOpen(f"{state}, and a newer one stands")
    parties = practices_of(concern.practitioner_id, concern.round.month)
    theirs = {party for _, party in actor.grants}
    if concern.practitioner.user_id == actor.user_id or theirs & {one.party_id for one in parties}:
        raise OwnPractice
    review = CareReview.objects.create(
        concern=concern, outcome=CareReview.Outcome(outcome), reason=reason.strip(),
        reviewed_at=now, reviewed_by_id=actor.user_id, reviewed_by_name=actor.name,
    )  # fmt: skip
    if outcome == CareReview.Outcome.RELEASE:
        _release_bonuses(concern, actor, now)
    record(
        actor=actor, action="compliance.care.reviewed", subject=concern, outcome=outcome,
        signs=concern.signs,
    )  # fmt: skip
    return review


def _release_bonuses(concern: CareConcern, actor: Actor, now: datetime) -> None:
    source = hold_source(concern.practitioner_id)
    lock("payments")
    for hold in Hold.objects.select_for_update().filter(source=source, released_at=None):
        release(hold=hold, text="the medical director's review", actor=actor, now=now)
