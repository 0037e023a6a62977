from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.entitlement import (
    Assignment,
    CoverageSpan,
    Exclusivity,
    MemberMonth,
    MissingInput,
    Participation,
    Share,
    entitlement,
)
from capitation.rules.terms import ASSIGNMENT_RULES, STEPS, MissingPolicy, Step, Terms

OCT = date(2026, 10, 1)
ALVAREZ, BELL, NOBODY = 100, 101, 999
CELLS = {("A", "F", 76): D("310.00"), ("B", "F", 76): D("200.00")}
TERMS = Terms(
    terms_id=1,
    admin_fee=Step("pct", D(8)),
    reinsurance=Step("pmpm", D("12.50")),
    hospital_pool=Step("pct", D(40)),
    rate_model="age_sex",
    risk_adjusted=True,
    withhold_pct=D(10),
)
DAILY = replace(TERMS, assignment_rule="daily")
FLAT = replace(TERMS, rate_model="flat", flat_pmpm=D("100"), risk_adjusted=False)
PERCENT = replace(DAILY, rate_model="percent", rate_pct=D(33))
ALWAYS = date(2020, 1, 1)
MARY = MemberMonth(
    member_id=7,
    month=OCT,
    coverage=(CoverageSpan("A", ALWAYS),),
    assignments=(Assignment(12, ALWAYS),),
    participations=(Participation(12, ALVAREZ, ALWAYS), Participation(15, BELL, ALWAYS)),
    birth_date=date(1950, 10, 1),
    sex="F",
    risk=D("1.105"),
    premium_cents=123456,
    received_cents=98765,
)


def oct_day(day):
    return date(2026, 10, day)


def covered(start, end=None, plan="A"):
    return replace(MARY, coverage=(CoverageSpan(plan, start, end),))


MOVED = replace(
    MARY, assignments=(Assignment(12, ALWAYS, oct_day(11)), Assignment(15, oct_day(11)))
)


def of(facts, terms=TERMS, cells=CELLS):
    return entitlement(facts, terms, cells, NOBODY)


def test_divides_the_october_of_the_design_to_the_cent():
    e = of(MARY)
    assert (e.premium, e.expected, e.received) == (123456, 98765, 98765)
    assert (e.admin_fee, e.reinsurance, e.hospital_pool) == (7901, 1250, 39506)
    assert (e.specialist_pool, e.pharmacy_pool) == (0, 0)
    assert (e.provider, e.retained, e.suspense, e.withhold) == (34255, 15853, 0, 3426)
    assert e.shares == (Share(ALVAREZ, 12, 31, 34255, 3426),)
    assert e.inputs.pcps == f"12@{ALVAREZ}:31"
    assert (e.zero_reason, e.held_reason) == (None, None)


def test_prorates_a_move_on_the_11th():
    e = of(MOVED, DAILY)
    assert e.shares == (Share(ALVAREZ, 12, 10, 11050, 1105), Share(BELL, 15, 21, 23205, 2321))
    assert (e.provider, e.withhold) == (34255, 3426)
    assert e.inputs.pcps == f"12@{ALVAREZ}:10,15@{BELL}:21"


def test_pays_the_pcp_of_the_first_for_the_whole_month():
    assert of(MOVED).shares == (Share(ALVAREZ, 12, 31, 34255, 3426),)


@pytest.mark.parametrize(
    ("start", "counted"), [(14, 31), (15, 31), (16, 0)], ids=["14th", "15th", "16th"]
)
def test_counts_an_add_up_to_the_15th_for_the_whole_month(start, counted):
    e = of(covered(oct_day(start)), replace(TERMS, assignment_rule="fifteen_thirty"))
    assert e.counted_days == counted
    assert e.provider == (34255 if counted else 0)
    assert [s.payee_id for s in e.shares] == [ALVAREZ]
    assert e.zero_reason == (None if counted else "not_on_day")


@pytest.mark.parametrize(("first_day_gone", "counted"), [(15, 0), (16, 31), (17, 31)])
def test_takes_the_month_back_for_a_term_up_to_the_15th(first_day_gone, counted):
    terms = replace(TERMS, assignment_rule="fifteen_thirty")
    assert of(covered(ALWAYS, oct_day(first_day_gone)), terms).counted_days == counted


@pytest.mark.parametrize(("boundary", "counted"), [(14, 0), (15, 31)])
def test_takes_the_boundary_day_from_the_terms(boundary, counted):
    terms = replace(TERMS, assignment_rule="fifteen_thirty", assignment_day=boundary)
    assert of(covered(oct_day(15)), terms).counted_days == counted


@pytest.mark.parametrize(("day", "counted"), [(9, 0), (10, 31), (31, 31)])
def test_looks_at_one_day(day, counted):
    terms = replace(TERMS, assignment_rule="as_of_day", assignment_day=day)
    assert of(covered(oct_day(10)), terms).counted_days == counted


