"""Prenotes, corrections, checks, positive pay and the watched folder, looked at as people do."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from capitation.actions.banking import approve_bank_account, propose_bank_account
from capitation.actions.checks import clear_checks, open_check_book, release_checks
from capitation.actions.inbox import step_inbox
from capitation.actions.payments import prepare_payments
from capitation.actions.prenotes import set_bank_agreement
from capitation.models import Prenote
from ipaportal.core.roles import Role
from ipaportal.ledger import books
from tests.browser.browsing import look, sign_in
from tests.capitation.test_actions_notices import notice
from tests.factories import make_contract
from tests.people import actor_of, make_party, make_user
from tests.planfiles import CLOCK

pytestmark = pytest.mark.django_db(transaction=True)


class House:
    """An IPA that tests its payees' accounts, and pays one of them by check."""

    def __init__(self) -> None:
        self.quinn = make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn")
        self.reyes = make_user("reyes@ipa.example", Role.FINANCE_APPROVER, name="M. Reyes")
        self.one, self.two = actor_of(self.quinn), actor_of(self.reyes)
        self.now = timezone.now()
        today = timezone.localdate(self.now)
        ours = {"purpose": "origin", "bank_name": "First Example Bank", "company_id": "1999999999"}
        self.account(make_party("ipa"), "100200300", **ours)
        agreed = {"effective_date": today, "sends_prenotes": True, "text": "By letter of today"}
        set_bank_agreement(actor=self.two, now=self.now, **agreed)
        plan = make_party("payer", "Golden Plan")
        for name, cents in (("Bell Clinic", 30829), ("Cole Clinic", 50000)):
            party = make_party("practice", name)
            clearing, payable = (
                books.account(plan, "plan_clearing"),
                books.account(party, "payable"),
            )
            lines, key = [(clearing, cents), (payable, -cents)], f"run:{party.pk}"
            books.book(key=key, date=today, description=key, lines=lines, actor=CLOCK, now=self.now)
            mail = {"account_type": "check", "mail_address": "1 Main St\nValley CA 90000"}
            self.account(party, "7445678", **(mail if name == "Cole Clinic" else {}))

    def account(self, party, number: str, **values: object) -> None:
        given = {
            "party_id": party.pk,
            "holder_name": party.name,
            "routing_number": "091000019",
            "account_number": number,
            **values,
        }
        proposed = propose_bank_account(actor=self.one, now=self.now, **given)
        approve_bank_account(actor=self.two, bank_account_id=proposed.pk, now=self.now)

    def print_checks(self) -> None:
        open_check_book(actor=self.two, first_number=1001, now=self.now)
        made = prepare_payments(actor=self.one, now=self.now, method="check")
        release_checks(actor=self.two, batch_id=made.pk, seen_digest=made.digest, now=self.now)
        columns = {"number": "Check number", "amount": "Amount", "date": "Date"}
        data = f"Check number,Amount,Date\n77,1.00,{self.now:%Y-%m-%d}\n".encode()
        given = {"columns": columns, "date_format": "%Y-%m-%d", "data": data}
        clear_checks(actor=self.one, now=self.now, **given)


def test_accounts_are_tested_checks_printed_and_folders_watched(
    page: Page, live_server, tmp_path, settings
):
    home, house = live_server.url, House()
    sign_in(page, home, house.quinn)
    page.goto(f"{home}/payments/prenotes/")
    look(page, "prenotes-to-send")
    page.get_by_role("link", name="Send 1 prenote").click()
    look(page, "prenotes-send")
    page.get_by_role("button", name="Write the file").click()
    page.wait_for_url("**/payments/prenotes/")
    look(page, "prenotes-sent")
    returns = tmp_path / "r.ach"
    returns.write_bytes(notice(Prenote.objects.get().trace_number, "C03", "231380104   9988776"))
    page.goto(f"{home}/payments/returns/read/")
    page.locator("input[type=file]").set_input_files(returns)
    page.get_by_role("button", name="Read returns").click()
    page.wait_for_url("**/payments/returns/files/**")
    page.get_by_role("link", name="Line 3").first.click()
    look(page, "notice")
    page.get_by_role("link", name="Look at what is proposed").click()
    look(page, "correction")
    page.goto(f"{home}/payments/prepare/")
    look(page, "prepare-checks")
    house.print_checks()
    page.goto(f"{home}/payments/checks/")
    look(page, "checks")
    page.goto(f"{home}/payments/checks/paid/")
    look(page, "checks-paid")
    sign_in(page, home, house.reyes)
    page.goto(f"{home}/payments/bank-agreement/")
    look(page, "bank-agreement")
    page.goto(f"{home}/payments/positive-pay/")
    page.get_by_role("button", name="Write the file").click()
    page.wait_for_url("**/positive-pay/")
    look(page, "positive-pay")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take positive pay file").click()
    assert download.value.suggested_filename.endswith(".csv")
    settings.INBOX_DIR = tmp_path / "inbox"
    make_contract("GOLD")
    step_inbox(house.now)
    (tmp_path / "inbox" / "GOLD" / "mar.820").write_bytes(b"ISA")
    (tmp_path / "inbox" / "GOLD" / "link.820").symlink_to("/nowhere")
    step_inbox(house.now)
    step_inbox(house.now + timedelta(minutes=1))
    page.goto(f"{home}/files/watched/")
    look(page, "watched-folder")
