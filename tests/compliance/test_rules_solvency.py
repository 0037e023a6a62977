"""The five grades of an IPA that bears risk."""

from dataclasses import replace

import pytest

from compliance.rules.solvency import Quarter, grades, required_tne_cents

MILLION = 100_000_000
SOUND = Quarter(
    cash_cents=2 * MILLION,
    securities_cents=MILLION // 2,
    capitation_due_cents=MILLION // 2,
    claims_payable_cents=MILLION * 3 // 2,
    ibnr_cents=MILLION * 5 // 2,
    tne_cents=MILLION * 3 // 2,
    working_capital_cents=1,
    yearly_revenue_cents=60 * MILLION,
    yearly_expense_cents=20 * MILLION,
    claims_complete=1000,
    claims_timely=950,
    ibnr_is_documented=True,
)


def failing(**changed) -> list[str]:
    return [grade.name for grade in grades(replace(SOUND, **changed)) if not grade.holds]


def test_passes_at_every_limit():
    """Cash to claims 3.0 of 4.0 million is 0.75; equity 1.5 against the greater of 0.6 and 0.8."""
    assert failing() == []
    assert required_tne_cents(SOUND) == 80_000_000
    words = {grade.name: grade.words for grade in grades(SOUND)}
    assert words["Cash to claims"] == "75.00 %, at least 75%"
    assert words["Tangible net equity"] == "$1,500,000 against $800,000 required"


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"cash_cents": 2 * MILLION - 1}, "Cash to claims"),
        ({"claims_timely": 949}, "Claims decided on time"),
        ({"working_capital_cents": 0}, "Working capital"),
        ({"tne_cents": 79_999_999}, "Tangible net equity"),
        ({"ibnr_is_documented": False}, "Estimate of what was incurred"),
    ],
)
def test_fails_just_below_each(changed, name):
    assert failing(**changed) == [name]


def test_takes_the_greater_of_both_shares_and_rounds_it_up():
    assert required_tne_cents(replace(SOUND, yearly_expense_cents=0)) == 60_000_000
    odd = replace(SOUND, yearly_revenue_cents=101, yearly_expense_cents=0)
    assert required_tne_cents(odd) == 2


def test_without_claims_nothing_is_late_or_owed():
    assert failing(claims_complete=0, claims_timely=0, claims_payable_cents=0, ibnr_cents=0) == []


def test_equity_of_nothing_is_not_enough_where_nothing_is_required():
    assert failing(tne_cents=0, yearly_revenue_cents=0, yearly_expense_cents=0) == [
        "Tangible net equity"
    ]
