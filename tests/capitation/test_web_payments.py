"""The pages about payments and bank details, walked as the people who use them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from capitation.formats.nacha import read
from capitation.models import BankAccount, Payment, PaymentBatch
from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.ledger import books
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.balances import owed_cents
from tests.people import client_of, make_party, make_user
from tests.people import fresh_client_of as fresh

CLOCK = Actor.system("clock")

pytestmark = pytest.mark.django_db


def page(client, name, *args, **query):
    answer = client.get(reverse(f"capitation:{name}", args=args), query)
    assert answer.status_code == 200, answer.content[:2000]
    return " ".join(answer.content.decode().split())


def send(client, name, *args, **data):
    return client.post(reverse(f"capitation:{name}", args=args), data)


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
    data = (
        f"5200{'VALLEY':<16}{'':20}1999999999CCDCAPITATION      261104   1091000010000001\n"
        f"621231380104{'7445':<17}{500:010d}{'':15}{'BELL':<22}  1231380100000001\n"
        f"799R02{payment.trace_number}      23138010{'':44}231380100000001\n"
    ).encode()
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
    assert "Batch" in page(quinn, "payment_list")
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
