"""Boundaries of the rules about money that mutation testing found unwatched: both sides of each."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from capitation.rules import bank_days
from capitation.rules.aba import check_digit
from capitation.rules.bank_days import bank_holidays, next_bank_day, previous_bank_day
from capitation.rules.carry import Payout, instalments, payout
from capitation.rules.days import (
    Assignment,
    CoverageSpan,
    Participation,
    Piece,
    counted_pieces,
    piece_without_pay,
)
from capitation.rules.difference import COMPONENTS, Rows, is_conserved, total
from capitation.rules.entitlement import Share
from capitation.rules.lifecycle import RUN, NotAllowed, after
from capitation.rules.painting import Brush, repaint
from capitation.rules.painting import Piece as Painted
from capitation.rules.rates import MissingInput, find_rate, find_risk
from capitation.rules.reasons import reason
from capitation.rules.reconciliation import Closing, Record, reconcile
from capitation.rules.terms import Step, Terms, sentence
from capitation.rules.traces import TraceInputs, TraceNode
from capitation.rules.variance import Cell, Month, Variance, variance
from ipaportal.core.money import split_to_largest
from ipaportal.core.spans import Span, subtract
from tests.capitation.test_rules_entitlement import (
    ALWAYS,
    BELL,
    DAILY,
    MARY,
    NOBODY,
    PERCENT,
    TERMS,
    covered,
    oct_day,
    of,
)
from tests.capitation.test_rules_reasons import GONE, PAID, WAITING

A, B = ("c", "A"), ("c", "B")


# ---- money ---------------------------------------------------------------------------------------


def test_divides_a_debt_at_the_edges_of_what_can_be_divided():
    assert instalments(100, 1) == [100]
    assert instalments(100, 3) == [33, 33, 34]
    assert instalments(100, 3, 1) == [1, 33, 33, 33]
    assert instalments(100, 1, 100) == [100, 0]
    assert instalments(0, 2) == [0, 0]
    for total_cents, count, first in ((100, 0, 0), (100, 1, 101), (100, 1, -1)):
        with pytest.raises(AssertionError):
            instalments(total_cents, count, first)


def test_pays_nothing_of_nothing():
    assert payout(100, -100) == payout(100, -100, held=True) == Payout(0, 0, 0, 0)
    assert payout(100, -99) == Payout(1, 1, 0, 0)
    assert payout(100, -101) == Payout(-1, 0, 0, -1)


def test_splits_by_no_weights_at_all_never():
    assert split_to_largest(5, [1]) == [5]
    with pytest.raises(AssertionError):
        split_to_largest(5, [0, 0])


def test_money_of_a_month_without_members_changes_with_its_members():
    last = Month({"A": Cell(0, 500)})
    assert variance(last, Month({"A": Cell(3, 301)})) == Variance(-199, 0, 0, 0, 0)


def test_rows_of_another_width_are_never_added_or_believed():
    with pytest.raises(ValueError, match="zip"):
        is_conserved((0,) * (len(COMPONENTS) - 1))
    key = (1, date(2026, 10, 1))
    with pytest.raises(ValueError, match="zip"):
        total([Rows({key: (1, 2)}, {}), Rows({key: (1, 2, 3)}, {})])
    with pytest.raises(ValueError, match="zip"):
        check_digit("1234567")


def test_money_for_a_month_without_coverage_says_all_that_was_read():
    facts = replace(covered(date(2026, 11, 1)), county="06019")
    found = of(facts, replace(TERMS, citation="section 4"))
    assert found.inputs == TraceInputs(terms_id=1, premium=123456, received=98765, county="06019")
    assert found.trace == (
        TraceNode(
            "suspense",
            98765,
            {"received": 98765, "covered_days": 0},
            "The member was not covered in this month: the money is owed back until matched.",
            "section 4",
        ),
    )
    assert found.month_days == 31


def test_only_a_status_that_the_terms_name_is_unpaid():
    terms = replace(TERMS, unpaid_statuses=frozenset({"hospice"}))
    for statuses in (frozenset(), frozenset({"esrd"})):
        found = of(replace(MARY, statuses=statuses), terms)
        assert (found.zero_reason, found.inputs.status, found.provider) == (None, None, 34255)


def test_whoever_is_not_paid_and_has_no_payee_is_listed_with_nobody():
    late = replace(covered(oct_day(20)), participations=())
    assert of(late).shares == (Share(NOBODY, 12, 0, 0, 0),)


def test_what_stops_a_run_says_what_is_missing_and_what_to_do():
    said = [str(MissingInput(7, date(2026, 10, 1), what)) for what in ("rate", "risk")]
    assert said == [
        f"Member 7 has no {what} for October 2026, and the terms say that this stops the run. "
        "Nothing was calculated. Add what is missing or change the terms, then calculate again."
        for what in ("rate", "risk score")
    ]


def test_a_rate_in_percent_reads_no_table_and_no_risk():
    assert find_rate("A", "F", 76, None, PERCENT, {}).value == PERCENT.rate_pct
    assert find_risk(MARY, replace(PERCENT, risk_adjusted=True)) is None
    assert find_risk(MARY, TERMS).value == MARY.risk


def test_a_table_is_read_only_for_whom_it_can_speak_of():
    cells = {("A", None, 76): 1, ("A", "F", None): 2, ("A", "F", 0): 3}
    assert find_rate("A", None, 76, None, TERMS, cells).value is None
    assert find_rate("A", "F", None, None, TERMS, cells).value is None
    assert find_rate("A", "F", 0, None, TERMS, cells).value == 3


BARE = Terms(terms_id=1, rate_model="flat", flat_pmpm=Decimal("100"), pay_basis="eligibility")
ENDS = "Changes reach back 6 months, the plan's own premium changes without limit. What is left "
FIRST_DAY = "The PCP on the first day of the month is paid for the month. "


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["The PCP's practice earns $100.00 per member and month. "]),
        ({"lookback_months": 1}, ["Changes reach back 1 month, "]),
        ({"lookback_months": 2, "premium_lookback_months": 1}, ["2 months, ", "for 1 month."]),
        ({"premium_lookback_months": 12}, ["premium changes for 12 months."]),
        ({"exclusivity_pct": Decimal(2)}, [
            "The plan pays 80 % of the CMS premium, and 2 % more for practices exclusive with it. "
        ]),
        ({"sequestration_pct": Decimal(2), "sequestration_borne_by": "ipa"}, [
            "The plan pays 80 % of the CMS premium, less 2 % sequestration. "
        ]),
        ({"sequestration_pct": Decimal(2), "sequestration_borne_by": "plan"}, [
            "The plan pays 80 % of the CMS premium. "
        ]),
        ({"sequestration_pct": Decimal(0), "sequestration_borne_by": "ipa"}, [
            "The plan pays 80 % of the CMS premium. "
        ]),
        ({"rate_model": "age_sex", "risk_adjusted": True}, [
            "The PCP's practice earns the rate of the member's plan, sex and age on the first of "
            "the month, times the member's risk score. "
        ]),
        ({"rate_model": "percent", "rate_pct": Decimal(30), "risk_adjusted": True}, [
            "The PCP's practice earns 30 % of what the plan paid. "
        ]),
        ({"unpaid_statuses": frozenset({"hospice"})}, [
            "; members with status hospice are not paid. "
        ]),
        ({"admin_fee": Step("pct", Decimal(8))}, [
            "The IPA takes 8 % of what the plan paid as the administrative fee. "
        ]),
        ({"assignment_rule": "as_of_day", "assignment_day": 10}, [
            " The PCP on day 10 is paid for the month. "
        ]),
        ({"assignment_rule": "fifteen_thirty", "assignment_day": 15}, [
            " A change up to day 15 counts for the whole month, a later one from the next. "
        ]),
        ({"assignment_rule": "daily"}, [" Months are divided by days. "]),
    ],
)  # fmt: skip
def test_says_every_kind_of_terms(changes, said):
    text = sentence(replace(BARE, **changes))
    assert [part for part in said if part not in text] == []
    assert text.startswith("The plan pays 80 % of the CMS premium")
    if not changes.keys() & {"assignment_rule"}:
        assert FIRST_DAY in text
    if not changes.keys() & {"lookback_months", "premium_lookback_months"}:
        assert text.endswith(f"{ENDS}stays with the IPA.")


# ---- days ----------------------------------------------------------------------------------------


def test_takes_days_away_at_the_edges():
    def days(start, end):
        return Span(oct_day(start), oct_day(end))

    assert subtract([days(1, 9)], [days(5, 9)]) == [days(1, 5)]
    assert subtract([days(1, 9)], [days(1, 5)]) == [days(5, 9)]
    assert subtract([days(1, 20)], [days(5, 9)]) == [days(1, 5), days(9, 20)]
    assert subtract([days(1, 9)], [days(1, 9)]) == []


def test_days_begin_again_where_coverage_does():
    gap = replace(
        MARY, coverage=(CoverageSpan("A", ALWAYS, oct_day(10)), CoverageSpan("A", oct_day(15)))
    )
    assert [piece.days for piece in counted_pieces(gap, DAILY, NOBODY)] == [9, 17]


def test_whoever_is_not_paid_is_listed_with_the_doctor_of_the_last_day():
    moved = replace(
        covered(ALWAYS, oct_day(20)),
        assignments=(Assignment(12, ALWAYS, oct_day(19)), Assignment(15, oct_day(19))),
    )
    assert piece_without_pay(moved, NOBODY) == Piece(0, "A", 15, BELL)
    nowhere = replace(moved, participations=(Participation(12, BELL, ALWAYS),))
    assert piece_without_pay(nowhere, NOBODY).payee_id == NOBODY


@pytest.fixture
def fresh_holidays():
    """A year's holidays are kept once they are known: ask anew."""
    bank_holidays.cache_clear()


