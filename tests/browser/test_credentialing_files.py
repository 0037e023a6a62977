"""A doctor applies and signs on a phone; a specialist verifies what was signed."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from credentialing.models import Verification
from ipaportal.core.roles import Role
from tests.browser.browsing import look, sign_in
from tests.credentialing.applying import ANSWERS, fill, invite
from tests.people import actor_of, make_user

pytestmark = pytest.mark.django_db(transaction=True)

EVIDENCE = {
    "name": "board.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7 an answer %%EOF",
}


def write_work(page: Page) -> None:
    """Fill in the section of work history; it is kept while typing."""
    page.get_by_role("link", name="Work history").click()
    first = ANSWERS["work"]["rows"][0]
    for name, value in first.items():
        page.locator(f"[name=r0-{name}]").fill(value)
    page.locator(f"[name=r0-{name}]").press("Tab")
    expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d:\d\d"))
    look(page, "application-section")
    page.get_by_role("button", name="Save and go on").click()


def test_a_doctor_signs_on_a_phone_and_a_specialist_verifies(page, live_server):
    home = live_server.url
    application, doctor = invite()
    sign_in(page, home, doctor)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{home}/network/mine/")
    look(page, "my-file")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Begin my application").click()
    rest = {code: data for code, data in ANSWERS.items() if code != "work"}
    fill(application, actor_of(doctor), rest, now=timezone.now())
    page.goto(f"{home}/network/mine/{application.pk}/")
    page.set_viewport_size({"width": 390, "height": 844})
    write_work(page)
    page.goto(f"{home}/network/mine/{application.pk}/")
    expect(page.locator("body")).to_contain_text("14 of 14 sections complete")
    look(page, "application")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Read and sign").click()
    look(page, "application-sign")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("[name=typed_name]").fill("Iris Tern")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("body")).to_contain_text("Signed by Iris Tern")
    verify_one(page, home)


def verify_one(page: Page, home: str) -> None:
    """Start on the signed file and sign what one source said of it."""
    role = Role.CREDENTIALING_SPECIALIST
    sign_in(page, home, make_user("moss@ipa.example", role, name="D. Moss"))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{home}/network/files/")
    look(page, "file-list")
    page.get_by_role("link", name="Tern, Iris").click()
    look(page, "file-signed")
    page.get_by_role("button", name="It is complete: begin to verify").click()
    page.goto(f"{page.url.partition('?')[0]}?tab=elements")
    look(page, "file-elements")
    page.locator("#elements tbody a").first.click()
    look(page, "file-element")
    record = page.locator("form:has(input[value=record])")
    record.locator("[name=performed_on]").fill(timezone.localdate().isoformat())
    record.locator("[name=as_of_date]").fill(timezone.localdate().isoformat())
    record.locator("[name=evidence]").set_input_files(EVIDENCE)
    record.get_by_role("button", name="Record it").click()
    page.get_by_label("in order", exact=True).check()
    look(page, "file-element-recorded")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("main")).to_contain_text("Accepted by D. Moss")
    assert Verification.objects.get().review.reviewed_by_name == "D. Moss"
