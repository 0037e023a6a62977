"""What claims say of visits becomes care facts by itself, once, and is taken back by adding."""

from datetime import UTC, date, datetime

import pytest

from compliance.actions.care_nightly import step_care
from compliance.actions.claim_visits import tell_visits
from compliance.actions.claims import read_claims
from compliance.models import CareBatch, CareFact, CareReading, CareRound
from compliance.queries.care_readings import year_to
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import NOV_2, make_priced_world, of_alvarez, of_bell, take_in
from tests.factories import CLOCK
from tests.kept import kept

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
LATER = datetime(2026, 11, 2, 17, tzinfo=UTC)
NEXT_DAY = datetime(2026, 11, 3, 4, tzinfo=UTC)


@kept
def world():
    return make_priced_world()


def visits(*, live: bool = True) -> list[tuple[str, str, int]]:
    """Member, month and count of the facts that count, or of those that ended."""
    rows = CareFact.objects.filter(superseded_at__isnull=live, kind="encounters").order_by("pk")
    return [(one.member.plan_member_id, f"{one.month:%Y-%m}", one.count) for one in rows]


def at_day(day: int, code: str = "99213", **changes):
    served = date(2026, 10, day)
    return a_line(code, served_from=served, served_to=served, **changes)


def own(world, ref, *lines, **changes):
    """A claim of Dr. Bell for Ann, whose PCP she is."""
    return of_bell(world, ref, *lines, **{"subscriber_ref": "M-ANN"} | changes)


def test_a_day_with_the_pcp_is_one_visit_and_a_specialist_is_none(world):
    take_in(
        world, own(world, "1", at_day(12), at_day(12, "J1100")),
        own(world, "2", at_day(12, "99214")),
        own(world, "3", at_day(13), is_capitated=True), of_bell(world, "4"), of_alvarez(world, "5"),
        own(world, "6", at_day(20), subscriber_ref="M-NOBODY"),
    )  # fmt: skip
    assert visits() == [("M-ANN", "2026-10", 2)]
    (batch,) = CareBatch.objects.all()
    assert (batch.feed, batch.status) == ("encounters", "applied")
    assert batch.figures["kinds"] == {"encounters": 2}


def test_a_file_read_again_tells_nothing_anew(world):
    file = take_in(world, own(world, "1"))
    assert tell_visits(file, CLOCK, NOV_2) is None
    assert read_claims(actor=CLOCK, file_id=file.pk, now=NOV_2) is None
    assert visits() == [("M-ANN", "2026-10", 1)]


def test_a_void_takes_its_visit_back_and_a_replacement_moves_it(world):
    first = take_in(world, own(world, "1", at_day(12)), own(world, "2", at_day(13, "99214")))
    number = first.rows.get(ref="1").number
    moved = date(2026, 9, 28)
    line = a_line("99213", served_from=moved, served_to=moved)
    take_in(world, own(world, "1", line, frequency="7", original_ref=number), number=8)
    # What was known before stays, ended; September is not covered, but she was seen.
    assert visits(live=False) == [("M-ANN", "2026-10", 2)]
    assert ("M-ANN", "2026-10", 1) in visits()
    second = first.rows.get(ref="2").number
    take_in(world, own(world, "2", frequency="8", original_ref=second), number=9)
    assert [one for one in visits() if one[1] == "2026-10"] == []
    assert CareBatch.objects.count() == 3


def test_several_sources_of_one_members_month_are_not_added(world):
    take_in(world, own(world, "1", at_day(12)), own(world, "2", at_day(13, "99214")))
    file = CareBatch.objects.create(
        source=world.contract.payer.party, status="applied", recorded_at=NOV_2, recorded_by_name="x"
    )
    pcp, ann = world.pcps["Bell"], world.members["Ann"]
    CareFact.objects.create(
        batch=file, month=OCTOBER, kind="encounters", practitioner=pcp, member=ann, count=1
    )
    told = year_to(OCTOBER).facts["encounters"]
    assert [(who, month, count) for who, month, _, count in told] == [(pcp.pk, OCTOBER, 2)]


def test_the_year_is_read_by_itself_once_a_day_and_only_months_that_are_over(world):
    november = date(2026, 11, 1)
    line = a_line("99213", served_from=november, served_to=november)
    take_in(world, own(world, "1"), own(world, "2", line))
    assert step_care(NOV_2) == 0
    (read,) = CareRound.objects.all()
    assert (read.month, read.months_told["encounters"]) == (OCTOBER, ["2026-10"])
    assert CareReading.objects.filter(round=read, sign="encounters").exists()
    take_in(world, own(world, "3", at_day(15)), number=8, now=LATER)
    step_care(LATER)
    assert CareRound.objects.count() == 1
    step_care(NEXT_DAY)
    step_care(NEXT_DAY)
    assert CareRound.objects.count() == 2
