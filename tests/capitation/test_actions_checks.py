"""Checks: details by two people, numbers from a register, cleared, void, told to the bank."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from capitation.actions.banking import WrongBankDetails
from capitation.actions.checks import (
    BookOpened,
    ClearedRefused,
    NoCheckBook,
    clear_checks,
    open_check_book,
    release_checks,
)
from capitation.actions.payment_outcomes import (
    ChecksClear,
    record_paid_after_all,
    reissue_payment,
    settle_payments,
    void_payment,
)
from capitation.actions.payments import NothingToPay, PrintedNotSent, SamePerson, take_payment_file
from capitation.actions.positive_pay import (
    NothingToTell,
    export_positive_pay,
    take_positive_pay,
)
from capitation.models import Check, Payment
from capitation.queries.checks import register_on
from ipaportal.identity.models import Party
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    BOTH,
    NOON,
    QUINN,
    REYES,
    bell,
    books_now,
    give_bank,
    ipa,
    owe,
    prepare,
    proven,
    release,
)

pytestmark = pytest.mark.django_db
DAY = NOON.date()


@pytest.fixture
def cole(ipa):
    """A payee who is paid by check."""
    return by_check("Cole Clinic", 50000)


def by_check(name, cents):
    party = Party.objects.create(kind="practice", name=name)
    owe(party, cents, f"run:{name}")
    give_bank(party, "", account_type="check", routing_number="", mail_address="1 Main\nValley")
    return party


@pytest.fixture
def book(cole):
    return open_check_book(actor=REYES, first_number=1001, now=NOON)


def checks():
    return prepare(method="check")


def printed(batch, actor=REYES, now=NOON):
    return release_checks(actor=actor, batch_id=batch.pk, seen_digest=batch.digest, now=now)


def clear(*rows, now=NOON, **changes):
    data = "\n".join(["Check number,Amount,Date", *rows]).encode()
    columns = {"number": "check number", "amount": "amount", "date": "date"}
    return clear_checks(
        actor=QUINN, data=data, columns=columns, date_format="%Y-%m-%d", now=now, **changes
    )


def export(layout="csv", last=DAY, now=NOON, **changes):
    return export_positive_pay(
        actor=REYES, first_date=DAY, last_date=last, layout=layout, now=now, **changes
    )


def test_a_check_needs_an_address_and_no_account(ipa):
    for changes in ({"mail_address": " "}, {"mail_address": "a\nb\nc\nd"}, {"purpose": "origin"}):
        with pytest.raises(WrongBankDetails):
            give_bank(ipa, "", **{"account_type": "check", "mail_address": "1 Main", **changes})


def test_checks_are_a_batch_of_their_own_printed_by_a_second_person(ipa, cole, bell, book):
    assert prepare().payments.get().party == bell
    batch = checks()
    assert batch.payments.get().party == cole
    with pytest.raises(PrintedNotSent):
        release(batch)
    with pytest.raises(SamePerson):
        printed(batch, actor=BOTH.__class__(QUINN.user_id, "Quinn", BOTH.grants))
    printed(batch)
    check = Check.objects.get()
    assert (check.number, check.status, check.check_date) == (1001, "printed", DAY)
    _, data = take_payment_file(actor=REYES, batch_id=batch.pk)
    assert b"1001,2026-11-03,Cole Clinic,1 Main,Valley,,500.00,Five hundred and 00/100" in data
    assert books_now(ipa, cole) == [0, -50000, 0]
    with pytest.raises(NothingToPay):
        checks()
    with pytest.raises(ChecksClear):
        settle_payments(actor=QUINN, batch_id=batch.pk, now=NOON)


def test_no_check_without_a_register_and_one_register_an_account(cole):
    batch = checks()
    with pytest.raises(NoCheckBook):
        printed(batch)
    open_check_book(actor=REYES, first_number=1, now=NOON)
    with pytest.raises(BookOpened):
        open_check_book(actor=REYES, first_number=5, now=NOON)
    printed(batch)
    assert Check.objects.get().number == 1


def test_paid_checks_clear_and_other_lines_are_named(ipa, cole, book):
    printed(checks())
    file = clear("1001,500.01,2026-11-03", "77,1.00,2026-11-03", "x,1,2026-11-03")
    assert (file.cleared_count, [line["why"] for line in file.refused]) == (
        0,
        ["the check is over 500.00", "no check of this account has this number",
         "“x” is no check number"],
    )  # fmt: skip
    assert books_now(ipa, cole) == [0, -50000, 0]
    later = NOON + timedelta(days=3)
    file = clear("1001,500.00,2026-11-05", "1001,500.00,2026-11-05", now=later)
    assert (file.cleared_count, file.cleared_cents) == (1, 50000)
    assert file.refused[0]["why"] == "the check was cleared before"
    assert books_now(ipa, cole) == [0, 0, -50000]
    assert Payment.objects.get().status == "settled"
    with pytest.raises(ClearedRefused, match="read before"):
        clear("1001,500.00,2026-11-05", "1001,500.00,2026-11-05", now=later)
    days = (date(2026, 11, 2), DAY, date(2026, 11, 5), date(2027, 6, 1))
    states = [[state for _, state in register_on(actor=QUINN, day=day)] for day in days]
    assert states == [[], ["printed"], ["cleared"], ["cleared"]]


def test_a_void_check_is_owed_again_and_paid_by_the_next_number(ipa, cole, book):
    payment = printed(checks()).payments.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="lost", now=NOON, is_stopped=True)
    assert Check.objects.get().status == "stopped"
    assert books_now(ipa, cole) == [50000, 0, 0]
    again = printed(reissue_payment(actor=QUINN, payment_id=payment.pk, now=NOON))
    assert list(Check.objects.order_by("number").values_list("number", "status")) == [
        (1001, "stopped"),
        (1002, "printed"),
    ]
    assert again.payments.get().reissues == payment
    why = clear("1001,500.00,2026-11-03").refused[0]["why"]
    assert why.startswith("the check is stopped here")
    # The bank paid it although it was told to stop: the payee owes what was paid twice.
    record_paid_after_all(actor=QUINN, payment_id=payment.pk, text="statement", now=NOON)
    assert Check.objects.get(number=1001).status == "cleared"
    assert books_now(ipa, cole) == [-50000, -50000, -50000]


def test_the_bank_is_told_once_of_each_issue_and_each_end(cole, book):
    by_check("Dover Clinic", 700)
    batch = printed(checks())
    file = export()
    assert (file.issued_count, file.issued_cents, file.void_count) == (2, 50700, 0)
    with pytest.raises(NothingToTell):
        export()
    payment = batch.payments.get(amount_cents=700)
    void_payment(actor=REYES, payment_id=payment.pk, text="lost", now=NOON)
    second = export("fixed")
    assert (second.issued_count, second.void_count, second.void_cents) == (0, 1, 700)
    _, first_bytes = take_positive_pay(actor=REYES, positive_pay_id=file.pk)
    _, again = take_positive_pay(actor=REYES, positive_pay_id=file.pk)
    assert first_bytes == again
    assert first_bytes.count(b"\r\n") == 4
    assert b"1001,20261103,500.00,COLE CLINIC,I" in first_bytes


@pytest.mark.acts_as
def test_a_number_is_never_used_twice_nor_told_anew(cole, book):
    printed(checks())
    export()
    connection.check_constraints()
    for query in (
        "UPDATE capitation_check SET number = 5",
        "UPDATE capitation_check SET status = 'void', ended_as = 'void'",
        "DELETE FROM capitation_check",
        "UPDATE capitation_positivepayfile SET issued_cents = 1",
        "DELETE FROM capitation_positivepayline",
        "UPDATE capitation_checkbook SET first_number = 1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(query)


def test_checks_of_an_account_that_is_used_no_more_still_clear(ipa, cole, book):
    printed(checks())
    more = {"bank_name": "Second Bank", "company_id": "1999999999", "purpose": "origin"}
    give_bank(ipa, "900800", routing_number="231380104", **more)
    with pytest.raises(NoCheckBook):
        clear("1001,500.00,2026-11-03")
    second = open_check_book(actor=REYES, first_number=1, now=NOON)
    assert clear("1001,500.00,2026-11-03").refused[0]["number"] == 1001
    file = clear("1001,500.00,2026-11-03,", origin_id=book.origin_id)
    assert (file.cleared_count, file.book) == (1, book)
    assert export(origin_id=book.origin_id).issued_count == 1
    with pytest.raises(NothingToTell):
        export(origin_id=second.origin_id)
