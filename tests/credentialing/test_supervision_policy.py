"""A policy that wants a physician named holds for files that are being verified, from its day."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.policies import set_policy
from credentialing.actions.verifying import NotVerified, finish_verifying
from credentialing.models import CredentialingEvent, Practitioner, Supervision
from credentialing.queries.levels import file_level
from credentialing.queries.policies import missing_supervision
from credentialing.rules.levels import Level
from ipaportal.core.roles import Role
from tests.factories import NOON, make_practitioner
from tests.kept import kept
from tests.networks import make_credential
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
ONE = timedelta(days=1)
WORDS = "the physician who supervises or collaborates with them in CA is not named"


@kept
def world():
    """A nurse practitioner licensed in two states, whose file is being verified."""
    who = make_practitioner(41, "Reed")
    Practitioner.objects.filter(pk=who.pk).update(provider_type="np")
    who = Practitioner.objects.get(pk=who.pk)
    for state in ("CA", "NV"):
        make_credential(who, state=state, number=f"N{state}", expires_date=TODAY + 900 * ONE)
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="initial", status="verifying", opened_at=NOON, opened_by_name="x"
    )
    return {
        "who": who,
        "event": event,
        "ito": make_user("ito@ipa.example", Role.MEDICAL_DIRECTOR, name="Dr. Ito"),
        "novak": make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="Novak"),
    }


def decided(world, state="CA", day=TODAY, is_on=True):
    set_policy(actor=actor_of(world["ito"]), topic="supervision", is_on=is_on, from_date=day,
               state=state, provider_type="np", note="board of Mar 2", now=NOON)  # fmt: skip


def named(world, state="CA", until: date | None = None):
    Supervision.objects.create(
        practitioner=world["who"], physician_name="Dr. Low", physician_npi="1234567893",
        kind="supervising", state=state, started_date=TODAY - 9 * ONE, ended_date=until,
        recorded_at=NOON, recorded_by_name="x",
    )  # fmt: skip


def test_is_missed_from_the_day_of_the_policy_in_the_states_of_the_licences(world):
    who = world["who"]
    assert missing_supervision(who, TODAY) == []
    decided(world, "OR")
    assert missing_supervision(who, TODAY) == []
    decided(world, day=TODAY + ONE)
    assert [missing_supervision(who, day) for day in (TODAY, TODAY + ONE)] == [[], ["CA"]]
    decided(world, "NV")
    named(world, "NV", until=TODAY)
    assert [missing_supervision(who, day) for day in (TODAY, TODAY + ONE)] == [[], ["CA", "NV"]]
    named(world)
    assert missing_supervision(who, TODAY + ONE) == ["NV"]
    decided(world, "NV", day=TODAY + ONE, is_on=False)
    assert missing_supervision(who, TODAY + ONE) == []
    Practitioner.objects.filter(pk=who.pk).update(provider_type="md")
    assert missing_supervision(Practitioner.objects.get(pk=who.pk), TODAY + ONE) == []


def test_no_file_is_finished_or_decided_without_it_and_its_page_says_what_is_missing(world):
    client = client_of(world["novak"])
    page = reverse("credentialing:practitioner_file", args=[world["who"].pk])
    assert "Missing by a policy" not in client.get(page).content.decode()
    decided(world)
    assert "Missing by a policy" in client.get(page).content.decode()
    found = file_level(world["event"], TODAY)
    assert found.level is Level.UNFINISHED
    assert WORDS in [reason.text for reason in found.reasons]
    with pytest.raises(NotVerified, match=WORDS):
        finish_verifying(actor=actor_of(world["novak"]), event_id=world["event"].pk,
                         now=timezone.now())  # fmt: skip
    named(world)
    assert WORDS not in [reason.text for reason in file_level(world["event"], TODAY).reasons]
    assert "Missing by a policy" not in client.get(page).content.decode()