def test_keeps_the_holidays_of_the_federal_reserve(fresh_holidays):
    names = [one.name for one in bank_days.HOLIDAYS]
    # frbservices.org/about/holiday-schedules for 2026; Independence Day is a Saturday.
    days = ["01-01", "01-19", "02-16", "05-25", "06-19", "07-04"]
    days += ["09-07", "10-12", "11-11", "11-26", "12-25"]
    assert bank_holidays(2026) == {
        date.fromisoformat(f"2026-{day}"): name for day, name in zip(days, names, strict=True)
    }
    # 2025: Labor Day is the very first of its month, Thanksgiving not the last Thursday but one.
    assert {date(2025, 9, 1), date(2025, 11, 27)} <= set(bank_holidays(2025))
    # 2023: New Year's Day on a Sunday is kept on the Monday.
    assert date(2023, 1, 2) in bank_holidays(2023)
    assert date(2023, 1, 1) not in bank_holidays(2023)


def test_steps_over_one_day_at_a_time(fresh_holidays):
    assert next_bank_day(date(2026, 11, 23)) == date(2026, 11, 24)
    assert previous_bank_day(date(2026, 11, 24)) == date(2026, 11, 23)
    assert next_bank_day(date(2026, 11, 25)) == date(2026, 11, 27)  # between them Thanksgiving
    assert previous_bank_day(date(2026, 11, 27)) == date(2026, 11, 25)
    assert next_bank_day(date(2026, 11, 27)) == date(2026, 11, 30)
    assert previous_bank_day(date(2026, 11, 30)) == date(2026, 11, 27)
    assert next_bank_day(date(2026, 12, 31)) == date(2027, 1, 4)


