"""The books and holds at their edges: what only a small change of the code had told from right."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.actions import place_hold, release_hold
from ipaportal.ledger.actions.holds import SamePersonReleases
from ipaportal.ledger.models import Account, Entry, Hold
from ipaportal.ledger.queries.balances import (
    account_list,
    balance,
    owed_cents,
    statement_of_account,
)
from ipaportal.ledger.queries.entries import entry_page
from ipaportal.ledger.queries.holds import holds, holds_on

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
LATER, LATEST = NOON.replace(hour=13), NOON.replace(hour=14)
DAY, NEXT = date(2026, 10, 31), date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)
CLOCK = Actor.system("clock")
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
OSEI = Actor(903, "Osei", frozenset({("compliance_officer", 1)}))

pytestmark = pytest.mark.django_db


@pytest.fixture
def bell():
    return Party.objects.create(kind="practice", name="Bell Clinic")


@pytest.fixture
def alvarez():
    return Party.objects.create(kind="practice", name="Dr. Alvarez")


def lines_of(party, cents):
    return [(books.account(party, "retained"), cents), (books.account(party, "payable"), -cents)]


def book(key, lines, **changes):
    values = {"date": DAY, "description": f"Booking {key}", "actor": CLOCK, "now": NOON}
    return books.book(key=key, lines=lines, **{**values, **changes})


def place(actor, party, **changes):
    values = {"reason": "review", "text": "Licence under review", "now": NOON, **changes}
    return place_hold(actor=actor, party_id=party.pk, **values)


def advisory_locks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT classid, objid FROM pg_locks "
            "WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY 1, 2"
        )
        return cursor.fetchall()


def test_a_reversal_is_of_the_same_month_and_says_of_what(bell):
    long = "x" * 300
    entry = book("run:1", lines_of(bell, 5), for_month=OCTOBER, description=long)
    back = books.reverse(entry, key="back", actor=CLOCK, now=NOON)
    assert (entry.for_month, back.for_month) == (OCTOBER, OCTOBER)
    assert back.description == f"Reversal of {long}"[:300]


def test_says_why_nothing_is_reversed(bell):
    pending = books.open_entry(
        key="run:1", date=DAY, description="x", lines=lines_of(bell, 5), actor=CLOCK
    )
    entry = book("run:2", lines_of(bell, 5))
    back = books.reverse(entry, key="back", actor=CLOCK, now=NOON)
    said = []
    for one in (pending, back, entry):
        with pytest.raises(books.CannotReverse) as refused:
            books.reverse(one, key="other", actor=CLOCK, now=NOON)
        said.append(str(refused.value))
    assert said == [
        "“run:1” cannot be reversed: it is pending, not posted. Nothing was changed.",
        "“back” cannot be reversed: it is itself a reversal. Nothing was changed.",
        "“run:2” cannot be reversed: “back” reversed it already. Nothing was changed.",
    ]


def test_what_books_the_same_is_no_reversal(bell):
    entry = book("run:1", lines_of(bell, 5))
    book("other", lines_of(bell, -5))
    with pytest.raises(books.KeyAlreadyUsed, match="“other”"):
        books.reverse(entry, key="other", actor=CLOCK, now=NOON)
    assert not Entry.objects.filter(reverses=entry).exists()


def test_an_entry_of_nothing_is_refused_in_words():
    with pytest.raises(books.DoesNotBalance) as refused:
        book("run:1", [])
    assert "0 lines, 0 cents too much debit" in str(refused.value)


def test_asks_balances_of_a_day_and_of_a_number_too(bell):
    book("run:1", lines_of(bell, 5))
    book("run:2", lines_of(bell, 7), date=NEXT)
    assert (owed_cents(bell, DAY), owed_cents(bell)) == (5, 12)
    assert balance(bell.pk, "payable", DAY) == -5


def test_an_account_shows_what_is_posted_from_the_first_day_asked_for(bell):
    payable = books.account(bell, "payable")
    book("run:1", lines_of(bell, 5))
    book("run:2", lines_of(bell, 7), date=NEXT)
    books.open_entry(key="run:3", date=NEXT, description="x", lines=lines_of(bell, 9), actor=CLOCK)
    asked = {"actor": QUINN, "account_id": payable.pk}
    assert [r.balance_cents for r in statement_of_account(**asked)] == [-5, -12]
    assert [r.key for r in statement_of_account(**asked, start=NEXT)] == ["run:2"]


def test_accounts_stand_by_kind_then_name(alvarez, bell):
    namesake = Party.objects.create(kind="practice", name="Bell Clinic")
    for party, kind in ((alvarez, "payable"), (namesake, "payable"), (bell, "payable")):
        books.account(party, kind)
    books.account(alvarez, "cash")
    books.account(bell, "cash")
    rows = [(row.kind, row.party_id) for row in account_list(actor=QUINN)]
    by_opening = [namesake.pk, bell.pk]
    assert rows == [
        *(("cash", party) for party in (bell.pk, alvarez.pk)),
        *(("payable", party) for party in (*by_opening, alvarez.pk)),
    ]
    assert Account.objects.count() == 5


def test_a_debit_of_one_cent_counts_and_equals_stand_as_they_were_booked(bell):
    first, second = books.account(bell, "payable"), books.account(bell, "retained")
    entry = book("run:1", [(second, 1), (first, 1), (books.account(bell, "cash"), -2)])
    page = entry_page(actor=QUINN, entry_id=entry.pk)
    assert page.debit_cents == 2
    assert [posting.account for posting in page.postings[:2]] == [second, first]


def test_one_source_holds_each_of_two_payees(alvarez, bell):
    first = place(OSEI, bell, source="finding:3")
    other = place(OSEI, alvarez, source="finding:3")
    assert holds_on([bell.pk]) == {bell.pk: [first]}
    assert holds_on([alvarez.pk, bell.pk]) == {bell.pk: [first], alvarez.pk: [other]}


def test_holds_stand_by_their_time_then_as_they_came(bell):
    last = place(OSEI, bell, now=LATEST)
    two = [place(OSEI, bell, now=LATER) for _ in range(2)]
    first = place(OSEI, bell, now=NOON)
    assert holds_on([bell.pk])[bell.pk] == [first, *two, last]
    assert list(holds(actor=QUINN)) == [last, *reversed(two), first]


def test_a_hold_waits_for_a_payment_that_is_being_released(bell):
    place(OSEI, bell)
    held = advisory_locks()
    lock("payments")
    assert advisory_locks() == held
    assert len(held) == 1


def test_what_becomes_of_a_hold_is_recorded_with_all_that_matters(bell):
    hold = place(OSEI, bell, source="finding:3")
    assert place(OSEI, bell, source="finding:3", text="Again") == hold
    released = release_hold(actor=CLOCK, hold_id=hold.pk, text=" fine now ", now=LATER)
    assert (released, released.released_at) == (hold, LATER)
    rows = DomainEvent.objects.order_by("pk")
    assert {(row.subject_type, row.subject_id) for row in rows} == {("ledger.Hold", str(hold.pk))}
    assert [(row.action, row.details) for row in rows] == [
        (
            "ledger.hold.placed",
            {
                "party_id": bell.pk,
                "reason": "review",
                "text": "Licence under review",
                "source": "finding:3",
                "stops": "all",
            },
        ),
        ("ledger.hold.kept", {"party_id": bell.pk}),
        ("ledger.hold.released", {"party_id": bell.pk, "text": "fine now"}),
    ]


def test_the_clock_ends_what_the_clock_placed_and_a_person_is_told_who_placed_theirs(bell):
    mine = place(CLOCK, bell)
    assert release_hold(actor=CLOCK, hold_id=mine.pk, text="over", now=LATER).released_at == LATER
    hold = place(OSEI, bell)
    with pytest.raises(SamePersonReleases) as refused:
        release_hold(actor=OSEI, hold_id=hold.pk, text="fine now", now=NOON)
    assert str(refused.value) == (
        "Osei placed this hold, so somebody else has to release it. Nothing was changed. "
        "Ask another finance approver or the compliance officer."
    )
    assert Hold.objects.get(pk=hold.pk).released_at is None
