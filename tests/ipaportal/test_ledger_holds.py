"""Holds: who may stop payments, and who may let them go on."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party
from ipaportal.ledger.actions import place_hold, release_hold
from ipaportal.ledger.actions.holds import (
    AlreadyReleased,
    NoReason,
    ReleasedElsewhere,
    SamePersonReleases,
)
from ipaportal.ledger.models import Hold
from ipaportal.ledger.queries.holds import holds, holds_on

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
QUINN = Actor(901, "Quinn", frozenset({("finance", 1)}))
REYES = Actor(902, "Reyes", frozenset({("finance_approver", 1)}))
OSEI = Actor(903, "Osei", frozenset({("compliance_officer", 1)}))

pytestmark = pytest.mark.django_db


@pytest.fixture
def bell():
    return Party.objects.create(kind="practice", name="Bell Clinic")


def place(actor, party, **changes):
    values = {"reason": "review", "text": "Licence under review", "now": NOON, **changes}
    return place_hold(actor=actor, party_id=party.pk, **values)


def test_compliance_stops_payments(bell):
    hold = place(OSEI, bell)
    assert holds_on([bell.pk]) == {bell.pk: [hold]}
    assert (hold.placed_by_id, hold.placed_by_name, hold.placed_at) == (903, "Osei", NOON)
    event = DomainEvent.objects.get(action="ledger.hold.placed")
    assert (event.subject_id, event.details["text"]) == (str(hold.pk), "Licence under review")


def test_a_hold_needs_words_and_a_role(bell):
    with pytest.raises(NoReason):
        place(OSEI, bell, text="  ")
    manager = Actor(904, "Bell", frozenset({("practice_manager", bell.pk)}))
    with pytest.raises(NotPermitted):
        place(manager, bell)
    assert not Hold.objects.exists()
    assert not DomainEvent.objects.exists()


def test_one_source_holds_once(bell):
    first = place(OSEI, bell, source="finding:3")
    assert place(OSEI, bell, source="finding:3") == first
    place(OSEI, bell, source="finding:4")
    place(OSEI, bell)
    place(OSEI, bell)
    assert len(holds_on([bell.pk])[bell.pk]) == 4


def test_another_person_releases_it_once(bell):
    hold = place(REYES, bell)
    with pytest.raises(NotPermitted):
        release_hold(actor=QUINN, hold_id=hold.pk, text="fine now", now=NOON)
    with pytest.raises(SamePersonReleases):
        release_hold(actor=REYES, hold_id=hold.pk, text="fine now", now=NOON)
    with pytest.raises(NoReason):
        release_hold(actor=OSEI, hold_id=hold.pk, text="", now=NOON)
    assert Hold.objects.get().released_at is None
    release_hold(actor=OSEI, hold_id=hold.pk, text="fine now", now=NOON)
    assert holds_on([bell.pk]) == {}
    with pytest.raises(AlreadyReleased, match="Osei on Oct 31, 2026"):
        release_hold(actor=OSEI, hold_id=hold.pk, text="again", now=NOON)
    assert Hold.objects.get().release_text == "fine now"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_hold SET text = 'other'",
        "UPDATE ledger_hold SET released_at = now(), released_by_name = 'x', text = 'other'",
        "UPDATE ledger_hold SET released_at = now()",
        "DELETE FROM ledger_hold",
        "TRUNCATE ledger_hold",
    ],
)
@pytest.mark.acts_as
def test_a_hold_stays_as_it_was_placed(bell, statement):
    place(OSEI, bell)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")
    assert Hold.objects.get().text == "Licence under review"


def test_a_payee_sees_only_their_own_holds(bell):
    alvarez = Party.objects.create(kind="practice", name="Dr. Alvarez")
    place(OSEI, bell)
    hold = place(OSEI, alvarez)
    manager = Actor(904, "Alvarez", frozenset({("practice_manager", alvarez.pk)}))
    assert list(holds(actor=manager)) == [hold]
    assert len(holds(actor=QUINN)) == 2


def test_refuses_word_for_word(bell):
    with pytest.raises(NoReason) as no_reason:
        place(OSEI, bell, text="  ")
    hold = place(OSEI, bell, text="Match of March", source="screening:7")
    with pytest.raises(ReleasedElsewhere) as elsewhere:
        release_hold(actor=REYES, hold_id=hold.pk, text="fine now", now=NOON)
    hold.refresh_from_db()
    assert hold.released_at is None
    other = place(OSEI, bell)
    release_hold(actor=REYES, hold_id=other.pk, text="fine now", now=NOON)
    with pytest.raises(AlreadyReleased) as again:
        release_hold(actor=REYES, hold_id=other.pk, text="fine now", now=NOON)
    assert [str(one.value) for one in (no_reason, elsewhere, again)] == [
        "Say why in a few words: the payee and the auditors will read them. Nothing was changed.",
        "This hold stands because of an exclusion list (Match of March). It is released by the "
        "decision about that match, which takes two people. Nothing was changed. "
        "Decide the match under Screening.",
        "This hold was released by Reyes on Oct 31, 2026. Nothing was changed. "
        "Place a new hold if payments must stop again.",
    ]


def test_a_suspensions_hold_goes_with_the_suspension(bell):
    hold = place(OSEI, bell, text="Licence over", source="suspension:7")
    with pytest.raises(ReleasedElsewhere, match="because somebody is suspended"):
        release_hold(actor=REYES, hold_id=hold.pk, text="fine now", now=NOON)
    hold.refresh_from_db()
    assert hold.released_at is None
