"""Whoever recorded what a month is the first to use does not approve it, however early it was."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from capitation.actions.contracts import add_rate_table, set_terms
from capitation.actions.members import assign_pcp, end_coverage
from capitation.actions.runs import SamePerson, approve_run, calculate_run, open_run, post_run
from capitation.models import (
    Contract,
    CoverageSpan,
    MemberCounty,
    MemberStatus,
    PcpAssignment,
    Receipt,
    RiskScore,
    Run,
    Terms,
)
from capitation.queries.proofs import makers
from credentialing.models import Exclusivity, Participation
from ipaportal.core.actors import Actor
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    TERMS,
    SmallWorld,
    make_small_world,
)
from tests.factories import CLOCK, batch, fact, make_contract, make_practitioner, supersede
from tests.kept import kept

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
NOVEMBER_6 = datetime(2026, 11, 6, 12, tzinfo=UTC)
DAYS = {SEPTEMBER: SEPTEMBER_5, OCTOBER: OCTOBER_5, NOVEMBER: NOVEMBER_6}
ROLES = frozenset({("finance_approver", 1), ("network_admin", 1)})
# Sato approves and has a hand in inputs; Tan approves and does nothing else.
SATO, TAN = Actor(911, "Sato", ROLES), Actor(912, "Tan", ROLES)
RATES = b"plan_code,sex,age_from,age_to,rate_pmpm\nA,F,0,120,320\nA,M,0,120,300\n"


@kept
def world() -> SmallWorld:
    return make_small_world()


def calculated(contract: Contract, month: date) -> Run:
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=DAYS[month])
    return calculate_run(actor=CLOCK, run_id=run.pk, now=DAYS[month])


def post(run: Run, actor: Actor) -> Run:
    now = DAYS[run.month]
    approve_run(actor=actor, run_id=run.pk, seen_digest=run.digest, now=now)
    return post_run(actor=CLOCK, run_id=run.pk, now=now)


def refuses(run: Run, actor: Actor) -> None:
    with pytest.raises(SamePerson, match="Nothing was changed"):
        approve_run(actor=actor, run_id=run.pk, seen_digest=run.digest, now=DAYS[run.month])


def own_approvals() -> int:
    (found,) = [one for one in every_invariant() if one.name.endswith("approved_their_own_run")]
    return check_invariant(found).count


def pcp(world: SmallWorld, actor: Actor, day: date) -> None:
    assign_pcp(
        actor=actor,
        member_id=world.members["Ann"].pk,
        practitioner_id=world.pcps["Alvarez"].pk,
        effective_date=day,
        reason="asked",
        now=SEPTEMBER_5,
    )


def coverage(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"member": world.members["Cal"], "contract": world.contract, "plan_code": "B"}
    fact(CoverageSpan, batch(world.contract, actor), day, **values)


def coverage_end(world: SmallWorld, actor: Actor, day: date) -> None:
    end_coverage(
        actor=actor,
        member_id=world.members["Ray"].pk,
        contract_id=world.contract.pk,
        first_day_not_covered=day,
        reason="moved away",
        now=SEPTEMBER_5,
    )


def status(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"member": world.members["Bea"], "status": "hospice"}
    fact(MemberStatus, batch(world.contract, actor), day, **values)


def risk(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"member": world.members["Bea"], "score": Decimal("1.3")}
    fact(RiskScore, batch(world.contract, actor), day, **values)


def participation(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"practitioner": make_practitioner(3), "practice": world.bell}
    payer = world.contract.payer.party
    fact(Participation, batch(None, actor), day, payer_party=payer, **values)


def county(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"member": world.members["Bea"], "county_code": "06037"}
    fact(MemberCounty, batch(world.contract, actor), day, **values)


def exclusivity(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {"practice": world.bell, "source": "amendment", "recorded_by": actor.name}
    payer = world.contract.payer.party
    fact(Exclusivity, batch(None, actor), day, payer_party=payer, **values)


def money(world: SmallWorld, actor: Actor, day: date) -> None:
    Receipt.objects.create(
        contract=world.contract,
        member=world.members["Ann"],
        coverage_month=day,
        amount_cents=100,
        fact_no=batch(world.contract, actor),
    )


def terms(world: SmallWorld, actor: Actor, day: date) -> None:
    values = {**TERMS, "withhold_pct": Decimal(5), "rate_model": "flat", "flat_pmpm": Decimal(40)}
    set_terms(
        actor=actor, contract_id=world.contract.pk, start_month=day, values=values, now=SEPTEMBER_5
    )


def rate_table(world: SmallWorld, actor: Actor, day: date) -> None:
    """Sato brings the table, Quinn sets the terms that use it."""
    table = add_rate_table(
        actor=actor, contract_id=world.contract.pk, name="2027", data=RATES, now=SEPTEMBER_5
    )
    values = {**TERMS, "rate_table": table}
    set_terms(
        actor=QUINN, contract_id=world.contract.pk, start_month=day, values=values, now=SEPTEMBER_5
    )


KINDS = [pcp, coverage, coverage_end, status, risk, county, participation, exclusivity]
KINDS += [money, terms, rate_table]
Recording = Callable[[SmallWorld, Actor, date], None]


@pytest.mark.parametrize("recording", KINDS, ids=lambda kind: kind.__name__)
def test_who_recorded_ahead_does_not_approve_the_first_month_that_uses_it(world, recording):
    post(calculated(world.contract, SEPTEMBER), TAN)
    recording(world, SATO, NOVEMBER)
    october = calculated(world.contract, OCTOBER)
    if recording is not rate_table:
        assert SATO.user_id in makers(october)  # Recorded since September's run, as ever.
    post(october, TAN)
    november = calculated(world.contract, NOVEMBER)
    assert makers(november) - {QUINN.user_id} == {SATO.user_id}
    refuses(november, SATO)
    assert post(november, TAN).status == "posted"
    assert own_approvals() == 0
    # The invariant says the same of whoever got past the action.
    Run.objects.filter(pk=november.pk).update(approved_by_id=SATO.user_id)
    assert own_approvals() == 1


@pytest.mark.parametrize("recording", KINDS, ids=lambda kind: kind.__name__)
def test_who_recorded_ahead_approves_the_month_after_the_first_that_uses_it(world, recording):
    recording(world, SATO, OCTOBER)
    september = calculated(world.contract, SEPTEMBER)
    if recording is not rate_table:
        refuses(september, SATO)
    post(september, TAN)
    october = calculated(world.contract, OCTOBER)
    refuses(october, SATO)
    post(october, TAN)
    november = calculated(world.contract, NOVEMBER)
    assert makers(november) == set()
    assert post(november, SATO).status == "posted"
    assert own_approvals() == 0


def test_a_day_within_the_month_counts_where_the_terms_first_read_it(world):
    """By the first day of the month, a PCP from October 15 is paid for November first."""
    post(calculated(world.contract, SEPTEMBER), TAN)
    pcp(world, SATO, date(2026, 10, 15))
    post(calculated(world.contract, OCTOBER), TAN)
    refuses(calculated(world.contract, NOVEMBER), SATO)


def test_a_day_within_the_month_counts_in_that_month_where_days_are_paid(world):
    values = {**TERMS, "assignment_rule": "daily", "rate_model": "percent", "rate_pct": Decimal(30)}
    set_terms(
        actor=QUINN,
        contract_id=world.contract.pk,
        start_month=SEPTEMBER,
        values=values,
        now=SEPTEMBER_5,
    )
    pcp(world, SATO, date(2026, 10, 15))
    post(calculated(world.contract, SEPTEMBER), TAN)
    october = calculated(world.contract, OCTOBER)
    refuses(october, SATO)
    post(october, TAN)
    assert post(calculated(world.contract, NOVEMBER), SATO).status == "posted"


def test_what_is_left_of_a_fact_stays_its_first_recorders(world):
    """A later recording cuts Sato's assignment short; until then it still says what Sato said."""
    pcp(world, SATO, OCTOBER)
    post(calculated(world.contract, SEPTEMBER), TAN)
    assign_pcp(
        actor=QUINN,
        member_id=world.members["Ann"].pk,
        practitioner_id=world.pcps["Bell"].pk,
        effective_date=NOVEMBER,
        reason="asked",
        now=SEPTEMBER_5,
    )
    rest = PcpAssignment.objects.current().get(
        member=world.members["Ann"], practitioner=world.pcps["Alvarez"]
    )
    assert rest.end_date == NOVEMBER
    assert makers(calculated(world.contract, OCTOBER)) == {SATO.user_id, QUINN.user_id}