def test_takes_the_last_day_of_a_short_month():
    terms = replace(FLAT, assignment_rule="as_of_day", assignment_day=31)
    e = of(replace(MARY, month=date(2026, 2, 1)), terms)
    assert (e.counted_days, e.month_days, e.provider) == (28, 28, 10000)


def test_lists_a_member_added_too_late_with_nothing_at_his_doctor():
    facts = replace(
        covered(oct_day(16), oct_day(26)),
        assignments=(Assignment(12, ALWAYS, oct_day(20)), Assignment(15, oct_day(20))),
    )
    e = of(facts, replace(TERMS, assignment_rule="fifteen_thirty"))
    assert e.shares == (Share(BELL, 15, 0, 0, 0),)
    assert (e.provider, e.reinsurance, e.admin_fee, e.hospital_pool) == (0, 0, 7901, 39506)
    assert (e.covered_days, e.counted_days, e.retained) == (10, 0, 98765 - 7901 - 39506)


def test_suspends_money_for_a_month_without_coverage():
    e = of(covered(date(2026, 11, 1)))
    assert (e.received, e.suspense, e.retained, e.expected, e.premium) == (98765, 98765, 0, 0, 0)
    assert e.shares == ()
    assert e.zero_reason == "not_covered"


def test_rounds_each_rate_of_a_month_once():
    facts = replace(
        MARY,
        coverage=(CoverageSpan("A", ALWAYS, oct_day(8)), CoverageSpan("B", oct_day(8))),
    )
    e = of(facts, DAILY)
    # 342.55 × 7/31 = 77.35 and 221.00 × 24/31 = 171.10
    assert e.provider == 7735 + 17110
    # The trace keeps the highest of several, so that it needs no order.
    assert (e.inputs.plan_code, e.inputs.rate) == ("B", D("310.00"))


def test_joins_days_at_the_same_rate_before_rounding():
    facts = replace(
        MARY,
        coverage=(CoverageSpan("A", ALWAYS, oct_day(8)), CoverageSpan("B", oct_day(8))),
    )
    flat = replace(FLAT, assignment_rule="daily", flat_pmpm=D("0.11"))
    assert of(facts, flat).provider == 11


def test_holds_a_member_without_a_pcp_for_the_ipa():
    assert of(replace(MARY, assignments=())).shares == (Share(NOBODY, None, 31, 34255, 3426),)


def test_holds_the_days_of_a_pcp_outside_the_network_under_his_name():
    facts = replace(MARY, participations=(Participation(12, ALVAREZ, oct_day(11)),))
    assert of(facts).shares == (Share(NOBODY, 12, 31, 34255, 3426),)
    assert of(facts, DAILY).shares == (
        Share(ALVAREZ, 12, 21, 23205, 2321),
        Share(NOBODY, 12, 10, 11050, 1105),
    )


@pytest.mark.parametrize(
    ("owner", "first", "second"), [("largest_remainder", 33, 68), ("most_days", 32, 69)]
)
def test_gives_the_odd_cent_to_its_owner(owner, first, second):
    terms = replace(FLAT, assignment_rule="daily", flat_pmpm=D("1.01"), odd_cent_owner=owner)
    assert [s.provider for s in of(MOVED, terms).shares] == [first, second]


def test_pays_a_percentage_of_what_came():
    e = of(MOVED, PERCENT)
    assert e.provider == 32592  # 325.9245
    assert [s.provider for s in e.shares] == [10514, 22078]
    assert e.inputs.rate is None


def test_takes_back_a_percentage_of_what_is_taken_back():
    e = of(replace(MOVED, received_cents=-98765), PERCENT)
    assert [s.provider for s in e.shares] == [-10514, -22078]


@pytest.mark.parametrize(
    ("facts", "terms", "reason"),
    [
        (replace(MARY, received_cents=0), TERMS, "no_money"),
        (
            replace(MARY, statuses=frozenset({"esrd", "hospice"})),
            replace(TERMS, unpaid_statuses=frozenset({"hospice"})),
            "status",
        ),
        (
            replace(MARY, birth_date=None),
            replace(TERMS, missing_rate=MissingPolicy("zero")),
            "no_rate",
        ),
        (replace(MARY, risk=None), replace(TERMS, missing_risk=MissingPolicy("zero")), "no_risk"),
    ],
)
def test_lists_at_nothing_with_the_reason(facts, terms, reason):
    e = of(facts, terms)
    assert (e.zero_reason, e.held_reason, e.provider, e.withhold) == (reason, None, 0, 0)
    assert e.shares == (Share(ALVAREZ, 12, 31, 0, 0),)


