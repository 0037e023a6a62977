from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from capitation.rules.difference import COMPONENTS, Rows, difference, figures, is_conserved, total
from capitation.rules.entitlement import (
    Assignment,
    CoverageSpan,
    MemberMonth,
    Participation,
    entitlement,
)
from capitation.rules.terms import Step, Terms
from ipaportal.core.months import add_months

OCT, NOV = date(2026, 10, 1), date(2026, 11, 1)
MONTHS = (date(2026, 8, 1), date(2026, 9, 1), OCT)
TERMS = Terms(
    terms_id=1,
    admin_fee=Step("pct", D(8)),
    reinsurance=Step("pmpm", D("12.50")),
    hospital_pool=Step("pct", D(40)),
    rate_model="flat",
    flat_pmpm=D("342.55"),
    withhold_pct=D(10),
    assignment_rule="daily",
)
PLACES = (Participation(12, 100, date(2020, 1, 1)), Participation(15, 101, date(2020, 1, 1)))
ALWAYS = CoverageSpan("A", date(2026, 1, 1))


def entitled(member, month, coverage=(ALWAYS,), pcp=12, received=98765):
    facts = MemberMonth(
        member,
        month,
        coverage=coverage,
        assignments=(Assignment(pcp, date(2026, 1, 1)),) if pcp else (),
        participations=PLACES,
        received_cents=received,
    )
    return {(member, month): entitlement(facts, TERMS, {}, 999)}


def named(row):
    return {name: value for name, value in zip(COMPONENTS, row, strict=True) if value}


def test_takes_october_back_as_the_design_says():
    october = difference(entitled(7, OCT), Rows(), OCT)
    november = difference(entitled(7, OCT, coverage=(), received=0), october, NOV)
    assert named(november.waterfall[7, OCT]) == {
        "received": -98765,
        "admin_fee": -7901,
        "reinsurance": -1250,
        "hospital_pool": -39506,
        "provider": -34255,
        "retained": -15853,
        "withhold": -3426,
    }
    assert november.shares == {(7, OCT, 100, 12): (-34255, -3426)}


def test_moves_money_between_payees_and_nothing_else():
    october = difference(entitled(7, OCT), Rows(), OCT)
    november = difference(entitled(7, OCT, pcp=15), october, NOV)
    # The row of zeros carries the reason of the move.
    assert november.waterfall == {(7, OCT): (0,) * len(COMPONENTS)}
    assert november.shares == {
        (7, OCT, 100, 12): (-34255, -3426),
        (7, OCT, 101, 15): (34255, 3426),
    }


def test_lists_a_member_at_nothing_once_and_in_the_current_month_only():
    nothing = entitled(7, OCT, received=0) | entitled(7, MONTHS[0], received=0)
    nothing = {k: replace(e, reinsurance=0, retained=0) for k, e in nothing.items()}
    october = difference(nothing, Rows(), OCT)
    assert list(october.waterfall) == [(7, OCT)]
    assert october.shares == {(7, OCT, 100, 12): (0, 0)}
    again = difference(nothing, october, OCT)
    assert (again.waterfall, again.shares) == ({}, {})


def test_leaves_no_row_for_a_member_who_is_not_covered():
    assert difference(entitled(7, OCT, coverage=(), received=0), Rows(), OCT) == Rows()


def test_nets_an_add_and_its_term_to_nothing():
    added = difference(entitled(7, OCT), Rows(), OCT)
    gone = difference(entitled(7, OCT, coverage=(), received=0), added, NOV)
    assert not any(total([added, gone]).waterfall[7, OCT])
    assert set(total([added, gone]).shares.values()) == {(0, 0)}


@st.composite
def worlds(draw):
    """What is known at one moment about some members' months."""
    world = {}
    for member in range(3):
        for month in MONTHS:
            if not draw(st.booleans()):
                continue
            start = month.replace(day=draw(st.integers(1, 28)))
            spans = draw(
                st.sampled_from([(ALWAYS,), (), (CoverageSpan("A", start, add_months(month, 1)),)])
            )
            pcp = draw(st.sampled_from([None, 12, 15, 18]))
            received = draw(st.integers(-99_999, 200_000))
            world |= entitled(member, month, spans, pcp, received)
    return world


@given(st.lists(worlds(), min_size=1, max_size=5))
def test_telescopes_to_the_last_entitlement_and_conserves(history):
    runs = []
    for world in history:
        runs.append(difference(world, total(runs), OCT))
    assert all(is_conserved(row) for run in runs for row in run.waterfall.values())
    posted, last = total(runs), history[-1]
    for key, row in posted.waterfall.items():
        assert row == (figures(last[key]) if key in last else (0,) * len(COMPONENTS))
    expected = {(*k, *s.key): (s.provider, s.withhold) for k, e in last.items() for s in e.shares}
    assert {k: v for k, v in posted.shares.items() if any(v)} == {
        k: v for k, v in expected.items() if any(v)
    }
    assert difference(last, posted, OCT) == Rows()


@given(worlds(), worlds(), st.randoms())
def test_does_not_depend_on_order(before, after, random):
    posted = difference(before, Rows(), OCT)
    keys = random.sample(list(after), len(after))
    shuffled = {key: after[key] for key in keys}
    one, other = difference(after, posted, OCT), difference(shuffled, posted, OCT)
    assert list(one.waterfall.items()) == list(other.waterfall.items())
    assert list(one.shares.items()) == list(other.shares.items())
