"""Signing in at the IPA's own server: who gets in, who does not, and what it is worth here."""

import time
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from ipaportal.audit.models import DomainEvent
from ipaportal.core.actors import Actor
from ipaportal.core.oidc import Identity
from ipaportal.core.refusals import NotPermitted
from ipaportal.core.roles import Role
from ipaportal.identity.actions.sso import LinkedAlready, link_by_address
from ipaportal.identity.models import SsoIdentity, User
from tests.oidc import CLIENT, SECRET, provider_server
from tests.people import PASSWORD, Browser, fresh_client_of, make_user

pytestmark = pytest.mark.django_db
LINKED = datetime(2026, 1, 2, tzinfo=UTC)
BEGIN, BACK = reverse("identity:sso_begin"), reverse("identity:sso_back")


@pytest.fixture
def idp(tmp_path, settings):
    with provider_server(tmp_path) as running:
        settings.OIDC_ISSUER, settings.OIDC_NAME = running.issuer, "Valley ID"
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_EMAIL_DOMAINS = ["ipa.test"]
        settings.OIDC_MFA_AMR = ["mfa"]
        settings.OUTBOUND_HOSTS = [f"localhost:{running.served.port}"]
        settings.OUTBOUND_NETWORKS = ["127.0.0.0/8"]
        settings.OUTBOUND_CA_FILE = str(tmp_path / "certificate.pem")
        running.claims = {"amr": ["pwd", "mfa"]}
        yield running


@pytest.fixture
def ana():
    user = make_user("ana@ipa.test", Role.FINANCE, mfa=False)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def come_back(idp, browser, asked, **brought):
    assert asked.status_code == 302, asked.content
    return browser.get(f"{BACK}?{urlencode(idp.visit(asked.url, **brought))}")


def sign_in(idp, browser, to="", **brought):
    return come_back(idp, browser, browser.get(BEGIN, {"next": to} if to else {}), **brought)


def link(user, idp, subject=None):
    return SsoIdentity.objects.create(
        user=user, issuer=idp.issuer, subject=subject or idp.subject, linked_at=LINKED
    )


def is_in(browser) -> bool:
    return browser.get(reverse("identity:people_list")).status_code != 302


def said(answer) -> str:
    return answer.content.decode()


def test_lets_an_invited_person_in_by_their_verified_address_and_tells_them(idp, ana):
    browser = Browser()
    answer = sign_in(idp, browser, "/payments/")
    assert (answer.status_code, answer.url) == (302, "/payments/")
    assert is_in(browser)
    identity = SsoIdentity.objects.get()
    assert (identity.user, identity.subject, identity.linked_by_id) == (ana, "00u-7", None)
    assert DomainEvent.objects.filter(action="identity.sso.linked").count() == 1
    assert [one.to for one in mail.outbox] == [["ana@ipa.test"]]
    assert "you sign in with Valley ID" in mail.outbox[0].body
    idp.claims |= {"email": "another@elsewhere.test"}  # the name counts from now on
    assert sign_in(idp, Browser()).status_code == 302
    assert SsoIdentity.objects.count() == 1


def test_never_makes_an_account(idp):
    make_user("someone@ipa.test", Role.FINANCE)
    answer = sign_in(idp, Browser())
    assert answer.status_code == 403
    assert "link your account to this name: 00u-7" in said(answer)
    assert User.objects.count() == 1
    event = DomainEvent.objects.get(action="identity.sso.refused")
    assert event.details == {"why": "NobodyHere"}


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": "ana@ipa.test.evil.test"},
        {"email": "ana@evil.test"},
        {"email": None},
    ],
)
def test_an_address_that_nobody_vouches_for_leads_to_no_account(idp, ana, claims):
    idp.claims |= claims
    browser = Browser()
    assert sign_in(idp, browser).status_code == 403
    assert not is_in(browser)
    assert SsoIdentity.objects.count() == 0


def test_whoever_is_suspended_gets_in_no_more_than_a_stranger(idp, ana):
    link(ana, idp)
    User.objects.update(is_active=False)
    answer = sign_in(idp, Browser())
    assert answer.status_code == 403
    assert "no account here" in said(answer)


def test_an_address_that_was_given_to_somebody_new_opens_no_old_account(idp, ana):
    link(ana, idp, "00u-before")
    assert sign_in(idp, Browser()).status_code == 403
    identity = Identity(idp.issuer, "00u-7", "ana@ipa.test", True, True)
    with pytest.raises(LinkedAlready):
        link_by_address(actor=Actor.system("x"), identity=identity, now=LINKED)
    with pytest.raises(NotPermitted):
        link_by_address(actor=Actor(ana.pk, "Ana"), identity=identity, now=LINKED)


