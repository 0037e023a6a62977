"""Encounters by PCP and month on pages: staff's, a practice's own, and each number opened."""

from datetime import date

import pytest
from django.urls import reverse

from compliance.models import EncounterExpectation
from compliance.queries.encounters import members_unseen, pcp_months
from ipaportal.core.roles import Role
from tests.compliance.claimfiles import a_line
from tests.compliance.claiming import make_priced_world, of_alvarez, of_bell, take_in
from tests.kept import kept
from tests.people import client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db
OCTOBER, DEC_1 = date(2026, 10, 1), date(2026, 12, 1)


@kept
def world():
    """Ann was seen by her PCP twice, once sent twice; Ray by somebody who is not his."""
    made = make_priced_world()
    day = date(2026, 10, 13)
    take_in(
        made, of_bell(made, "1", subscriber_ref="M-ANN"),
        of_bell(made, "2", a_line("99214", served_from=day, served_to=day), subscriber_ref="M-ANN"),
        of_bell(made, "3", subscriber_ref="M-ANN"), of_bell(made, "4"), of_alvarez(made, "5"),
    )  # fmt: skip
    return made


def test_counts_the_visits_of_ones_own_members_by_month(world):
    found = {(one.pcp, one.month): one for one in pcp_months(DEC_1)}
    bell, alvarez = world.pcps["Bell"].pk, world.pcps["Alvarez"].pk
    october = found[bell, OCTOBER]
    assert (october.received, october.seen, october.members > 0) == (2, 1, True)
    assert found[alvarez, OCTOBER].received == 0
    assert found[bell, date(2026, 11, 1)].state == "still comes"
    assert len([key for key in found if key[0] == bell]) == 12
    assert members_unseen(DEC_1) == {}  # nobody is a member for a whole year yet


def test_staff_opens_a_number_down_to_its_claims(world):
    client = client_of(make_user("quinn@ipa.example", Role.FINANCE))
    page = text_of(client.get(reverse("compliance:encounter_list")))
    assert "own knowledge, unverified" in page
    pcp = reverse("compliance:encounter_pcp", args=[world.pcps["Bell"].pk])
    assert pcp in page
    month = reverse("compliance:encounter_month", args=[world.pcps["Bell"].pk, "2026-10"])
    assert month in text_of(client.get(pcp))
    assert client.get(pcp, {"export": "csv"}).getvalue().count(b"\n") == 13
    claims = text_of(client.get(month))
    assert (claims.count("M-ANN"), claims.count("M-RAY")) == (2, 0)
    data = client.get(reverse("compliance:encounter_list"), {"export": "csv"}).getvalue()
    assert "Bell" in data.decode("utf-8-sig")
    assert client.get(month.replace("2026-10", "2026-13")).status_code == 404


def test_a_practice_sees_its_own_pcps_only(world):
    user = make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party, mfa=False)
    client = client_of(user)
    page = text_of(client.get(reverse("compliance:own_encounters")))
    month = reverse("compliance:own_encounter_month", args=[world.pcps["Bell"].pk, "2026-10"])
    assert month in page
    assert "Alvarez" not in page
    assert text_of(client.get(month)).count("M-ANN") == 2
    other = reverse("compliance:own_encounter_month", args=[world.pcps["Alvarez"].pk, "2026-10"])
    assert client.get(other).status_code == 404


def test_a_director_says_what_is_expected(world):
    client = signed_in_afresh(make_user("cast@ipa.example", Role.MEDICAL_DIRECTOR))
    new = reverse("compliance:encounter_expect")
    given = {"month": "2026-10-15", "per_1000": "250", "days": "20", "source": "Agreement 9"}
    assert client.post(new, given | {"per_1000": "0"}).status_code == 422
    assert client.post(new, given).status_code == 302
    (made,) = EncounterExpectation.objects.all()
    assert (made.effective_date, made.is_verified) == (OCTOBER, False)
    assert "Agreement 9" in text_of(client.get(reverse("compliance:encounter_list")))
