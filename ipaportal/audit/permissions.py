"""Who may do what: permission → roles."""

from ipaportal.core.roles import Role

PERMISSIONS: dict[str, set[Role]] = {"audit.shred_leaves": {Role.COMPLIANCE_OFFICER}}
