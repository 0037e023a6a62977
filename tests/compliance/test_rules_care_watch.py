"""Signs of care watch: exact intervals, what peers make expected, and both sides of each limit."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.rules.care_watch import (
    AS_PEERS,
    BETTER,
    BY_KEY,
    HIDDEN,
    LOOK,
    SIGNS,
    Taken,
    asks_for_review,
    expected_leavers,
    expected_of,
    judge,
    rate_text,
    signs_of,
)
from compliance.rules.small_numbers import poisson_limits, scatter, wilson_limits, z_of


# Garwood's limits as tables print them; 101 is where Byar's formula begins.
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0, 3.6889), (1, 0.0253, 5.5716), (3, 0.6187, 8.7673), (10, 4.7954, 18.3904),
     (100, 81.3640, 121.6268), (101, 82.267, 122.724)],
)  # fmt: skip
def test_limits_of_a_count(count, low, high):
    found = poisson_limits(count)
    assert found == pytest.approx((low, high), abs=0.003 if count > 100 else 0.00006)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (69, 300, 0.18595, 0.28078), (1, 2, 0.0945, 0.9055)],
)
def test_limits_of_a_share(part, whole, low, high):
    assert wilson_limits(part, whole) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(("part", "whole"), [(0, 0), (3, 2), (-1, 2)])
def test_no_share(part, whole):
    with pytest.raises(ValueError, match="is no share"):
        wilson_limits(part, whole)


@settings(max_examples=12)
@given(st.integers(0, 400))
def test_limits_hold_the_count_and_rise_with_it(count):
    low, high = poisson_limits(count)
    assert low <= count < high
    more_low, more_high = poisson_limits(count + 1)
    assert low < more_low
    assert high < more_high


def test_peers_scatter_is_never_narrower_than_chance():
    assert scatter([]) == scatter([9.0]) == scatter([0.1, -0.1, 0.2]) == 1.0
    assert scatter([2.0, -2.0] * 10) == 4.0
    # One who stands far out does not widen the funnel: the outer tenth is drawn in.
    assert scatter([1.0] * 19 + [50.0]) == 1.0
    assert scatter([1.0] * 4 + [50.0]) == 1.0
    assert scatter([1.0] * 3 + [50.0]) == 625.75


def test_a_panel_of_the_old_is_compared_with_the_old():
    # Peers: 10 per 100 of the young, 40 per 100 of the old. The first has only old members.
    cells = {
        (1, "old"): (50, 20),
        (2, "young"): (100, 10),
        (2, "old"): (100, 40),
        (3, "young"): (300, 30),
    }
    peers, expected = expected_of(cells, {1: "FM", 2: "FM", 3: "FM"})[1]
    assert (peers, expected) == (2, Fraction(20))
    # Peers have nobody of an age: their overall rate, 80 of 500, serves.
    cells[(1, "child")] = (50, 0)
    assert expected_of(cells, {1: "FM", 2: "FM", 3: "FM"})[1] == (2, 20 + 50 * Fraction(80, 500))


def test_who_is_alone_has_no_peers():
    assert expected_of({(1, "old"): (50, 20)}, {1: "FM"}) == {1: (0, None)}
    other = {1: "FM", 2: "OB"}
    assert expected_of({(1, "a"): (5, 2), (2, "a"): (5, 2)}, other)[1] == (0, None)


def one(sign: str, count: int, base: int, expected, *, members: int = 300, peers: int = 9):
    """The reading of one PCP among peers who are as expected."""
    me = Taken(1, members, count, base, peers, None if expected is None else Fraction(expected))
    return judge(BY_KEY[sign], [me])[0]


@pytest.mark.parametrize(
    ("members", "peers", "state", "why"),
    [(10, 9, HIDDEN, "fewer than 11 members"), (11, 9, LOOK, "lower than peers make expected"),
     (11, 4, HIDDEN, "fewer than 5 peers"), (11, 5, LOOK, "lower than peers make expected")],
)  # fmt: skip
def test_little_is_hidden(members, peers, state, why):
    found = one("encounters", 10, 1000, 40, members=members, peers=peers)
    assert (found.state, found.why) == (state, why)
    assert (found.expected is None) == (state == HIDDEN)


@pytest.mark.parametrize(
    ("count", "expected", "state"),
    # Ten visits: the exact interval ends at 18.3904. From 18.3905 on it asks for a look.
    [(10, "18.3903", AS_PEERS), (10, "18.3905", AS_PEERS), (10, "20.91", LOOK),
     (10, "4.79", BETTER), (10, "4.80", AS_PEERS)],
)  # fmt: skip
def test_visits_are_too_few_only_outside_the_interval_and_two_scatters_out(count, expected, state):
    assert one("encounters", count, 1000, expected).state == state


def test_what_is_outside_the_interval_and_no_further_than_two_scatters_is_as_expected():
    found = one("encounters", 10, 1000, "18.3905")
    assert found.why == "outside by chance alone, but no further out than peers scatter"
    assert found.z == Decimal("-1.9566")


@pytest.mark.parametrize(("count", "state"), [(1, AS_PEERS), (3, AS_PEERS), (9, LOOK)])
def test_avoidable_admissions_ask_from_the_exact_limit_on(count, state):
    assert one("acsc", count, 3600, 3).state == state


def test_fewer_admissions_than_expected_are_no_sign():
    assert one("acsc", 2, 3600, 20).state == BETTER


@pytest.mark.parametrize(
    ("won", "appeals", "state"),
    [(2, 9, HIDDEN), (3, 10, LOOK), (2, 10, AS_PEERS), (20, 100, AS_PEERS), (21, 100, LOOK)],
)
def test_more_than_one_in_five_of_ten_appeals_won(won, appeals, state):
    assert one("overturned", won, appeals, None, peers=0).state == state


def test_the_vector_of_the_rules_page():
    """Peers have 12 % without a visit, scattered by 4 %; of 300 members 23 % have none."""
    me = Taken(99, 300, 69, 300, 20, Fraction(36))
    # Nine at 16 %, nine at 8 %, two at 12 %: a scatter of 4 % once the ends are drawn in.
    peers = [Taken(no, 300, count, 300, 20, Fraction(36)) for no, count in
             enumerate([48] * 9 + [24] * 9 + [36] * 2)]  # fmt: skip
    found = {reading.pcp: reading for reading in judge(BY_KEY["no_visit"], [me, *peers])}
    assert found[99].state == LOOK
    assert 2.7 < found[99].z < 3.0
    assert {found[no].state for no in range(20)} == {AS_PEERS}
    assert z_of(69, Fraction(36), Fraction(12, 100)) == pytest.approx(5.863, abs=0.001)


def test_a_share_of_nothing_is_hidden():
    assert one("denials", 0, 0, 0).why == "fewer than 10 to count of"
    assert rate_text(BY_KEY["denials"], 0, 0) == "nothing to count of"
    assert rate_text(BY_KEY["denials"], 1, 8) == "12.5 %"
    assert rate_text(BY_KEY["encounters"], 250, 1000) == "250.0 per 1,000"


SEPTEMBER = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("signs", "answered", "asks"),
    [
        ([], [], False),
        (["gaps"], [], False),
        (["gaps", "acsc"], [], True),
        (["gaps", "acsc"], [(date(2026, 7, 1), ["gaps", "acsc", "denials"])], False),
        (["gaps", "acsc"], [(date(2026, 6, 1), ["gaps", "acsc"])], True),
        (["gaps", "acsc"], [(date(2026, 8, 1), ["gaps"])], True),
        (["gaps", "acsc"], [(date(2026, 10, 1), ["gaps", "acsc"])], True),
    ],
)
def test_two_signs_hold_unless_they_were_answered_within_a_quarter(signs, answered, asks):
    assert asks_for_review(signs, SEPTEMBER, answered) is asks


def test_signs_come_in_their_order():
    look = one("acsc", 9, 3600, 3)
    assert signs_of({"acsc": look, "encounters": look, "gaps": one("gaps", 0, 0, 0)}) == [
        "encounters",
        "acsc",
    ]
    assert len({sign.key for sign in SIGNS}) == len(SIGNS) == 10


@pytest.mark.parametrize(
    ("count", "expected", "share", "z"),
    [(3, "0", "0", 3), (2, "0.25", "0", 1.75), (8, "4", "0", 2), (12, "16", "0.75", -2)],
)
def test_scatter_below_one_counts_as_one(count, expected, share, z):
    assert z_of(count, Fraction(expected), Fraction(share)) == z


# Five peers together have 500 members of each third and lose 50 of the high and 25 of the low: of
# 100 high and 200 low members who leave a PCP alike, 100 × 0.1 and 200 × 0.05 are the same.
PEERS = {n: {"high": (100, 10), "low": (100, 5)} for n in range(2, 7)}
ALIKE = dict.fromkeys(range(1, 7), "Family medicine")


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"high": (100, 10), "low": (200, 10)}, Fraction(10)),
        ({"high": (100, 19), "low": (200, 1)}, Fraction(10)),
        ({"high": (100, 0), "low": (100, 9)}, Fraction(6)),
        ({"low": (100, 9)}, Fraction(0)),
        ({}, None),
    ],
)
def test_who_moves_away_is_compared_by_the_risk_of_the_panel(own, expected):
    assert expected_leavers({1: own, **PEERS}, ALIKE)[1] == (5, expected)


def test_without_peers_who_lose_somebody_nobody_is_compared():
    still = {n: {"high": (100, 0), "low": (100, 0)} for n in range(2, 7)}
    own = {"high": (50, 5), "low": (50, 5)}
    assert expected_leavers({1: own, **still}, ALIKE)[1] == (5, None)
    assert expected_leavers({1: own}, {1: ""})[1] == (0, None)
    assert expected_leavers({1: own, **PEERS}, {**ALIKE, 1: "Cardiology"})[1] == (0, None)


@pytest.mark.parametrize(
    ("key", "count", "base", "expected", "state"),
    [
        # Wilson's lower limit of 16 of 20 is 0.5840, of 14 of 20 it is 0.4810.
        ("panel_risk", 16, 20, 10, LOOK),
        ("panel_risk", 14, 20, 10, AS_PEERS),
        ("panel_risk", 4, 20, 10, BETTER),
        ("panel_risk", 9, 9, 4, HIDDEN),
        ("readmitted", 10, 10, 2, LOOK),
        ("readmitted", 9, 9, 2, HIDDEN),
        ("readmitted", 4, 20, 2, AS_PEERS),
        ("late_answers", 30, 100, 10, LOOK),
        ("late_answers", 16, 100, 10, AS_PEERS),
        ("late_answers", 0, 100, 10, BETTER),
    ],
)
def test_shares_of_the_new_signs_ask_only_far_outside(key, count, base, expected, state):
    [found] = judge(BY_KEY[key], [Taken(1, 11, count, base, 5, Fraction(expected))])
    assert found.state == state
