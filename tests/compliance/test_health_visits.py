"""Visits, procedures and shots of matched patients become care facts, and are taken back."""

import pytest

from compliance.actions.health_matches import confirm_match, take_back
from compliance.models import CareBatch, CareFact, HealthPatient
from tests.capitation.worlds import make_small_world
from tests.compliance.recording import (
    NOV_9,
    OSEI,
    a_doctor,
    a_patient,
    a_source,
    a_visit,
    ann,
    resource,
    take,
)
from tests.kept import kept

pytestmark = pytest.mark.django_db
OF_ANN = {"reference": "Patient/p-ann"}


@kept
def recorded():
    """Bell Clinic's EHR knows Ann's PCP as `d`."""
    world = make_small_world()
    source = a_source(world.bell.party)
    take(source, ann(), a_doctor("d", world.pcps["Bell"].npi), a_doctor("o", "1999999984"))
    return world, source


def facts() -> dict[tuple[str, str, str], int]:
    """What counts now, by member, month and kind."""
    rows = CareFact.objects.filter(superseded_at=None).select_related("member")
    return {(one.member.plan_member_id, f"{one.month:%Y-%m}", one.kind): one.count for one in rows}


def a_shot(ref: str, day: str, code: str, status: str = "completed") -> dict[str, object]:
    return resource("Immunization", ref, status=status, patient=OF_ANN, occurrenceDateTime=day,
                    vaccineCode={"coding": [{"code": code}]})  # fmt: skip


def test_counts_days_with_the_pcp_and_what_was_done_once(recorded):
    world, source = recorded
    take(
        source, a_visit("1", "p-ann", "2026-10-02", "d"), a_visit("2", "p-ann", "2026-10-02", "d"),
        a_visit("3", "p-ann", "2026-10-30", "d"), a_visit("4", "p-ann", "2026-10-05", "o"),
        a_visit("5", "p-ann", "2026-10-06", "d", "planned"),
        a_visit("6", "p-ann", "2026-08-31", "d"),
        a_visit("7", "p-ann", "2026-12-01", "d"), a_visit("8", "p-x", "2026-10-07", "d"),
        a_shot("9", "2026-10-02", "140"), a_shot("10", "2026-10-02", "140"),
        a_shot("11", "2026-10-02", "33"), a_shot("12", "2026-10-03", "33", "not-done"),
        resource("Procedure", "13", status="completed", subject=OF_ANN, performedPeriod={
            "start": "2026-09-30T23:59:00-07:00"}, code={"coding": [{"code": "45378"}]}),
    )  # fmt: skip
    assert facts() == {
        ("M-ANN", "2026-10", "encounters"): 2, ("M-ANN", "2026-10", "immunizations"): 2,
        ("M-ANN", "2026-09", "procedures"): 1,
    }  # fmt: skip
    assert CareBatch.objects.get().feed == CareBatch.Feed.RECORDS
    assert {one.practitioner_id for one in CareFact.objects.all()} == {world.pcps["Bell"].pk}
    # Another EHR of the same practice that tells of the same days tells nothing new.
    other = a_source(world.bell.party, "Another EHR")
    take(
        other,
        ann(),
        a_doctor("d", world.pcps["Bell"].npi),
        a_visit("1", "p-ann", "2026-10-02", "d"),
    )
    assert CareBatch.objects.count() == 1
    # A later version takes the day back and tells another.
    take(source, a_visit("3", "p-ann", "2026-09-30", "d", version=2))
    assert facts()["M-ANN", "2026-10", "encounters"] == 1
    assert facts()["M-ANN", "2026-09", "encounters"] == 1


def test_counts_nobody_until_a_person_said_who_they_are(recorded):
    _, source = recorded
    take(source, a_patient("p-bea", "Bea", "1951-10-01", "female"),
         a_visit("1", "p-bea", "2026-10-02", "d"))  # fmt: skip
    assert facts() == {}
    one = HealthPatient.objects.get(ref="p-bea")
    given = {"actor": OSEI, "patient_id": one.pk, "words": "Called.", "now": NOV_9}
    confirm_match(**given, member_id=one.member_id, seen_member_id=one.member_id)
    assert facts() == {("M-BEA", "2026-10", "encounters"): 1}
    take_back(**given)
    assert facts() == {}
    assert CareFact.objects.filter(superseded_at=NOV_9).count() == 1
