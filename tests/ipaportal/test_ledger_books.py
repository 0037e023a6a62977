"""The books: what they refuse even to a careless script, and what they answer."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.models import Account, Entry, Posting
from ipaportal.ledger.queries.balances import (
    account_balance,
    account_list,
    balance,
    balances_by_party,
    owed_cents,
    statement_of_account,
)
from ipaportal.ledger.queries.entries import account_of, entry_page

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
DAY = date(2026, 10, 31)
CLOCK = Actor.system("clock")
QUINN = Actor(user_id=901, name="Quinn", grants=frozenset({("finance", 1)}))
BELL_MANAGER = Actor(user_id=902, name="Bell", grants=frozenset({("practice_manager", 1)}))
INVARIANTS = Path(books.__file__).parent / "sql" / "invariants"

pytestmark = pytest.mark.django_db


@pytest.fixture
def bell():
    return Party.objects.create(kind="practice", name="Bell Clinic")


@pytest.fixture
def plan():
    return Party.objects.create(kind="payer", name="Golden Plan")


@pytest.fixture
def lines(bell, plan):
    return [
        (books.account(plan, "plan_clearing"), 30829),
        (books.account(bell, "payable"), -30829),
    ]


def book(key, lines, day=DAY):
    return books.book(
        key=key, date=day, description=f"Booking {key}", lines=lines, actor=CLOCK, now=NOON
    )


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        # Otherwise PostgreSQL refuses TRUNCATE and ALTER for foreign keys not yet checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)


def breaches():
    found = {}
    for path in sorted(INVARIANTS.glob("*.sql")):
        with connection.cursor() as cursor:
            cursor.execute(path.read_text())
            if rows := cursor.fetchall():
                found[path.stem] = rows
    return found


def test_opens_an_account_once(bell):
    first = books.account(bell, "payable")
    assert books.account(bell.pk, Account.Kind.PAYABLE) == first
    assert books.accounts([bell.pk, bell.pk], "payable") == {bell.pk: first}
    with pytest.raises(ValueError, match="nonsense"):
        books.account(bell, "nonsense")


def test_opens_the_accounts_of_many_where_they_are_missing(bell, plan):
    mine = books.account(bell, "payable")
    books.account(bell, "withhold_liability")
    books.account(plan, "payable")
    other = Party.objects.create(kind="practice", name="Dr. Alvarez")
    found = books.accounts([other.pk, bell.pk, other.pk], "payable")
    assert found == {bell.pk: mine, other.pk: Account.objects.get(party=other)}
    assert found[other.pk].kind == "payable"
    assert Account.objects.count() == 4


def test_refuses_word_for_word():
    entry = Entry(key="run:1", description="Run of March", status="void")
    said = [
        books.KeyAlreadyUsed(entry),
        books.NotPending(entry),
        books.DoesNotBalance(entry, 3, -5),
        books.CannotReverse(entry, "it is void, not posted"),
    ]
    assert [str(one) for one in said] == [
        "“run:1” is already in the books with other lines (Run of March). Nothing was changed. "
        "Reverse that entry, then book the correction under a new key.",
        "“run:1” is void; only a pending entry can be posted or made void. Nothing was changed. "
        "A posted entry is taken back by reversing it.",
        "“run:1” does not balance: 3 lines, -5 cents too much debit. Nothing was posted. "
        "Open it again with lines that sum to zero.",
        "“run:1” cannot be reversed: it is void, not posted. Nothing was changed.",
    ]
    assert str(entry) == "run:1: Run of March"


def test_books_a_balanced_entry(bell, plan, lines):
    entry = book("run:1", lines)
    assert (entry.status, entry.posted_at, entry.actor_name) == ("posted", NOON, "clock")
    assert balance(plan, "plan_clearing") == 30829
    assert balance(bell, "payable") == -30829
    assert owed_cents(bell) == 30829
    assert breaches() == {}


def test_leaves_out_lines_of_nothing(bell, lines):
    entry = book("run:1", [*lines, (books.account(bell, "withhold_liability"), 0)])
    assert entry.postings.count() == 2


def test_answers_the_same_entry_for_the_same_key_and_lines(lines):
    first = book("run:1", lines)
    assert book("run:1", list(reversed(lines))) == first
    assert Posting.objects.count() == 2


def test_refuses_other_lines_under_a_used_key(lines):
    book("run:1", lines)
    doubled = [(account, 2 * cents) for account, cents in lines]
    with pytest.raises(books.KeyAlreadyUsed, match="run:1"):
        book("run:1", doubled)
    assert Entry.objects.count() == 1
    assert sorted(Posting.objects.values_list("amount_cents", flat=True)) == [-30829, 30829]


def test_refuses_what_does_not_balance_and_keeps_nothing(lines):
    account, cents = lines[0]
    with pytest.raises(books.DoesNotBalance, match="1 cents too much debit"):
        book("run:1", [(account, cents + 1), lines[1]])
    assert not Entry.objects.exists()
    with pytest.raises(books.DoesNotBalance, match="0 lines"):
        book("run:2", [])
    assert not Entry.objects.exists()


def test_counts_only_what_is_posted(bell, lines):
    entry = books.open_entry(key="run:1", date=DAY, description="x", lines=lines, actor=CLOCK)
    assert owed_cents(bell) == 0
    other = books.open_entry(key="run:0", date=DAY, description="x", lines=lines, actor=CLOCK)
    books.void(entry)
    assert books.void(entry).status == "void"
    assert books.void(other).pk == other.pk
    assert account_balance(lines[0][0]) == 0
    assert {row.balance_cents for row in account_list(actor=QUINN)} == {0}
    assert owed_cents(bell) == 0
    with pytest.raises(books.NotPending, match="void"):
        books.post(entry, NOON)
    assert {entry.status for entry in Entry.objects.all()} == {"void"}


def test_posts_once(lines):
    entry = book("run:1", lines)
    assert books.post(entry, NOON.replace(hour=13)).posted_at == NOON
    with pytest.raises(books.NotPending, match="posted"):
        books.void(entry)


def test_fills_an_entry_with_one_statement_and_checks_it_once(bell, plan):
    entry = books.open_entry(key="run:9", date=DAY, description="Run", actor=CLOCK)
    books.account(bell, "payable")
    books.account(plan, "plan_clearing")
    sql(
        "INSERT INTO ledger_posting (entry_id, account_id, amount_cents)"
        " SELECT %s, account.id, CASE account.kind WHEN 'payable' THEN -n ELSE n END"
        " FROM ledger_account account, generate_series(1, 5000) n",
        entry.pk,
    )
    books.post(entry, NOON)
    assert owed_cents(bell) == 12_502_500
    assert Posting.objects.filter(memo={}).count() == 10_000


def test_reverses_a_posted_entry_whole(bell, plan, lines):
    entry = book("run:1", lines)
    reversal = books.reverse(entry, key="run:1:reversal", actor=CLOCK, now=NOON)
    assert (reversal.reverses_id, reversal.status) == (entry.pk, "posted")
    assert (balance(bell, "payable"), balance(plan, "plan_clearing")) == (0, 0)
    assert books.reverse(entry, key="run:1:reversal", actor=CLOCK, now=NOON) == reversal
    assert breaches() == {}


def test_reverses_at_most_once_and_never_a_reversal(bell, lines):
    entry = book("run:1", lines)
    reversal = books.reverse(entry, key="first", actor=CLOCK, now=NOON)
    with pytest.raises(books.CannotReverse, match="“first” reversed it already"):
        books.reverse(entry, key="second", actor=CLOCK, now=NOON)
    with pytest.raises(books.CannotReverse, match="itself a reversal"):
        books.reverse(reversal, key="third", actor=CLOCK, now=NOON)
    assert Entry.objects.count() == 2
    assert owed_cents(bell) == 0


def test_does_not_reverse_what_is_pending(lines):
    entry = books.open_entry(key="run:1", date=DAY, description="x", lines=lines, actor=CLOCK)
    with pytest.raises(books.CannotReverse, match="not posted"):
        books.reverse(entry, key="first", actor=CLOCK, now=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET description = 'other'",
        "UPDATE ledger_entry SET date = date + 1",
        "UPDATE ledger_entry SET status = 'pending', posted_at = NULL",
        "UPDATE ledger_entry SET status = 'void', posted_at = NULL",
        "UPDATE ledger_posting SET amount_cents = amount_cents * 2",
        "UPDATE ledger_account SET kind = 'cash'",
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_posting",
        "TRUNCATE ledger_entry CASCADE",
        "TRUNCATE ledger_account CASCADE",
        "INSERT INTO ledger_posting (entry_id, account_id, amount_cents)"
        " SELECT entry_id, account_id, 5 FROM ledger_posting LIMIT 1",
        "INSERT INTO ledger_entry (key, date, description, status, actor_name, posted_at)"
        " VALUES ('x', '2026-10-31', 'x', 'posted', 'x', now())",
    ],
)
@pytest.mark.acts_as
def test_posted_rows_stay_as_they_are(lines, statement):
    book("run:1", lines)
    before = list(Posting.objects.values()) + list(Entry.objects.values())
    with pytest.raises(IntegrityError):
        sql(statement)
    assert list(Posting.objects.values()) + list(Entry.objects.values()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET status = 'posted', posted_at = now()",
        "UPDATE ledger_entry SET key = 'other'",
        "UPDATE ledger_posting SET amount_cents = -30829",
        "DELETE FROM ledger_entry",
        "INSERT INTO ledger_posting (entry_id, account_id, amount_cents)"
        " SELECT entry_id, account_id, 0 FROM ledger_posting LIMIT 1",
    ],
)
@pytest.mark.acts_as
def test_the_database_posts_only_what_balances(lines, statement):
    books.open_entry(key="run:1", date=DAY, description="x", lines=lines[:1], actor=CLOCK)
    with pytest.raises(IntegrityError):
        sql(statement)
    assert Entry.objects.get().status == "pending"
    assert list(Posting.objects.values_list("amount_cents", flat=True)) == [30829]


def test_the_database_refuses_a_reversal_that_takes_back_something_else(lines):
    original = book("run:1", lines)
    books.open_entry(
        key="half",
        date=DAY,
        description="x",
        lines=[(account, -cents // 2 if cents > 0 else -(-30829 // 2)) for account, cents in lines],
        actor=CLOCK,
        reverses=original,
    )
    with pytest.raises(IntegrityError):
        sql("UPDATE ledger_entry SET status = 'posted', posted_at = now() WHERE key = 'half'")
    assert Entry.objects.get(key="half").status == "pending"


def test_balances_as_of_any_day(bell, plan, lines):
    book("run:1", lines, date(2026, 10, 31))
    book("run:2", lines, date(2026, 11, 30))
    assert [balance(bell, "payable", date(2026, 10, day)) for day in (30, 31)] == [0, -30829]
    assert balance(bell, "payable", date(2026, 11, 29)) == -30829
    assert balance(bell, "payable") == -61658
    assert account_balance(lines[1][0], date(2026, 11, 30)) == -61658
    assert balances_by_party("payable") == {bell.pk: -61658}
    assert balances_by_party("payable", date(2026, 10, 31), [bell.pk]) == {bell.pk: -30829}
    assert balances_by_party("payable", party_ids=[plan.pk]) == {}


def test_states_an_account_with_the_balance_after_each_line(bell, lines):
    book("run:2", lines, date(2026, 11, 30))
    first = book("run:1", lines, date(2026, 10, 31))
    books.reverse(first, key="run:1:back", actor=CLOCK, now=datetime(2026, 12, 1, tzinfo=UTC))
    rows = statement_of_account(actor=QUINN, account_id=lines[1][0].pk)
    assert [(r.key, r.amount_cents, r.balance_cents, r.reversed_by_key) for r in rows] == [
        ("run:1", -30829, -30829, "run:1:back"),
        ("run:2", -30829, -61658, None),
        ("run:1:back", 30829, -30829, None),
    ]
    november = statement_of_account(
        actor=QUINN,
        account_id=lines[1][0].pk,
        start=date(2026, 11, 1),
        end=date(2026, 12, 1),
    )
    assert [(r.key, r.balance_cents) for r in november] == [("run:2", -61658)]


def test_lists_accounts_with_balances_to_finance_only(bell, lines):
    book("run:1", lines)
    rows = account_list(actor=QUINN)
    assert [(r.kind, r.party_name, r.balance_cents) for r in rows] == [
        ("payable", "Bell Clinic", -30829),
        ("plan_clearing", "Golden Plan", 30829),
    ]
    assert [r.kind for r in account_list(actor=QUINN, kind="payable")] == ["payable"]
    earlier = account_list(actor=QUINN, as_of=date(2026, 10, 30))
    assert [(r.kind, r.balance_cents) for r in earlier] == [("payable", 0), ("plan_clearing", 0)]
    assert [r.balance_cents for r in account_list(actor=QUINN, as_of=DAY)] == [-30829, 30829]
    assert account_list(actor=BELL_MANAGER) == []
    assert statement_of_account(actor=BELL_MANAGER, account_id=lines[0][0].pk) == []


def test_shows_an_entry_and_an_account_to_whom_they_are_for(bell, plan, lines):
    withheld = books.account(bell, "withhold_liability")
    split = [(lines[0][0], 30829), (lines[1][0], -30000), (withheld, -829)]
    entry = book("run:1", split)
    book("run:0", lines)
    page = entry_page(actor=QUINN, entry_id=entry.pk)
    assert [posting.amount_cents for posting in page.postings] == [30829, -829, -30000]
    assert (page.entry, page.reversed_by, page.debit_cents) == (entry, None, 30829)
    back = books.reverse(entry, key="run:1:back", actor=CLOCK, now=NOON)
    assert entry_page(actor=QUINN, entry_id=entry.pk).reversed_by == back
    assert entry_page(actor=QUINN, entry_id=back.pk).debit_cents == 30829
    manager = Actor(902, "Bell", frozenset({("practice_manager", bell.pk)}))
    with pytest.raises(Entry.DoesNotExist):
        entry_page(actor=manager, entry_id=entry.pk)
    assert account_of(actor=QUINN, account_id=withheld.pk) == withheld
    with pytest.raises(Account.DoesNotExist):
        account_of(actor=manager, account_id=withheld.pk)


@pytest.mark.acts_as
def test_invariants_find_a_switched_off_truth(lines):
    book("run:1", lines)
    with transaction.atomic():
        sql("ALTER TABLE ledger_posting DISABLE TRIGGER refuse_change")
        sql("UPDATE ledger_posting SET amount_cents = amount_cents + 1 WHERE amount_cents > 0")
        found = breaches()
        transaction.set_rollback(True)
    assert [row[1:] for row in found["01_posted_entries_balance"]] == [("run:1", 2, 1)]
    assert found["03_truths_are_switched_on"] == [("ledger_posting", "refuse_change", "D")]
