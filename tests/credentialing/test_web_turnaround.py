"""Turnaround by step: exact days, provider's time apart, each number opens its files."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from credentialing.actions.file_days import keep_days
from credentialing.models import CredentialingEvent, Decision, EventStep
from credentialing.queries.turnaround import turnaround, turnaround_files
from credentialing.rules.events import DECIDED, OVER, Status
from credentialing.rules.turnaround import PARTS, STEP_OF_STATUS, STEPS
from ipaportal.core.months import add_months
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.factories import make_ipa, make_practitioner
from tests.kept import kept
from tests.people import actor_of, client_of, make_user

pytestmark = pytest.mark.django_db
# Ten files: number n is looked through in n days, verified in 10 n, decided the day after; every
# one was three days back with its provider in between, and the clock stood still.
COUNT = 10


def test_every_status_before_a_decision_counts_for_one_step():
    assert set(STEP_OF_STATUS) == set(Status) - set(OVER)
    assert set(STEPS) == {*PARTS, "whole", "provider"}
    assert not DECIDED & set(STEP_OF_STATUS)


@kept
def decided():
    make_ipa()
    make_user("novak@ipa.example", Role.CREDENTIALING_SPECIALIST, name="T. Novak")
    make_user("quinn@ipa.example", Role.FINANCE)
    end = timezone.make_aware(datetime.combine(timezone.localdate(), datetime.min.time()))
    for number in range(1, COUNT + 1):
        way = [("invited", 5), ("applying", 2), ("submitted", number), ("incomplete", 3),
               ("verifying", 10 * number), ("verified", 0), ("queued", 1)]  # fmt: skip
        at = end - timedelta(days=sum(days for _, days in way))
        event = CredentialingEvent.objects.create(
            practitioner=make_practitioner(number, f"Doe{number}"), kind="initial",
            status="approved", opened_at=at, opened_by_name="test",
        )  # fmt: skip
        for status, days in way:
            EventStep.objects.create(event=event, to_status=status, at=at, by_name="test")
            at += timedelta(days=days)
        EventStep.objects.create(event=event, to_status="approved", at=at, by_name="test")
        Decision.objects.create(
            event=event, outcome="approved", text="meets the criteria", level="clean",
            packet_sha256="0" * 64, decision_date=at.date(), decided_at=at, decided_by_id=1,
            decided_by_name="Dr. Tan", notice_due_date=at.date(),
        )  # fmt: skip
    assert (keep_days(), keep_days()) == (COUNT, 0)


def span():
    until = add_months(timezone.localdate().replace(day=1), 1)
    return {
        "actor": actor_of(User.objects.get(email="novak@ipa.example")),
        "from_date": add_months(until, -12),
        "until_date": until,
    }


def test_tells_half_and_nine_tenths_of_each_step(decided):
    told = {one.code: (one.files, one.median, one.ninetieth) for one in turnaround(**span())}
    assert told == {
        "look": (10, Decimal(5), Decimal(9)),
        "verify": (10, Decimal(50), Decimal(90)),
        "hand_on": (10, Decimal(0), Decimal(0)),
        "decide": (10, Decimal(1), Decimal(1)),
        "stopped": (0, None, None),
        "whole": (10, Decimal(56), Decimal(100)),
        "provider": (10, Decimal(3), Decimal(3)),
    }
    assert not any(one.files for one in turnaround(**span(), kind="recred"))


def test_opens_the_files_behind_a_number(decided):
    slow = turnaround_files(**span(), step="verify", at_least=Decimal(90))
    assert [(row.name, row.days) for row in slow.order_by("-days")] == [
        ("Doe10, Ana", Decimal(100)),
        ("Doe9, Ana", Decimal(90)),
    ]
    assert slow.count() == 2
    assert turnaround_files(**span(), step="verify", text="doe1").count() == 2
    novak = client_of(User.objects.get(email="novak@ipa.example"))
    shown = novak.get(reverse("credentialing:turnaround")).content.decode()
    assert "half of 10 files were decided within 56.0 days" in " ".join(shown.split())
    here = reverse("credentialing:turnaround_files", args=["verify"])
    assert f"{here}?at_least=90.0" in shown
    listed = novak.get(here, {"at_least": "90.0"}).content.decode()
    assert "Doe9" in listed
    assert "Doe8" not in listed
    for odd in ("x", "NaN", "-1", "1e99", "Infinity"):
        assert "Doe8" in novak.get(here, {"at_least": odd}).content.decode()
    export = novak.get(here, {"export": "csv"})
    assert b"Doe10" in export.getvalue()
    nowhere = reverse("credentialing:turnaround_files", args=["nowhere"])
    assert novak.get(nowhere).status_code == 404
    quinn = client_of(User.objects.get(email="quinn@ipa.example"))
    assert quinn.get(here).status_code == 403
