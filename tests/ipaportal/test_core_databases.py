"""The test databases themselves: clean before and after tests that commit."""

import pytest
from django.db import connection, transaction

from ipaportal.identity.models import Party
from tests.databases import a_superuser
from tests.washing import state_of


def names() -> set[str]:
    return set(Party.objects.values_list("name", flat=True))


@pytest.mark.django_db
def test_rolls_back_what_a_plain_test_writes_first():
    assert names() == set()
    Party.objects.create(name="plain", kind="practice")


@pytest.mark.parametrize("_again", [1, 2])
def test_gives_a_committing_test_a_fresh_database(committed_db, _again):
    assert names() == set()
    with transaction.atomic():
        Party.objects.create(name="committed", kind="practice")
    connection.close()
    assert names() == {"committed"}


@pytest.mark.django_db
def test_rolls_back_what_a_plain_test_writes():
    assert names() == set()


@pytest.mark.django_db
def test_keeps_to_a_database_of_its_own():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith("ipa_test_")


def place() -> tuple:
    """Which database this is, and which number its next party has."""
    with a_superuser() as database:
        return database.execute(
            "SELECT oid, nextval('identity_party_id_seq') FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()


def test_washes_a_used_database_and_replaces_one_that_does_not_come_clean(
    committed_db, django_db_setup
):
    django_db_setup.renew()
    before = place()
    Party.objects.create(name="committed", kind="practice")
    django_db_setup.renew()
    assert (place(), names()) == (before, set())
    with a_superuser() as database:
        database.execute("CREATE TABLE left_behind ()")
    django_db_setup.renew()
    (replaced, number), (washed, first) = place(), before
    assert replaced != washed
    assert number == first


@pytest.mark.parametrize(
    "mess",
    [
        "CREATE TABLE left_behind ()",
        "CREATE SCHEMA left_behind",
        "CREATE FUNCTION left_behind() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE identity_party DISABLE TRIGGER ALL",
        "ALTER TABLE identity_party ADD left_behind int",
        "ALTER TABLE identity_party ADD CONSTRAINT left_behind CHECK (id > 0)",
        "ALTER TABLE identity_party FORCE ROW LEVEL SECURITY",
        "CREATE INDEX left_behind ON identity_party (name)",
        "GRANT DELETE ON identity_party TO ipa_auditor",
        "UPDATE django_content_type SET model = model WHERE id = 1",
        "DELETE FROM django_migrations WHERE id = 1",
        "INSERT INTO identity_party (name, kind) VALUES ('left', 'practice')",
        "SELECT nextval('identity_party_id_seq')",
        "SELECT lo_create(0)",
    ],
)
def test_sees_what_is_not_as_it_was(mess, committed_db, django_db_setup):
    with a_superuser() as database:
        database.execute("SELECT setval('identity_party_id_seq', 1, false)")
        before = state_of(database)
        with database.transaction(force_rollback=True):
            assert state_of(database) == before
            database.execute(mess)
            assert state_of(database) != before
