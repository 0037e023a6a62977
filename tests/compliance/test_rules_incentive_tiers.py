"""What is said of a tier of pay: enough cover, whose patients count, and what nobody told."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.rules.incentive_plans import POOLING, Arrangement, Deductible
from compliance.rules.incentive_tiers import (
    GOOD,
    NOT_KNOWN,
    Basis,
    Cover,
    judge_covers,
    judge_tier,
    pooled_panel,
)

TODAY = date(2026, 11, 20)
CMS = [
    Deductible(kind, date(2026, 1, 1), 1, cents, "a page of CMS")
    for kind, cents in (("combined", 600_000), ("institutional", 1_000_000),
                        ("professional", 300_000))
]  # fmt: skip
RISKY = Arrangement(panel=900, potential_cents=1_000_000, withhold_cents=250_001)


@pytest.mark.parametrize(
    ("covers", "answer"),
    [
        ([], "stop-loss missing"),
        ([Cover("combined", 600_000)], "covered"),
        ([Cover("combined", 600_001)], "deductible too high"),
        ([Cover("combined", 600_000, 89)], "pays too little"),
        ([Cover("combined", 600_000, 90)], "covered"),
        ([Cover("institutional", 1_000_000)], "stop-loss missing"),
        ([Cover("institutional", 1_000_000), Cover("professional", 300_000)], "covered"),
        ([Cover("institutional", 1_000_000), Cover("professional", 300_001)],
         "deductible too high"),
        ([Cover("aggregate", 250_000)], "covered"),
        ([Cover("aggregate", 250_001)], "deductible too high"),
        ([Cover("aggregate", 250_000, 89)], "pays too little"),
    ],
)  # fmt: skip
def test_a_cover_is_enough_at_its_limit_and_not_beyond(covers, answer):
    assert judge_covers(covers, 1_000_000, 900, TODAY, CMS)[0] == answer


def test_without_cms_table_only_an_aggregate_cover_is_enough():
    asked = judge_covers([Cover("combined", 1)], 1_000_000, 900, TODAY, [])
    assert asked[0] == "table missing"
    assert judge_covers([Cover("aggregate", 250_000)], 1_000_000, 900, TODAY, [])[0] == "covered"


def judged(basis: Basis | None, one: Arrangement | None) -> str:
    return judge_tier(basis=basis, arrangement=one, covers=[], day=TODAY, table=CMS).answer


def test_what_nobody_told_is_not_known():
    assert judged(None, None) == judged(None, RISKY) == judged(Basis.FIGURES, None) == NOT_KNOWN
    assert judged(Basis.NOBODY, None) == "nobody below"
    assert judged(Basis.NO_REFERRALS, None) == "no referral risk"
    assert judged(Basis.FIGURES, RISKY) == "stop-loss missing"
    assert NOT_KNOWN not in GOOD


@settings(max_examples=25)
@given(
    basis=st.sampled_from([None, *Basis]),
    figures=st.none() | st.builds(
        Arrangement, panel=st.integers(1, 60_000), potential_cents=st.integers(1, 10**9),
        withhold_cents=st.integers(0, 10**9),
    ),
    covers=st.lists(st.builds(
        Cover, st.sampled_from(["combined", "institutional", "professional", "aggregate"]),
        st.integers(1, 10**9), st.integers(1, 100),
    ), max_size=3),
)  # fmt: skip
def test_no_tier_is_well_without_somebodys_word(basis, figures, covers):
    verdict = judge_tier(basis=basis, arrangement=figures, covers=covers, day=TODAY, table=CMS)
    if basis is None or (basis == Basis.FIGURES and figures is None):
        assert (verdict.answer, verdict.is_good) == (NOT_KNOWN, False)
    if verdict.risk and verdict.risk.is_substantial:
        assert verdict.is_good == (verdict.answer == "covered")


def test_patients_of_others_count_only_where_each_condition_holds():
    all_ = dict.fromkeys(POOLING, True)
    assert pooled_panel(900, [], {}) == (900, "")
    assert pooled_panel(900, [24_100], all_)[0] == 25_000
    assert pooled_panel(900, [24_101], all_)[0] == 25_001
    for key, words in POOLING.items():
        panel, said = pooled_panel(900, [24_101], {**all_, key: False})
        assert (panel, words in said) == (900, True)
