"""The IPA decides about its network: a new row from a day on; what held before stays."""

from datetime import date, datetime

from django.utils import timezone

from credentialing.models import NetworkPolicy
from credentialing.rules.policies import fault_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused


class WrongPolicy(Refused):
    """A decision that cannot be meant."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why[:1].upper()}{why[1:]}. Nothing was decided.")


@action("credentialing.set_policy")
def set_policy(
    *,
    actor: Actor,
    topic: str,
    is_on: bool,
    from_date: date,
    note: str,
    now: datetime,
    state: str = "",
    provider_type: str = "",
) -> NetworkPolicy:
    """
    Decide whether the directory is public, or where a physician has to be named.

    :raises WrongPolicy: without what it rests on, for a day that is over, or of nothing
    """
    state = state.strip().upper()
    fault = fault_of(topic, state, provider_type)
    if not fault and not note.strip():
        fault = "say on what it rests: who decided it, or which rule"
    if not fault and from_date < timezone.localdate(now):
        fault = "it cannot hold for days that are over"
    if fault:
        raise WrongPolicy(fault)
    made = NetworkPolicy.objects.create(
        topic=topic, state=state, provider_type=provider_type, is_on=is_on, from_date=from_date,
        note=note.strip()[:300], recorded_by_id=actor.user_id, recorded_by_name=actor.name,
        recorded_at=now,
    )  # fmt: skip
    record(actor=actor, action="credentialing.policy.set", subject=made, is_on=is_on,
           from_date=from_date.isoformat())  # fmt: skip
    return made
