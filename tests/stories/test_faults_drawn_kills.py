"""
`kill -9` of a real worker at statements drawn by a seed, over a file, a run, its post and its pay.

One seed is one life of a small house: each of its steps is begun by a worker process that is
killed at a drawn statement, before or after the database answers it; the books are proven, and
the worker begins again, until two of its workers were killed; then it is done, once. CI lives the
first seed; `KILL_SEEDS=1-60 pytest -n0 -s tests/stories/test_faults_drawn_kills.py` lives more
and prints what was killed where.
"""

import os
import signal
from datetime import timedelta
from random import Random

import pytest

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.files import receive_file
from capitation.actions.runs import open_run
from capitation.models import Payment, PaymentBatch, PlanFile, Receipt, Run
from ipaportal.home.steps import take_steps
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import balance, owed_cents
from tests.planfiles import CLOCK, NOW, QUINN
from tests.stories.faults import MAR, REYES, Worker, make_house, money, nothing_is_lost, prove

pytestmark = pytest.mark.django_db(transaction=True)
KILLS_A_STEP = 2
FIRST, _, LAST = os.environ.get("KILL_SEEDS", "1-1").partition("-")
# Statements that each step sends in this house, rounded down: what is drawn lies within.
STATEMENTS = {
    "process_file": 30,
    "calculate": 40,
    "approve_run": 6,
    "post": 20,
    "prepare_payments": 10,
    "release_payments": 25,
    "settle_payments": 10,
}


@pytest.fixture(scope="module")
def worker():
    one = Worker()
    yield one
    one.close()


class Life:
    """A house that is killed at again and again; `kills` says where."""

    def __init__(self, worker: Worker, seed: int) -> None:
        self.worker, self.draw, self.kills = worker, Random(seed), []

    def do(self, step: str, call: str, **given: object) -> None:
        """Take a step by workers that are killed, and then by one that is not."""
        killed = 0
        while killed < KILLS_A_STEP:
            number = self.draw.randint(1, STATEMENTS[step]) * self.draw.choice((1, -1))
            ended = self.worker.do(call, die_at=number, **given)
            if ended != -signal.SIGKILL:
                # It was done before it came so far (and is not done again below).
                assert ended == 0, (step, number)
                return
            killed += 1
            self.kills.append((step, number))
            prove()
        assert self.worker.do(call, **given) == 0, step


def banks(house) -> None:
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


@pytest.mark.parametrize("seed", range(int(FIRST), int(LAST or FIRST) + 1))
def test_a_month_whose_workers_are_killed_is_paid_once_to_the_cent(worker, seed):
    house, life = make_house(paid=False), Life(worker, seed)
    payer = house.contract.payer_id
    banks(house)
    data = money(house)
    file = receive_file(actor=QUINN, payer_id=payer, name="m.820", data=data, now=NOW)
    life.do("process_file", "capitation.tasks.process_file", file_id=file.pk)
    assert PlanFile.objects.get(pk=file.pk).status == "applied"
    assert Receipt.objects.count() == 12
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    life.do("calculate", "capitation.tasks.advance_run", run_id=run.pk)
    run = Run.objects.get()
    given = {"run_id": run.pk, "seen_digest": run.digest, "now": NOW}
    life.do("approve_run", "capitation.actions.runs.approve_run", actor=REYES, **given)
    life.do("post", "capitation.tasks.advance_run", run_id=run.pk)
    assert Run.objects.get().status == "posted"
    assert Entry.objects.filter(key__startswith="run:").count() == 1
    nothing_is_lost(house, MAR)
    path = "capitation.actions.payments"
    life.do("prepare_payments", f"{path}.prepare_payments", actor=QUINN, now=NOW)
    made = PaymentBatch.objects.get()
    given = {"batch_id": made.pk, "seen_digest": made.digest, "now": NOW}
    life.do("release_payments", f"{path}.release_payments", actor=REYES, **given)
    path = "capitation.actions.payment_outcomes"
    given = {"batch_id": made.pk, "now": NOW + timedelta(days=1)}
    life.do("settle_payments", f"{path}.settle_payments", actor=QUINN, **given)
    is_paid_once(house)
    print(f"seed {seed}: {len(life.kills)} kills: {life.kills}")
    assert len(life.kills) >= KILLS_A_STEP


def is_paid_once(house) -> None:
    ipa = Party.objects.get(kind="ipa")
    assert list(Payment.objects.values_list("status", "amount_cents")) == [("settled", 27000)] * 2
    assert [owed_cents(p.party) for p in house.practices] == [0, 0]
    assert [balance(ipa, "payments_in_transit"), balance(ipa, "cash")] == [0, -54000]
    assert Entry.objects.filter(key__startswith="payment:").count() == 4
    assert take_steps(NOW) == 0
    prove()
