"""What waits on whom, as the applicant sees it: whose move, since when, what to do; no words of
sources."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.discrepancies import answer_discrepancy, send_discrepancy
from credentialing.actions.inquiries import send_inquiry
from credentialing.actions.verifying import start_verifying
from credentialing.models import Application
from ipaportal.core.roles import Role
from tests.credentialing.applying import applied
from tests.factories import CLOCK, make_practice
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db


@kept
def signed():
    applied()


@pytest.fixture
def iris(signed):
    return client_of(Application.objects.get().practitioner.user)


def page(client, **query):
    address = reverse("credentialing:application_waiting", args=[Application.objects.get().pk])
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.getvalue().decode().split())


def test_says_whose_move_it_is_and_for_how_long(iris):
    shown = page(iris)
    days = (timezone.localdate() - timezone.localdate(Application.objects.get().event.steps.latest(
        "at").at)).days  # fmt: skip
    assert f"It is the move of the IPA, for {days} day" in shown
    assert "Us, to look through the signed application" in shown
    assert "kind=" in shown  # a paper that is still wanted can be sent
    assert "Signed, waits for a look" in page(iris, export="csv", list="steps")


def test_tells_of_each_element_without_what_others_said_of_them(iris):
    now, application = timezone.now(), Application.objects.get()
    event = start_verifying(
        actor=CLOCK, event_id=application.event_id, planned_decision_date=None, now=now
    )
    send_inquiry(
        actor=CLOCK, element_id=event.elements.get(code="peer_reference").pk, now=now,
        recipient_name="Dr. Egret", recipient_email="e@peer.example", question="Would you refer?",
    )  # fmt: skip
    told = send_discrepancy(
        actor=CLOCK, element_id=event.elements.get(code="education").pk, what="Year",
        application_says="2014", source_says="2015", now=now,
    )  # fmt: skip
    shown = page(iris)
    assert "Answer what a source says otherwise: Year, by" in shown
    assert reverse("credentialing:discrepancy_answer", args=[told.pk]) in shown
    assert "somebody was asked and has not answered" in shown
    assert "Egret" not in shown
    assert "Would you refer" not in shown
    answer_discrepancy(
        actor=actor_of(application.practitioner.user), discrepancy_id=told.pk, reply="They erred",
        now=now + timedelta(minutes=1),
    )  # fmt: skip
    assert "you answered; we look at it" in page(iris)


def test_shows_it_to_nobody_else(iris):
    other = make_practice("Wren Group", "990000078").party
    stranger = client_of(make_user("w@wren.example", Role.PROVIDER, party=other))
    address = reverse("credentialing:application_waiting", args=[Application.objects.get().pk])
    assert stranger.get(address).status_code == 404
