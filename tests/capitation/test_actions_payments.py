"""Paying: prepared by one, released by another, settled, returned, void, paid anew; to the cent."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

import capitation
from capitation.actions.banking import (
    approve_bank_account,
    propose_bank_account,
)
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
    FileRefused,
    NoFile,
    NoOrigin,
    NothingToPay,
    NotWaiting,
    PaymentsChanged,
    SamePerson,
    cancel_payments,
    prepare_payments,
    release_payments,
    take_payment_file,
)
from capitation.formats.nacha import figures, read
from capitation.models import BankAccount, Payment, PaymentBatch
from capitation.queries.payments import batch_page, batches, payments, preview
from ipaportal import ledger
from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.files import is_stored
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.sql import check_invariant, invariants
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.actions import place_hold, release_hold
from ipaportal.ledger.models import Entry, Hold
from ipaportal.ledger.queries.balances import balance, owed_cents

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)  # a Tuesday
CLOCK = Actor.system("clock")
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
BOTH = Actor(903, "Both", frozenset({("finance_approver", 1), ("finance", 1)}))
OSEI = Actor(904, "Osei", frozenset({("compliance_officer", 1)}))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def proven():
    """Whatever a test does, it leaves no invariant of payments or of the books broken."""
    yield
    folders = [
        Path(module.__file__).parent / "sql" / "invariants" for module in (capitation, ledger)
    ]
    wanted = [rule for folder in folders for rule in invariants(folder)]
    checks = [
        check_invariant(rule)
        for rule in wanted
        if rule.name.startswith(("capitation.3", "ledger."))
    ]
    assert len(checks) >= 9
    assert {check.name: check.rows for check in checks if check.count} == {}


def give_bank(party, account_number="744-5678-99", by=QUINN, now=NOON, **changes):
    proposed = propose_bank_account(
        actor=by,
        party_id=party.pk,
        now=now,
        **{
            "holder_name": party.name,
            "routing_number": "231380104",
            "account_number": account_number,
            **changes,
        },
    )
    return approve_bank_account(actor=REYES, bank_account_id=proposed.pk, now=now)


def owe(party, cents, key):
    """Book that a run earned a practice some cents (or took them back)."""
    plan, _ = Party.objects.get_or_create(kind="payer", name="Golden Plan")
    clearing = books.account(plan, "plan_clearing")
    lines = [(clearing, cents), (books.account(party, "payable"), -cents)]
    books.book(key=key, date=NOON.date(), description=key, lines=lines, actor=CLOCK, now=NOON)


@pytest.fixture
def ipa():
    party = Party.objects.get_or_create(kind="ipa", defaults={"name": "Harbor Valley IPA"})[0]
    give_bank(
        party,
        "100200300",
        purpose="origin",
        routing_number="091000019",
        bank_name="First Example Bank",
        company_id="1999999999",
    )
    return party


@pytest.fixture
def bell(ipa):
    party = Party.objects.create(kind="practice", name="Bell Clinic")
    owe(party, 30829, "run:1")
    give_bank(party)
    return party


@pytest.fixture
def alvarez(ipa):
    party = Party.objects.create(kind="practice", name="Dr. Álvarez")
    owe(party, 11050, "run:2")
    give_bank(party, "5550001", account_type="savings")
    return party


def prepare(**changes):
    return prepare_payments(**{"actor": QUINN, "now": NOON, **changes})


def release(batch, **changes):
    values = {"actor": REYES, "seen_digest": batch.digest, "now": NOON, **changes}
    return release_payments(batch_id=batch.pk, **values)


def returned_file(*payments, code="R03"):
    lines = ["5200HARBOR VALLEY IP                    1999999999CCDCAPITATION      261104   1"
             "091000010000001"]  # fmt: skip
    for payment in payments:
        account = payment.bank_account
        lines += [
            f"621{account.routing_number}{'744567899':<17}{payment.amount_cents:010d}"
            f"{'':15}{'BELL CLINIC':<22}  1231380100000001",
            f"799{code}{payment.trace_number}      23138010{'':44}231380100000001",
        ]
    return "\r\n".join(lines).encode()


def books_now(ipa, *parties):
    return [owed_cents(party) for party in parties] + [
        balance(ipa, "payments_in_transit"),
        balance(ipa, "cash"),
    ]


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
