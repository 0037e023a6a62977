"""Payments of an 820: each remembered, none taken twice, deposits of payments and nothing else."""

from datetime import date

import pytest

from capitation.actions.files import DepositRefused, book_deposit
from capitation.models import PlanPayment, RemittanceLine
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from ipaportal.ledger.queries.balances import balance
from tests.factories import make_contract, make_ipa
from tests.planfiles import NOW, QUINN, an_820_of, take

pytestmark = pytest.mark.django_db
MANY = 1500


@pytest.fixture
def contract():
    return make_contract()


def payment(trace: str, dollars: str = "1.00", **values: object) -> dict[str, object]:
    return {"trace": trace, "lines": [("M1", dollars)], **values}


def deposit(file, cents: int, day: int = 6):
    return book_deposit(
        actor=QUINN, file_id=file.pk, day=date(2026, 3, day), amount_cents=cents, now=NOW
    )


def test_remembers_every_payment_of_a_file_with_very_many(contract, django_assert_max_num_queries):
    file = take(contract, an_820_of(payment(f"T{n}", f"{n}.01") for n in range(MANY)), "jan.820")
    assert (file.status, PlanPayment.objects.count()) == ("applied", MANY)
    last = PlanPayment.objects.get(trace_number="T1499")
    assert (last.transaction_no, last.amount_cents, last.is_notice) == (1500, 149901, False)
    # The last one alone, in a file of its own, is told apart by nothing but its trace.
    with django_assert_max_num_queries(60):
        again = take(contract, an_820_of([payment("NEW"), payment("T1499", "5.00")]), "feb.820")
    assert (again.status, again.problems[0]["code"]) == ("rejected", "paid_before")
    said = again.problems[0]["message"]
    assert said.startswith("Payment T1499 (TRN02) was applied from jan.820, received on 2026-03-10")
    assert (PlanPayment.objects.count(), RemittanceLine.objects.count()) == (MANY, MANY)
    assert balance(contract.payer.party_id, "plan_clearing") == -(sum(range(MANY)) * 100 + MANY)


def test_refuses_a_payment_that_stands_in_its_file_twice(contract):
    file = take(contract, an_820_of([payment("T1"), payment("T2"), payment("T1", "2.00")]))
    assert file.status == "rejected"
    assert "Payment T1 (TRN02) stands in this file twice" in file.problems[0]["message"]
    assert not PlanPayment.objects.exists()


def test_remembers_payments_beside_one_without_a_trace(contract):
    take(contract, an_820_of([payment("T1"), payment("", "2.00")]))
    assert PlanPayment.objects.filter(trace_number="T1").exists()
    again = take(contract, an_820_of([payment("T1", "3.00"), payment("", "4.00")]))
    assert (again.status, again.problems[0]["code"]) == ("rejected", "paid_before")


def test_takes_the_same_trace_of_two_plans(contract):
    other = make_contract("MOON")
    statuses = [take(one, an_820_of([payment("T1")])).status for one in (contract, other)]
    assert statuses == ["applied", "applied"]


def test_tells_long_traces_apart_by_their_end(contract):
    long = "9" * 200
    assert take(contract, an_820_of([payment(long + "1")])).status == "applied"
    assert take(contract, an_820_of([payment(long + "2", "2.00")])).status == "applied"
    assert take(contract, an_820_of([payment(long + "1", "3.00")])).status == "rejected"


NOTICES = [{"method": "NON"}, {"handling": "H"}, {"handling": "P"}]


@pytest.mark.parametrize("notice", NOTICES)
def test_deposits_exactly_the_payments_of_a_file_with_notices(contract, notice):
    payer, ipa = contract.payer.party_id, make_ipa()
    mixed = [
        payment("T1", "10.07"), payment("N1", "999.99", **notice),
        payment("T2", "0.01"), payment("Z1", "0.00"),
    ]  # fmt: skip
    file = take(contract, an_820_of(mixed))
    assert balance(ipa, "cash_in_transit") == 1008
    assert balance(payer, "plan_receivable") == 99999
    with pytest.raises(DepositRefused):
        deposit(file, 1009)
    deposit(file, 1007)
    deposit(file, 1, day=7)
    with pytest.raises(DepositRefused):
        deposit(file, 1, day=8)
    assert (balance(ipa, "cash"), balance(ipa, "cash_in_transit")) == (1008, 0)
    assert balance(payer, "plan_receivable") == 99999
    assert balance(payer, "plan_clearing") == -101007
    assert [i.name for i in every_invariant() if check_invariant(i).count] == []


def test_deposits_what_a_file_of_notices_alone_announces(contract):
    file = take(contract, an_820_of([payment("N1", "4.50", method="NON")]))
    deposit(file, 450)
    assert balance(contract.payer.party_id, "plan_receivable") == 0
    assert balance(make_ipa(), "cash") == 450
