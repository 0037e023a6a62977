"""
Care watch: whether members of a PCP get less than those of peers, told with small-number caution.

A sign is a question, never a verdict. It says something only of eleven members or more, compared to
five peers or more, where the exact interval leaves out what peers make expected and it lies further
out than peers scatter among themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from compliance.rules.small_numbers import poisson_limits, scatter, wilson_limits, z_of

CITATION = "42 CFR 422.208(c)(1), 422.112, 422.152; limits are the IPA's own"
LEAST_MEMBERS = 11  # CMS's own limit of cells that may be published
LEAST_CASES = 10
LEAST_PEERS = 5
FAR = 2.0
MONTHS = 12
TO_HOLD = 2
# A review answers the same signs for so many months; a new sign asks anew.
REVIEW_MONTHS = 3

KINDS = {
    "encounters": "visits with the PCP",
    "gaps_due": "preventive measures that are due",
    "gaps_open": "of these still open",
    "referrals": "referrals asked for",
    "referrals_denied": "of these denied",
    "appeals": "appeals of denials",
    "appeals_overturned": "of these overturned",
    "acsc_admissions": "admissions for conditions that good care outside hospitals avoids",
    "grievances": "grievances about access or care",
    "referrals_decided": "referrals that were decided",
    "referrals_late": "of these decided later than the clock allows",
    "referral_hours": "hours from asking to the decision, of all that were decided",
    "discharges": "discharges from hospital to home or to other care",
    "readmissions": "of these back in hospital, unplanned, within 30 days",
    "procedures": "procedures that health records tell of",
    "immunizations": "shots that health records tell of",
}
# A part is never more than its whole.
WHOLE_OF = {
    "gaps_open": "gaps_due",
    "referrals_denied": "referrals",
    "appeals_overturned": "appeals",
    "referrals_late": "referrals_decided",
    "readmissions": "discharges",
}
NO_VISIT = "no_visit"
# Signs that no fact is told for: they are read from members' PCPs and risk scores.
PANEL_RISK = "panel_risk"
LATE = "late_answers"


@dataclass(frozen=True)
class Sign:
    """One question: what is counted, of what, and which side of the peers asks for a look."""

    key: str
    name: str
    counted: str
    base: str  # "" is member-months; else a kind, or members of a whole year
    side: str  # low or high
    words: str
    limit: Fraction | None = None  # a fixed share instead of the peers'
    is_newest: bool = False  # a state, of which the newest month counts and not their sum
    by_age: bool = False  # of a share: by age and sex as well, where its facts name the members

    @property
    def is_rate(self) -> bool:
        return not self.base


SIGNS = (
    Sign("encounters", "Visits", "encounters", "", "low",
         "visits of the PCP, per 1,000 member-months, against peers by age and sex"),
    Sign(NO_VISIT, "No visit in a year", NO_VISIT, "year_members", "high",
         "members of a whole year who did not see the PCP once"),
    Sign("gaps", "Preventive gaps", "gaps_open", "gaps_due", "high",
         "preventive measures that are due and still open in the newest month", is_newest=True),
    Sign("denials", "Referrals denied", "referrals_denied", "referrals", "high",
         "referrals that were asked for and denied"),
    Sign("overturned", "Denials overturned", "appeals_overturned", "appeals", "high",
         "appeals of denials that were won: more than one in five of ten or more",
         limit=Fraction(1, 5)),
    Sign("acsc", "Avoidable admissions", "acsc_admissions", "", "high",
         "admissions for ambulatory-sensitive conditions (AHRQ PQI 90), against peers by age "
         "and sex"),
    Sign("grievances", "Grievances", "grievances", "", "high",
         "grievances about access or care, against peers by age and sex"),
    Sign(LATE, "Late answers", "referrals_late", "referrals_decided", "high",
         "referrals decided later than the clock of their day allows: 7 calendar days since "
         "2026-01-01, 14 before, 72 hours where expedited (42 CFR 422.568, 422.572)"),
    Sign("readmitted", "Back within 30 days", "readmissions", "discharges", "high",
         "discharges that an unplanned admission followed within 30 days (after HEDIS PCR, own "
         "knowledge, unverified), against peers by age and sex", by_age=True),
    Sign(PANEL_RISK, "Panel by risk", PANEL_RISK, "panel_left", "high",
         "of the members who moved to another PCP, those of the highest third of risk: more than "
         "the panel and peers' members of the same risk make expected"),
)  # fmt: skip
BY_KEY = {sign.key: sign for sign in SIGNS}


@dataclass(frozen=True)
class Taken:
    """What was counted of one PCP for one sign, and what peers make expected of it."""

    pcp: int
    members: int
    count: int
    base: int
    peers: int
    expected: Fraction | None  # None without peers


@dataclass(frozen=True)
class Reading:
    """The answer of one sign about one PCP, with everything it rests on."""

    pcp: int
    state: str  # hidden, as expected, better, asks for a look
    members: int
    count: int
    base: int
    peers: int
    expected: Decimal | None
    low: Decimal | None
    high: Decimal | None
    z: Decimal | None
    scatter: Decimal
    why: str


HIDDEN, AS_PEERS, BETTER, LOOK = "hidden", "as expected", "better than expected", "asks for a look"


def expected_of(
    cells: Mapping[tuple[int, str], tuple[int, int]], peers: Mapping[int, str]
) -> dict[int, tuple[int, Fraction | None]]:
    """
    What each PCP's members would have come to at the rates of its peers, stratum by stratum.

    `cells` are base and count by PCP and stratum. A PCP is not its own peer. Where peers have
    nobody of a stratum, their overall rate serves. Gives how many peers, and None without any.
    """
    by_group: dict[str, dict[str, list[int]]] = {}
    whole: dict[str, list[int]] = {}
    for (pcp, stratum), (base, count) in cells.items():
        for sums in (by_group.setdefault(peers[pcp], {}).setdefault(stratum, [0, 0]),
                     whole.setdefault(peers[pcp], [0, 0])):  # fmt: skip
            sums[0] += base
            sums[1] += count
    own: dict[int, list[tuple[str, int, int]]] = {}
    for (pcp, stratum), (base, count) in cells.items():
        own.setdefault(pcp, []).append((stratum, base, count))
    with_base = {pcp for pcp, rows in own.items() if any(base for _, base, _ in rows)}
    found: dict[int, tuple[int, Fraction | None]] = {}
    for pcp, rows in own.items():
        group = peers[pcp]
        others = sum(1 for one in with_base if peers[one] == group and one != pcp)
        base_left = whole[group][0] - sum(base for _, base, _ in rows)
        count_left = whole[group][1] - sum(count for _, _, count in rows)
        if base_left <= 0:
            found[pcp] = (others, None)
            continue
        overall, total = Fraction(count_left, base_left), Fraction(0)
        for stratum, base, count in rows:
            sums = by_group[group][stratum]
            left = sums[0] - base
            total += base * (Fraction(sums[1] - count, left) if left > 0 else overall)
        found[pcp] = (others, total)
    return found


def expected_leavers(
    thirds: Mapping[int, Mapping[str, tuple[int, int]]], peers: Mapping[int, str]
) -> dict[int, tuple[int, Fraction | None]]:
    """
    How many of a PCP's members who moved away would be of the highest third of risk, as peers lose.

    `thirds` are members and those who moved, by PCP and third (low, high). What is compared is a
    share of those who moved: a PCP whom everybody leaves does not choose among them, and one whose
    panel is sick loses more of the sick. Gives how many peers, and None where they lose nobody.
    """
    whole: dict[str, dict[str, list[int]]] = {}
    members: dict[str, int] = {}
    for pcp, of in thirds.items():
        sums = whole.setdefault(peers[pcp], {"low": [0, 0], "high": [0, 0]})
        for third, (size, moved) in of.items():
            sums[third][0] += size
            sums[third][1] += moved
        members[peers[pcp]] = members.get(peers[pcp], 0) + any(size for size, _ in of.values())
    found: dict[int, tuple[int, Fraction | None]] = {}
    for pcp, of in thirds.items():
        weights: dict[str, Fraction | None] = {}
        for third in ("low", "high"):
            size, moved = of.get(third, (0, 0))
            left = whole[peers[pcp]][third][0] - size
            lost = whole[peers[pcp]][third][1] - moved
            weights[third] = size * Fraction(lost, left) if left else None
        others = members[peers[pcp]] - any(size for size, _ in of.values())
        if None in weights.values() or not (total := sum(weights.values())):
            found[pcp] = (others, None)
            continue
        base = sum(moved for _, moved in of.values())
        found[pcp] = (others, base * weights["high"] / total)
    return found


def judge(sign: Sign, taken: Sequence[Taken]) -> list[Reading]:
    """Judge one sign of the PCPs of one group of peers."""
    zs = {
        one.pcp: _z(sign, one)
        for one in taken
        if one.expected is not None and _why_hidden(sign, one) == ""
    }
    wide = scatter(list(zs.values()))
    return [_reading(sign, one, zs.get(one.pcp), wide) for one in taken]


def _z(sign: Sign, one: Taken) -> float:
    share = Fraction(0) if sign.is_rate or not one.base else one.expected / one.base
    return z_of(one.count, one.expected, share)


def _why_hidden(sign: Sign, one: Taken) -> str:
    if one.members < LEAST_MEMBERS:
        return f"fewer than {LEAST_MEMBERS} members"
    if not sign.is_rate and one.base < LEAST_CASES:
        return f"fewer than {LEAST_CASES} to count of"
    if not one.base:
        return "no member-months"
    if sign.limit is None and (one.peers < LEAST_PEERS or one.expected is None):
        return f"fewer than {LEAST_PEERS} peers"
    return ""


def _reading(sign: Sign, one: Taken, z: float | None, wide: float) -> Reading:
    hidden = _why_hidden(sign, one)
    given = {"pcp": one.pcp, "members": one.members, "count": one.count, "base": one.base,
             "peers": one.peers, "scatter": _round(wide)}  # fmt: skip
    if hidden:
        return Reading(state=HIDDEN, expected=None, low=None, high=None, z=None, why=hidden,
                       **given)  # fmt: skip
    if sign.is_rate:
        low, high = poisson_limits(one.count)
    else:
        low, high = (one.base * edge for edge in wilson_limits(one.count, one.base))
    expected = one.base * sign.limit if sign.limit is not None else one.expected
    state, why = _state(sign, one, float(expected), low, high, z, wide)
    return Reading(
        state=state, expected=_round(expected), low=_round(low), high=_round(high),
        z=None if z is None else _round(z / wide**0.5), why=why, **given,
    )  # fmt: skip


def _state(
    sign: Sign, one: Taken, expected: float, low: float, high: float, z: float | None, wide: float
) -> tuple[str, str]:
    if sign.limit is not None:  # a fixed limit: more than it, of enough cases
        over = one.count > sign.limit * one.base
        return (LOOK, "more than the limit") if over else (AS_PEERS, "not more than the limit")
    if low <= expected <= high:
        return AS_PEERS, "the interval holds what is expected"
    side = "low" if high < expected else "high"
    if abs(z or 0.0) <= FAR * wide**0.5:
        return AS_PEERS, "outside by chance alone, but no further out than peers scatter"
    return (LOOK if side == sign.side else BETTER), f"{side}er than peers make expected"


def _round(value: Fraction | float) -> Decimal:
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(value).quantize(Decimal("0.0001"))


def signs_of(readings: Mapping[str, Reading]) -> list[str]:
    """Which signs ask for a look, in the order of the list."""
    return [s.key for s in SIGNS if s.key in readings and readings[s.key].state == LOOK]


def asks_for_review(
    signs: Sequence[str], month: date, answered: Sequence[tuple[date, Sequence[str]]]
) -> bool:
    """
    Whether signs hold a bonus for a review: two or more that no recent release answered all of.

    `answered` are months and signs of earlier concerns whose bonus was released.
    """
    if len(signs) < TO_HOLD:
        return False
    for then, known in answered:
        age = (month.year - then.year) * 12 + month.month - then.month
        if 0 <= age < REVIEW_MONTHS and set(signs) <= set(known):
            return False
    return True


def rate_text(sign: Sign, count: int, base: int) -> str:
    """The number that people read: per 1,000 member-months, or a share."""
    if not base:
        return "nothing to count of"
    if sign.is_rate:
        return f"{Decimal(1000 * count) / base:.1f} per 1,000"
    return f"{Decimal(100 * count) / base:.1f} %"
