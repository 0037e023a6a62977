"""A run's proofs can fail: each finds what it says it would."""

from datetime import date

import pytest

from capitation.actions.runs import calculate_run, open_run
from capitation.models import Member, Receipt
from capitation.queries.proofs import prove_run
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    RECEIVED,
    SEPTEMBER,
    SEPTEMBER_5,
    make_small_world,
    receive,
    run_month,
)
from tests.factories import CLOCK
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def october():
    """October calculated after a posted September."""
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    receive(world, OCTOBER, {"Ann": RECEIVED})
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=OCTOBER, now=OCTOBER_5)
    return calculate_run(actor=CLOCK, run_id=run.pk, now=OCTOBER_5)


def breaches(run) -> dict[str, int]:
    return {proof["name"]: proof["rows"] for proof in prove_run(run) if proof["rows"]}


@pytest.mark.parametrize("month", [SEPTEMBER, OCTOBER], ids=["told before", "its own"])
def test_finds_a_cent_that_the_run_did_not_take(october, month: date):
    """Both ways of proving: by what is new of a month told before, and the new month whole."""
    assert breaches(october) == {}
    Receipt.objects.create(
        contract=october.contract,
        member=Member.objects.first(),
        coverage_month=month,
        amount_cents=1,
        fact_no=october.snapshot_no,
    )
    assert breaches(october) == {"received_conserved": 1}


def test_leaves_what_came_after_the_snapshot_to_the_next_run(october):
    Receipt.objects.create(
        contract=october.contract,
        member=Member.objects.first(),
        coverage_month=OCTOBER,
        amount_cents=1,
        fact_no=october.snapshot_no + 1,
    )
    assert breaches(october) == {}
