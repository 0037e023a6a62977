"""People of a demo: no password, no invitation; they enter by the demo's one-click sign-in only."""

from datetime import date

from django.conf import settings

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import Role
from ipaportal.identity.actions.users import check_grant
from ipaportal.identity.models import Grant, Party, User


class NotADemo(Refused):
    def __init__(self) -> None:
        super().__init__(
            "People of a demo exist only on embedded servers and under an address that ends in "
            ".example. Nothing was changed. Invite real people instead."
        )


@action("identity.add_demo_person")
def add_demo_person(
    *,
    actor: Actor,
    email: str,
    name: str,
    role: str,
    party_id: int,
    today: date,
    end_date: date | None = None,
) -> User:
    """
    Make one of the demo's people with a role, or give the role to one who is there already.

    :raises NotADemo: on servers of one's own, or for an address that could receive mail
    :raises WrongGrant: if role, party and last day do not fit together
    """
    email = email.strip().lower()
    if not (settings.EMBEDDED and email.endswith(".example")):
        raise NotADemo
    party = Party.objects.get(pk=party_id)
    check_grant(actor, role, party, end_date)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email=email, name=name)
    Grant.objects.get_or_create(
        user=user,
        party=party,
        role=Role(role),
        defaults={"effective_date": today, "end_date": end_date},
    )
    record(actor=actor, action="identity.demo_person.added", subject=user, role=role)
    return user
