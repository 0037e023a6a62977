"""
Washing a used test database, which costs a tenth of cloning another, where it comes clean.

The rows that a test committed are deleted and sequences set back. Then everything is compared with
what it was when it was cloned: every row of every table by its place and its transaction, the
catalogs by theirs. Whatever differs (a partition that a run made, a row that had been there) makes
the database unclean, and a fresh clone replaces it.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind IN ('r', 'm') AND oid >= 16384 AND relpersistence <> 't' ORDER BY oid
"""
ROWS = """
SELECT {name}, count(*), sum(hashtextextended(ctid::text || xmin::text, 0)) FROM ONLY {table}
"""
SEQUENCES = """
SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), start_value, last_value
FROM pg_sequences
"""
# Rows that only say how full a table is are left out: they change by themselves.
CATALOGS = (
    *("pg_attribute", "pg_attrdef", "pg_constraint", "pg_default_acl", "pg_enum", "pg_extension"),
    *("pg_inherits", "pg_largeobject_metadata", "pg_partitioned_table"),
    *("pg_policy", "pg_proc", "pg_publication", "pg_rewrite", "pg_sequence", "pg_statistic"),
    *("pg_statistic_ext", "pg_subscription", "pg_trigger", "pg_type"),
)
CATALOG = "SELECT {name}, count(*), sum(hashtextextended(xmin::text, 0)) FROM {table}"
SCHEMAS = """
SELECT count(*), sum(hashtextextended(xmin::text, 0)) FROM pg_namespace
WHERE nspname !~ '^pg_(toast_)?temp'
"""
RELATIONS = """
SELECT md5(string_agg(concat_ws(' ', oid, relname, relnamespace, relowner, relkind, relpersistence,
    relacl, reloptions, relrowsecurity, relforcerowsecurity, relhastriggers, relispartition), ','
    ORDER BY oid)) FROM pg_class WHERE relpersistence <> 't'
"""
DATABASE = """
SELECT datacl::text, datconnlimit, datallowconn,
    (SELECT array_agg(setconfig::text ORDER BY setrole) FROM pg_db_role_setting
     WHERE setdatabase = d.oid)
FROM pg_database AS d WHERE datname = current_database()
"""
OTHERS = """
SELECT bool_and(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class State:
    """What a database is like."""

    made: tuple
    rows: dict[str, tuple]
    sequences: dict[str, tuple]


def state_of(database: psycopg.Connection) -> State:
    """What it is like now."""
    tables = [name for (name,) in database.execute(TABLES)]
    made = [
        database.execute(_counted(CATALOG, [(name, name) for name in CATALOGS])).fetchall(),
        database.execute(SCHEMAS).fetchall(),
        database.execute(RELATIONS).fetchall(),
        database.execute(DATABASE).fetchall(),
    ]
    rows = database.execute(_counted(ROWS, [(name, name) for name in tables]))
    sequences = database.execute(SEQUENCES)
    return State(
        made=tuple(map(tuple, made)),
        rows={name: tuple(counted) for name, *counted in rows},
        sequences={name: (start, last) for name, start, last in sequences},
    )


def _counted(question: str, named: list[tuple[str, str]]) -> sql.Composed:
    """The question about each table, in one statement (names come as PostgreSQL writes them)."""
    parts = [
        sql.SQL(question).format(name=sql.Literal(name), table=sql.SQL(table))
        for name, table in named
    ]
    return sql.SQL(" UNION ALL ").join(parts)


def wash(database: psycopg.Connection, clean: State) -> bool:
    """Make a database what it was, as a superuser; says whether it is."""
    database.execute(OTHERS)
    used = state_of(database)
    if used.made != clean.made:
        return False
    changed = [name for name, rows in used.rows.items() if rows != clean.rows[name]]
    if any(clean.rows[name][0] for name in changed):
        return False
    moved = {name: at for name, at in clean.sequences.items() if used.sequences[name] != at}
    with database.transaction():
        # No trigger says no, and none writes a history of it.
        database.execute("SET LOCAL session_replication_role = replica")
        for name in changed:
            database.execute(sql.SQL("DELETE FROM ONLY {table}").format(table=sql.SQL(name)))
        for name, (start, last) in moved.items():
            at = (name, start if last is None else last, last is not None)
            database.execute("SELECT setval(%s, %s, %s)", at)
    return state_of(database) == clean
