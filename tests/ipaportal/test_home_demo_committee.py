"""The demo's committee: one meeting held with its decisions, one to come, one clean file."""

import pytest
from django.utils import timezone

from credentialing.models import Decision, Meeting, Minutes
from credentialing.queries.committees import letters, waiting_files
from ipaportal.core.roles import Role
from ipaportal.home.demo.committee import People, hold_committee
from ipaportal.home.proving import prove
from tests.factories import CLOCK, make_ipa
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db


def test_one_meeting_was_held_and_one_is_to_come():
    make_ipa()
    roles = {
        "admin": Role.NETWORK_ADMIN,
        "specialist": Role.CREDENTIALING_SPECIALIST,
        "director": Role.MEDICAL_DIRECTOR,
    }
    people = People(**{n: actor_of(make_user(f"{n}@ipa.example", r)) for n, r in roles.items()})
    now = timezone.now()
    assert hold_committee(people=people, now=now)
    assert not hold_committee(people=people, now=now)
    assert [m.state for m in Meeting.objects.order_by("starts_at")] == ["held", "planned"]
    outcomes = Decision.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["approved", "approved_conditions"]
    assert Minutes.objects.count() == 1
    assert len(letters(actor=CLOCK, today=now.date())) == 1
    assert [one.found.is_clean for one in waiting_files(actor=CLOCK, day=now.date())] == [True]
    assert not [check.name for _, check in prove() if check.rows]