def test_terms_split_by_later_ones_stay_their_first_recorders(world):
    terms(world, SATO, OCTOBER)
    post(calculated(world.contract, SEPTEMBER), TAN)
    terms(world, QUINN, NOVEMBER)
    rest = Terms.objects.current().get(contract=world.contract, effective_date=OCTOBER)
    assert rest.end_date == NOVEMBER
    assert makers(calculated(world.contract, OCTOBER)) == {SATO.user_id, QUINN.user_id}


def test_what_was_taken_back_before_its_month_makes_nobody_a_maker(world):
    pcp(world, SATO, NOVEMBER)
    post(calculated(world.contract, SEPTEMBER), TAN)
    mine = PcpAssignment.objects.current().get(
        member=world.members["Ann"], practitioner=world.pcps["Alvarez"]
    )
    supersede(mine, batch(world.contract))
    post(calculated(world.contract, OCTOBER), TAN)
    # Bell's span still ends where Sato's began: nobody has Ann, and that was Sato.
    bells = PcpAssignment.objects.current().get(
        member=world.members["Ann"], practitioner=world.pcps["Bell"]
    )
    assert makers(calculated(world.contract, NOVEMBER)) == {SATO.user_id}
    supersede(bells, batch(world.contract))
    values = {"member": world.members["Ann"], "practitioner": world.pcps["Bell"]}
    fact(PcpAssignment, batch(world.contract), SEPTEMBER, assigned_by="plan", **values)
    run = Run.objects.get(month=NOVEMBER)
    calculate_run(actor=CLOCK, run_id=run.pk, now=NOVEMBER_6)
    assert makers(run) == set()


