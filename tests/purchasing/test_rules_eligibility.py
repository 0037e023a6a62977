"""Who may buy under a contract on which day, and what is said to whoever may not."""

from datetime import date

import pytest

from ipaportal.core.spans import Span
from purchasing.rules.eligibility import (
    ELIGIBILITY,
    EVENTS,
    NOT_ASKED,
    Access,
    may_buy,
    not_eligible,
)
from purchasing.rules.lifecycle import NotAllowed, after

START, END = date(2026, 4, 1), date(2026, 7, 1)


@pytest.mark.parametrize(
    ("_case", "day", "expected"),
    [
        ("the day before", date(2026, 3, 31), False),
        ("its first day", START, True),
        ("its last day", date(2026, 6, 30), True),
        ("the first day no longer", END, False),
    ],
)
def test_lets_a_practice_buy_on_its_days_alone(_case, day, expected):
    assert may_buy(Access("H-1", True, "ended", Span(START, END)), day) is expected
    assert may_buy(Access("H-1", False), day)  # everybody may


@pytest.mark.parametrize(
    ("state", "span", "reason", "step"),
    [
        (NOT_ASKED, None, "Bell is not among those who may buy under H-1.", "Ask for it in the"),
        ("asked", None, "Bell is not among those who may buy under H-1.", "the IPA sends it"),
        ("sent", None, "Bell is not among those who may buy under H-1.", "remind it"),
        ("accepted", None, "Bell is not among those who may buy under H-1.", "has not loaded"),
        ("declined", None, "Bell is not among those who may buy under H-1.", "on your own account"),
        ("loaded", Span(date(2026, 8, 1)), "Bell may buy under H-1 from Aug 1, 2026 on.", "Wait"),
        ("ended", Span(START, END), "Bell may not buy under H-1 since Jul 1, 2026.", "Ask for it"),
        (
            "asked",
            Span(START, END),
            "Bell may not buy under H-1 since Jul 1, 2026.",
            "the IPA send",
        ),
    ],
)
def test_says_by_name_why_not_and_what_to_do(state, span, reason, step):
    found = not_eligible(Access("H-1", True, state, span), "Bell", date(2026, 7, 15))
    assert (found.code, found.reason) == ("not_eligible", reason)
    assert step in found.next_step
    assert not_eligible(Access("H-1", False, state, span), "Bell", date(2026, 7, 15)) is None


def test_every_event_has_words_and_nothing_is_verified_before_it_is_loaded():
    assert {event for events in ELIGIBILITY.values() for event in events} == set(EVENTS)
    assert {after for events in ELIGIBILITY.values() for after in events.values()} == (
        set(ELIGIBILITY) - {NOT_ASKED}
    )
    for state in set(ELIGIBILITY) - {"loaded"}:
        with pytest.raises(NotAllowed):
            after(state, "verify", ELIGIBILITY)
