"""What a practice's exclusivity and a member's county do to a run, from their day on."""

from datetime import date
from decimal import Decimal

import pytest

from capitation.actions.contracts import add_rate_table, set_terms
from capitation.actions.runs import calculate_run, open_run
from capitation.models import MemberCounty, PlanFile, Premium, Run, Waterfall
from capitation.queries.contracts import contract_page
from capitation.queries.explain import explain_line
from credentialing.actions.exclusivities import set_exclusivity
from ipaportal.core.actors import Actor
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    SEPTEMBER,
    SEPTEMBER_5,
    TERMS,
    SmallWorld,
    bring_october,
    make_small_world,
    run_month,
)
from tests.factories import CLOCK, batch, make_contract
from tests.planfiles import a_member, an_834, an_mmr, take

pytestmark = pytest.mark.django_db
NADIA = Actor(31, "Nadia", frozenset({("network_admin", 1)}))
ALWAYS = date(1900, 1, 1)
RATES = b"""plan_code,sex,age_from,age_to,rate_pmpm,county_code
A,F,0,120,310,
A,M,0,120,280,
A,F,0,120,333.33,06037
"""


@pytest.fixture
def world() -> SmallWorld:
    return make_small_world()


def agree(world: SmallWorld, **values: object) -> None:
    set_terms(
        actor=QUINN,
        contract_id=world.contract.pk,
        start_month=SEPTEMBER,
        values={**TERMS, **values},
        now=SEPTEMBER_5,
    )


def premiums(world: SmallWorld, month: date) -> None:
    file = PlanFile.objects.first()
    no = batch(world.contract)
    for number, member in enumerate(world.members.values(), start=100 * month.month):
        Premium.objects.create(
            contract=world.contract,
            member=member,
            coverage_month=month,
            amount_cents=123456,
            file=file,
            line_no=number,
            fact_no=no,
        )


def bind(world: SmallWorld, start: date) -> None:
    set_exclusivity(
        actor=NADIA,
        practice_id=world.bell.pk,
        payer_party_id=world.contract.payer.party_id,
        is_exclusive=True,
        effective_date=start,
        end_date=None,
        source="amendment 2",
        now=SEPTEMBER_5,
    )


def rows(run: Run, month: date) -> dict[str, Waterfall]:
    found = Waterfall.objects.filter(run_id=run.pk, coverage_month=month)
    return {row.member.plan_member_id: row for row in found.select_related("member")}


def test_an_exclusivity_told_late_raises_what_the_plan_owes_and_pays_nobody_more(world):
    agree(world, rate_model="flat", flat_pmpm=Decimal(40), exclusivity_pct=Decimal(2))
    premiums(world, SEPTEMBER)
    september = rows(run_month(world, SEPTEMBER, SEPTEMBER_5), SEPTEMBER)
    assert {row.expected_cents for row in september.values()} == {98765}
    bind(world, SEPTEMBER)
    bring_october(world)
    run = run_month(world, OCTOBER, OCTOBER_5)
    late = rows(run, SEPTEMBER)
    assert set(late) == {"M-ANN", "M-BEA", "M-CAL", "M-DAN", "M-HAL"}  # Ray's practice is free
    ann = late["M-ANN"]
    assert (ann.reason, ann.expected_cents, ann.provider_cents) == ("TERMS", 2469, 0)
    assert (ann.premium_cents, ann.received_cents, ann.exclusive_days) == (0, 0, 30)
    assert late["M-DAN"].reason == "TERM"


def test_the_contract_page_says_and_draws_the_addition(world):
    agree(world, rate_model="percent", rate_pct=Decimal(30), exclusivity_pct=Decimal(2))
    page = contract_page(actor=QUINN, contract_id=world.contract.pk, today=SEPTEMBER)
    assert "2 % more for practices exclusive with it" in page.says
    assert page.note.endswith("of which the plan pays $800.00")
    assert "exclusive with the plan" in page.exclusive_note
    assert page.exclusive_note.endswith("$820.00")
    agree(world, rate_model="percent", rate_pct=Decimal(30))
    page = contract_page(actor=QUINN, contract_id=world.contract.pk, today=SEPTEMBER)
    assert page.exclusive_picture is None


def texts(node) -> str:
    return " ".join([node.what, node.value, node.why, *(texts(part) for part in node.parts)])


