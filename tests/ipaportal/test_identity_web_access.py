"""Who gets in: permissions, second factors, suspension, the demo's sign-in."""

import os
import re
import subprocess
import sys
import time
from base64 import b64decode
from datetime import date, timedelta
from pathlib import Path

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.contrib.auth.hashers import make_password
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ipaportal.audit.models import DomainEvent
from ipaportal.core.permissions import permission_table
from ipaportal.core.roles import STAFF_ROLES, Role
from ipaportal.identity.actions.users import end_grant, grant_role, suspend_user
from ipaportal.identity.models import Grant
from ipaportal.identity.queries.actors import NoSuchActor, actor_by_email, standing_of
from ipaportal.identity.web.access import fresh_login_or_again
from tests.people import BACKEND, PASSWORD, actor_of, client_of, make_party, make_user

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_leads_whoever_is_not_signed_in_to_the_sign_in_page(client):
    make_party()
    answer = client.get(reverse("identity:people_list"))
    assert answer.status_code == 302
    assert answer.url == "/account/login/?next=/people/"


def test_moves_the_whole_page_to_sign_in_when_a_fragment_was_asked(client):
    make_party()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/people/"}
    answer = client.get(reverse("identity:people_list"), headers=headers)
    assert answer.headers["HX-Redirect"] == "/account/login/?next=/people/"


@pytest.mark.parametrize("role", list(Role))
def test_opens_people_and_roles_to_exactly_the_roles_of_the_table(role):
    kind = {Role.PLAN_AUDITOR: "payer", Role.PROVIDER: "practice"}.get(role, "ipa")
    user = make_user("who@ipa.test", role, party=make_party(kind))
    allowed = role in permission_table()["identity.see_people"]
    assert client_of(user).get("/people/").status_code == (200 if allowed else 403)


def test_says_on_the_403_page_which_roles_open_it():
    user = make_user("quinn@ipa.test", Role.FINANCE)
    answer = client_of(user).get("/people/")
    assert answer.status_code == 403
    assert "Network administrator, Compliance officer, System administrator" in (
        answer.content.decode()
    )


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_leads_staff_without_a_second_factor_to_enrolment(role):
    client = client_of(make_user("staff@ipa.test", role, mfa=False))
    assert client.get("/").url == reverse("mfa_index")
    assert client.get("/people/").url == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200


def test_invites_providers_to_a_second_factor_without_forcing_it():
    practice = make_party("practice", "Alvarez Family Medicine")
    client = client_of(make_user("a@alvarez.test", Role.PROVIDER, party=practice, mfa=False))
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Add a second factor" in answer.content.decode()


def test_recovery_codes_alone_are_no_second_factor():
    user = make_user("staff@ipa.test", Role.FINANCE)
    user.authenticator_set.update(type="recovery_codes")
    assert not standing_of(user, date.today()).has_second_factor


def test_cuts_off_a_suspended_person_in_the_middle_of_a_session():
    admin, quinn = (
        make_user("admin@ipa.test", Role.SYSTEM_ADMIN),
        make_user("quinn@ipa.test", Role.FINANCE),
    )
    client = client_of(quinn)
    assert client.get("/").status_code == 200
    suspend_user(actor=actor_of(admin), user_id=quinn.pk, reason="left")
    assert client.get("/search/").url.startswith("/account/login/")
    assert not Client().login(email=quinn.email, password=PASSWORD)


def test_grants_and_ends_roles_at_once_in_running_sessions():
    admin = make_user("admin@ipa.test", Role.SYSTEM_ADMIN)
    quinn = make_user("quinn@ipa.test", Role.FINANCE)
    client = client_of(quinn)
    assert client.get("/people/").status_code == 403
    grant = grant_role(
        actor=actor_of(admin),
        user_id=quinn.pk,
        party_id=make_party().pk,
        role=Role.COMPLIANCE_OFFICER,
        today=date.today(),
    )
    assert client.get("/people/").status_code == 200
    end_grant(actor=actor_of(admin), grant_id=grant.pk, today=date.today())
    assert client.get("/people/").status_code == 403


@pytest.mark.parametrize(
    ("_case", "start", "end", "in_force"),
    [
        ("begins today", 0, None, True),
        ("begins tomorrow", 1, None, False),
        ("ends tomorrow", -9, 1, True),
        ("ended today", -9, 0, False),
    ],
)
def test_counts_only_grants_in_force_today(_case, start, end, in_force):
    user, today = make_user("quinn@ipa.test"), date.today()
    Grant.objects.create(
        user=user,
        party=make_party(),
        role=Role.FINANCE,
        effective_date=today + timedelta(start),
        end_date=None if end is None else today + timedelta(end),
    )
    assert (Role.FINANCE in actor_by_email("Quinn@ipa.test", today).roles) is in_force


