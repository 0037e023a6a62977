"""What may be wrong with what came, who does what about it, and what of it may go back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchasing.rules import dscsa
from purchasing.rules.lifecycle import NotAllowed
from purchasing.rules.troubles import (
    FINAL,
    HELD,
    MACHINES,
    NAMES,
    OF_PRACTICE,
    STATES,
    BadTrouble,
    CreditParts,
    Kind,
    StepMisses,
    check_step,
    check_temperature,
    consequence,
    credit_of,
    events_of,
    left_to_return,
    next_state,
    tell_by,
)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_ends_somewhere_and_says_each_word_it_uses(kind):
    machine = MACHINES[kind]
    states = {"open"} | {after for events in machine.values() for after in events.values()}
    assert states <= set(machine) & set(STATES)
    assert {state for state in states if not machine[state]} == states & FINAL
    for event in {event for events in machine.values() for event in events}:
        assert consequence(kind, event, 2, 2_000, is_ours=True)
    assert kind in NAMES


def test_lets_only_staff_release_what_is_kept_apart():
    for kind in HELD:
        assert events_of(kind, "open", is_practice=True) == []
        assert "accept" in events_of(kind, "open", is_practice=False)
    assert events_of(Kind.RETURN, "authorised", is_practice=True) == ["ship", "withdraw"]
    assert events_of(Kind.RETURN, "authorised", is_practice=False) == ["credit", "refuse"]
    assert {"ship", "withdraw"} == OF_PRACTICE


def test_takes_no_over_delivery_in_and_credits_no_return_before_it_is_authorised():
    for kind, event in ((Kind.OVER, "accept"), (Kind.RETURN, "accept"), (Kind.RETURN, "credit")):
        with pytest.raises(NotAllowed):
            next_state(kind, "open", event)
    assert next_state(Kind.RETURN, "shipped", "credit") == "credited"


def test_asks_of_each_step_what_makes_it_one():
    for event, reference, text in (
        ("authorise", " ", "fine"), ("credit", "", "x"), ("tell", "", "x"), ("ship", "", "x"),
        ("refuse", "7", " "), ("accept", "7", ""),
    ):  # fmt: skip
        with pytest.raises(StepMisses):
            check_step(event, reference, text)
    check_step("authorise", "RMA 7", "")
    check_step("refuse", "", "opened")


@pytest.mark.parametrize(
    ("storage", "lowest", "highest", "told"),
    [
        ("refrigerated", None, "8.1", "0.1 °C above 2 to 8 °C"),
        ("refrigerated", "1.9", None, "0.1 °C below 2 to 8 °C"),
        ("refrigerated", "-3", "12", "5 °C below 2 to 8 °C"),
        ("frozen", None, "-14.5", "0.5 °C above −50 to −15 °C"),
    ],
)
def test_says_how_far_a_reading_lies_outside(storage, lowest, highest, told):
    read = [None if one is None else Decimal(one) for one in (lowest, highest)]
    assert check_temperature(storage, *read) == told


@pytest.mark.parametrize(
    ("lowest", "highest", "words"),
    [("2", "8", "lies within"), (None, None, "Give the lowest"), ("9", "3", "above the highest")],
)
def test_refuses_a_reading_that_is_no_excursion(lowest, highest, words):
    read = [None if one is None else Decimal(one) for one in (lowest, highest)]
    with pytest.raises(BadTrouble, match=words):
        check_temperature("refrigerated", *read)


def test_counts_what_is_on_its_way_back_and_not_what_was_refused():
    going = [(2, "open"), (1, "credited"), (4, "refused"), (3, "withdrawn"), (1, "shipped")]
    assert left_to_return(6, going) == 2


@pytest.mark.parametrize(
    ("packs", "charged", "credited", "taken", "expected"),
    [
        (2, 10_000, 0, 0, CreditParts(2_000, 0)),  # still open: less is owed
        (2, 10_000, 0, 8_000, CreditParts(2_000, 0)),  # what is left covers it, to the cent
        (2, 10_000, 0, 8_001, CreditParts(2_000, 1)),  # a cent more was taken
        (2, 10_000, 0, 10_000, CreditParts(2_000, 2_000)),  # taken whole: all goes back
        (2, 2_500, 1_000, 1_500, CreditParts(1_500, 1_500)),  # never more than is left of it
    ],
)
def test_credits_what_is_owed_first_and_gives_back_what_was_taken(
    packs, charged, credited, taken, expected
):
    assert credit_of(packs, Decimal("10.00"), charged, credited, taken) == expected


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.decimals("0.0001", "999", places=4),
    st.integers(0, 500),
    st.integers(0, 100),
)
def test_never_credits_more_than_was_charged_nor_gives_back_more_than_was_taken(
    returns, price, freight, taken_pct
):
    charge = int((price * sum(returns) * 100).to_integral_value()) + freight
    taken, credited = charge * taken_pct // 100, 0
    for packs in returns:
        parts = credit_of(packs, price, charge, credited, taken)
        credited += parts.cents
        taken -= parts.given_back_cents
        assert 0 <= parts.given_back_cents <= parts.cents
        assert 0 <= taken <= charge - credited


def test_counts_twenty_four_hours_from_the_finding():
    assert tell_by(datetime(2026, 11, 28, 9, tzinfo=UTC)) == datetime(2026, 11, 29, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "is_rx", "is_pharmacy", "due"),
    [
        ("drug", True, True, True),
        ("vaccine", True, True, True),
        ("drug", True, False, False),  # a practitioner who administers it is let off
        ("drug", False, True, False),  # over the counter
        ("device", True, True, False),
    ],
)
def test_asks_a_pharmacy_for_papers_of_prescription_drugs_only(kind, is_rx, is_pharmacy, due):
    assert dscsa.papers_are_due(kind, is_rx=is_rx, is_pharmacy=is_pharmacy) is due


def test_keeps_papers_six_years_and_finds_them_by_lot():
    assert dscsa.kept_until(date(2026, 11, 28)) == date(2032, 11, 28)
    assert dscsa.kept_until(date(2028, 2, 29)) == date(2034, 3, 1)
    assert [dscsa.covers(one, "AB1") for one in ("", "ab1", "AB2")] == [True, True, False]


@pytest.mark.parametrize(
    ("kind", "event", "is_ours", "words"),
    [
        ("warm", "accept", True,
         "Release: 2 packs may be used, count as come and charged ($20.00)"),
        ("warm", "credit", True, "The supplier credits it: 2 packs are not expected any more"),
        ("damaged", "accept", True, "Noted: 2 packs are replaced and still expected"),
        ("return", "credit", True,
         "Credit $20.00: so much less is owed, and what was taken for it goes back"),
        ("return", "credit", False, "The supplier credits the practice $20.00"),
        ("over", "credit", True, "It went back; nothing was charged for it"),
    ],
)  # fmt: skip
def test_says_what_a_step_comes_to_before_it_is_taken(kind, event, is_ours, words):
    assert consequence(kind, event, 2, 2_000, is_ours=is_ours) == words