def test_an_amount_opens_down_to_the_addition_and_the_county(world):
    table = add_rate_table(
        actor=QUINN, contract_id=world.contract.pk, name="counties", data=RATES, now=SEPTEMBER_5
    )
    agree(world, rate_table=table, exclusivity_pct=Decimal(2))
    premiums(world, SEPTEMBER)
    bind(world, SEPTEMBER)
    live(world, "Ann", "06037", ALWAYS)
    run = run_month(world, SEPTEMBER, SEPTEMBER_5)
    told = explain_line(
        actor=QUINN,
        run_id=run.pk,
        member_id=world.members["Ann"].pk,
        coverage_month=SEPTEMBER,
        payee_id=world.bell.party_id,
    )
    words = texts(told.node)
    assert "80 % of the CMS premium $1,234.56, and 2 % more for a practice exclusive" in words
    assert "county 06037" in words
    assert rows(run, SEPTEMBER)["M-ANN"].provider_cents == 36833  # 333.33 × 1.105
    assert rows(run, SEPTEMBER)["M-BEA"].provider_cents == 31000


def live(world: SmallWorld, name: str, county: str, start: date) -> None:
    MemberCounty.objects.create(
        member=world.members[name],
        county_code=county,
        effective_date=start,
        fact_no=batch(world.contract),
        recorded_at=SEPTEMBER_5,
    )


def test_a_move_to_another_county_is_a_retro_line_with_its_reason(world):
    table = add_rate_table(
        actor=QUINN, contract_id=world.contract.pk, name="counties", data=RATES, now=SEPTEMBER_5
    )
    agree(world, rate_table=table)
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    live(world, "Bea", "06037", SEPTEMBER)
    live(world, "Ray", "06037", SEPTEMBER)  # no rate for men there: everybody's
    bring_october(world)
    late = rows(run_month(world, OCTOBER, OCTOBER_5), SEPTEMBER)
    bea = late["M-BEA"]
    assert (bea.reason, bea.provider_cents, bea.county_code) == ("COUNTY", 2333, "06037")
    assert "M-RAY" not in late


def counties() -> list[tuple]:
    found = MemberCounty.objects.current().order_by("effective_date")
    return list(found.values_list("effective_date", "end_date", "county_code"))


def test_a_file_says_from_when_a_member_lives_elsewhere():
    contract = make_contract()
    take(contract, an_834([a_member("M1", city="TOWN", county_code="06037")]))
    assert counties() == [(ALWAYS, None, "06037")]
    moved = {"city": "BURG", "county_code": "06019", "dates": (("303", "20260315"),)}
    take(contract, an_834([a_member("M1", "001", **moved)]))
    march = date(2026, 3, 1)
    assert counties() == [(ALWAYS, march, "06037"), (march, None, "06019")]
    again = take(contract, an_834([a_member("M1", "030", city="BURG", county_code="06019")]))
    assert again.counts.get("county_changes", 0) == 0


def test_a_plan_paid_by_its_report_says_counties_in_its_report():
    contract = make_contract()
    contract.remittance_source = "mmr"
    contract.save()
    mbi, total = "1EG4TE5MK73", Decimal(1000)
    take(contract, an_834([a_member("M1", mbi=mbi, city="TOWN", county_code="06037")]))
    assert counties() == []  # the files use different codes
    take(contract, an_mmr([{"mbi": mbi, "total_payment": total}]), "mmr.txt")
    assert counties() == [(ALWAYS, None, "05200")]
    february = {"adj_start": date(2026, 2, 1), "adj_end": date(2026, 2, 28), "arc": "06"}
    change = {"mbi": mbi, "total_payment": Decimal(5), "state_county": "05100", **february}
    report = {"run_date": date(2026, 3, 24)}
    take(contract, an_mmr([{**change, **report}]), "mmr2.txt")
    feb, mar = date(2026, 2, 1), date(2026, 3, 1)
    assert counties() == [(ALWAYS, feb, "05200"), (feb, mar, "05100"), (mar, None, "05200")]


def test_a_missing_rate_of_a_county_is_held_where_none_is_for_everybody(world):
    data = b"plan_code,sex,age_from,age_to,rate_pmpm,county_code\nA,F,0,120,300,06037\n"
    table = add_rate_table(
        actor=QUINN, contract_id=world.contract.pk, name="one county", data=data, now=SEPTEMBER_5
    )
    agree(world, rate_table=table, missing_rate="hold")
    live(world, "Bea", "06037", ALWAYS)
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=SEPTEMBER, now=SEPTEMBER_5)
    found = rows(calculate_run(actor=CLOCK, run_id=run.pk, now=SEPTEMBER_5), SEPTEMBER)
    assert found["M-BEA"].provider_cents == 30000
    assert (found["M-ANN"].provider_cents, found["M-ANN"].zero_reason) == (0, "held_rate")
