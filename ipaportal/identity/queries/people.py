"""People, their roles and their open invitations, as administrators see them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant, Invitation, Party, SsoIdentity, User
from ipaportal.identity.queries.actors import SECOND_FACTORS, Authenticator, grants_in_force
from ipaportal.identity.queries.sso import sso_identity_of
from ipaportal.identity.rules.grants import PARTY_KIND, PRACTICE_ROLES, givable_roles

_SEE_ALL = frozenset({Role.SYSTEM_ADMIN, Role.COMPLIANCE_OFFICER})


@dataclass(frozen=True)
class PersonPage:
    """One person: roles now and before, and what this actor may do about them."""

    person: User
    grants: list[Grant]
    past_grants: list[Grant]
    has_second_factor: bool
    may_manage: bool
    is_self: bool
    sso: SsoIdentity | None
    may_link: bool


def _sees_all(actor: Actor) -> bool:
    return actor.is_system or bool(actor.roles & _SEE_ALL)


def people_seen_by(actor: Actor) -> QuerySet[User]:
    """Users that an actor may see: a network administrator sees those of practices only."""
    people = User.objects.order_by("name", "pk")
    if _sees_all(actor):
        return people
    grants = Grant.objects.filter(user=OuterRef("pk"))
    return people.filter(
        Exists(grants.filter(role__in=PRACTICE_ROLES)),
        ~Exists(grants.exclude(role__in=PRACTICE_ROLES)),
    )


def people_page(actor: Actor, text: str, today: date) -> QuerySet[User]:
    """People whose name or address begins so, each with the roles in force and MFA state."""
    current = grants_in_force(today).select_related("party").order_by("role")
    enrolled = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=SECOND_FACTORS)
    people = people_seen_by(actor).prefetch_related(
        Prefetch("grants", current, to_attr="current_grants")
    )
    if text:
        people = people.filter(
            Q(name__istartswith=text) | Q(name__icontains=f" {text}") | Q(email__istartswith=text)
        )
    return people.annotate(has_second_factor=Exists(enrolled))


def open_invitations(actor: Actor, now: datetime) -> QuerySet[Invitation]:
    """Invitations not yet accepted or withdrawn, the expired ones included, latest first."""
    invitations = Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
    if not _sees_all(actor):
        invitations = invitations.filter(role__in=PRACTICE_ROLES)
    return invitations.select_related("party").order_by("-invited_at")


def person_page(actor: Actor, user_id: int, today: date) -> PersonPage:
    """
    One person's page.

    :raises User.DoesNotExist: if there is none, or the actor may not see them
    """
    person = people_seen_by(actor).get(pk=user_id)
    grants = list(person.grants.select_related("party").order_by("-effective_date", "-pk"))
    current = [g for g in grants if g.end_date is None or g.end_date > today]
    held = {g.role for g in grants}
    may_manage = actor.user_id != user_id and held <= givable_roles(actor.roles)
    return PersonPage(
        person=person,
        grants=current,
        past_grants=[g for g in grants if g not in current],
        has_second_factor=Authenticator.objects.filter(
            user=person, type__in=SECOND_FACTORS
        ).exists(),
        is_self=actor.user_id == user_id,
        sso=sso_identity_of(person),
        may_manage=may_manage,
        may_link=may_manage and actor.may("identity.link_sso"),
    )


def parties_for_roles(actor: Actor) -> QuerySet[Party]:
    """Parties for which this actor may give some role."""
    kinds = {PARTY_KIND[role] for role in givable_roles(actor.roles)}
    return Party.objects.filter(kind__in=kinds).order_by("kind", "name")


def ipa_party() -> Party | None:
    """The IPA itself, or None before the first set-up."""
    return Party.objects.filter(kind=Party.Kind.IPA).first()
