"""The steps that happen by themselves: files processed, months opened, runs taken on."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db import transaction

from capitation import tasks
from capitation.actions.advance import (
    advance_file,
    advance_run,
    due_month,
    step_calendar,
    step_files,
    step_runs,
)
from capitation.actions.files import receive_file
from capitation.actions.run_failures import fail_run, standing
from capitation.actions.runs import RunBusy, approve_run, ask_calculation, open_run
from capitation.models import PlanFile, Receipt, Run
from capitation.rules.lifecycle import NotAllowed
from ipaportal.audit.models import DomainEvent, Incident
from ipaportal.core.actors import Actor
from ipaportal.core.files import path_of
from ipaportal.home.steps import take_steps
from tests.at_once import at_once
from tests.factories import batch, make_contract, make_member
from tests.planfiles import CLOCK, NOW, QUINN, an_820, take

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))
REYES = Actor(12, "Reyes", frozenset({("finance_approver", 1)}))
pytestmark = pytest.mark.django_db


def received(contract, data=b""):
    data = data or an_820([("M1", JAN, "10")])
    return receive_file(actor=QUINN, payer_id=contract.payer_id, name="a", data=data, now=NOW)


def test_processes_what_waits_once():
    file = received(make_contract())
    assert (step_files(NOW), step_files(NOW)) == (1, 0)
    file.refresh_from_db()
    assert file.status == "applied"
    assert not advance_file(actor=CLOCK, file_id=file.pk, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_leaves_a_damaged_file_and_takes_the_others():
    contract = make_contract()
    damaged = received(contract)
    good = received(contract, an_820([("M2", JAN, "10")], trace="T2"))
    path_of(damaged.sha256).write_bytes(b"spoilt")
    try:
        assert (step_files(NOW), step_files(NOW)) == (1, 0)
    finally:
        path_of(damaged.sha256).unlink()
    assert PlanFile.objects.get(pk=damaged.pk).status == "received"
    assert PlanFile.objects.get(pk=good.pk).status == "applied"
    assert Incident.objects.count() == 1


def test_opens_the_latest_month_that_is_due_then_the_next():
    contract = make_contract()
    assert due_month(contract, date(2026, 1, 4)) is None
    assert due_month(contract, date(2026, 3, 4)) == FEB
    assert due_month(contract, date(2026, 3, 5)) == MAR
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=JAN, now=NOW)
    assert due_month(contract, date(2026, 3, 5)) is None
    Run.objects.filter(pk=run.pk).update(status="posted")
    assert due_month(contract, date(2026, 3, 5)) == FEB


def test_takes_a_month_up_to_approval_and_posts_it_after():
    contract = make_contract()
    make_member(contract, "M1", batch(contract))
    take(contract, an_820([("M1", MAR, "10")]))
    assert step_calendar(NOW) == 1
    assert (step_runs(NOW), step_runs(NOW)) == (1, 0)
    run = Run.objects.get()
    assert (run.status, run.month, run.opened_by_id) == ("calculated", MAR, None)
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
    assert (step_runs(NOW), step_runs(NOW)) == (1, 0)
    run.refresh_from_db()
    assert run.status == "posted"


def test_says_why_a_run_failed():
    contract = make_contract(start=JAN)
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=JAN, now=NOW)
    contract.terms.update(superseded_no=batch(contract), superseded_at=NOW)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert run.status == "failed"
    assert "has no terms" in run.problem
    assert not advance_run(actor=CLOCK, run_id=run.pk, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_stops_a_run_that_does_not_prove_and_opens_an_incident(monkeypatch):
    contract = make_contract()
    make_member(contract, "M1", batch(contract))
    take(contract, an_820([("M1", MAR, "10")]))
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=MAR, now=NOW)
    breach = [{"name": "row_sums", "says": "", "rows": 1, "seconds": 0}]
    monkeypatch.setattr("capitation.actions.runs.prove_run", lambda _run: breach)
    advance_run(actor=CLOCK, run_id=run.pk, now=NOW)
    run.refresh_from_db()
    assert (run.status, run.totals) == ("failed", {})
    assert Incident.objects.get().details == {"proofs": ["row_sums"]}
    monkeypatch.undo()
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_leaves_a_run_to_whoever_has_it_in_hand():
    contract = make_contract()
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=MAR, now=NOW)
    fail_run(actor=CLOCK, run_id=run.pk, problem="x", now=NOW, seen=standing(run))

    def ask():
        return ask_calculation(actor=QUINN, run_id=run.pk)

    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        (answer,) = at_once(ask)
    assert isinstance(answer, RunBusy)
    kinds = {type(answer) for answer in at_once(ask, ask)}
    assert Run in kinds
    assert kinds <= {Run, RunBusy, NotAllowed}
    asked = DomainEvent.objects.filter(action="capitation.run.calculation_asked")
    assert asked.count() == 1
    assert Run.objects.get().status == "open"


def test_the_sweep_and_the_tasks_do_the_same():
    contract = make_contract()
    received(contract)
    later = datetime(2026, 1, 6, tzinfo=UTC)
    assert take_steps(later) == 3
    assert Run.objects.get().status == "calculated"
    tasks.process_file(PlanFile.objects.get().pk)
    tasks.advance_run(Run.objects.get().pk)
    assert PlanFile.objects.get().status == "applied"
    assert set(settings.TICK_STEPS) >= {"capitation.actions.advance.step_files"}
