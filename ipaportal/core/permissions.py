"""Look-up of the apps' permission tables: which roles hold a permission."""

from functools import cache
from importlib import import_module

from django.conf import settings

from ipaportal.core.roles import Role


@cache
def permission_table() -> dict[str, frozenset[Role]]:
    """Every permission of every app, from the `permissions` modules that settings names."""
    table: dict[str, frozenset[Role]] = {}
    for module_name in settings.PERMISSION_TABLES:
        for permission, roles in import_module(module_name).PERMISSIONS.items():
            assert permission not in table, f"permission {permission} is declared twice"
            table[permission] = frozenset(roles)
    return table


def roles_for(permission: str) -> frozenset[Role]:
    """
    The roles that hold a permission.

    :raises KeyError: if no table declares it, so that a misspelt permission never passes
    """
    return permission_table()[permission]
