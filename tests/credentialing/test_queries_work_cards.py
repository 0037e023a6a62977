"""What credentialing brings to the front page: a verb, an object, a day, a link."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.rosters import record_answers
from credentialing.models import CredentialingEvent, EventStep
from credentialing.queries.file_cards import file_cards
from credentialing.queries.roster_cards import roster_cards
from ipaportal.core.roles import Role
from tests.credentialing.rostering import TODAY, freeze, list_doctor, make_delegation, make_sent
from tests.factories import NOON, make_contract, make_practitioner
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def novak():
    return actor_of(make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST))


def told(cards):
    return [(task.verb, task.object, task.due, task.tone) for task in cards.tasks]


def test_asks_silent_plans_and_mends_what_they_refused(novak):
    contract = make_contract()
    sun = make_delegation()
    listing = list_doctor(sun)
    list_doctor(sun, 2, "Bell")
    roster = freeze(sun, novak)
    due = TODAY + timedelta(days=30)
    assert told(roster_cards(novak, due)) == []
    late = due + timedelta(days=1)
    asked = ("Ask", "SUN Health for its answer to roster 1", due, "bad")
    assert told(roster_cards(novak, late)) == [asked]
    data = f"NPI,Tax ID,Status\n{listing.role.practitioner.npi},990000001,R1\n".encode()
    record_answers(actor=novak, roster_id=roster.pk, data=data, now=NOON)
    mend = ("Mend", "1 line that SUN Health refused", late, "warn")
    assert told(roster_cards(novak, late)) == [asked, mend]
    assert roster_cards(actor_of(make_user("q@ipa.example", Role.FINANCE)), late).tasks == ()
    assert contract.payer.party_id == sun.payer_party_id


def test_settles_differences_before_they_are_old(novak):
    who = make_practitioner()
    plan = make_contract().payer.party
    make_sent(plan, who, "told", NOON)
    due = TODAY + timedelta(days=30)
    cards = roster_cards(novak, due)
    assert told(cards)[-1] == ("Settle", f"what {plan.name} has differently", due, "warn")
    assert cards.numbers[0].value == "1"


def test_names_the_step_each_file_waits_for_the_longest_waiting_first(novak):
    now = timezone.now()
    today = timezone.localdate(now)
    for number, (status, days) in enumerate(
        [("verified", 2), ("submitted", 4), ("incomplete", 90), ("approved", 90)], 1
    ):
        at = now - timedelta(days=days)
        event = CredentialingEvent.objects.create(
            practitioner=make_practitioner(number, f"Doe{number}"),
            kind="initial",
            status=status,
            opened_at=at,
            opened_by_name="test",
        )
        EventStep.objects.create(event=event, to_status=status, at=at, by_name="test")
    cards = file_cards(novak, today)
    assert told(cards) == [
        ("Look through", "the application of Ana Doe2", today - timedelta(days=1), "bad"),
        ("Hand on for a decision", "Ana Doe1", today + timedelta(days=1), "warn"),
    ]
    assert cards.tasks[1].url.startswith(reverse("credentialing:file_list"))
    assert [(one.label, one.value) for one in cards.numbers] == [
        ("Files that wait for providers", "1")
    ]
