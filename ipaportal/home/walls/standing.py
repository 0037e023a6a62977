"""Refuses to serve as a role that could take the walls down."""

import sys

from django.conf import settings
from django.core.checks import Error
from django.db import DatabaseError, connection

# Staff's role is taken for a statement, from whoever signed in: that one is judged.
STANDING = """
SELECT me.rolname, me.rolsuper, me.rolbypassrls,
       EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
                 AND c.relkind IN ('r', 'p') AND pg_has_role(me.oid, c.relowner, 'MEMBER'))
FROM pg_roles AS me
WHERE me.rolname = CASE current_user WHEN 'ipa_staff' THEN session_user ELSE current_user END
"""
TO_DO = (
    "Let DATABASE_URL sign in as ipa_app, and only DATABASE_OWNER_URL as ipa_owner; "
    "ipaportal/core/database_roles.sql makes both. See docs/runbooks/first-start.md."
)


def fault_of_standing() -> str:
    """Why the role that is signed in must not serve; empty if it may."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        name, is_superuser, passes_walls, owns = cursor.fetchone()
    if is_superuser:
        return f"{name} is a superuser of the database: no wall holds it."
    if owns:
        return f"{name} owns the tables of the portal: it could change what was recorded."
    if passes_walls:
        return f"{name} passes row-level security."
    return ""


def refuse_owner() -> None:
    """
    End the process before it serves anything, if it signed in as the owner or a superuser.

    :raises SystemExit: saying what to do; also where the database does not answer
    """
    if settings.EMBEDDED:  # which signs in as the app by itself
        return
    try:
        fault = fault_of_standing()
    except DatabaseError as failure:
        why = type(failure).__name__
        sys.exit(f"The database does not answer ({why}). Nothing was started; start it first.")
    finally:
        connection.close()
    if fault:
        sys.exit(f"{fault} Nothing was started. {TO_DO}")


def check_standing(databases: list[str] | None = None, **_: object) -> list[Error]:
    """For `check --database default`, which asks the database; a plain `check` does not."""
    if not databases or settings.EMBEDDED:
        return []
    fault = fault_of_standing()
    return [Error(fault, hint=TO_DO, id="home.E001")] if fault else []
