"""Money for months after an exclusion, until it is taken back."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from capitation.models import Share
from compliance.queries.paid_excluded import paid_excluded, still_out
from credentialing.models import ScreeningMatch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    SEPTEMBER,
    SEPTEMBER_5,
    bring_october,
    give_banks,
    make_small_world,
    pay,
    run_month,
)
from tests.credentialing.screening import NEWEST, OLD, leie, load, screen
from tests.databases import acting_as
from tests.kept import kept
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
OSEI = Actor(4, "A. Osei", frozenset({("compliance_officer", 1)}))


@kept
def posted():
    """Two posted months."""
    world = make_small_world()
    give_banks(world, SEPTEMBER_5, world.bell)
    run_month(world, SEPTEMBER, SEPTEMBER_5)
    pay(SEPTEMBER_5)
    bring_october(world)
    run_month(world, OCTOBER, OCTOBER_5)
    return world


def exclude(world, since: date, until: date | None = None) -> None:
    """A list with the doctor on it from a day on, and the match confirmed."""
    who, day = world.pcps["Bell"], OCTOBER_5.date()
    named = {"LASTNAME": who.last_name, "FIRSTNAME": who.first_name, "NPI": "0" * 10, "DOB": ""}
    listed = {**named, "EXCLDATE": f"{since:%Y%m%d}", "MIDNAME": " ", "STATE": "NV"}
    rows = [OLD, {**NEWEST, "EXCLDATE": f"{day:%Y%m%d}"}, listed]
    load(data=leie(*rows), day=day, now=OCTOBER_5)
    screen(OCTOBER_5)
    with acting_as():
        match = ScreeningMatch.objects.filter(subject_key=f"practitioner:{who.pk}")
        match.update(is_stopped=until is None, reinstated_date=until)


def had(world, *months: date) -> int:
    rows = Share.objects.filter(practitioner_id=world.pcps["Bell"].pk, coverage_month__in=months)
    return sum(row.provider_cents - row.withhold_cents for row in rows)


def test_nobody_is_named_before_a_match_is_confirmed(posted):
    assert paid_excluded(actor=OSEI) == []
    assert still_out() == []


@pytest.mark.parametrize(
    ("since", "months"),
    [
        (SEPTEMBER, (SEPTEMBER, OCTOBER)),
        (SEPTEMBER + timedelta(days=1), (OCTOBER,)),
        (OCTOBER, (OCTOBER,)),
        (OCTOBER + timedelta(days=1), ()),
    ],
)
def test_counts_months_that_begin_on_or_after_the_first_day_excluded(posted, since, months):
    exclude(posted, since)
    found = paid_excluded(actor=OSEI)
    assert [one.cents for one in found] == ([had(posted, *months)] if months else [])
    assert still_out() == ([since] if months else [])
    if months:
        assert (found[0].first_month, found[0].last_month) == (min(months), max(months))
        assert found[0].payee_id == posted.bell.party_id


def test_counts_no_month_from_the_reinstatement_on(posted):
    exclude(posted, SEPTEMBER, OCTOBER)
    assert [one.cents for one in paid_excluded(actor=OSEI)] == [had(posted, SEPTEMBER)]


def test_counts_nothing_where_the_exclusion_was_none(posted):
    exclude(posted, SEPTEMBER, SEPTEMBER)
    assert paid_excluded(actor=OSEI) == []


def test_the_page_names_them_to_who_may_see(posted):
    exclude(posted, OCTOBER)
    url = reverse("compliance:paid_excluded")
    page = client_of(make_user("o@ipa.example", Role.COMPLIANCE_OFFICER)).get(url).content.decode()
    assert "Bell" in page
    assert f"{had(posted, OCTOBER) / 100:,.2f}" in page
    assert client_of(make_user("f@ipa.example", Role.PURCHASING)).get(url).status_code == 403
    with pytest.raises(NotPermitted):
        paid_excluded(actor=Actor(5, "B. Farrow", frozenset({("purchasing", 1)})))
