"""Days of the books and the calendar are the IPA's own, not the clock's of the server."""

from datetime import UTC, date, datetime

import pytest

from capitation.actions.advance import step_calendar
from capitation.actions.runs import approve_run, calculate_run, cancel_run, open_run, post_run
from capitation.actions.worklists import return_suspense
from capitation.models import Run
from ipaportal.ledger import books
from ipaportal.ledger.models import Entry
from tests.capitation.worlds import (
    OCTOBER,
    QUINN,
    REYES,
    SEPTEMBER,
    SEPTEMBER_5,
    make_small_world,
    receive,
    run_month,
)
from tests.factories import CLOCK

pytestmark = pytest.mark.django_db
# 20:30 on the 4th in Los Angeles is 03:30 on the 5th in UTC.
EVENING = datetime(2026, 10, 5, 3, 30, tzinfo=UTC)
MORNING = datetime(2026, 10, 5, 15, 30, tzinfo=UTC)
THE_4TH = date(2026, 10, 4)


@pytest.fixture(autouse=True)
def in_los_angeles(settings):
    settings.TIME_ZONE = "America/Los_Angeles"


def test_a_month_opens_on_its_day_where_the_ipa_is():
    world = make_small_world()
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    assert world.contract.run_day == 5
    assert step_calendar(EVENING) == 0
    assert step_calendar(MORNING) == 1
    assert Run.objects.latest("pk").month == OCTOBER


def test_books_a_run_and_a_return_on_the_ipas_day():
    world = make_small_world()
    receive(world, SEPTEMBER, {"Ann": 5000}, of=OCTOBER)
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=SEPTEMBER, now=EVENING)
    run = calculate_run(actor=CLOCK, run_id=run.pk, now=EVENING)
    approve_run(actor=REYES, run_id=run.pk, seen_digest=run.digest, now=EVENING)
    post_run(actor=CLOCK, run_id=run.pk, now=EVENING)
    assert Entry.objects.get(key=f"run:{run.pk}").date == THE_4TH
    receive(world, SEPTEMBER, {"Cal": 700}, of=OCTOBER)
    given = {"contract_id": world.contract.pk, "member_id": world.members["Cal"].pk}
    receipt = return_suspense(
        actor=QUINN, month=OCTOBER, amount_cents=700, reason="x", now=EVENING, **given
    )
    entry = Entry.objects.get(key=f"suspense-return:{receipt.pk}")
    assert entry.date == THE_4TH
    assert books.reverse(entry, key="back", actor=QUINN, now=EVENING).date == THE_4TH


def test_says_the_ipas_day_of_a_cancellation():
    world = make_small_world()
    run = open_run(actor=CLOCK, contract_id=world.contract.pk, month=SEPTEMBER, now=EVENING)
    run = cancel_run(actor=QUINN, run_id=run.pk, reason="not now", now=EVENING)
    assert run.problem == "Cancelled by Quinn on 2026-10-04: not now"
