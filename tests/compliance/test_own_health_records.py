"""A practice sees what its own EHR sent of its own members: nobody else's, and nothing in doubt."""

import pytest
from django.urls import reverse

from compliance.models import HealthPatient
from compliance.queries.own_records import own_patients_told
from ipaportal.core.roles import Role
from tests.capitation.worlds import SmallWorld, make_small_world
from tests.compliance.recording import a_patient, a_source, a_visit, ann, take
from tests.kept import kept
from tests.people import actor_of, client_of, make_user
from tests.stories.attacks import text_of

pytestmark = pytest.mark.django_db


@kept
def world() -> SmallWorld:
    """Bell's EHR has Ann, who is theirs, Ray, who is not, and a stranger; Alvarez's has Ray."""
    made = make_small_world()
    ray = a_patient("p-ray", "Ray", "1958-03-04", "male", "M-RAY")
    stranger = a_patient("p-odd", "Isolde", "1948-02-11", "female")
    bells = a_source(made.bell.party)
    take(bells, ann(), ray, stranger, a_visit("e-1", "p-ann", "2026-09-03"),
         a_visit("e-2", "p-ann", "2026-09-20"), a_visit("e-3", "p-odd", "2026-09-21"))  # fmt: skip
    take(a_source(made.alvarez.party, "Alvarez's EHR"), ray, a_visit("e-9", "p-ray", "2026-09-09"))
    return made


def manager(world: SmallWorld, who: str):
    party = getattr(world, who).party
    return make_user(f"{who}@x.example", Role.PRACTICE_MANAGER, party=party, mfa=False)


@pytest.mark.parametrize(("who", "expected"), [
    ("bell", [("Ann Example", 3, "2026-09-20")]), ("alvarez", [("Ray Example", 2, "2026-09-09")]),
])  # fmt: skip
def test_each_practice_has_its_own_members_of_its_own_ehr(world, who, expected):
    told = own_patients_told(actor_of(manager(world, who)))
    assert [(one.name, one.records, f"{one.last_day}") for one in told] == expected


def test_a_match_that_is_taken_back_is_gone(world):
    HealthPatient.objects.filter(member=world.members["Ann"]).update(state="unmatched", member=None)
    assert own_patients_told(actor_of(manager(world, "bell"))) == []


def test_pages_show_them_and_nobody_elses(world):
    client = client_of(manager(world, "bell"))
    here = reverse("compliance:own_patient_list")
    assert here in text_of(client.get(reverse("compliance:own_ehr")))
    page = text_of(client.get(here))
    assert ("Ann Example" in page, "Ray" in page, "Isolde" in page) == (True, False, False)
    ids = dict(HealthPatient.objects.values_list("ref", "pk"))
    one = reverse("compliance:own_patient", args=[ids["p-ann"]])
    assert text_of(client.get(one, {"kind": "Encounter"})).count("2026-09-") == 2
    assert client.get(one, {"export": "csv"}).getvalue().count(b"\n") == 4
    foreign = HealthPatient.objects.exclude(pk=ids["p-ann"]).values_list("pk", flat=True)
    for pk in foreign:
        assert client.get(reverse("compliance:own_patient", args=[pk])).status_code == 404
    staff = client_of(make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER))
    assert staff.get(here).status_code == 403
