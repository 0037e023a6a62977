"""The page of who takes part on a day: what stops is shown with its reason, and is a file."""

from datetime import date

import pytest
from django.urls import reverse

from credentialing.actions.participations import end_participation
from credentialing.models import Participation
from ipaportal.core.roles import Role
from tests.credentialing.screening import CLOCK, NOON, make_ana
from tests.people import client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def nadia():
    return client_of(make_user("nadia@ipa.example", Role.NETWORK_ADMIN))


def page(client, **query):
    answer = client.get(reverse("credentialing:participation_list"), query)
    assert answer.status_code == 200
    return " ".join(answer.getvalue().decode().split())


def test_says_who_takes_part_on_a_day_and_why_not(nadia):
    assert "Nobody on this day" in page(nadia)
    ana, _ = make_ana()
    end_participation(
        actor=CLOCK, practitioner_id=ana.pk, end_date=date(2026, 3, 1), reason="moved away",
        payer_party_id=Participation.objects.get().payer_party_id, now=NOON,
    )  # fmt: skip
    shown = page(nadia, on="2026-02-28")
    assert "1 take part on Feb 28, 2026, 0 do not" in shown
    assert "taken over, not credentialed here" in shown
    assert "Alvarez, Ana" in page(nadia, on="2026-02-28", show="taken_over", q="alv")
    assert "0 take part on Mar 1, 2026, 1 do not" in page(nadia, on="2026-03-01")
    assert "Alvarez, Ana" in page(nadia, on="2026-03-01", show="stopped")
    assert "Nobody waits for a network" in page(nadia, show="nowhere")
    assert "(moved away)" in page(nadia, on="2026-03-01", export="csv")
