"""Who may do what when buying together: permission → roles."""

from ipaportal.core.roles import Role

_STAFF = {
    Role.PURCHASING,
    Role.COMPLIANCE_OFFICER,
    Role.FINANCE,
    Role.FINANCE_APPROVER,
}
_PRACTICE = {Role.PROVIDER, Role.PRACTICE_MANAGER}

PERMISSIONS: dict[str, set[Role]] = {
    # What can be bought, from whom, at which price.
    "purchasing.view_catalogue": _STAFF,
    "purchasing.edit_catalogue": {Role.PURCHASING},
    # Group orders: staff see who is in for how much; no practice sees another's.
    "purchasing.view_orders": _STAFF,
    "purchasing.run_order": {Role.PURCHASING},
    # The clock opens, tops up, closes and reads meters; nobody else.
    "purchasing.advance_order": set(),
    # Practices: look, commit, sign.
    "purchasing.view_shop": _PRACTICE,
    "purchasing.commit_packs": _PRACTICE,
    "purchasing.sign_agreement": _PRACTICE,
}
