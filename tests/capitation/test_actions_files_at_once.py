"""The same file, or step, twice at the same moment: it happens once."""

from datetime import date

import pytest

from capitation.actions.advance import advance_file, step_files
from capitation.actions.files import receive_file
from capitation.models import PlanFile, RemittanceLine
from ipaportal.ledger.queries.balances import balance
from tests.at_once import at_once
from tests.factories import make_contract
from tests.planfiles import CLOCK, NOW, QUINN, an_820

pytestmark = pytest.mark.django_db(transaction=True)
DATA = an_820([("M1", date(2026, 1, 1), "10")])


def test_takes_the_same_file_once_on_four_connections():
    contract = make_contract()

    def receive():
        return receive_file(actor=QUINN, payer_id=contract.payer_id, name="a", data=DATA, now=NOW)

    answers = at_once(*[receive] * 4)
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["DuplicateFile"] * 3 + ["PlanFile"]
    assert PlanFile.objects.count() == 1


def test_processes_a_file_once_although_three_workers_wake():
    contract = make_contract()
    file = receive_file(actor=QUINN, payer_id=contract.payer_id, name="a", data=DATA, now=NOW)

    def work():
        return advance_file(actor=CLOCK, file_id=file.pk, now=NOW)

    assert sorted(at_once(work, work, work)) == [False, False, True]
    assert RemittanceLine.objects.count() == 1
    assert balance(contract.payer.party_id, "plan_clearing") == -1000
    assert step_files(NOW) == 0
