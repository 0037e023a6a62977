"""What stands on every answer, and what a browser or proxy may keep: nothing but the assets."""

import pytest
from django.test import Client

from ipaportal.core.roles import Role
from tests.people import client_of, make_party, make_user

pytestmark = pytest.mark.django_db
ALWAYS = {
    "Content-Security-Policy": "default-src 'self'",
    "Permissions-Policy": "publickey-credentials-create=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_dressed(answer) -> bool:
    return all(answer.headers.get(name, "").startswith(value) for name, value in ALWAYS.items())


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/people/", 200),
        ("/runs/", 403),
        ("/nowhere/", 404),
        ("/static/nowhere.css", 404),
        ("/account/mfa/", 200),
        ("/people/1/suspend/", 405),
        ("/healthz", 200),
    ],
)
def test_no_page_is_kept_by_anybody(address, status):
    answer = client_of(make_user("admin@ipa.test", Role.SYSTEM_ADMIN)).get(address)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_dressed(answer)


@pytest.mark.parametrize("address", ["/", "/account/login/", "/search/", "/account/login"])
def test_nothing_is_kept_before_the_sign_in_either(address):
    make_party()
    answer = Client().get(address)
    assert answer.headers["Cache-Control"] == "no-store"
    assert is_dressed(answer)


def test_a_forged_form_is_refused_with_the_same_headers():
    make_party()
    answer = Client(enforce_csrf_checks=True).post("/account/login/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (403, "no-store")
    assert is_dressed(answer)


def test_assets_may_be_kept_and_are_dressed_too():
    answer = Client().get("/static/portal.css")
    assert answer.status_code == 200
    assert "no-store" not in answer.headers["Cache-Control"]
    assert is_dressed(answer)


def test_messages_stay_on_the_server():
    admin = make_user("admin@ipa.test", Role.SYSTEM_ADMIN)
    other = make_user("quinn@ipa.test", Role.FINANCE, name="Quinn Example")
    client = client_of(admin)
    client.post(f"/people/{other.pk}/suspend/", {"reason": "left"})
    assert set(client.cookies) <= {"sessionid", "csrftoken"}
    assert "Suspended." in client.get(f"/people/{other.pk}/").content.decode()
