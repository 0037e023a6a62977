"""Link people to their names at the IPA's own sign-in server, and unlink them."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.oidc import Identity
from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.users import other_person
from ipaportal.identity.models import SsoIdentity, User
from ipaportal.identity.rules.sso import may_link_by_address


class NobodyHere(Refused):
    """No account is linked to this name, or it is suspended: a stranger learns no more."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            "You signed in there, but no account here goes with it. Nothing was changed. Ask your "
            f"IPA's administrator to link your account to this name: {subject}"
        )


class LinkedAlready(Refused):
    """The person or the name is linked otherwise; one of the two links has to end first."""

    def __init__(self) -> None:
        super().__init__(
            "This person, or this name at the sign-in server, is linked already. Nothing was "
            "changed. End the other link first."
        )


class NoServer(Refused):
    """There is no sign-in server to link anybody to."""

    def __init__(self) -> None:
        super().__init__(
            "This portal has no sign-in server (OIDC_ISSUER). Nothing was changed. Whoever runs "
            "the portal can set one up."
        )


class NotLinked(Refused):
    """There is nothing to unlink."""

    def __init__(self) -> None:
        super().__init__("This person is not linked. Nothing was changed. Link them first.")


@action("identity.link_own_sso")
def link_by_address(*, actor: Actor, identity: Identity, now: datetime) -> User:
    """
    Link a name to the account of its address, the first time somebody comes with it.

    :raises NobodyHere: if the address is not vouched for, or no active account has it
    :raises LinkedAlready: if that account goes with another name
    """
    user = None
    if may_link_by_address(
        identity.email, verified=identity.email_verified, domains=settings.OIDC_EMAIL_DOMAINS
    ):
        user = User.objects.select_for_update().filter(email=identity.email, is_active=True).first()
    if user is None:
        raise NobodyHere(identity.subject)
    _link(user, identity.issuer, identity.subject, None, now)
    record(actor=actor, action="identity.sso.linked", subject=user, by="verified address")
    return user


@action("identity.link_sso")
def link_sso(*, actor: Actor, user_id: int, subject: str, now: datetime) -> User:
    """
    Link a person to the name that the sign-in server knows them by.

    :raises NoServer: if the portal has none
    :raises OwnAccount: if the actor would link themselves
    :raises NotYours: if the actor's role does not manage this person
    :raises LinkedAlready: if the person or the name is linked already
    """
    if not settings.OIDC_ISSUER:
        raise NoServer
    user = other_person(actor, user_id)
    _link(user, settings.OIDC_ISSUER, subject, actor, now)
    record(actor=actor, action="identity.sso.linked", subject=user, by="administrator")
    return user


@action("identity.unlink_sso")
def unlink_sso(*, actor: Actor, user_id: int, reason: str, now: datetime) -> User:
    """
    End a person's link; they sign in with their password again, or are linked anew.

    :raises OwnAccount: if the actor would unlink themselves
    :raises NotYours: if the actor's role does not manage this person
    :raises NotLinked: if the person is not linked
    """
    user = other_person(actor, user_id)
    ended = SsoIdentity.objects.filter(
        user=user, issuer=settings.OIDC_ISSUER, ended_at__isnull=True
    ).update(ended_at=now)
    if not ended:
        raise NotLinked
    record(actor=actor, action="identity.sso.unlinked", subject=user, reason=reason)
    return user


def _link(user: User, issuer: str, subject: str, by: Actor | None, now: datetime) -> None:
    linked = SsoIdentity.objects.filter(issuer=issuer, ended_at__isnull=True)
    if linked.filter(user=user).exists() or linked.filter(subject=subject).exists():
        raise LinkedAlready
    try:
        with transaction.atomic():
            SsoIdentity.objects.create(
                user=user,
                issuer=issuer,
                subject=subject,
                linked_at=now,
                linked_by_id=by and by.user_id,
                linked_by_name=by.name if by else "",
            )
    except IntegrityError as failure:  # somebody else was linked to it this moment
        raise LinkedAlready from failure
