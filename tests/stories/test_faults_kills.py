"""`kill -9` of a worker at named points of a run, a payment and a file: the tick finishes it."""

import pytest
from django.db import connection

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.files import receive_file
from capitation.actions.payment_outcomes import settle_payments
from capitation.actions.payments import prepare_payments, read, release_payments
from capitation.actions.runs import approve_run, open_run
from capitation.models import (
    Payment,
    PaymentBatch,
    PlanFile,
    Receipt,
    RemittanceLine,
    Run,
    Share,
    Waterfall,
)
from ipaportal.core.files import read_stored
from ipaportal.home.steps import take_steps
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import balance, owed_cents
from tests.planfiles import CLOCK, NOW, QUINN
from tests.stories.faults import (
    MAR,
    REYES,
    Worker,
    after_table,
    before,
    in_commit,
    make_house,
    money,
    nothing_is_lost,
    prove,
)

pytestmark = pytest.mark.django_db(transaction=True)

CALCULATE = [
    after_table("_terms$"),
    after_table("_scope$"),
    after_table("_several_due$"),
    after_table("_atom$"),
    after_table("capitation_share_r[0-9]+$", "ALTER TABLE"),
    before("UPDATE", "capitation_run", "NEW.status = 'calculated'"),
    before("INSERT", "audit_domainevent", "NEW.action = 'capitation.run.calculated'"),
]
POST = [
    before("INSERT", "ledger_entry"),
    before("INSERT", "ledger_posting"),
    before("UPDATE", "ledger_entry", "NEW.status = 'posted'"),
    before("UPDATE", "capitation_run", "NEW.status = 'posted'"),
    before("INSERT", "audit_domainevent", "NEW.action = 'capitation.run.posted'"),
]
FILE = [
    before("INSERT", "capitation_remittanceline"),
    before("INSERT", "capitation_receipt"),
    before("INSERT", "ledger_posting"),
    before("UPDATE", "capitation_planfile", "NEW.status = 'applied'"),
]
RELEASE = [
    before("UPDATE", "capitation_paymentbatch"),
    before("INSERT", "ledger_entry"),
    before("UPDATE", "capitation_payment", "NEW.status = 'released'"),
    before("INSERT", "audit_domainevent", "NEW.action = 'capitation.payments.released'"),
]
SETTLE = [
    before("INSERT", "ledger_posting"),
    before("UPDATE", "capitation_payment", "NEW.status = 'settled'"),
]


@pytest.fixture(scope="module")
def worker():
    one = Worker()
    yield one
    one.close()


def kill_at(worker, points, call, **given):
    """Kill a worker that does the same job at each point in turn; no trace of it is left."""
    for point in points:
        with worker.stopped(point, call, **given) as stopped:
            stopped.kill()


def calculated(house) -> Run:
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    assert take_steps(NOW) == 1
    run.refresh_from_db()
    assert run.status == "calculated", run.problem
    return run


def approved(house) -> Run:
    run = calculated(house)
    return approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)


def prepared(house) -> PaymentBatch:
    """A batch over both practices, from a posted run."""
    approved(house)
    assert take_steps(NOW) == 1
    ipa = Party.objects.get(kind="ipa")
    origin = {"purpose": "origin", "bank_name": "First Bank", "company_id": "1999999999"}
    wanted = [(ipa, "091000019", origin), *((p.party, "231380104", {}) for p in house.practices)]
    for party, routing, values in wanted:
        account = propose_bank_account(
            actor=QUINN,
            party_id=party.pk,
            holder_name=party.name,
            routing_number=routing,
            account_number=f"74456{party.pk:05}",
            now=NOW,
            **values,
        )
        approve_bank_account(actor=REYES, bank_account_id=account.pk, now=NOW)
    return prepare_payments(actor=QUINN, now=NOW)


