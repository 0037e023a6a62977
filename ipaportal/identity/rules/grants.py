"""Which roles go with which kind of party, and who may give them."""

from collections.abc import Set

from ipaportal.core.roles import STAFF_ROLES, Role

PRACTICE_ROLES = frozenset({Role.PROVIDER, Role.PRACTICE_MANAGER})
# The party a role is granted for; plan auditors are guests of the payer that they come from.
PARTY_KIND = {
    **dict.fromkeys(STAFF_ROLES, "ipa"),
    **dict.fromkeys(PRACTICE_ROLES, "practice"),
    Role.PLAN_AUDITOR: "payer",
}
MUST_END = frozenset({Role.PLAN_AUDITOR})


def givable_roles(giver_roles: Set[str]) -> frozenset[Role]:
    """The roles that somebody with these roles may give, end, suspend and restore."""
    if Role.SYSTEM_ADMIN in giver_roles:
        return frozenset(Role)
    if Role.NETWORK_ADMIN in giver_roles:
        return PRACTICE_ROLES
    return frozenset()


def fault_of_grant(role: str, party_kind: str, has_end: bool) -> str | None:
    """Say why a role cannot be granted for such a party, or None if it can."""
    wanted = PARTY_KIND[Role(role)]
    if party_kind != wanted:
        return f"This role is granted for a party of the kind “{wanted}”, not “{party_kind}”."
    if role in MUST_END and not has_end:
        return "A guest's role needs a last day."
    return None