def test_asks_one_query_for_an_actor(django_assert_num_queries):
    user = make_user("quinn@ipa.test", Role.FINANCE, Role.PURCHASING)
    with django_assert_num_queries(1):
        assert standing_of(user, date.today()).has_second_factor


def test_refuses_an_unknown_or_suspended_address_for_commands():
    make_user("gone@ipa.test", Role.FINANCE)
    gone = make_user("left@ipa.test", Role.FINANCE)
    gone.is_active = False
    gone.save()
    for email in ("nobody@ipa.test", "left@ipa.test"):
        with pytest.raises(NoSuchActor):
            actor_by_email(email, date.today())


def test_asks_for_the_password_again_before_an_invitation_is_written():
    client = client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))
    answer = client.get(reverse("identity:invitation_new"))
    assert answer.status_code == 302
    assert answer.url.startswith(("/account/reauthenticate/", "/account/mfa/reauthenticate/"))
    again = client.post("/account/reauthenticate/?next=/people/invite/", {"password": PASSWORD})
    assert again.url == "/people/invite/"
    assert client.get("/people/invite/").status_code == 200


def test_signs_in_one_of_the_demo_people_with_one_click(client, settings):
    settings.DEMO = True
    quinn = make_user("quinn@ipa.example", Role.FINANCE, mfa=False)
    make_user("real@ipa.test", Role.FINANCE, name="Somebody Real")
    page = client.get("/account/login/").content.decode()
    assert reverse("identity:demo_sign_in", args=[quinn.pk]) in page
    assert "Somebody Real" not in page
    answer = client.post(reverse("identity:demo_sign_in", args=[quinn.pk]), follow=True)
    assert answer.status_code == 200
    assert "This is a demo" in answer.content.decode()


def test_demo_sign_in_refuses_whoever_is_not_of_the_demo(client, settings):
    settings.DEMO = True
    real = make_user("real@ipa.test", Role.FINANCE)
    assert client.post(reverse("identity:demo_sign_in", args=[real.pk])).status_code == 404


@pytest.mark.parametrize(("demo", "embedded"), [(False, True), (True, False), (False, False)])
def test_has_no_demo_sign_in_outside_an_embedded_demo(client, settings, demo, embedded):
    settings.DEMO, settings.EMBEDDED = demo, embedded
    quinn = make_user("quinn@ipa.example", Role.FINANCE)
    assert client.post(reverse("identity:demo_sign_in", args=[quinn.pk])).status_code == 404
    page = client.get("/account/login/").content.decode()
    assert reverse("identity:demo_sign_in", args=[quinn.pk]) not in page
    assert "_auth_user_id" not in client.session


def test_a_demo_session_counts_for_nothing_once_the_demo_is_off(client, settings):
    settings.DEMO = True
    quinn = make_user("quinn@ipa.example", Role.FINANCE, mfa=False)
    client.post(reverse("identity:demo_sign_in", args=[quinn.pk]))
    settings.DEMO = False
    assert client.get("/").url == reverse("mfa_index")


def test_settings_never_switch_the_demo_on_beside_a_database_url():
    code = "from ipaportal import settings; print(settings.DEMO, settings.EMBEDDED)"
    environment = {
        **os.environ,
        "IPA_DEMO": "1",
        "DATABASE_URL": "postgresql://portal@db.invalid/portal",
        "SECRET_KEY": "for this test only, long enough to be taken for a real one " * 2,
    }
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["False", "False"]


def test_password_reset_answers_alike_for_known_and_unknown_addresses(client, mailoutbox):
    make_user("quinn@ipa.test", Role.FINANCE)
    answers = [
        client.post("/account/password/reset/", {"email": email}, follow=True)
        for email in ("quinn@ipa.test", "nobody@ipa.test")
    ]
    known, unknown = (answer.redirect_chain for answer in answers)
    assert known == unknown
    assert [mail.to for mail in mailoutbox] == [["quinn@ipa.test"]]


def test_sign_in_answers_alike_for_a_wrong_password_and_an_unknown_address(client):
    make_user("quinn@ipa.test", Role.FINANCE)
    pages = [
        client.post("/account/login/", {"login": email, "password": "wrong password here"})
        for email in ("quinn@ipa.test", "nobody@ipa.test")
    ]
    errors = [list(page.context["form"].non_field_errors()) for page in pages]
    assert errors[0] == errors[1]
    assert len(errors[0]) == 1


