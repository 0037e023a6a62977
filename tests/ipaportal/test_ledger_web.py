"""The pages of the books: what they show, and to whom."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account, Hold
from tests.people import PASSWORD, actor_of, client_of, fresh_client_of, make_party, make_user

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
CLOCK = Actor.system("clock")

pytestmark = pytest.mark.django_db


@pytest.fixture
def bell():
    return make_party("practice", "Bell Clinic")


@pytest.fixture
def entry(bell):
    plan = make_party("payer", "Golden Plan")
    lines = [(books.account(plan, "plan_clearing"), 500), (books.account(bell, "payable"), -500)]
    return books.book(
        key="run:1",
        date=date(2026, 10, 31),
        description="October",
        lines=lines,
        actor=CLOCK,
        now=NOON,
    )


@pytest.fixture
def finance():
    return client_of(make_user("quinn@ipa.example", Role.FINANCE))


@pytest.fixture
def compliance():
    return client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_lists_accounts_with_balances(finance, entry, django_assert_max_num_queries):
    finance.get(reverse("ledger:hold_list"))  # the session's own queries come once
    with django_assert_max_num_queries(12):
        page = text_of(finance.get(reverse("ledger:account_list")))
    assert "Bell Clinic" in page
    assert "−5.00" in page
    assert "0.00" in page
    earlier = text_of(finance.get(reverse("ledger:account_list"), {"as_of": "2026-10-30"}))
    assert "−5.00" not in earlier
    assert "as of Oct 30, 2026" in earlier
    only = text_of(finance.get(reverse("ledger:account_list"), {"kind": "payable"}))
    assert "Golden Plan" not in only


def test_states_an_account_and_opens_its_entries(finance, entry, bell):
    books.reverse(entry, key="run:1:back", actor=CLOCK, now=NOON)
    account = Account.objects.get(party=bell)
    page = text_of(finance.get(reverse("ledger:account_detail", args=[account.pk])))
    assert "reversed by run:1:back" in page
    assert reverse("ledger:entry_detail", args=[entry.pk]) in page
    detail = text_of(finance.get(reverse("ledger:entry_detail", args=[entry.pk])))
    assert "$5.00" in detail
    assert "Reversed by" in detail


def test_shows_the_books_to_nobody_else(entry, bell):
    manager = client_of(make_user("bell@bell.example", Role.PRACTICE_MANAGER, party=bell))
    for name, args in (
        ("account_list", []),
        ("account_detail", [Account.objects.first().pk]),
        ("entry_detail", [entry.pk]),
        ("hold_list", []),
        ("hold_new", []),
    ):
        assert manager.get(reverse(f"ledger:{name}", args=args)).status_code == 403


def test_says_that_an_account_or_entry_is_not_there(finance):
    assert finance.get(reverse("ledger:account_detail", args=[99])).status_code == 404
    assert finance.get(reverse("ledger:entry_detail", args=[99])).status_code == 404


def test_places_and_releases_a_hold(compliance, finance, bell):
    data = {"party": bell.pk, "reason": "review", "text": "Licence under review"}
    assert compliance.post(reverse("ledger:hold_new"), {**data, "text": ""}).status_code == 422
    assert not Hold.objects.exists()
    assert compliance.post(reverse("ledger:hold_new"), data).status_code == 302
    hold = Hold.objects.get()
    assert "Licence under review" in text_of(finance.get(reverse("ledger:hold_list")))
    address = reverse("ledger:hold_release", args=[hold.pk])
    compliance.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    refused = compliance.post(address, {"text": "fine"})
    assert refused.status_code == 422
    assert "somebody else has to release it" in refused.content.decode()
    reyes = make_user("reyes@ipa.example", Role.FINANCE_APPROVER)
    assert actor_of(reyes).may("ledger.release_hold")
    assert fresh_client_of(reyes).post(address, {"text": "fine"}).status_code == 302
    assert Hold.objects.live().count() == 0
    assert client_of(reyes).get(address).status_code == 404
    assert Party.objects.get(pk=bell.pk).name == "Bell Clinic"


def test_finds_accounts_and_holds_by_how_a_word_begins(compliance, finance, entry, bell):
    def found(name, text):
        rows = finance.get(reverse(f"ledger:{name}"), {"q": text, "export": "csv"})
        return b"".join(rows.streaming_content).decode().count("Bell Clinic")

    compliance.post(
        reverse("ledger:hold_new"), {"party": bell.pk, "reason": "review", "text": "Licence"}
    )
    for text, expected in (("bell", 1), ("CLIN", 1), (" clin ", 1), ("ell", 0), ("%", 0)):
        assert (text, found("account_list", text)) == (text, expected)
        assert (text, found("hold_list", text)) == (text, expected)
    assert (found("account_list", "paya"), found("account_list", "plan")) == (1, 0)
    assert (found("hold_list", "under"), found("hold_list", "unde x")) == (1, 0)
