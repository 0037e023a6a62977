"""Notices of change proposed for a second person, and what banks say of a return."""

from datetime import timedelta

import pytest

from capitation.actions.bank_returns import StillWaits, apply_return_line, read_returns
from capitation.actions.banking import (
    SecondPersonNeeded,
    approve_bank_account,
    propose_bank_account,
    reject_bank_account,
)
from capitation.actions.payment_outcomes import settle_payments
from capitation.actions.payments import NothingToPay
from capitation.models import BankAccount, ReturnLine
from capitation.queries.banking import account_number_of, correction_of
from ipaportal.audit.models import DomainEvent
from ipaportal.ledger.actions import release_hold
from ipaportal.ledger.models import Hold
from tests.capitation.paying import (  # noqa: F401 - fixtures are used by name
    BOTH,
    CLOCK,
    NOON,
    QUINN,
    REYES,
    alvarez,
    bell,
    books_now,
    ipa,
    owe,
    prepare,
    proven,
    release,
    returned_file,
)

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=4)


def notice(trace, code, data):
    return "\r\n".join(
        [
            "5200HARBOR VALLEY IP                    1999999999CORCAPITATION      261104   1"
            "091000010000001",
            f"621231380104{'744567899':<17}{0:010d}{'':15}{'BELL CLINIC':<22}  1231380100000001",
            f"798{code}{trace}      23138010{data:<29}{'':15}231380100000001",
        ]
    ).encode()


def told(payment, code, data, actor=QUINN):
    file = read_returns(actor=actor, data=notice(payment.trace_number, code, data), now=NOON)
    return file.lines.get()


@pytest.fixture
def sent(bell):
    return release(prepare()).payments.get()


def test_a_correction_is_proposed_field_by_field_and_approved_by_a_second_person(sent, bell):
    line = told(sent, "C07", "231380104999888777        32")
    assert (line.state, line.why) == ("waiting", "proposed")
    proposed = BankAccount.objects.get(party=bell, status="proposed")
    changes = {c.field: (c.before, c.after) for c in correction_of(proposed)}
    assert changes == {
        "Routing number": ("231380104", "231380104"),
        "Account number": ("ending in 8-99", "ending in 8777"),
        "Kind of account": ("checking", "savings"),
        "Name on the account": ("Bell Clinic", "Bell Clinic"),
    }
    with pytest.raises(SecondPersonNeeded):
        approve_bank_account(
            actor=BOTH.__class__(QUINN.user_id, "Quinn", BOTH.grants),
            bank_account_id=proposed.pk,
            now=NOON,
        )
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON, text="called")
    line.refresh_from_db()
    assert (line.state, line.decided_by_name) == ("closed", "Reyes")
    owe(bell, 500, "run:9")
    # A new number waits its cool-off like any other; the next payment goes to it.
    with pytest.raises(NothingToPay, match="was changed"):
        prepare()
    paid = prepare(now=LATER).payments.get()
    assert paid.bank_account_id == proposed.pk
    assert account_number_of(paid.bank_account) == "999888777"


@pytest.mark.parametrize(("code", "data"), [("C05", "32"), ("C04", "BELL MEDICAL GROUP")])
def test_a_correction_that_leaves_the_money_where_it_was_has_no_cool_off(sent, bell, code, data):
    told(sent, code, data)
    proposed = BankAccount.objects.get(party=bell, status="proposed")
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON, text="called")
    owe(bell, 500, "run:9")
    paid = prepare().payments.get().bank_account
    assert (paid.account_type == "savings") == (code == "C05")
    assert (paid.holder_name == "BELL MEDICAL GROUP") == (code == "C04")


def test_a_rejected_correction_ends_its_notice_and_changes_nothing(sent, bell):
    line = told(sent, "C02", "091000019")
    proposed = BankAccount.objects.get(party=bell, status="proposed")
    reject_bank_account(actor=REYES, bank_account_id=proposed.pk, text="they deny it", now=NOON)
    line.refresh_from_db()
    assert line.decision_text == "The correction was rejected: they deny it"
    assert BankAccount.objects.active().get(party=bell).routing_number == "231380104"


@pytest.mark.parametrize(
    ("code", "data", "why"),
    [
        ("C01", "744-5678-99", "same"),
        ("C02", "231380105", "unreadable"),
        ("C09", "P77", "no_details"),
        ("C13", "", "no_details"),
    ],
)
def test_a_notice_that_proposes_nothing_says_why(sent, bell, code, data, why):
    assert told(sent, code, data).why == why
    assert BankAccount.objects.filter(party=bell).count() == 1