# ---- what is known, why it changed, what may come next -------------------------------------------


def day(number):
    return None if number is None else date(2026, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize(
    ("_case", "known", "start", "end", "value", "more", "expected"),
    [
        ("over two", [(0, 5, A), (7, None, A)], 3, 9, B, {}, [(0, 3, A), (3, 9, B), (9, None, A)]),
        ("up to the next", [(9, None, A)], 0, 9, A, {}, [(0, 9, A), (9, None, A)]),
        ("adds days", [(0, 5, A), (9, 20, A)], 3, 10, A, {"cuts": False}, [(0, 20, A)]),
        ("to the end", [(0, 9, A)], 5, 9, B, {}, [(0, 5, A), (5, 9, B)]),
        ("this contract's", [(0, None, A)], 0, None, None, {"only": "c"}, []),
    ],
)
def test_paints_at_the_edges(_case, known, start, end, value, more, expected):
    before = [Painted(day(s), day(e), v) for s, e, v in known]
    done = repaint(before, [Brush(day(start), day(end), value, **more)])
    after = sorted(
        [p for p in before if p not in done.removed] + done.added, key=lambda piece: piece.start
    )
    assert after == [Painted(day(s), day(e), v) for s, e, v in expected]


def test_what_was_painted_says_by_what():
    done = repaint([], [Brush(day(0), None, A, source="row 7")])
    assert [piece.source for piece in done.added] == ["row 7"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (WAITING, replace(WAITING, premium=1), "PREMIUM"),
        (GONE, replace(PAID, covered_days=1, counted_days=0), "REINSTATE"),
        (PAID, replace(PAID, covered_days=1), "ERROR"),
        (replace(PAID, premium=None), replace(PAID, premium=0), "ERROR"),
        (replace(PAID, premium=0), replace(PAID, premium=None), "ERROR"),
    ],
)
def test_names_the_reason_at_the_edges(before, after, code):
    assert reason(before, after, is_current_month=False, was_posted_before=True) == code


def test_refuses_what_no_state_knows_in_words():
    with pytest.raises(NotAllowed) as refused:
        after("no such state", "approve")
    assert str(refused.value) == (
        "It is no such state, so “approve” is not possible. Nothing was changed. This is final."
    )
    with pytest.raises(NotAllowed) as refused:
        after("approved", "approve", RUN)
    assert "What can happen next: calculate, post, fail, cancel, calculate again." in str(
        refused.value
    )
    assert refused.value.event == "approve"


def test_closes_a_pair_after_one_that_stays_open():
    records = [
        Record("a", "cap", 500),
        Record("b", "cap", 1000),
        Record("c", "cap", -1000),
    ]
    done = reconcile(records)
    assert done.closed == (Closing(1, ("b", "c")),)
    assert [one.ref for one in done.still_open] == ["a"]
