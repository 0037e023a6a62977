"""Paying when two people press the same button at the same moment: money leaves once."""

from datetime import UTC, datetime

import pytest

from capitation.actions.bank_returns import read_returns
from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.payment_outcomes import (
    record_paid_after_all,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.actions.payments import prepare_payments, release_payments
from capitation.models import Payment, PaymentBatch
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import balance, owed_cents
from tests.at_once import at_once

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
SATO = Actor(903, "Sato", frozenset({("finance_approver", 1)}))

pytestmark = pytest.mark.django_db(transaction=True)


def kinds(answers):
    return sorted(type(answer).__name__ for answer in answers)


def give_bank(party, account_number, **changes):
    proposed = propose_bank_account(
        actor=QUINN,
        party_id=party.pk,
        holder_name=party.name,
        account_number=account_number,
        now=NOON,
        **{"routing_number": "231380104", **changes},
    )
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)


@pytest.fixture
def bell():
    ipa = Party.objects.get_or_create(kind="ipa", defaults={"name": "Harbor Valley IPA"})[0]
    give_bank(
        ipa,
        "100200300",
        purpose="origin",
        routing_number="091000019",
        bank_name="First Example Bank",
        company_id="1999999999",
    )
    party = Party.objects.create(kind="practice", name="Bell Clinic")
    give_bank(party, "744567899")
    plan = Party.objects.create(kind="payer", name="Golden Plan")
    lines = [(books.account(plan, "plan_clearing"), 500), (books.account(party, "payable"), -500)]
    books.book(key="run:1", date=NOON.date(), description="run", lines=lines, actor=CLOCK, now=NOON)
    return party


def prepare():
    return prepare_payments(actor=QUINN, now=NOON)


def release(batch, actor=REYES):
    return release_payments(actor=actor, batch_id=batch.pk, seen_digest=batch.digest, now=NOON)


def test_prepares_a_balance_once(bell):
    assert kinds(at_once(*[prepare] * 4)) == [*["NothingToPay"] * 3, "PaymentBatch"]
    assert Payment.objects.count() == PaymentBatch.objects.count() == 1


def test_releases_a_batch_once(bell):
    batch = prepare()
    answers = at_once(lambda: release(batch), lambda: release(batch, SATO))
    assert kinds(answers) == ["NotWaiting", "PaymentBatch"]
    assert Entry.objects.filter(key__startswith="payment:").count() == 1
    assert owed_cents(bell) == 0


def test_settles_and_returns_in_some_order_and_once(bell):
    batch = release(prepare())
    payment = batch.payments.get()
    data = (
        f"5200{'HARBOR':<16}{'':20}1999999999CCDCAPITATION      261104   1091000010000001\n"
        f"621231380104{'744567899':<17}{500:010d}{'':15}{'BELL':<22}  1231380100000001\n"
        f"799R02{payment.trace_number}      23138010{'':44}231380100000001\n"
    ).encode()
    answers = at_once(
        lambda: settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON),
        lambda: read_returns(actor=QUINN, data=data, now=NOON),
        lambda: read_returns(actor=QUINN, data=data, now=NOON),
    )
    names = kinds(answers)
    assert names in (
        ["PaymentBatch", "ReturnFile", "ReturnsReadBefore"],
        ["NothingToSettle", "ReturnFile", "ReturnsReadBefore"],
    )
    # Whichever came first, the money is owed again and none is lost on the way.
    ipa = Party.objects.get(kind="ipa")
    assert [owed_cents(bell), balance(ipa, "payments_in_transit"), balance(ipa, "cash")] == [
        500,
        0,
        0,
    ]


def test_voids_once_and_pays_anew_once(bell):
    payment = release(prepare()).payments.get()

    def void():
        return void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)

    assert kinds(at_once(void, void, void)) == ["CannotVoid", "CannotVoid", "Payment"]
    assert owed_cents(bell) == 500

    def reissue():
        return reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)

    assert kinds(at_once(reissue, prepare, reissue)).count("PaymentBatch") == 1
    assert Payment.objects.filter(reissues=payment).count() == 1


def money(bell):
    ipa = Party.objects.get(kind="ipa")
    return [owed_cents(bell), balance(ipa, "payments_in_transit"), balance(ipa, "cash")]


def paid_after_all(payment):
    return record_paid_after_all(actor=QUINN, payment_id=payment.pk, text="statement", now=NOON)


def test_voids_or_settles_whichever_comes_first(bell):
    batch = release(prepare())
    payment = batch.payments.get()
    answers = at_once(
        lambda: void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON),
        lambda: settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON),
    )
    assert kinds(answers) in (["NothingToSettle", "Payment"], ["CannotVoid", "PaymentBatch"])
    payment.refresh_from_db()
    assert money(bell) == ([500, 0, 0] if payment.status == "void" else [0, 0, -500])


def test_is_paid_after_all_once(bell):
    payment = release(prepare()).payments.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)
    answers = at_once(*[lambda: paid_after_all(payment)] * 3)
    assert kinds(answers) == ["NotPaidAfterAll", "NotPaidAfterAll", "Payment"]
    assert money(bell) == [0, 0, -500]
    assert Entry.objects.filter(key=f"payment:{payment.pk}:paid").count() == 1


def test_is_paid_after_all_while_it_is_paid_anew(bell):
    payment = release(prepare()).payments.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)
    anew = reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    answers = at_once(lambda: paid_after_all(payment), lambda: release(anew, SATO))
    assert kinds(answers) in (["Payment", "PaymentsChanged"], ["Payment", "PaymentBatch"])
    # Either nothing is paid twice, or what was is owed back.
    released = PaymentBatch.objects.get(pk=anew.pk).status == "released"
    assert money(bell) == ([-500, -500, -500] if released else [0, 0, -500])
