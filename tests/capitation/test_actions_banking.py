"""Bank details: two people, a cool-off, and a number nobody reads in the database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from capitation.actions.banking import (
    AlreadyProposed,
    NotProposed,
    ReasonNeeded,
    SecondPersonNeeded,
    WrongBankDetails,
    approve_bank_account,
    propose_bank_account,
    reject_bank_account,
)
from capitation.models import BankAccount
from capitation.queries.banking import (
    account_number_of,
    bank_accounts,
    bank_work_list,
    origin_account,
    same_account_elsewhere,
)
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.encryption import EncryptionFailed
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import Grant, Party, User

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
BOTH = Actor(903, "Both", frozenset({("finance_approver", 1), ("finance", 1)}))

pytestmark = pytest.mark.django_db


@pytest.fixture
def bell():
    return Party.objects.create(kind="practice", name="Bell Clinic")


def propose(party, actor=QUINN, **changes):
    values = {
        "holder_name": "Bell Clinic PC",
        "routing_number": "231380104",
        "account_number": "744 567899",
        "now": NOON,
        **changes,
    }
    return propose_bank_account(actor=actor, party_id=party.pk, **values)


def test_a_proposal_is_encrypted_for_its_row(bell):
    proposed = propose(bell)
    row = BankAccount.objects.get()
    assert (row.status, row.account_last4, account_number_of(row)) == (
        "proposed",
        "7899",
        "744567899",
    )
    assert b"744567899" not in bytes(row.account_encrypted)
    other = BankAccount(pk="00000000-0000-4000-8000-000000000000")
    other.account_encrypted = row.account_encrypted
    with pytest.raises(EncryptionFailed):
        account_number_of(other)
    event = DomainEvent.objects.get(action="capitation.bank_account.proposed")
    assert event.subject_id == str(proposed.pk)
    assert "744567899" not in str(event.details)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("routing_number", "231380105"),
        ("routing_number", ""),
        ("account_number", ""),
        ("account_number", "1"),
        ("account_number", "1" * 18),
        ("account_number", "12_34"),
        ("account_number", "１２３４"),
        ("holder_name", " "),
        ("holder_name", "日本"),
    ],
)
def test_refuses_details_of_no_account(bell, field, value):
    with pytest.raises(WrongBankDetails) as refusal:
        propose(bell, **{field: value})
    assert refusal.value.field == field
    assert not BankAccount.objects.exists()


def test_another_person_approves(bell):
    proposed = propose(bell, actor=BOTH)
    for actor in (BOTH, Actor.system("clock")):
        with pytest.raises(SecondPersonNeeded):
            approve_bank_account(actor=actor, bank_account_id=proposed.pk, now=NOON)
    with pytest.raises(NotPermitted):
        approve_bank_account(actor=QUINN, bank_account_id=proposed.pk, now=NOON)
    assert BankAccount.objects.get().status == "proposed"
    approved = approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)
    assert (approved.status, approved.usable_from) == ("active", NOON)
    with pytest.raises(NotProposed):
        approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)


def test_a_change_waits_and_replaces(bell):
    first = propose(bell)
    approve_bank_account(actor=REYES, bank_account_id=first.pk, now=NOON)
    second = propose(bell, account_number="5550001")
    assert BankAccount.objects.get(pk=first.pk).status == "active"
    second = approve_bank_account(actor=REYES, bank_account_id=second.pk, now=NOON)
    assert second.usable_from == NOON + timedelta(days=3)
    assert BankAccount.objects.get(pk=first.pk).status == "replaced"
    assert BankAccount.objects.active().get() == second


def test_a_payees_people_are_told_of_a_change_without_any_number(
    bell, mailoutbox, django_capture_on_commit_callbacks
):
    other = Party.objects.create(kind="practice", name="Dr. Alvarez")
    people = {
        "owner@bell.test": (bell, date(2026, 1, 1), None),
        "put-out@bell.test": (bell, date(2026, 1, 1), date(2026, 11, 1)),
        "just-in-time@bell.test": (bell, date(2026, 1, 1), date(2026, 10, 5)),
        "long-gone@bell.test": (bell, date(2026, 1, 1), date(2026, 10, 4)),
        "from-tomorrow@bell.test": (bell, date(2026, 11, 4), None),
        "owner@alvarez.test": (other, date(2026, 1, 1), None),
    }
    for email, (party, start, end) in people.items():
        user = User.objects.create(email=email, name=email.split("@")[0])
        Grant.objects.create(
            user=user, role=Role.PROVIDER, party=party, effective_date=start, end_date=end
        )
    with django_capture_on_commit_callbacks(execute=True):
        first = propose(bell)
        approve_bank_account(actor=REYES, bank_account_id=first.pk, now=NOON)
    assert mailoutbox == []  # the first account takes nothing from anybody
    with django_capture_on_commit_callbacks(execute=True):
        second = propose(bell, account_number="5550001")
    assert mailoutbox == []
    with django_capture_on_commit_callbacks(execute=True):
        approve_bank_account(actor=REYES, bank_account_id=second.pk, now=NOON)
    assert [mail.to for mail in mailoutbox] == [
        ["just-in-time@bell.test"],
        ["owner@bell.test"],
        ["put-out@bell.test"],
    ]
    for mail in mailoutbox:
        text = mail.subject + mail.body
        assert "Bell Clinic" in text
        assert "November 3, 2026" in text
        assert "leaves\nNovember 6, 2026 at the earliest" in text
        assert not any(number in text for number in ("0001", "7899", "2313", "http"))
    event = DomainEvent.objects.filter(action="capitation.bank_account.approved").latest("pk")
    assert event.details["people_told"] == 3


def test_one_proposal_at_a_time_and_rejection_says_why(bell):
    first = propose(bell)
    with pytest.raises(AlreadyProposed, match="Quinn"):
        propose(bell, account_number="5550001")
    with pytest.raises(ReasonNeeded):
        reject_bank_account(actor=REYES, bank_account_id=first.pk, text="", now=NOON)
    reject_bank_account(actor=REYES, bank_account_id=first.pk, text="not theirs", now=NOON)
    row = BankAccount.objects.get()
    assert (row.status, row.decision_text, row.usable_from) == ("rejected", "not theirs", None)
    propose(bell, account_number="5550001")


def test_a_practice_manager_proposes_for_their_own_practice_only(bell):
    other = Party.objects.create(kind="practice", name="Dr. Alvarez")
    manager = Actor(904, "Bell", frozenset({("practice_manager", bell.pk)}))
    propose(bell, actor=manager)
    with pytest.raises(NotPermitted):
        propose(other, actor=manager)
    assert BankAccount.objects.get().party == bell


def test_the_ipa_pays_from_one_account(bell):
    ipa = Party.objects.get_or_create(kind="ipa", defaults={"name": "Harbor Valley IPA"})[0]
    details = {"purpose": "origin", "bank_name": "First Example Bank", "company_id": "1999999999"}
    for party, changes, field in (
        (bell, {}, "purpose"),
        (ipa, {"bank_name": ""}, "bank_name"),
        (ipa, {"company_id": "0000"}, "company_id"),
        (ipa, {"company_id": "12345678901"}, "company_id"),
    ):
        with pytest.raises(WrongBankDetails) as refusal:
            propose(party, **{**details, **changes})
        assert refusal.value.field == field
    assert origin_account() is None
    proposed = propose(ipa, **details)
    approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)
    assert origin_account() == proposed


def test_the_same_account_under_two_payees_is_told(bell):
    other = Party.objects.create(kind="practice", name="Dr. Alvarez")
    first, second = propose(bell), propose(other, account_number="744-567899")
    assert same_account_elsewhere(first) == ["Dr. Alvarez"]
    approve_bank_account(actor=REYES, bank_account_id=second.pk, now=NOON)
    event = DomainEvent.objects.get(action="capitation.bank_account.approved")
    assert event.details["also_account_of"] == ["Bell Clinic"]


def test_the_work_list_says_what_to_do(bell):
    alvarez = Party.objects.create(kind="practice", name="Dr. Alvarez")
    carol = Party.objects.create(kind="practice", name="Carol")
    propose(alvarez)
    for number in ("111", "222"):
        proposed = propose(carol, account_number=number)
        approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=NOON)
    rows = bank_work_list(actor=QUINN, now=NOON)
    assert [(row.name, row.what) for row in rows] == [
        ("Bell Clinic", "Ask for bank details and propose them."),
        ("Carol", "Wait: usable from Nov 6, 2026."),
        ("Dr. Alvarez", "Approve or reject the new bank account."),
    ]
    later = bank_work_list(actor=QUINN, now=NOON + timedelta(days=3))
    assert [row.name for row in later] == ["Bell Clinic", "Dr. Alvarez"]
    manager = Actor(904, "Bell", frozenset({("practice_manager", bell.pk)}))
    assert bank_work_list(actor=manager, now=NOON) == []
    assert list(bank_accounts(actor=manager)) == []
    assert bank_accounts(actor=QUINN, party_id=carol.pk).count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE capitation_bankaccount SET routing_number = '091000019'",
        "UPDATE capitation_bankaccount SET account_index = 'x'",
        "UPDATE capitation_bankaccount SET decided_by_id = 901, decided_at = now(),"
        " usable_from = now(), status = 'active'",
        "DELETE FROM capitation_bankaccount",
        "TRUNCATE capitation_bankaccount CASCADE",
    ],
)
@pytest.mark.acts_as
def test_the_database_refuses_edits_and_self_approval(bell, statement):
    propose(bell)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")
    assert BankAccount.objects.get().status == "proposed"
