"""Paying: prepared by one, released by another, settled, returned, void, paid anew; to the cent."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction

import capitation
from capitation.actions.payments import (
    FileRefused,
    NoFile,
    NoOrigin,
    NothingToPay,
    NotWaiting,
    PaymentsChanged,
    SamePerson,
    cancel_payments,
    take_payment_file,
)
from capitation.formats.nacha import figures, read
from capitation.models import Payment, PaymentBatch
from capitation.queries.payments import batch_page, batches, payments, preview
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.files import is_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.sql import check_invariant, invariants
from ipaportal.identity.models import Party
from ipaportal.ledger.actions import place_hold
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import owed_cents
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


def test_prepares_what_is_owed_and_says_who_is_left_out(ipa, bell, alvarez):
    held, poor, owing, nobody = (
        Party.objects.create(kind="practice", name=name)
        for name in ("Held Clinic", "No Bank Clinic", "Owing Clinic", "Zero Clinic")
    )
    owe(held, 500, "run:3")
    give_bank(held, "777001")
    place_hold(actor=OSEI, party_id=held.pk, reason="review", text="Licence", now=NOON)
    owe(poor, 700, "run:4")
    owe(owing, -900, "run:5")
    owe(nobody, 5, "run:6")
    owe(nobody, -5, "run:7")
    batch = prepare()
    assert (batch.total_cents, batch.payment_count, batch.status) == (41879, 2, "prepared")
    lines = batch.payments.order_by("amount_cents")
    assert [(p.party, p.amount_cents, p.trace_number) for p in lines] == [
        (alvarez, 11050, None),
        (bell, 30829, None),
    ]
    assert [(row["name"], row["code"], row["cents"]) for row in batch.skipped] == [
        ("Held Clinic", "held", 500),
        ("No Bank Clinic", "no_bank_details", 700),
        ("Owing Clinic", "carry_forward", -900),
    ]
    assert "under review: Licence" in batch.skipped[0]["text"]
    # Preparing moves no money.
    assert books_now(ipa, bell, alvarez) == [30829, 11050, 0, 0]


def test_pays_only_the_parties_asked_for(bell, alvarez):
    batch = prepare(parties=[bell.pk])
    assert [p.party_id for p in batch.payments.all()] == [bell.pk]


def test_a_balance_is_in_one_batch_only(bell):
    first = prepare()
    with pytest.raises(NothingToPay, match=f"payment batch {first.pk}"):
        prepare()
    assert Payment.objects.count() == 1


def test_release_books_and_writes_the_file(ipa, bell, alvarez):
    batch = release(prepare())
    assert books_now(ipa, bell, alvarez) == [0, 0, -41879, 0]
    assert (batch.status, batch.effective_entry_date) == ("released", date(2026, 11, 4))
    _, data = take_payment_file(actor=REYES, batch_id=batch.pk)
    assert is_stored(batch.file_sha256)
    file = read(data)
    assert file.verdict == "ok"
    assert figures(file)["credit_cents"] == 41879
    lines = {p.party_id: p for p in batch.payments.select_related("party")}
    by_trace = {entry.trace_number: entry for entry in file.batches[0].entries}
    paid = by_trace[lines[bell.pk].trace_number]
    assert (paid.transaction_code, paid.account_number, paid.amount_cents, paid.name) == (
        "22",
        "744-5678-99",
        30829,
        "BELL CLINIC",
    )
    assert paid.addenda[0].payment_text == f"RMR*IK*PAYMENT {lines[bell.pk].pk}**308.29\\"
    saved = by_trace[lines[alvarez.pk].trace_number]
    assert (saved.transaction_code, saved.name) == ("32", "DR. ALVAREZ")
    assert {p.status for p in lines.values()} == {"released"}
    event = DomainEvent.objects.get(action="capitation.payments.released")
    assert (event.details["total_cents"], event.details["digest"]) == (41879, batch.digest)
    entry = Entry.objects.get(key=lines[bell.pk].entry_key)
    assert (entry.status, entry.actor_name) == ("posted", "Reyes")


def test_hands_out_the_file_once_released_and_keeps_who_took_it(bell):
    batch = prepare()
    with pytest.raises(NoFile):
        take_payment_file(actor=REYES, batch_id=batch.pk)
    release(batch)
    with pytest.raises(NotPermitted):
        take_payment_file(actor=QUINN, batch_id=batch.pk)
    take_payment_file(actor=REYES, batch_id=batch.pk)
    events = DomainEvent.objects.filter(action="capitation.payments.file_taken")
    assert [event.actor_name for event in events] == ["Reyes"]


def test_traces_go_on_and_files_of_a_day_have_their_own_letter(bell):
    first = release(prepare())
    owe(bell, 100, "run:8")
    second = release(prepare())
    assert [first.file_id_modifier, second.file_id_modifier] == ["A", "B"]
    traces = Payment.objects.order_by("pk").values_list("trace_number", flat=True)
    assert list(traces) == ["091000010000001", "091000010000002"]


@pytest.mark.parametrize("actor", [BOTH, CLOCK])
def test_refuses_the_person_who_prepared_it(ipa, bell, actor):
    batch = prepare(actor=actor)
    with pytest.raises(SamePerson):
        release(batch, actor=actor)
    assert PaymentBatch.objects.get().status == "prepared"
    assert books_now(ipa, bell) == [30829, 0, 0]


def test_refuses_the_person_who_proposed_a_bank_account(ipa):
    carol = Party.objects.create(kind="practice", name="Carol")
    owe(carol, 10, "run:9")
    give_bank(carol, by=BOTH)
    batch = prepare()
    with pytest.raises(SamePerson):
        release(batch, actor=BOTH)
    assert PaymentBatch.objects.get().status == "prepared"


def test_refuses_those_without_the_role(bell):
    with pytest.raises(NotPermitted):
        prepare(actor=REYES)
    batch = prepare()
    with pytest.raises(NotPermitted):
        release(batch, actor=QUINN)
    assert Entry.objects.filter(key__startswith="payment:").count() == 0


def take_back(bell):
    owe(bell, -1, "run:10")


def take_all(bell):
    owe(bell, -30829, "run:10")


def owe_more(bell):
    owe(bell, 1, "run:10")


def hold(bell):
    place_hold(actor=OSEI, party_id=bell.pk, reason="review", text="Licence", now=NOON)


def change_bank(bell):
    give_bank(bell, "999888777")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (take_back, "balance of Bell Clinic changed"),
        (take_all, "balance of Bell Clinic changed"),
        (owe_more, "balance of Bell Clinic changed"),
        (hold, "under review: Licence"),
        (change_bank, "bank account of Bell Clinic changed"),
    ],
)
def test_refuses_what_changed_since_it_was_prepared(ipa, bell, alvarez, change, says):
    batch = prepare()
    change(bell)
    before = books_now(ipa, bell, alvarez)
    with pytest.raises(PaymentsChanged, match=says):
        release(batch)
    assert books_now(ipa, bell, alvarez) == before
    assert set(Payment.objects.values_list("status", "trace_number")) == {("prepared", None)}
    assert PaymentBatch.objects.get().file_sha256 == ""


def test_refuses_another_digest_than_the_one_seen(bell):
    batch = prepare()
    with pytest.raises(PaymentsChanged, match="not the one you looked at"):
        release(batch, seen_digest="0" * 64)


def test_refuses_without_an_account_to_pay_from():
    Party.objects.get_or_create(kind="ipa", defaults={"name": "Harbor Valley IPA"})
    bell = Party.objects.create(kind="practice", name="Bell Clinic")
    owe(bell, 5, "run:1")
    give_bank(bell)
    batch = prepare()
    with pytest.raises(NoOrigin):
        release(batch)
    assert owed_cents(bell) == 5


def test_refuses_a_file_a_bank_would_refuse(ipa, bell):
    owe(bell, 10**10, "run:11")
    batch = prepare()
    with pytest.raises(FileRefused, match="cannot be paid in one entry"):
        release(batch)
    assert owed_cents(bell) == 10**10 + 30829
    assert PaymentBatch.objects.get().status == "prepared"


def test_releases_once_and_cancels_only_before(ipa, bell):
    batch = release(prepare())
    with pytest.raises(NotWaiting):
        release(batch)
    with pytest.raises(NotWaiting):
        cancel_payments(actor=QUINN, batch_id=batch.pk, text="x", now=NOON)
    assert books_now(ipa, bell) == [0, -30829, 0]


def test_a_cancelled_batch_leaves_everything_owed(ipa, bell):
    batch = cancel_payments(actor=QUINN, batch_id=prepare().pk, text="wrong day", now=NOON)
    assert (batch.status, batch.payments.get().status) == ("cancelled", "void")
    assert books_now(ipa, bell) == [30829, 0, 0]
    assert prepare().payments.get().reissues is None


def test_pages_show_payments_to_those_who_may_see_them(bell, alvarez):
    batch = prepare()
    page = batch_page(actor=OSEI, batch_id=batch.pk)
    assert (page["counts"], len(page["payments"])) == ({"prepared": 2}, 2)
    assert batches(actor=OSEI) == [batch]
    manager = Actor(905, "Bell", frozenset({("practice_manager", bell.pk)}))
    assert batches(actor=manager) == []
    assert list(payments(actor=manager)) == []
    assert batch_page(actor=manager, batch_id=batch.pk) is None
    assert preview(NOON).payable == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE capitation_payment SET amount_cents = amount_cents + 1", "capitation.30"),
        ("UPDATE capitation_paymentbatch SET total_cents = 5", "capitation.32"),
        ("UPDATE capitation_paymentbatch SET prepared_by_id = NULL, released_by_id = NULL",
         "capitation.31"),
        ("UPDATE capitation_payment SET status = 'void'", "capitation.30"),
        ("UPDATE capitation_payment SET status = 'void'", "capitation.34"),
        ("UPDATE capitation_bankaccount SET usable_from = '2027-01-01'", "capitation.33"),
    ],
)  # fmt: skip
@pytest.mark.acts_as
def test_an_owner_who_switches_the_truths_off_is_found(bell, statement, rule):
    release(prepare())
    folder = Path(capitation.__file__).parent / "sql" / "invariants"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("payment", "paymentbatch", "bankaccount"):
            cursor.execute(f"ALTER TABLE capitation_{table} DISABLE TRIGGER stays")
        cursor.execute(statement)
        found = {one.name[:13] for one in invariants(folder) if check_invariant(one).count}
        transaction.set_rollback(True)
    assert rule in found
