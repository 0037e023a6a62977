"""Emergency accesses: the one that runs, and all of them."""

from datetime import datetime

from django.db.models import QuerySet

from ipaportal.core.actors import Actor
from ipaportal.identity.models import EmergencyAccess


def running_emergency(actor: Actor, subject_type: str, now: datetime) -> EmergencyAccess | None:
    """The record that an actor has open in an emergency this moment, the latest one."""
    return EmergencyAccess.objects.filter(
        user_id=actor.user_id, subject_type=subject_type, began_at__lte=now, ends_at__gt=now
    ).first()


def emergencies() -> QuerySet[EmergencyAccess]:
    """All accesses, the latest first."""
    return EmergencyAccess.objects.all()
