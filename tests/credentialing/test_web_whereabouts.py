"""What waits on whom, as the applicant sees it: whose move, since when, what to do; no words of
sources."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.discrepancies import answer_discrepancy, send_discrepancy
from credentialing.actions.inquiries import send_inquiry
from credentialing.actions.letters import issue_letter
from credentialing.actions.verifying import start_verifying
from credentialing.models import Application, Decision
from ipaportal.core.files import read_stored
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


def test_the_letter_of_a_decision_is_for_whom_it_is_about_alone(iris):
    application, now = Application.objects.get(), timezone.now()
    letter = reverse("credentialing:my_letter", args=[application.pk])
    home = reverse("credentialing:my_file")
    assert iris.get(letter).status_code == 404
    assert letter not in iris.get(home).content.decode()
    decision = Decision.objects.create(
        event=application.event, outcome="approved", text="clean", level="clean", packet_sha256="",
        decision_date=now.date(), decided_at=now, decided_by_id=1, decided_by_name="Dr. Ito",
        notice_due_date=now.date(),
    )  # fmt: skip
    sent = issue_letter(
        actor=CLOCK, decision_id=decision.pk, channel="portal", tracking="", now=now
    )
    assert letter in iris.get(home).content.decode()
    answer = iris.get(letter)
    assert b"".join(answer.streaming_content) == read_stored(sent.pdf_sha256)
    manager = make_user("m@tern.example", Role.PRACTICE_MANAGER, party=application.party)
    assert client_of(manager).get(letter).status_code == 404
    assert letter not in client_of(manager).get(home).content.decode()
