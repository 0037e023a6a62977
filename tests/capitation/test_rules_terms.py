from dataclasses import replace
from decimal import Decimal as D

import pytest

from capitation.rules.terms import (
    MissingPolicy,
    Step,
    Terms,
    expected_cents,
    one_dollar,
    sentence,
    validate,
)

GOOD = Terms(
    terms_id=1,
    admin_fee=Step("pct", D("8.0000")),
    reinsurance=Step("pmpm", D("12.5")),
    hospital_pool=Step("pct", D(40)),
    rate_model="percent",
    rate_pct=D(30),
    withhold_pct=D(10),
    unpaid_statuses=frozenset({"hospice", "esrd"}),
)


def test_says_terms_in_plain_english():
    assert sentence(GOOD) == (
        "The plan pays 80 % of the CMS premium. The IPA takes 8 % of what the plan paid as the "
        "administrative fee, $12.50 per member and month as the reinsurance premium and 40 % of "
        "what the plan paid as the hospital pool. The PCP's practice earns 30 % of what the plan "
        "paid, of which 10 % is withheld; nothing is paid for a member the plan paid nothing for; "
        "members with status esrd or hospice are not paid. The PCP on the first day of the month "
        "is paid for the month. Changes reach back 6 months, the plan's own premium changes "
        "without limit. What is left stays with the IPA."
    )


def test_divides_one_assumed_premium():
    assert one_dollar(GOOD) == {
        "premium": 100000,
        "received": 80000,
        "admin_fee": 6400,
        "reinsurance": 1250,
        "hospital_pool": 32000,
        "specialist_pool": 0,
        "pharmacy_pool": 0,
        "provider": 24000,
        "retained": 16350,
        "withhold": 2400,
    }


def test_accepts_good_terms():
    assert validate(GOOD) == []
    assert validate(replace(GOOD, rate_pct=D(52))) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rate_pct": D("52.0001")}, "add up to 100.0001 %"),
        ({"admin_fee": Step("pct", D(5), "hospital_pool")}, "choose an earlier one"),
        ({"admin_fee": Step("pct", D(5), "admin_fee")}, "choose an earlier one"),
        ({"admin_fee": Step("pct", D(101), "premium")}, "more than 100 %"),
        ({"admin_fee": Step("pmpm", D(-1))}, "must not be negative"),
        ({"admin_fee": Step("share")}, "'share'"),
        ({"withhold_pct": D(101)}, "withhold_pct is 101"),
        ({"exclusivity_pct": D(21)}, "above 100 % together"),
        ({"assignment_day": 32}, "from 1 to 31"),
        ({"rate_model": "magic"}, "'magic'"),
        ({"missing_rate": MissingPolicy("guess")}, "'guess'"),
        ({"missing_risk": MissingPolicy("default", D(-1))}, "must not be negative"),
        ({"lookback_months": -1}, "must not be negative"),
    ],
)
def test_names_what_is_wrong(change, words):
    problems = validate(replace(GOOD, **change))
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize(
    "change",
    [
        {"assignment_day": 1},
        {"assignment_day": 31},
        {"lookback_months": 0, "premium_lookback_months": 0},
        {"withhold_pct": D(100)},
        {"plan_share_pct": D(98), "exclusivity_pct": D(2)},
        {"sequestration_borne_by": "ipa"},
        {"admin_fee": Step("pct", D(100), "premium")},
        {"hospital_pool": Step("pct", D(40), "remaining")},
        {"pharmacy_pool": Step("pct", D(1), "hospital_pool")},
        {"admin_fee": Step("pmpm", D("100.01"))},
    ],
)
def test_accepts_terms_at_the_edges(change):
    assert validate(replace(GOOD, **change)) == []


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (
            {"rate_model": "magic", "pay_basis": "hope"},
            [
                "rate_model is 'magic'; it must be one of percent, flat, age_sex.",
                "pay_basis is 'hope'; it must be one of received, eligible.",
            ],
        ),
        (
            {"assignment_rule": "x", "odd_cent_owner": "y", "sequestration_borne_by": "z"},
            [
                "assignment_rule is 'x'; it must be one of first_day, as_of_day, fifteen_thirty, "
                "daily.",
                "odd_cent_owner is 'y'; it must be one of largest_remainder, most_days.",
                "sequestration_borne_by is 'z'; it must be one of plan, ipa.",
            ],
        ),
        (
            {"missing_rate": MissingPolicy("guess", D(-1))},
            [
                "missing_rate is 'guess'; it must be one of default, hold, zero, fail.",
                "The default of missing_rate must not be negative.",
            ],
        ),
        (
            {"admin_fee": Step("share", D("-0.01"))},
            [
                "The administrative fee's method is 'share'; it must be none, pct, pmpm.",
                "The administrative fee must not be negative.",
            ],
        ),
        (
            {"reinsurance": Step("pct", D("100.0001"), "premium")},
            ["The reinsurance premium must not be more than 100 %."],
        ),
        (
            {"admin_fee": Step("pct", D(5), "hospital_pool")},
            [
                "The administrative fee is a share of the hospital pool, which is not known at "
                "that step; choose an earlier one."
            ],
        ),
        (
            {"specialist_pool": Step("pct", D(5), "luck")},
            [
                "The specialist pool is a share of 'luck', which is not known at that step; "
                "choose an earlier one."
            ],
        ),
        (
            {"withhold_pct": D("100.0001")},
            ["withhold_pct is 100.0001; it must be from 0 to 100 percent."],
        ),
        (
            {"plan_share_pct": D(98), "exclusivity_pct": D("2.0001")},
            ["The plan's share and the exclusivity addition are above 100 % together."],
        ),
        ({"assignment_day": 0}, ["The assignment day must be from 1 to 31."]),
        ({"flat_pmpm": D("-0.01")}, ["The flat rate must not be negative."]),
        ({"premium_lookback_months": -1}, ["Look-back months must not be negative."]),
    ],
)
def test_says_what_is_wrong_word_for_word(change, problems):
    assert validate(replace(GOOD, **change)) == problems


def test_divides_an_assumed_premium_by_every_model():
    bound = replace(GOOD, exclusivity_pct=D(2), admin_fee=Step("pct", D(8), "premium"))
    assert one_dollar(bound)["received"] == expected_cents(bound, 100000) == 80000
    exclusive = one_dollar(bound, is_exclusive=True)
    assert (exclusive["received"], exclusive["admin_fee"], exclusive["provider"]) == (
        82000,
        8000,
        24600,
    )
    flat = one_dollar(replace(GOOD, rate_model="flat", flat_pmpm=D("123.455")))
    # 800.00 less 64.00, 12.50 and 320.00
    assert (flat["provider"], flat["retained"], flat["withhold"]) == (12346, 40350 - 12346, 1235)
    table = one_dollar(replace(GOOD, rate_model="age_sex", flat_pmpm=D(9)))
    assert (table["provider"], table["retained"], table["withhold"]) == (0, 40350, 0)
