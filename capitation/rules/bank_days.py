"""
Banking days: the days on which the Federal Reserve's ACH settles.

Holidays are rules with the years in which they hold, so that a day long past is judged by the
rule of its year. Source: Federal Reserve Financial Services, "Holiday Schedules"
(frbservices.org/about/holiday-schedules); the days themselves 5 U.S.C. 6103(a), the dates of
their coming into force by the public law named. A holiday on a Sunday is kept on the Monday
after; on a Saturday the banks were open on the Friday before.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
LAST = -1


@dataclass(frozen=True)
class Holiday:
    """A holiday on a day of a month, or on the nth weekday of it, from a year on."""

    name: str
    month: int
    first_year: int
    citation: str
    day: int = 0
    weekday: int = 0
    nth: int = 0


HOLIDAYS = (
    Holiday("New Year's Day", 1, 1971, "5 U.S.C. 6103(a)", day=1),
    Holiday(
        "Birthday of Martin Luther King, Jr.", 1, 1986, "Pub. L. 98-144", weekday=MONDAY, nth=3
    ),
    Holiday("Washington's Birthday", 2, 1971, "Pub. L. 90-363", weekday=MONDAY, nth=3),
    Holiday("Memorial Day", 5, 1971, "Pub. L. 90-363", weekday=MONDAY, nth=LAST),
    # Law of June 17, 2021; the Reserve Banks kept it from 2022 on.
    Holiday("Juneteenth National Independence Day", 6, 2022, "Pub. L. 117-17", day=19),
    Holiday("Independence Day", 7, 1971, "5 U.S.C. 6103(a)", day=4),
    Holiday("Labor Day", 9, 1971, "5 U.S.C. 6103(a)", weekday=MONDAY, nth=1),
    Holiday("Columbus Day", 10, 1971, "Pub. L. 90-363", weekday=MONDAY, nth=2),
    Holiday("Veterans Day", 11, 1978, "Pub. L. 94-97", day=11),
    Holiday("Thanksgiving Day", 11, 1971, "5 U.S.C. 6103(a)", weekday=THURSDAY, nth=4),
    Holiday("Christmas Day", 12, 1971, "5 U.S.C. 6103(a)", day=25),
)


def _day_of(holiday: Holiday, year: int) -> date:
    if holiday.day:
        day = date(year, holiday.month, holiday.day)
        return day + timedelta(days=1) if day.weekday() == SUNDAY else day
    if holiday.nth == LAST:
        # Memorial Day is the only one counted from the end; its month has 31 days.
        day = date(year, holiday.month, 31)
        return day - timedelta(days=(day.weekday() - holiday.weekday) % 7)
    day = date(year, holiday.month, 1)
    first = day + timedelta(days=(holiday.weekday - day.weekday()) % 7)
    return first + timedelta(weeks=holiday.nth - 1)


@cache
def bank_holidays(year: int) -> dict[date, str]:
    """The days of a year on which the banks keep a holiday, with its name."""
    return {
        _day_of(holiday, year): holiday.name for holiday in HOLIDAYS if year >= holiday.first_year
    }


def is_bank_day(day: date) -> bool:
    """Whether ACH entries settle on a day."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def next_bank_day(day: date) -> date:
    """The first banking day after a day."""
    day += timedelta(days=1)
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def previous_bank_day(day: date) -> date:
    """The last banking day before a day."""
    day -= timedelta(days=1)
    while not is_bank_day(day):
        day -= timedelta(days=1)
    return day


def bank_day_on_or_after(day: date) -> date:
    """The day itself if it is a banking day, else the first one after it."""
    return day if is_bank_day(day) else next_bank_day(day)
