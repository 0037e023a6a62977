"""Who may do what in the network: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {
    "credentialing.view_network": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "credentialing.import_network": {Role.NETWORK_ADMIN, Role.CREDENTIALING_SPECIALIST},
    "credentialing.set_exclusivity": {Role.NETWORK_ADMIN, Role.FINANCE},
    "credentialing.end_participation": {Role.NETWORK_ADMIN, Role.CREDENTIALING_SPECIALIST},
}