# ---- attacks on the way back --------------------------------------------------------------------


def test_takes_no_answer_that_this_browser_did_not_ask_for(idp, ana):
    """Somebody else's way back, sent to a victim, signs the victim in as nobody."""
    attacker, victim = Browser(), Browser()
    asked = attacker.get(BEGIN)
    answer = come_back(idp, victim, asked)
    assert answer.status_code == 403
    assert "did not begin in this browser" in said(answer)
    assert not is_in(victim)


def test_takes_an_answer_once(idp, ana):
    browser = Browser()
    brought = urlencode(idp.visit(browser.get(BEGIN).url))
    assert browser.get(f"{BACK}?{brought}").status_code == 302
    browser.post(reverse("account_logout"))
    assert browser.get(f"{BACK}?{brought}").status_code == 403
    assert not is_in(browser)


@pytest.mark.parametrize(
    "brought", [{"iss": "https://evil.test"}, {"code": "x"}, {"error": "access_denied"}]
)
def test_a_bad_answer_lets_nobody_in_and_is_on_record(idp, ana, brought):
    browser = Browser()
    answer = sign_in(idp, browser, **brought)
    assert (answer.status_code, is_in(browser)) == (403, False)
    assert DomainEvent.objects.filter(action="identity.sso.refused").count() == 1


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.test/",
        "//evil.test/",
        "\\\\evil.test",
        "javascript:alert(1)",
        "https:evil.test",
    ],
)
def test_leads_to_no_other_site(idp, ana, to):
    assert sign_in(idp, Browser(), to).url == "/"
    browser = Browser()
    sign_in(idp, browser)
    assert browser.get(BEGIN, {"next": to}).url == "/"


def test_a_session_gets_a_new_name(idp, ana):
    browser = Browser()
    asked = browser.get(BEGIN)
    before = browser.session.session_key
    come_back(idp, browser, asked)
    assert browser.session.session_key != before


def test_no_token_is_kept_or_shown(idp, ana):
    browser = Browser()
    answer = sign_in(idp, browser)
    kept = str(dict(browser.session.items())) + said(browser.get(answer.url)) + answer.url
    assert "eyJ" not in kept  # how every token begins
    assert browser.session["sso_begun"] == {}  # nor what the sign-in was begun with


def test_exists_only_where_a_server_is_set():
    make_user("ana@ipa.test", Role.FINANCE)
    for name in ("sso_begin", "sso_back", "sso_signed_out"):
        assert Client().get(reverse(f"identity:{name}")).status_code == 404
    assert "Or with your password" not in said(Client().get(reverse("account_login")))


def test_a_server_that_does_not_answer_is_a_refusal_in_words(idp, settings):
    settings.OUTBOUND_HOSTS = []
    answer = Browser().get(BEGIN)
    assert answer.status_code == 403
    assert "Valley ID could not sign you in" in said(answer)


# ---- second factors, money, leaving -------------------------------------------------------------


def test_staff_without_any_second_factor_come_no_further_than_enrolling_one(idp, ana):
    idp.claims = {"amr": ["pwd"]}
    browser = Browser()
    sign_in(idp, browser)
    assert browser.get("/payments/").url == reverse("mfa_index")
    assert browser.get(reverse("identity:sso_again")).status_code == 302


def test_our_own_second_factor_is_asked_for_unless_one_was_shown_there(idp, ana):
    Authenticator.objects.create(user=ana, type=Authenticator.Type.TOTP, data={"secret": "x"})
    idp.claims = {"amr": ["pwd"]}
    browser = Browser()
    answer = sign_in(idp, browser)
    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(browser)
    idp.claims = {"amr": ["pwd", "mfa"]}
    browser = Browser()
    assert sign_in(idp, browser).url == "/"
    assert is_in(browser)


def test_whoever_is_linked_signs_in_there_only(idp, ana, settings):
    link(ana, idp)
    settings.OIDC_MFA_AMR = []
    form = {"login": "ana@ipa.test", "password": PASSWORD}
    browser = Browser()
    answer = browser.post(reverse("account_login"), form, follow=True)
    assert "You sign in with Valley ID" in said(answer)
    assert not is_in(browser)
    settings.OIDC_INSTEAD_OF_PASSWORD = False
    assert browser.post(reverse("account_login"), form).status_code == 302
    assert browser.get("/people/stay/").status_code == 302  # to enrol a second factor


