"""Traces word for word: what was read and which rule was used, so that any amount can be opened."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from capitation.rules.entitlement import CoverageSpan, Exclusivity, Participation, Share
from capitation.rules.terms import MissingPolicy, Step
from capitation.rules.traces import ZERO_WORDS, TraceInputs, TraceNode
from tests.capitation.test_rules_entitlement import (
    ALVAREZ,
    ALWAYS,
    DAILY,
    FLAT,
    MARY,
    NOBODY,
    OCT,
    PERCENT,
    TERMS,
    covered,
    oct_day,
    of,
)

CLAUSE = "section 4.2"
CITED = replace(
    DAILY,
    citation=CLAUSE,
    exclusivity_pct=D(2),
    reinsurance=Step("pmpm", D("12.50")),
    hospital_pool=Step("pct", D(40), "remaining"),
    specialist_pool=Step("pct", D(50), "hospital_pool"),
)
TWO_PLANS = replace(
    MARY,
    coverage=(CoverageSpan("A", ALWAYS, oct_day(8)), CoverageSpan("B", oct_day(8))),
    exclusivities=(Exclusivity(ALVAREZ, oct_day(22)),),
    county="06037",
)


def named(facts, terms, name):
    (node,) = (node for node in of(facts, terms).trace if node.name == name)
    return node


def segment(cents, days, rate, full):
    return TraceNode(
        "segment",
        cents,
        {
            "days": days,
            "month_days": 31,
            "rate": rate,
            "rate_defaulted": False,
            "full_month": full,
        },
        "The full month, rounded once, by the days at this rate.",
        CLAUSE,
    )


WRITTEN = (
    TraceNode(
        "expected",
        99561,
        {
            "premium": 123456,
            "share_pct": D(80),
            "exclusivity_pct": D(2),
            "exclusive_days": 10,
            "days": 31,
        },
        "The plan's share of the CMS premium, with the addition for days with a practice "
        "exclusive with it, less sequestration where the IPA bears it.",
        CLAUSE,
    ),
    TraceNode("received", 98765, {}, "What the plan's file says.", CLAUSE),
    TraceNode(
        "admin_fee",
        7901,
        {"base": "received", "base_cents": 98765, "pct": D(8)},
        "The administrative fee: a percentage of what the plan paid.",
        CLAUSE,
    ),
    TraceNode(
        "reinsurance",
        1250,
        {"pmpm": D("12.50"), "days": 31, "month_days": 31},
        "The reinsurance premium: dollars per member and month, by the days counted.",
        CLAUSE,
    ),
    TraceNode(
        "hospital_pool",
        35846,
        {"base": "remaining", "base_cents": 98765 - 7901 - 1250, "pct": D(40)},
        "The hospital pool: a percentage of what remains.",
        CLAUSE,
    ),
    TraceNode(
        "specialist_pool",
        17923,
        {"base": "hospital_pool", "base_cents": 35846, "pct": D(50)},
        "The specialist pool: a percentage of the hospital pool.",
        CLAUSE,
    ),
    TraceNode("pharmacy_pool", 0, {}, "The terms have no pharmacy pool.", CLAUSE),
    TraceNode(
        "provider",
        24845,
        {
            "assignment_rule": "daily",
            "decided_on": None,
            "pcps": f"12@{ALVAREZ}:31",
            "plan_code": "B",
            "sex": "F",
            "age": 76,
            "county": "06037",
            "risk": D("1.105"),
            "risk_defaulted": False,
        },
        "Days at one rate are rounded once; their parts are added.",
        CLAUSE,
        (segment(7735, 7, D("310.00"), 34255), segment(17110, 24, D("200.00"), 22100)),
    ),
    TraceNode(
        "retained",
        98765 - 7901 - 1250 - 35846 - 17923 - 24845,
        {"received": 98765},
        "What is left of the money received stays with the IPA.",
        CLAUSE,
    ),
    TraceNode(
        "withhold",
        2485,
        {"provider": 24845, "withhold_pct": D(10)},
        "A percentage of each payee's part, withheld.",
        CLAUSE,
    ),
)


def test_writes_down_every_component_of_a_month_at_two_rates():
    e = of(TWO_PLANS, CITED)
    # 987.65 less 8 % and 12.50 is 896.14; 40 % of it 358.46, half of that 179.23
    assert (e.admin_fee, e.reinsurance, e.hospital_pool, e.specialist_pool) == (
        *(7901, 1250, 35846, 17923),
    )
    assert (e.provider, e.withhold, e.expected) == (7735 + 17110, 2485, 99561)
    assert e.shares == (Share(ALVAREZ, 12, 31, 24845, 2485),)
    assert e.inputs == TraceInputs(
        terms_id=1,
        plan_code="B",
        rate=D("310.00"),
        risk=D("1.105"),
        age=76,
        sex="F",
        pcps=f"12@{ALVAREZ}:31",
        premium=123456,
        received=98765,
        covered_days=31,
        counted_days=31,
        exclusive_days=10,
        county="06037",
    )
    assert e.trace == WRITTEN


def test_writes_down_a_flat_rate_without_any_risk():
    terms = replace(FLAT, citation=CLAUSE, assignment_rule="as_of_day", assignment_day=15)
    node = named(MARY, terms, "provider")
    assert node.value == 10000
    assert node.parameters["decided_on"] == date(2026, 10, 15)
    assert "risk" not in node.parameters
    assert node.children == (segment(10000, 31, D("100"), 10000),)
    assert named(MARY, replace(terms, assignment_rule="first_day"), "provider").parameters[
        "decided_on"
    ] == (OCT)


def test_writes_down_a_percentage():
    node = named(MARY, replace(PERCENT, citation=CLAUSE), "provider")
    assert (node.value, node.rule) == (
        32592,
        "Days at one rate are rounded once; their parts are added.",
    )
    assert node.children == (
        TraceNode(
            "segment",
            32592,
            {"days": 31, "month_days": 31, "rate_pct": D(33)},
            "A percentage of what the plan paid for the member.",
            CLAUSE,
        ),
    )


def test_writes_down_why_nothing_was_earned():
    hospice = replace(MARY, statuses=frozenset({"hospice", "esrd"}))
    terms = replace(TERMS, citation=CLAUSE, unpaid_statuses=frozenset({"hospice", "esrd"}))
    e = of(hospice, terms)
    assert e.inputs.status == "esrd"
    assert named(hospice, terms, "provider") == TraceNode(
        "provider",
        0,
        {
            "assignment_rule": "first_day",
            "decided_on": OCT,
            "pcps": f"12@{ALVAREZ}:31",
            "plan_code": "A",
            "sex": "F",
            "age": 76,
            "county": None,
            "risk": D("1.105"),
            "risk_defaulted": False,
            "reason": "status",
        },
        ZERO_WORDS["status"],
        CLAUSE,
    )


def test_reads_no_risk_and_no_birth_date_where_there_are_none():
    late = replace(covered(oct_day(20)), birth_date=None)
    e = of(late)
    assert (e.zero_reason, e.inputs.risk, e.inputs.rate, e.inputs.age) == (
        *("not_on_day", None, None, None),
    )
    assert e.inputs.plan_code is None
    assert "risk" not in named(late, TERMS, "provider").parameters
    assert e.inputs.pcps == f"12@{ALVAREZ}:0"


def test_says_that_a_default_stood_in():
    terms = replace(DAILY, missing_rate=MissingPolicy("default", D("50")))
    unknown = replace(TWO_PLANS, sex=None, risk=None)
    e = of(unknown, terms)
    assert (e.inputs.rate, e.inputs.risk, e.provider) == (D("50"), D(1), 5000)
    (part,) = named(unknown, terms, "provider").children
    assert part.parameters["rate_defaulted"] is True
    assert part.parameters["days"] == 31


def test_shares_of_a_payee_are_added_over_rates_and_doctors():
    facts = replace(
        TWO_PLANS,
        participations=(*MARY.participations, Participation(15, ALVAREZ, ALWAYS)),
    )
    assert sum(share.days for share in of(facts, DAILY).shares) == 31
    assert of(facts, DAILY).shares == (Share(ALVAREZ, 12, 31, 24845, 2485),)


def test_reads_nothing_where_nothing_is_known():
    e = of(replace(MARY, assignments=(), premium_cents=None))
    assert (e.premium, e.expected) == (0, 0)
    assert e.inputs.premium is None
    assert e.inputs.pcps == f"0@{NOBODY}:31"
