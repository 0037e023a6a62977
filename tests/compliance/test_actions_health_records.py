"""Files of health records: kept once, every resource by its version, and whose it is."""

from datetime import date

import pytest

from compliance.actions.health_matches import (
    MatchedBefore,
    NotMatched,
    SeenOtherwise,
    confirm_match,
    deny_match,
    look_again,
    take_back,
)
from compliance.actions.health_records import (
    NoSourceOfRecords,
    SameRecordsAgain,
    SourceKnown,
    step_records,
)
from compliance.models import HealthPatient, HealthRecord, PatientStep
from compliance.queries.health_records import line_of, told_in
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party
from tests.capitation.worlds import QUINN, add_member, make_small_world
from tests.compliance.recording import (
    NOV_9,
    OSEI,
    a_patient,
    a_source,
    a_visit,
    ann,
    came,
    ndjson,
    resource,
    stands,
    take,
)
from tests.factories import batch
from tests.kept import kept

pytestmark = pytest.mark.django_db


@kept
def recorded():
    """The small world, and Bell Clinic's EHR."""
    world = make_small_world()
    return world, a_source(world.bell.party)


def test_counts_what_came_and_keeps_nothing_twice(recorded):
    _, source = recorded
    visits = [a_visit(f"e-{n}", "p-ann", "2026-09-01", version=2) for n in range(3)]
    first = take(source, ann(), *visits, resource("Martian", "m"))
    assert (came(first), first.lines) == ((5, 0, 0, 0), 5)
    assert first.counts == {"Encounter": 3, "Martian": 1, "Patient": 1}
    with pytest.raises(SameRecordsAgain, match="took these very bytes in"):
        take(source, ann(), *visits, resource("Martian", "m"))
    older = a_visit("e-1", "p-ann", "2026-08-01", version=1)
    newer = a_visit("e-2", "p-ann", "2026-09-02", version=3)
    second = take(source, ann(), visits[0], older, newer)
    assert came(second) == (0, 1, 2, 1)
    live = HealthRecord.objects.filter(source=source, kind="Encounter", superseded_at=None)
    assert {(one.ref, f"{one.first_day}") for one in live} == {
        ("e-0", "2026-09-01"), ("e-1", "2026-09-01"), ("e-2", "2026-09-02")
    }  # fmt: skip
    # Once more: whatever the order, nothing is new.
    third = take(source, newer, older, visits[0])
    assert came(third) == (0, 0, 3, 0)
    assert HealthRecord.objects.filter(source=source).count() == 7


def test_a_source_knows_only_its_own_ids(recorded):
    world, source = recorded
    take(source, ann())
    other = a_source(world.alvarez.party, "Another EHR")
    assert came(take(other, ann())) == (1, 0, 0, 0)
    with pytest.raises(SourceKnown):
        a_source(world.alvarez.party, "Another EHR")
    supplier = Party.objects.create(kind=Party.Kind.SUPPLIER, name="Gloves")
    with pytest.raises(NoSourceOfRecords):
        a_source(supplier)


def test_a_file_with_a_fault_is_refused_whole_and_says_where(recorded):
    _, source = recorded
    file = take(source, data=ndjson(ann()) + b'{"resourceType":"Pati')
    assert (file.status, came(file)) == ("refused", (0, 0, 0, 0))
    assert file.problems == [["line 2", "cut_short", "The file ends in the middle of this line."]]
    assert not HealthRecord.objects.filter(source=source).exists()
    assert not HealthPatient.objects.filter(source=source).exists()
    assert step_records(NOV_9) == 0


def test_who_somebody_is_stands_encrypted_and_a_line_opens_down_to_its_bytes(recorded):
    _, source = recorded
    file = take(source, ann(), a_visit("e", "p-ann", "2026-09-01"))
    row = HealthRecord.objects.get(source=source, kind="Patient")
    assert b"Ann" not in bytes(row.told_encrypted)
    assert told_in(row).first_name == "Ann"
    for one in HealthRecord.objects.filter(file=file).select_related("file"):
        assert (
            line_of(one)
            == ndjson(ann(), a_visit("e", "p-ann", "2026-09-01")).split(b"\n")[one.line_no - 1]
        )


