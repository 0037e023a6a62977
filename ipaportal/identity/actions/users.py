"""Grant and end roles, suspend and restore people."""

from collections.abc import Set
from datetime import date

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.actions.refusals import (
    AlreadyEnded,
    AlreadyGranted,
    NotYours,
    OwnAccount,
    WrongGrant,
)
from ipaportal.identity.models import Grant, Party, User
from ipaportal.identity.queries.actors import grants_in_force
from ipaportal.identity.rules.grants import fault_of_grant, givable_roles


def check_grant(
    actor: Actor, role: str, party: Party, end_date: date | None, gives: Set[Role] = frozenset()
) -> None:
    """
    Refuse a grant that neither the actor nor the work at hand gives, or that makes no sense.

    :raises NotYours: if the actor's role does not give this role
    :raises WrongGrant: if role, party and last day do not fit together
    """
    if not actor.is_system and role not in givable_roles(actor.roles) | gives:
        raise NotYours
    fault = fault_of_grant(role, party.kind, end_date is not None)
    if fault:
        raise WrongGrant(fault)


def other_person(actor: Actor, user_id: int) -> User:
    """Lock a person whom the actor may manage: not oneself, nobody with roles beyond one's own."""
    if actor.user_id == user_id:
        raise OwnAccount
    user = User.objects.select_for_update().get(pk=user_id)
    held = set(user.grants.values_list("role", flat=True))
    if not actor.is_system and held - givable_roles(actor.roles):
        raise NotYours
    return user


@action("identity.grant_role")
def grant_role(
    *,
    actor: Actor,
    user_id: int,
    party_id: int,
    role: str,
    today: date,
    end_date: date | None = None,
) -> Grant:
    """
    Give a person a role for a party from today.

    :raises OwnAccount: if the actor would give it to themselves
    :raises NotYours: if the actor's role does not manage this role or person
    :raises WrongGrant: if role, party and last day do not fit together
    :raises AlreadyGranted: if the person holds it already
    """
    user = other_person(actor, user_id)
    party = Party.objects.get(pk=party_id)
    check_grant(actor, role, party, end_date)
    if end_date is not None and end_date <= today:
        raise WrongGrant("The last day lies in the past.")
    if grants_in_force(today).filter(user=user, party=party, role=role).exists():
        raise AlreadyGranted
    grant = Grant.objects.create(
        user=user, party=party, role=Role(role), effective_date=today, end_date=end_date
    )
    record(
        actor=actor,
        action="identity.role.granted",
        subject=user,
        role=role,
        party_id=party_id,
        end_date=end_date and end_date.isoformat(),
    )
    return grant


@action("identity.end_grant")
def end_grant(*, actor: Actor, grant_id: int, today: date) -> Grant:
    """
    End a role at once.

    :raises OwnAccount: if it is the actor's own
    :raises NotYours: if the actor's role does not manage this person
    :raises AlreadyEnded: if it ended before
    """
    grant = Grant.objects.select_for_update(of=("self",)).select_related("party").get(pk=grant_id)
    other_person(actor, grant.user_id)
    if grant.end_date is not None and grant.end_date <= today:
        raise AlreadyEnded
    grant.end_date = max(today, grant.effective_date)
    grant.save(update_fields=["end_date"])
    record(
        actor=actor,
        action="identity.role.ended",
        subject=grant.user,
        role=grant.role,
        party_id=grant.party_id,
    )
    return grant


@action("identity.suspend_user")
def suspend_user(*, actor: Actor, user_id: int, reason: str) -> User:
    """
    Shut a person out at once, sessions included; their roles stay as they are.

    :raises OwnAccount: if the actor would suspend themselves
    :raises NotYours: if the actor's role does not manage this person
    """
    user = other_person(actor, user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sessions = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=sessions.values("session_key")).delete()
    sessions.delete()
    record(actor=actor, action="identity.user.suspended", subject=user, reason=reason)
    return user


@action("identity.restore_user")
def restore_user(*, actor: Actor, user_id: int, reason: str) -> User:
    """
    Let a suspended person in again.

    :raises OwnAccount: if the actor would restore themselves
    :raises NotYours: if the actor's role does not manage this person
    """
    user = other_person(actor, user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(actor=actor, action="identity.user.restored", subject=user, reason=reason)
    return user
