"""Who may do what: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {
    "ledger.view_accounts": {Role.FINANCE, Role.FINANCE_APPROVER, Role.COMPLIANCE_OFFICER},
    "ledger.view_holds": {
        Role.FINANCE,
        Role.FINANCE_APPROVER,
        Role.COMPLIANCE_OFFICER,
        Role.PROVIDER,
        Role.PRACTICE_MANAGER,
    },
    "ledger.place_hold": {Role.FINANCE, Role.FINANCE_APPROVER, Role.COMPLIANCE_OFFICER},
    "ledger.release_hold": {Role.FINANCE_APPROVER, Role.COMPLIANCE_OFFICER},
}
