"""Migrating sparingly says to the database what Django's own way says."""

import pytest
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.models import CASCADE, ForeignKey, TextField

from ipaportal.core.databases import as_owner
from ipaportal.core.migrating import SparingExecutor, is_spared

# It adds, takes away and changes, and nearly all of its models are related.
TARGET = ("credentialing", "0004_events_and_applications")


def said_by(executor_of: type[MigrationExecutor]) -> list[tuple[str, object]]:
    """Each statement with which an empty database is migrated."""
    said = []

    def listen(execute, statement, params, many, context):
        is_recorded = "django_migrations" in str(statement)  # with the time of day
        if "SAVEPOINT" not in str(statement):  # numbered as they come
            said.append((str(statement), None if is_recorded else params))
        return execute(statement, params, many, context)

    with as_owner(), connection.execute_wrapper(listen):
        executor_of(connection).migrate([TARGET])
    return said


@pytest.mark.usefixtures("ground")
def test_says_the_same_to_the_database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with django_db_setup.empty():
            sparing = said_by(SparingExecutor)
        with django_db_setup.empty():
            djangos = said_by(MigrationExecutor)
    assert sum(statement.startswith("CREATE TABLE") for statement, _ in djangos) > 30
    assert sparing == djangos


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([operations.RunSQL("SELECT 1")], True),
        ([operations.RunSQL("SELECT 1"), operations.DeleteModel("a")], False),
        ([operations.RunSQL("SELECT 1", state_operations=[operations.DeleteModel("a")])], False),
        ([operations.RunPython(print)], False),
        ([operations.AlterField("a", "b", TextField())], True),
        ([operations.AlterField("a", "b", TextField(unique=True))], False),
        ([operations.AlterField("a", "b", TextField(primary_key=True))], False),
        ([operations.AlterField("a", "b", ForeignKey("c", CASCADE))], False),
        ([operations.SeparateDatabaseAndState([operations.RunSQL("SELECT 1")])], True),
        ([operations.SeparateDatabaseAndState([], [operations.DeleteModel("a")])], False),
        ([type("Mine", (operations.RunSQL,), {})("SELECT 1")], False),
    ],
)
def test_is_sparing_with_what_is_spared(made, expected, monkeypatch):
    monkeypatch.setattr(Migration, "operations", made)
    assert is_spared(Migration("one", "ledger")) is expected