def test_slows_down_whoever_guesses_passwords(client):
    make_user("guessed@ipa.test", Role.FINANCE)
    for _ in range(6):
        client.post("/account/login/", {"login": "guessed@ipa.test", "password": "wrong"})
    answer = client.post("/account/login/", {"login": "guessed@ipa.test", "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert answer.status_code in (200, 429)


@pytest.mark.parametrize("path", ["/account/signup/", "/account/email/", "/account/password/set/"])
def test_shuts_allauths_other_ways_to_an_account(client, path):
    make_party()
    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "me@else.test"}).status_code == 404


def test_signs_in_with_password_then_asks_the_second_factor(client):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    user.password = make_password(PASSWORD)
    user.save()
    answer = client.post("/account/login/", {"login": "quinn@ipa.test", "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def _code(secret: str) -> str:
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def test_enrols_an_authenticator_app_keeps_its_secret_encrypted_and_asks_for_it(client):
    user = make_user("reyes@ipa.test", Role.FINANCE_APPROVER, mfa=False)
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert client.get("/").url == "/account/mfa/"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    form = client.get("/account/mfa/totp/activate/").context["form"]
    answer = client.post("/account/mfa/totp/activate/", {"code": _code(form.secret)})
    assert answer.status_code == 302
    assert client.get("/").status_code == 200
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert form.secret not in stored
    assert form.secret.encode() not in b64decode(stored)

    other = Client()
    other.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in other.session
    cache.clear()  # a code is taken once; this one was used to enrol
    assert other.post("/account/mfa/authenticate/", {"code": _code(form.secret)}).url == "/"
    assert "_auth_user_id" in other.session


def test_shows_how_to_add_a_passkey_without_any_inline_script():
    client = client_of(make_user("reyes@ipa.test", Role.FINANCE_APPROVER))
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    answer = client.get("/account/mfa/webauthn/add/")
    page = answer.content.decode()
    assert "creation_options" in page
    inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
    assert inline == []
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_records_who_came_in_who_failed_to_and_who_left(client):
    practice = make_party("practice", "Bell Clinic")
    user = make_user("bell@clinic.test", Role.PROVIDER, party=practice, mfa=False)
    client.post("/account/login/", {"login": user.email, "password": "wrong password"})
    client.post("/account/login/", {"login": "nobody@clinic.test", "password": "wrong password"})
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    client.post("/account/logout/")
    events = DomainEvent.objects.order_by("pk").values_list("action", "actor_name", "subject_id")
    assert list(events) == [
        ("identity.sign_in.failed", "Nobody signed in", str(user.pk)),
        ("identity.sign_in.failed", "Nobody signed in", ""),
        ("identity.session.began", "Bell", str(user.pk)),
        ("identity.session.ended", "Bell", str(user.pk)),
    ]


def test_forgets_on_the_server_a_session_that_was_not_used_for_an_hour(client):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    client.force_login(user, backend=BACKEND)
    client.get("/")
    session = Session.objects.get()
    left = session.expire_date - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/search/").url.startswith("/account/login/")


def asked_for_bank_details(rf, user, verb, *, is_fresh=False):
    """Ask a view that is `fresh_login_or_again`; the answer, and what is said with it."""
    request = getattr(rf, verb)("/bank/", {"account_number": "000123456789"})
    request.user, request.session = user, SessionStore()
    if is_fresh:
        record_authentication(request, user, method="password", reauthenticated=True)
    request._messages = FallbackStorage(request)
    view = fresh_login_or_again(lambda request, *a, **k: HttpResponse(f"{request.path} {a} {k}"))
    with context.request_context(request):
        answer = view(request, 7, part="x")
    assert "000123456789" not in str(dict(request.session))
    return answer, [str(message) for message in request._messages]


def test_forgets_a_bank_form_sent_too_late_instead_of_keeping_it_in_the_session(rf):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    answer, said = asked_for_bank_details(rf, user, "post")
    assert answer.url == "/account/reauthenticate/?next=%2Fbank%2F"
    assert said == ["Nothing was changed. Please fill in the form again."]
    answer, said = asked_for_bank_details(rf, user, "get")
    assert answer.url.startswith("/account/reauthenticate/?next=%2Fbank%2F")
    assert said == []


def test_lets_whoever_just_confirmed_that_it_is_them_on_to_what_they_asked_for(rf):
    user = make_user("quinn@ipa.test", Role.FINANCE)
    answer, said = asked_for_bank_details(rf, user, "get", is_fresh=True)
    assert (answer.content, said) == (b"/bank/ (7,) {'part': 'x'}", [])
