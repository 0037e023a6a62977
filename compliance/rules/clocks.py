"""Days by which something has to be done: dated rules, one kind of day each, with their source."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

ALWAYS = date(1900, 1, 1)


@dataclass(frozen=True)
class Clock:
    """From a day on: how long there is for something, in days or hours, and with an extension."""

    name: str
    from_date: date
    days: int = 0
    hours: int = 0
    extension_days: int = 0
    citation: str = ""
    is_sure: bool = True


# One row a change of a rule; the newest that began by the day of receipt applies.
CLOCKS = (
    Clock("organization determination", ALWAYS, days=14, extension_days=14,
          citation="42 CFR 422.568(b) before 2026"),
    Clock("organization determination", date(2026, 1, 1), days=7, extension_days=14,
          citation="42 CFR 422.568(b) since 2026-01-01; extension unverified"),
    Clock("expedited determination", ALWAYS, hours=72, extension_days=14,
          citation="42 CFR 422.572"),
    Clock("breach, individuals", ALWAYS, days=60, citation="45 CFR 164.404(b)"),
    Clock("breach, covered entity", ALWAYS, days=60, citation="45 CFR 164.410(b)"),
    Clock("access to records", ALWAYS, days=30, extension_days=30, citation="45 CFR 164.524(b)"),
    Clock("accounting of disclosures", ALWAYS, days=60, extension_days=30,
          citation="45 CFR 164.528(c)"),
    # Ten working days; ten calendar days are never later.
    Clock("claim of another payer", ALWAYS, days=10,
          citation="28 CCR 1300.71(b)(2): ten working days, here ten days of the calendar "
          "(own knowledge, unverified)", is_sure=False),
    Clock("training of who is new", ALWAYS, days=90,
          citation="42 CFR 422.503(b)(4)(vi) and CMS guidance (own knowledge, unverified)",
          is_sure=False),
    Clock("case, acknowledged", ALWAYS, days=3, citation="the IPA's own rule"),
    Clock("case, inquiry begun", ALWAYS, days=14,
          citation="two weeks, CMS Managed Care Manual ch. 21 §50.7.1 (own knowledge, unverified)",
          is_sure=False),
    Clock("case, closed", ALWAYS, days=90, citation="the IPA's own rule"),
    Clock("case, closed (urgent)", ALWAYS, days=30, citation="the IPA's own rule"),
)  # fmt: skip
LARGE_BREACH = 500


def clock_on(name: str, received: date) -> Clock:
    """The rule in force on the day something was received or found."""
    in_force = [row for row in CLOCKS if row.name == name and row.from_date <= received]
    return max(in_force, key=lambda row: row.from_date)


def due_date(name: str, received: date, *, is_extended: bool = False) -> date:
    """The last calendar day for something counted in days; the day of receipt is day zero."""
    clock = clock_on(name, received)
    if clock.hours:
        raise ValueError(f"{name} is counted in hours.")
    return received + timedelta(days=clock.days + (clock.extension_days if is_extended else 0))


def due_at(name: str, received: datetime, *, is_extended: bool = False) -> datetime:
    """The last moment for something counted in hours."""
    clock = clock_on(name, received.date())
    if not clock.hours:
        raise ValueError(f"{name} is counted in days.")
    extension = clock.extension_days if is_extended else 0
    return received + timedelta(hours=clock.hours, days=extension)


@dataclass(frozen=True)
class BreachDays:
    """By when whom has to be told of a breach; None where nobody of that kind has to be."""

    individuals: date
    agency: date  # HHS
    media: date | None


def breach_days(found: date, people: int, most_in_one_state: int) -> BreachDays:
    """
    Deadlines from the day a breach was found, or should have been found (45 CFR 164.404 to 408).

    Two counts that are not the same: media are told where more than 500 live in one state, the
    agency at once where there are 500 or more in all; of fewer, within 60 days of the year's end.
    """
    at_once = due_date("breach, individuals", found)
    year_end = date(found.year, 12, 31) + timedelta(days=60)
    return BreachDays(
        individuals=at_once,
        agency=at_once if people >= LARGE_BREACH else year_end,
        media=at_once if most_in_one_state > LARGE_BREACH else None,
    )
