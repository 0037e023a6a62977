"""Invitations, roles, suspension: who may, what is refused, what is recorded."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import signing
from django.urls import reverse

from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.actions.demo import NotADemo, add_demo_person
from ipaportal.identity.actions.invitations import (
    VALID_FOR,
    accept_invitation,
    invite_user,
    token_of,
    withdraw_invitation,
)
from ipaportal.identity.actions.refusals import (
    AlreadyAUser,
    AlreadyEnded,
    AlreadyGranted,
    InvitationInvalid,
    NotYours,
    OwnAccount,
    WrongGrant,
)
from ipaportal.identity.actions.users import end_grant, grant_role, restore_user, suspend_user
from ipaportal.identity.models import Grant, Invitation, User
from ipaportal.identity.queries.people import people_seen_by
from tests.people import PASSWORD, actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
TODAY = NOON.date()
LINK = Actor.system("invitation link")


@pytest.fixture
def admin():
    return actor_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))


@pytest.fixture
def network_admin():
    return actor_of(make_user("network@ipa.test", Role.NETWORK_ADMIN))


@pytest.fixture
def practice():
    return make_party("practice", "Alvarez Family Medicine")


def invite(actor, party, role=Role.PROVIDER, **changes):
    return invite_user(
        actor=actor,
        email="New@Alvarez.test",
        name="Dr. New",
        party_id=party.pk,
        role=role,
        now=NOON,
        **changes,
    )


def accept(token, now=NOON):
    return accept_invitation(
        actor=LINK, token=token, name="Dr. Nina New", password=PASSWORD, now=now, today=TODAY
    )


def test_invites_and_makes_the_account_with_its_role(network_admin, practice):
    invitation = invite(network_admin, practice, grant_end_date=date(2027, 1, 1))
    user = accept(token_of(invitation))
    assert (user.email, user.name) == ("new@alvarez.test", "Dr. Nina New")
    assert user.check_password(PASSWORD)
    grant = user.grants.get()
    assert (grant.role, grant.party, grant.effective_date, grant.end_date) == (
        Role.PROVIDER,
        practice,
        TODAY,
        date(2027, 1, 1),
    )
    assert EmailAddress.objects.get(user=user).verified
    event = DomainEvent.objects.get(action="identity.invitation.accepted")
    assert event.actor_id == user.pk


def test_uses_an_invitation_once(network_admin, practice):
    token = token_of(invite(network_admin, practice))
    accept(token)
    with pytest.raises(InvitationInvalid):
        accept(token)
    assert User.objects.filter(email="new@alvarez.test").count() == 1


def test_refuses_an_expired_invitation(network_admin, practice):
    token = token_of(invite(network_admin, practice))
    with pytest.raises(InvitationInvalid):
        accept(token, now=NOON + VALID_FOR)
    assert not User.objects.filter(email="new@alvarez.test").exists()
    assert accept(token, now=NOON + VALID_FOR - timedelta(seconds=1)).pk


@pytest.mark.parametrize("salt", ["ipaportal.identity.invitation2", "django.core.signing"])
def test_refuses_a_token_signed_for_something_else(network_admin, practice, salt):
    invitation = invite(network_admin, practice)
    with pytest.raises(InvitationInvalid):
        accept(signing.dumps(invitation.pk, salt=salt))


def test_refuses_a_token_that_was_tampered_with(network_admin, practice):
    token = token_of(invite(network_admin, practice))
    other = signing.dumps(10**6, salt="x").split(":")[0]
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), other + token[1:], "", "a:b:c"):
        with pytest.raises(InvitationInvalid):
            accept(bad)
    assert not User.objects.filter(email="new@alvarez.test").exists()


def test_a_newer_invitation_replaces_the_older_one(network_admin, practice):
    old = token_of(invite(network_admin, practice))
    new = token_of(invite(network_admin, practice, Role.PRACTICE_MANAGER))
    with pytest.raises(InvitationInvalid):
        accept(old)
    assert accept(new).grants.get().role == Role.PRACTICE_MANAGER


def test_a_withdrawn_invitation_is_useless(network_admin, practice):
    invitation = invite(network_admin, practice)
    withdraw_invitation(actor=network_admin, invitation_id=invitation.pk, now=NOON)
    with pytest.raises(InvitationInvalid):
        accept(token_of(invitation))
    with pytest.raises(InvitationInvalid):
        withdraw_invitation(actor=network_admin, invitation_id=invitation.pk, now=NOON)


def test_refuses_to_invite_somebody_who_has_an_account(network_admin, practice):
    make_user("new@alvarez.test", Role.PROVIDER, party=practice)
    with pytest.raises(AlreadyAUser):
        invite(network_admin, practice)
    assert not Invitation.objects.exists()


def test_a_network_administrator_gives_only_the_roles_of_practices(network_admin):
    quinn = make_user("quinn@ipa.test", Role.FINANCE)
    ipa = make_party()
    with pytest.raises(NotYours):
        invite(network_admin, ipa, Role.FINANCE_APPROVER)
    with pytest.raises(NotYours):
        suspend_user(actor=network_admin, user_id=quinn.pk, reason="no")
    with pytest.raises(NotYours):
        end_grant(actor=network_admin, grant_id=quinn.grants.get().pk, today=TODAY)
    assert User.objects.get(pk=quinn.pk).is_active
    assert quinn not in people_seen_by(network_admin)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SYSTEM_ADMIN])
def test_nobody_else_gives_staff_roles(role):
    actor = Actor(user_id=-1, name="Somebody", grants=frozenset({(role, make_party().pk)}))
    refusal = NotYours if role is Role.NETWORK_ADMIN else NotPermitted
    with pytest.raises(refusal):
        invite(actor, make_party(), Role.SYSTEM_ADMIN)
    assert not Invitation.objects.exists()


def test_nobody_changes_their_own_roles_or_suspends_themselves():
    user = make_user("admin@ipa.test", Role.SYSTEM_ADMIN)
    actor, ipa = actor_of(user), make_party()
    with pytest.raises(OwnAccount):
        grant_role(
            actor=actor, user_id=user.pk, party_id=ipa.pk, role=Role.FINANCE_APPROVER, today=TODAY
        )
    with pytest.raises(OwnAccount):
        end_grant(actor=actor, grant_id=user.grants.get().pk, today=TODAY)
    with pytest.raises(OwnAccount):
        suspend_user(actor=actor, user_id=user.pk, reason="holiday")
    assert user.grants.count() == 1


@pytest.mark.parametrize(
    ("role", "kind", "end_date"),
    [
        (Role.PROVIDER, "ipa", None),
        (Role.FINANCE, "practice", None),
        (Role.PLAN_AUDITOR, "ipa", date(2027, 1, 1)),
        (Role.PLAN_AUDITOR, "payer", None),
        (Role.FINANCE, "ipa", TODAY),
    ],
)
def test_refuses_roles_that_do_not_fit_the_party_or_the_days(admin, role, kind, end_date):
    user = make_user("quinn@ipa.test")
    with pytest.raises(WrongGrant):
        grant_role(
            actor=admin,
            user_id=user.pk,
            party_id=make_party(kind, "X").pk,
            role=role,
            today=TODAY,
            end_date=end_date,
        )
    assert not user.grants.exists()


def test_refuses_the_same_role_twice_and_the_end_of_an_ended_one(admin):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    party_id = make_party().pk
    with pytest.raises(AlreadyGranted):
        grant_role(actor=admin, user_id=user.pk, party_id=party_id, role=Role.FINANCE, today=TODAY)
    grant = end_grant(actor=admin, grant_id=user.grants.get().pk, today=TODAY)
    assert grant.end_date == TODAY
    with pytest.raises(AlreadyEnded):
        end_grant(actor=admin, grant_id=grant.pk, today=TODAY)
    assert Grant.objects.filter(user=user).count() == 1


def test_suspending_closes_every_session_and_restoring_lets_in_again(admin):
    quinn = make_user("quinn@ipa.test", Role.FINANCE)
    client = client_of(quinn)
    client.get("/")
    assert UserSession.objects.filter(user=quinn).exists()
    suspend_user(actor=admin, user_id=quinn.pk, reason="left the IPA")
    assert not UserSession.objects.filter(user=quinn).exists()
    restore_user(actor=admin, user_id=quinn.pk, reason="came back")
    assert User.objects.get(pk=quinn.pk).is_active
    actions = DomainEvent.objects.filter(subject_id=str(quinn.pk)).order_by("pk")
    assert [(e.action, e.details["reason"]) for e in actions] == [
        ("identity.user.suspended", "left the IPA"),
        ("identity.user.restored", "came back"),
    ]


def test_walks_from_the_link_to_the_enrolment_of_a_second_factor(client, admin):
    invitation = invite_user(
        actor=admin,
        email="reyes@ipa.test",
        name="M. Reyes",
        party_id=make_party().pk,
        role=Role.FINANCE_APPROVER,
        now=datetime.now(UTC),
    )
    path = reverse("identity:invitation_accept", args=[token_of(invitation)])
    assert "reyes@ipa.test" in client.get(path).content.decode()
    weak = client.post(path, {"name": "M. Reyes", "password": "short", "password_again": "short"})
    assert weak.status_code == 422
    sent = {"name": "M. Reyes", "password": PASSWORD, "password_again": PASSWORD}
    assert client.post(path, sent).url == "/"
    assert client.get("/").url == reverse("mfa_index")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
    client.logout()
    assert client.get(path).status_code == 410


def test_shows_the_link_when_there_is_no_mail_server_and_mails_it_otherwise(settings, mailoutbox):
    make_party("practice", "Bell Clinic")
    admin = make_user("admin@ipa.test", Role.SYSTEM_ADMIN)
    client = client_of(admin)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    sent = {
        "name": "N. Chen",
        "email": "chen@ipa.test",
        "role": Role.COMPLIANCE_OFFICER.value,
        "party": make_party().pk,
    }
    settings.EMAIL_HOST = ""
    assert "/people/invitation/" in client.post("/people/invite/", sent).content.decode()
    assert mailoutbox == []
    settings.EMAIL_HOST = "mail.ipa.test"
    assert client.post("/people/invite/", sent).url == "/people/"
    assert mailoutbox[0].to == ["chen@ipa.test"]
    assert "/people/invitation/" in mailoutbox[0].body


def test_walks_the_pages_of_people_and_roles():
    client = client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))
    quinn = make_user("quinn@ipa.test", Role.FINANCE)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert "quinn@ipa.test" in client.get("/people/", {"q": "qui"}).content.decode()
    page = f"/people/{quinn.pk}/"
    assert client.get(page).status_code == 200
    sent = {"role": Role.PURCHASING.value, "party": make_party().pk}
    assert client.post(f"{page}grant/", sent).url == page
    refused = client.post(f"{page}grant/", sent)
    assert refused.status_code == 422
    assert "already holds that role" in refused.content.decode()
    grant = quinn.grants.get(role=Role.PURCHASING)
    assert client.post(f"/people/grants/{grant.pk}/end/").url == page
    assert client.post(f"{page}suspend/", {"reason": ""}).status_code == 422
    assert client.post(f"{page}suspend/", {"reason": "left"}).url == page
    assert client.post(f"{page}restore/", {"reason": "back"}).url == page
    assert client.get("/people/999999/").status_code == 404


def demo_person(email="quinn@valley.example"):
    return add_demo_person(
        actor=Actor.system("demo"),
        email=email,
        name="J. Quinn",
        role=Role.FINANCE,
        party_id=make_party().pk,
        today=TODAY,
    )


def test_makes_a_demo_person_once_without_a_password():
    assert demo_person() == demo_person()
    user = User.objects.get()
    assert not user.has_usable_password()
    assert user.grants.get().role == Role.FINANCE


def test_makes_no_demo_person_on_real_servers_or_for_a_real_address(settings):
    with pytest.raises(NotADemo):
        demo_person("quinn@valley.test")
    settings.EMBEDDED = False
    with pytest.raises(NotADemo):
        demo_person()
    assert not User.objects.exists()
