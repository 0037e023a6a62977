"""Which line a document is about, and whether an invoice's line may be taken."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules.acknowledgements import Answered, judge
from purchasing.rules.acknowledgements import Ordered as AnsweredOrder
from purchasing.rules.invoices import Asked, Match, Ordered, state_of
from purchasing.rules.invoices import judge as judge_invoice
from purchasing.rules.packs import PackLevel
from purchasing.rules.trade_answers import LATER, OTHER, PRICE, REJECTED, answer_words, next_step
from purchasing.rules.trade_matching import OrderLine, Said, find

D = Decimal
GLOVES = OrderLine(
    7, 1, "Gloves", "GLOVE-M", "", 50, ((11, 1, 20), (12, 2, 30)), "BX", frozenset({"hm-778"})
)
DRUG = OrderLine(8, 2, "Ketorolac", "KETO", "000409379501", 4, ((12, 3, 4),), "BX")
LINES = [GLOVES, DRUG]


@pytest.mark.parametrize(
    ("said", "line", "part"),
    [
        (Said(line="1", code="GLOVE-M", site="S00011"), GLOVES, 1),
        (Said(line="001", site="S00012"), GLOVES, 2),  # the number alone, no goods named
        (Said(line="9", ndc12="000409379501"), DRUG, 3),  # its own numbers: the goods decide
        (Said(code="glove-m"), GLOVES, None),  # several offices, and none is named
        (Said(line="2", sku="X-1"), DRUG, 3),  # the supplier's own number says nothing to us
        (Said(line="2", sku=" HM-778 "), GLOVES, None),  # but where a person said what it means
        (Said(sku="hm-778", ndc12="000409379501"), DRUG, 3),  # goods that are named go before it
    ],
)
def test_finds_the_line_by_its_goods_then_by_its_number(said, line, part):
    found = find(said, LINES)
    assert (found.line, found.part and found.part[1], found.reason) == (line, part, "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(line="1", ndc12="000002120001"), "Line 1 of the order is Gloves"),
        (Said(line="2", code="OTHER"), "Line 2 of the order is Ketorolac"),
        (Said(line="7"), "line 7 and goods without a number: the order has neither"),
        (Said(), "no line and goods without a number"),
        (Said(line="1", site="S00099"), "No packs of Gloves were ordered for the office S00099"),
        (Said(line="2", site="S00011"), "No packs of Ketorolac were ordered for the office"),
    ],
)
def test_guesses_nothing(said, reason):
    found = find(said, LINES)
    assert found.line is None
    assert reason in found.reason


def test_tells_lines_of_the_same_goods_apart_by_number_alone():
    twins = [GLOVES, replace(GLOVES, key=9, number=3)]
    assert find(Said(code="GLOVE-M"), twins).line is None
    assert find(Said(code="GLOVE-M", line="3"), twins).line == twins[1]


BOX, EACH, CASE = PackLevel("box", 100), PackLevel("each", 1), PackLevel("case", 1000)
AGREED = Ordered(50, 30, 10, D(9), "BX", BOX, (EACH, BOX, CASE), (D(10), D(9), D(8)))


@pytest.mark.parametrize(
    ("asked", "state", "code"),
    [
        (Asked(20, "BX", D(9)), "taken", ""),
        (Asked(20, "", D("9.0000")), "taken", ""),
        (Asked(20, "BX", D("8.99")), "taken", ""),  # less is asked: the difference is shown
        (Asked(21, "BX", D(9)), "waiting", "not_come"),
        (Asked(40, "BX", D(9)), "waiting", "not_come"),
        (Asked(41, "BX", D(9)), "refused", "above_order"),
        (Asked(0, "BX", D(9)), "refused", "nothing"),
        (Asked(20, "CA", D(9)), "refused", "wrong_pack"),
        (Asked(20, "BX", D(90)), "refused", "wrong_pack"),  # a case's price
        (Asked(20, "BX", D("0.09")), "refused", "wrong_pack"),  # an each's price
        (Asked(20, "BX", D(10)), "refused", "wrong_tier"),
        (Asked(20, "BX", D("9.01")), "refused", "price_above"),
    ],
)
def test_judges_a_line_of_an_invoice(asked, state, code):
    found = judge_invoice(asked, AGREED)
    assert (found.state, found.code) == (state, code)
    assert bool(found.reason) == bool(found.next_step) == (state != "taken")


def test_says_what_is_wrong_in_dollars_and_packs():
    assert judge_invoice(Asked(20, "BX", D(90)), AGREED).reason == (
        "$90.00 is about the price of case of 1,000, and box of 100 at $9.00 was ordered."
    )
    assert judge_invoice(Asked(41, "BX", D(9)), AGREED).reason == (
        "41 packs are invoiced; 50 were ordered, and 10 are invoiced already."
    )
    assert "$0.01 more" in judge_invoice(Asked(1, "BX", D("9.01")), AGREED).reason


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_never_takes_more_than_was_ordered_or_came(asked, ordered, received, invoiced):
    of = replace(AGREED, packs=ordered, received=min(received, ordered), invoiced=invoiced)
    found = judge_invoice(Asked(asked, "BX", D(9)), of)
    if found.state == "taken":
        assert invoiced + asked <= of.received <= ordered
    assert (found.state == "refused") == (invoiced + asked > ordered)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["taken", "taken"], "taken"),
        (["taken", "waiting"], "waiting"),
        (["waiting", "refused", "taken"], "refused"),
        ([], "refused"),
    ],
)
def test_one_line_refused_refuses_the_invoice(states, state):
    assert state_of(states) == state


@pytest.mark.parametrize(
    ("ordered", "received", "invoiced", "cents", "words", "difference"),
    [
        (50, 50, 50, 450_00, "all three agree", 0),
        (50, 50, 40, 360_00, "10 packs came and are not invoiced", -90_00),
        (50, 40, 50, 450_00,
         "10 packs are invoiced and have not come; 10 packs are still to come", 90_00),
        (50, 50, 50, 445_00, "the invoiced price is below the agreed one", -5_00),
        (50, 0, 0, 0, "50 packs are still to come", 0),
    ],
)  # fmt: skip
def test_says_what_differs_three_ways(ordered, received, invoiced, cents, words, difference):
    match = Match(ordered, received, invoiced, D(9), received * 900, cents)
    assert (match.words, match.difference_cents) == (words, difference)


@pytest.mark.parametrize(
    ("price", "answers", "step", "words"),
    [
        (D(10), [Answered("IA", 50)], PRICE, "50 accepted"),
        (None, [Answered("IS", 50)], OTHER, "50 accepted, a substitute is offered"),
        (None, [Answered("IA", 40), Answered("IR", 10)], REJECTED, "40 accepted, 10 rejected"),
        (None, [Answered("IA", 40), Answered("IB", 10)], LATER, "40 accepted, 10 backordered"),
    ],
)
def test_says_what_to_do_about_an_answer(price, answers, step, words):
    judged = judge(AnsweredOrder(50, D(9)), price, answers)
    assert not judged.may_stand
    assert next_step(judged, answers) == step
    assert answer_words(judged, answers) == words
