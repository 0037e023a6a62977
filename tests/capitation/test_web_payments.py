"""The pages about payments and bank details, walked as the people who use them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from capitation.formats.nacha import read
from capitation.models import (
    BankAccount,
    Payment,
    PaymentBatch,
    PositivePayFile,
    PrenoteFile,
    ReturnLine,
)
from capitation.queries.payment_life import entries_of
from capitation.queries.payments import batches
from capitation.rules.payments import batch_state
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from ipaportal.ledger import books
from ipaportal.ledger.models import Entry, Hold
from ipaportal.ledger.queries.balances import owed_cents
from tests.people import actor_of, client_of, make_party, make_user
from tests.people import fresh_client_of as fresh

CLOCK = Actor.system("clock")

pytestmark = pytest.mark.django_db


def page(client, name, *args, **query):
    answer = client.get(reverse(f"capitation:{name}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, name, *args, **data):
    return client.post(reverse(f"capitation:{name}", args=args), data)


def a_return(payment, code="R02", cents=500, corrected=""):
    """What the bank sends about a payment; `corrected` makes a notice of change of it."""
    return (
        f"5200{'VALLEY':<16}{'':20}1999999999CCDCAPITATION      261104   1091000010000001\n"
        f"621231380104{'7445':<17}{cents:010d}{'':15}{'BELL':<22}  1231380100000001\n"
        f"7{'98' if corrected else '99'}{code}{payment.trace_number}      23138010"
        f"{corrected:<44}231380100000001\n"
    ).encode()


def read_in(client, data):
    return send(client, "returns_read", file=SimpleUploadedFile("r.ach", data))


@pytest.fixture
def sent(quinn, reyes, banks):
    """A payment on its way."""
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()
    send(reyes, "payment_batch_release", batch.pk, seen_digest=batch.digest)
    return batch.payments.get()


@pytest.fixture
def quinn():
    return fresh(make_user("quinn@ipa.example", Role.FINANCE))


@pytest.fixture
def reyes():
    return fresh(make_user("reyes@ipa.example", Role.FINANCE_APPROVER))


@pytest.fixture
def bell():
    party = make_party("practice", "Bell Clinic")
    plan = make_party("payer", "Golden Plan")
    lines = [(books.account(plan, "plan_clearing"), 500), (books.account(party, "payable"), -500)]
    now = timezone.now()
    books.book(key="run:1", date=now.date(), description="run", lines=lines, actor=CLOCK, now=now)
    return party


def propose(client, party, **changes):
    data = {
        "party": party.pk,
        "holder_name": party.name,
        "routing_number": "231380104",
        "account_number": f"7445{party.pk}",
        "account_type": "checking",
        **changes,
    }
    return send(client, "bank_account_new", **data)


def approve(client, party):
    account = BankAccount.objects.get(party=party, status="proposed")
    return send(client, "bank_account_approve", account.pk, text="called the office")


@pytest.fixture
def banks(quinn, reyes, bell):
    ipa = make_party("ipa")
    ours = {"bank_name": "First Example Bank", "company_id": "1999999999"}
    for party, changes in ((ipa, ours), (bell, {})):
        assert propose(quinn, party, **changes).status_code == 302
        assert approve(reyes, party).status_code == 302


def test_two_people_give_a_payee_bank_details(quinn, reyes, bell):
    assert "Ask for bank details" in page(quinn, "bank_account_list")
    wrong = propose(quinn, bell, routing_number="231380105")
    assert wrong.status_code == 422
    assert "these do not check out" in wrong.content.decode()
    assert propose(quinn, bell).status_code == 302
    account = BankAccount.objects.get()
    assert "needs a second person" in page(reyes, "bank_account_detail", account.pk)
    assert send(quinn, "bank_account_approve", account.pk, text="x").status_code == 403
    assert approve(reyes, bell).status_code == 302
    account.refresh_from_db()
    assert (account.status, account.decision_text) == ("active", "called the office")
    shown = page(quinn, "bank_account_list")
    assert "Every payee can be paid" in shown
    assert f"7445{bell.pk}" not in shown


def test_a_practice_proposes_for_itself_only(bell):
    other = make_party("practice", "Dr. Alvarez")
    manager = fresh(make_user("bell@bell.example", Role.PRACTICE_MANAGER, party=bell))
    shown = page(manager, "bank_account_new")
    assert "Bell Clinic" in shown
    assert "Dr. Alvarez" not in shown
    assert propose(manager, other).status_code == 422
    assert propose(manager, bell).status_code == 302
    assert BankAccount.objects.get().party == bell
    assert send(manager, "bank_account_approve", BankAccount.objects.get().pk).status_code == 403


def test_a_month_is_paid_by_two_people_and_comes_back(quinn, reyes, bell, banks):
    preview = page(quinn, "payments_prepare")
    assert "Prepare 1 payment" in preview
    assert "$5.00" in preview
    assert send(quinn, "payments_prepare").status_code == 302
    again = send(quinn, "payments_prepare")
    assert again.status_code == 422
    assert "Already in payment batch" in again.content.decode()
    batch = PaymentBatch.objects.get()
    assert send(quinn, "payment_batch_release", batch.pk).status_code == 403
    confirm = page(reyes, "payment_batch_release", batch.pk)
    (seen,) = re.findall(r'name="seen_digest" value="([0-9a-f]{64})"', confirm)
    assert send(reyes, "payment_batch_release", batch.pk, seen_digest="0").status_code == 422
    assert send(reyes, "payment_batch_release", batch.pk, seen_digest=seen).status_code == 302
    assert owed_cents(bell) == 0
    answer = send(reyes, "payment_batch_file", batch.pk)
    assert read(answer.content).counted.credit_cents == 500
    assert "attachment" in answer["Content-Disposition"]
    assert "on the way" in page(quinn, "payment_batch_detail", batch.pk)
    assert send(quinn, "payment_batch_settle", batch.pk).status_code == 302
    payment = Payment.objects.get()
    assert payment.status == "settled"
    data = a_return(payment)
    answer = send(quinn, "returns_read", file=SimpleUploadedFile("r.ach", data))
    assert answer.status_code == 302
    read_file = " ".join(quinn.get(answer.url).content.decode().split())
    assert "1 line · 1 applied · 0 waiting" in read_file
    assert "account closed" in read_file
    twice = send(quinn, "returns_read", file=SimpleUploadedFile("r.ach", data))
    assert twice.status_code == 422
    assert "already" in twice.content.decode()
    assert (owed_cents(bell), Hold.objects.live().count()) == (500, 1)
    assert "account closed" in page(quinn, "payment_detail", payment.pk)
    refused = send(quinn, "payment_reissue", payment.pk)
    assert refused.url == reverse("capitation:payment_detail", args=[payment.pk])
    assert "Held" in page(quinn, "payments_prepare")


def test_gives_what_would_be_paid_what_not_and_what_came_back_as_files(quinn, bell, banks):
    def listed(name, of, *args):
        address = reverse(f"capitation:{name}", args=args)
        answer = quinn.get(address, {"list": of, "export": "csv"})
        assert answer["Content-Disposition"] == f'attachment; filename="{of}.csv"'
        return b"".join(answer.streaming_content).decode()

    other = make_party("practice", "Cedar Clinic")
    plan = books.account(make_party("payer", "Silver Plan"), "plan_clearing")
    lines, now = [(plan, 300), (books.account(other, "payable"), -300)], timezone.now()
    books.book(key="run:2", date=now.date(), description="run", lines=lines, actor=CLOCK, now=now)
    payable, skipped = listed("payments_prepare", "payable"), listed("payments_prepare", "skipped")
    assert ("Bell Clinic" in payable, "Cedar Clinic" in payable) == (True, False)
    assert ("Bell Clinic" in skipped, "Cedar Clinic" in skipped) == (False, True)
    assert "3.00" in listed("bank_account_list", "bank-to-do")
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()
    assert "Cedar Clinic" in listed("payment_batch_detail", "skipped", batch.pk)
    wrong = a_return(Payment.objects.get(), cents=501)
    file_id = int(read_in(quinn, wrong).url.rstrip("/").rpartition("/")[2])
    assert "R02" in listed("return_list", "waiting-returns")
    assert "Returns of" in listed("return_list", "return-files")
    assert "R02" in listed("return_file_detail", "returned-lines", file_id)


def test_cancels_and_voids(quinn, reyes, bell, banks):
    send(quinn, "payments_prepare")
    first = PaymentBatch.objects.get()
    assert "Cancel payment batch" in page(quinn, "payment_batch_cancel", first.pk)
    assert send(quinn, "payment_batch_cancel", first.pk, text="early").status_code == 302
    assert "cancelled by Quinn" in page(quinn, "payment_batch_detail", first.pk)
    send(quinn, "payments_prepare")
    second = PaymentBatch.objects.exclude(pk=first.pk).get()
    send(reyes, "payment_batch_release", second.pk, seen_digest=second.digest)
    payment = second.payments.get()
    assert "Owed again" in page(reyes, "payment_void", payment.pk)
    assert send(reyes, "payment_void", payment.pk, text="stopped").status_code == 302
    assert owed_cents(bell) == 500
    assert send(quinn, "payment_reissue", payment.pk).status_code == 302
    shown = page(quinn, "payment_list")
    numbers = [shown.index(f"Batch {batch.pk}<") for batch in PaymentBatch.objects.order_by("-pk")]
    assert (len(numbers), numbers) == (3, sorted(numbers)), "the newest stands first"
    assert Payment.objects.get(reissues=payment).amount_cents == 500


def test_shows_payments_to_no_practice(bell, banks, quinn):
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()
    manager = fresh(make_user("bell@bell.example", Role.PRACTICE_MANAGER, party=bell))
    for name, args in (
        ("payment_list", []),
        ("payments_prepare", []),
        ("returns_read", []),
        ("payment_batch_detail", [batch.pk]),
        ("payment_batch_release", [batch.pk]),
        ("payment_detail", [batch.payments.get().pk]),
        ("bank_account_list", []),
        ("bank_account_detail", [BankAccount.objects.first().pk]),
    ):
        address = reverse(f"capitation:{name}", args=args)
        assert manager.get(address).status_code == 403, name
    assert quinn.get(reverse("capitation:payment_batch_detail", args=[999])).status_code == 404
    assert quinn.get(reverse("capitation:payment_detail", args=[999])).status_code == 404


def test_asks_again_who_it_is_before_money_moves(bell, banks, quinn):
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()
    stale = client_of(make_user("sato@ipa.example", Role.FINANCE_APPROVER))
    answer = send(stale, "payment_batch_release", batch.pk, seen_digest=batch.digest)
    assert answer.status_code == 302
    assert "reauthenticate" in answer.url
    assert PaymentBatch.objects.get().status == "prepared"


def test_home_says_what_waits_for_whom(quinn, reyes, bell, banks):
    def home(client):
        return " ".join(client.get("/").content.decode().split())

    assert "1 payment, $5.00" in home(quinn)
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()
    assert f"payment batch {batch.pk}, $5.00" in home(reyes)
    assert "1 payment, $5.00" not in home(quinn)
    propose(quinn, bell, account_number="999888")
    assert "the bank account of Bell Clinic" in home(reyes)
    assert "the bank account of Bell Clinic" not in home(quinn)


def test_lines_that_do_not_apply_wait_with_what_to_do(quinn, sent):
    assert "No line waits" in page(quinn, "return_list")
    shown = quinn.get(read_in(quinn, a_return(sent, cents=499)).url).content.decode()
    assert "1 line · 0 applied · 1 waiting" in " ".join(shown.split())
    assert "1 line waiting" in page(quinn, "return_list")
    assert "1 line of the bank&#x27;s returns" in " ".join(quinn.get("/").content.decode().split())
    line = ReturnLine.objects.get()
    told = page(quinn, "return_line_detail", line.pk)
    assert "is of another amount" in told
    assert "Ask the bank for a correct return" in told
    assert send(quinn, "return_line_detail", line.pk, text="").status_code == 422
    assert send(quinn, "return_line_detail", line.pk, text="asked").status_code == 302
    assert "No line waits" in page(quinn, "return_list")
    assert "Quinn: asked" in page(quinn, "return_line_detail", line.pk)
    again = send(quinn, "return_line_detail", line.pk, text="asked")
    assert again.status_code == 422
    assert "closed already" in again.content.decode()


def test_a_notice_of_change_is_work_on_the_payees_bank_details(quinn, reyes, bell, sent):
    read_in(quinn, a_return(sent, "C01", 0, "1918171614"))
    line = ReturnLine.objects.get()
    todo = page(quinn, "bank_account_list")
    proposed = BankAccount.objects.get(notice=line)
    address = reverse("capitation:bank_account_detail", args=[proposed.pk])
    assert "Approve or reject the new bank account" in todo
    assert address in todo
    told = page(quinn, "return_line_detail", line.pk)
    assert "1918171614" in told
    assert address in told
    shown = page(reyes, "bank_account_detail", proposed.pk)
    assert "What the bank corrects (C01)" in shown
    assert "<ins>ending in 1614</ins>" in shown
    assert "1918171614" not in shown
    assert "1918171614" not in page(quinn, "return_list")
    assert Payment.objects.get().status == "released"
    stale = client_of(make_user("stale@ipa.example", Role.FINANCE))
    answer = stale.get(reverse("capitation:return_line_detail", args=[line.pk]))
    assert "reauthenticate" in answer.url
    assert reyes.get(reverse("capitation:return_line_detail", args=[line.pk])).status_code == 403
    assert approve(reyes, bell).status_code == 302
    assert "No line waits" in page(quinn, "return_list")
    assert "The correction was approved" in page(quinn, "return_line_detail", line.pk)


def test_a_void_payment_is_booked_as_paid_after_all_and_its_life_is_told(quinn, reyes, bell, sent):
    send(reyes, "payment_batch_file", sent.batch_id)
    send(reyes, "payment_void", sent.pk, text="asked the bank")
    read_in(quinn, a_return(sent))
    assert "The bank paid it after all" in page(quinn, "payment_detail", sent.pk)
    assert "The bank paid it after all" not in page(reyes, "payment_detail", sent.pk)
    send(quinn, "payment_reissue", sent.pk)
    asked = page(quinn, "payment_paid_after_all", sent.pk)
    assert "cannot be released once this is booked" in asked
    assert send(reyes, "payment_paid_after_all", sent.pk, text="x").status_code == 403
    assert send(quinn, "payment_paid_after_all", sent.pk, text="").status_code == 422
    assert send(quinn, "payment_paid_after_all", sent.pk, text="statement 4").status_code == 302
    assert owed_cents(bell) == 0
    line = ReturnLine.objects.get()
    assert "Apply this line" in page(quinn, "return_line_detail", line.pk)
    assert send(quinn, "return_line_detail", line.pk, do="apply").status_code == 302
    assert owed_cents(bell) == 500
    told = page(quinn, "payment_detail", sent.pk)
    steps = [
        *("Prepared", "Released", "Written into the file", "File taken", "Made void"),
        *("waited and was applied", "Paid anew", "Paid by the bank after all", "Returned by"),
    ]
    places = [told.find(step, told.index("What happened")) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    for entry in Entry.objects.filter(key__startswith=f"payment:{sent.pk}"):
        assert reverse("ledger:entry_detail", args=[entry.pk]) in told
    assert Entry.objects.filter(key__startswith=f"payment:{sent.pk}").count() == 4
    changed = [(b.owed_cents, b.on_its_way_cents, b.cash_cents) for b in entries_of(sent)]
    assert changed == [(-500, 500, 0), (500, -500, 0), (-500, 0, -500), (500, 0, 500)]


def test_says_what_became_of_a_batch_in_one_query(quinn, reyes, bell, banks):
    other = make_party("practice", "Dr. Alvarez")
    clearing = books.account(bell, "plan_clearing")
    lines = [(clearing, 700), (books.account(other, "payable"), -700)]
    now = timezone.now()
    books.book(key="run:2", date=now.date(), description="run", lines=lines, actor=CLOCK, now=now)
    propose(quinn, other)
    approve(reyes, other)
    send(quinn, "payments_prepare")
    batch = PaymentBatch.objects.get()

    def state():
        with CaptureQueriesContext(connection) as asked:
            (found,) = batches(actor=actor_of(User.objects.get(email="quinn@ipa.example")))
        assert len([q for q in asked if "capitation_paymentbatch" in q["sql"]]) == 1
        assert not [q for q in asked if 'FROM "capitation_payment"' in q["sql"]]
        shown = page(quinn, "payment_list")
        assert found.state[:1].upper() + found.state[1:] in shown
        assert found.state[1:] in page(quinn, "payment_batch_detail", batch.pk)
        return found.state

    assert state() == "needs approval"
    send(reyes, "payment_batch_release", batch.pk, seen_digest=batch.digest)
    assert state() == "released"
    read_in(quinn, a_return(batch.payments.get(party=bell)))
    assert state() == "settling, 1 returned"
    send(quinn, "payment_batch_settle", batch.pk)
    assert state() == "settled, 1 returned"


@pytest.mark.parametrize(
    ("status", "counts", "state"),
    [
        ("prepared", {"prepared": 3}, "needs approval"),
        ("cancelled", {"void": 3}, "cancelled"),
        ("released", {"released": 3}, "released"),
        ("released", {"released": 1, "settled": 2}, "settling"),
        ("released", {"released": 1, "void": 2}, "settling, 2 void"),
        ("released", {"settled": 3}, "settled"),
        ("released", {"settled": 1, "returned": 2}, "settled, 2 returned"),
        ("released", {"settled": 1, "returned": 1, "void": 1}, "settled, 1 returned, 1 void"),
        ("released", {"returned": 3}, "3 returned"),
    ],
)
def test_a_batch_is_what_its_payments_are(status, counts, state):
    assert batch_state(status, counts) == state


def test_an_account_is_tested_before_it_is_paid_to(quinn, reyes, bell):
    assert "The IPA sends none now" in page(quinn, "prenote_list")
    agreed = {"sends_prenotes": "on", "effective_date": timezone.localdate(), "text": "letter"}
    assert send(reyes, "bank_agreement", **{**agreed, "text": ""}).status_code == 422
    past = {**agreed, "effective_date": "2020-01-01"}
    assert "cannot be changed any more" in send(reyes, "bank_agreement", **past).content.decode()
    assert send(reyes, "bank_agreement", **agreed).status_code == 302
    ours = {"bank_name": "First Example Bank", "company_id": "1999999999"}
    for party, changes in ((make_party("ipa"), ours), (bell, {})):
        propose(quinn, party, **changes)
        approve(reyes, party)
    assert "Send 1 prenote" in page(quinn, "prenote_list")
    assert "Send 1 prenote" not in page(reyes, "prenote_list")
    assert "Nacha Operating Rules, Subsection 2.6.3" in page(quinn, "prenotes_send")
    assert send(quinn, "prenotes_send").status_code == 302
    assert send(quinn, "prenotes_send").status_code == 422
    file = PrenoteFile.objects.get()
    taken = send(quinn, "prenote_file", file.pk)
    assert read(taken.content).counted.credit_cents == 0
    assert "Waiting" in page(quinn, "prenote_list")
    account = BankAccount.objects.get(party=bell)
    assert "A prenote was sent; the account is paid to from" in page(
        reyes, "bank_account_detail", account.pk
    )
    assert "account not tested yet" in page(quinn, "payments_prepare")
    assert "A prenote was sent" in page(quinn, "bank_account_list")


def test_a_payee_is_paid_by_check(quinn, reyes):
    cole, ipa = make_party("practice", "Cole Clinic"), make_party("ipa")
    plan = make_party("payer", "Golden Plan")
    lines = [(books.account(plan, "plan_clearing"), 500), (books.account(cole, "payable"), -500)]
    now = timezone.now()
    books.book(key="run:1", date=now.date(), description="run", lines=lines, actor=CLOCK, now=now)
    propose(quinn, ipa, bank_name="First Example Bank", company_id="1999999999")
    approve(reyes, ipa)
    by_mail = {"account_type": "check", "routing_number": "", "account_number": ""}
    refused = propose(quinn, cole, **by_mail)
    assert "mailed to an address" in refused.content.decode()
    assert propose(quinn, cole, **by_mail, mail_address="1 Main St\nValley").status_code == 302
    assert approve(reyes, cole).status_code == 302
    assert "Prepare 1 check" in page(quinn, "payments_prepare")
    assert "1 check, $5.00" in " ".join(quinn.get("/").content.decode().split())
    assert send(quinn, "payments_prepare", do="checks").status_code == 302
    batch = PaymentBatch.objects.get()
    seen = {"seen_digest": batch.digest}
    early = send(reyes, "payment_batch_release", batch.pk, **seen)
    assert "No check register was opened" in early.content.decode()
    assert "No register is open" in page(reyes, "check_list")
    assert send(reyes, "check_book_open", first_number=1001).status_code == 302
    assert send(reyes, "payment_batch_release", batch.pk, **seen).status_code == 302
    assert b"Five and 00/100 dollars" in send(reyes, "payment_batch_file", batch.pk).content
    listed = page(quinn, "check_list")
    assert "1 check outstanding, $5.00" in listed
    assert "0 checks outstanding" in page(quinn, "check_list", on="2020-01-01")
    told = page(quinn, "payment_detail", batch.payments.get().pk)
    assert "number 1001" in told
    data = SimpleUploadedFile("c.csv", f"No,Sum,Day\n1001,5.01,{now:%Y%m%d}\n".encode())
    names = {"number": "No", "amount": "Sum", "date": "Day", "date_format": "%Y%m%d"}
    assert send(quinn, "checks_clear", file=data, **names).status_code == 302
    assert "Line 2, check 1001, $5.01: the check is over 5.00" in page(quinn, "checks_clear")
    days = {"first_date": now.date(), "last_date": now.date(), "layout": "fixed"}
    assert send(reyes, "positive_pay", **days).status_code == 302
    assert send(reyes, "positive_pay", **days).status_code == 422
    file = PositivePayFile.objects.get()
    assert send(reyes, "positive_pay_file", file.pk).content.startswith(b"H")
    payment = batch.payments.get()
    assert "The bank was told to stop it" in page(reyes, "payment_void", payment.pk)
    void = {"text": "lost", "is_stopped": "on"}
    assert send(reyes, "payment_void", payment.pk, **void).status_code == 302
    assert owed_cents(cole) == 500
    assert "0 checks outstanding" in page(quinn, "check_list", state="stopped")
