"""Which disclosures an account tells of, over which years, and how repeated ones stand."""

from dataclasses import replace
from datetime import date

import pytest

from compliance.rules.disclosures import (
    BY_KEY,
    PURPOSES,
    Line,
    Told,
    account,
    first_day,
    is_free,
    is_told,
    latest_suspension,
)

ASKED = date(2026, 11, 28)
COURT = Told(date(2026, 3, 2), "County court", "1 Main St", "claims of 2025", "court", "order 7")


def test_six_years_back_from_the_day_somebody_asks():
    assert first_day(ASKED) == date(2020, 11, 28)
    assert first_day(date(2028, 2, 29)) == date(2022, 2, 28)
    for made, told in (
        (date(2020, 11, 27), False), (date(2020, 11, 28), True),
        (ASKED, True), (date(2026, 11, 29), False),
    ):  # fmt: skip
        assert is_told(replace(COURT, made=made), ASKED) is told


def test_each_purpose_is_told_or_exempt_by_its_paragraph():
    told = {one.key for one in PURPOSES if is_told(replace(COURT, purpose=one.key), ASKED)}
    assert told == {one.key for one in PURPOSES if one.is_accounted}
    assert not {"treatment", "payment", "operations", "individual", "authorized"} & told
    assert {"mistake", "oversight", "police", "research"} <= told
    assert [one.key for one in PURPOSES if one.may_be_suspended] == ["oversight", "police"]
    assert len(BY_KEY) == len(PURPOSES)


def test_what_an_agency_holds_back_is_told_from_its_day_on():
    held = replace(COURT, purpose="police", suspended_until=ASKED)
    assert is_told(held, ASKED)
    assert not is_told(held, date(2026, 11, 27))


def test_repeated_ones_to_one_recipient_for_one_purpose_are_one_line():
    again = [replace(COURT, made=date(2026, month, 2)) for month in (5, 3, 4)]
    other = replace(COURT, made=date(2026, 4, 9), words="order 8")
    exempt = replace(COURT, purpose="payment")
    lines = account([*again, other, exempt], ASKED)
    rest = ("County court", "1 Main St", "claims of 2025", "court")
    assert lines == [
        Line(date(2026, 3, 2), date(2026, 5, 2), 3, *rest, "order 7"),
        Line(date(2026, 4, 9), date(2026, 4, 9), 1, *rest, "order 8"),
    ]
    assert account([], ASKED) == []


@pytest.mark.parametrize(("is_oral", "until"), [(True, date(2026, 4, 1)), (False, None)])
def test_what_was_only_said_holds_back_for_thirty_days(is_oral, until):
    assert latest_suspension(COURT.made, is_oral=is_oral) == until


def test_one_account_in_twelve_months_is_free():
    assert is_free(ASKED, [])
    assert is_free(ASKED, [date(2025, 11, 28)])
    assert not is_free(ASKED, [date(2025, 11, 29)])
    assert is_free(date(2028, 2, 29), [date(2027, 2, 28)])
