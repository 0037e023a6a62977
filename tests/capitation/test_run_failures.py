"""A calculation that was refused says so, unless the run went on while it was failing."""

import pytest
from django.db import connection

from capitation.actions.advance import advance_run, calculate_again
from capitation.actions.run_failures import Overtaken, fail_run, standing
from capitation.actions.runs import approve_run, calculate_run, cancel_run, open_run, post_run
from capitation.models import Run, Terms
from ipaportal.audit.models import DomainEvent
from tests.at_once import at_once
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    REYES,
    SEPTEMBER,
    SEPTEMBER_5,
    TERMS,
    bring_october,
    make_small_world,
    run_month,
)
from tests.factories import CLOCK, batch, fact, supersede

pytestmark = pytest.mark.django_db(transaction=True)


class Between:
    """Calls something on another connection after a run was refused, before that is recorded."""

    def __init__(self, call) -> None:
        self.call, self.locks = call, 0

    def __call__(self, execute, sql, params, many, context):
        if "FOR UPDATE" in str(sql) and "capitation_run" in str(sql):
            self.locks += 1
            if self.locks == 2:  # The first lock was the calculation's own.
                (answer,) = at_once(self.call)
                assert not isinstance(answer, Exception), answer
        return execute(sql, params, many, context)


def opened() -> Run:
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    bring_october(world)
    return open_run(actor=CLOCK, contract_id=world.contract.pk, month=OCTOBER, now=OCTOBER_5)


def without_terms() -> None:
    """Nothing covers October: a calculation is refused."""
    old = Terms.objects.current().get()
    no = batch(old.contract)
    supersede(old, no)
    values = {**TERMS, "contract": old.contract, "rate_table": old.rate_table}
    fact(Terms, no, SEPTEMBER, OCTOBER, **values)


def approve(run_id: int) -> Run:
    if (old := Terms.objects.current().get()).end_date is not None:
        values = {**TERMS, "contract": old.contract, "rate_table": old.rate_table}
        fact(Terms, batch(old.contract), OCTOBER, **values)
    run = calculate_run(actor=CLOCK, run_id=run_id, now=OCTOBER_5)
    return approve_run(actor=REYES, run_id=run_id, seen_digest=run.digest, now=OCTOBER_5)


def post(run_id: int) -> Run:
    approve(run_id)
    return post_run(actor=CLOCK, run_id=run_id, now=OCTOBER_5)


def cancel(run_id: int) -> Run:
    return cancel_run(actor=CLOCK, run_id=run_id, reason="not now", now=OCTOBER_5)


@pytest.mark.parametrize(
    ("meanwhile", "status"), [(approve, "approved"), (post, "posted"), (cancel, "cancelled")]
)
@pytest.mark.parametrize("attempt", [advance_run, calculate_again])
def test_a_run_that_went_on_while_it_was_refused_stays_what_it_is(attempt, meanwhile, status):
    run = opened()
    without_terms()
    between = Between(lambda: meanwhile(run.pk))
    with connection.execute_wrapper(between):
        assert attempt(actor=CLOCK, run_id=run.pk, now=OCTOBER_5) is False
    assert between.locks == 2
    run.refresh_from_db()
    assert run.status == status
    assert not DomainEvent.objects.filter(action="capitation.run.failed").exists()


def test_a_refused_calculation_says_so_where_nobody_came_between():
    run = opened()
    without_terms()
    assert advance_run(actor=CLOCK, run_id=run.pk, now=OCTOBER_5) is True
    run.refresh_from_db()
    assert run.status == "failed"
    assert "has no terms" in run.problem


def test_a_failure_of_before_takes_no_later_approval_with_it():
    run = opened()
    seen = standing(run)
    approve(run.pk)
    with pytest.raises(Overtaken, match="is approved by now"):
        fail_run(actor=CLOCK, run_id=run.pk, problem="x", now=OCTOBER_5, seen=seen)
