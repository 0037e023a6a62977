"""The books when two people do the same thing at the same moment."""

from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account, Entry, Posting
from ipaportal.ledger.queries.balances import owed_cents
from tests.at_once import at_once

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
DAY = date(2026, 10, 31)
CLOCK = Actor.system("clock")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bell():
    return Party.objects.create(kind="practice", name="Bell Clinic")


@pytest.fixture
def lines(bell):
    plan = Party.objects.create(kind="payer", name="Golden Plan")
    return [(books.account(plan, "plan_clearing"), 500), (books.account(bell, "payable"), -500)]


def book(key, lines):
    return books.book(key=key, date=DAY, description=key, lines=lines, actor=CLOCK, now=NOON)


def test_reverses_exactly_once_under_two_keys(bell, lines):
    entry = book("run:1", lines)

    def reverse(key):
        return lambda: books.reverse(entry, key=key, actor=CLOCK, now=NOON)

    answers = at_once(reverse("a"), reverse("b"), reverse("c"))
    assert sorted(type(answer).__name__ for answer in answers) == [
        "CannotReverse",
        "CannotReverse",
        "Entry",
    ]
    assert Entry.objects.filter(reverses=entry, status="posted").count() == 1
    assert owed_cents(bell) == 0


def test_answers_one_reversal_to_both_under_one_key(bell, lines):
    entry = book("run:1", lines)
    reverse = lambda: books.reverse(entry, key="a", actor=CLOCK, now=NOON)  # noqa: E731
    first, second = at_once(reverse, reverse)
    assert first.pk == second.pk
    assert owed_cents(bell) == 0


def test_books_a_key_once(bell, lines):
    answers = at_once(*[lambda: book("run:1", lines)] * 4)
    assert len({answer.pk for answer in answers}) == 1
    assert Posting.objects.count() == 2
    assert owed_cents(bell) == 500


def test_books_one_of_two_that_want_the_same_key(bell, lines):
    doubled = [(account, 2 * cents) for account, cents in lines]
    answers = at_once(lambda: book("run:1", lines), lambda: book("run:1", doubled))
    assert sorted(type(answer).__name__ for answer in answers) == ["Entry", "KeyAlreadyUsed"]
    assert owed_cents(bell) in (500, 1000)


def test_opens_an_account_once(bell):
    answers = at_once(*[lambda: books.account(bell, "payable")] * 4)
    assert len({answer.pk for answer in answers}) == 1
    assert Account.objects.filter(party=bell).count() == 1


def test_no_posting_slips_into_an_entry_that_is_being_posted(lines):
    """Posting waits for whoever is adding to the entry, and then sees what they added."""
    entry = books.open_entry(key="run:1", date=DAY, description="x", lines=lines, actor=CLOCK)
    added, may_commit = Barrier(2), Barrier(2)

    def add():
        with transaction.atomic():
            Posting.objects.create(entry=entry, account=lines[0][0], amount_cents=7)
            added.wait(timeout=20)
            may_commit.wait(timeout=20)

    def post():
        added.wait(timeout=20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20s'")
            may_commit.wait(timeout=20)
            cursor.execute(
                "UPDATE ledger_entry SET status = 'posted', posted_at = now() WHERE id = %s",
                [entry.pk],
            )

    answers = at_once(add, post)
    assert answers[0] is None
    assert isinstance(answers[1], IntegrityError)
    assert Entry.objects.get().status == "pending"
