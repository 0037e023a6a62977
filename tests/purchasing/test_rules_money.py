"""Netting, Medicare limits, vendors' fees and savings: exact, on both sides of each line."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules import savings, underwater
from purchasing.rules.fees import (
    Bought,
    FeeReceipt,
    FeeTerms,
    disclose,
    disclosure_due,
    is_overdue,
    judge_fee,
)
from purchasing.rules.netting import LEAST_AGE, Authorisation, OpenCharge, cap_of, net
from purchasing.rules.savings import Baseline, BaselinePrice, saving_of, summary_of, tier_saving
from purchasing.rules.underwater import Limit, margin_of

D = Decimal
DAY = date(2026, 11, 28)
OLD = DAY - timedelta(days=40)
SIGNED = Authorisation(date(2026, 1, 1))


def taken(found) -> dict[str, int]:
    return {line.key: line.cents for line in found.lines}


def reasons(found) -> dict[str, str]:
    return {line.key: line.code for line in found.carried}


def test_takes_the_oldest_first_up_to_a_fifth_of_the_payout():
    charges = [
        OpenCharge("new", DAY - LEAST_AGE, 5_000),
        OpenCharge("old", OLD, 8_000),
        OpenCharge("older", OLD - timedelta(days=1), 9_000),
    ]
    found = net(charges, 100_000, SIGNED, DAY)
    assert taken(found) == {"older": 9_000, "old": 8_000, "new": 3_000}
    assert [(one.key, one.cents, one.code) for one in found.carried] == [("new", 2_000, "cap")]
    assert (found.cap_cents, found.paid_cents) == (20_000, 80_000)
    assert found.carried[0].reason == "The most that may be taken this time is $200.00."


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_disputed": True}, "disputed"),
        ({"is_received": False}, "not_received"),
        ({"posted_on": DAY - LEAST_AGE + timedelta(days=1)}, "too_new"),
        ({"posted_on": DAY - LEAST_AGE}, None),
        ({"cents": -10, "is_disputed": True}, "disputed"),
    ],
)
def test_takes_only_what_is_posted_received_undisputed_and_old_enough(changed, code):
    found = net([replace(OpenCharge("one", OLD, 100), **changed)], 100_000, SIGNED, DAY)
    assert reasons(found).get("one") == code


@pytest.mark.parametrize(
    ("authorisation", "code"),
    [
        (None, "not_authorised"),
        (Authorisation(DAY + timedelta(days=1)), "not_in_force"),
        (Authorisation(date(2026, 1, 1), DAY), "not_in_force"),
        (Authorisation(date(2026, 1, 1), DAY + timedelta(days=1)), None),
        (Authorisation(DAY), None),
    ],
)
def test_takes_nothing_without_an_authorisation_in_force(authorisation, code):
    found = net([OpenCharge("one", OLD, 100)], 100_000, authorisation, DAY)
    assert reasons(found).get("one") == code
    assert found.taken_cents == (0 if code else 100)


@pytest.mark.parametrize(
    ("payout", "pct", "most", "cap"),
    [
        (100_000, "20", None, 20_000), (99_999, "20", None, 19_999), (100_000, "20", 5_000, 5_000),
        (100_000, "0", None, 0), (100_000, "100", None, 100_000), (0, "20", None, 0),
        (-5_000, "20", None, 0), (4, "20", None, 0), (5, "20", None, 1),
        (1_000, "12.55", None, 125),
    ],
)  # fmt: skip
def test_the_cap_is_rounded_down(payout, pct, most, cap):
    assert cap_of(payout, Authorisation(OLD, None, D(pct), most), DAY) == cap


def test_gives_credits_back_and_takes_no_more_for_it():
    charges = [OpenCharge("credit", OLD, -700), OpenCharge("one", OLD, 500)]
    found = net(charges, 1_000, SIGNED, DAY)
    assert taken(found) == {"credit": -700, "one": 200}
    assert found.paid_cents == 1_500
    assert reasons(net(charges, 0, SIGNED, DAY)) == {"one": "no_payout"}
    assert taken(net(charges, 1_000, None, DAY)) == {"credit": -700}


@st.composite
def open_charges(draw):
    return [
        OpenCharge(
            f"c{number}", DAY - timedelta(days=draw(st.integers(0, 60))),
            draw(st.integers(-500, 50_000)), draw(st.booleans()), draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 8)))
    ]  # fmt: skip


@given(open_charges(), st.integers(-10_000, 300_000), st.integers(0, 100),
       st.one_of(st.none(), st.integers(0, 20_000)), st.randoms(use_true_random=False))  # fmt: skip
def test_nothing_is_lost_and_no_payout_falls_below_zero(charges, payout, pct, most, chance):
    agreed = Authorisation(date(2026, 1, 1), None, D(pct), most)
    found = net(charges, payout, agreed, DAY)
    came = {charge.key: charge.cents for charge in charges}
    left = {key: 0 for key in came}
    for line in (*found.lines, *found.carried):
        left[line.key] += line.cents
    assert left == came
    assert sum(max(0, line.cents) for line in found.lines) <= found.cap_cents
    assert found.paid_cents >= min(payout, 0)
    shuffled = list(charges)
    chance.shuffle(shuffled)
    assert net(shuffled, payout, agreed, DAY) == found


# Eight billing units at $100 each; after the sequester 98.4 % of it comes in.
AT_100 = Limit("J1234", D("100"))


@pytest.mark.parametrize(
    ("landed", "under_water", "under_limit", "margin"),
    [
        (78_720, False, False, 0),
        (78_721, True, False, -1),
        (80_000, True, False, -1_280),
        (80_001, True, True, -1_281),
    ],
)
def test_compares_a_package_with_what_comes_in_for_its_units(
    landed, under_water, under_limit, margin
):
    found = margin_of(landed, Fraction(4 * 20, 10), AT_100)
    assert (found.limit_cents, found.received_cents) == (80_000, 78_720)
    assert found.is_under_water == under_water
    assert found.is_under_limit == under_limit
    assert found.margin_cents == margin


def test_uses_the_coinsurance_of_the_file():
    # 10 % coinsurance: 90 % from Medicare less 2 % of that, so 98.2 %.
    assert margin_of(0, Fraction(1), Limit("J1", D("100"), D("10"))).received_cents == 9_820
    assert margin_of(0, Fraction(1), Limit("J1", D("137.828"))).limit_cents == 13_783


def test_says_what_a_package_loses():
    assert underwater.words(margin_of(78_720, Fraction(8), AT_100), "J1234", "Q4 2026") == ""
    assert underwater.words(margin_of(80_001, Fraction(8), AT_100), "J1234", "Q4 2026") == (
        "A package costs $12.81 more than Medicare pays for it (J1234, Q4 2026)."
    )
    assert "after the sequester" in underwater.words(
        margin_of(80_000, Fraction(8), AT_100), "J1234", "Q4 2026"
    )


@pytest.mark.parametrize(
    ("fee", "terms", "code"),
    [
        (300, FeeTerms(), None),
        (301, FeeTerms(), "fee_above_3_pct"),
        (500, FeeTerms(stated_pct=D(5)), None),
        (501, FeeTerms(stated_pct=D(5)), "fee_above_stated"),
        (250, FeeTerms(stated_pct=D(2)), "fee_above_stated"),
        (900, FeeTerms(stated_cents=900), None),
        (901, FeeTerms(stated_cents=900), "fee_above_stated"),
        (0, FeeTerms(), None),
    ],
)
def test_judges_a_fee_on_purchases_of_a_hundred_dollars(fee, terms, code):
    found = judge_fee(fee, 10_000, terms)
    assert (found.code if found else None) == code


def test_a_fee_on_nothing_bought_is_not_safe():
    assert judge_fee(1, 0, FeeTerms()).code == "fee_above_3_pct"


def test_tells_each_practice_its_part_of_what_was_received():
    found = disclose(
        [
            FeeReceipt("acme", "2026", 60),
            FeeReceipt("acme", "2026", 40),
            FeeReceipt("zed", "2026", 7),
        ],
        [
            Bought("acme", "2026", "bell", 2_000),
            Bought("acme", "2026", "alvarez", 1_000),
            Bought("acme", "2025", "bell", 9_000),
        ],
    )
    assert [(line.practice, line.bought_cents, line.fee_cents) for line in found.lines] == [
        ("alvarez", 1_000, 33),
        ("bell", 2_000, 67),
    ]
    assert found.unexplained == (FeeReceipt("zed", "2026", 7),)
    assert found.cents == 107
    assert [line.fee_cents for line in found.of("bell")] == [67]


names = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.builds(FeeReceipt, names, names, st.integers(-99, 9_999))),
       st.lists(st.builds(Bought, names, names, names, st.integers(-99, 9_999))))  # fmt: skip
def test_what_is_disclosed_is_what_was_received(receipts, purchases):
    assert disclose(receipts, purchases).cents == sum(receipt.cents for receipt in receipts)


def test_discloses_within_a_year():
    due = disclosure_due(date(2025, 1, 1), [date(2025, 11, 28)])
    assert due == DAY
    assert not is_overdue(due, DAY)
    assert is_overdue(due, DAY + timedelta(days=1))
    assert disclosure_due(date(2025, 1, 1), []) == date(2026, 1, 1)


BOUGHT = savings.Bought("bell", "gauze", 100, 8_000, freight_cents=500, fee_cents=100)
LAST_PAID = BaselinePrice(Baseline.LAST_PAID, Fraction("1.00"), OLD, "invoice 7")


def test_a_saving_is_net_of_freight_fees_and_waste():
    assert saving_of(BOUGHT, Baseline.LAST_PAID, LAST_PAID).cents == 10_000 - 8_600
    # Ten thrown away: ninety would have done, at $90.
    wasted = replace(BOUGHT, wasted_eaches=10)
    assert saving_of(wasted, Baseline.LAST_PAID, LAST_PAID).cents == 9_000 - 8_600
    rebated = replace(BOUGHT, rebate_received_cents=50, rebate_expected_cents=200)
    found = saving_of(rebated, Baseline.LAST_PAID, LAST_PAID)
    assert (found.cents, found.expected_cents) == (1_450, 200)


def test_without_a_baseline_there_is_no_saving():
    found = saving_of(BOUGHT, Baseline.LAST_PAID, None)
    assert found.cents is None
    assert found.why == "No baseline: what the practice last paid for it is not known."
    of_list = BaselinePrice(Baseline.LIST_PRICE, Fraction(2), OLD, "list")
    assert saving_of(BOUGHT, Baseline.LIST_PRICE, of_list).cents is None
    assert saving_of(BOUGHT, Baseline.LIST_PRICE, of_list, has_licence=True).cents == 11_400


def test_shows_median_and_worst_beside_the_total():
    lines = [
        saving_of(replace(BOUGHT, practice=name, price_cents=price), Baseline.LAST_PAID, LAST_PAID)
        for name, price in [("a", 8_000), ("b", 9_500), ("c", 7_000), ("a", 9_400)]
    ]
    lines.append(saving_of(BOUGHT, Baseline.LAST_PAID, None))
    lines.append(saving_of(BOUGHT, Baseline.NADAC, replace(LAST_PAID, kind=Baseline.NADAC)))
    found = summary_of(lines, Baseline.LAST_PAID)
    assert found.by_practice == (("b", -100), ("a", 1_400), ("c", 2_400))
    assert (found.total_cents, found.median_cents, found.worst) == (3_700, 1_400, ("b", -100))
    assert found.has_losers
    assert found.without_baseline == 1
    assert summary_of(lines, Baseline.BASE_TIER) is None
    assert summary_of(lines[:2], Baseline.LAST_PAID).median_cents == 650


def test_counts_what_the_tier_took_off():
    assert tier_saving(118, D("90"), D("84.105")) == 69_561
