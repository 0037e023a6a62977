"""A release while the one before still works: a worker goes on while the schema is widened."""

import pytest
from django.db import connection

from capitation.actions.runs import approve_run, open_run
from capitation.models import Run
from ipaportal.core.databases import as_owner
from ipaportal.home.queries import health
from ipaportal.home.steps import take_steps
from tests.planfiles import CLOCK, NOW
from tests.stories.faults import MAR, REYES, Worker, after_table, make_house, nothing_is_lost

pytestmark = pytest.mark.django_db(transaction=True)
ADVANCE = "capitation.tasks.advance_run"
# What the runbook allows in one release: tables, columns with the database's default, indexes.
WIDEN = (
    "ALTER TABLE capitation_contract ADD COLUMN of_tomorrow integer NOT NULL DEFAULT 0",
    "ALTER TABLE ledger_posting ADD COLUMN of_tomorrow text NOT NULL DEFAULT ''",
    "ALTER TABLE identity_party ADD COLUMN of_tomorrow boolean",
    "CREATE TABLE capitation_of_tomorrow (id bigint PRIMARY KEY)",
    "CREATE INDEX CONCURRENTLY ipa_of_tomorrow ON ledger_entry (description)",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '9999_tomorrow', now())",
)


def test_an_old_worker_ends_what_it_began_on_a_wider_schema():
    house = make_house()
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    worker = Worker()
    try:
        # Killed in the middle of the release, it is taken on again by whoever comes.
        with worker.stopped(after_table("_atom$"), ADVANCE, run_id=run.pk) as stopped:
            stopped.kill()
        with as_owner(), connection.cursor() as cursor:
            for statement in WIDEN:
                cursor.execute(statement)
        assert worker.do(ADVANCE, run_id=run.pk) == 0
        run.refresh_from_db()
        approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
        assert worker.do(ADVANCE, run_id=run.pk) == 0
    finally:
        worker.close()
    assert Run.objects.get().status == "posted"
    assert take_steps(NOW) == 0
    nothing_is_lost(house, MAR)
    assert health._migrations() == "", "a database that is ahead is no fault"
