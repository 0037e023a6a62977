"""Legal holds: placed, told, kept to, released; while one is in force nothing it covers goes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from compliance.models import HoldCustodian, LegalHold
from compliance.rules.retention import PURGED
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.core.mailing import mail_later
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import STAFF_ROLES
from ipaportal.identity.models import User

REMIND_AFTER = timedelta(days=7)


class NobodyTold(Refused):
    """A hold that nobody is told of is kept by nobody."""

    def __init__(self) -> None:
        super().__init__(
            "Name at least one person of the staff who has such records. Nothing was changed."
        )


class ReleasedBefore(Refused):
    def __init__(self, hold: LegalHold) -> None:
        super().__init__(
            f"{hold.released_by_name} released this hold on {hold.released_at:%Y-%m-%d}. Nothing "
            "was changed. Place a new one if records must be kept again."
        )


class NotTold(Refused):
    def __init__(self) -> None:
        super().__init__("This hold was not sent to you. Nothing was changed.")


@action("compliance.place_hold")
def place_hold(
    *,
    actor: Actor,
    matter: str,
    reason: str,
    kinds: Iterable[str],
    party_id: int | None,
    practitioner_id: int | None,
    custodian_ids: Iterable[int],
    now: datetime,
) -> LegalHold:
    """
    Keep everything it covers from now on, and tell those who have it.

    :raises NobodyTold: if no custodian is of the staff
    """
    lock("retention")  # a purge that is under way ends first, and the next one sees this
    kinds = sorted(set(kinds))
    assert set(kinds) <= set(PURGED), "a kind that ends"
    told = User.objects.filter(
        pk__in=set(custodian_ids), is_active=True, grants__role__in=STAFF_ROLES
    ).distinct()
    if not told:
        raise NobodyTold
    hold = LegalHold.objects.create(
        matter=matter, reason=reason, kinds=kinds, party_id=party_id,
        practitioner_id=practitioner_id, placed_at=now, placed_by_id=actor.user_id,
        placed_by_name=actor.name,
    )  # fmt: skip
    HoldCustodian.objects.bulk_create(
        HoldCustodian(hold=hold, user=user, told_at=now) for user in told
    )
    record(
        actor=actor, action="compliance.hold.placed", subject=hold, matter=matter, kinds=kinds,
        party=party_id, practitioner=practitioner_id, told=sorted(user.pk for user in told),
    )  # fmt: skip
    _mail([user.email for user in told], "A legal hold that concerns you")
    return hold


@action("compliance.acknowledge_hold")
def acknowledge_hold(*, actor: Actor, hold_id: int, now: datetime) -> HoldCustodian:
    """
    Say that one keeps to a hold; once.

    :raises NotTold: if it was not sent to this person
    """
    row = HoldCustodian.objects.select_for_update().filter(
        hold_id=hold_id, user_id=actor.user_id
    ).first()  # fmt: skip
    if row is None:
        raise NotTold
    if row.acknowledged_at is None:
        row.acknowledged_at = now
        row.save(update_fields=["acknowledged_at"])
    record(actor=actor, action="compliance.hold.acknowledged", subject=row.hold)
    return row


@action("compliance.place_hold")
def release_hold(*, actor: Actor, hold_id: int, reason: str, now: datetime) -> LegalHold:
    """
    Let the years count again.

    :raises ReleasedBefore: if it was
    """
    lock("retention")
    hold = LegalHold.objects.select_for_update().get(pk=hold_id)
    if hold.released_at:
        raise ReleasedBefore(hold)
    hold.released_at, hold.release_reason = now, reason
    hold.released_by_id, hold.released_by_name = actor.user_id, actor.name
    hold.save(update_fields=["released_at", "release_reason", "released_by_id", "released_by_name"])
    record(actor=actor, action="compliance.hold.released", subject=hold, reason=reason)
    return hold


def step_reminders(now: datetime) -> int:
    """Write once more to whoever has said nothing for a week; a step of the sweep."""
    waiting = HoldCustodian.objects.filter(
        acknowledged_at=None, reminded_at=None, hold__released_at=None,
        told_at__lte=now - REMIND_AFTER, user__is_active=True,
    )  # fmt: skip
    clock = Actor.system("clock")
    return sum(remind(actor=clock, custodian_id=row.pk, now=now) for row in waiting)


@action("compliance.remind_custodian")
def remind(*, actor: Actor, custodian_id: int, now: datetime) -> int:
    """Write once more, if nobody else has; how many were written to."""
    row = HoldCustodian.objects.select_for_update(of=("self",)).get(pk=custodian_id)
    if row.reminded_at or row.acknowledged_at:
        record(actor=actor, action="compliance.hold.checked", subject=row.hold)
        return 0
    row.reminded_at = now
    row.save(update_fields=["reminded_at"])
    record(actor=actor, action="compliance.hold.reminded", subject=row.hold, user=row.user_id)
    _mail([row.user.email], "A legal hold waits for your word")
    return 1


def _mail(to: list[str], subject: str) -> None:
    """Names no matter and nobody: mail is read by others."""
    text = (
        "The compliance officer asks you to keep certain records, whatever their age.\n\n"
        "Sign in to the portal, open Compliance → Legal holds, read what is asked, and say that "
        "you keep to it.\n"
    )
    mail_later(to, subject, text)
