from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.calendar import (
    Missed,
    due_months,
    in_lookback,
    is_gap,
    missed_runs,
    next_month,
    next_opening,
    opens_on,
    roster_due,
    settlement_due,
)
from capitation.rules.carry import Payout, instalments, payout, recoup
from capitation.rules.membership import Bridge, bridge
from capitation.rules.reconciliation import Closing, Record, age_bucket, reconcile
from capitation.rules.variance import Cell, Month, Variance, variance
from ipaportal.core.spans import Span

OCT = date(2026, 10, 1)
GROUPS = st.dictionaries(st.integers(0, 12), st.sampled_from(["Alvarez", "Bell"]), max_size=12)
CENTS = st.integers(-1_000_000, 1_000_000)


def test_bridges_last_month_to_this():
    last = {1: "Alvarez", 2: "Alvarez", 3: "Bell", 4: "Bell"}
    this = {1: "Alvarez", 2: "Bell", 4: "Bell", 5: "Alvarez", 6: "Bell"}
    assert bridge(last, this, known_before={6}) == {
        "Alvarez": Bridge(opening=2, adds=1, moved_out=1, closing=2),
        "Bell": Bridge(opening=2, reinstated=1, moved_in=1, terms=1, closing=3),
    }


@given(GROUPS, GROUPS, st.sets(st.integers(0, 12)))
def test_bridges_always_close(last, this, known):
    bridges = bridge(last, this, known)
    assert all(b.holds for b in bridges.values())
    assert sum(b.moved_in for b in bridges.values()) == sum(b.moved_out for b in bridges.values())
    assert sum(b.closing for b in bridges.values()) == len(this)


def test_splits_a_variance_by_cause():
    last = Month({"A": Cell(10, 10_000), "B": Cell(10, 30_000)}, retro_cents=500)
    this = Month({"A": Cell(12, 13_200), "B": Cell(9, 27_000)}, -200, 1_000)
    # One member more at 2,000; A's rate up 100 for 12; B's at 3,000 unchanged.
    assert variance(last, this) == Variance(
        members=2000, rate=1200, mix=-3000, retro=-700, one_off=1000
    )
    assert variance(last, this).total == this.total_cents - last.total_cents == 500


def test_calls_all_of_a_first_month_members():
    assert variance(Month(), Month({"A": Cell(3, 301)})) == Variance(301, 0, 0, 0, 0)


MONTH = st.builds(
    Month,
    st.dictionaries(st.sampled_from("ABCD"), st.builds(Cell, st.integers(0, 50), CENTS)),
    CENTS,
    CENTS,
)


@given(MONTH, MONTH)
def test_sums_every_variance_exactly(last, this):
    assert variance(last, this).total == this.total_cents - last.total_cents


def cap(ref, cents):
    return Record(ref, "cap", cents)


def elig(ref, cents):
    return Record(ref, "elig", cents)


@pytest.mark.parametrize(
    ("_case", "records", "rules"),
    [
        ("two caps that cancel", [cap("a", 500), cap("b", -500)], [1]),
        ("two eligibilities that cancel", [elig("a", 500), elig("b", -500)], [2]),
        ("cap equals eligibility", [cap("a", 500), elig("b", 500)], [3]),
        ("totals equal", [cap("a", 300), cap("b", 200), elig("c", 500)], [4]),
        (
            "all four",
            [
                *[cap("a", 9), cap("b", -9), elig("c", 7), elig("d", -7), cap("e", 5)],
                *[elig("f", 5), cap("g", 3), cap("h", 1), elig("i", 4)],
            ],
            [1, 2, 3, 4],
        ),
    ],
)
def test_closes_by_the_four_rules(_case, records, rules):
    result = reconcile(records)
    assert [c.rule for c in result.closed] == rules
    assert (result.still_open, result.kind, result.difference_cents) == ((), None, 0)
    assert sorted(ref for c in result.closed for ref in c.refs) == sorted(r.ref for r in records)


@pytest.mark.parametrize(
    ("records", "kind", "gap"),
    [
        ([elig("a", 500)], "MISSING", -500),
        ([cap("a", 500)], "EXTRA", 500),
        ([cap("a", 499), elig("b", 500)], "AMOUNT", -1),
        ([cap("a", 500), cap("b", 500), elig("c", 500)], "DUPLICATE", 500),
    ],
)
def test_names_what_does_not_agree(records, kind, gap):
    result = reconcile(records)
    assert (result.kind, result.difference_cents) == (kind, gap)


def test_closes_late_money_next_month():
    first = reconcile([elig("a", 500)])
    later = reconcile([*first.still_open, cap("b", 500)])
    assert later.closed == (Closing(3, ("a", "b")),)
    assert reconcile([elig("a", 500)], retro_pending=True).kind == "RETRO_PENDING"


@given(
    st.lists(
        st.builds(
            Record, st.uuids().map(str), st.sampled_from(["cap", "elig"]), st.integers(-5, 5)
        ),
        max_size=8,
    )
)
def test_accounts_for_every_record_once(records):
    result = reconcile(records)
    refs = [ref for c in result.closed for ref in c.refs] + [r.ref for r in result.still_open]
    assert sorted(refs) == sorted(r.ref for r in records)
    gap = sum(r.cents if r.kind == "cap" else -r.cents for r in records)
    open_gap = sum(r.cents if r.kind == "cap" else -r.cents for r in result.still_open)
    assert open_gap == gap == result.difference_cents
    assert bool(result.still_open) == (result.kind is not None)


