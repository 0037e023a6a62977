"""First set-up: once, by whoever holds the token, also when two try at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection
from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.actions.refusals import SetUpClosed
from ipaportal.identity.actions.setup import set_up_ipa
from ipaportal.identity.models import Party, User
from tests.people import PASSWORD, client_of, make_party, make_user

SENT = {
    "ipa_name": "Golden Valley IPA",
    "name": "Ada Lind",
    "email": "Ada@GoldenValley.test",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.mark.django_db
def test_leads_from_an_empty_portal_to_the_steps(client):
    assert client.get("/").url == reverse("home:setup")
    answer = client.post("/setup/", SENT)
    assert answer.url == reverse("home:setup_steps")
    assert sorted(Party.objects.values_list("kind", flat=True)) == ["ipa", "unassigned"]
    ada = User.objects.get()
    assert ada.email == "ada@goldenvalley.test"
    assert set(ada.grants.values_list("role", flat=True)) >= {Role.SYSTEM_ADMIN}
    assert client.get(answer.url).url == reverse("mfa_index")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


@pytest.mark.django_db
def test_is_closed_for_ever_once_an_ipa_exists(client):
    make_party()
    assert client.get("/setup/").status_code == 410
    answer = client.post("/setup/", SENT)
    assert answer.status_code == 410
    assert "set up already" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("_case", "configured", "typed", "status"),
    [
        ("none configured", "", "", 422),
        ("none configured, something typed", "", "guess", 422),
        ("wrong", "right-token", "wrong", 422),
        ("right", "right-token", "right-token", 302),
    ],
)
def test_needs_the_token_on_servers_of_its_own(client, settings, _case, configured, typed, status):
    settings.EMBEDDED, settings.SETUP_TOKEN = False, configured
    assert client.post("/setup/", {**SENT, "token": typed}).status_code == status
    assert Party.objects.exists() is (status == 302)


@pytest.mark.django_db
def test_says_that_the_server_has_no_token(client, settings):
    settings.EMBEDDED, settings.SETUP_TOKEN = False, ""
    assert "IPA_SETUP_TOKEN" in client.get("/setup/").content.decode()


@pytest.mark.django_db
def test_shows_what_is_done_and_what_is_next():
    client = client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN))
    page = client.get("/setup/steps/")
    assert page.status_code == 200
    done = [step.title for step in page.context["steps"] if step.done]
    assert done == []
    assert "a finance approver" in client.get("/").content.decode()
    make_user("reyes@ipa.test", Role.FINANCE_APPROVER)
    done = [step.title for step in client.get("/setup/steps/").context["steps"] if step.done]
    assert done == ["A finance approver"]
    assert "a finance approver" not in client.get("/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_lets_one_of_two_at_the_same_moment_win():
    start = Barrier(2)

    def set_up(number: int) -> str:
        start.wait()
        try:
            set_up_ipa(
                actor=Actor.system("first set-up"),
                ipa_name=f"IPA {number}",
                name=f"Person {number}",
                email=f"person{number}@ipa.test",
                password=PASSWORD,
                today=date(2026, 1, 1),
            )
        except SetUpClosed:
            return "closed"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(set_up, [1, 2])) == ["closed", "done"]
    assert User.objects.count() == 1
    assert Party.objects.count() == 2
