"""The roles a grant can give, and which of them reach only the party they were granted for."""

from enum import StrEnum


class Role(StrEnum):
    PROVIDER = "provider"
    PRACTICE_MANAGER = "practice_manager"
    NETWORK_ADMIN = "network_admin"
    CREDENTIALING_SPECIALIST = "credentialing_specialist"
    MEDICAL_DIRECTOR = "medical_director"
    FINANCE = "finance"
    FINANCE_APPROVER = "finance_approver"
    PURCHASING = "purchasing"
    COMPLIANCE_OFFICER = "compliance_officer"
    PLAN_AUDITOR = "plan_auditor"
    SYSTEM_ADMIN = "system_admin"


ROLE_NAMES = {
    Role.PROVIDER: "Provider",
    Role.PRACTICE_MANAGER: "Practice manager",
    Role.NETWORK_ADMIN: "Network administrator",
    Role.CREDENTIALING_SPECIALIST: "Credentialing specialist",
    Role.MEDICAL_DIRECTOR: "Medical director",
    Role.FINANCE: "Finance",
    Role.FINANCE_APPROVER: "Finance approver",
    Role.PURCHASING: "Purchasing",
    Role.COMPLIANCE_OFFICER: "Compliance officer",
    Role.PLAN_AUDITOR: "Plan auditor",
    Role.SYSTEM_ADMIN: "System administrator",
}

# These see only rows of the party they are granted for; every other role sees the whole IPA.
PARTY_ROLES = frozenset({Role.PROVIDER, Role.PRACTICE_MANAGER, Role.PLAN_AUDITOR})
STAFF_ROLES = frozenset(Role) - PARTY_ROLES
