"""Exclusivity: dated, superseded where it is told anew, and never of days nobody spoke of."""

from datetime import date

import pytest
from django.urls import reverse

from credentialing.actions.exclusivities import NothingToSay, set_exclusivity
from credentialing.models import Exclusivity
from ipaportal.audit.models import FactBatch
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.models import Party
from tests.factories import NOON, make_contract, make_practice
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db
NADIA = Actor(31, "Nadia", frozenset({("network_admin", 1)}))
JAN, APR, JUL, OCT = (date(2026, month, 1) for month in (1, 4, 7, 10))


@pytest.fixture
def bell():
    make_contract()
    return make_practice()


def tell(practice, start, end=None, *, is_exclusive=True, actor=NADIA):
    set_exclusivity(
        actor=actor,
        practice_id=practice.pk,
        payer_party_id=the_payer().pk,
        is_exclusive=is_exclusive,
        effective_date=start,
        end_date=end,
        source="amendment 2",
        now=NOON,
    )


def the_payer():
    return Party.objects.get(kind=Party.Kind.PAYER)


def spans():
    rows = Exclusivity.objects.current().order_by("effective_date")
    return list(rows.values_list("effective_date", "end_date", "recorded_by"))


def test_an_end_leaves_the_days_before_it_and_keeps_what_was_known(bell):
    tell(bell, JAN)
    tell(bell, JUL, is_exclusive=False)
    assert spans() == [(JAN, JUL, "Nadia")]
    assert Exclusivity.objects.filter(superseded_no=None).count() == 1
    assert Exclusivity.objects.exclude(superseded_no=None).get().end_date is None


def test_days_taken_out_of_the_middle_leave_both_sides(bell):
    tell(bell, JAN)
    tell(bell, APR, JUL, is_exclusive=False)
    assert spans() == [(JAN, APR, "Nadia"), (JUL, None, "Nadia")]


@pytest.mark.parametrize(
    ("_case", "start", "end", "is_exclusive"),
    [
        ("known already", APR, JUL, True),
        ("known to the day", JAN, OCT, True),
        ("not exclusive then", OCT, None, False),
        ("no days", APR, APR, True),
    ],
)
def test_refuses_what_says_nothing_new(bell, _case, start, end, is_exclusive):
    tell(bell, JAN, OCT)
    before = spans(), FactBatch.objects.count()
    with pytest.raises(NothingToSay, match="Nothing was changed"):
        tell(bell, start, end, is_exclusive=is_exclusive)
    assert (spans(), FactBatch.objects.count()) == before


def test_is_refused_to_who_may_not(bell):
    with pytest.raises(NotPermitted):
        tell(bell, JAN, actor=Actor(32, "Osei", frozenset({("compliance_officer", 1)})))
    assert spans() == []


def test_is_recorded_and_ended_on_the_practices_page(bell):
    client = client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))
    detail = reverse("credentialing:practice_detail", args=[bell.pk])
    assert "Bound to no plan" in client.get(detail).content.decode()
    form = reverse("credentialing:practice_exclusivity", args=[bell.pk])
    data = {"payer": the_payer().pk, "is_exclusive": "yes", "effective_date": "2026-01-01"}
    assert client.post(form, data).status_code == 422  # not where it is agreed
    answer = client.post(form, {**data, "source": "amendment 2"})
    assert answer.url == detail
    shown = client.get(detail).content.decode()
    assert "amendment 2" in shown
    again = client.post(form, {**data, "source": "amendment 2"})
    assert again.status_code == 422
    assert "Nothing was changed" in again.content.decode()
