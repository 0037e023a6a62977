"""The log in a table a month: made ahead, found whole, witnessed once, changed by nobody."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.audit.months import step_months

pytestmark = pytest.mark.django_db
OLD = datetime(2019, 5, 31, 23, 59, 59, 999999, tzinfo=UTC)


def ask(statement: str, values: object = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def parts_of(table: str) -> list[str]:
    rows = ask(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table]
    )
    return sorted(name for (name,) in rows)


def test_this_month_and_the_next_two_are_there_and_what_is_older_lies_in_the_rest():
    assert step_months(timezone.now()) == 0
    for table in ("audit_accessevent", "audit_domainevent"):
        assert f"{table}_{timezone.now():%Y_%m}" in parts_of(table)
        assert len(parts_of(table)) >= 4
    before = ask("SELECT count(*) FROM audit_leaf")[0][0]
    AccessEvent.objects.bulk_create(
        AccessEvent(at=at, kind="view", view_name="x", actor_name="Quinn", member_ids=[7])
        for at in (OLD, timezone.now())
    )
    lie = ask("SELECT tableoid::regclass::text FROM audit_accessevent ORDER BY at")
    assert lie[0] == ("audit_accessevent_rest",)
    assert lie[1] == (f"audit_accessevent_{timezone.now():%Y_%m}",)
    assert AccessEvent.objects.filter(member_ids__contains=[7], at__lte=OLD).count() == 1
    assert ask("SELECT count(*) FROM audit_leaf")[0][0] == before + 2


@pytest.mark.acts_as
def test_a_month_is_made_once_and_not_over_what_came_before_it():
    assert ask("SELECT audit_make_month('audit_domainevent', '2019-06-01')") == [(True,)]
    assert ask("SELECT audit_make_month('audit_domainevent', '2019-06-01')") == [(False,)]
    DomainEvent.objects.create(at=OLD, action="test.event.done", actor_name="Quinn")
    assert ask("SELECT audit_make_month('audit_domainevent', '2019-05-01')") == [(False,)]
    assert "audit_domainevent_2019_05" not in parts_of("audit_domainevent")


@pytest.mark.acts_as
@pytest.mark.parametrize("part", ["2019_06", "rest"])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET actor_name = 'x'", "DELETE FROM {}", "TRUNCATE {}"]
)
def test_nobody_changes_a_month_not_even_its_owner(part, change):
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_month('audit_domainevent', '2019-06-01')")
        DomainEvent.objects.bulk_create(
            DomainEvent(at=at, action="test.event.done", actor_name="Quinn")
            for at in (OLD, datetime(2019, 6, 1, tzinfo=UTC))
        )
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(change.format(f"audit_domainevent_{part}"))