def test_matches_by_number_proposes_by_name_and_leaves_the_rest(recorded):
    _, source = recorded
    take(
        source, ann(), ann("p-twin"), a_patient("p-bea", "BEA", "1951-10-01", "female"),
        a_patient("p-hal", "Hal", "1957-03-05", "male", "M-HAL"),
        a_patient("p-two", "Who", "1950-01-01", "male", "M-CAL", "M-DAN"),
        a_patient("p-none", "No", "1950-01-01", "male"),
    )  # fmt: skip
    assert stands(source) == {
        "p-ann": ("matched", "M-ANN"), "p-twin": ("proposed", "M-ANN"),
        "p-bea": ("proposed", "M-BEA"), "p-hal": ("proposed", "M-HAL"), "p-two": ("unmatched", ""),
        "p-none": ("unmatched", ""),
    }  # fmt: skip
    # A coverage that comes later tells the number.
    take(source, resource("Coverage", "c", subscriberId="M-BEA",
                          beneficiary={"reference": "Patient/p-bea"}))  # fmt: skip
    assert stands(source)["p-bea"] == ("matched", "M-BEA")


def test_a_person_decides_and_takes_back_by_adding(recorded):
    world, source = recorded
    take(source, a_patient("p-bea", "Bea", "1951-10-01", "female"))
    one, bea = HealthPatient.objects.get(source=source), world.members["Bea"]
    given = {"actor": OSEI, "patient_id": one.pk, "now": NOV_9}
    with pytest.raises(NotPermitted):
        deny_match(**given | {"actor": QUINN}, words="x")
    with pytest.raises(SeenOtherwise):
        confirm_match(**given, member_id=bea.pk, seen_member_id=None, words="x")
    with pytest.raises(NotMatched):
        take_back(**given, words="x")
    confirm_match(**given, member_id=bea.pk, seen_member_id=bea.pk, words="Called her.")
    with pytest.raises(MatchedBefore):
        deny_match(**given, words="x")
    assert stands(source) == {"p-bea": ("matched", "M-BEA")}
    take_back(**given, words="It was her sister.")
    assert stands(source) == {"p-bea": ("unmatched", "")}
    deny_match(**given, words="Moved away.")
    take(source, a_patient("p-bea", "Bea", "1951-10-01", "female", version=2))
    assert stands(source) == {"p-bea": ("stranger", "")}  # the rule asks no more
    said = PatientStep.objects.filter(patient=one).values_list("step", "member", "words")
    assert [(step, member) for step, member, _ in said] == [
        ("proposed", bea.pk), ("confirmed", bea.pk), ("taken_back", bea.pk), ("denied", None)
    ]  # fmt: skip


def test_a_match_stands_until_the_source_says_somebody_else(recorded):
    _, source = recorded
    take(source, ann(version=1))
    take(source, ann(version=2))
    assert stands(source) == {"p-ann": ("matched", "M-ANN")}
    take(source, a_patient("p-ann", "Bob", "1990-01-01", "male", version=3))
    assert stands(source) == {"p-ann": ("proposed", "M-ANN")}
    assert "changed" in HealthPatient.objects.get(source=source).why


def test_looks_again_for_those_who_wait(recorded):
    world, source = recorded
    take(source, a_patient("p-eva", "Eva", "1954-07-08", "female", "M-EVA"))
    assert stands(source) == {"p-eva": ("unmatched", "")}
    assert look_again(actor=OSEI, source_id=source.pk, now=NOV_9) == 0
    person = ("F", date(1954, 7, 9), NOV_9.date(), None, "Bell")
    add_member(world, "Eva", batch(world.contract), person)
    assert look_again(actor=OSEI, source_id=source.pk, now=NOV_9) == 1
    assert stands(source) == {"p-eva": ("proposed", "M-EVA")}  # born on another day
