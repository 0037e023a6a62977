"""Invite people, withdraw an invitation, accept it."""

from collections.abc import Set
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.core import signing

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.actions.refusals import AlreadyAUser, InvitationInvalid, NotYours
from ipaportal.identity.actions.users import check_grant
from ipaportal.identity.models import Grant, Invitation, Party, User
from ipaportal.identity.rules.grants import givable_roles

VALID_FOR = timedelta(days=7)
_SALT = "ipaportal.identity.invitation"


def token_of(invitation: Invitation) -> str:
    """The signed part of an invitation's link."""
    return signing.dumps(invitation.pk, salt=_SALT)


def invitation_of(token: str, now: datetime) -> Invitation:
    """
    The open invitation behind a link's token.

    :raises InvitationInvalid: if the token is not ours, or the invitation is not open any more
    """
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature as bad:
        raise InvitationInvalid from bad
    open_now = Invitation.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now
    )
    with seeing(EVERYBODY):  # whoever holds the link has no account yet, and may see this one
        invitation = open_now.select_related("party").filter(pk=pk).first()
    if invitation is None:
        raise InvitationInvalid
    return invitation


@action("identity.invite_user")
def invite_user(
    *,
    actor: Actor,
    email: str,
    name: str,
    party_id: int,
    role: str,
    now: datetime,
    grant_end_date: date | None = None,
) -> Invitation:
    """
    Invite an address to a role; a newer invitation replaces an older open one.

    :raises AlreadyAUser: if the address has an account
    :raises NotYours: if the actor's role does not give this role
    :raises WrongGrant: if role, party and last day do not fit together
    """
    return make_invitation(
        actor=actor,
        email=email,
        name=name,
        party_id=party_id,
        role=role,
        now=now,
        grant_end_date=grant_end_date,
    )


def make_invitation(
    *,
    actor: Actor,
    email: str,
    name: str,
    party_id: int,
    role: str,
    now: datetime,
    grant_end_date: date | None = None,
    gives: Set[Role] = frozenset(),
) -> Invitation:
    """
    What `invite_user` does, for actions of other apps that invite as part of their work.

    `gives` are the roles that this very work gives, beside those the actor's own roles do: the
    calling action fixes them and the party, and takes neither from whoever asks.
    """
    email = email.strip().lower()
    party = Party.objects.get(pk=party_id)
    check_grant(actor, role, party, grant_end_date, gives)
    if User.objects.filter(email=email).exists():
        raise AlreadyAUser(email)
    Invitation.objects.filter(
        email=email, accepted_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    invitation = Invitation.objects.create(
        email=email,
        name=name.strip(),
        party=party,
        role=Role(role),
        grant_end_date=grant_end_date,
        invited_by_id=actor.user_id,
        invited_at=now,
        expires_at=now + VALID_FOR,
    )
    record(
        actor=actor,
        action="identity.user.invited",
        subject=invitation,
        email=email,
        role=role,
        party_id=party_id,
    )
    return invitation


def end_invitation(*, actor: Actor, invitation_id: int | None, now: datetime) -> None:
    """Make a link useless as part of other work, if it is still open."""
    rows = Invitation.objects.select_for_update().filter(pk=invitation_id)
    invitation = rows.filter(accepted_at=None, withdrawn_at=None).first()
    if invitation is not None:
        _end(invitation, actor, now)


def _end(invitation: Invitation, actor: Actor, now: datetime) -> None:
    invitation.withdrawn_at = now
    invitation.save(update_fields=["withdrawn_at"])
    record(actor=actor, action="identity.invitation.withdrawn", subject=invitation)


@action("identity.withdraw_invitation")
def withdraw_invitation(*, actor: Actor, invitation_id: int, now: datetime) -> Invitation:
    """
    Make an open invitation's link useless.

    :raises InvitationInvalid: if it is not open any more
    :raises NotYours: if the actor's role does not give the invited role
    """
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if not actor.is_system and invitation.role not in givable_roles(actor.roles):
        raise NotYours
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationInvalid
    _end(invitation, actor, now)
    return invitation


@action("identity.accept_invitation")
def accept_invitation(
    *, actor: Actor, token: str, name: str, password: str, now: datetime, today: date
) -> User:
    """
    Make the invited person's account and role; the event names the new person as who did it.

    :raises InvitationInvalid: if the token is not ours, or the invitation is not open any more
    :raises AlreadyAUser: if the address got an account some other way
    """
    found = invitation_of(token, now)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    if invitation.accepted_at or invitation.withdrawn_at:
        raise InvitationInvalid
    if User.objects.filter(email=invitation.email).exists():
        raise AlreadyAUser(invitation.email)
    user = create_person(invitation.email, name, password)
    Grant.objects.create(
        user=user,
        party_id=invitation.party_id,
        role=invitation.role,
        effective_date=today,
        end_date=invitation.grant_end_date,
    )
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    record(
        actor=Actor(user_id=user.pk, name=user.name),
        action="identity.invitation.accepted",
        subject=invitation,
        user_id=user.pk,
    )
    return user


def create_person(email: str, name: str, password: str) -> User:
    """Make a user whose address is proven: by the link that reached it, or by the set-up token."""
    user = User.objects.create_user(email=email, name=name.strip(), password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
