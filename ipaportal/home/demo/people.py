"""The cast of the demo: who may sign in, in which role, for whom."""

from datetime import date

from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.core.roles import Role
from ipaportal.home.demo.names import IPA_NAME
from ipaportal.identity.actions.demo import add_demo_person
from ipaportal.identity.models import Party, User
from ipaportal.identity.queries.actors import actor_for

DOMAIN = "harborvalley.example"
# Address, name, role, and the party where it is not the IPA: a practice's name or a payer's code.
CAST = (
    ("quinn", "J. Quinn", Role.FINANCE, ""),
    ("reyes", "M. Reyes", Role.FINANCE_APPROVER, ""),
    ("osei", "A. Osei", Role.COMPLIANCE_OFFICER, ""),
    ("lindgren", "K. Lindgren", Role.NETWORK_ADMIN, ""),
    ("castellan", "Dr. P. Castellan", Role.MEDICAL_DIRECTOR, ""),
    ("novak", "T. Novak", Role.CREDENTIALING_SPECIALIST, ""),
    ("farrow", "B. Farrow", Role.PURCHASING, ""),
    ("okafor", "S. Okafor", Role.SYSTEM_ADMIN, ""),
    ("alvarez", "Dr. Ana Alvarez", Role.PROVIDER, "Alvarez Family Medicine"),
    ("fontaine", "Dr. L. Fontaine", Role.PROVIDER, "Mill Street Clinic"),
    ("bell", "D. Bell", Role.PRACTICE_MANAGER, "Bell Clinic"),
    ("juniper.auditor", "R. Haldane", Role.PLAN_AUDITOR, "JUNIPER"),
)


def person(name: str, today: date) -> Actor:
    """One of the cast as an actor, by the first part of their address."""
    return actor_for(User.objects.get(email=f"{name}@{DOMAIN}"), today)


def add_people(first_month: date, today: date) -> int:
    """Add whoever of the cast is missing; give how many that were."""
    there = set(User.objects.filter(email__endswith=DOMAIN).values_list("email", flat=True))
    missing = [one for one in CAST if f"{one[0]}@{DOMAIN}" not in there]
    for short, name, role, whose in missing:
        is_guest = role == Role.PLAN_AUDITOR
        add_demo_person(
            actor=Actor.system("demo"),
            email=f"{short}@{DOMAIN}",
            name=name,
            role=role,
            party_id=_party(role, whose),
            today=first_month,
            end_date=add_months(today.replace(day=1), 12) if is_guest else None,
        )
    return len(missing)


def _party(role: Role, whose: str) -> int:
    if role in (Role.PROVIDER, Role.PRACTICE_MANAGER):
        return Practice.objects.get(name=whose).party_id
    if role == Role.PLAN_AUDITOR:
        return Party.objects.get(kind=Party.Kind.PAYER, code=whose).pk
    return Party.objects.get(kind=Party.Kind.IPA, name=IPA_NAME).pk
