"""Twenty people press the same button, months come out of order: each thing happens once."""

from datetime import date

import pytest

from capitation.actions.advance import advance_run
from capitation.actions.runs import (
    MonthNotOpen,
    approve_run,
    calculate_run,
    cancel_run,
    open_run,
    post_run,
)
from capitation.models import Run, Waterfall
from ipaportal.audit.models import DomainEvent
from ipaportal.ledger.models import Entry
from ipaportal.ledger.queries.balances import owed_cents
from tests.at_once import at_once
from tests.planfiles import CLOCK, NOW, QUINN
from tests.stories.faults import APR, MAR, MAY, REYES, SATO, books, make_house, prove

TWENTY = 20
FEB, JUN = date(2026, 2, 1), date(2026, 6, 1)


def kinds(answers) -> dict[str, int]:
    """How often each kind of answer came; no other kind of error comes through at all."""
    names = [type(answer).__name__ for answer in answers]
    return {name: names.count(name) for name in names}


def events(action) -> int:
    return DomainEvent.objects.filter(action=f"capitation.run.{action}").count()


@pytest.mark.django_db(transaction=True)
def test_twenty_open_calculate_approve_and_post_a_month_once():
    house = make_house()
    given = {"actor": QUINN, "contract_id": house.contract.pk, "month": MAR, "now": NOW}
    answers = at_once(*[lambda: open_run(**given)] * TWENTY)
    assert kinds(answers) == {"Run": 1, "MonthNotOpen": TWENTY - 1}
    refused = [str(answer) for answer in answers if isinstance(answer, MonthNotOpen)]
    assert all("Nothing was opened" in words for words in refused)
    run = Run.objects.get()

    def advance():
        return advance_run(actor=CLOCK, run_id=run.pk, now=NOW)

    assert sum(at_once(*[advance] * TWENTY)) >= 1
    run.refresh_from_db()
    assert (run.status, events("calculated"), Waterfall.objects.count()) == ("calculated", 1, 12)

    def approve(actor):
        seen = {"run_id": run.pk, "seen_digest": run.digest, "now": NOW}
        return lambda: approve_run(actor=actor, **seen)

    answers = at_once(*[approve(REYES), approve(SATO)] * (TWENTY // 2))
    assert kinds(answers) == {"Run": 1, "NotAllowed": TWENTY - 1}
    (approved,) = (answer for answer in answers if isinstance(answer, Run))
    run.refresh_from_db()
    assert run.approved_by_name == approved.approved_by_name

    answers = at_once(*[lambda: post_run(actor=CLOCK, run_id=run.pk, now=NOW)] * TWENTY)
    assert kinds(answers) == {"Run": 1, "NotAllowed": TWENTY - 1}
    assert [events(done) for done in ("opened", "approved", "posted")] == [1, 1, 1]
    assert Entry.objects.filter(key__startswith="run:").count() == 1
    assert [owed_cents(practice.party) for practice in house.practices] == [27000, 27000]
    prove()


@pytest.mark.django_db(transaction=True)
def test_a_run_approved_posted_calculated_and_cancelled_at_once_comes_out_in_some_order():
    house = make_house()
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=MAR, now=NOW)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=NOW)
    given = {"run_id": run.pk, "now": NOW}

    def approve():
        return approve_run(actor=REYES, seen_digest=run.digest, **given)

    def post():
        return post_run(actor=CLOCK, **given)

    def calculate():
        return calculate_run(actor=CLOCK, **given)

    def cancel():
        return cancel_run(actor=QUINN, reason="a mistake", **given)

    answers = at_once(*[approve, post, calculate, cancel] * 3)
    assert set(kinds(answers)) <= {"Run", "NotAllowed"}
    run.refresh_from_db()
    booked = Entry.objects.filter(key__startswith="run:").count()
    # Whoever was last, what is booked is what was approved, and a cancelled run left no rows.
    assert (run.status, booked) in [("posted", 1), ("cancelled", 0)]
    assert Waterfall.objects.filter(run_id=run.pk).count() == (12 if booked else 0)
    prove()


def post(house, month) -> Run:
    run = open_run(actor=CLOCK, contract_id=house.contract.pk, month=month, now=NOW)
    calculate_run(actor=CLOCK, run_id=run.pk, now=NOW)
    run.refresh_from_db()
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=NOW)
    return post_run(actor=CLOCK, run_id=run.pk, now=NOW)


def refuse(house, month, says) -> None:
    """Opening a month is refused with these words, and nothing changes."""
    before, happened = books(), DomainEvent.objects.count()
    with pytest.raises(MonthNotOpen, match=says):
        open_run(actor=QUINN, contract_id=house.contract.pk, month=month, now=NOW)
    assert (books(), DomainEvent.objects.count()) == (before, happened)


@pytest.mark.django_db
def test_months_are_opened_one_after_the_other():
    house = make_house(4)
    refuse(house, FEB, "starts with March 2026")
    post(house, MAR)
    refuse(house, MAY, "April 2026 comes first")
    # A cancelled run is no run: what it would have told is told by the next of its month.
    run = open_run(actor=QUINN, contract_id=house.contract.pk, month=APR, now=NOW)
    refuse(house, MAY, "comes first: waiting to be calculated")
    cancel_run(actor=QUINN, run_id=run.pk, reason="too early", now=NOW)
    refuse(house, MAY, "April 2026 comes first")
    post(house, APR)
    refuse(house, JUN, "May 2026 comes first")
    refuse(house, MAR, "already posted")
    assert post(house, APR).sequence == 3
    assert post(house, MAY).sequence == 1
    prove()