def test_pays_for_eligibility_where_the_plan_has_not_paid():
    e = of(replace(MARY, received_cents=0), replace(TERMS, pay_basis="eligible"))
    assert (e.provider, e.retained) == (34255, -34255 - 1250)


def test_holds_when_the_rate_is_missing():
    e = of(replace(MARY, sex=None))
    assert (e.held_reason, e.zero_reason, e.provider) == ("held_rate", None, 0)


def test_uses_a_default_and_says_so():
    terms = replace(TERMS, missing_rate=MissingPolicy("default", D("50")))
    e = of(replace(MARY, risk=None), terms, cells={})
    assert e.provider == 5000
    provider = next(n for n in e.trace if n.name == "provider")
    assert provider.parameters["risk_defaulted"] is True
    assert provider.children[0].parameters["rate_defaulted"] is True


@pytest.mark.parametrize(("change", "what"), [({"sex": None}, "rate"), ({"risk": None}, "risk")])
def test_stops_where_the_terms_say_so(change, what):
    terms = replace(TERMS, **{f"missing_{what}": MissingPolicy("fail")})
    with pytest.raises(MissingInput) as refusal:
        of(replace(MARY, **change), terms)
    assert (refusal.value.member_id, refusal.value.month, refusal.value.what) == (7, OCT, what)


def test_holds_before_it_zeroes_when_two_inputs_are_missing_on_different_days():
    facts = replace(
        MARY,
        risk=None,
        coverage=(CoverageSpan("A", ALWAYS, oct_day(8)), CoverageSpan("Z", oct_day(8))),
    )
    terms = replace(DAILY, missing_rate=MissingPolicy("zero"), missing_risk=MissingPolicy("hold"))
    assert (of(facts, terms).held_reason, of(facts, terms).zero_reason) == ("held_risk", None)
    assert of(replace(facts, risk=D(1)), terms).zero_reason == "no_rate"
    assert of(replace(facts, risk=D(1)), terms).provider == 0


def test_does_not_stop_for_what_it_does_not_need():
    terms = replace(TERMS, missing_risk=MissingPolicy("fail"), risk_adjusted=False)
    assert of(replace(MARY, risk=None), terms).provider == 31000
    late = replace(covered(oct_day(20)), sex=None)
    assert of(late, replace(TERMS, missing_rate=MissingPolicy("fail"))).provider == 0


def test_expects_more_of_the_exclusive_and_less_after_sequestration():
    terms = replace(TERMS, exclusivity_pct=D(2), sequestration_pct=D(2))
    bound = replace(MARY, exclusivities=(Exclusivity(ALVAREZ, ALWAYS),))
    assert of(bound, terms).expected == 101234  # 1012.3392
    assert of(bound, terms).inputs.exclusive_days == 31
    assert of(replace(MARY, exclusivities=(Exclusivity(BELL, ALWAYS),)), terms).expected == 98765
    assert of(MARY, replace(terms, sequestration_borne_by="ipa")).expected == 98765 - 1975
    assert of(bound, TERMS).inputs.exclusive_days == 0  # the terms add nothing for it


@pytest.mark.parametrize(
    ("_case", "start", "end", "expected"),
    [
        ("on the day that decides", oct_day(15), oct_day(16), 101234),
        ("from the day after", oct_day(16), None, 98765),
        ("until the day before", ALWAYS, oct_day(15), 98765),
    ],
)
def test_asks_for_exclusivity_on_the_day_that_decides(_case, start, end, expected):
    terms = replace(TERMS, exclusivity_pct=D(2), assignment_rule="as_of_day", assignment_day=15)
    bound = replace(MARY, exclusivities=(Exclusivity(ALVAREZ, start, end),))
    assert of(bound, terms).expected == expected


def test_adds_for_exclusivity_by_days_where_months_are_divided():
    terms = replace(DAILY, exclusivity_pct=D(2))
    bound = replace(MARY, exclusivities=(Exclusivity(ALVAREZ, oct_day(22)),))
    e = of(bound, terms)
    assert e.inputs.exclusive_days == 10
    assert e.expected == 99561  # 1234.56 × (80 % + 2 % × 10/31)
    assert (e.provider, e.shares) == (of(MARY, terms).provider, of(MARY, terms).shares)
    moved = replace(MOVED, exclusivities=(Exclusivity(BELL, ALWAYS),))
    assert of(moved, terms).inputs.exclusive_days == 21
    half = replace(moved, coverage=(CoverageSpan("A", oct_day(22)),))
    assert of(half, terms).expected == 101234  # all the days that count are exclusive