def test_a_notice_read_by_the_clock_waits_until_a_person_takes_it_up(sent, bell):
    line = told(sent, "C01", "1918171614", actor=CLOCK)
    assert line.why == "change"
    assert not BankAccount.objects.filter(status="proposed").exists()
    apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    proposed = BankAccount.objects.get(status="proposed")
    assert (proposed.proposed_by_name, proposed.notice) == ("Quinn", line)
    assert DomainEvent.objects.filter(action="capitation.return_line.proposed").count() == 1


def test_a_notice_behind_another_change_is_taken_up_once_that_is_decided(sent, bell):
    other = propose_bank_account(
        actor=QUINN,
        party_id=bell.pk,
        holder_name="Bell",
        routing_number="231380104",
        account_number="5550002",
        now=NOON,
    )
    line = told(sent, "C01", "1918171614")
    assert line.why == "other_change"
    with pytest.raises(StillWaits, match="another change"):
        apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    reject_bank_account(actor=REYES, bank_account_id=other.pk, text="no", now=NOON)
    apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    proposed = BankAccount.objects.get(status="proposed")
    assert account_number_of(proposed) == "1918171614"
    # Approved, so the account that a second notice speaks of is used no more.
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)
    assert told(sent, "C01", "2222222").why == "replaced"


# ---- what banks say of a return -----------------------------------------------------------------


def said(payment, code, return_code="03", cents=None):
    data = returned_file(payment, code=code).decode().split("\r\n")
    data[2] = f"{data[2][:56]}{return_code}{data[2][58:]}"
    if cents is not None:
        data[1] = data[1].replace(f"{payment.amount_cents:010d}", f"{cents:010d}")
    return "\r\n".join(data).encode()


def read_in(data, actor=QUINN):
    return [(n.state, n.why) for n in read_returns(actor=actor, data=data, now=NOON).lines.all()]


@pytest.mark.parametrize("is_settled", [False, True])
def test_a_return_our_bank_refuses_is_taken_back_and_contested_it_stands(
    ipa, bell, sent, is_settled
):
    if is_settled:
        settle_payments(actor=QUINN, batch_id=sent.batch_id, now=NOON)
    read_in(returned_file(sent))
    assert books_now(ipa, bell) == [30829, 0, 0]
    assert read_in(said(sent, "R68")) == [("applied", "")]
    assert books_now(ipa, bell) == [0, 0, -30829]
    sent.refresh_from_db()
    assert (sent.status, sent.return_code, sent.dishonour_code) == ("settled", "R03", "R68")
    # The hold stays until somebody has looked.
    assert Hold.objects.live().filter(party=bell).count() == 1
    assert read_in(said(sent, "R68") + b"\r\n") == [("waiting", "again")]
    assert read_in(returned_file(sent) + b"\r\n") == [("waiting", "stands")]
    assert read_in(said(sent, "R73")) == [("applied", "")]
    assert books_now(ipa, bell) == [30829, 0, 0]
    sent.refresh_from_db()
    assert (sent.status, sent.contest_code) == ("returned", "R73")
    assert read_in(said(sent, "R73") + b"\r\n") == [("waiting", "again")]
    assert read_in(said(sent, "R67")) == [("waiting", "again")]
    assert ReturnLine.objects.filter(state="applied").count() == 3


def test_a_dispute_that_does_not_fit_waits_by_name(ipa, bell, sent):
    assert read_in(said(sent, "R68")) == [("waiting", "not_back")]
    line = ReturnLine.objects.get()
    read_in(returned_file(sent))
    assert read_in(said(sent, "R73")) == [("waiting", "not_back")]
    assert read_in(said(sent, "R67", cents=5)) == [("waiting", "amount")]
    assert read_in(said(sent, "R67", "04")) == [("waiting", "other_code")]
    assert books_now(ipa, bell) == [30829, 0, 0]
    # Read before its return, it applies once that came.
    apply_return_line(actor=QUINN, line_id=line.pk, now=NOON)
    assert books_now(ipa, bell) == [0, 0, -30829]


def test_what_was_paid_anew_meanwhile_is_owed_back(ipa, bell, sent):
    read_in(returned_file(sent))
    hold = Hold.objects.get()
    release_hold(actor=REYES, hold_id=hold.pk, text="called", now=NOON)
    again = release(prepare())
    assert books_now(ipa, bell) == [0, -30829, 0]
    read_in(said(sent, "R61"))
    assert books_now(ipa, bell) == [-30829, -30829, -30829]
    event = DomainEvent.objects.get(action="capitation.payment.return_dishonoured")
    assert event.details["owed_cents"] == -30829
    assert again.payments.get().reissues == sent
