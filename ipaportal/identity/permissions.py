"""Who may do what: permission → roles."""

from ipaportal.core.roles import STAFF_ROLES, Role

_ADMINS = {Role.SYSTEM_ADMIN, Role.NETWORK_ADMIN}

PERMISSIONS: dict[str, set[Role]] = {
    "identity.keep_session": set(Role),
    "identity.begin_emergency": set(STAFF_ROLES),
    "identity.review_emergency": {Role.COMPLIANCE_OFFICER},
    "identity.see_people": {*_ADMINS, Role.COMPLIANCE_OFFICER},
    "identity.invite_user": _ADMINS,
    "identity.withdraw_invitation": _ADMINS,
    "identity.grant_role": _ADMINS,
    "identity.end_grant": _ADMINS,
    "identity.suspend_user": _ADMINS,
    "identity.restore_user": _ADMINS,
    "identity.link_sso": {Role.SYSTEM_ADMIN},
    "identity.unlink_sso": {Role.SYSTEM_ADMIN},
    "identity.link_own_sso": set(),  # by the system, on the strength of a verified address
    # Whoever has no account yet: the page acts as the system, on the strength of a signed link
    # or of an empty portal.
    "identity.accept_invitation": set(),
    "identity.set_up": set(),
    "identity.add_demo_person": set(),
}