def test_a_file_that_nobody_brought_makes_nobody_a_maker(world):
    coverage(world, CLOCK, OCTOBER)
    post(calculated(world.contract, SEPTEMBER), TAN)
    assert makers(calculated(world.contract, OCTOBER)) == set()


def test_facts_of_another_payers_members_make_nobody_a_maker(world):
    other = make_contract("MOON", SEPTEMBER)
    member = world.members["Bea"]
    post(calculated(world.contract, SEPTEMBER), TAN)
    fact(RiskScore, batch(other, SATO), NOVEMBER, member=member, score=Decimal(1))
    post(calculated(world.contract, OCTOBER), TAN)
    assert makers(calculated(world.contract, NOVEMBER)) == set()


@pytest.mark.parametrize("long_ago", [pcp, status, risk, county], ids=lambda kind: kind.__name__)
def test_who_recorded_long_ago_what_only_new_coverage_brings_into_use(world, long_ago):
    """Sato's fact lies on days nobody covered, until Quinn's correction covers them."""
    who = {"pcp": "Ann"}.get(long_ago.__name__, "Bea")
    supersede(world.coverage[who], batch(world.contract))
    long_ago(world, SATO, SEPTEMBER)
    refuses(calculated(world.contract, SEPTEMBER), SATO)
    post(Run.objects.get(month=SEPTEMBER), TAN)
    post(calculated(world.contract, OCTOBER), TAN)
    values = {"member": world.members[who], "contract": world.contract, "plan_code": "A"}
    fact(CoverageSpan, batch(world.contract, QUINN), SEPTEMBER, **values)
    november = calculated(world.contract, NOVEMBER)
    assert SATO.user_id in makers(november)
    refuses(november, SATO)
    assert post(november, TAN).status == "posted"
    assert own_approvals() == 0


def test_who_let_a_practitioner_take_part_long_before_anybody_was_assigned(world):
    """Sato's participation is first used when Quinn gives the practitioner a member."""
    participation(world, SATO, SEPTEMBER)
    post(calculated(world.contract, SEPTEMBER), TAN)
    new = Participation.objects.latest("pk").practitioner
    assign_pcp(
        actor=QUINN,
        member_id=world.members["Ann"].pk,
        practitioner_id=new.pk,
        effective_date=OCTOBER,
        reason="asked",
        now=SEPTEMBER_5,
    )
    assert makers(calculated(world.contract, OCTOBER)) == {SATO.user_id, QUINN.user_id}


def test_facts_of_before_the_contract_count_in_its_first_run(world):
    """A second contract with the payer: who assigned its members' PCPs is a maker of its run."""
    pcp(world, SATO, OCTOBER)
    terms(world, QUINN, NOVEMBER)
    second = Contract.objects.create(
        payer=world.contract.payer, name="SUN Special", start_month=OCTOBER
    )
    fact(Terms, batch(second), OCTOBER, contract=second)
    assert makers(calculated(second, OCTOBER)) == {SATO.user_id}
