"""Paying, as two people do it in a browser: every page looked at by axe, wide and on a phone."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from ipaportal.core.actors import Actor
from ipaportal.core.roles import Role
from ipaportal.ledger import books
from tests.browser.browsing import look, sign_in
from tests.people import make_party, make_user

pytestmark = pytest.mark.django_db(transaction=True)
CLOCK = Actor.system("clock")


def propose(page: Page, home: str, party, number: str) -> None:
    page.goto(f"{home}/bank-details/new/")
    page.get_by_label("Whose account").select_option(label=party.name)
    page.get_by_label("Name on the account").fill(party.name)
    page.get_by_label("Routing number").fill("231380104")
    page.get_by_label("Account number").fill(number)
    if party.kind == "ipa":
        page.get_by_label("Bank name").fill("First Example Bank")
        page.get_by_label("Company number").fill("1999999999")
    look(page, "bank-propose")
    page.get_by_role("button", name="Propose").click()
    page.wait_for_url("**/bank-details/")


def test_two_people_pay_a_month(page, live_server):
    home = live_server.url
    bell, plan = make_party("practice", "Bell Clinic"), make_party("payer", "Golden Plan")
    make_party("practice", "Dr. Alvarez")
    now = timezone.now()
    for party, cents in ((bell, 30829), (make_party("practice", "No Bank Clinic"), 11050)):
        clearing, payable = books.account(plan, "plan_clearing"), books.account(party, "payable")
        lines = [(clearing, cents), (payable, -cents)]
        key = f"run:{party.pk}"
        books.book(key=key, date=now.date(), description=key, lines=lines, actor=CLOCK, now=now)
    quinn = make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn")
    reyes = make_user("reyes@ipa.example", Role.FINANCE_APPROVER, name="M. Reyes")
    sign_in(page, home, quinn)
    propose(page, home, make_party("ipa"), "100200300")
    propose(page, home, bell, "744567899")
    look(page, "bank-list")
    sign_in(page, home, reyes)
    for name in ("Bell Clinic", "Valley IPA"):
        page.goto(f"{home}/bank-details/")
        page.get_by_role("row", name=name).filter(has_text="Needs approval").get_by_role(
            "link"
        ).click()
        look(page, "bank-detail")
        page.get_by_role("link", name="Approve", exact=True).click()
        page.get_by_label("Why, in words").fill("Called the office, number known before")
        look(page, "bank-approve")
        page.get_by_role("button", name="Approve it").click()
        page.wait_for_url("**/bank-details/")
    sign_in(page, home, quinn)
    page.goto(f"{home}/payments/")
    page.get_by_role("link", name="Prepare payments").click()
    look(page, "payments-prepare")
    page.get_by_role("button", name="Prepare 1 payment").click()
    page.wait_for_url("**/payments/batches/**")
    batch = page.url
    look(page, "payment-batch-prepared")
    sign_in(page, home, reyes)
    page.goto(batch)
    page.get_by_role("link", name="Release $308.29").click()
    look(page, "payment-batch-release")
    page.get_by_role("button", name="Release the payments").click()
    page.wait_for_url(batch)
    look(page, "payment-batch-released")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take the file for the bank").click()
    assert download.value.suggested_filename.endswith("-A.ach")
    sign_in(page, home, quinn)
    page.goto(batch)
    page.get_by_role("link", name="The bank paid it").click()
    look(page, "payment-batch-settle")
    page.get_by_role("button", name="Book as paid by the bank").click()
    page.wait_for_url(batch)
    page.get_by_role("link", name="Bell Clinic").click()
    look(page, "payment-detail")
    page.goto(f"{home}/payments/returns/")
    look(page, "payment-returns")
    page.goto(f"{home}/payments/")
    look(page, "payment-list")
    page.goto(f"{home}/ledger/")
    look(page, "ledger")
    page.get_by_role("row", name="cash").get_by_role("link").first.click()
    look(page, "ledger-account")
    page.get_by_role("link", name="Bank paid Bell Clinic, batch").click()
    look(page, "ledger-entry")
    page.goto(f"{home}/ledger/holds/new/")
    page.get_by_label("Payee").select_option(label="Bell Clinic")
    page.get_by_label("Why, in words").fill("Licence under review")
    look(page, "hold-new")
    page.get_by_role("button", name="Stop payments").click()
    look(page, "hold-list")
