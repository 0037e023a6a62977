"""Who may do what in compliance: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {
    "compliance.view_desk": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR, Role.NETWORK_ADMIN},
    # The clock asks every night; nobody else.
    "compliance.record_checks": set(),
}
