"""Who may work on a case: staff whom it does not accuse; and who takes it over from officers."""

from collections.abc import Iterable
from datetime import date

from compliance.models import Case, CaseDeputy
from credentialing.models import Practitioner
from ipaportal.core.permissions import roles_for
from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant, User
from ipaportal.identity.queries.actors import grants_in_force

HANDLE = "compliance.handle_cases"
# Who takes over where nobody was named: the first of these whom the case does not accuse.
OTHERWISE = (Role.MEDICAL_DIRECTOR, Role.NETWORK_ADMIN, Role.FINANCE_APPROVER, Role.SYSTEM_ADMIN)


def accused_users(case: Case) -> set[int]:
    """Accounts of whom a case accuses: theirs, and those of everybody of an accused practice."""
    people = list(case.people.filter(part="accused", withdrawn_at=None))
    users = {one.user_id for one in people if one.user_id}
    doctors = [one.practitioner_id for one in people if one.practitioner_id]
    parties = [one.party_id for one in people if one.party_id]
    if doctors:
        known = Practitioner.objects.filter(pk__in=doctors, user__isnull=False)
        users |= set(known.values_list("user_id", flat=True))
    if parties:
        users |= set(Grant.objects.filter(party__in=parties).values_list("user_id", flat=True))
    return users


def officers(today: date) -> set[int]:
    """The compliance officers of a day."""
    grants = grants_in_force(today).filter(role=Role.COMPLIANCE_OFFICER, user__is_active=True)
    return set(grants.values_list("user_id", flat=True))


def may_handle(case: Case, today: date) -> Iterable[User]:
    """Staff who may be given a case, by name."""
    grants = grants_in_force(today).filter(role__in=roles_for(HANDLE))
    people = User.objects.filter(is_active=True, pk__in=grants.values("user_id"))
    return people.exclude(pk__in=accused_users(case)).order_by("name")


def successor(case: Case, today: date) -> User | None:
    """Who takes a case over: the first deputy, else the first of other offices, not accused."""
    open_to = {one.pk: one for one in may_handle(case, today)}
    for deputy in CaseDeputy.objects.filter(ended_at=None):
        if deputy.user_id in open_to:
            return open_to[deputy.user_id]
    for role in OTHERWISE:
        held = grants_in_force(today).filter(role=role).order_by("user_id")
        for user_id in held.values_list("user_id", flat=True):
            if user_id in open_to:
                return open_to[user_id]
    return None


def staff(today: date) -> set[int]:
    """Everybody who may be given a case at all."""
    grants = grants_in_force(today).filter(role__in=roles_for(HANDLE))
    return set(grants.values_list("user_id", flat=True))


def staff_not_officers(today: date) -> set[int]:
    """Staff who may take over cases about the compliance office."""
    return staff(today) - officers(today)
