"""After release: settled, returned, void, paid anew; to the cent."""

from datetime import timedelta

import pytest

from capitation.actions.bank_returns import apply_return_line, read_returns
from capitation.actions.payment_outcomes import (
    AnotherPersonNeeded,
    CannotReissue,
    CannotVoid,
    NothingToSettle,
    NotPaidAfterAll,
    ReasonNeeded,
    record_paid_after_all,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.actions.payments import NothingToPay, PaymentsChanged, cancel_payments
from capitation.models import Payment
from ipaportal.audit.models import DomainEvent
from ipaportal.ledger.actions import release_hold
from ipaportal.ledger.models import Hold
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    BOTH,
    CLOCK,
    NOON,
    OSEI,
    QUINN,
    REYES,
    alvarez,
    bell,
    books_now,
    give_bank,
    ipa,
    owe,
    prepare,
    proven,
    release,
    returned_file,
)

pytestmark = pytest.mark.django_db


def test_settles_what_the_bank_paid(ipa, bell, alvarez):
    batch = release(prepare())
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON + timedelta(days=1))
    assert books_now(ipa, bell, alvarez) == [0, 0, 0, -41879]
    with pytest.raises(NothingToSettle):
        settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    assert books_now(ipa, bell, alvarez) == [0, 0, 0, -41879]


def test_voids_a_payment_on_its_way(ipa, bell):
    payment = release(prepare()).payments.get()
    with pytest.raises(ReasonNeeded):
        void_payment(actor=REYES, payment_id=payment.pk, text=" ", now=NOON)
    voided = void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)
    assert (voided.status, voided.voided_by_name) == ("void", "Reyes")
    assert books_now(ipa, bell) == [30829, 0, 0]
    with pytest.raises(CannotVoid):
        void_payment(actor=REYES, payment_id=payment.pk, text="again", now=NOON)
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_does_not_void_what_is_prepared_or_settled(bell):
    batch = prepare()
    payment = batch.payments.get()
    with pytest.raises(CannotVoid, match="Cancel batch"):
        void_payment(actor=REYES, payment_id=payment.pk, text="x", now=NOON)
    release(batch)
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    with pytest.raises(CannotVoid, match="on its way"):
        void_payment(actor=REYES, payment_id=payment.pk, text="x", now=NOON)
    assert Payment.objects.get().status == "settled"


def test_pays_anew_once_after_the_hold_is_released(ipa, bell):
    payment = release(prepare()).payments.get()
    with pytest.raises(CannotReissue, match="on its way"):
        reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    read_returns(actor=QUINN, data=returned_file(payment), now=NOON)
    with pytest.raises(CannotReissue, match="Held"):
        reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    release_hold(actor=OSEI, hold_id=Hold.objects.get().pk, text="new details", now=NOON)
    batch = reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    assert (batch.payments.get().reissues_id, batch.total_cents) == (payment.pk, 30829)
    with pytest.raises(CannotReissue, match="pays it anew already"):
        reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    release(batch)
    assert books_now(ipa, bell) == [0, -30829, 0]


def test_the_next_batch_pays_anew_what_came_back(bell):
    payment = release(prepare()).payments.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)
    again = prepare().payments.get()
    assert (again.reissues, again.amount_cents) == (payment, 30829)


def voided(text="stopped"):
    payment = release(prepare()).payments.get()
    return void_payment(actor=REYES, payment_id=payment.pk, text=text, now=NOON)


def paid_after_all(payment, actor=QUINN, text="seen on the statement of Nov 4"):
    return record_paid_after_all(actor=actor, payment_id=payment.pk, text=text, now=NOON)


def test_a_void_payment_that_the_bank_paid_is_owed_no_longer(ipa, bell):
    payment = voided()
    assert books_now(ipa, bell) == [30829, 0, 0]
    paid = paid_after_all(payment)
    assert (paid.status, paid.paid_after_all_by_name) == ("settled", "Quinn")
    assert (paid.voided_by_name, paid.void_text) == ("Reyes", "stopped"), "stays told as void"
    assert books_now(ipa, bell) == [0, 0, -30829]
    with pytest.raises(NothingToPay):
        prepare()
    with pytest.raises(CannotReissue, match="settled"):
        reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    with pytest.raises(NotPaidAfterAll):
        paid_after_all(payment)
    assert books_now(ipa, bell) == [0, 0, -30829]
    event = DomainEvent.objects.filter(action="capitation.payment.paid_after_all").get()
    assert (event.details["amount_cents"], event.details["owed_cents"]) == (30829, 0)


def test_what_was_paid_twice_is_owed_back_and_netted_by_the_next_payment(ipa, bell):
    payment = voided()
    again = release(reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON))
    settle_payments(actor=QUINN, batch_id=again.pk, now=NOON)
    paid_after_all(payment)
    assert books_now(ipa, bell) == [-30829, 0, -2 * 30829]
    owe(bell, 30828, "run:7")
    with pytest.raises(NothingToPay, match="carried"):
        prepare()
    owe(bell, 13, "run:8")
    # 308.28 + 0.13 earned since, 308.29 paid twice: twelve cents are left to pay.
    assert prepare().payments.get().amount_cents == 12


def test_a_batch_that_would_pay_it_anew_is_not_released_any_more(ipa, bell):
    payment = voided()
    waiting = reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON)
    paid_after_all(payment)
    with pytest.raises(PaymentsChanged):
        release(waiting)
    assert books_now(ipa, bell) == [0, 0, -30829]


def test_only_another_person_says_that_a_void_payment_was_paid(ipa, bell):
    payment = release(prepare()).payments.get()
    with pytest.raises(NotPaidAfterAll, match="on its way"):
        paid_after_all(payment)
    void_payment(actor=BOTH, payment_id=payment.pk, text="stopped", now=NOON)
    with pytest.raises(ReasonNeeded):
        paid_after_all(payment, text=" ")
    for actor in (BOTH, CLOCK):
        with pytest.raises(AnotherPersonNeeded, match="Both made"):
            paid_after_all(payment, actor=actor)
    assert books_now(ipa, bell) == [30829, 0, 0]
    assert paid_after_all(payment).status == "settled"


def test_a_payment_of_a_cancelled_batch_was_paid_by_nobody(ipa, bell):
    batch = prepare()
    cancel_payments(actor=BOTH, batch_id=batch.pk, text="early", now=NOON)
    with pytest.raises(NotPaidAfterAll, match="in no file"):
        paid_after_all(batch.payments.get())
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_a_return_of_a_void_payment_waits_until_it_is_said_to_be_paid(ipa, bell):
    payment = voided()
    file = read_returns(actor=QUINN, data=returned_file(payment), now=NOON)
    line = file.lines.get()
    assert (line.state, line.why) == ("waiting", "void")
    paid_after_all(payment)
    assert books_now(ipa, bell) == [0, 0, -30829]
    apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    assert books_now(ipa, bell) == [30829, 0, 0]
    assert Payment.objects.get(pk=payment.pk).status == "returned"
    assert Hold.objects.live().count() == 1


def test_pays_anew_twice_when_the_first_anew_was_void_and_paid_after_all(ipa, bell):
    first = voided()
    second = release(reissue_payment(actor=QUINN, payment_id=first.pk, now=NOON)).payments.get()
    void_payment(actor=REYES, payment_id=second.pk, text="stopped too", now=NOON)
    third = release(reissue_payment(actor=QUINN, payment_id=first.pk, now=NOON)).payments.get()
    assert third.reissues_id == second.reissues_id == first.pk
    paid_after_all(second)
    assert books_now(ipa, bell) == [-30829, -30829, -30829]
