"""A stranger with a browser: forged forms, stolen keys, guessed links, lying hosts and paths."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import invite_user, token_of, withdraw_invitation
from ipaportal.identity.models import Grant, Invitation, User
from ipaportal.identity.web.access import PUBLIC
from tests.addresses import guarded_addresses
from tests.factories import CLOCK
from tests.people import PASSWORD, client_of, make_party, make_user
from tests.stories.attacks import digests, signed_in_afresh

pytestmark = pytest.mark.django_db
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "http://testserver@evil.example/",
    "\thttps://evil.example/",
)
SHUT = (
    "/account/login/",
    "/account/logout/",
    "/account/password/reset/",
    "/account/password/change/",
    "/account/reauthenticate/",
    "/account/sessions/",
    "/account/mfa/totp/activate/",
    "/account/mfa/totp/deactivate/",
    "/account/mfa/recovery-codes/generate/",
    "/search/keep/",
    "/setup/",
    "/people/demo/1/",
)


@pytest.fixture
def bell():
    party = make_party("practice", "Bell Clinic")
    make_party()
    return make_user("bell@bell.test", Role.PROVIDER, party=party, mfa=False)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_no_form_is_taken_without_the_token_of_its_page():
    admin = make_user("admin@ipa.test", *(role for role in Role if role not in ("plan_auditor",)))
    key = signed_in_afresh(admin).cookies["sessionid"].value
    forger = Client(enforce_csrf_checks=True)
    forger.cookies["sessionid"] = key
    assert forger.get("/").status_code == 200
    before, taken = digests(), []
    paths = [path for path, _, _ in guarded_addresses(get_resolver())]
    for path in [*paths, *SHUT]:
        answer = forger.post(path, {"csrfmiddlewaretoken": "x" * 64, "reason": "x"})
        if answer.status_code not in (403, 404, 405):
            taken.append((path, answer.status_code))
    assert taken == []
    assert len(paths) > 80
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []
    assert not DomainEvent.objects.exclude(action__startswith="audit.").exclude(
        action="identity.session.began"
    )


@pytest.mark.parametrize("to", ELSEWHERE)
def test_a_sign_in_leads_to_no_other_site(bell, to):
    client = Client()
    answer = client.post(
        f"/account/login/?next={to}", {"login": bell.email, "password": PASSWORD, "next": to}
    )
    assert is_signed_in(client)
    assert answer.url == "/"
    again = client.post(f"/account/reauthenticate/?next={to}", {"password": PASSWORD, "next": to})
    assert again.url.startswith("/")
    assert "evil" not in again.url
    out = client.post(f"/account/logout/?next={to}", {"next": to})
    assert "evil" not in out.url


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/"])
def test_a_fragment_is_led_to_no_other_site(path):
    make_party()
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{path}"}
    to = Client().get("/people/", headers=headers).headers["HX-Redirect"]
    assert to.startswith("/account/login/?next=")
    user = make_user("b@b.test", Role.PROVIDER, party=make_party("practice", "B"), mfa=False)
    answer = Client().post(to, {"login": user.email, "password": PASSWORD})
    assert answer.url == "/"


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(bell):
    client, thief = Client(), Client()
    client.get("/account/login/")
    session = client.session
    session["planted"] = "by a thief"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = thief.cookies["sessionid"] = planted
    token = client.get("/account/login/").cookies["csrftoken"].value
    client.post("/account/login/", {"login": bell.email, "password": PASSWORD})
    assert is_signed_in(client)
    assert client.cookies["sessionid"].value != planted
    assert client.cookies["csrftoken"].value != token
    assert thief.get("/people/").url.startswith("/account/login/")


def test_a_key_of_ones_own_making_opens_no_session():
    make_party()
    client = Client()
    client.cookies["sessionid"] = "a" * 32
    assert client.get("/search/").url.startswith("/account/login/")
    assert client.cookies["sessionid"].value != "a" * 32 or not is_signed_in(client)


def test_signing_out_ends_the_session_for_a_thief_too(bell):
    client, thief = client_of(bell), Client()
    client.get("/")
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/").status_code == 200
    client.post("/account/logout/")
    assert thief.get("/search/").url.startswith("/account/login/")


def an_invitation(email: str = "new@bell.test", role: str = Role.PROVIDER) -> Invitation:
    party = make_party("practice", "Any Clinic")
    return invite_user(
        actor=CLOCK, email=email, name="New", party_id=party.pk, role=role, now=timezone.now()
    )


def test_every_link_that_invites_nobody_looks_the_same():
    make_party()
    open_one, gone = an_invitation(), an_invitation("other@bell.test")
    withdraw_invitation(actor=CLOCK, invitation_id=gone.pk, now=timezone.now())
    token = token_of(open_one)
    bad = ["x", token_of(gone), token[:-1] + ("A" if token[-1] != "A" else "B"), f"{open_one.pk}"]
    answers = [Client().get(f"/people/invitation/{one}/") for one in bad]
    assert {answer.status_code for answer in answers} == {410}
    pages = {re.sub(r'"X-CSRFToken": "[^"]*"', "", a.content.decode()) for a in answers}
    assert len(pages) == 1
    assert Client().get(f"/people/invitation/{token}/").status_code == 200


def test_an_invited_person_chooses_neither_role_nor_address_nor_power():
    make_party()
    invitation = an_invitation()
    password = "walking slowly up the hill"
    forged = {"email": "root@evil.example", "role": "system_admin", "party": make_party().pk}
    forged |= {"is_superuser": "1", "is_active": "1", "is_staff": "1", "grant_end_date": ""}
    Client().post(
        f"/people/invitation/{token_of(invitation)}/",
        {"name": "New", "password": password, "password_again": password, **forged},
    )
    user = User.objects.get()
    assert user.email == "new@bell.test"
    grant = Grant.objects.get()
    assert (grant.role, grant.party_id) == ("provider", invitation.party_id)
    assert [row for row in ("is_superuser", "is_staff") if getattr(user, row, False)] == []


@pytest.mark.parametrize("role", ["system_admin", "finance", "finance_approver", "network_admin"])
def test_a_network_administrator_makes_nobody_of_the_ipa(role):
    quinn = make_user("other@ipa.test", Role.PURCHASING)
    clerk = make_user("clerk@ipa.test", Role.NETWORK_ADMIN)
    client, ipa = signed_in_afresh(clerk), make_party().pk
    before = digests()
    form = {"role": role, "party": ipa, "email": "x@x.test", "name": "X", "reason": "x"}
    for path in ("invite/", f"{clerk.pk}/grant/", f"{quinn.pk}/grant/", f"{quinn.pk}/suspend/"):
        assert client.post(f"/people/{path}", form).status_code in (404, 422)
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []


def test_a_manager_names_a_bank_for_no_practice_but_their_own():
    mine, theirs = make_party("practice", "Mine"), make_party("practice", "Theirs")
    make_party()
    client = signed_in_afresh(make_user("m@mine.test", Role.PRACTICE_MANAGER, party=mine))
    before = digests()
    for party in (theirs, make_party()):
        form = {"party": party.pk, "holder_name": "X", "routing_number": "231380104"}
        form |= {"account_number": "5550001", "account_number_again": "5550001"}
        form |= {"account_type": "checking", "status": "approved", "purpose": "origin"}
        assert client.post("/bank-details/new/", form).status_code == 422
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil"])
def test_no_mail_leads_to_a_host_that_a_stranger_names(bell, mailoutbox, host):
    form = {"email": bell.email}
    answer = Client().post("/account/password/reset/", form, HTTP_HOST=host)
    assert answer.status_code == 400
    assert mailoutbox == []
    Client().post("/account/password/reset/", form, headers={"X-Forwarded-Host": host})
    assert len(mailoutbox) == 1
    assert host not in mailoutbox[0].body
    assert "http://testserver/" in mailoutbox[0].body


@pytest.mark.parametrize(
    ("path", "field", "most"),
    [
        ("/account/login/", "password", 12),
        ("/account/password/reset/", "email", 30),
        ("/account/reauthenticate/", "password", 12),
    ],
)
def test_slows_down_whoever_tries_again_and_again(bell, mailoutbox, path, field, most):
    cache.clear()
    client = client_of(bell) if "reauth" in path else Client()
    form = {"login": bell.email, "email": bell.email, "password": "wrong"}
    for _ in range(most):
        answer = client.post(path, form)
    assert len(mailoutbox) < most
    said = answer.content.decode()
    assert answer.status_code == 429 or "Too many" in said


@pytest.mark.parametrize(
    "path",
    [
        "../settings.py",
        "%2e%2e/settings.py",
        "..%2fsettings.py",
        "%2e%2e%2fsettings.py",
        "..\\settings.py",
        "//etc/passwd",
        "portal.css/../../settings.py",
        "portal.css%00.py",
        "./././../manage.py",
    ],
)
def test_nothing_but_assets_is_served_from_static(path):
    make_party()
    answer = Client().get(f"/static/{path}")
    assert answer.status_code in (301, 302, 400, 404)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"SECRET_KEY" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "X"])
def test_no_other_method_reaches_a_page(method):
    client = signed_in_afresh(make_user("admin@ipa.test", Role.SYSTEM_ADMIN, Role.FINANCE))
    before = digests()
    for path, permission, _ in guarded_addresses(get_resolver()):
        assert permission != PUBLIC
        answer = client.generic(method, path)
        assert (path, answer.status_code, answer.content) == (path, 405, b"")
        assert answer.headers["Allow"] == "GET, HEAD, POST"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    after = digests()
    assert [name for name in before if before[name] != after[name]] == []