def test_money_asks_the_server_again_and_goes_on_by_itself(idp):
    admin = make_user("ana@ipa.test", Role.SYSTEM_ADMIN, mfa=False)
    other = make_user("bo@ipa.test", Role.FINANCE)
    browser = Browser()
    sign_in(idp, browser)
    url = reverse("identity:sso_link", args=[other.pk])
    asked = browser.post(url, {"subject": "00u-8"})
    assert SsoIdentity.objects.filter(user=other).count() == 0
    while asked.url.startswith("/"):  # by way of allauth's page to the server
        asked = browser.get(asked.url)
        assert asked.status_code == 302
    assert "prompt=login" in asked.url
    answer = come_back(idp, browser, asked)
    assert answer.url == reverse("identity:person_detail", args=[other.pk])
    linked = SsoIdentity.objects.get(user=other)
    assert (linked.subject, linked.linked_by_id) == ("00u-8", admin.pk)


def test_a_password_is_no_proof_for_whoever_came_in_there(idp, ana):
    browser = Browser()
    sign_in(idp, browser)
    answer = browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.url.startswith(reverse("identity:sso_again"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"auth_time": int(time.time()) - 3600}, "asked anew"),
        ({"auth_time": None}, "asked anew"),
        ({"sub": "00u-8"}, "somebody else"),
    ],
)
def test_only_the_same_person_who_was_asked_anew_goes_on(idp, ana, changed, why):
    browser = Browser()
    sign_in(idp, browser)
    link(make_user("bo@ipa.test", Role.FINANCE), idp, "00u-8")
    asked = browser.get(reverse("identity:sso_again"), {"next": "/payments/"})
    idp.claims |= changed
    answer = come_back(idp, browser, asked)
    assert answer.status_code == 403
    assert why in said(answer)
    methods = browser.session["account_authentication_methods"]
    assert not any(one.get("reauthenticated") for one in methods)


def test_says_how_to_leave_there_too(idp, ana):
    browser = Browser()
    sign_in(idp, browser)
    answer = browser.post(reverse("account_logout"))
    assert answer.url == reverse("identity:sso_signed_out")
    assert not is_in(browser)
    page = said(browser.get(answer.url))
    assert f"{idp.issuer}/logout?realm=valley&amp;client_id=" in page


# ---- links, as administrators keep them ---------------------------------------------------------


@pytest.fixture
def boss():
    return make_user("boss@ipa.test", Role.SYSTEM_ADMIN)


def test_an_administrator_links_and_unlinks_a_person_whose_sessions_end(idp, ana, boss):
    theirs = Browser()
    theirs.force_login(ana, backend="allauth.account.auth_backends.AuthenticationBackend")
    theirs.get("/")
    browser = fresh_client_of(boss)
    page = reverse("identity:person_detail", args=[ana.pk])
    assert "signs in with a password" in said(browser.get(page))
    browser.post(reverse("identity:sso_link", args=[ana.pk]), {"subject": "00u-7"})
    assert "00u-7" in said(browser.get(page))
    assert not is_in(theirs)
    unlink = reverse("identity:sso_unlink", args=[ana.pk])
    assert browser.post(unlink, {"reason": ""}).status_code == 422
    assert browser.post(unlink, {"reason": "left"}).status_code == 302
    assert SsoIdentity.objects.get().ended_at is not None
    assert "This person is not linked." in said(browser.post(unlink, {"reason": "again"}))
    events = DomainEvent.objects.filter(action__startswith="identity.sso")
    assert [e.action for e in events.order_by("pk")] == [
        "identity.sso.linked",
        "identity.sso.unlinked",
    ]


def test_links_nobody_twice_and_nobody_to_another_persons_name(idp, ana, boss):
    link(ana, idp)
    bo = make_user("bo@ipa.test", Role.FINANCE)
    browser = fresh_client_of(boss)
    for user, subject in ((ana, "00u-9"), (bo, "00u-7")):
        answer = browser.post(reverse("identity:sso_link", args=[user.pk]), {"subject": subject})
        assert answer.status_code == 422
        assert "is linked already" in said(answer)
    answer = browser.post(reverse("identity:sso_link", args=[boss.pk]), {"subject": "00u-9"})
    assert (answer.status_code, SsoIdentity.objects.count()) == (422, 1)  # nobody links themselves
