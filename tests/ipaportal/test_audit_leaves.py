"""Leaves: every event leaves one, in its own transaction, whoever writes it and however many."""

import hashlib
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction

from ipaportal.audit.access import log_access
from ipaportal.audit.actions import record
from ipaportal.audit.incidents import open_incident
from ipaportal.audit.models import DomainEvent, Incident, Leaf, Salt, Step
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from tests.databases import SUPERUSER, acting_as

pytestmark = pytest.mark.django_db
OSEI = Actor(903, "Osei", frozenset({("compliance_officer", 1)}))


def ask(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def as_owner(sql, *values):
    """Do what triggers refuse, as the owner of the tables can."""
    with acting_as(SUPERUSER), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET session_replication_role = origin")


def disagreements():
    return [(problem, kind) for problem, kind, _, _ in ask("SELECT * FROM audit_disagreements()")]


def kinds():
    return list(Leaf.objects.order_by("pk").values_list("kind", flat=True))


def test_an_event_leaves_its_salted_digest():
    record(actor=OSEI, action="test.thing.done", note="première", amount=1)
    event, leaf = DomainEvent.objects.get(), Leaf.objects.get()
    salt = bytes(Salt.objects.get(leaf_id=leaf.pk).salt)
    ((payload,),) = ask(
        "SELECT payload FROM audit_source s, audit_payloads(s)"
        " WHERE s.table_name = 'audit_domainevent'"
    )
    assert (leaf.kind, leaf.key, len(salt)) == ("audit_domainevent", str(event.pk), 16)
    assert hashlib.sha256(salt + payload.encode()).digest() == bytes(leaf.digest)
    assert '"première"' in payload
    assert ask("SELECT xid = pg_current_xact_id() FROM audit_leaf") == [(True,)]


def test_every_kind_of_event_leaves_one():
    record(actor=OSEI, action="test.thing.done")
    log_access(actor=OSEI, kind="view", view_name="members", member_ids=range(25_000))
    party = Party.objects.create(kind="practice", name="Bell Clinic")
    party.name = "Bell Clinic East"
    party.save()
    Incident.objects.create(name="test")
    Incident.objects.update(closed_at="2026-01-01T00:00Z", resolution="It was nothing.")
    assert kinds() == [
        "audit_domainevent",
        *["audit_accessevent"] * 3,
        *["identity_partyevent"] * 2,
        "audit.incident.opened",
        "audit.incident.closed",
    ]
    assert Step.objects.get(kind="audit.incident.closed").payload["resolution"] == "It was nothing."
    assert disagreements() == []


def test_a_bulk_of_events_leaves_one_each():
    DomainEvent.objects.bulk_create(DomainEvent(actor_name="x", action=str(n)) for n in range(500))
    assert Leaf.objects.count() == Salt.objects.count() == 500
    assert len(set(Leaf.objects.values_list("digest", flat=True))) == 500
    assert disagreements() == []


def test_what_is_rolled_back_leaves_nothing():
    with suppress(ZeroDivisionError), transaction.atomic():
        record(actor=OSEI, action="test.thing.done")
        raise ZeroDivisionError
    assert not Leaf.objects.exists()


def test_equal_events_have_different_digests():
    for _ in range(2):
        record(actor=OSEI, action="test.thing.done")
    one, other = Leaf.objects.values_list("digest", flat=True)
    assert bytes(one) != bytes(other)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE audit_domainevent SET action = 'test.other.done'", "edited"),
        ("""UPDATE audit_domainevent SET details = '{"a": 2}'""", "edited"),
        ("UPDATE audit_domainevent SET at = at + interval '1 microsecond'", "edited"),
        ("DELETE FROM audit_domainevent", "deleted"),
        ("TRUNCATE audit_domainevent", "deleted"),
        ("DELETE FROM audit_salt", "salt deleted without a record"),
        ("UPDATE audit_leaf SET digest = sha256('x')", "edited"),
        ("DELETE FROM audit_leaf", "inserted"),
    ],
)
@pytest.mark.acts_as
def test_names_what_an_owner_did_to_the_rows(sql, found):
    record(actor=OSEI, action="test.thing.done", a=1)
    assert disagreements() == []
    as_owner(sql)
    assert disagreements() == [(found, "audit_domainevent")]


def test_names_an_event_that_was_put_in_past_the_trigger():
    as_owner(
        "INSERT INTO audit_domainevent (actor_name, actor_roles, request_id, task_id, action,"
        " subject_type, subject_id, details) VALUES ('x', '{}', '', '', 'a', '', '', '{}')"
    )
    assert disagreements() == [("inserted", "audit_domainevent")]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_leaf SET kind = 'x'",
        "DELETE FROM audit_leaf",
        "TRUNCATE audit_leaf",
        "UPDATE audit_salt SET salt = 'x'",
        "TRUNCATE audit_salt",
        "DELETE FROM audit_step",
        "UPDATE audit_step SET payload = '{}'",
        "DELETE FROM audit_source",
    ],
)
@pytest.mark.acts_as
def test_refuses_change(sql):
    record(actor=OSEI, action="test.thing.done")
    Incident.objects.create(name="test")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_no_table_of_events_goes_without_leaves():
    # A new table of change history, or a new column: call `audit_witness_all()` in a migration.
    assert ask("SELECT * FROM audit_unwitnessed()") == []


def test_the_time_zone_of_a_session_does_not_matter():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Pacific/Auckland'")
        record(actor=OSEI, action="test.thing.done")
        cursor.execute("SET LOCAL timezone = 'America/Los_Angeles'")
        assert disagreements() == []


@pytest.mark.acts_as
def test_a_column_that_comes_later_makes_a_version_and_old_leaves_stay_provable():
    record(actor=OSEI, action="test.before.done")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_domainevent ADD purpose text NOT NULL DEFAULT 'none'")
    assert ask("SELECT * FROM audit_unwitnessed()") == [("audit_domainevent", ["purpose"])]
    assert ask("SELECT * FROM audit_witness_all()") == [("audit_domainevent",)]
    assert ask("SELECT * FROM audit_unwitnessed()") == []
    record(actor=OSEI, action="test.after.done")
    assert disagreements() == []
    assert Leaf.objects.count() == 2
    as_owner("UPDATE audit_domainevent SET purpose = 'other'")
    assert disagreements() == [("edited", "audit_domainevent")]


def test_an_incident_leaves_its_leaf_though_the_caller_rolls_back(committed_db):
    with suppress(ZeroDivisionError), transaction.atomic():
        open_incident("test", found=1)
        raise ZeroDivisionError
    assert kinds() == ["audit.incident.opened"]
