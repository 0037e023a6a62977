"""Applicants: invited by the IPA, begun by themselves."""

from datetime import datetime

from credentialing.actions.steps import open_cycle, take_step
from credentialing.models import Application, CredentialingEvent, Practice, Practitioner
from credentialing.rules.events import OVER, Status
from credentialing.rules.npi import is_npi
from ipaportal.audit.actions import action, record
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import Refused
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import make_invitation
from ipaportal.identity.models import Invitation, User


class WrongNpi(Refused):
    """Ten digits that are no NPI."""

    def __init__(self, npi: str) -> None:
        super().__init__(
            f"{npi} is no NPI: its check digit does not fit. Nobody was invited. Look the number "
            "up in NPPES."
        )


class AlreadyOpen(Refused):
    """The practitioner has an open file."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"A file of this practitioner is open already ({event.get_status_display()}, since "
            f"{event.opened_at:%b %-d, %Y}). Nobody was invited. Go on with that file, or "
            "withdraw it first."
        )


class SomebodyElse(Refused):
    """The address belongs to an account that is not this practitioner's."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is the account of somebody who is no provider of this practice, or who is "
            "another practitioner. Nobody was invited. Use the practitioner's own address."
        )


class BegunAlready(Refused):
    """Whoever has an account needs no new link."""

    def __init__(self, event: CredentialingEvent) -> None:
        super().__init__(
            f"This file is “{event.get_status_display()}”, or its applicant has an account: a new "
            "link would open nothing. Nobody was invited. Ask them to sign in."
        )


class NotTheirs(Refused):
    """Whoever begins an application is the one who was invited."""

    def __init__(self) -> None:
        super().__init__(
            "This application waits for the person who was invited to it. Nothing was changed. "
            "Sign in with the account of the invitation."
        )


@action("credentialing.invite_applicant")
def invite_applicant(
    *,
    actor: Actor,
    npi: str,
    first_name: str,
    last_name: str,
    provider_type: str,
    email: str,
    practice_id: int,
    now: datetime,
    kind: str = CredentialingEvent.Kind.INITIAL,
) -> tuple[Application, Invitation | None]:
    """
    Open the file of a practitioner and invite them to fill in its application.

    Whoever has an account as a provider of the practice needs no invitation.

    :raises WrongNpi: if the check digit does not fit
    :raises AlreadyOpen: if a file of theirs is open
    :raises SomebodyElse: if the address is another person's account
    """
    if not is_npi(npi):
        raise WrongNpi(npi)
    practice = Practice.objects.get(pk=practice_id)
    who, _ = Practitioner.objects.get_or_create(
        npi=npi,
        defaults={
            "first_name": first_name.strip(),
            "last_name": last_name.strip(),
            "provider_type": provider_type,
            "email": email.strip().lower(),
        },
    )
    who = Practitioner.objects.select_for_update().get(pk=who.pk)
    opened = who.cycles.exclude(status__in=OVER).first()
    if opened is not None:
        raise AlreadyOpen(opened)
    user = _account_of(who, email.strip().lower(), practice)
    invitation = None
    if user is None:
        invitation = make_invitation(
            actor=actor,
            email=email,
            name=f"{first_name} {last_name}",
            party_id=practice.party_id,
            role=Role.PROVIDER,
            now=now,
        )
    elif who.user_id is None:
        who.user = user
        who.save(update_fields=["user"])
    event = open_cycle(actor=actor, kind=kind, now=now, practitioner=who)
    application = Application.objects.create(
        event=event,
        practitioner=who,
        party_id=practice.party_id,
        invitation_id=invitation.pk if invitation else None,
        begun_at=now,
    )
    record(
        actor=actor,
        action="credentialing.applicant.invited",
        subject=event,
        practitioner_id=who.pk,
        party_id=practice.party_id,
        invitation_id=application.invitation_id,
    )
    return application, invitation


@action("credentialing.invite_applicant")
def invite_again(*, actor: Actor, event_id: int, now: datetime) -> Invitation:
    """
    Give an applicant who has no account yet a new link: the one before opens nothing any more.

    :raises BegunAlready: if the application was begun, or an account made
    """
    application = Application.objects.select_for_update().get(event_id=event_id)
    event, who = application.event, application.practitioner
    before = Invitation.objects.filter(pk=application.invitation_id, accepted_at=None).first()
    if event.status != Status.INVITED or before is None:
        raise BegunAlready(event)
    invitation = make_invitation(
        actor=actor,
        email=before.email,
        name=before.name,
        party_id=before.party_id,
        role=Role.PROVIDER,
        now=now,
    )
    application.invitation_id = invitation.pk
    application.save(update_fields=["invitation_id"])
    record(
        actor=actor,
        action="credentialing.applicant.invited_again",
        subject=event,
        practitioner_id=who.pk,
        invitation_id=invitation.pk,
    )
    return invitation


def _account_of(who: Practitioner, email: str, practice: Practice) -> User | None:
    """The practitioner's account, if there is one; refuses an account that is not theirs."""
    if who.user_id is not None:
        return who.user
    user = User.objects.filter(email=email).first()
    if user is None:
        return None
    is_provider = user.grants.filter(role=Role.PROVIDER, party_id=practice.party_id).exists()
    if not is_provider or Practitioner.objects.filter(user=user).exists():
        raise SomebodyElse(email)
    return user


@action("credentialing.fill_application")
def begin_application(*, actor: Actor, application_id: int, now: datetime) -> Application:
    """
    Begin an application: whoever was invited to it is its practitioner from now on.

    :raises NotTheirs: if the actor is not the one who was invited
    :raises WrongStep: if it was begun before
    """
    application = Application.objects.select_for_update().get(pk=application_id)
    who = Practitioner.objects.select_for_update().get(pk=application.practitioner_id)
    if who.user_id is None and is_invited(application, actor):
        who.user_id = actor.user_id
        who.save(update_fields=["user"])
    if actor.user_id is None or who.user_id != actor.user_id:
        raise NotTheirs
    event = CredentialingEvent.objects.select_for_update().get(pk=application.event_id)
    take_step(event, Status.APPLYING, actor=actor, now=now)
    record(actor=actor, action="credentialing.application.begun", subject=application)
    return application


def is_invited(application: Application, actor: Actor) -> bool:
    """Whether an actor's account was made by the invitation to an application."""
    invitation = Invitation.objects.filter(
        pk=application.invitation_id, accepted_at__isnull=False
    ).first()
    return (
        invitation is not None
        and User.objects.filter(pk=actor.user_id, email=invitation.email).exists()
        and not Practitioner.objects.filter(user_id=actor.user_id).exists()
    )
