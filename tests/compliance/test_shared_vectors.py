"""The vectors that the domain's pages give, read from where they stand, row for row."""

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from compliance.rules.clocks import breach_days, due_date
from compliance.rules.incentive_plans import (
    Arrangement,
    aggregate_protection_cents,
    deductible,
    patient_protection_cents,
    substantial_risk,
)
from compliance.rules.solvency import CASH_TO_CLAIMS, grades, required_tne_cents
from credentialing.rules.decisions import next_due
from credentialing.rules.windows import standing_on
from tests.compliance.test_rules_solvency import MILLION, SOUND

FILE = Path(__file__).resolve().parent.parent.parent.parent / "shared/data/vectors.json"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the shared vectors are not here")


@pytest.fixture(scope="module")
def vectors() -> dict:
    return json.loads(FILE.read_text())


def cents(dollars: str | int) -> int:
    return int(Decimal(dollars) * 100)


def test_pip_sfr(vectors):
    names = {"potential": "potential_cents", "withhold": "withhold_cents", "bonus": "bonus_cents",
             "max": "max_cents", "min": "min_cents"}  # fmt: skip
    got = {}
    for row in vectors["pip_sfr"]:
        given = {name: cents(row[key]) for key, name in names.items() if key in row}
        got[row["case"]] = substantial_risk(Arrangement(row["panel"], **given)).is_substantial
    assert got == {row["case"]: row["sfr"] for row in vectors["pip_sfr"]}
    assert len(got) == 8


def test_stop_loss(vectors):
    got = []
    for row in vectors["stop_loss"]:
        if row["kind"] == "aggregate":
            referral = cents(row["referral_cost_above_funding"])
            got.append(aggregate_protection_cents(cents(row["potential"]), referral))
        else:
            known = deductible("combined", row["panel"], date(2018, 12, 31)).cents
            assert known == cents(row["deductible"])
            got.append(patient_protection_cents(cents(row["patient_cost"]), known))
    assert got == [cents(row["min_protection"]) for row in vectors["stop_loss"]]
    assert len(got) == 2


def test_rbo(vectors):
    """What the file says in words, held against the grades of a quarter that has those figures."""
    assert vectors["rbo"] == {
        "cash_to_claims_3.0M_over_4.0M": "0.75 pass",
        "timeliness_949_of_1000": "fail",
        "tne_1.5M_required_max(0.01*60M,0.04*20M)=0.8M": "pass",
    }
    money = SOUND.cash_cents + SOUND.securities_cents + SOUND.capitation_due_cents
    claims = SOUND.claims_payable_cents + SOUND.ibnr_cents
    assert (money, claims) == (3 * MILLION, 4 * MILLION)
    assert Fraction(money, claims) == CASH_TO_CLAIMS
    assert (SOUND.tne_cents, required_tne_cents(SOUND)) == (MILLION * 3 // 2, MILLION * 4 // 5)
    late = grades(SOUND.__class__(**vars(SOUND) | {"claims_timely": 949}))
    told = {grade.name: grade.holds for grade in late}
    assert told["Cash to claims"]
    assert told["Tangible net equity"]
    assert not told["Claims decided on time"]


def test_dates(vectors):
    dates = {key: value for key, value in vectors["dates"].items() if isinstance(value, str)}
    november = date(2026, 11, 20)
    breach = breach_days(date(2026, 11, 2), 499, 499)
    got = {
        "recred_from_2024-03-03": next_due(date(2024, 3, 3)),
        "breach_found_2026-11-02_individuals": breach.individuals,
        "small_breaches_2026_HHS": breach.agency,
        "org_det_2026-11-20": due_date("organization determination", november),
        "org_det_extended": due_date("organization determination", november, is_extended=True),
    }
    assert {key: f"{day}" for key, day in got.items()} == dates
    for key, holds in (("psv_120_ok", True), ("psv_120_stale", False)):
        verified, decided = map(date.fromisoformat, vectors["dates"][key])
        standing = standing_on("primary", verified, None, decided)
        assert standing.holds is holds, key
        assert decided - verified == timedelta(days=120 if holds else 121)
