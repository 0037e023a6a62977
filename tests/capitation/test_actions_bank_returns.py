"""The bank's returns, line by line: applied or waiting, nothing lost; to the cent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from capitation.actions.bank_returns import (
    NotWaitingLine,
    ReasonNeeded,
    ReturnsReadBefore,
    ReturnsRefused,
    StillWaits,
    apply_return_line,
    close_return_line,
    read_returns,
)
from capitation.actions.payment_outcomes import settle_payments, void_payment
from capitation.actions.payments import NothingToPay
from capitation.models import BankAccount, Payment, ReturnFile, ReturnLine
from capitation.queries.bank_returns import corrected_of, sums_of, waiting_lines
from capitation.rules.bank_returns import WAITS, Sent, why_dispute_waits, why_waiting
from ipaportal.audit.models import DomainEvent
from ipaportal.core.files import is_stored
from ipaportal.ledger.models import Entry, Hold
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    BOTH,
    NOON,
    QUINN,
    REYES,
    alvarez,
    bell,
    books_now,
    ipa,
    prepare,
    proven,
    release,
    returned_file,
)

pytestmark = pytest.mark.django_db


def take(data, now=NOON):
    return read_returns(actor=QUINN, data=data, now=now)


def judged(file):
    return [(line.state, line.why) for line in file.lines.order_by("line")]


def test_a_return_before_settlement_is_owed_again_and_held(ipa, bell, alvarez):
    batch = release(prepare())
    payment = batch.payments.get(party=bell)
    file = take(returned_file(payment))
    assert judged(file) == [("applied", "")]
    assert books_now(ipa, bell, alvarez) == [30829, 0, -11050, 0]
    payment.refresh_from_db()
    assert (payment.status, payment.return_code) == ("returned", "R03")
    held = Hold.objects.get(party=bell)
    assert held.source == payment.entry_key
    assert "R03, no account" in held.text
    assert is_stored(file.sha256)
    with pytest.raises(NothingToPay, match="returned by the bank"):
        prepare()
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    assert books_now(ipa, bell, alvarez) == [30829, 0, 0, -11050]


def test_a_return_after_settlement_comes_back_to_cash(ipa, bell):
    batch = release(prepare())
    settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)
    take(returned_file(batch.payments.get(), code="R02"))
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_a_line_that_does_not_apply_holds_up_no_other(ipa, bell, alvarez):
    batch = release(prepare())
    first, second = batch.payments.order_by("pk")
    take(returned_file(first))
    # One that came back before, one that applies, and that one once more in the same file.
    file = take(returned_file(first, second, second))
    assert judged(file) == [("waiting", "back"), ("applied", ""), ("waiting", "back")]
    assert books_now(ipa, bell, alvarez) == [30829, 11050, 0, 0]
    assert Hold.objects.count() == 2
    assert [line.line for line in waiting_lines(actor=QUINN)] == [3, 7]


def test_nothing_of_a_file_is_dropped_and_its_totals_add_up(ipa, bell, alvarez):
    batch = release(prepare())
    first, second = batch.payments.order_by("pk")
    void_payment(actor=REYES, payment_id=second.pk, text="stopped", now=NOON)
    records = returned_file(first, first, second, first).decode().split("\r\n")
    # The second of the four is of a payment of nobody's, the last of another amount.
    records[4] = records[4].replace(first.trace_number, "091000010009999")
    records[7] = records[7].replace("0000030829", "0000030828")
    # And an entry that says nothing of itself.
    records.append(records[1].replace("0000030829", "0000000700"))
    file = take("\r\n".join(records).encode())
    assert judged(file) == [
        ("applied", ""),
        ("waiting", "unknown"),
        ("waiting", "void"),
        ("waiting", "amount"),
        ("waiting", "no_record"),
    ]
    sums = sums_of(file)
    assert (sums.lines, sums.applied, sums.waiting, sums.closed) == (5, 1, 4, 0)
    assert file.total_cents == 30829 + 30829 + 11050 + 30828 + 700
    assert sum(line.amount_cents for line in file.lines.all()) == file.total_cents
    assert books_now(ipa, bell, alvarez) == [30829, 11050, 0, 0]
    details = DomainEvent.objects.filter(action="capitation.returns.read").get().details
    assert (details["returned"], len(details["waiting"])) == ([first.pk], 4)


def test_a_file_is_read_once(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment)
    take(data)
    with pytest.raises(ReturnsReadBefore, match="Quinn read this file already, on Nov 3, 2026"):
        take(data, now=NOON + timedelta(days=1))
    assert (ReturnFile.objects.count(), ReturnLine.objects.count()) == (1, 1)
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_returns_that_are_not_ours_and_disputes_wait(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment)
    other = data.replace(payment.trace_number.encode(), b"091000010009999")
    short = data.replace(b"0000030829", b"0000030828")
    disputed = returned_file(payment, code="R68")
    about_debits = returned_file(payment, code="R62")
    waits = ((other, "unknown"), (short, "amount"), (disputed, "not_back"))
    for changed, why in (*waits, (about_debits, "dispute")):
        assert judged(take(changed)) == [("waiting", why)]
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
        take(data)
    assert Entry.objects.count() == ReturnFile.objects.count() == 0


def test_a_change_notice_is_kept_for_somebody_and_changes_nothing(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment).replace(b"799R03", b"798C01").replace(
        b"23138010" + b" " * 44, b"23138010" + b"1918171614".ljust(44)
    )  # fmt: skip
    # Banks send notices of no amount.
    data = data.replace(b"0000030829", b"0000000000")
    line = take(data).lines.get()
    assert (line.kind, line.code, line.state, line.why) == ("change", "C01", "waiting", "proposed")
    assert (line.payment, corrected_of(line)) == (payment, "1918171614")
    assert b"1918171614" not in bytes(line.corrected_encrypted)
    assert "1918171614" not in str(DomainEvent.objects.last().details)
    # What the bank says is proposed; the account in use is as it was.
    assert BankAccount.objects.get(party=bell, status="active").account_last4 == "8-99"
    assert BankAccount.objects.get(party=bell, status="proposed").notice == line
    assert Payment.objects.get().status == "released"
    assert books_now(ipa, bell) == [0, -30829, 0]
    with pytest.raises(StillWaits, match="another change of them waits"):
        apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)


def test_a_line_is_closed_once_with_words(ipa, bell):
    payment = release(prepare()).payments.get()
    data = returned_file(payment).replace(b"0000030829", b"0000030828")
    line = take(data).lines.get()
    with pytest.raises(ReasonNeeded):
        close_return_line(actor=QUINN, line_id=line.pk, text=" ", now=NOON)
    close_return_line(actor=QUINN, line_id=line.pk, text="The bank sends another", now=NOON)
    with pytest.raises(NotWaitingLine, match="closed already"):
        close_return_line(actor=BOTH, line_id=line.pk, text="again", now=NOON)
    with pytest.raises(NotWaitingLine):
        apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    line.refresh_from_db()
    assert (line.decided_by_name, line.decision_text) == ("Quinn", "The bank sends another")
    assert not waiting_lines(actor=QUINN).exists()
    assert books_now(ipa, bell) == [0, -30829, 0]


@pytest.mark.acts_as
def test_what_the_bank_said_is_never_changed(ipa, bell):
    take(returned_file(release(prepare()).payments.get()))
    connection.check_constraints()
    for query in (
        "UPDATE capitation_returnfile SET line_count = 2",
        "UPDATE capitation_returnline SET amount_cents = 1",
        "UPDATE capitation_returnline SET state = 'waiting', why = 'back'",
        "DELETE FROM capitation_returnline",
        "TRUNCATE capitation_returnfile CASCADE",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(query)


@pytest.mark.acts_as
def test_every_wait_says_what_to_do():
    kinds = ("return", "change", "other")
    statuses = (None, "released", "settled", "returned", "void")
    found = {
        why_waiting(kind, code, cents, status, None if status is None else 5)
        for kind in kinds
        for code in ("R03", "R62", "C01", "")
        for cents in (5, 6)
        for status in statuses
    }
    found |= {
        why_dispute_waits(kind, cents, "03", sent)
        for kind in ("dishonour", "contest")
        for cents in (5, 6)
        for sent in (
            None,
            *(Sent(status, 5, "R03") for status in statuses if status),
            Sent("returned", 5, "R04"),
            Sent("settled", 5, "R03", is_dishonoured=True),
            Sent("returned", 5, "R03", is_dishonoured=True, is_contested=True),
        )
    }
    by_notices = {"proposed", "unreadable", "same", "replaced", "other_change", "no_details"}
    assert found | by_notices | {"stands"} == {"", *WAITS}
    assert all(wait.to_do.endswith(".") and wait.what.endswith(".") for wait in WAITS.values())