def test_reads_the_rate_of_the_county_and_else_of_everywhere():
    cells = {**CELLS, ("A", "F", 76, "06037"): D("333.33")}
    assert of(replace(MARY, county="06037", risk=D(1)), cells=cells).provider == 33333
    assert of(replace(MARY, county="06019", risk=D(1)), cells=cells).provider == 31000
    assert of(replace(MARY, risk=D(1)), cells=cells).provider == 31000
    only = {("A", "F", 76, "06037"): D("333.33")}
    assert of(replace(MARY, county="06019"), cells=only).held_reason == "held_rate"


def test_takes_steps_from_what_remains_and_from_each_other():
    terms = replace(
        TERMS,
        reinsurance=Step("pct", D(10), "remaining"),
        specialist_pool=Step("pct", D(50), "hospital_pool"),
        pharmacy_pool=Step("pct", D(1), "premium"),
    )
    e = of(MARY, terms)
    assert e.reinsurance == 9086  # 10 % of 908.64
    assert e.specialist_pool == 19753
    assert e.pharmacy_pool == 1235  # 12.3456


@given(
    st.lists(st.integers(2, 31), unique=True, max_size=6),
    st.sampled_from(["age_sex", "flat", "percent"]),
    st.integers(0, 2_000_00),
)
def test_pays_a_full_month_however_often_the_pcp_moves(days, model, received):
    starts = [ALWAYS, *(oct_day(d) for d in sorted(days))]
    facts = replace(
        MARY,
        received_cents=received,
        assignments=tuple(
            Assignment(12 + 3 * (i % 2), start, end)
            for i, (start, end) in enumerate(zip(starts, [*starts[1:], None], strict=True))
        ),
    )
    terms = replace(DAILY, rate_model=model, flat_pmpm=D("77.77"), rate_pct=D("41.5"))
    e = of(facts, terms)
    assert (
        e.provider
        == of(MARY if received == 98765 else replace(MARY, received_cents=received), terms).provider
    )
    assert sum(s.provider for s in e.shares) == e.provider
    assert sum(s.days for s in e.shares) == 31


@st.composite
def member_months(draw):
    day = st.integers(-40, 70).map(lambda n: OCT + timedelta(days=n))

    def chain(make, values):
        cuts = sorted(draw(st.lists(day, max_size=4, unique=True)))
        spans = [make(draw(values), a, b) for a, b in pairwise([*cuts, None])]
        return tuple(s for s in spans if draw(st.booleans()))

    return replace(
        MARY,
        coverage=chain(CoverageSpan, st.sampled_from("ABC")),
        assignments=chain(Assignment, st.sampled_from([12, 15, 18])),
        participations=chain(
            lambda p, a, b: Participation(p, p + 88, a, b), st.sampled_from([12, 15])
        ),
        received_cents=draw(st.integers(-200_000, 200_000)),
        risk=draw(st.sampled_from([None, D("0.333"), D("1.105")])),
        premium_cents=draw(st.one_of(st.none(), st.integers(0, 200_000))),
    )


@st.composite
def any_terms(draw):
    step = st.builds(
        Step,
        st.sampled_from(["none", "pct", "pmpm"]),
        st.decimals(0, 30, places=4),
        st.sampled_from(["premium", "received", "remaining"]),
    )
    return replace(
        TERMS,
        **{name: draw(step) for name in STEPS},
        rate_model=draw(st.sampled_from(["percent", "flat", "age_sex"])),
        rate_pct=draw(st.decimals(0, 60, places=4)),
        flat_pmpm=draw(st.decimals(0, 500, places=4)),
        risk_adjusted=draw(st.booleans()),
        assignment_rule=draw(st.sampled_from(ASSIGNMENT_RULES)),
        assignment_day=draw(st.integers(1, 31)),
        pay_basis=draw(st.sampled_from(["received", "eligible"])),
        odd_cent_owner=draw(st.sampled_from(["largest_remainder", "most_days"])),
    )


@given(member_months(), any_terms())
def test_loses_and_makes_up_no_cent(facts, terms):
    e = of(facts, terms)
    parts = sum(getattr(e, name) for name in STEPS)
    assert e.received == parts + e.provider + e.retained + e.suspense
    assert sum(s.provider for s in e.shares) == e.provider
    assert sum(s.withhold for s in e.shares) == e.withhold
    assert sum(s.days for s in e.shares) == e.counted_days <= e.month_days == 31
    assert bool(e.shares) == bool(e.covered_days)
    assert len({s.key for s in e.shares}) == len(e.shares)


@given(member_months(), any_terms(), st.randoms())
def test_does_not_depend_on_the_order_of_its_inputs(facts, terms, random):
    def shuffled(items):
        return tuple(random.sample(items, len(items)))

    other = replace(
        facts,
        coverage=shuffled(facts.coverage),
        assignments=shuffled(facts.assignments),
        participations=shuffled(facts.participations),
    )
    assert of(other, terms) == of(facts, terms)
