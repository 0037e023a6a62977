"""Every tier of pay that an incentive plan runs through, 42 CFR 422.208: judged, or not known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compliance.rules.incentive_plans import (
    COVERED,
    POOLING,
    RISK_LIMIT,
    Arrangement,
    Deductible,
    Risk,
    deductible,
    substantial_risk,
)

LEAST_PCT = int(COVERED * 100)


class Tier(StrEnum):
    """Who pays whom. An IPA with practices under contract is no physician group, 422.208(a)."""

    PLAN = "plan_ipa"
    PRACTICE = "ipa_practice"
    GROUP = "practice_group"
    PHYSICIANS = "practice_physicians"


TIER_WORDS = {
    Tier.PLAN: "a plan to the IPA",
    Tier.PRACTICE: "the IPA to a practice",
    Tier.GROUP: "a practice to a group below it",
    Tier.PHYSICIANS: "a practice to its physicians",
}
# What a practice says of the tiers below it.
BELOW = (Tier.GROUP, Tier.PHYSICIANS)


class Basis(StrEnum):
    """What was told of one arrangement."""

    FIGURES = "figures"
    NO_REFERRALS = "no_referrals"
    NOBODY = "nobody"


BASIS_WORDS = {
    Basis.FIGURES: "a part of the pay rests on the use or cost of referrals",
    Basis.NO_REFERRALS: "no part of the pay rests on the use or cost of referrals",
    Basis.NOBODY: "nobody is paid on this tier: the practice is one physician, who owns it",
}

NOT_KNOWN = "not known"
GOOD = (
    "nobody below", "no referral risk", "no substantial risk", "no cover needed", "covered",
)  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """A stop-loss policy in force: what it covers, from which loss on, and how much of it."""

    kind: str  # combined, institutional, professional: a patient and year; or aggregate
    deductible_cents: int
    covered_pct: int = LEAST_PCT


@dataclass(frozen=True)
class Verdict:
    """The answer for one arrangement, why, and the tests it was asked."""

    answer: str
    why: str
    risk: Risk | None = None
    most_cents: int | None = None  # the largest combined deductible that is enough

    @property
    def is_good(self) -> bool:
        """Whether nothing has to be done."""
        return self.answer in GOOD


def judge_tier(
    *,
    basis: Basis | None,
    arrangement: Arrangement | None,
    covers: Collection[Cover],
    day: date,
    table: Iterable[Deductible],
) -> Verdict:
    """
    Judge one arrangement of one tier; what nobody told is `not known`, whatever else is.

    Any test over its limit is substantial risk; then stop-loss has to be in force that is enough.
    """
    if basis is None or (basis == Basis.FIGURES and arrangement is None):
        return Verdict(NOT_KNOWN, "nobody told how this tier is paid")
    if basis == Basis.NOBODY:
        return Verdict("nobody below", BASIS_WORDS[basis])
    if basis == Basis.NO_REFERRALS:
        return Verdict("no referral risk", BASIS_WORDS[basis])
    risk = substantial_risk(arrangement)
    if not risk.is_substantial:
        return Verdict("no substantial risk", risk.why, risk)
    answer, said, most = judge_covers(
        covers, arrangement.potential_cents or arrangement.max_cents or 0, arrangement.panel, day,
        list(table),
    )  # fmt: skip
    return Verdict(answer, f"{risk.why}; {said}", risk, most)


def judge_covers(
    covers: Collection[Cover], potential_cents: int, panel: int, day: date,
    table: Collection[Deductible],
) -> tuple[str, str, int | None]:  # fmt: skip
    """
    Whether stop-loss is enough, in a word, why, and the largest combined deductible; 422.208(f).

    Enough is an aggregate cover from a quarter of the potential payments on, or a deductible a
    patient for all services, or one each for institutional and professional services; each paying
    at least 90 % of what is above it.
    """
    paying = [one for one in covers if one.covered_pct >= LEAST_PCT]
    if any(_is_enough_in_all(one, potential_cents) for one in paying):
        return "covered", "an aggregate policy pays from a quarter of it on", None
    needed = {
        kind: deductible(kind, panel, day, table)
        for kind in ("combined", "institutional", "professional")
    }
    combined = needed["combined"]
    if combined.status == "table missing":
        return "table missing", "CMS's table of deductibles is not loaded", None
    if combined.status == "none":
        return "no cover needed", f"no deductible is listed for {panel:,} patients", None
    meets = {
        one.kind
        for one in paying
        if one.kind in needed and one.deductible_cents <= (needed[one.kind].cents or 0)
    }
    if "combined" in meets or {"institutional", "professional"} <= meets:
        return "covered", "the deductible is as low as CMS's table asks", combined.cents
    if not covers:
        return "stop-loss missing", "no policy is on file", combined.cents
    if len(paying) < len(covers):
        return "pays too little", f"a policy pays less than {LEAST_PCT} %", combined.cents
    kinds = {one.kind for one in covers}
    if kinds in ({"institutional"}, {"professional"}):
        lacks = ({"institutional", "professional"} - kinds).pop()
        return "stop-loss missing", f"no policy for {lacks} services is on file", combined.cents
    return "deductible too high", "no policy on file is low enough", combined.cents


def _is_enough_in_all(one: Cover, potential_cents: int) -> bool:
    return one.kind == "aggregate" and one.deductible_cents <= RISK_LIMIT * potential_cents


def pooled_panel(own: int, others: Iterable[int], holds: Mapping[str, bool]) -> tuple[int, str]:
    """
    The panel to judge by, and how it came about; 422.208(g).

    Patients of other plans and programs count only where each of the five conditions holds.
    """
    others = list(others)
    if not others:
        return own, ""
    missing = [words for key, words in POOLING.items() if not holds.get(key)]
    if missing:
        return own, f"{own:,} of its own alone: it is not shown that {missing[0]}"
    return own + sum(others), f"{own:,} of its own and {sum(others):,} that are pooled with them"
