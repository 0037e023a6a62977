"""Physician incentive plans: substantial risk and the stop-loss it asks for, 42 CFR 422.208."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ipaportal.core.money import round_div

RISK_LIMIT = Fraction(25, 100)
BONUS_LIMIT = Fraction(33, 100)
LARGE_PANEL = 25_000
COVERED = Fraction(90, 100)
CITATION = "42 CFR 422.208(d)"
OWN_KNOWLEDGE = "percentages of (d) from general knowledge, unverified against the text"
NEW_TABLES_FROM = date(2019, 1, 1)


@dataclass(frozen=True)
class Arrangement:
    """
    What one contract can pay one physician or group in a year, in cents.

    `potential_cents` is the most it can come to, referral withholds and bonuses included; bonuses
    for quality or satisfaction do not count. `max_cents` and `min_cents` are the most and the
    least that a capitation can come to, where it moves with referrals.
    """

    panel: int
    potential_cents: int = 0
    withhold_cents: int = 0
    bonus_cents: int = 0
    max_cents: int | None = None
    min_cents: int | None = None
    range_is_explained: bool = True
    other_liability_cents: int = 0


@dataclass(frozen=True)
class Trip:
    """One test that was asked: its name, the two sides of its fraction, the limit, the answer."""

    name: str
    numerator: int
    denominator: int
    limit: Fraction
    is_over: bool

    @property
    def share(self) -> Fraction | None:
        """The fraction that was compared; None where its lower side is nothing."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True)
class Risk:
    """Whether an arrangement is substantial financial risk, and every test that said so or not."""

    is_substantial: bool
    tests: tuple[Trip, ...]
    why: str


def substantial_risk(one: Arrangement) -> Risk:
    """
    Judge an arrangement by every test of the rule; any that trips is enough.

    Exactly at a limit is not over it. The rule gives the test of withhold and bonus together once
    in prose and once as a line; both are asked, and either trips. Above 25,000 patients nothing is
    substantial.
    """
    if one.withhold_cents < 0 or one.bonus_cents < 0 or one.potential_cents < one.bonus_cents:
        raise ValueError("Withhold and bonus are parts of the potential payments, not below zero.")
    tests = tuple(_tests(one))
    over = [test for test in tests if test.is_over]
    if one.panel > LARGE_PANEL:
        return Risk(False, tests, f"{one.panel:,} patients are more than {LARGE_PANEL:,}")
    if not over:
        return Risk(False, tests, "no test is over its limit")
    return Risk(True, tests, f"over: {', '.join(test.name for test in over)}")


def _tests(one: Arrangement) -> Iterable[Trip]:
    potential, withhold, bonus = one.potential_cents, one.withhold_cents, one.bonus_cents
    rest = potential - bonus
    if potential:
        yield _trip("withhold", withhold, potential, RISK_LIMIT)
        yield _trip("bonus", bonus, rest, BONUS_LIMIT)
        yield _trip("withhold and bonus", withhold + bonus, potential, RISK_LIMIT)
        line = RISK_LIMIT - Fraction(3, 4) * Fraction(bonus, rest) if rest else Fraction(0)
        yield _trip("withhold against the line", withhold, potential, line)
        yield _trip("any other liability", one.other_liability_cents, potential, RISK_LIMIT)
    if one.max_cents is not None:
        least = one.min_cents or 0
        yield _trip("range of the capitation", one.max_cents - least, one.max_cents, RISK_LIMIT)
        if not one.range_is_explained:
            yield Trip("range not explained in the contract", 1, 1, Fraction(0), True)


def _trip(name: str, numerator: int, denominator: int, limit: Fraction) -> Trip:
    # Without a lower side there is nothing that a part could be measured by: any part is over.
    share = Fraction(numerator, denominator) if denominator else Fraction(numerator > 0)
    return Trip(name, numerator, denominator, limit, share > limit)


@dataclass(frozen=True)
class Deductible:
    """From a day on, for panels from so many patients on: the deductible of one kind, in cents."""

    kind: str  # combined, institutional, professional
    from_date: date
    panel_from: int
    cents: int | None  # None: no protection is asked
    citation: str


