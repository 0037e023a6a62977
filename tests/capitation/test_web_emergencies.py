"""Emergency access: one record, for some minutes, with a reason, and never in silence."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from capitation.models import Member
from ipaportal.audit.models import AccessEvent, DomainEvent
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import PARTY_ROLES, Role
from ipaportal.identity.actions.emergencies import (
    NotToReview,
    ReasonTooShort,
    begin_emergency,
    review_emergency,
)
from ipaportal.identity.models import EmergencyAccess
from ipaportal.identity.queries.emergencies import running_emergency
from tests.databases import OWNER, acting_as
from tests.factories import make_contract
from tests.people import actor_of, client_of, fresh_client_of, make_party, make_user
from tests.planfiles import a_member, an_834, take

pytestmark = pytest.mark.django_db
RECORD = "/emergency/record/"
WHY = "The hospital calls and needs her PCP now"


@pytest.fixture
def zed():
    contract = make_contract("SUN")
    take(contract, an_834([a_member("Z1", last_name="Canary", first_name="Zed")]))
    return Member.objects.get()


@pytest.fixture
def officer():
    return make_user("ochoa@ipa.test", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def buyer():
    return make_user("park@ipa.test", Role.PURCHASING, name="Park Example")


def open_it(client, member, **changes):
    form = {"payer": member.payer_id, "number": member.plan_member_id, "reason": WHY, **changes}
    return client.post("/emergency/", form)


def test_opens_one_record_and_tells_the_compliance_officers(
    zed, officer, buyer, mailoutbox, django_capture_on_commit_callbacks
):
    client = fresh_client_of(buyer)
    assert client.get(f"/members/{zed.pk}/").status_code == 403
    assert client.get(RECORD).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert open_it(client, zed).url == RECORD
    page = client.get(RECORD).content.decode()
    assert "Canary, Zed" in page
    assert "Money by month" not in page
    access = EmergencyAccess.objects.get()
    assert access.ends_at - access.began_at == timedelta(minutes=30)
    assert [mail.to for mail in mailoutbox] == [[officer.email]]
    text = mailoutbox[0].subject + mailoutbox[0].body
    assert "Park Example" in text
    assert not any(word in text for word in ("Canary", "Zed", "Z1", "hospital"))
    event = DomainEvent.objects.get(action="identity.emergency.began")
    assert event.details["record_id"] == zed.pk
    assert "hospital" not in str(event.details)
    seen = AccessEvent.objects.get(view_name="capitation:emergency_record", kind="view")
    assert (seen.member_ids, seen.actor_id) == ([zed.pk], buyer.pk)
    assert client.get(f"/members/{zed.pk}/").status_code == 403


def test_ends_by_itself(zed, buyer):
    now = timezone.now()
    begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=now - timedelta(minutes=31))
    assert client_of(buyer).get(RECORD).status_code == 404
    assert running_emergency(actor_of(buyer), "capitation.Member", now) is None


def test_is_nobody_elses(zed, buyer):
    begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=timezone.now())
    other = make_user("other@ipa.test", Role.PURCHASING)
    assert client_of(buyer).get(RECORD).status_code == 200
    assert client_of(other).get(RECORD).status_code == 404


def test_ends_with_the_role(zed, buyer):
    begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=timezone.now())
    client = client_of(buyer)
    with acting_as(OWNER):
        buyer.grants.all().delete()
    assert client.get(RECORD).status_code == 403


@pytest.mark.parametrize("role", sorted(PARTY_ROLES))
def test_is_for_staff_only(zed, role):
    kind = "payer" if role == Role.PLAN_AUDITOR else "practice"
    user = make_user("who@else.test", role, party=make_party(kind, "Elsewhere"))
    assert fresh_client_of(user).get("/emergency/").status_code == 403
    with pytest.raises(NotPermitted):
        begin_emergency(actor=actor_of(user), subject=zed, reason=WHY, now=timezone.now())


def test_asks_who_it_is_first(zed, buyer):
    assert open_it(client_of(buyer), zed).url.startswith("/account/reauthenticate")
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize("changes", [{"reason": "because"}, {"number": "Z"}, {"payer": "0"}])
def test_opens_nothing_without_a_reason_and_an_exact_number(zed, buyer, changes):
    assert open_it(fresh_client_of(buyer), zed, **changes).status_code == 422
    assert not EmergencyAccess.objects.exists()


def test_lets_nobody_do_more_than_look(zed, buyer):
    begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=timezone.now())
    client = fresh_client_of(buyer)
    for path in ("pcp/", "end/"):
        assert client.post(f"/members/{zed.pk}/{path}", {}).status_code == 403
    assert client.post("/payments/prepare/", {}).status_code == 403
    assert "member_id" not in client.get(RECORD).content.decode()


def test_is_looked_at_by_another_person_once(zed, officer, buyer):
    access = begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=timezone.now())
    client = client_of(officer)
    assert WHY in client.get("/people/emergencies/").content.decode()
    answer = client.post("/people/emergencies/", {"access": access.pk, "text": "Called back: true"})
    assert answer.status_code == 302
    access.refresh_from_db()
    assert (access.reviewed_by_id, access.review_text) == (officer.pk, "Called back: true")
    with pytest.raises(NotToReview):
        review_emergency(
            actor=actor_of(officer), access_id=access.pk, text="again", now=timezone.now()
        )
    assert client_of(buyer).get("/people/emergencies/").status_code == 403


@pytest.mark.acts_as
def test_nobody_looks_at_their_own(zed, officer):
    access = begin_emergency(actor=actor_of(officer), subject=zed, reason=WHY, now=timezone.now())
    with pytest.raises(NotToReview):
        review_emergency(
            actor=actor_of(officer), access_id=access.pk, text="fine", now=timezone.now()
        )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE identity_emergencyaccess SET reason = 'none'",
        "UPDATE identity_emergencyaccess SET ends_at = ends_at + interval '1 day'",
        "DELETE FROM identity_emergencyaccess",
        "TRUNCATE identity_emergencyaccess",
    ],
)
@pytest.mark.acts_as
def test_stays_as_it_was(zed, buyer, change):
    begin_emergency(actor=actor_of(buyer), subject=zed, reason=WHY, now=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError):
            cursor.execute(change)
        transaction.set_rollback(True)


def test_a_system_has_no_emergencies(zed, buyer):
    actor = actor_of(buyer)
    with pytest.raises(ReasonTooShort):
        begin_emergency(actor=actor, subject=zed, reason="too short", now=timezone.now())
