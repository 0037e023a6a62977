"""Who may do what: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {
    "home.see_home": set(Role),
    "home.search": set(Role),
    "home.see_setup": {Role.SYSTEM_ADMIN, Role.NETWORK_ADMIN, Role.FINANCE},
    "home.view_sightings": {Role.COMPLIANCE_OFFICER},
    # The demo command only, on embedded servers.
    "home.build_demo": set(),
}
