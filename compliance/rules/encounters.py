"""
Whether the encounters of a PCP's members came: what is expected of a month, and what was received.

What is expected is a rule with a day from which it holds: visits per 1,000 member-months, and
within how many days after the month a practice sends them. Where nobody entered one, a figure of
our own stands in, and is called unverified wherever it is shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from compliance.rules.small_numbers import poisson_limits
from ipaportal.core.months import add_months

# Fewer member-months say nothing about a practice, and might point at a person.
LEAST_MEMBER_MONTHS = 11
MONTHS = 12
COMES = "still comes"
FEW_MEMBERS = "too few members to say"
NONE = "nothing was received"
FEWER = "fewer than expected"
AS_EXPECTED = "as expected"
MISSING = (NONE, FEWER)
# Plans' own last day for encounters; own knowledge, unverified: 13 months after the year of service
# or what the contract says, whichever is sooner.
PLAN_MONTHS = 13


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of months from one on; an empty specialty stands for all others."""

    effective_date: date
    per_1000: Decimal
    days: int
    source: str
    specialty: str = ""
    is_verified: bool = True


DEFAULT = Expectation(
    date(1900, 1, 1), Decimal(300), 30,
    "own knowledge, unverified: about 3.6 visits a member and year, sent within 30 days",
    is_verified=False,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PcpMonth:
    """One PCP's month: members assigned, visits expected and received, and what that says."""

    pcp: int
    month: date
    members: int
    received: int
    seen: int
    """How many different members the visits were of."""
    expectation: Expectation
    last_day: date
    state: str

    @property
    def expected(self) -> Fraction:
        """Visits that the rule expects of so many member-months."""
        return expected(self.members, self.expectation)


def expectation_on(rows: Iterable[Expectation], month: date, specialty: str) -> Expectation:
    """The newest rule that holds in a month: the specialty's own before everybody's."""
    begun = [row for row in rows if row.effective_date <= month]
    for kind in (specialty.casefold(), ""):
        own = [row for row in begun if row.specialty.casefold() == kind]
        if own:
            return max(own, key=lambda row: row.effective_date)
    return DEFAULT


def expected(member_months: int, rule: Expectation) -> Fraction:
    """How many visits so many member-months should show."""
    return Fraction(rule.per_1000) * member_months / 1000


def last_day(month: date, rule: Expectation) -> date:
    """By when a month's encounters should have come: so many days after its last one."""
    return add_months(month, 1) + timedelta(days=rule.days - 1)


def state_of(member_months: int, received: int, rule: Expectation, *, is_due: bool) -> str:
    """
    What was received says of a month: missing only where chance does not explain it.

    The exact limits of the count (95 %, Poisson) have to lie below what is expected.
    """
    if not is_due:
        return COMES
    if member_months < LEAST_MEMBER_MONTHS:
        return FEW_MEMBERS
    return _judged(received, expected(member_months, rule))


def year_state(due: Sequence[PcpMonth]) -> str:
    """What the months that are due say together: small ones may be sure only of their sum."""
    if sum(one.members for one in due) < LEAST_MEMBER_MONTHS:
        return FEW_MEMBERS
    total = sum((one.expected for one in due), Fraction(0))
    return _judged(sum(one.received for one in due), total)


def _judged(received: int, of: Fraction) -> str:
    if poisson_limits(received)[1] >= of:
        return AS_EXPECTED
    return FEWER if received else NONE


def pcp_month(
    pcp: int, month: date, counts: tuple[int, int, int], rule: Expectation, today: date
) -> PcpMonth:
    """Judge a month by (members, visits, members seen)."""
    members, received, seen = counts
    last = last_day(month, rule)
    state = state_of(members, received, rule, is_due=today > last)
    return PcpMonth(pcp, month, members, received, seen, rule, last, state)


def share(received: int, of: Fraction) -> str:
    """How much of what is expected came, for people."""
    return f"{round(100 * received / of)}\u00a0%" if of else ""
