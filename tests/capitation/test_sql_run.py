"""The twin test: the pure rule and the SQL agree on every row of generated worlds."""

import pytest

from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.models import Receipt, Run, Share, Waterfall
from capitation.queries.facts import entitlements
from capitation.queries.proofs import mismatches
from capitation.rules.reasons import reason
from ipaportal.core.actors import Actor
from ipaportal.identity.models import Party
from tests.factories import CLOCK, NOON, World, change_world, make_world

pytestmark = pytest.mark.django_db

APPROVER = Actor(user_id=77, name="Reyes", grants=frozenset({("finance_approver", 1)}))


def month_end(world: World, month) -> Run:
    """A run of the world's contract from opened to posted."""
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=month, now=NOON)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOON)
    approve_run(actor=APPROVER, run_id=run.pk, seen_digest=run.digest, now=NOON)
    return post_run(actor=CLOCK, run_id=run.pk, now=NOON)


def every_key(world: World, month) -> list[tuple]:
    months = [m for m in world.months if m <= month]
    return [(member.pk, m) for member in world.members for m in months]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 13))
def test_every_row_is_what_the_rule_says_over_changing_months(seed):
    world = make_world(seed)
    for month in world.months[1:]:
        run = month_end(world, month)
        assert mismatches(run, every_key(world, month)) == []
        change_world(world)
    again = month_end(world, world.months[-1])
    assert mismatches(again, every_key(world, world.months[-1])) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 26))
def test_inputs_and_reasons_of_rows_are_what_the_rules_say(seed):
    world = make_world(seed)
    seen = set()
    for month in world.months[1:]:
        run = month_end(world, month)
        due = entitlements(world.contract, every_key(world, month), run.snapshot_no)
        before = told_before(world, run)
        for row in Waterfall.objects.filter(run_id=run.pk):
            right = due[row.member_id, row.coverage_month]
            assert inputs_of(row) == inputs_of(right.inputs)
            assert row.county_code in {right.inputs.county, None}
            assert row.county_code == right.inputs.county or row.coverage_month == run.month
            assert row.zero_reason == (right.zero_reason or right.held_reason)
            assert row.reason == reason_of(row, right, run, before)
            seen.add(row.reason)
        change_world(world)
    assert len(seen) >= 5, "the worlds are too quiet to test reasons"


def inputs_of(row) -> tuple:
    rate = getattr(row, "rate_pmpm", None) if isinstance(row, Waterfall) else row.rate
    return (
        row.terms_id,
        row.plan_code,
        rate,
        row.risk,
        row.age,
        row.sex,
        row.pcps,
        row.status,
        row.covered_days,
        row.counted_days,
        row.exclusive_days or 0,
    )


def told_before(world: World, run: Run) -> dict[tuple, object]:
    """Each member-month told by an earlier run: its inputs by the facts as that run knew them."""
    earlier = Waterfall.objects.filter(run_id__lt=run.pk).order_by("run_id")
    last = {
        (m, c): told for m, c, told in earlier.values_list("member_id", "coverage_month", "run_id")
    }
    known = dict(Run.objects.values_list("pk", "snapshot_no"))
    keys: dict[int, list[tuple]] = {}
    for key, told in last.items():
        keys.setdefault(known[told], []).append(key)
    found = {}
    for snapshot_no, asked in keys.items():
        due = entitlements(world.contract, asked, snapshot_no)
        found |= {key: due[key].inputs for key in asked}
    return found


def reason_of(row, right, run, before: dict[tuple, object]) -> str:
    """The rule's reason, from the facts as the last run that told this month knew them."""
    key = row.member_id, row.coverage_month
    return reason(
        before.get(key),
        right.inputs,
        is_current_month=row.coverage_month == run.month,
        was_posted_before=key in before,
    )


def test_finds_a_row_that_is_a_cent_off():
    world = make_world(5)
    run = month_end(world, world.months[2])
    member = Waterfall.objects.filter(run_id=run.pk, coverage_month=run.month).first().member_id
    Receipt.objects.create(
        contract=world.contract,
        member_id=member,
        coverage_month=run.month,
        amount_cents=1,
        fact_no=run.snapshot_no,
    )
    assert mismatches(run, every_key(world, run.month)) == [(member, run.month)]


def test_a_second_run_without_news_has_no_rows():
    world = make_world(3)
    month_end(world, world.months[2])
    again = month_end(world, world.months[2])
    assert Waterfall.objects.filter(run_id=again.pk).count() == 0
    assert Share.objects.filter(run_id=again.pk).count() == 0


def test_calculating_again_gives_the_same_digest():
    world = make_world(4)
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=world.months[2], now=NOON)
    first = calculate_run(actor=CLOCK, run_id=run.pk, now=NOON).digest
    second = calculate_run(actor=CLOCK, run_id=run.pk, now=NOON).digest
    assert first == second
    assert Party.objects.filter(kind="unassigned").count() == 1
