"""At which standing somebody takes part on a day: every reason said, the gravest decides."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from credentialing.actions.taking_part import within
from credentialing.rules.participation import WORDS, Known, Standing, judge

DAY = date(2026, 6, 15)
ONE = timedelta(days=1)
S = Standing
GOOD = Known(
    effective_date=date(2026, 1, 1),
    outcome="approved",
    decision_date=date(2025, 12, 15),
    next_due_date=date(2028, 12, 31),
    licensed_until=date(2027, 1, 1),
)


@pytest.mark.parametrize(("_case", "changes", "standing", "takes_part"), [
    ("approved and licensed", {}, S.CREDENTIALED, True),
    ("with conditions", {"outcome": "approved_conditions"}, S.CONDITIONS, True),
    ("taken over", {"decision_date": None, "outcome": ""}, S.TAKEN_OVER, True),
    ("on the last day of the licence", {"licensed_until": DAY}, S.CREDENTIALED, True),
    ("the day after it", {"licensed_until": DAY - ONE}, S.UNLICENSED, False),
    ("no licence with a day on file", {"licensed_until": None}, S.CREDENTIALED, True),
    ("on the day the next is due", {"next_due_date": DAY}, S.CREDENTIALED, True),
    ("the day after", {"next_due_date": DAY - ONE}, S.LAPSED, False),
    ("on provisional day 60", {"ends_date": DAY + ONE}, S.PROVISIONAL, True),
    ("on day 61", {"ends_date": DAY}, S.LAPSED, False),
    ("on the last day with the payer", {"end_date": DAY + ONE}, S.CREDENTIALED, True),
    ("on the first day no longer", {"end_date": DAY}, S.ENDED, False),
    ("on the first day", {"effective_date": DAY}, S.CREDENTIALED, True),
    ("the day before", {"effective_date": DAY + ONE}, S.TO_COME, False),
    ("in no network", {"effective_date": None}, S.NOWHERE, False),
    ("denied", {"outcome": "denied"}, S.DENIED, False),
    ("denied, not final", {"outcome": "denied", "denial": "pending"}, S.CONTESTED, True),
    ("so, and the licence over", {"outcome": "denied", "denial": "pending",
                                  "licensed_until": DAY - ONE}, S.UNLICENSED, False),
    ("denied, reversed", {"outcome": "denied", "denial": "reversed"}, S.CREDENTIALED, True),
    ("so, and due again", {"outcome": "denied", "denial": "reversed",
                           "next_due_date": DAY - ONE}, S.LAPSED, False),
    ("limited", {"limits": "no new members"}, S.CONDITIONS, True),
    ("an undecided match", {"match_words": "Ana on LEIE"}, S.OPEN_MATCH, False),
    ("excluded", {"excluded_by": "LEIE", "match_words": "Ana on LEIE"}, S.EXCLUDED, False),
])  # fmt: skip
def test_judges_each_side_of_every_boundary(_case, changes, standing, takes_part):
    found = judge(replace(GOOD, **changes), DAY)
    assert (found.standing, found.takes_part) == (standing, takes_part)


def test_says_every_reason_the_gravest_first():
    ended = {"end_date": DAY, "ended_by": "moved away"}
    found = judge(replace(GOOD, **ended, excluded_by="LEIE", licensed_until=DAY - ONE), DAY)
    assert found.standing is S.EXCLUDED
    assert found.reasons == (
        "excluded by LEIE",
        "took part until before Jun 15, 2026 (moved away)",
        "the last licence on file ended on Jun 14, 2026",
        "approved on Dec 15, 2025",
    )


def test_has_words_for_every_standing():
    assert set(WORDS) == set(Standing)


@pytest.mark.parametrize(("_case", "days", "kept"), [
    ("none", [], []),
    ("all of it", [(1, 30)], [(10, 20)]),
    ("cut at the end", [(1, 15)], [(10, 15)]),
    ("neighbours are one", [(1, 15), (15, 30)], [(10, 20)]),
    ("a gap splits it", [(1, 12), (14, 30)], [(10, 12), (14, 20)]),
    ("touching is outside", [(1, 10), (20, 30)], []),
])  # fmt: skip
def test_cuts_listings_to_the_days_of_taking_part(_case, days, kept):
    def span(pair):
        return date(2026, 6, pair[0]), date(2026, 6, pair[1])

    assert within(span((10, 20)), [span(pair) for pair in days]) == [span(pair) for pair in kept]
