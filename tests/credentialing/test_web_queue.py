"""The work queue: whose, how late, whose move; and giving a file to somebody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.assigning import CannotWorkFiles, NotOpen, TheirsAlready, assign_file
from credentialing.models import CredentialingEvent, Element, EventStep, Review, Verification
from credentialing.queries.queue import queue, queue_counts, waiting
from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.factories import make_ipa, make_practitioner
from tests.kept import kept
from tests.networks import make_facility
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
# Statuses with the days they have stood; verifying is late after 30, submitted after 3.
FILES = [
    ("verifying", 30),
    ("verifying", 31),
    ("submitted", 4),
    ("incomplete", 2),
    ("queued", 1),
    ("approved", 90),
]


def open_file(number, status, days):
    at = timezone.now() - timedelta(days=days)
    event = CredentialingEvent.objects.create(
        practitioner=make_practitioner(number, f"Doe{number}"),
        kind="initial", status=status, opened_at=at - timedelta(days=9), opened_by_name="test",
    )  # fmt: skip
    EventStep.objects.create(event=event, to_status=status, at=at, by_name="test")
    return event


@kept
def desk():
    make_ipa()
    make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak")
    make_user("quinn@ipa.example", Role.FINANCE, name="Quinn")
    for number, (status, days) in enumerate(FILES, 1):
        open_file(number, status, days)


@pytest.fixture
def novak(desk):
    return User.objects.get(email="novak@ipa.example")


def event_no(number):
    return CredentialingEvent.objects.get(practitioner__last_name=f"Doe{number}")


def names(**asked):
    today = timezone.localdate()
    found = queue(today=today, **asked).order_by("due", "pk")
    return [row.practitioner.last_name for row in found]


def page(client, **query):
    answer = client.get(reverse("credentialing:file_queue"), query)
    assert answer.status_code == 200
    return " ".join(answer.getvalue().decode().split())


def test_shows_open_files_the_one_due_first_first(novak):
    actor = actor_of(novak)
    assert names(actor=actor) == ["Doe2", "Doe3", "Doe1", "Doe4", "Doe5"]
    assert names(actor=actor, show="late") == ["Doe2", "Doe3"]
    assert names(actor=actor, ball="provider") == ["Doe4"]
    assert names(actor=actor, ball="committee", text="doe5") == ["Doe5"]
    counts = queue_counts(actor=actor, today=timezone.localdate())
    assert (counts.team, counts.late, counts.mine, counts.unowned) == (5, 2, 0, 5)


def test_gives_a_file_to_a_person_and_says_so(novak):
    client, event = client_of(novak), event_no(3)
    shown = page(client)
    assert "5 open, 2 overdue, 0 mine" in shown
    assert "us, to look through the signed application" in shown
    address = reverse("credentialing:file_assign", args=[event.pk])
    assert "Quinn" not in client.get(address).content.decode()
    assert client.post(address, {"person": novak.pk, "note": "call first"}).status_code == 302
    mine = page(client, show="mine")
    assert "Doe3" in mine
    assert "Doe2" not in mine
    assert "T. Novak" in page(client, export="csv")
    told = DomainEvent.objects.get(action="credentialing.file.assigned")
    assert (told.details["owner"], told.details["before"]) == ("T. Novak", "")
    assert client.post(address, {"person": novak.pk}).status_code == 422
    assert client.post(address, {"person": ""}).status_code == 302
    assert "Nothing is yours" in page(client, show="mine")


def test_refuses_whoever_cannot_work_files_and_files_that_are_over(novak):
    quinn = User.objects.get(email="quinn@ipa.example")
    given = {"actor": actor_of(novak), "now": timezone.now()}
    with pytest.raises(CannotWorkFiles):
        assign_file(event_id=event_no(3).pk, user_id=quinn.pk, **given)
    with pytest.raises(NotOpen):
        assign_file(event_id=event_no(6).pk, user_id=novak.pk, **given)
    with pytest.raises(TheirsAlready):
        assign_file(event_id=event_no(3).pk, user_id=None, **given)
    assert not CredentialingEvent.objects.exclude(owner=None).exists()
    assert client_of(quinn).get(reverse("credentialing:file_queue")).status_code == 403
    over = reverse("credentialing:file_assign", args=[event_no(6).pk])
    assert client_of(novak).get(over).status_code == 404


def test_tells_what_is_left_to_verify_and_when_it_is_ready(novak):
    event, now = event_no(1), timezone.now()
    element = Element.objects.create(event=event, code="npi", added_at=now)
    rows = list(queue(actor=actor_of(novak), today=now.date()))
    (told,) = [one.told for one in waiting(rows, now.date()) if one.event == event]
    assert told.words == "0 of 1 verified: 1 to ask for"
    found = Verification.objects.create(
        element=element, source="nppes", method="web", as_of_date=now.date(), performed_at=now,
        result="clean", collected_by_name="test", recorded_at=now,
    )  # fmt: skip
    Review.objects.create(
        verification=found, is_accepted=True, reviewed_by_id=1, reviewed_by_name="x",
        reviewed_at=now,
    )  # fmt: skip
    (one,) = [one for one in waiting(rows, now.date()) if one.event == event]
    assert one.told.is_ready
    assert one.lapses == now.date() + timedelta(days=120)
    assert "Hand it on" in page(client_of(novak))


def test_asks_no_more_questions_for_more_files(novak):
    client = client_of(novak)
    page(client)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len([q for q in captured if q["sql"].startswith("SELECT")])

    few = asked()
    for number in range(20, 32):
        open_file(number, "verifying", number)
    where = make_facility()
    event = CredentialingEvent.objects.create(
        facility=where, kind="initial", status="verifying", opened_at=timezone.now(),
        opened_by_name="test",
    )  # fmt: skip
    Element.objects.create(event=event, code="ccn", added_at=timezone.now())
    assert asked() <= few + 4 <= 22
