"""First set-up: the IPA itself and its first administrator, once."""

from datetime import date

from django.db import IntegrityError, transaction

from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import create_person
from ipaportal.identity.actions.refusals import SetUpClosed
from ipaportal.identity.models import Grant, Party, User


@action("identity.set_up")
def set_up_ipa(
    *, actor: Actor, ipa_name: str, name: str, email: str, password: str, today: date
) -> User:
    """
    Make the IPA, its account for unassigned members, and the first administrator, in one go.

    :raises SetUpClosed: if an IPA exists, even one that was made at the same moment
    """
    try:
        with transaction.atomic():
            ipa = Party.objects.create(kind=Party.Kind.IPA, name=ipa_name.strip())
    except IntegrityError as exists:  # identity_one_ipa decides who was first
        raise SetUpClosed from exists
    Party.objects.create(kind=Party.Kind.UNASSIGNED, name="Members without a PCP")
    user = create_person(email.strip().lower(), name, password)
    for role in (Role.SYSTEM_ADMIN, Role.NETWORK_ADMIN, Role.FINANCE):
        Grant.objects.create(user=user, party=ipa, role=role, effective_date=today)
    record(actor=actor, action="identity.ipa.set_up", subject=ipa, name=ipa.name)
    record(actor=actor, action="identity.user.first_administrator", subject=user)
    return user
