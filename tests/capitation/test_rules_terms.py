from dataclasses import replace
from decimal import Decimal as D

import pytest

from capitation.rules.terms import MissingPolicy, Step, Terms, one_dollar, sentence, validate

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
