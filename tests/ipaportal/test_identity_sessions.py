"""Sessions: they end by themselves, elsewhere after a changed secret, and leave nothing behind."""

import json
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from ipaportal.audit.models import DomainEvent
from ipaportal.core.roles import STAFF_ROLES, Role
from ipaportal.identity import lifetimes
from ipaportal.identity.lifetimes import BEGAN, SEEN
from tests.databases import OWNER, acting_as
from tests.ipaportal.test_settings import run
from tests.people import PASSWORD, client_of, fresh_client_of, make_party, make_user

pytestmark = pytest.mark.django_db
MINUTE, HOUR = 60, 3600


def staff(email="quinn@ipa.test", *roles):
    return make_user(email, *(roles or (Role.FINANCE,)))


def provider():
    practice = make_party("practice", "Bell Clinic")
    return make_user("bell@bell.test", Role.PROVIDER, party=practice, mfa=False)


def age(client, key, seconds):
    """Make a session older, as if the time had passed."""
    session = client.session
    session[key] -= seconds
    session.save()


def is_in(client):
    return client.get("/search/").status_code == 200


@pytest.mark.parametrize(
    ("person", "minutes", "stays"),
    [(staff, 14, True), (staff, 15, False), (provider, 59, True), (provider, 60, False)],
)
def test_a_session_ends_after_minutes_without_a_click(person, minutes, stays):
    client = client_of(person())
    assert is_in(client)
    age(client, SEEN, minutes * MINUTE)
    assert is_in(client) is stays
    assert Session.objects.count() == 1
    assert bool(DomainEvent.objects.filter(action="identity.session.timed_out")) is not stays


@pytest.mark.parametrize(("hours", "stays"), [(11.9, True), (12, False)])
def test_no_session_outlasts_a_working_day_however_busy(hours, stays):
    client = client_of(staff())
    assert is_in(client)
    age(client, BEGAN, hours * HOUR)
    assert is_in(client) is stays


def test_says_why_one_was_signed_out_and_leads_back():
    client = client_of(staff())
    client.get("/")
    age(client, SEEN, 16 * MINUTE)
    answer = client.get("/search/", follow=True)
    assert answer.redirect_chain == [("/account/login/?next=/search/", 302)]
    assert "You were signed out after 15 minutes without a click." in answer.content.decode()
    assert UserSession.objects.count() == 0


def test_a_cookie_of_an_ended_session_is_worth_nothing():
    client = client_of(staff())
    client.get("/")
    cookie = client.cookies["sessionid"].value
    age(client, SEEN, 16 * MINUTE)
    client.get("/")
    thief = Client()
    thief.cookies["sessionid"] = cookie
    assert not is_in(thief)


def test_what_a_page_asks_by_itself_keeps_no_session_alive():
    client = client_of(staff())
    client.get("/")
    age(client, SEEN, 10 * MINUTE)
    client.get("/search/", headers={"X-Poll": "1"})
    age(client, SEEN, 6 * MINUTE)
    assert not is_in(client)


def test_a_click_keeps_it_alive():
    client = client_of(staff())
    client.get("/")
    for _ in range(3):
        age(client, SEEN, 10 * MINUTE)
        assert is_in(client)


def test_a_page_knows_when_its_session_ends_and_may_ask_to_stay(monkeypatch):
    # Seconds are counted: between a page and the next request one may pass, on any machine.
    now = time.time()
    monkeypatch.setattr(lifetimes, "time", SimpleNamespace(time=lambda: now))
    client = client_of(staff())
    page = client.get("/").content.decode()
    assert 'data-idle="900" data-whole="43200" data-stay="/people/stay/"' in page
    age(client, SEEN, 14 * MINUTE)
    left = json.loads(client.post("/people/stay/").content)
    assert left == {"idle_left": 900, "whole_left": 43200}
    assert Client().post("/people/stay/").status_code == 302


def test_a_role_that_ended_ends_the_longer_patience_too():
    """Whoever becomes staff in a session is held to the shorter time from the next click on."""
    user = provider()
    client = client_of(user)
    client.get("/")
    user.grants.create(party=make_party(), role=Role.FINANCE, effective_date="2020-01-01")
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    age(client, SEEN, 20 * MINUTE)
    assert not is_in(client)


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_a_stolen_cookie_is_worth_no_more_than_the_role_is_now(role):
    user = staff("who@ipa.test", role)
    client = client_of(user)
    assert is_in(client)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    with acting_as(OWNER):
        user.grants.all().delete()
    assert thief.get("/search/").status_code == 403


# ---- elsewhere ----------------------------------------------------------------------------------


@pytest.fixture
def three():
    """One person, signed in at three places; the first has just confirmed who it is."""
    user = provider()
    places = [fresh_client_of(user), client_of(user), client_of(user)]
    assert all(is_in(place) for place in places)
    assert UserSession.objects.filter(user=user).count() == 3
    return places


def test_a_changed_password_signs_out_everywhere_else(three):
    new = "another walk along the sea"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert three[0].post(reverse("account_change_password"), form).status_code == 302
    assert [is_in(place) for place in three] == [True, False, False]
    assert Session.objects.count() == UserSession.objects.count() == 1


def test_new_recovery_codes_sign_out_everywhere_else(committed_db):
    user = make_user("reyes@ipa.test", Role.FINANCE_APPROVER)
    here, there, other = fresh_client_of(user), client_of(user), client_of(staff())
    assert is_in(there)
    answer = here.post(reverse("mfa_generate_recovery_codes"))
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert (is_in(here), is_in(there), is_in(other)) == (True, False, True)


def test_a_removed_second_factor_signs_out_everywhere_else(three):
    user = three[0].session["_auth_user_id"]
    Authenticator.objects.create(user_id=user, type="totp", data={"secret": "x"})
    assert three[0].post(reverse("mfa_deactivate_totp")).status_code == 302
    assert [is_in(place) for place in three] == [True, False, False]


def test_a_password_reset_by_mail_signs_out_everywhere(three, mailoutbox):
    stranger = Client()
    stranger.post("/account/password/reset/", {"email": "bell@bell.test"})
    link = next(w for w in mailoutbox[0].body.split() if "/password/reset/key/" in w)
    path = stranger.get(link).url
    new = "another walk along the sea"
    assert stranger.post(path, {"password1": new, "password2": new}).status_code == 302
    assert [is_in(place) for place in three] == [False, False, False]


# ---- what is left behind ------------------------------------------------------------------------


def test_signing_out_clears_what_the_browser_kept():
    client = client_of(staff())
    assert "Clear-Site-Data" not in client.get("/").headers
    answer = client.post(reverse("account_logout"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(client)


def test_being_signed_out_clears_it_too():
    client = client_of(staff())
    client.get("/")
    age(client, SEEN, HOUR)
    assert client.get("/").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_cookies_are_tied_to_this_host_beside_a_database_of_ones_own():
    names = "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_PATH"
    code = f"from django.conf import settings as s; print([getattr(s, n) for n in {names}])"
    assert run("-c", code).stdout.strip() == "['__Host-session', '__Host-csrf', None, '/']"


def test_time_is_counted_by_the_server():
    client = client_of(staff())
    client.get("/")
    assert abs(client.session[SEEN] - time.time()) < MINUTE
