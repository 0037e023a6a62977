"""Facts that come while a run calculates: they wait for it or are in it; none is ever lost."""

import pytest

from capitation.actions.advance import advance_run
from capitation.actions.files import receive_file
from capitation.actions.members import assign_pcp, end_coverage
from capitation.actions.runs import approve_run, open_run
from capitation.models import Member, PlanFile, Receipt, Run
from credentialing.actions.imports import import_network
from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months
from ipaportal.home.steps import take_steps
from ipaportal.ledger.queries.balances import owed_cents
from tests.planfiles import CLOCK, NOW, QUINN, an_820, take
from tests.stories.faults import (
    MAR,
    REYES,
    Worker,
    after_table,
    before,
    in_commit,
    make_house,
    meanwhile,
    money,
    nothing_is_lost,
    prove,
)

pytestmark = pytest.mark.django_db(transaction=True)
ADVANCE = "capitation.tasks.advance_run"
KLEIN = Actor(15, "Klein", frozenset({("network_admin", 1)}))


@pytest.fixture(scope="module")
def worker():
    one = Worker()
    yield one
    one.close()


def late_money(house):
    return take(house.contract, an_820([("M001", MAR, "20")], trace="LATE"))


def leaves(house):
    member = Member.objects.get(plan_member_id="M000")
    given = {"contract_id": house.contract.pk, "first_day_not_covered": MAR, "reason": "moved"}
    return end_coverage(actor=QUINN, member_id=member.pk, now=NOW, **given)


def changes_doctor(house):
    member = Member.objects.get(plan_member_id="M002")
    given = {"practitioner_id": house.pcps[1].pk, "effective_date": MAR, "reason": "asked"}
    return assign_pcp(actor=QUINN, member_id=member.pk, now=NOW, **given)


def doctor_joins(house):
    """A change of the network, under the other lock: a third practice."""
    head = "practice_name,tin,npi,last_name,first_name,payer_code,effective_date"
    line = f"Third,990000003,{house.pcps[0].npi},Alvarez,Ana,SUN,2026-03-01"
    return import_network(actor=KLEIN, data=f"{head}\n{line}\n".encode(), now=NOW)


def opened(house, month=MAR) -> Run:
    return open_run(actor=CLOCK, contract_id=house.contract.pk, month=month, now=NOW)


def finish(run) -> Run:
    """Approve and post a calculated run."""
    run.refresh_from_db()
    assert run.status == "calculated", run.problem
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    prove()
    return run


def test_what_is_recorded_while_a_run_calculates_waits_and_is_in_the_next(worker):
    house = make_house(6)
    interleavings = [
        (after_table("_terms$"), late_money),
        (after_table("_scope$"), leaves),
        (before("UPDATE", "capitation_run", "NEW.status = 'calculated'"), changes_doctor),
        (in_commit("capitation.run.calculated"), doctor_joins),
    ]
    month = MAR
    for point, news in interleavings:
        run = opened(house, month)
        before_it = FactBatch.objects.count()
        with worker.stopped(point, ADVANCE, run_id=run.pk) as stopped:
            with meanwhile(lambda news=news: news(house)) as going:
                stopped.is_waited_for()
                assert FactBatch.objects.count() == before_it
                assert stopped.go_on() == 0
            assert going.result()
        run = finish(run)
        assert FactBatch.objects.latest("pk").pk > run.snapshot_no
        month = add_months(month, 1)
    months = [add_months(MAR, number) for number in range(5)]
    run = opened(house, months[-1])
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    finish(run)
    nothing_is_lost(house, *months)


def test_a_run_waits_for_a_file_that_is_being_taken_in_and_has_it(worker):
    house = make_house(6, paid=False)
    run = opened(house)
    file = receive_file(
        actor=QUINN, payer_id=house.contract.payer_id, name="m", data=money(house), now=NOW
    )

    def calculate():
        return advance_run(actor=CLOCK, run_id=run.pk, now=NOW)

    point = before("INSERT", "capitation_receipt")
    taking = worker.stopped(point, "capitation.tasks.process_file", file_id=file.pk)
    with taking as stopped, meanwhile(calculate):
        stopped.is_waited_for()
        assert stopped.go_on() == 0
    run = finish(run)
    file.refresh_from_db()
    assert (file.status, run.totals["received"]) == ("applied", 60000)
    assert run.snapshot_no >= file.fact_no
    nothing_is_lost(house, MAR)


def test_a_run_goes_on_without_a_file_whose_worker_dies_and_the_next_has_it(worker):
    house = make_house(6, paid=False)
    run = opened(house)
    file = receive_file(
        actor=QUINN, payer_id=house.contract.payer_id, name="m", data=money(house), now=NOW
    )

    def calculate():
        return advance_run(actor=CLOCK, run_id=run.pk, now=NOW)

    # Its last statement: everything of the file is written, nothing is committed.
    point = before("INSERT", "audit_domainevent", "NEW.action = 'capitation.file.applied'")
    taking = worker.stopped(point, "capitation.tasks.process_file", file_id=file.pk)
    with taking as stopped, meanwhile(calculate):
        stopped.is_waited_for()
        stopped.kill()
        stopped.go_on()
    run = finish(run)
    assert (run.totals["received"], Receipt.objects.count()) == (0, 0)
    assert take_steps(NOW) == 1
    assert PlanFile.objects.get(pk=file.pk).status == "applied"
    april = opened(house, add_months(MAR, 1))
    assert advance_run(actor=CLOCK, run_id=april.pk, now=NOW)
    assert finish(april).totals["received"] == 60000
    assert [owed_cents(practice.party) for practice in house.practices] == [13500, 13500]
    nothing_is_lost(house, MAR)
