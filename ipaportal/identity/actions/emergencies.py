"""Open a record in an emergency, and look at it afterwards."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import Role
from ipaportal.identity.models import EmergencyAccess, User
from ipaportal.identity.queries.actors import grants_in_force

MAIL = """{name} opened a record in an emergency, at {at:%Y-%m-%d %H:%M} UTC.

Which record and why stands in the portal, under Emergency access. It says nothing here on
purpose. Please look at it and write down what you found.
"""


class ReasonTooShort(Refused):
    def __init__(self) -> None:
        super().__init__(
            "Say in a sentence why this cannot wait. Nothing was opened; nobody was notified."
        )


class NotToReview(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This access was looked at already, or is your own. Nothing was changed. Ask another "
            "compliance officer."
        )


@action("identity.begin_emergency")
def begin_emergency(
    *, actor: Actor, subject: models.Model, reason: str, now: datetime
) -> EmergencyAccess:
    """
    Open one record for some minutes; the compliance officers are told at once.

    :raises ReasonTooShort: if the reason is no sentence
    """
    if actor.user_id is None or len(reason.split()) < 3:
        raise ReasonTooShort
    access = EmergencyAccess.objects.create(
        user_id=actor.user_id,
        user_name=actor.name,
        subject_type=subject._meta.label,
        subject_id=subject.pk,
        reason=reason.strip(),
        began_at=now,
        ends_at=now + timedelta(minutes=settings.EMERGENCY_MINUTES),
    )
    # The reason is somebody's own words and may name a member: it stands in the row alone.
    record(
        actor=actor,
        action="identity.emergency.began",
        subject=access,
        record_type=access.subject_type,
        record_id=access.subject_id,
        ends_at=access.ends_at.isoformat(),
    )
    body = MAIL.format(name=actor.name, at=now)
    told = _officers(now)
    send = partial(send_mail, "Emergency access to a record", body, None, told)
    transaction.on_commit(send, robust=True)
    return access


def _officers(now: datetime) -> list[str]:
    """Who is told: the compliance officers, or, as long as there is none, the administrators."""
    for role in (Role.COMPLIANCE_OFFICER, Role.SYSTEM_ADMIN):
        holders = grants_in_force(now.date()).filter(role=role)
        people = User.objects.filter(is_active=True, pk__in=holders.values("user_id"))
        if people:
            return sorted(person.email for person in people)
    return []


@action("identity.review_emergency")
def review_emergency(*, actor: Actor, access_id: int, text: str, now: datetime) -> EmergencyAccess:
    """
    Write down what was found about an emergency access.

    :raises NotToReview: if it was looked at before, or is the actor's own
    """
    access = EmergencyAccess.objects.select_for_update().get(pk=access_id)
    if access.reviewed_at is not None or access.user_id == actor.user_id or not actor.user_id:
        raise NotToReview
    access.reviewed_by_id, access.reviewed_by_name = actor.user_id, actor.name
    access.reviewed_at, access.review_text = now, text.strip()
    access.save(update_fields=["reviewed_by_id", "reviewed_by_name", "reviewed_at", "review_text"])
    record(actor=actor, action="identity.emergency.reviewed", subject=access)
    return access
