"""Who may do what in capitation: permission → roles."""

from ipaportal.core.roles import STAFF_ROLES, Role

PROVIDERS = {Role.PROVIDER, Role.PRACTICE_MANAGER}
FINANCE = {Role.FINANCE, Role.FINANCE_APPROVER}
READERS = FINANCE | {Role.NETWORK_ADMIN, Role.COMPLIANCE_OFFICER}

PERMISSIONS: dict[str, set[Role]] = {
    # Plan files
    "capitation.view_files": READERS,
    "capitation.receive_file": {Role.FINANCE, Role.NETWORK_ADMIN},
    "capitation.book_deposit": {Role.FINANCE},
    # Members and work-lists
    "capitation.view_members": READERS | {Role.MEDICAL_DIRECTOR},
    "capitation.view_in_emergency": set(STAFF_ROLES),
    "capitation.view_panel": PROVIDERS,
    "capitation.adopt_member": {Role.FINANCE, Role.NETWORK_ADMIN},
    "capitation.assign_pcp": {Role.NETWORK_ADMIN, Role.FINANCE},
    "capitation.resolve_row": {Role.NETWORK_ADMIN, Role.FINANCE},
    "capitation.settle_suspense": {Role.FINANCE},
    "capitation.note_closed_panel": {Role.NETWORK_ADMIN, Role.FINANCE},
    # Contracts
    "capitation.view_contracts": READERS,
    "capitation.edit_contracts": {Role.NETWORK_ADMIN, Role.FINANCE},
    # Runs
    "capitation.view_runs": FINANCE | {Role.COMPLIANCE_OFFICER},
    "capitation.open_run": {Role.FINANCE},
    "capitation.calculate_run": {Role.FINANCE},
    "capitation.cancel_run": {Role.FINANCE},
    "capitation.approve_run": {Role.FINANCE_APPROVER},
    "capitation.post_run": FINANCE,
    # Bank accounts and payments
    "capitation.view_payments": FINANCE | {Role.COMPLIANCE_OFFICER},
    "capitation.propose_bank_account": {Role.FINANCE, Role.PRACTICE_MANAGER},
    "capitation.approve_bank_account": {Role.FINANCE_APPROVER},
    "capitation.prepare_payments": {Role.FINANCE},
    "capitation.release_payments": {Role.FINANCE_APPROVER},
    "capitation.settle_payments": {Role.FINANCE},
    "capitation.read_returns": {Role.FINANCE},
    "capitation.void_payment": {Role.FINANCE_APPROVER},
    "capitation.send_prenotes": {Role.FINANCE},
    "capitation.set_bank_agreement": {Role.FINANCE_APPROVER},
    # Bonuses: base capitation is no part of them.
    "capitation.view_bonuses": FINANCE | {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "capitation.propose_bonus": {Role.FINANCE},
    "capitation.decide_bonus": {Role.FINANCE_APPROVER},
    # Statements and disputes
    "capitation.publish_statements": {Role.FINANCE},
    "capitation.view_statements": PROVIDERS | READERS,
    "capitation.open_dispute": PROVIDERS,
    "capitation.view_disputes": PROVIDERS | READERS,
    "capitation.answer_dispute": {Role.FINANCE, Role.NETWORK_ADMIN},
}
