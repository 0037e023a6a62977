"""Money that a month's books, statements and people could miss, each once gone wrong or feared."""

from datetime import timedelta

import pytest
from django.db import connection

from capitation.actions.runs import SamePerson, approve_run, calculate_run, open_run, post_run
from capitation.actions.statements import publish_statements
from capitation.models import Share, Statement, Terms
from capitation.queries.publishing import months_to_publish
from ipaportal.core.actors import Actor
from ipaportal.core.locks import lock
from ipaportal.ledger.holds import place
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    RECEIVED,
    REYES,
    SEPTEMBER,
    SEPTEMBER_5,
    TERMS,
    bring_october,
    make_small_world,
    receive,
    run_month,
)
from tests.factories import CLOCK, batch, fact, supersede

pytestmark = pytest.mark.django_db


def test_a_run_that_moved_nobodys_share_is_told_once():
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    # The rates are flat: what the plan adds is retained, and no payee has a line of it.
    receive(world, SEPTEMBER, {"Ann": 10000})
    more = run_month(world, SEPTEMBER, SEPTEMBER_5 + timedelta(hours=1))
    assert not Share.objects.filter(run_id=more.pk).exists()
    publish_statements(actor=QUINN, month=SEPTEMBER, now=SEPTEMBER_5)
    bell = world.bell.party
    first = Statement.objects.get(payee=bell, month=SEPTEMBER).content
    assert first["parts"]["received"] == 5 * RECEIVED + 10000
    assert months_to_publish() == {}

    bring_october(world)
    october = run_month(world, OCTOBER, OCTOBER_5)
    publish_statements(actor=QUINN, month=OCTOBER, now=OCTOBER_5)
    second = Statement.objects.get(payee=bell, month=OCTOBER).content
    assert second["parts"]["received"] == october.totals["received"] - RECEIVED
    assert second["ytd"]["received"] == first["parts"]["received"] + second["parts"]["received"]


def test_who_set_terms_ahead_of_their_month_does_not_approve_it():
    world = make_small_world()
    reyes_too = Actor(902, "Reyes", frozenset({("finance_approver", 1), ("contracts", 1)}))
    values = {**TERMS, "rate_model": "flat", "flat_pmpm": 400, "risk_adjusted": False}
    no = batch(world.contract, reyes_too)
    old = Terms.objects.current().get(contract=world.contract)
    supersede(old, no)
    fact(Terms, no, SEPTEMBER, OCTOBER, contract=world.contract, rate_table=old.rate_table, **TERMS)
    fact(Terms, no, OCTOBER, contract=world.contract, **values)
    other = Actor(903, "Sato", frozenset({("finance_approver", 1)}))
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=SEPTEMBER, now=SEPTEMBER_5)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=SEPTEMBER_5)
    approve_run(actor=other, run_id=run.pk, seen_digest=run.digest, now=SEPTEMBER_5)
    post_run(actor=CLOCK, run_id=run.pk, now=SEPTEMBER_5)
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=OCTOBER, now=OCTOBER_5)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=OCTOBER_5)
    with pytest.raises(SamePerson):
        approve_run(actor=reyes_too, run_id=run.pk, seen_digest=run.digest, now=OCTOBER_5)


def test_a_hold_is_not_placed_while_payments_are_being_released():
    world = make_small_world()
    party = world.bell.party
    values = {"reason": "review", "text": "Looked into.", "source": "", "now": OCTOBER_5}
    place(party=party, actor=REYES, **values)
    with connection.cursor() as cursor:
        before = _advisory_locks(cursor)
        lock("payments")
        assert before == _advisory_locks(cursor)


def _advisory_locks(cursor) -> int:
    cursor.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    return cursor.fetchone()[0]
