from dataclasses import replace
from decimal import Decimal

import pytest

from capitation.rules.reasons import CODES, SHORT, WORDS, reason
from capitation.rules.traces import TraceInputs

PAID = TraceInputs(
    terms_id=1,
    plan_code="A",
    rate=Decimal(310),
    risk=Decimal("1.1"),
    age=76,
    sex="F",
    pcps="12:31",
    premium=123456,
    received=98765,
    covered_days=31,
    counted_days=31,
)
GONE = TraceInputs(terms_id=1, premium=0, received=0)
WAITING = TraceInputs(terms_id=1, premium=123456, received=98765)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (None, PAID, "ADD"),
        (WAITING, PAID, "ADD"),
        (GONE, PAID, "REINSTATE"),
        (PAID, GONE, "TERM"),
        (PAID, None, "TERM"),
        (PAID, replace(PAID, covered_days=10, counted_days=10, pcps="12:10"), "TERM"),
        (replace(PAID, counted_days=10), PAID, "ADD"),
        (PAID, replace(PAID, pcps="12:10,15:21", plan_code="B"), "PCP_CHANGE"),
        (PAID, replace(PAID, plan_code="B", rate=Decimal(200)), "PLAN_CHANGE"),
        (PAID, replace(PAID, status="hospice", risk=None), "STATUS"),
        (PAID, replace(PAID, age=75, rate=Decimal(300)), "AGE_BAND"),
        (PAID, replace(PAID, sex="M"), "AGE_BAND"),
        (PAID, replace(PAID, county="06019", rate=Decimal(320), premium=1), "COUNTY"),
        (PAID, replace(PAID, risk=Decimal("1.2"), received=99999), "RAF"),
        (PAID, replace(PAID, terms_id=2, rate=Decimal(320)), "RATE"),
        (PAID, replace(PAID, terms_id=2, premium=1), "TERMS"),
        (PAID, replace(PAID, exclusive_days=10, premium=1), "TERMS"),
        (PAID, replace(PAID, rate=Decimal(320), premium=1), "RATE"),
        (PAID, replace(PAID, premium=123457), "PREMIUM"),
        (PAID, replace(PAID, received=0), "PREMIUM"),
        (None, WAITING, "PREMIUM"),
        (PAID, PAID, "ERROR"),
    ],
)
def test_names_the_reason_of_a_retro_line(before, after, code):
    found = reason(before, after, is_current_month=False, was_posted_before=before is not None)
    assert found == code


def test_calls_the_first_row_of_the_month_current():
    assert reason(None, PAID, is_current_month=True, was_posted_before=False) == "CURRENT"
    assert reason(PAID, GONE, is_current_month=True, was_posted_before=True) == "TERM"


def test_has_words_for_every_code_of_the_design():
    design = (
        "ADD TERM REINSTATE PCP_CHANGE PLAN_CHANGE AGE_BAND STATUS COUNTY RAF PREMIUM RATE TERMS "
        "QUALITY MANUAL ERROR CURRENT"
    )
    assert set(design.split()) == CODES
    assert all(len(code) <= 12 and WORDS[code] for code in CODES)


def test_says_every_reason_in_a_word_and_in_a_sentence():
    assert SHORT.keys() == WORDS.keys()
    assert SHORT["PCP_CHANGE"] == "PCP change"
