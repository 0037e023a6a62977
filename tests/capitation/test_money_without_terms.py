"""Money for a month that no terms cover is in no run, is seen, and is neither lost nor hidden."""

from datetime import UTC, date, datetime

import pytest

from capitation.actions.runs import approve_run, calculate_run, open_run, post_run
from capitation.actions.worklists import (
    NoTermsForMonth,
    OutOfReach,
    PostedOutOfReach,
    apply_suspense,
    return_suspense,
)
from capitation.models import Receipt, Terms, Waterfall
from capitation.queries.proofs import waiting_money
from capitation.queries.worklists import suspense, without_terms_list, worklist_counts
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    RECEIVED,
    REYES,
    SEPTEMBER,
    SEPTEMBER_5,
    TERMS,
    make_small_world,
    receive,
    run_month,
)
from tests.factories import CLOCK, batch, fact, supersede
from tests.kept import kept

pytestmark = pytest.mark.django_db
AUGUST, NOVEMBER = date(2026, 8, 1), date(2026, 11, 1)
NOVEMBER_6 = datetime(2026, 11, 6, 12, tzinfo=UTC)


@kept
def world():
    return make_small_world()


def set_terms(world, *spans, **values) -> None:
    no = batch(world.contract)
    for old in Terms.objects.current().filter(contract=world.contract):
        supersede(old, no)
        table = old.rate_table
    for start, end in spans:
        given = {**TERMS, **values, "contract": world.contract, "rate_table": table}
        fact(Terms, no, start, end, **given)


def waits() -> list[tuple]:
    rows = without_terms_list(actor=QUINN)[0:10]
    return [(row.plan_member_id, row.month, row.amount_cents) for row in rows]


def run(world, month, now):
    one = open_run(actor=CLOCK, contract_id=world.contract.pk, month=month, now=now)
    one = calculate_run(actor=CLOCK, run_id=one.pk, now=now)
    approve_run(actor=REYES, run_id=one.pk, seen_digest=one.digest, now=now)
    return post_run(actor=CLOCK, run_id=one.pk, now=now)


def told(month) -> int:
    return sum(Waterfall.objects.filter(coverage_month=month).values_list("received_cents", flat=1))


def breaches() -> dict[str, int]:
    checks = [check_invariant(one) for one in every_invariant()]
    money = ("is_conserved", "clearing_agrees")
    return {c.name: c.count for c in checks if c.count and c.name.endswith(money)}


def test_money_for_before_the_contract_waits_where_it_is_seen(world):
    receive(world, SEPTEMBER, {"Ann": 12345}, of=AUGUST)
    assert waits() == [("M-ANN", AUGUST, 12345)]
    assert suspense(actor=QUINN) == []
    assert worklist_counts(actor=QUINN, month=SEPTEMBER)["without_terms"] == (1, 12345)
    september = run_month(world, SEPTEMBER, SEPTEMBER_5)
    assert september.totals["received"] == 6 * RECEIVED
    assert waiting_money(september) == {"no_terms_cents": 12345, "out_of_lookback_cents": 0}
    (proof,) = [p for p in september.report["proofs"] if p["name"] == "received_conserved"]
    assert proof["rows"] == 0
    assert "$123.45 for months no terms cover" in proof["says"]
    assert "conserved" not in str(breaches())


def test_moves_it_to_a_month_with_terms_only_or_returns_it(world):
    receive(world, SEPTEMBER, {"Ann": 12345}, of=AUGUST)
    ann = world.members["Ann"]
    given = {"actor": QUINN, "contract_id": world.contract.pk, "member_id": ann.pk}
    given |= {"month": AUGUST, "reason": "meant otherwise", "now": SEPTEMBER_5}
    for month in (date(2026, 7, 1), AUGUST):
        with pytest.raises(NoTermsForMonth, match=r"Nothing was moved.*Record terms"):
            apply_suspense(to_member_id=ann.pk, to_month=month, amount_cents=345, **given)
    assert Receipt.objects.filter(line=None).count() == 0
    apply_suspense(to_member_id=ann.pk, to_month=SEPTEMBER, amount_cents=10000, **given)
    return_suspense(amount_cents=2345, **given)
    assert waits() == []
    september = run_month(world, SEPTEMBER, SEPTEMBER_5)
    assert september.totals["received"] == 6 * RECEIVED + 10000
    assert waiting_money(september) == {"no_terms_cents": 0, "out_of_lookback_cents": 0}