def _rows(kind: str, dollars: tuple[int, ...]) -> Iterable[Deductible]:
    sizes = (1, 1001, 5001, 8001, 10001)
    citation = "42 CFR 422.208(f)(2)(iii) of 1996, until 83 FR 16731 (unverified)"
    for size, amount in zip(sizes, dollars, strict=True):
        yield Deductible(kind, date(1996, 1, 1), size, amount * 100, citation)
    yield Deductible(kind, date(1996, 1, 1), LARGE_PANEL + 1, None, citation)


LEGACY = (
    *_rows("combined", (6_000, 30_000, 40_000, 75_000, 150_000)),
    *_rows("institutional", (10_000, 40_000, 60_000, 100_000, 200_000)),
    *_rows("professional", (3_000, 10_000, 15_000, 20_000, 25_000)),
)


@dataclass(frozen=True)
class Needed:
    """The largest deductible a panel may have, or that the table to tell it by is missing."""

    status: str  # known, none, table missing
    cents: int | None = None
    citation: str = ""


def deductible(kind: str, panel: int, day: date, table: Iterable[Deductible] = ()) -> Needed:
    """
    The deductible that per-patient protection may have for a panel on a day.

    Since 2019 CMS publishes the tables, with straight lines between the sizes that they list; until
    an administrator has loaded one, the answer is `table missing` and never that all is well.
    """
    known = [row for row in table if row.kind == kind and row.from_date <= day]
    if day >= NEW_TABLES_FROM:
        known = [row for row in known if row.from_date >= NEW_TABLES_FROM]
        if not known:
            return Needed("table missing")
        newest = max(row.from_date for row in known)
        return _between(sorted((r for r in known if r.from_date == newest), key=_size), panel)
    row = max((r for r in LEGACY if r.kind == kind and r.panel_from <= panel), key=_size)
    return Needed("none" if row.cents is None else "known", row.cents, row.citation)


def _size(row: Deductible) -> int:
    return row.panel_from


def _between(rows: list[Deductible], panel: int) -> Needed:
    below = [row for row in rows if row.panel_from <= panel]
    if not below:
        return Needed("known", rows[0].cents, rows[0].citation)
    low, above = below[-1], rows[len(below) :]
    if low.cents is None or not above or above[0].cents is None:
        return Needed("none" if low.cents is None else "known", low.cents, low.citation)
    high = above[0]
    way = Fraction(panel - low.panel_from, high.panel_from - low.panel_from)
    return Needed("known", _cents(low.cents + (high.cents - low.cents) * way), low.citation)


def aggregate_protection_cents(potential_cents: int, referral_loss_cents: int) -> int:
    """
    What aggregate stop-loss has to pay: 90 % of referral costs above 25 % of potential payments.

    `referral_loss_cents` is what referrals cost above what was paid for them. 422.208(f).
    """
    above = referral_loss_cents - RISK_LIMIT * potential_cents
    return _cents(COVERED * above) if above > 0 else 0


def patient_protection_cents(cost_cents: int, deductible_cents: int) -> int:
    """What per-patient stop-loss has to pay: 90 % of a patient's cost above the deductible."""
    return _cents(COVERED * max(0, cost_cents - deductible_cents))


def _cents(amount: Fraction) -> int:
    return round_div(amount.numerator, amount.denominator)


# What has to hold before panels of several plans or products may be counted as one, 422.208(g).
POOLING = {
    "contracts_allow": "the contracts allow it",
    "at_risk_in_each": "the group is at risk for referrals in each category",
    "terms_spread_risk": "the terms let risk be spread across the categories",
    "distributed_as_one": "the pool is not distributed category by category",
    "terms_comparable": "the terms of risk are comparable",
}


def panel_of(sizes: Iterable[int], holds: Iterable[str]) -> tuple[int, list[str]]:
    """The panel to judge by, and the words of what keeps panels from being counted as one."""
    sizes, missing = list(sizes), [words for key, words in POOLING.items() if key not in set(holds)]
    return (max(sizes, default=0), missing) if missing else (sum(sizes), [])