def tables_of_runs() -> set[str]:
    """Staging tables and partitions that stand in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename ~ '_r[0-9]+(_|$)'")
        return {name for (name,) in cursor.fetchall()}


def is_calculated(house, run) -> None:
    run.refresh_from_db()
    assert (run.status, run.totals["received"], run.totals["provider"]) == (
        "calculated",
        120000,
        60000,
    )
    assert tables_of_runs() == {f"capitation_waterfall_r{run.pk}", f"capitation_share_r{run.pk}"}
    assert Waterfall.objects.count() == Share.objects.count() == 12
    assert Run.objects.count() == 1
    prove()


def is_posted(house, run) -> None:
    assert take_steps(NOW) == 0
    run.refresh_from_db()
    assert run.status == "posted"
    assert Entry.objects.filter(key__startswith="run:").count() == 1
    assert [owed_cents(p.party) for p in house.practices] == [27000, 27000]
    assert balance(house.contract.payer.party_id, "plan_clearing") == 0
    nothing_is_lost(house, MAR)


def test_a_worker_killed_while_it_calculates_leaves_nothing_and_the_tick_finishes(worker):
    house = make_house()
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    for point in CALCULATE:
        kill_at(worker, [point], "capitation.tasks.advance_run", run_id=run.pk)
        assert (Run.objects.get().status, tables_of_runs()) == ("open", set()), point
    prove()
    assert take_steps(NOW) == 1
    is_calculated(house, run)


def test_a_worker_killed_while_it_calculates_again_leaves_the_first_calculation(worker):
    house = make_house()
    run = calculated(house)
    given = {"actor": CLOCK, "run_id": run.pk, "now": NOW}
    kill_at(worker, CALCULATE[3:], "capitation.actions.advance.calculate_again", **given)
    is_calculated(house, run)
    assert Run.objects.get().digest == run.digest


def test_a_worker_killed_while_it_posts_has_posted_nothing_and_the_tick_finishes(worker):
    house = make_house()
    run = approved(house)
    for point in POST:
        kill_at(worker, [point], "capitation.tasks.advance_run", run_id=run.pk)
        assert not Entry.objects.filter(key__startswith="run:").exists(), point
    prove()
    assert take_steps(NOW) == 1
    is_posted(house, run)


def test_a_worker_killed_while_it_processes_a_file_leaves_the_file_as_it_came(worker):
    house = make_house(paid=False)
    data = money(house)
    payer = house.contract.payer_id
    file = receive_file(actor=QUINN, payer_id=payer, name="m.820", data=data, now=NOW)
    for point in FILE:
        kill_at(worker, [point], "capitation.tasks.process_file", file_id=file.pk)
        assert PlanFile.objects.get(pk=file.pk).status == "received", point
        assert RemittanceLine.objects.count() + Receipt.objects.count() == 0
    prove()
    is_taken_in(house, file, steps=1)


def is_taken_in(house, file, steps) -> None:
    # March is opened and calculated by the same tick: its day has come.
    assert take_steps(NOW) == steps + 2
    assert PlanFile.objects.get(pk=file.pk).status == "applied"
    assert RemittanceLine.objects.count() == Receipt.objects.count() == 12
    assert balance(house.contract.payer.party_id, "plan_clearing") == -120000
    prove()


def test_a_release_that_was_killed_released_nothing_and_is_done_once_when_tried_again(worker):
    house = make_house()
    made = prepared(house)
    given = {"actor": REYES, "batch_id": made.pk, "seen_digest": made.digest, "now": NOW}
    kill_at(worker, RELEASE, "capitation.actions.payments.release_payments", **given)
    assert set(Payment.objects.values_list("status", "trace_number")) == {("prepared", None)}
    assert not Entry.objects.filter(key__startswith="payment:").exists()
    prove()
    release_payments(**given)
    is_released(house)


def is_released(house) -> None:
    made = PaymentBatch.objects.get()
    written = read(read_stored(made.file_sha256))
    assert (written.counted.credit_cents, made.file_id_modifier) == (54000, "A")
    assert list(Payment.objects.values_list("status", "amount_cents")) == [("released", 27000)] * 2
    assert Entry.objects.filter(key__startswith="payment:").count() == 2
    assert [owed_cents(p.party) for p in house.practices] == [0, 0]
    prove()


def test_a_settlement_that_was_killed_settled_nothing_and_is_done_once_when_tried_again(worker):
    house = make_house()
    made = prepared(house)
    release_payments(actor=REYES, batch_id=made.pk, seen_digest=made.digest, now=NOW)
    given = {"actor": QUINN, "batch_id": made.pk, "now": NOW}
    kill_at(worker, SETTLE, "capitation.actions.payment_outcomes.settle_payments", **given)
    is_released(house)
    settle_payments(**given)
    ipa = Party.objects.get(kind="ipa")
    assert [balance(ipa, "payments_in_transit"), balance(ipa, "cash")] == [0, -54000]
    prove()


# ---- killed in the commit: the worker never hears that it is done -------------------------------


def test_a_calculation_killed_in_its_commit_is_done_and_not_done_again(worker):
    house = make_house()
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    point = in_commit("capitation.run.calculated")
    kill_at(worker, [point], "capitation.tasks.advance_run", run_id=run.pk)
    assert take_steps(NOW) == 0
    is_calculated(house, run)


def test_a_post_killed_in_its_commit_is_done_and_not_done_again(worker):
    house = make_house()
    run = approved(house)
    point = in_commit("capitation.run.posted")
    kill_at(worker, [point], "capitation.tasks.advance_run", run_id=run.pk)
    is_posted(house, run)


def test_a_file_killed_in_its_commit_is_taken_in_and_not_taken_again(worker):
    house = make_house(paid=False)
    data, payer = money(house), house.contract.payer_id
    file = receive_file(actor=QUINN, payer_id=payer, name="m.820", data=data, now=NOW)
    point = in_commit("capitation.file.applied")
    kill_at(worker, [point], "capitation.tasks.process_file", file_id=file.pk)
    is_taken_in(house, file, steps=0)


def test_a_release_killed_in_its_commit_is_done_and_refused_when_tried_again(worker):
    house = make_house()
    made = prepared(house)
    given = {"actor": REYES, "batch_id": made.pk, "seen_digest": made.digest, "now": NOW}
    point = in_commit("capitation.payments.released")
    kill_at(worker, [point], "capitation.actions.payments.release_payments", **given)
    assert worker.do("capitation.actions.payments.release_payments", **given) == 1
    is_released(house)