def test_terms_recorded_for_a_gap_bring_its_money_into_the_next_run(world):
    """Cal is not covered in October: his money would be found by no change of coverage."""
    set_terms(world, (SEPTEMBER, OCTOBER), (NOVEMBER, None))
    run(world, SEPTEMBER, SEPTEMBER_5)
    receive(world, OCTOBER, {"Cal": 777, "Ann": RECEIVED})
    assert sorted(waits()) == [("M-ANN", OCTOBER, RECEIVED), ("M-CAL", OCTOBER, 777)]
    november = run(world, NOVEMBER, NOVEMBER_6)
    assert told(OCTOBER) == 0
    assert waiting_money(november)["no_terms_cents"] == RECEIVED + 777
    assert "conserved" not in str(breaches())
    set_terms(world, (SEPTEMBER, None))
    again = run(world, NOVEMBER, NOVEMBER_6)
    assert told(OCTOBER) == RECEIVED + 777
    assert waiting_money(again) == {"no_terms_cents": 0, "out_of_lookback_cents": 0}
    assert "conserved" not in str(breaches())


def test_a_longer_premium_look_back_takes_what_was_out_of_reach(world):
    set_terms(world, (SEPTEMBER, None), premium_lookback_months=0)
    run(world, SEPTEMBER, SEPTEMBER_5)
    receive(world, OCTOBER, {"Ann": 5000}, of=SEPTEMBER)
    october = run(world, OCTOBER, OCTOBER_5)
    assert waiting_money(october) == {"no_terms_cents": 0, "out_of_lookback_cents": 5000}
    assert told(SEPTEMBER) == 6 * RECEIVED
    assert "conserved" not in str(breaches())
    set_terms(world, (SEPTEMBER, None), premium_lookback_months=None)
    run(world, NOVEMBER, NOVEMBER_6)
    assert told(SEPTEMBER) == 6 * RECEIVED + 5000
    assert "conserved" not in str(breaches())


def test_does_not_move_money_to_where_the_next_run_does_not_look(world):
    """October's run looks back one month for money: to September, not to August."""
    set_terms(world, (AUGUST, None), premium_lookback_months=1)
    type(world.contract).objects.update(start_month=date(2026, 7, 1))
    run(world, SEPTEMBER, SEPTEMBER_5)
    receive(world, OCTOBER, {"Ann": 12345}, of=date(2026, 7, 1))
    ann = world.members["Ann"]
    given = {"actor": QUINN, "contract_id": world.contract.pk, "member_id": ann.pk}
    given |= {"month": date(2026, 7, 1), "reason": "meant otherwise", "now": OCTOBER_5}
    before = Receipt.objects.count()
    with pytest.raises(
        OutOfReach, match=r"September 2026.*October 2026.*Nothing was moved.*return"
    ):
        apply_suspense(to_member_id=ann.pk, to_month=AUGUST, amount_cents=12345, **given)
    assert Receipt.objects.count() == before
    apply_suspense(to_member_id=ann.pk, to_month=SEPTEMBER, amount_cents=12345, **given)
    run(world, OCTOBER, OCTOBER_5)
    assert told(SEPTEMBER) == 6 * RECEIVED + 12345
    assert "conserved" not in str(breaches())


def test_leaves_suspense_that_a_run_posted_and_no_coming_run_would_release(world):
    """Cal is not covered in October; November's run looks back no month, then a month."""
    set_terms(world, (SEPTEMBER, None), premium_lookback_months=1)
    run(world, SEPTEMBER, SEPTEMBER_5)
    receive(world, OCTOBER, {"Cal": 777})
    run(world, OCTOBER, OCTOBER_5)
    set_terms(world, (SEPTEMBER, None), premium_lookback_months=0)
    cal, ann = world.members["Cal"], world.members["Ann"]
    given = {"actor": QUINN, "contract_id": world.contract.pk, "member_id": cal.pk}
    given |= {"month": OCTOBER, "amount_cents": 777, "reason": "not his", "now": NOVEMBER_6}
    refused = pytest.raises(PostedOutOfReach, match=r"November 2026.*twice.*Nothing was moved")
    with refused:
        return_suspense(**given)
    with refused:
        apply_suspense(to_member_id=ann.pk, to_month=NOVEMBER, **given)
    set_terms(world, (SEPTEMBER, None), premium_lookback_months=1)
    return_suspense(**given)
    run(world, NOVEMBER, NOVEMBER_6)
    assert told(OCTOBER) == 0
    assert breaches() == {}
