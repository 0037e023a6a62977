"""Who may do what in compliance: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {
    "compliance.view_desk": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR, Role.NETWORK_ADMIN},
    "compliance.view_incentives": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.load_stop_loss": {Role.COMPLIANCE_OFFICER},
    "compliance.record_cover": {Role.COMPLIANCE_OFFICER, Role.FINANCE},
    # The clock asks every night; nobody else.
    "compliance.record_checks": set(),
}
