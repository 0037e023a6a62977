"""
A new IPA from the empty database to its first statement, by following what the pages say is next.

Ada sets the portal up and enters everything; Ben is invited and approves. Nothing is made behind
the pages' back but the waking of the clock.
"""

import hashlib
import hmac
import os
import re
import struct
import time
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright

from capitation.actions.advance import step_files, step_runs
from credentialing.formats.network_csv import COLUMNS
from credentialing.web.staff import EXAMPLE
from ipaportal.core.months import add_months, month_name, month_of
from ipaportal.core.sql import check_invariant
from ipaportal.home.management.commands.prove import every_invariant
from tests.people import PASSWORD
from tests.planfiles import an_820

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("IPA_SCREENSHOTS", "")
STEP_SECONDS = 30


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """The system's Chromium."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()
        connections.close_all()  # those of Playwright's own loop, which nobody else can reach


def person(browser: Browser) -> Page:
    """Somebody with a browser of their own; a page that fails on the server fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(15_000)
    page.on("response", fail_on_500)
    return page


def fail_on_500(answer) -> None:
    assert answer.status < 500, answer.url


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/new-ipa-{name}.png", full_page=True)


def press(page: Page, name: str) -> None:
    """Send a form, and wait for the page that answers."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def code_of(secret: str) -> str:
    """The six digits that a phone would show now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // STEP_SECONDS)
    key = b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, counter, hashlib.sha1)
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def protect(page: Page) -> None:
    """Enrol a phone, from wherever the portal asks for a second factor."""
    page.get_by_role("link", name="authenticator app").first.click()
    secret = page.get_by_label("Authenticator secret").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    shoot(page, "phone")
    press(page, "Activate")
    page.wait_for_url("**/recovery-codes/**")
    shoot(page, "recovery-codes")


def next_step(page: Page, home: str, title: str) -> None:
    """Follow the set-up page's next step, which must be this one."""
    page.goto(f"{home}/setup/steps/")
    first = page.locator("[data-next]")
    expect(first).to_contain_text(title)
    first.get_by_role("link").click()


def test_a_new_ipa_comes_to_its_first_statement(browser, live_server, tmp_path, settings):
    home, month = live_server.url, add_months(month_of(timezone.localdate()), -1)
    settings.BANK_COOL_OFF_DAYS = 0
    ada, ben = person(browser), person(browser)
    set_up(ada, home)
    enter_the_plan(ada, home, month)
    enter_the_network(ada, home, month, tmp_path)
    invite(ada, ben, home)
    enter_bank_details(ada, ben, home)
    receive(ada, home, month, tmp_path)
    calculate_and_approve(ada, ben, home, month)
    pay(ada, ben, home)
    publish(ada, home, month)
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def set_up(page: Page, home: str) -> None:
    page.goto(home)
    expect(page).to_have_url(f"{home}/setup/")
    shoot(page, "setup")
    page.get_by_label("Name of the IPA").fill("Golden Valley IPA")
    page.get_by_label("Your name").fill("Ada Lind")
    page.get_by_label("E-mail").fill("ada@goldenvalley.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    press(page, "Set up")
    shoot(page, "second-factor")
    protect(page)
    page.goto(f"{home}/")
    shoot(page, "home")


def enter_the_plan(page: Page, home: str, month) -> None:
    next_step(page, home, "A payer")
    page.get_by_label("Name of the plan").fill("Sunrise Health")
    page.get_by_label("Code").fill("SUN")
    shoot(page, "payer")
    press(page, "Add the plan")
    next_step(page, home, "A contract")
    page.get_by_label("Payer").select_option(label="Sunrise Health")
    page.get_by_label("Name").fill("Sunrise Advantage")
    page.get_by_label("First month paid").fill(f"{month:%Y-%m}")
    page.get_by_label("The file that counts as money received").select_option(index=0)
    shoot(page, "contract")
    press(page, "Add the contract")
    next_step(page, home, "The contract's terms")
    page.get_by_label("From the month of").fill(f"{month:%Y-%m}")
    page.get_by_label("How the rate is found").select_option(value="percent")
    page.get_by_label("Percent of received").fill("50")
    shoot(page, "terms")
    press(page, "Record the terms")
    shoot(page, "terms-done")


def enter_the_network(page: Page, home: str, month, folder: Path) -> None:
    next_step(page, home, "The network")
    row = EXAMPLE | {"payer_code": "SUN", "effective_date": f"{month}"}
    text = ",".join(COLUMNS) + "\n" + ",".join(row[name] for name in COLUMNS) + "\n"
    (folder / "network.csv").write_text(text)
    shoot(page, "network")
    page.locator("input[type=file]").set_input_files(folder / "network.csv")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("link", name="Look at the network")).to_be_visible()
    shoot(page, "network-done")


