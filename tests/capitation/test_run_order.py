"""Which month of a contract may be opened: none is skipped, and a refusal names the next."""

from datetime import UTC, date, datetime

import pytest

from capitation.actions.advance import due_month, open_due
from capitation.actions.runs import MonthNotOpen, open_run
from capitation.models import Contract, Run, Terms
from capitation.queries.run_readiness import next_to_open
from capitation.queries.runs import month_end
from tests.capitation.worlds import QUINN
from tests.factories import CLOCK, batch, fact, make_contract, supersede

pytestmark = pytest.mark.django_db
JAN, FEB, MAR, APR, MAY, JUN = (date(2026, month, 1) for month in range(1, 7))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def contract_with(*spans: tuple[date, date | None]) -> Contract:
    contract = make_contract(start=JAN)
    no = batch(contract)
    supersede(Terms.objects.get(contract=contract), no)
    for start, end in spans:
        fact(Terms, no, start, end, contract=contract)
    return contract


def opens(contract: Contract, month: date) -> Run:
    return open_run(actor=CLOCK, contract_id=contract.pk, month=month, now=NOW)


def post(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status="posted")


@pytest.mark.parametrize("month", [JAN, FEB, MAR])
def test_the_first_run_may_be_of_any_month_up_to_now(month):
    assert opens(contract_with((JAN, None)), month).month == month


def test_the_first_run_is_of_no_later_month():
    contract = contract_with((JAN, None))
    with pytest.raises(MonthNotOpen, match=r"January 2026 comes first.*Nothing was opened"):
        opens(contract, APR)
    assert not Run.objects.exists()


def test_a_contract_of_later_begins_with_its_first_month_with_terms():
    contract = contract_with((MAY, None))
    with pytest.raises(MonthNotOpen, match="May 2026 comes first"):
        opens(contract, JUN)
    with pytest.raises(MonthNotOpen, match=r"cover March 2026.*next month to open is May 2026"):
        opens(contract, MAR)
    assert opens(contract, MAY).month == MAY


def test_no_month_is_skipped_after_the_first():
    contract = contract_with((JAN, None))
    post(opens(contract, JAN))
    with pytest.raises(MonthNotOpen, match="February 2026 comes first"):
        opens(contract, MAR)
    assert opens(contract, FEB).month == FEB


def test_months_without_terms_between_terms_are_passed_over_everywhere():
    contract = contract_with((JAN, FEB), (APR, None))
    post(opens(contract, JAN))
    assert next_to_open() == {"contract": contract.pk, "month": "2026-04"}
    assert due_month(contract, date(2026, 3, 20)) is None
    assert due_month(contract, date(2026, 4, 20)) == APR
    missed = month_end(actor=QUINN, today=date(2026, 4, 20)).missed
    assert [one.month for _, one in missed] == [APR]
    with pytest.raises(MonthNotOpen, match=r"No terms.*cover February 2026.*next.*April 2026"):
        opens(contract, FEB)
    with pytest.raises(MonthNotOpen, match="April 2026 comes first"):
        opens(contract, MAY)
    assert opens(contract, APR).month == APR


def test_a_month_after_the_last_terms_is_missed_until_there_are_terms():
    contract = contract_with((JAN, FEB))
    post(opens(contract, JAN))
    with pytest.raises(MonthNotOpen, match=r"No terms.*cover February 2026.*Record terms"):
        opens(contract, FEB)
    assert open_due(actor=CLOCK, now=NOW) == 0
    missed = month_end(actor=QUINN, today=date(2026, 2, 20)).missed
    assert [one.month for _, one in missed] == [FEB]
    fact(Terms, batch(contract), FEB, contract=contract)
    assert opens(contract, FEB).month == FEB
