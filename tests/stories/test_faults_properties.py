"""Whatever happens in whatever order, every cent is told once: properties of generated worlds."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.models import (
    Contract,
    CoverageSpan,
    Member,
    MemberCounty,
    MemberProfile,
    MemberStatus,
    PcpAssignment,
    PlanFile,
    Premium,
    RateCell,
    RateTable,
    Receipt,
    RiskScore,
    Run,
    Share,
    Terms,
    Waterfall,
)
from capitation.models.runs import COMPONENTS
from capitation.queries.proofs import mismatches
from credentialing.models import Exclusivity, Participation
from ipaportal.ledger.models import Posting
from tests.factories import (
    CLOCK,
    NOON,
    World,
    batch,
    change_world,
    make_contract,
    make_world,
    supersede,
)
from tests.stories.faults import REYES

pytestmark = pytest.mark.django_db
SIZE = 10
SEEDS = st.integers(100, 9999)
FACTS_OF_MEMBERS = (
    *(MemberProfile, MemberCounty, CoverageSpan),
    *(PcpAssignment, MemberStatus, RiskScore),
)
FACTS_OF_THE_NETWORK = (Participation, Exclusivity)
# An example costs a second or two: a failing one is told as it is, not made smaller first.
few = settings(max_examples=4, phases=[Phase.explicit, Phase.generate])


@contextmanager
def undone() -> Iterator[None]:
    """What an example wrote is gone before the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def month_end(contract: Contract, month) -> Run:
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=NOON)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOON)
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOON)
    return post_run(actor=CLOCK, run_id=run.pk, now=NOON)


def told(contract: Contract) -> tuple[dict, dict]:
    """All posted runs together: cents by member and month, and by payee; nothing that is zero."""
    names = [f"{name}_cents" for name in (*COMPONENTS, "premium", "expected", "withhold")]
    rows = Waterfall.objects.filter(run__contract=contract).values_list(
        "member__plan_member_id", "coverage_month"
    )
    cents = rows.order_by().annotate(*(Sum(name) for name in names))
    shares = Share.objects.filter(run__contract=contract).order_by()
    paid = shares.values_list(
        "member__plan_member_id", "coverage_month", "payee_id", "practitioner_id"
    ).annotate(Sum("provider_cents"), Sum("withhold_cents"))
    return (
        {row[:2]: row[2:] for row in cents if any(row[2:])},
        {row[:4]: row[4:] for row in paid if any(row[4:])},
    )


def conserves(run: Run) -> None:
    """A run's money goes somewhere to the cent: in its rows, its shares, its totals, the books."""
    rows = Waterfall.objects.filter(run_id=run.pk)
    sums = rows.aggregate(**{name: Sum(f"{name}_cents", default=0) for name in COMPONENTS})
    assert {name: run.totals[name] for name in COMPONENTS} == sums
    received = sums.pop("received")
    assert received == sum(sums.values())
    shares = Share.objects.filter(run_id=run.pk)
    assert shares.aggregate(paid=Sum("provider_cents", default=0))["paid"] == sums["provider"]
    booked = Posting.objects.filter(entry__key=f"run:{run.pk}")
    cleared = booked.filter(account__kind="plan_clearing")
    assert booked.aggregate(all=Sum("amount_cents", default=0))["all"] == 0
    assert cleared.aggregate(all=Sum("amount_cents", default=0))["all"] == received


@given(
    SEEDS,
    st.lists(st.sampled_from(["month", "month", "change", "change", "again"]), max_size=9),
)
@few
def test_all_runs_together_are_what_is_owed_after_any_sequence(seed, steps):
    with undone():
        world = make_world(seed, SIZE)
        months = iter(world.months)
        run = month_end(world.contract, next(months))
        for step in steps:
            if step == "change":
                change_world(world)
            else:
                month = next(months, run.month) if step == "month" else run.month
                run = month_end(world.contract, month)
                conserves(run)
        run = month_end(world.contract, run.month)
        due = [(member.pk, m) for member in world.members for m in world.months if m <= run.month]
        assert mismatches(run, due) == []
        stated = Receipt.objects.filter(
            contract=world.contract, coverage_month__lte=run.month
        ).aggregate(all=Sum("amount_cents", default=0))["all"]
        ran = Waterfall.objects.filter(run__contract=world.contract)
        assert ran.aggregate(all=Sum("received_cents", default=0))["all"] == stated
        # Once everything is told, telling it again says nothing.
        again = month_end(world.contract, run.month)
        assert not Waterfall.objects.filter(run_id=again.pk).exists()
        assert not Share.objects.filter(run_id=again.pk).exists()
        conserves(again)


@given(SEEDS)
@few
def test_months_as_they_came_are_one_month_with_all_facts_shuffled(seed):
    """Five months with news in between, or all that is known recorded anyhow and run once."""
    with undone():
        world = make_world(seed, SIZE)
        for month in world.months:
            month_end(world.contract, month)
            change_world(world)
        month_end(world.contract, world.months[-1])
        other = retold(world, random.Random(seed))
        run = month_end(other, world.months[-1])
        conserves(run)
        assert told(other) == told(world.contract)


def retold(world: World, chance: random.Random) -> Contract:
    """Another payer's contract of which the same is known, recorded in another order."""
    contract = make_contract(code=f"R{world.contract.pk}", start=world.contract.start_month)
    no = batch(contract)
    supersede(Terms.objects.get(contract=contract), no)
    for terms in Terms.objects.filter(contract=world.contract).current():
        table = RateTable.objects.create(contract=contract, name=f"again {terms.pk}")
        for cell in RateCell.objects.filter(rate_table=terms.rate_table_id):
            again(cell, rate_table=table)
        again(terms, contract=contract, rate_table=table, fact_no=no)
    file = PlanFile.objects.create(
        payer_id=contract.payer_id, sha256="1" * 64, name="mmr", size=1, received_by_name="test"
    )
    # The members too come in another order, so that their ids say nothing.
    chance.shuffle(world.members)
    members = {
        member.pk: Member.objects.create(
            payer_id=contract.payer_id, plan_member_id=member.plan_member_id, uuid=uuid4()
        )
        for member in world.members
    }
    known = [row for model in FACTS_OF_MEMBERS for row in model.objects.current()]
    known += [row for model in FACTS_OF_THE_NETWORK for row in model.objects.current()]
    known += [*Receipt.objects.all(), *Premium.objects.all()]
    chance.shuffle(known)
    for number, row in enumerate(known):
        if number % 7 == 0:
            no, network = batch(contract), batch()
        if isinstance(row, FACTS_OF_THE_NETWORK):
            again(row, payer_party=contract.payer.party, fact_no=network)
            continue
        values = {"contract": contract} if hasattr(row, "contract_id") else {}
        values |= {"file": file} if isinstance(row, Premium) else {}
        again(row, member=members[row.member_id], fact_no=no, **values)
    return contract


def again(row, **values) -> None:
    """The same row once more, but for these values."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    kept.pop(row._meta.pk.attname)
    for name in values:
        kept.pop(row._meta.get_field(name).attname)
    type(row).objects.create(**kept, **values)
