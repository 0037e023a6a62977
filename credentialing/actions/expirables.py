"""Expirables: reminders once each, grace and waivers, and what expiry does by rule."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from credentialing.actions.suspending import lift, suspend
from credentialing.models import Allowance, Credential, Document, ExpirableNotice, Suspension
from credentialing.queries.expirables import (
    must_stop,
    provisional_over,
    reminders_due,
    to_stop,
)
from credentialing.rules.expirables import EXPIRED, notices_due, readers_of
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import Role
from ipaportal.core.words import day_text
from ipaportal.identity.models import Grant

AT_ONCE = 200


class AllowedAlready(Refused):
    """One thing at a time stands in for a renewal."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(
            f"There is a {allowance.get_kind_display()} for this already. Nothing was changed. "
            "End it first."
        )


class EvidenceNeeded(Refused):
    """A grace of the issuer needs its paper and its last day."""

    def __init__(self) -> None:
        super().__init__(
            "A grace period needs the issuer's paper among the documents of the file, and a last "
            "day to come. Nothing was changed."
        )


class WordsMissing(Refused):
    def __init__(self) -> None:
        super().__init__("Say why in a few words. Nothing was changed.")


class StillExpired(Refused):
    """Nothing is lifted while the licence is over."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(
            f"The {credential} is expired and nothing stands in for it. Nothing was changed. "
            "Record the renewal, or the issuer's grace, first."
        )


class LiftedBefore(Refused):
    def __init__(self) -> None:
        super().__init__("This suspension was lifted before. Nothing was changed.")


class DayTooEarly(Refused):
    """Nobody takes part again before they were suspended."""

    def __init__(self, day: date) -> None:
        super().__init__(f"They take part again from {day} at the earliest. Nothing was changed.")


def step_expirables(now: datetime) -> int:
    """Remind of what expires and stop what has expired; a step of the sweep."""
    clock, today = Actor.system("clock"), timezone.localdate(now)
    taken = 0
    for credential_id in reminders_due(today)[:AT_ONCE]:
        remind(actor=clock, credential_id=credential_id, now=now)
        taken += 1
    for credential_id in to_stop(today)[:AT_ONCE]:
        taken += suspend_expired(actor=clock, credential_id=credential_id, now=now)
    for decision in provisional_over(today)[:AT_ONCE]:
        end_provisional(actor=clock, decision_id=decision.pk, now=now)
        taken += 1
    return taken


@action("credentialing.remind_expirables")
def remind(*, actor: Actor, credential_id: int, now: datetime) -> ExpirableNotice | None:
    """Send the reminder that is due for a credential, once; earlier ones are passed over."""
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=credential_id)
    sent = set(credential.notices.values_list("threshold", flat=True))
    due = notices_due(credential.expires_date, timezone.localdate(now), sent)
    for threshold in due.skip:
        ExpirableNotice.objects.create(
            credential=credential, threshold=threshold, is_skipped=True, sent_at=now
        )
    if due.send is None:
        record(actor=actor, action="credentialing.expirable.checked", subject=credential)
        return None
    readers = readers_of(due.send)
    notice = ExpirableNotice.objects.create(
        credential=credential, threshold=due.send, readers=list(readers), sent_at=now
    )
    record(
        actor=actor,
        action="credentialing.expirable.reminded",
        subject=credential,
        threshold=due.send,
        readers=list(readers),
    )
    _mail(credential, due.send, addresses(credential, readers, timezone.localdate(now)))
    return notice


def addresses(credential: Credential, readers: Sequence[str], day: date) -> list[str]:
    """Who is written to: the provider, the managers of their practices, our specialists."""
    found: set[str] = set()
    who = credential.practitioner
    active = Grant.objects.filter(user__is_active=True, effective_date__lte=day)
    active = active.exclude(end_date__lte=day)
    if "provider" in readers and who is not None and who.email:
        found.add(who.email)
    if "practice" in readers and who is not None:
        parties = who.participations.current().active_on(day)
        managers = active.filter(
            role=Role.PRACTICE_MANAGER,
            party__in=parties.values_list("practice__party_id", flat=True),
        )
        found |= set(managers.values_list("user__email", flat=True))
    if "staff" in readers:
        ours = active.filter(role=Role.CREDENTIALING_SPECIALIST)
        found |= set(ours.values_list("user__email", flat=True))
    return sorted(found)


def _mail(credential: Credential, threshold: int, to: list[str]) -> None:
    what = f"{credential.get_kind_display()} {credential.state}".strip()
    last = day_text(credential.expires_date)
    holder = credential.practitioner or credential.facility
    subject = f"{what}: " + (f"expired on {last}" if threshold == EXPIRED else f"until {last}")
    text = (
        f"The {what} of {holder} "
        + (f"expired on {last}." if threshold == EXPIRED else f"holds until {last}.")
        + "\n\nPlease renew it and bring the new document to the portal, under “My file”. "
        "Without a licence nobody takes part in the network.\n"
    )
    mail_later(to, subject, text)


@action("credentialing.remind_expirables")
def suspend_expired(*, actor: Actor, credential_id: int, now: datetime) -> bool:
    """Suspend whoever's licence is over and who holds no other; tells whether it did."""
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=credential_id)
    who, today = credential.practitioner or credential.facility, timezone.localdate(now)
    type(who).objects.select_for_update().get(pk=who.pk)
    if not must_stop(credential, today) or who.suspensions.filter(lifted_at=None).exists():
        record(actor=actor, action="credentialing.expirable.checked", subject=credential)
        return False
    last = day_text(credential.expires_date)
    suspend(
        who,
        from_date=credential.expires_date + timedelta(days=1),
        reason=f"{credential.get_kind_display()} {credential.state} expired on {last}",
        actor=actor,
        now=now,
        credential=credential,
    )
    return True


