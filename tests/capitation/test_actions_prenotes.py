"""Prenotes: agreed, sent, waited for, sent back; the first payment only after the wait."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from capitation.actions.bank_returns import read_returns
from capitation.actions.banking import approve_bank_account
from capitation.actions.payments import NothingToPay, PaymentsChanged
from capitation.actions.prenotes import (
    AgreementRefused,
    NothingToTest,
    send_prenotes,
    set_bank_agreement,
    take_prenote_file,
)
from capitation.formats.nacha import read
from capitation.formats.nacha_sent import sent_in
from capitation.models import BankAccount, Prenote
from capitation.queries.payments import preview
from capitation.queries.prenotes import sends_prenotes
from ipaportal.audit.models import DomainEvent
from ipaportal.core.refusals import NotPermitted
from ipaportal.ledger.actions import release_hold
from ipaportal.ledger.models import Hold
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    BOTH,
    NOON,
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
from tests.capitation.test_actions_notices import notice

pytestmark = pytest.mark.django_db
# Sent on Tuesday, settles on Wednesday; Veterans Day is no banking day.
CLEAR = datetime(2026, 11, 9, 12, tzinfo=UTC)


@pytest.fixture
def asked(ipa):
    return agree()


def agree(day=date(2026, 11, 3), sends=True, text="agreed by letter"):
    return set_bank_agreement(
        actor=REYES, effective_date=day, sends_prenotes=sends, text=text, now=NOON
    )


@pytest.fixture
def tested(asked, bell):
    """Bell's account, whose prenote went out."""
    send_prenotes(actor=QUINN, now=NOON)
    return Prenote.objects.get()


def sent_back(prenote, code="R03"):
    lines = returned_file(code=code).decode().split("\r\n")
    lines += [
        f"621{prenote.bank_account.routing_number}{'744567899':<17}{0:010d}"
        f"{'':15}{'BELL CLINIC':<22}  1231380100000001",
        f"799{code}{prenote.trace_number}      23138010{'':44}231380100000001",
    ]
    return "\r\n".join(lines).encode()


def test_no_account_is_tested_until_it_is_agreed(ipa, bell):
    assert not Prenote.objects.exists()
    with pytest.raises(NothingToTest):
        send_prenotes(actor=QUINN, now=NOON)
    assert prepare().payment_count == 1


def test_a_new_account_is_tested_by_a_payment_of_nothing(asked, bell, alvarez):
    file = send_prenotes(actor=QUINN, now=NOON)
    taken, data = take_prenote_file(actor=QUINN, prenote_file_id=file.pk)
    found = read(data)
    assert (taken, found.verdict, found.counted.credit_cents) == (file, "ok", 0)
    entries = found.batches[0].entries
    assert [entry.transaction_code for entry in entries] == ["23", "33"]
    assert [entry.amount_cents for entry in entries] == [0, 0]
    assert [entry.trace_number for entry in entries] == list(
        Prenote.objects.order_by("pk").values_list("trace_number", flat=True)
    )
    assert sent_in("f", data) == []
    prenote = Prenote.objects.order_by("pk").first()
    dates = (prenote.settlement_date, prenote.clears_on)
    assert dates == (date(2026, 11, 4), date(2026, 11, 9))
    with pytest.raises(NothingToTest):
        send_prenotes(actor=QUINN, now=NOON)
    event = DomainEvent.objects.get(action="capitation.prenotes.sent")
    assert event.details["clears_on"] == "2026-11-09"
    assert "744" not in str(event.details)


def test_nothing_is_paid_before_the_banking_days_have_passed(asked, bell):
    assert preview(NOON).skipped[0]["text"] == "A prenote has to be sent to the account first."
    send_prenotes(actor=QUINN, now=NOON)
    for day in range(6):
        now = NOON + timedelta(days=day)
        with pytest.raises(NothingToPay, match="paid to from Nov 9, 2026"):
            prepare(now=now)
    batch = release(prepare(now=CLEAR), now=CLEAR)
    payment = batch.payments.get()
    # Its trace number follows that of the prenote, its file is the first of its own day.
    assert payment.trace_number == "091000010000002"
    assert batch.file_id_modifier == "A"


