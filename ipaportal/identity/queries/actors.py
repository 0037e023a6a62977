"""Who acts: a person's grants in force on a day, read anew each time."""

from dataclasses import dataclass
from datetime import date

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Q, QuerySet

from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import STAFF_ROLES, Role
from ipaportal.identity.models import Grant, User

SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# `grants_in_force` of an active user, written out: every page asks it, and the ORM took longer over
# putting the question together than the database over answering it.
STANDING = """
    SELECT g.role, g.party_id,
           EXISTS (SELECT FROM mfa_authenticator a
                    WHERE a.user_id = u.id AND a.type = ANY(%(factors)s))
      FROM identity_grant g JOIN identity_user u ON u.id = g.user_id
     WHERE u.id = %(user)s AND u.is_active
       AND g.effective_date <= %(today)s AND (g.end_date IS NULL OR g.end_date > %(today)s)
"""
NOBODY = Actor(user_id=None, name="Nobody signed in")


class NoSuchActor(Refused):
    """No active user has the e-mail address that a command was given."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"No active user has the e-mail address {email}. Nothing was changed. "
            "Check the spelling, or invite the person under People and roles."
        )


@dataclass(frozen=True)
class Standing:
    """What one query says about a signed-in person: the actor, and whether MFA is enrolled."""

    actor: Actor
    has_second_factor: bool

    @property
    def is_staff(self) -> bool:
        return bool(self.actor.roles & STAFF_ROLES)

    @property
    def needs_second_factor(self) -> bool:
        """Staff, and guests of plans, who see members of every practice."""
        return self.is_staff or Role.PLAN_AUDITOR in self.actor.roles


def grants_in_force(today: date) -> QuerySet[Grant]:
    """Grants whose days `[effective_date, end_date)` include today."""
    return Grant.objects.filter(
        Q(end_date__isnull=True) | Q(end_date__gt=today), effective_date__lte=today
    )


def standing_of(user: User, today: date) -> Standing:
    """A user's grants in force today and whether a second factor is enrolled, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"user": user.pk, "today": today, "factors": SECOND_FACTORS})
        rows = cursor.fetchall()
    grants = frozenset((role, party_id) for role, party_id, _ in rows)
    actor = Actor(user_id=user.pk, name=user.name, grants=grants)
    return Standing(actor, any(has for _, _, has in rows))


def actor_for(user: User, today: date) -> Actor:
    """The actor a user is today; a suspended user holds no grant."""
    return standing_of(user, today).actor


def actor_by_email(email: str, today: date) -> Actor:
    """
    The actor behind an e-mail address, for a command's `--as`.

    :raises NoSuchActor: if no active user has that address
    """
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise NoSuchActor(email)
    return actor_for(user, today)
