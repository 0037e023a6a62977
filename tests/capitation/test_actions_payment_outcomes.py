"""After release: settled, returned, void, paid anew; to the cent."""

from datetime import timedelta

import pytest

from capitation.actions.payment_outcomes import (
    CannotReissue,
    CannotVoid,
    NothingToSettle,
    NotReturnable,
    ReasonNeeded,
    ReturnsRefused,
    read_returns,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.actions.payments import (
    NothingToPay,
)
from capitation.models import BankAccount, Payment
from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import is_stored
from ipaportal.ledger.actions import release_hold
from ipaportal.ledger.models import Entry, Hold
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


def test_a_return_before_settlement_is_owed_again_and_held(ipa, bell, alvarez):
    batch = release(prepare())
    payment = batch.payments.get(party=bell)
    result = read_returns(actor=QUINN, data=returned_file(payment), now=NOON)
    assert [p.pk for p in result.returned] == [payment.pk]
    assert books_now(ipa, bell, alvarez) == [30829, 0, -11050, 0]
    payment.refresh_from_db()
    assert (payment.status, payment.return_code) == ("returned", "R03")
    held = Hold.objects.get(party=bell)
    assert held.source == payment.entry_key
    assert "R03, no account" in held.text
    assert is_stored(result.file_sha256)
    with pytest.raises(NothingToPay, match="returned by the bank"):
        prepare()
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    assert books_now(ipa, bell, alvarez) == [30829, 0, 0, -11050]


def test_a_return_after_settlement_comes_back_to_cash(ipa, bell):
    batch = release(prepare())
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    read_returns(actor=QUINN, data=returned_file(batch.payments.get(), code="R02"), now=NOON)
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_a_return_is_read_once(ipa, bell, alvarez):
    batch = release(prepare())
    first, second = batch.payments.order_by("pk")
    read_returns(actor=QUINN, data=returned_file(first), now=NOON)
    before = books_now(ipa, bell, alvarez)
    # The second payment stands before the one that came back already: nothing of it is applied.
    with pytest.raises(NotReturnable, match="returned by the bank already"):
        read_returns(actor=QUINN, data=returned_file(second, first), now=NOON)
    with pytest.raises(NotReturnable):
        read_returns(actor=QUINN, data=returned_file(second, second), now=NOON)
    assert books_now(ipa, bell, alvarez) == before
    assert Hold.objects.count() == 1
    assert Payment.objects.get(pk=second.pk).status == "released"


def test_returns_that_are_not_ours_are_named_and_left(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment)
    other = data.replace(payment.trace_number.encode(), b"091000010009999")
    short = data.replace(b"0000030829", b"0000030828")
    disputed = returned_file(payment, code="R68")
    for changed, code in ((other, "R03"), (short, "R03"), (disputed, "R68")):
        result = read_returns(actor=QUINN, data=changed, now=NOON)
        assert (result.returned, [row["code"] for row in result.not_ours]) == ([], [code])
    assert books_now(ipa, bell) == [0, -30829, 0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello", "no ACH record"),
        (b"9" * 94, "no return"),
        (b"621" + b"0" * 91, "outside a batch"),
    ],
)
def test_a_faulty_file_of_returns_is_kept_and_refused(ipa, data, says):
    with pytest.raises(ReturnsRefused, match=says):
        read_returns(actor=QUINN, data=data, now=NOON)
    assert Entry.objects.count() == 0


def test_a_change_notice_is_told_and_changes_nothing(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment).replace(b"799R03", b"798C01").replace(
        b"23138010" + b" " * 44, b"23138010" + b"1918171614".ljust(44)
    )  # fmt: skip
    result = read_returns(actor=QUINN, data=data, now=NOON)
    assert [(r["code"], r["corrected"]) for r in result.changes] == [("C01", "1918171614")]
    assert BankAccount.objects.filter(party=bell).count() == 1
    assert "1918171614" not in str(DomainEvent.objects.last().details)


def test_voids_a_payment_on_its_way(ipa, bell):
    payment = release(prepare()).payments.get()
    with pytest.raises(ReasonNeeded):
        void_payment(actor=REYES, payment_id=payment.pk, text=" ", now=NOON)
    voided = void_payment(actor=REYES, payment_id=payment.pk, text="stopped", now=NOON)
    assert (voided.status, voided.voided_by_name) == ("void", "Reyes")
    assert books_now(ipa, bell) == [30829, 0, 0]
    with pytest.raises(CannotVoid):
        void_payment(actor=REYES, payment_id=payment.pk, text="again", now=NOON)
    with pytest.raises(NotReturnable):
        read_returns(actor=QUINN, data=returned_file(payment), now=NOON)
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
