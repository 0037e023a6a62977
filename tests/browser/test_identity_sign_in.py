"""Signing in as people do it: enrolment of a passkey, entry with it, the demo's buttons."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.identity.actions.invitations import invite_user, token_of
from tests.browser.browsing import SHOTS, judge, watched_page
from tests.people import PASSWORD, make_party, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A page in the system's Chromium that fails the test on any script or policy error."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with watched_page(with_console=True) as page:
        yield page


def _look(page: Page, name: str) -> None:
    """Let axe look at the page, and keep a picture where a folder for it is named."""
    judge(page, name)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def _with_passkeys(page: Page) -> None:
    """Give the browser a key that says yes, as a fingerprint reader would."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_enrols_a_passkey_after_the_invitation_and_enters_with_it(page, live_server, settings):
    settings.ALLOWED_HOSTS = ["*"]
    home = live_server.url.replace("127.0.0.1", "localhost")
    invitation = invite_user(
        actor=Actor.system("test"),
        email="reyes@ipa.test",
        name="M. Reyes",
        party_id=make_party().pk,
        role=Role.FINANCE_APPROVER,
        now=datetime.now(UTC),
    )
    _with_passkeys(page)
    page.goto(f"{home}/people/invitation/{token_of(invitation)}/")
    _look(page, "identity-invitation")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    _look(page, "identity-second-factor")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Passwordless").check()
    _look(page, "identity-add-passkey")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/**")
    _look(page, "identity-recovery-codes")
    page.goto(f"{home}/account/mfa/")
    _look(page, "identity-second-factor-done")
    page.goto(f"{home}/")
    assert page.get_by_role("heading", level=1).inner_text() == "What to do now"
    _look(page, "home-approver")
    page.get_by_label("Your account, M. Reyes").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home}/account/login/")
    _look(page, "identity-sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home}/")
    assert page.get_by_label("Your account, M. Reyes").is_visible()


def test_enters_the_demo_with_one_click(page, live_server, settings):
    settings.DEMO = True
    make_user("admin@ipa.example", Role.SYSTEM_ADMIN, name="S. Okafor", mfa=False)
    make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn", mfa=False)
    page.goto(f"{live_server.url}/account/login/")
    _look(page, "identity-demo-sign-in")
    page.get_by_role("button", name="S. Okafor").click()
    assert page.get_by_role("heading", level=1).inner_text() == "What to do now"
    _look(page, "home-admin")
    page.get_by_role("link", name="People and roles").first.click()
    _look(page, "identity-people")
    page.get_by_role("link", name="J. Quinn").click()
    _look(page, "identity-person")
    page.get_by_label("Reason").fill("left the IPA")
    page.get_by_role("button", name="Suspend J. Quinn").click()
    assert page.get_by_text("Suspended. All sessions are closed.").is_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    _look(page, "identity-person-phone")
    page.goto(f"{live_server.url}/setup/steps/")
    _look(page, "home-setup-steps-phone")