def test_a_file_of_payments_and_one_of_prenotes_never_share_a_letter(ipa, bell):
    agree()
    other = owe_another()
    send_prenotes(actor=QUINN, now=NOON)
    assert Prenote.objects.get().bank_account.party == other
    assert release(prepare()).file_id_modifier == "B"


def owe_another():
    party = type(BankAccount.objects.first().party).objects.create(kind="practice", name="Cole")
    owe(party, 700, "run:9")
    give_bank(party, "99887766")
    return party


def test_a_prenote_sent_back_refuses_the_account_and_holds_the_payee(ipa, tested, bell):
    file = read_returns(actor=QUINN, data=sent_back(tested), now=NOON + timedelta(days=2))
    line = file.lines.get()
    assert (line.state, line.why, line.prenote) == ("applied", "", tested)
    tested.refresh_from_db()
    assert (tested.status, tested.return_code) == ("returned", "R03")
    assert tested.bank_account.status == "refused"
    hold = Hold.objects.get(party=bell)
    assert "R03, no account" in hold.text
    assert books_now(ipa, bell) == [30829, 0, 0]
    with pytest.raises(NothingToPay, match="Held"):
        prepare(now=CLEAR)
    release_hold(actor=REYES, hold_id=hold.pk, text="new details", now=CLEAR)
    with pytest.raises(NothingToPay, match="No approved bank account"):
        prepare(now=CLEAR)
    # The same line again, in another file, waits and does nothing.
    again = read_returns(actor=QUINN, data=sent_back(tested) + b"\r\n", now=CLEAR)
    assert [(n.state, n.why) for n in again.lines.all()] == [("waiting", "back")]
    assert Hold.objects.count() == 1


def test_a_prenote_sent_back_after_the_wait_stops_a_batch_that_waits(tested, bell):
    batch = prepare(now=CLEAR)
    read_returns(actor=QUINN, data=sent_back(tested), now=CLEAR)
    with pytest.raises(PaymentsChanged, match="Held"):
        release(batch, now=CLEAR)


def test_a_correction_of_a_prenote_is_decided_before_anything_is_paid(tested, bell):
    data = notice(tested.trace_number, "C01", "1918171614")
    read_returns(actor=QUINN, data=data, now=NOON)
    with pytest.raises(NothingToPay, match="answered the prenote with a correction"):
        prepare(now=CLEAR)
    proposed = BankAccount.objects.get(party=bell, status="proposed")
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON, text="called")
    # What the bank corrected itself is not tested again; its cool-off holds.
    assert Prenote.objects.count() == 1
    assert prepare(now=CLEAR).payments.get().bank_account_id == proposed.pk


def test_the_ipa_may_stop_sending_prenotes(asked, bell):
    agree(date(2026, 11, 4), sends=False, text="too slow")
    assert [sends_prenotes(NOON.date()), sends_prenotes(date(2026, 11, 4))] == [True, False]
    assert preview(NOON).payable == []
    assert len(preview(NOON + timedelta(days=1)).payable) == 1


@pytest.mark.parametrize(
    ("changes", "field"), [({"text": " "}, "text"), ({"day": date(2026, 11, 2)}, "effective_date")]
)
def test_an_agreement_has_words_and_no_past(ipa, changes, field):
    with pytest.raises(AgreementRefused) as refused:
        agree(**changes)
    assert refused.value.field == field
    assert not sends_prenotes(NOON.date())


def test_who_may_do_it(ipa):
    with pytest.raises(NotPermitted):
        set_bank_agreement(
            actor=QUINN, effective_date=NOON.date(), sends_prenotes=True, text="x", now=NOON
        )
    with pytest.raises(NotPermitted):
        send_prenotes(actor=REYES, now=NOON)


@pytest.mark.acts_as
def test_what_was_sent_is_never_changed(tested):
    connection.check_constraints()
    for query in (
        "UPDATE capitation_prenote SET clears_on = clears_on - 1",
        "UPDATE capitation_prenote SET status = 'needed'",
        "DELETE FROM capitation_prenote",
        "UPDATE capitation_prenotefile SET prenote_count = 2",
        "UPDATE capitation_bankagreement SET sends_prenotes = false",
        "UPDATE capitation_bankaccount SET status = 'rejected' WHERE status = 'active'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(query)
