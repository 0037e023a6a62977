"""Which of people's days should be asked about: every rule on both sides of its boundary."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from compliance.rules.looking import (
    CITATION,
    Hours,
    PersonDay,
    days_to_ask,
    limit,
    page_name,
    reasons,
    surname,
    usual_of,
)

DAY = date(2026, 11, 23)
OFFICE = Hours(time(6), time(20))
ORDINARY = {"looks": 12, "members": 12}
STEADY = (12, 11, 13, 12, 12)


def keys(**told) -> list[str]:
    return [one.key for one in reasons(PersonDay(**ORDINARY | told), DAY)]


def test_an_ordinary_day_is_not_asked_about():
    assert keys(own=STEADY, peers=(10, 11, 12)) == []
    assert "own" in CITATION


def test_hours_of_a_working_day_end_before_they_close():
    zone = ZoneInfo("America/Los_Angeles")
    opens, closes = OFFICE.of(DAY, zone, is_workday=True)
    assert opens.astimezone(UTC) == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert closes.astimezone(UTC) == datetime(2026, 11, 24, 4, tzinfo=UTC)
    summer, _ = OFFICE.of(date(2026, 7, 6), zone, is_workday=True)
    assert summer.astimezone(UTC) == datetime(2026, 7, 6, 13, tzinfo=UTC)
    closed = OFFICE.of(DAY, zone, is_workday=False)
    assert closed[0] == closed[1]


@pytest.mark.parametrize("text", ["20:00-06:00", "06:00-06:00", "six to eight", "06:00"])
def test_hours_that_are_none(text):
    with pytest.raises(ValueError, match=r".+"):
        Hours.read(text)
    assert Hours.read("06:00-20:00") == OFFICE


@pytest.mark.parametrize(
    ("_case", "told", "expected"),
    [
        ("staff at night", {"out_of_hours": 1}, ["hours"]),
        ("a physician at night", {"out_of_hours": 40, "is_staff": False}, []),
        ("a namesake", {"namesakes": 1}, ["name"]),
        ("an emergency", {"emergencies": 1}, ["emergency"]),
        ("no access", {"has_access": False}, ["left"]),
        ("no access, nothing tried", {"has_access": False, "looks": 0}, []),
        ("no access, refused once", {"has_access": False, "looks": 0, "refused": 1}, ["left"]),
        ("nine refusals", {"refused": 9}, []),
        ("ten refusals", {"refused": 10}, ["refused"]),
        ("the last day in 14 days", {"last_day": date(2026, 12, 7), "exported": 1}, ["leaving"]),
        ("the last day in 15 days", {"last_day": date(2026, 12, 8), "exported": 1}, []),
        ("the last day is today", {"last_day": DAY, "exported": 1}, ["leaving"]),
        ("leaves and took nothing", {"last_day": DAY}, []),
        ("the gravest first", {"out_of_hours": 2, "namesakes": 1}, ["name", "hours"]),
    ],
)
def test_reasons_on_both_sides_of_their_boundary(_case, told, expected):
    assert keys(**told) == expected


@pytest.mark.parametrize(
    ("members", "history", "expected"),
    [
        (51, (20,) * 5, []),  # three times twenty
        (60, (20,) * 5, []),
        (61, (20,) * 5, ["own"]),
        (50, (1,) * 5, []),  # whoever looks at few may look at fifty
        (51, (1,) * 5, ["own"]),
        (5000, (20,) * 4, []),  # four days are no history
        (91, (1, 1, 30, 900, 900), ["own"]),  # the middle day counts, not the largest
        (90, (1, 1, 30, 900, 900), []),
    ],
)
def test_volume_against_ones_own_days(members, history, expected):
    assert keys(members=members, own=history) == expected


def test_volume_against_others_of_the_role():
    assert keys(members=100, peers=(20, 20, 20)) == []
    assert keys(members=101, peers=(20, 20, 20)) == ["peers"]
    assert keys(members=101, peers=(20, 20)) == []
    assert limit((20, 20, 20), 5, 3) == 100
    assert limit((), 5, 3) is None


def test_peers_share_a_role_and_are_others():
    days = {1: [10, 20, 30], 2: [5], 3: [7, 9], 4: []}
    roles = {1: {"finance"}, 2: {"finance", "purchasing"}, 3: {"purchasing"}, 4: {"finance"}}
    assert usual_of(days, roles, 1) == [5]
    assert usual_of(days, roles, 2) == [20, 7]
    assert usual_of(days, roles, 9) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ana Alvarez", "alvarez"),
        ("Dr. Ana Maria de la Cruz, MD", "cruz"),
        ("Hal Novak Jr.", "novak"),
        ("Quinn", ""),  # one word says no surname
        ("", ""),
        ("Bea GARCIA-LOPEZ RN", "garcia-lopez"),
    ],
)
def test_surnames(name, expected):
    assert surname(name) == expected


def test_days_that_nobody_asked_about():
    assert days_to_ask(None, DAY) == [date(2026, 11, 22)]
    assert days_to_ask(date(2026, 11, 22), DAY) == []
    assert days_to_ask(date(2026, 11, 20), DAY) == [date(2026, 11, 21), date(2026, 11, 22)]
    assert len(days_to_ask(date(2026, 1, 1), DAY)) == 31
    assert days_to_ask(date(2026, 12, 1), DAY) == []


def test_pages_are_called_as_people_call_them():
    assert page_name("capitation:member_list") == "List of members"
    assert page_name("capitation:panel") == "Panel"