def invite(ada: Page, ben: Page, home: str) -> None:
    next_step(ada, home, "A finance approver")
    ada.get_by_label("Name", exact=True).fill("Ben Roy")
    ada.get_by_label("E-mail address").fill("ben@goldenvalley.test")
    ada.get_by_label("Role", exact=True).select_option(label="Finance approver")
    ada.get_by_label("For", exact=True).select_option(label="Golden Valley IPA")
    shoot(ada, "invite")
    press(ada, "Invite")
    shoot(ada, "invited")
    expect(ada.get_by_text("This portal has no mail server")).to_be_visible()
    ben.goto(ada.get_by_label("Link").input_value())
    ben.get_by_label("Password", exact=True).fill(PASSWORD)
    ben.get_by_label("Password again").fill(PASSWORD)
    press(ben, "Make my account")
    protect(ben)


def enter_bank_details(ada: Page, ben: Page, home: str) -> None:
    for step, party, number in (
        ("The IPA's bank account", "Golden Valley IPA", "100200300"),
        ("The payees' bank accounts", EXAMPLE["practice_name"], "744567899"),
    ):
        next_step(ada, home, step)
        ada.get_by_label("Whose account").select_option(label=party)
        ada.get_by_label("Name on the account").fill(party)
        ada.get_by_label("Routing number").fill("231380104")
        ada.get_by_label("Account number").fill(number)
        if party == "Golden Valley IPA":
            ada.get_by_label("Bank name").fill("First Example Bank")
            ada.get_by_label("Company number").fill("1999999999")
        shoot(ada, "bank")
        press(ada, "Propose")
        ada.goto(f"{home}/setup/steps/")
        expect(ada.get_by_role("row", name=step)).to_contain_text("another person approves")
        ben.goto(f"{home}/bank-details/")
        row = ben.get_by_role("row", name=party).filter(has_text="Needs approval")
        row.get_by_role("link").first.click()
        ben.get_by_role("link", name="Approve", exact=True).click()
        ben.get_by_label("Why, in words").fill("Called the bank")
        press(ben, "Approve it")


def receive(page: Page, home: str, month, folder: Path) -> None:
    next_step(page, home, "The plan's first file")
    path = folder / "SUN_820.edi"
    path.write_bytes(an_820([("M1", month, "1000.00"), ("M2", month, "500.00")]))
    page.get_by_label("Contract").select_option(label="Sunrise Advantage")
    page.locator("input[type=file]").set_input_files(path)
    page.locator("[data-send]").click()
    expect(page.get_by_role("link", name=path.name)).to_be_visible()
    assert step_files(timezone.now()) == 1
    page.get_by_role("link", name=path.name).click()
    shoot(page, "file")
    next_step(page, home, "The plan's members")
    shoot(page, "worklists")
    page.get_by_role("link", name="Adopt all").first.click()
    shoot(page, "adopt")
    press(page, "Adopt")
    shoot(page, "adopted")
    next_step(page, home, "The members' PCPs")
    (folder / "pcps.csv").write_text(
        "member_id,pcp_npi,pcp_effective_date\n"
        + "".join(f"{ref},{EXAMPLE['npi']},{month}\n" for ref in ("M1", "M2"))
    )
    page.get_by_text("Assign by a list").click()
    page.get_by_label("Drop a CSV of members and PCPs").set_input_files(folder / "pcps.csv")
    shoot(page, "pcps")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("2 members of 2 lines got another PCP")).to_be_visible()
    shoot(page, "pcps-done")


def calculate_and_approve(ada: Page, ben: Page, home: str, month) -> None:
    next_step(ada, home, "The first month-end")
    ada.get_by_label("Contract").select_option(label="Sunrise Advantage")
    ada.get_by_label("Month").fill(f"{month:%Y-%m}")
    press(ada, "Look")
    ada.get_by_role("button", name=f"Open {month_name(month)}").click()
    ada.wait_for_url("**/runs/*/")
    assert step_runs(timezone.now()) == 1
    ben.goto(f"{home}/")
    shoot(ben, "home-approver")
    ben.get_by_role("link", name=re.compile("Sunrise Advantage")).first.click()
    ben.get_by_role("link", name=f"Approve {month:%B}").click()
    shoot(ben, "approve")
    ben.get_by_role("button", name="Approve Sunrise Advantage").click()
    expect(ben.get_by_text("is approved")).to_be_visible()
    step_runs(timezone.now())


def pay(ada: Page, ben: Page, home: str) -> None:
    next_step(ada, home, "The first payments")
    shoot(ada, "prepare")
    ada.get_by_role("button", name="Prepare 1 payment").click()
    ada.wait_for_url("**/payments/batches/**")
    ben.goto(ada.url)
    ben.get_by_role("link", name="Release $750.00").click()
    ben.get_by_role("button", name="Release the payments").click()
    with ben.expect_download() as download:
        ben.get_by_role("button", name="Take the file for the bank").click()
    assert "750" in Path(download.value.path()).read_text()
    shoot(ben, "released")


def publish(page: Page, home: str, month) -> None:
    next_step(page, home, "The first statements")
    page.goto(f"{home}/statements/publish/")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/statements/")
    page.get_by_role("link", name=re.compile(month_name(month))).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(month_name(month))
    shoot(page, "statement")
    page.goto(f"{home}/setup/steps/")
    expect(page.locator("[data-next]")).to_have_count(0)
    shoot(page, "steps-done")
