"""Actions: refused before anything, nothing committed without an event, events never changed."""

import pytest
from django.db import DatabaseError, connection, transaction

from ipaportal.audit.actions import ActionInsideAction, NoAuditEvent, action, record
from ipaportal.audit.context import Origin, coming_from
from ipaportal.audit.incidents import open_incident
from ipaportal.audit.models import AccessEvent, DomainEvent, FactBatch, Incident
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.identity.models import Party

pytestmark = pytest.mark.django_db
PERMISSION = "ledger.place_hold"
OSEI = Actor(903, "Osei", frozenset({("compliance_officer", 1)}))
BELL = Actor(905, "Bell", frozenset({("provider", 2)}))


@action(PERMISSION)
def name_party(*, actor, name, says=True, then=None):
    party = Party.objects.create(kind="practice", name=name)
    if says:
        record(actor=actor, action="test.party.named", subject=party, name=name)
    if then:
        then()
    return party


def fail():
    raise ZeroDivisionError


def nothing_happened():
    return not Party.objects.filter(kind="practice").exists() and not DomainEvent.objects.exists()


def test_commits_with_its_event():
    party = name_party(actor=OSEI, name="Bell Clinic")
    event = DomainEvent.objects.get()
    assert (event.actor_id, event.actor_name, event.actor_roles) == (
        903,
        "Osei",
        ["compliance_officer"],
    )
    assert (event.action, event.subject_type, event.subject_id, event.details) == (
        "test.party.named",
        "identity.Party",
        str(party.pk),
        {"name": "Bell Clinic"},
    )
    assert (event.request_id, event.task_id) == ("", "")


def test_refuses_before_anything_runs():
    with pytest.raises(NotPermitted, match="Bell may not do this"):
        name_party(actor=BELL, name="Bell Clinic")
    assert nothing_happened()


def test_refuses_a_misspelt_permission():
    wrong = action("ledger.no_such_thing")(lambda *, actor: record(actor=actor, action="x"))
    with pytest.raises(KeyError):
        wrong(actor=OSEI)
    assert nothing_happened()


def test_rolls_back_what_says_nothing():
    with pytest.raises(NoAuditEvent):
        name_party(actor=OSEI, name="Bell Clinic", says=False)
    assert nothing_happened()


def test_rolls_back_the_event_with_the_change():
    with pytest.raises(ZeroDivisionError):
        name_party(actor=OSEI, name="Bell Clinic", then=fail)
    assert nothing_happened()


def test_refuses_an_action_inside_an_action():
    with pytest.raises(ActionInsideAction):
        name_party(
            actor=OSEI, name="Bell Clinic", then=lambda: name_party(actor=OSEI, name="Other")
        )
    assert nothing_happened()
    name_party(actor=OSEI, name="Bell Clinic")  # and the next one is not mistaken for nested


def test_ties_events_to_the_request_or_task_they_come_from():
    with coming_from(Origin(request_id="r1")), coming_from(Origin(task_id="t1")):
        name_party(actor=OSEI, name="Bell Clinic")
    with coming_from(Origin(request_id="r2")):
        name_party(actor=OSEI, name="Bell Clinic")
    name_party(actor=OSEI, name="Bell Clinic")
    assert list(DomainEvent.objects.order_by("id").values_list("request_id", "task_id")) == [
        ("", "t1"),
        ("r2", ""),
        ("", ""),
    ]


@pytest.mark.parametrize("model", [DomainEvent, AccessEvent, FactBatch])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET actor_name = 'Nobody'", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
)
@pytest.mark.acts_as
def test_refuses_to_change_what_was_recorded(model, statement):
    extra = {
        DomainEvent: {"action": "x"},
        AccessEvent: {"kind": "view"},
        FactBatch: {"scopes": [], "recorded_at": "2026-10-31T12:00Z"},
    }[model]
    model.objects.create(actor_name="Osei", **extra)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(model._meta.db_table))
    assert model.objects.get().actor_name == "Osei"


@pytest.mark.django_db(transaction=True)
def test_an_incident_survives_the_rollback_it_caused():
    with transaction.atomic():
        Party.objects.create(kind="practice", name="Bell Clinic")
        opened = open_incident("invariant broken", run_id=7, amount_cents=12)
        transaction.set_rollback(True)
    incident = Incident.objects.get()
    assert (incident.pk, incident.name) == (opened, "invariant broken")
    assert (incident.details, incident.resolution) == ({"run_id": 7, "amount_cents": 12}, "")
    assert not Party.objects.filter(kind="practice").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_incident SET name = 'nothing', closed_at = now()",
        "UPDATE audit_incident SET details = '{}', closed_at = now()",
        "UPDATE audit_incident SET resolution = 'still open'",
        "DELETE FROM audit_incident",
        "TRUNCATE audit_incident",
    ],
)
@pytest.mark.acts_as
def test_an_incident_cannot_be_made_to_go_away(statement):
    Incident.objects.create(name="invariant broken", details={"rows": 1})
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Incident.objects.get().name == "invariant broken"


@pytest.mark.acts_as
def test_an_incident_is_closed_once():
    Incident.objects.create(name="invariant broken")
    Incident.objects.update(closed_at="2026-10-31T12:00Z", resolution="explained")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Incident.objects.update(closed_at="2026-11-01T12:00Z", resolution="otherwise")
    assert Incident.objects.get().resolution == "explained"
