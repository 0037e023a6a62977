"""Rules of the committee: levels, quorum per item, conflicts, votes, letters, what comes next."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.rules.conflicts import Standing, conflict_between
from credentialing.rules.decisions import (
    is_late,
    lapse_words,
    next_due,
    notice_due,
    notice_words,
    provisional_end,
    queue_band,
    queue_opens,
)
from credentialing.rules.expirables import (
    State,
    band_of,
    must_suspend,
    notices_due,
    readers_of,
    state_of,
)
from credentialing.rules.letters import HEARING_WORDS, NPDB_WORDS, letter_of
from credentialing.rules.levels import Level, level_of
from credentialing.rules.quorum import Member, QuorumRule, Stay, is_present, quorum_at, tally

AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
DAY = date(2026, 11, 20)
CHAIR = Member(1, "Chair", is_chair=True)
OUTSIDE = Member(4, "Dr. Outside", is_external=True)
SEATS = [CHAIR, Member(2, "Two"), Member(3, "Three"), OUTSIDE, Member(5, "Five")]
STAFF = Member(9, "Staff", is_voting=False)
RULE = QuorumRule()


def there(*keys: int, since=AT - timedelta(hours=1), until=None) -> list[Stay]:
    return [Stay(key, since, until) for key in keys]


def test_a_file_without_reasons_is_clean_and_an_unfinished_one_never():
    assert level_of({"adverse": 0, "paid_claims": 1}, (), DAY) == (Level.CLEAN, ())
    level, reasons = level_of({}, ("State licence: missing",), DAY)
    assert level is Level.UNFINISHED
    assert [reason.text for reason in reasons] == ["State licence: missing"]


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({"paid_claims": 1}, Level.CLEAN),
        ({"paid_claims": 2}, Level.DISCUSSION),
        ({"paid_cents": 20_000_000}, Level.CLEAN),
        ({"paid_cents": 20_000_001}, Level.DISCUSSION),
        ({"complaints": 2}, Level.CLEAN),
        ({"complaints": 3}, Level.DISCUSSION),
        ({"disclosures": 1}, Level.DISCUSSION),
        ({"late": 1}, Level.DISCUSSION),
    ],
)
def test_each_criterion_has_its_limit(counts, level):
    assert level_of(counts, (), DAY)[0] is level


def test_every_reason_names_its_source():
    _, reasons = level_of({"disclosures": 1, "site": 1}, (), DAY, {"site": "visit of May: failed"})
    assert [reason.text for reason in reasons][1] == "visit of May: failed"
    assert all(reason.citation for reason in reasons)


def test_quorum_is_more_than_half_of_the_seats_with_chair_and_outsider():
    found = quorum_at(RULE, [*SEATS, STAFF], there(1, 3, 4, 9), set(), AT)
    assert found.holds
    assert found.needed == 3
    assert [member.name for member in found.present] == ["Chair", "Three", "Dr. Outside"]


@pytest.mark.parametrize(
    ("here", "recused", "lacks"),
    [
        ((1, 4), set(), "2 voting members count for this item, 3 are needed"),
        ((1, 3, 4), {3}, "2 voting members count for this item, 3 are needed"),
        ((2, 3, 4), set(), "no chair or deputy counts for this item"),
        ((1, 2, 3, 4), {4}, "no external practitioner counts for this item"),
        ((1, 2, 9, 9), set(), "2 voting members count for this item, 3 are needed"),
    ],
)
def test_quorum_is_lost_by_recusal(here, recused, lacks):
    found = quorum_at(RULE, [*SEATS, STAFF], there(*here), recused, AT)
    assert not found.holds
    assert lacks in found.lacks


def test_whoever_left_counts_no_more_and_the_moment_of_arriving_counts():
    stays = [Stay(1, AT, AT + timedelta(minutes=5))]
    assert not is_present(1, stays, AT - timedelta(seconds=1))
    assert is_present(1, stays, AT)
    assert is_present(1, stays, AT + timedelta(minutes=4, seconds=59))
    assert not is_present(1, stays, AT + timedelta(minutes=5))


@given(st.sets(st.integers(1, 5)), st.sets(st.integers(1, 5)))
def test_a_recusal_never_makes_a_quorum(here, recused):
    """Whatever holds after recusals holds without them too."""
    with_recusal = quorum_at(RULE, SEATS, there(*here), recused, AT)
    if with_recusal.holds:
        assert quorum_at(RULE, SEATS, there(*here), set(), AT).holds


@pytest.mark.parametrize(
    ("votes", "carried", "words"),
    [
        ({1: "for", 2: "for", 3: "against"}, True, "2 for, 1 against, 0 abstained"),
        ({1: "for", 2: "against"}, True, "1 for, 1 against, 0 abstained: a tie, decided by the"),
        ({1: "against", 2: "for"}, False, "1 for, 1 against, 0 abstained: a tie, decided by the"),
        ({1: "abstain", 2: "for", 3: "against"}, False, "1 for, 1 against, 1 abstained: a tie,"),
        ({1: "abstain", 2: "abstain"}, False, "0 for, 0 against, 2 abstained: a tie, which fails"),
    ],
)
def test_a_tie_is_the_chairs_or_fails(votes, carried, words):
    found = tally(votes, chair=1)
    assert found.is_carried is carried
    assert found.words.startswith(words)


def test_conflicts_are_suggested_with_why():
    about = Standing(7, frozenset({3}), "Cardiology", frozenset({"937"}))
    assert conflict_between(Standing(7), about) == "is the provider themselves"
    same = Standing(8, frozenset({3, 4}), "Dermatology", frozenset({"900"}))
    assert conflict_between(same, about) == "works in the same practice"
    near = Standing(8, frozenset({4}), "cardiology ", frozenset({"937", "936"}))
    assert conflict_between(near, about) == "competes: cardiology in the same area"
    far = Standing(8, frozenset({4}), "Cardiology", frozenset({"900"}))
    assert conflict_between(far, about) == ""
    assert conflict_between(Standing(None, specialty=""), Standing(7, specialty="")) == ""


def test_letter_day_31_is_reported_late_and_60_days_held_before_july_2025():
    decided = date(2026, 11, 20)
    due = notice_due(decided)
    assert due == date(2026, 12, 20)
    assert not is_late(due, due, due)
    assert is_late(due, date(2026, 12, 21), due)
    assert notice_words(due, date(2026, 12, 21), due) == "sent 1 day late"
    assert notice_words(due, None, date(2026, 12, 19)) == "1 day left"
    assert notice_words(due, None, date(2026, 12, 21)) == "late by 1 day"
    assert notice_due(date(2025, 6, 30)) == date(2025, 8, 29)
    assert notice_due(date(2025, 7, 1)) == date(2025, 7, 31)


@pytest.mark.parametrize(
    ("decided", "due"),
    [
        (date(2026, 11, 20), date(2029, 11, 30)),
        (date(2025, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2029, 12, 31)),
    ],
)
def test_the_next_is_due_at_the_end_of_month_36(decided, due):
    assert next_due(decided) == due


def test_recred_decided_in_month_37_is_flagged_as_a_lapse():
    due = date(2029, 11, 30)
    assert lapse_words(due, due) == ""
    assert lapse_words(None, due) == ""
    assert lapse_words(due, date(2029, 12, 1)) == "decided 1 day after it was due on 2029-11-30"
    assert "is an initial credentialing" in lapse_words(due, date(2029, 12, 31))


def test_provisional_day_60_holds_and_day_61_does_not():
    decided = date(2026, 1, 1)
    assert provisional_end(decided) - timedelta(days=1) == decided + timedelta(days=60)
    assert provisional_end(decided) == date(2026, 3, 3)


def test_the_queue_opens_180_days_before():
    due = date(2026, 12, 31)
    assert queue_opens(due) == date(2026, 7, 4)
    assert queue_band(due, date(2026, 7, 3)) == "later"
    assert queue_band(due, date(2026, 7, 4)) == "opens"
    assert queue_band(due, date(2026, 12, 1)) == "within 30 days"
    assert queue_band(due, date(2027, 1, 1)) == "lapsed"


@pytest.mark.parametrize(
    ("left", "send", "skip"),
    [
        (121, None, ()),
        (120, 120, ()),
        (91, 120, ()),
        (90, 90, (120,)),
        (7, 7, (120, 90, 60, 30)),
        (0, 1, (120, 90, 60, 30, 7)),
        (-1, 0, (120, 90, 60, 30, 7, 1)),
    ],
)
def test_after_an_outage_one_reminder_goes_out_and_not_seven(left, send, skip):
    found = notices_due(DAY + timedelta(days=left), DAY, set())
    assert (found.send, found.skip) == (send, skip)


@given(st.integers(-30, 200), st.sets(st.sampled_from([120, 90, 60, 30, 7, 1, 0])))
def test_a_reminder_is_never_sent_twice(left, sent):
    found = notices_due(DAY + timedelta(days=left), DAY, sent)
    assert found.send not in sent
    assert not set(found.skip) & sent


def test_its_last_day_is_good_and_grace_needs_a_day():
    assert state_of(DAY, DAY) is State.DUE
    assert state_of(DAY - timedelta(days=1), DAY) is State.EXPIRED
    assert state_of(DAY - timedelta(days=1), DAY, grace_until=DAY) is State.GRACE
    late = DAY + timedelta(days=1)
    assert state_of(DAY - timedelta(days=1), late, grace_until=DAY) is State.EXPIRED
    assert state_of(DAY - timedelta(days=9), DAY, is_waived=True) is State.WAIVED
    assert state_of(DAY + timedelta(days=121), DAY) is State.OK


@pytest.mark.parametrize(
    ("left", "code"),
    [(-1, "expired"), (0, "two_weeks"), (13, "two_weeks"), (14, "month"), (30, "month"),
     (31, "two_months"), (60, "two_months"), (61, "three_months"), (90, "three_months"),
     (91, "later")],
)  # fmt: skip
def test_bands_of_the_board(left, code):
    assert band_of(DAY + timedelta(days=left), DAY).code == code


def test_an_expired_licence_suspends_unless_another_holds():
    assert must_suspend("licence", State.EXPIRED, has_other_valid=False)
    assert not must_suspend("licence", State.EXPIRED, has_other_valid=True)
    assert not must_suspend("licence", State.GRACE, has_other_valid=False)
    assert not must_suspend("board", State.EXPIRED, has_other_valid=False)


def test_who_is_told_grows_as_the_day_comes():
    assert readers_of(120) == ("provider",)
    assert readers_of(60) == ("provider", "practice")
    assert readers_of(0) == ("provider", "practice", "staff")


def test_a_denial_tells_of_the_hearing_and_a_threshold_is_not_reported():
    told = {"to": "Iris Tern", "sender": "Valley IPA", "decision_date": DAY, "issued": DAY}
    content = letter_of(outcome="denied", reason_code="threshold", reasons="No DEA.", **told)
    assert HEARING_WORDS in content["paragraphs"]
    assert NPDB_WORDS not in content["paragraphs"]
    worse = letter_of(outcome="denied", reason_code="quality", is_reportable=True, **told)
    assert NPDB_WORDS in worse["paragraphs"]
    fine = letter_of(outcome="approved", next_due=date(2029, 11, 30), **told)
    assert ["Due again by", "November 30, 2029"] in fine["facts"]