@action("credentialing.remind_expirables")
def end_provisional(*, actor: Actor, decision_id: int, now: datetime) -> Suspension:
    """End the participation of somebody whose provisional days are over."""
    (decision,) = [d for d in provisional_over(timezone.localdate(now)) if d.pk == decision_id]
    who = decision.event.practitioner or decision.event.facility
    type(who).objects.select_for_update().get(pk=who.pk)
    return suspend(
        who,
        from_date=decision.ends_date,
        reason=f"provisional credentialing ended after 60 days, on {day_text(decision.ends_date)}",
        actor=actor,
        now=now,
    )


@action("credentialing.allow_expired")
def allow(
    *,
    actor: Actor,
    credential_id: int,
    kind: str,
    reason: str,
    now: datetime,
    until_date: date | None = None,
    document_id: int | None = None,
) -> Allowance:
    """
    Let something stand in for a renewal: the issuer's grace with its paper, or a waiver.

    :raises WordsMissing: without words
    :raises EvidenceNeeded: if a grace has no paper of this file, or no day to come
    :raises AllowedAlready: if something does already
    """
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=credential_id)
    before = credential.allowances.filter(ended_at=None).first()
    if before is not None:
        raise AllowedAlready(before)
    if not reason.strip():
        raise WordsMissing
    document = None
    if kind == Allowance.Kind.GRACE:
        document = Document.objects.filter(
            pk=document_id or 0,
            practitioner=credential.practitioner,
            facility=credential.facility,
        ).first()
        if document is None or until_date is None or until_date < timezone.localdate(now):
            raise EvidenceNeeded
    allowance = Allowance.objects.create(
        credential=credential,
        kind=Allowance.Kind(kind),
        until_date=until_date if kind == Allowance.Kind.GRACE else None,
        reason=reason.strip()[:500],
        document=document,
        recorded_by_id=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    record(actor=actor, action="credentialing.expirable.allowed", subject=allowance, kind=kind)
    return allowance


@action("credentialing.allow_expired")
def lift_suspension(
    *, actor: Actor, suspension_id: int, from_date: date, text: str, now: datetime
) -> Suspension:
    """
    Lift a suspension: what it ended begins again, and its holds are released.

    :raises LiftedBefore: if it was
    :raises StillExpired: while the licence is over and nothing stands in for it
    :raises DayTooEarly: if the day lies before the suspension
    :raises OnAList: if a match on an exclusion list is not cleared
    :raises NotCredentialed: if they were decided here and no approval stands on the day
    """
    suspension = Suspension.objects.select_for_update(of=("self",)).get(pk=suspension_id)
    if suspension.lifted_at is not None:
        raise LiftedBefore
    if not text.strip():
        raise WordsMissing
    if from_date < suspension.effective_date:
        raise DayTooEarly(suspension.effective_date)
    credential, today = suspension.credential, timezone.localdate(now)
    if credential is not None and must_stop(credential, today):
        raise StillExpired(credential)
    lift(suspension, from_date=from_date, text=text.strip(), actor=actor, now=now)
    return suspension
