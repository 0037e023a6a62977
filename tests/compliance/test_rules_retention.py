"""Years that records are kept, and what a hold covers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.retention import KINDS, PURGED, Scope, kept_until

ids = st.integers(1, 5)


def test_counts_ten_years_from_the_later_of_the_end_and_an_audit():
    """42 CFR 422.504(e)(4): from the end of the final contract period or completion of an audit."""
    ended = date(2026, 12, 31)
    assert kept_until("plan_file", ended) == date(2036, 12, 31)
    assert kept_until("plan_file", ended, [date(2026, 12, 30)]) == date(2036, 12, 31)
    assert kept_until("plan_file", ended, [date(2027, 1, 1)]) == date(2037, 1, 1)


def test_a_leap_day_ends_on_the_first_of_march():
    assert kept_until("document", date(2024, 2, 29)) == date(2034, 3, 1)
    assert kept_until("document", date(2024, 2, 28)) == date(2034, 2, 28)


@pytest.mark.parametrize("kind", [kind.key for kind in KINDS])
def test_what_has_not_begun_never_ends_and_books_never_do(kind):
    assert kept_until(kind, None) is None
    assert (kept_until(kind, date(1990, 1, 1)) is None) == (kind not in PURGED)


@given(st.frozensets(st.sampled_from(PURGED)), st.none() | ids, st.none() | ids,
       st.sampled_from(PURGED), st.sets(ids), st.none() | ids)  # fmt: skip
def test_a_hold_that_says_less_covers_no_less(kinds, party, person, kind, parties, who):
    scope = Scope(kinds, party, person)
    if scope.covers(kind, parties, who):
        assert Scope(frozenset(), party, person).covers(kind, parties, who)
        assert Scope(kinds, None, person).covers(kind, parties, who)
        assert Scope(kinds, party, None).covers(kind, parties, who)
    assert Scope().covers(kind, parties, who)


def test_a_hold_on_somebody_covers_nobody_else():
    assert Scope(party_id=7).covers("roster", [3, 7], None)
    assert not Scope(party_id=7).covers("roster", [3], None)
    assert not Scope(practitioner_id=7).covers("document", [7], None)
    assert not Scope(frozenset({"roster"})).covers("document", [], 7)
