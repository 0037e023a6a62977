"""When a remittance takes back exactly what was paid, and what of it is to be looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.remits import (
    Paid,
    Queue,
    adjustment_words,
    negated,
    negates,
    not_paid_words,
    queue_of,
)

CENTS = st.integers(-(10**6), 10**6)
REASONS = st.lists(st.tuples(st.sampled_from(["CO", "PR"]), st.sampled_from(["45", "1"]), CENTS))
SERVICES = st.lists(
    st.tuples(st.sampled_from(["99213", "J1100"]), st.just(""), CENTS, CENTS, REASONS), max_size=3
)


@given(REASONS, SERVICES, CENTS, CENTS)
def test_what_is_negated_is_taken_back_and_nothing_a_cent_off_is(taken, services, charge, paid):
    first = Paid(charge, paid, [[list(one) for one in taken], [list(one) for one in services]])
    back = Paid(-charge, -paid, negated(first.parts))
    assert negates(back, first)
    assert not negates(Paid(-charge, -paid - 1, back.parts), first)
    assert not negates(Paid(-charge, -paid, negated([[*taken, ("OA", "23", 1)], services])), first)


@pytest.mark.parametrize(("_case", "given", "expected"), [
    ("paid as allowed", ("1", 90_00, 10_00, 100_00, True), (None, 0)),
    ("a cent short", ("1", 89_99, 10_00, 100_00, True), (Queue.UNDERPAID, 1)),
    ("not priced here", ("1", 0, 0, None, True), (None, 0)),
    ("denied", ("4", 0, 0, 100_00, True), (Queue.DENIED, 100_00)),
    ("not known", ("1", 50_00, 0, None, False), (Queue.UNMATCHED, 50_00)),
    ("taken back, not known", ("22", -50_00, 0, None, False), (Queue.UNMATCHED, 50_00)),
    ("taken back", ("22", -50_00, 0, 100_00, True), (None, 0)),
    ("an estimate", ("25", 50_00, 0, 100_00, True), (None, 0)),
])  # fmt: skip
def test_says_what_is_to_be_looked_at(_case, given, expected):
    *told, is_known = given
    assert queue_of(*told, is_known=is_known) == expected


def test_names_what_is_adjusted_at_the_provider():
    assert [adjustment_words(code) for code in ("FB", "wo", "ZZ")] == [
        "carried forward", "overpayment taken back", "code ZZ",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("group", "reason", "words"),
    [
        ("CO", "45", "beyond the terms (CO 45)"),
        ("CO", "29", "it came too late (CO 29)"),
        ("PR", "999", "the patient's (PR 999)"),
        ("XX", "999", "XX 999"),
    ],
)
def test_no_code_of_a_payer_stands_without_words_that_are_known(group, reason, words):
    assert not_paid_words(group, reason) == words
