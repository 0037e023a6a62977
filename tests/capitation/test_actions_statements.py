"""Statements: what every payee is told, to the cent, and never told otherwise."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

import capitation
from capitation.actions.payment_outcomes import record_paid_after_all, void_payment
from capitation.actions.statements import (
    LaterMonthPublished,
    NothingToPublish,
    publish_statements,
)
from capitation.models import Payment, Statement
from ipaportal.audit.models import DomainEvent
from ipaportal.core.sql import check_invariant, invariants
from ipaportal.identity.models import Party
from ipaportal.ledger import books
from ipaportal.ledger.actions.holds import place_hold
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    REYES,
    SEPTEMBER,
    SEPTEMBER_5,
    bring_october,
    give_banks,
    make_small_world,
    pay,
    run_month,
)
from tests.factories import CLOCK
from tests.kept import kept

pytestmark = pytest.mark.django_db


def agree():
    rules = invariants(Path(capitation.__file__).parent / "sql" / "invariants")
    (rule,) = [rule for rule in rules if rule.name.endswith("statements_agree")]
    assert check_invariant(rule).rows == ()


def paid_september():
    world = make_small_world()
    give_banks(world, SEPTEMBER_5, world.bell)
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    pay(SEPTEMBER_5)
    publish_statements(actor=QUINN, month=SEPTEMBER, now=SEPTEMBER_5)
    return world


@kept
def september():
    return paid_september()


@kept
def october():
    world = paid_september()
    bring_october(world)
    run_month(world, OCTOBER, OCTOBER_5)
    pay(OCTOBER_5)
    publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5)
    return world


def told(practice, month):
    return Statement.objects.get(payee=practice.party, month=month)


def test_tells_what_was_earned_and_paid_to_the_cent(september):
    statement = told(september.bell, SEPTEMBER)
    # Ann 342.55, Bea 310.00, Cal and Dan 280.00 each; 10 % withheld of each.
    assert statement.provider_cents == 34255 + 31000 + 2 * 28000
    assert statement.withhold_cents == 3426 + 3100 + 2 * 2800
    assert statement.paid_cents == 109129 == Payment.objects.get().amount_cents
    assert (statement.opening_cents, statement.closing_cents, statement.held_cents) == (0, 0, 0)
    content = statement.content
    assert content["members_paid"] == 4
    assert [(z["reason"], len(z["member_ids"])) for z in content["zero"]] == [("status", 1)]
    assert content["payment_list"][0]["ending"] == content["ending"]
    assert content["change"] is None
    assert content["current_cents"] == 109129
    agree()


def test_tells_where_the_plans_money_went(september):
    parts = told(september.bell, SEPTEMBER).content["parts"]
    # Five members at 987.65, Hal among them, whose provider part is retained.
    assert parts["received"] == 5 * 98765
    assert parts["admin_fee"] == 5 * 7901
    assert parts["reinsurance"] == 5 * 1250
    assert parts["hospital_pool"] == 5 * 39506
    assert parts["mine"] == parts["provider"] == 121255
    rest = 5 * (98765 - 7901 - 1250 - 39506) - 121255
    assert parts["retained"] == rest
    assert parts["suspense"] == 0


def test_says_what_changed_in_one_sentence_that_adds_up(october):
    content = told(october.bell, OCTOBER).content
    change = content["change"]
    assert (change["before_cents"], change["now_cents"]) == (109129, 65029)
    assert {c["code"]: (c["count"], c["cents"]) for c in change["causes"]} == {
        "birthday": (1, 3600),
        "joined": (1, 27900),
        "left": (2, -50400),
        "retro_TERM": (1, -25200),
    }
    assert change["sentence"] == (
        "$441.00 less than September: 2 members left (−$504.00), 1 member joined (+$279.00), "
        "1 retro term (−$252.00), 1 birthday band (+$36.00)."
    )
    assert [(r["month"], r["reason"], r["members"]) for r in content["retro"]] == [
        ("2026-09-01", "TERM", 1)
    ]
    assert content["ytd"]["mine"] == 121255 + 72255
    assert content["ytd"]["paid"] == 109129 + 65029
    agree()


def test_holds_what_has_no_bank_details_and_carries_it(october):
    first, second = told(october.alvarez, SEPTEMBER), told(october.alvarez, OCTOBER)
    assert (first.provider_cents, first.withhold_cents, first.paid_cents) == (28000, 2800, 0)
    assert (first.closing_cents, first.held_cents, first.carried_cents) == (25200, 25200, 0)
    assert first.content["holds"][0]["code"] == "no_bank_details"
    assert (second.opening_cents, second.closing_cents) == (25200, 50400)
    assert second.content["change"]["sentence"] == "The same as September."


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("exclusion", "Held: under review; ask the IPA's compliance officer"),
        ("review", "Held: under review; ask the IPA's compliance officer"),
        ("credentials", "Held: credentials not in order; ask the IPA's compliance officer"),
        ("legal", "Held: court order or levy: Iris Tern on LEIE"),
    ],
)
def test_tells_a_payee_that_it_is_held_and_not_who_is_looked_into(october, reason, says):
    bell = october.bell.party
    clearing = books.account(Party.objects.get(kind="ipa"), "purchasing_clearing")
    books.book(
        key="refund:1",
        date=OCTOBER_5.date(),
        description="Gloves that came back",
        lines=[(books.account(bell, "payable"), -5000), (clearing, 5000)],
        actor=CLOCK,
        now=OCTOBER_5,
    )
    place_hold(
        actor=CLOCK, party_id=bell.pk, reason=reason, text="Iris Tern on LEIE", now=OCTOBER_5
    )
    assert publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5) == 1
    (held,) = Statement.objects.get(payee=bell, month=OCTOBER, sequence=2).content["holds"]
    assert held["text"] == says


def test_tells_purchases_and_nothing_twice(october):
    bell = october.bell.party
    shop = books.account(Party.objects.get(kind="ipa"), "purchasing_clearing")
    lines = [(books.account(bell, "payable"), 5000), (shop, -5000)]
    books.book(
        key="purchase:1",
        date=OCTOBER_5.date(),
        description="Gloves, group order 4",
        lines=lines,
        actor=CLOCK,
        now=OCTOBER_5,
    )
    assert publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5) == 1
    more = Statement.objects.get(payee=bell, month=OCTOBER, sequence=2)
    assert (more.provider_cents, more.other_cents, more.closing_cents) == (0, -5000, -5000)
    assert more.content["movements"][0]["description"] == "Gloves, group order 4"
    assert more.carried_cents == -5000
    agree()
    with pytest.raises(NothingToPublish):
        publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5)


def test_refuses_an_earlier_month_and_a_month_without_runs(october):
    count = Statement.objects.count()
    with pytest.raises(LaterMonthPublished):
        publish_statements(actor=QUINN, month=SEPTEMBER, now=OCTOBER_5)
    with pytest.raises(NothingToPublish):
        publish_statements(actor=QUINN, month=OCTOBER.replace(month=11), now=OCTOBER_5)
    assert Statement.objects.count() == count
    events = DomainEvent.objects.filter(action="capitation.statements.published")
    assert events.count() == 2


@pytest.mark.acts_as
def test_is_frozen(september):
    statement = told(september.bell, SEPTEMBER)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for query in (
            "UPDATE capitation_statement SET paid_cents = 1, closing_cents = 1",
            "DELETE FROM capitation_statementposting",
            "TRUNCATE capitation_statement CASCADE",
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(query)
    assert told(september.bell, SEPTEMBER).content == statement.content


def test_tells_a_void_payment_that_was_paid_after_all(september):
    payment = Payment.objects.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="Wrong account", now=OCTOBER_5)
    values = {"payment_id": payment.pk, "text": "On the statement", "now": OCTOBER_5}
    record_paid_after_all(actor=QUINN, **values)
    bring_october(september)
    run_month(september, OCTOBER, OCTOBER_5)
    publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5)
    statement = told(september.bell, OCTOBER)
    assert statement.other_cents == statement.content["returned_cents"] == 0
    assert [row["cents"] for row in statement.content["movements"]] == [109129, -109129]
    assert statement.closing_cents == 65029
    agree()


def test_tells_a_payment_that_came_back_apart_from_what_was_earned(september):
    payment = Payment.objects.get()
    void_payment(actor=REYES, payment_id=payment.pk, text="Wrong account", now=OCTOBER_5)
    bring_october(september)
    run_month(september, OCTOBER, OCTOBER_5)
    publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5)
    statement = told(september.bell, OCTOBER)
    assert statement.other_cents == statement.content["returned_cents"] == 109129
    assert statement.closing_cents == statement.carried_cents == 65029 + 109129
    assert statement.content["closing_text"] == "It is paid with the next payment batch."
    assert statement.content["change"]["sentence"].startswith("$441.00 less than September")
    agree()
