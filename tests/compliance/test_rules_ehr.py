"""Practices' record systems: days of a project, contributions, silence, readiness."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.ehr import (
    TEMPLATE,
    Heard,
    Known,
    interface_state,
    least_contribution,
    readiness,
    score,
    step_due,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = NOW.date()
LIVE = next(one for one in TEMPLATE if one.key == "live")


def test_the_template_is_in_order_and_names_each_step_once():
    assert [one.week for one in TEMPLATE] == sorted(one.week for one in TEMPLATE)
    assert len({one.key for one in TEMPLATE}) == len(TEMPLATE)


@pytest.mark.parametrize(("weeks", "live"), [(12, 84), (14, 98), (16, 112)])
def test_is_live_after_the_weeks_of_its_project(weeks, live):
    assert step_due(LIVE, DAY, weeks) == DAY + timedelta(days=live)
    assert step_due(TEMPLATE[0], DAY, weeks) == DAY


def test_a_part_of_a_day_is_a_day_more():
    agreements = TEMPLATE[1]
    assert [step_due(agreements, DAY, weeks) - DAY for weeks in (12, 13, 14, 16)] == [
        timedelta(days=n) for n in (6, 7, 7, 8)
    ]


@pytest.mark.parametrize(
    ("cost", "least"), [(1, 1), (100, 15), (101, 16), (106, 16), (107, 17), (12_345_67, 185_186)]
)
def test_a_practice_pays_fifteen_per_cent_at_least(cost, least):
    assert least_contribution(cost) == least


@given(st.integers(1, 10**12))
def test_a_cent_less_than_the_least_is_below_fifteen_per_cent(cost):
    least = least_contribution(cost)
    assert least * 100 >= cost * 15 > (least - 1) * 100


@pytest.mark.parametrize(
    ("ago", "messages", "errors", "expected"),
    [
        (None, 0, 0, "never heard"),
        (timedelta(hours=48), 100, 5, "running"),
        (timedelta(hours=48, seconds=1), 100, 0, "silent"),
        (timedelta(0), 100, 6, "failing"),
        (timedelta(0), 19, 19, "running"),
        (timedelta(0), 20, 1, "running"),
        (timedelta(0), 20, 2, "failing"),
        (timedelta(hours=49), 100, 100, "silent"),
    ],
)
def test_an_interface_is_what_it_was_heard_to_be(ago, messages, errors, expected):
    last = None if ago is None else NOW - ago
    assert interface_state(Heard(last, messages, errors), 48, NOW) == expected


READY = Known(
    has_system=True,
    certified_until=DAY,
    has_fhir=True,
    has_direct=True,
    agreement_date=DAY,
    contract_end=DAY + timedelta(days=91),
    last_claims=DAY - timedelta(days=45),
    interfaces=("running", "running"),
)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, None),
        ({"contract_end": None}, None),
        ({"certified_until": DAY - timedelta(days=1)}, 1),
        ({"certified_until": None}, 1),
        ({"has_fhir": False}, 2),
        ({"has_direct": False}, 3),
        ({"agreement_date": None}, 4),
        ({"contract_end": DAY + timedelta(days=90)}, 5),
        ({"last_claims": DAY - timedelta(days=46)}, 6),
        ({"last_claims": None}, 6),
        ({"interfaces": ()}, 7),
        ({"interfaces": ("running", "silent")}, 7),
    ],
)
def test_each_sign_is_met_or_not_on_its_own(changed, missing):
    signs = readiness(Known(**{**vars(READY), **changed}), DAY)
    assert [place for place, sign in enumerate(signs) if not sign.is_met] == (
        [] if missing is None else [missing]
    )
    assert score(signs) == (100 if missing is None else 87)


def test_nothing_on_record_is_ready_for_nothing_but_an_end_of_the_contract():
    signs = readiness(Known(has_system=False), DAY)
    assert [sign.is_met for sign in signs] == [False] * 5 + [True] + [False] * 2
    assert all(sign.remedy for sign in signs)