@pytest.mark.parametrize(
    ("today", "bucket"),
    [
        (date(2026, 10, 31), "up to 30 days"),
        (date(2026, 11, 1), "31 to 60 days"),
        (date(2026, 11, 30), "31 to 60 days"),
        (date(2026, 12, 1), "61 to 120 days"),
        (date(2027, 1, 29), "61 to 120 days"),
        (date(2027, 1, 30), "over 120 days"),
    ],
)
def test_ages_what_is_open(today, bucket):
    assert age_bucket(OCT, today) == bucket


def test_pays_navinets_bridge():
    assert payout(0, 1_306_627, -78_925, 114_840) == Payout(1_342_542, 1_342_542, 0, 0)


def test_takes_blue_shields_deficit_back_in_seventeen_instalments():
    schedule = instalments(9_831_753, 17, first_cents=700_344)
    assert schedule == [700_344] + [537_141] * 16 + [537_153]
    assert sum(schedule) == 9_831_753
    assert sum(schedule[1:]) == 9_131_409


def test_carries_forward_what_is_not_positive():
    assert payout(-5_000, 3_000) == Payout(-2_000, 0, 0, -2_000)
    assert payout(-3_000, 3_000) == Payout(0, 0, 0, 0)
    assert payout(-2_999, 3_000) == Payout(1, 1, 0, 0)
    assert payout(0, 3_000, held=True) == Payout(3_000, 0, 3_000, 0)
    assert payout(0, 3_000, recouped=1_000) == Payout(2_000, 2_000, 0, 0)


@given(CENTS, st.lists(CENTS, max_size=4), st.booleans())
def test_states_what_it_pays_holds_and_carries(opening, amounts, held):
    p = payout(opening, *amounts, held=held)
    assert p.paid + p.held + p.carried == p.balance == opening + sum(amounts)
    assert p.paid >= 0


@pytest.mark.parametrize(
    ("debt", "available", "cap_cents", "taken"),
    [
        (10_000, 4_000, None, 4_000),
        (10_000, 40_000, None, 10_000),
        (10_000, 40_000, 2_500, 2_500),
        (10_000, 1_000, 2_500, 1_000),
        (1_000, 40_000, 2_500, 1_000),
        (10_000, -5, 2_500, 0),
        (0, 5, None, 0),
    ],
)
def test_takes_back_no_more_than_the_cap(debt, available, cap_cents, taken):
    assert recoup(debt, available, cap_cents) == taken


def test_opens_on_the_run_day():
    assert opens_on(date(2026, 2, 1), 31) == date(2026, 2, 28)
    assert next_opening(date(2026, 10, 5), 5) == date(2026, 10, 5)
    assert next_opening(date(2026, 10, 6), 5) == date(2026, 11, 5)
    assert next_opening(date(2026, 12, 6), 5) == date(2027, 1, 5)


def test_lists_what_is_due():
    start = date(2026, 8, 1)
    assert due_months(start, date(2026, 10, 4), 5, [start]) == [date(2026, 9, 1)]
    assert due_months(start, date(2026, 10, 5), 5, [start]) == [date(2026, 9, 1), OCT]


def test_raises_the_alarm_for_a_run_that_did_not_happen():
    start, september = date(2026, 8, 1), date(2026, 9, 1)
    missed = Missed(september, date(2026, 9, 5), 35)
    assert missed_runs(start, date(2026, 10, 10), 5, [start]) == [missed]
    late = missed_runs(start, date(2026, 10, 11), 5, [start])
    assert late == [missed._replace(days_late=36), Missed(OCT, date(2026, 10, 5), 6)]


def test_knows_the_legal_due_dates():
    assert roster_due(OCT) == date(2026, 10, 15)
    assert settlement_due(date(2025, 12, 31)) == date(2026, 6, 29)


@pytest.mark.parametrize(
    ("month", "lookback", "within"),
    [
        (date(2026, 4, 1), 6, True),
        (date(2026, 3, 1), 6, False),
        (date(2016, 3, 1), None, True),
        (OCT, 0, True),
        (date(2026, 9, 1), 0, False),
        (date(2026, 11, 1), None, False),
    ],
)
def test_reaches_back_as_far_as_the_terms(month, lookback, within):
    assert in_lookback(month, OCT, lookback) is within


def test_months_before_terms_and_under_none_are_passed_over():
    jan, feb, mar, apr, may, jun = (date(2026, month, 1) for month in range(1, 7))
    terms = [Span(feb, mar), Span(apr, jun)]
    assert [is_gap(month, terms) for month in (jan, feb, mar, apr, jun)] == [
        *(True, False, True, False),
        False,  # After the last terms: its run is due, and waits for terms.
    ]
    assert next_month(jan, None, terms) == feb
    assert next_month(jan, feb, terms) == apr
    assert next_month(jan, may, terms) == jun
    assert next_month(jan, None, []) == jan
    assert due_months(jan, date(2026, 7, 1), 1, [feb], terms) == [apr, may, jun, date(2026, 7, 1)]
    assert [missed.month for missed in missed_runs(jan, date(2026, 6, 20), 1, [], terms=terms)] == [
        *(feb, apr, may, jun)
    ]
