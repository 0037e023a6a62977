"""A doctor reads a statement, opens an amount down to the file, asks; the IPA answers."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from capitation.actions.statements import publish_statements
from ipaportal.core.roles import Role
from tests.browser import browsing
from tests.browser.browsing import VIEWS, sign_in
from tests.capitation.worlds import (
    OCTOBER,
    OCTOBER_5,
    QUINN,
    RECEIVED,
    SEPTEMBER,
    SEPTEMBER_5,
    add_member,
    bring_october,
    give_banks,
    make_small_world,
    pay,
    receive,
    run_month,
)
from tests.factories import batch
from tests.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def look(page: Page, name: str) -> None:
    """The pages that doctors read are judged in every view."""
    browsing.look(page, name, judged=VIEWS)


def make_crowd(world, size: int) -> None:
    """More members of Bell Clinic, so that pages have something to show."""
    no = batch(world.contract)
    for i in range(size):
        born = date(1936 + i * 7 % 26, 1 + i % 12, 1 + i % 28)
        person = ("FM"[i % 3 == 0], born, SEPTEMBER, OCTOBER if i % 17 == 5 else None, "Bell")
        add_member(world, f"Crowd{i:02}", no, person)
    names = [name for name in world.members if name.startswith("Crowd")]
    receive(world, SEPTEMBER, dict.fromkeys(names, RECEIVED))


@pytest.fixture
def world():
    world = make_small_world()
    make_crowd(world, 60)
    give_banks(world, SEPTEMBER_5, world.bell)
    for month, now in ((SEPTEMBER, SEPTEMBER_5), (OCTOBER, OCTOBER_5)):
        if month == OCTOBER:
            bring_october(world)
            stay = [n for n in world.members if n.startswith("Crowd") and int(n[5:]) % 17 != 5]
            receive(world, OCTOBER, dict.fromkeys(stay, RECEIVED))
        run_month(world, month, now)
        pay(now)
        publish_statements(actor=QUINN, month=month, now=now)
    return world


def test_a_doctor_reads_opens_and_asks(page, live_server, world):
    home = live_server.url
    doctor = make_user("bell@bell.example", Role.PROVIDER, party=world.bell.party, name="Ana Bell")
    sign_in(page, home, doctor)
    page.goto(f"{home}/statements/")
    look(page, "statement-list")
    page.get_by_role("link", name="October 2026", exact=True).first.click()
    expect(page.get_by_role("heading", name="October 2026", level=1)).to_be_visible()
    look(page, "statement")
    page.locator("section.hero a.money").click()
    expect(page.locator("#drawer-body")).to_contain_text("Balance before")
    look(page, "statement-drawer")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Members").first.click()
    look(page, "statement-members")
    page.get_by_label("Last name or number").fill("example, ann")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("1–1 of 1")).to_be_visible()
    page.get_by_role("link", name="Example, Ann").click()
    expect(page.get_by_text("RMR*AZ*Ann**987.65~")).to_be_visible()
    look(page, "line")
    page.get_by_role("link", name="Ask about this line").click()
    page.get_by_label("Your question").fill("Her score should be 1.2 since September.")
    look(page, "ask")
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("Your question was sent")).to_be_visible()
    page.goto(f"{home}/panel/")
    look(page, "panel")
    quinn = make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn")
    sign_in(page, home, quinn)
    page.goto(f"{home}/questions/")
    look(page, "questions")
    page.get_by_role("link", name="Her score should be 1.2").click()
    page.get_by_label("Upheld").check()
    page.get_by_label("In words").fill("The plan confirmed it; November's run pays it.")
    look(page, "question-answer")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("November's run pays it")).to_be_visible()
    look(page, "question-answered")
    page.goto(f"{home}/statements/publish/")
    look(page, "statement-publish")
    page.goto(f"{home}/statements/")
    look(page, "statement-list-staff")
