"""Builds the walls, as the owner: grants anew what stands in `grants.py`, and nothing else."""

from django.db import connection, transaction
from psycopg.sql import SQL, Composable, Identifier, Literal

from ipaportal.core.databases import AUDITOR, OWNER
from ipaportal.core.refusals import Refused
from ipaportal.core.scopes import APP as APP_ROLE
from ipaportal.core.scopes import STAFF
from ipaportal.home.walls.grants import (
    APP,
    FUNCTIONS,
    HIDDEN_COLUMNS,
    HIDDEN_FROM_AUDITORS,
    NOT_FOR_STAFF,
    READ,
)
from ipaportal.home.walls.policies import POLICIES

STAGE = "stage"
DEFINER_PATH = "pg_catalog, public, pg_temp"
# Partitions of runs and tables of change history are filled by the owner's functions alone.
TABLES = """
SELECT relname, relispartition OR EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'pgh_id')
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
"""
# Triggers that write a version of what people edit; pgtrigger makes them anew with a new column.
HISTORY = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
  AND (p.proname LIKE 'pgtrigger\\_%' OR p.proname = '_pgh_attach_context')
"""
# pgtrigger asks it first; as it comes, whoever sets a parameter would leave no version.
NEVER_IGNORED = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""
DEFINERS = """
SELECT p.oid::regprocedure::text FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
"""


class NoRoles(Refused):
    """The server has no roles for the app and its auditors."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            f"The database server has no role {', '.join(missing)}: nothing was granted. Run "
            "ipaportal/core/database_roles.sql there as its superuser, then migrate again."
        )


def build() -> None:
    """
    Grant each role what it may do, in one transaction; run as the owner, after migrating.

    :raises NoRoles: if the roles were not made
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        missing = {OWNER, APP_ROLE, STAFF, AUDITOR} - {name for (name,) in cursor.fetchall()}
        if missing:
            raise NoRoles(sorted(missing))
        cursor.execute(TABLES)
        tables = dict(cursor.fetchall())
        _close(cursor)
        for table, is_read_only in sorted(tables.items()):
            _grant(cursor, table, READ if is_read_only else APP.get(table, ""))
        for table in sorted(tables.keys() & POLICIES.keys()):
            _guard(cursor, table, POLICIES[table])
        _harden(cursor)


def _run(cursor, statement: str, **names: Composable) -> None:
    cursor.execute(SQL(statement).format(**names))


def _close(cursor) -> None:
    """Take back all there is; nothing is seen of it until the transaction ends."""
    _run(cursor, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    cursor.execute("SELECT current_database()")
    database = Identifier(cursor.fetchone()[0])
    _run(cursor, "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC", database=database)
    for role in (APP_ROLE, STAFF, AUDITOR):
        name = Identifier(role)
        _run(cursor, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role=name)
        _run(cursor, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}", role=name)
        _run(cursor, "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM {role}", role=name)
        _run(cursor, "GRANT USAGE ON SCHEMA public TO {role}", role=name)
    _run(cursor, "REVOKE ALL ON SCHEMA {stage} FROM PUBLIC", stage=Identifier(STAGE))
    for role in (APP_ROLE, STAFF):
        stage, name = Identifier(STAGE), Identifier(role)
        _run(cursor, "GRANT USAGE, CREATE ON SCHEMA {stage} TO {role}", stage=stage, role=name)


def _grant(cursor, table: str, rights: str) -> None:
    for role in _roles(table) if rights else ():
        _run(
            cursor,
            "GRANT {rights} ON TABLE {table} TO {role}",
            rights=SQL(rights),
            table=Identifier(table),
            role=Identifier(role),
        )
    if table in HIDDEN_FROM_AUDITORS:
        return
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attnum",
        [f'public."{table}"'],
    )
    hidden = HIDDEN_COLUMNS.get(table, set())
    seen = [name for (name,) in cursor.fetchall() if name not in hidden]
    columns = SQL("({names})").format(names=SQL(", ").join(map(Identifier, seen)))
    _run(
        cursor,
        "GRANT SELECT {columns} ON TABLE {table} TO {role}",
        columns=columns if hidden else SQL(""),
        table=Identifier(table),
        role=Identifier(AUDITOR),
    )


def _roles(table: str) -> tuple[str, ...]:
    return (APP_ROLE,) if table in NOT_FOR_STAFF else (APP_ROLE, STAFF)


def _harden(cursor) -> None:
    """Let the owner's functions run as the owner, on names of the owner's, and for nobody else."""
    cursor.execute(HISTORY)
    for (function,) in cursor.fetchall():
        cursor.execute(
            f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = {DEFINER_PATH}"
        )
    cursor.execute(NEVER_IGNORED)
    cursor.execute(DEFINERS)
    for (function,) in cursor.fetchall():
        cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in sorted(FUNCTIONS):
        cursor.execute("SELECT to_regprocedure(%s) IS NOT NULL", [f"public.{function}"])
        for role in (APP_ROLE, STAFF) if cursor.fetchone()[0] else ():
            cursor.execute(f"GRANT EXECUTE ON FUNCTION public.{function} TO {role}")


def _guard(cursor, table: str, condition: str) -> None:
    """Put a table's policies in place where they are not yet; that takes a lock on it."""
    cursor.execute(
        "SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy AS p "
        "WHERE p.polrelid = %s::regclass AND p.polname = 'scope'",
        [table],
    )
    if cursor.fetchone() == (condition,):
        return
    name = Identifier(table)
    _run(cursor, "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", table=name)
    for policy in ("scope", "auditor"):
        _run(cursor, f"DROP POLICY IF EXISTS {policy} ON {{table}}", table=name)
    _run(
        cursor,
        "CREATE POLICY scope ON {table} TO {role} USING ({condition})",
        table=name,
        role=Identifier(APP_ROLE),
        condition=SQL(condition),
    )
    _run(
        cursor,
        "CREATE POLICY auditor ON {table} FOR SELECT TO {role} USING (true)",
        table=name,
        role=Identifier(AUDITOR),
    )
    cursor.execute(
        SQL("COMMENT ON POLICY scope ON {table} IS {condition}").format(
            table=name, condition=Literal(condition)
        )
    )
    # A partition that somebody names shows nothing: its rows are seen by way of its parent.
    cursor.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
    )
    for (part,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY")
