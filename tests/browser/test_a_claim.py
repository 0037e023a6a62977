"""
A claim from the practice's file to its money: sent, denied, corrected, paid late, with interest.

J. Quinn takes the file in and says why one claim cannot be paid; the practice reads why and what
to send, and sends it again with the authorization; M. Reyes pays after the last day, so that
interest is owed; the practice opens every figure of it and loads the remittance into its own
system. Whatever somebody does is clicked by who does it; files are read as the clock reads them.
"""

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from compliance.actions.authorizations import require_authorization
from compliance.actions.claims import step_claims
from compliance.actions.fees import load_schedule
from compliance.formats.remittance_835 import read
from compliance.models import Claim, ClaimPayment
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from tests.browser import browsing
from tests.browser.browsing import sign_in
from tests.capitation.worlds import QUINN, SmallWorld
from tests.compliance.claimfiles import a_line, claim_file
from tests.compliance.claiming import NOV_2, make_priced_world, of_bell
from tests.people import make_user
from tests.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("IPA_SCREENSHOTS", "")
# Axe takes a second a page: staff's are judged as they see them, the practice's as on a phone.
DESK, PHONE = frozenset({(1440, "light")}), frozenset({(390, "dark")})
AUTHORIZED = "AUTH-2210"


@dataclass
class Walk:
    """What the walk stands on, who acts, and how far time has gone."""

    home: str
    page: Page
    world: SmallWorld
    people: dict[str, User] = field(default_factory=dict)
    ahead: timedelta = timedelta(0)
    judged: frozenset[tuple[int, str]] = DESK

    def be(self, name: str, path: str = "/") -> None:
        """Somebody else from here on, on a page."""
        self.judged = PHONE if name == "bell" else DESK
        sign_in(self.page, self.home, self.people[name])
        self.go(path)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.home}{path}")

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=name).first.click()

    def look(self, name: str) -> None:
        """See that the page fits; axe sees it as its readers do, pictures are kept if wished."""
        browsing.look(self.page, f"claim-{name}", self.judged, shots=SHOTS)

    def save(self, name: str, folder: Path) -> bytes:
        """What a link downloads."""
        with self.page.expect_download() as download:
            self.page.locator("main").get_by_role("link", name=name).first.click()
        download.value.save_as(folder / "file")
        return (folder / "file").read_bytes()

    def take_in(self, number: int, *sent) -> datetime:
        """J. Quinn takes a file in, and the clock reads it."""
        self.be("quinn", "/compliance/claims/files/new/")
        data = claim_file(*sent, number=number).encode()
        file = {"name": f"bell-{number}.837", "mimeType": "text/plain", "buffer": data}
        self.page.get_by_label("Plan of the members").select_option(index=1)
        self.page.get_by_label("The file").set_input_files(file)
        if number == 1:
            self.look("file-new")
        self.press("Take it in")
        expect(self.page.locator("main")).to_contain_text("Waits to be read")
        now = timezone.now()
        assert step_claims(now) == 1
        self.page.reload()
        return now


@pytest.fixture
def walk(live_server, page, monkeypatch) -> Walk:
    """Bell Clinic under AB 3275, a price list, and a service that needs an authorization."""
    clock = timezone.now
    world = make_priced_world(regime="california", citation="Agreement 7.2")
    made = Walk(live_server.url, page, world)
    monkeypatch.setattr(timezone, "now", lambda: clock() + made.ahead)
    made.people = {
        "quinn": make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn"),
        "reyes": make_user("reyes@ipa.example", Role.FINANCE_APPROVER, name="M. Reyes"),
        "bell": make_user("bell@bell.example", Role.PRACTICE_MANAGER, party=world.bell.party,
                          name="T. Bell"),
    }  # fmt: skip
    load_schedule(
        actor=QUINN, name="List", effective_date=date(2026, 1, 2), source="Amendment 1",
        file_name="list.csv", data=b"Code,Price\n99213,100\n29881,909.09\n", place=None,
        factor=None, now=NOV_2,
    )  # fmt: skip
    require_authorization(
        actor=QUINN, payer_id=world.contract.payer_id, procedure="29881", now=NOV_2,
        effective_date=date(2026, 1, 1), citation="Agreement 9.1",
    )  # fmt: skip
    return made


def served(walk: Walk, code: str, cents: int):
    day = timezone.localdate() - timedelta(days=10)
    return a_line(code, cents, served_from=day, served_to=day)


def test_a_claim_from_file_to_denial_correction_payment_and_interest(walk, tmp_path):
    file_is_taken_in(walk, tmp_path)
    one_is_denied(walk)
    practice_reads_why(walk)
    it_comes_again_and_is_priced(walk)
    it_is_paid_late(walk)
    practice_sees_what_came(walk, tmp_path)
    assert breaches() == []


def file_is_taken_in(walk: Walk, folder: Path) -> None:
    """Three claims: one is ready, one waits for an authorization, one is of nobody of the plan."""
    visit, knee = served(walk, "99213", 150_00), served(walk, "29881", 1_500_00)
    walk.take_in(
        1, of_bell(walk.world, "V-1", visit), of_bell(walk.world, "K-1", knee),
        of_bell(walk.world, "N-1", visit, subscriber_ref="M-NOBODY"),
    )  # fmt: skip
    expect(walk.page.locator("main")).to_contain_text("waits for somebody")
    walk.look("file")
    accepted = walk.save("999", folder)
    assert b"AK9*A*" in accepted
    told = walk.save("277CA", folder)
    assert (told.count(b"STC*A2:20"), told.count(b"STC*A3:33:IL")) == (2, 1)


def one_is_denied(walk: Walk) -> None:
    """The knee has no authorization: J. Quinn takes it, and denies it with words."""
    page = walk.page
    walk.go("/compliance/claims/")
    walk.look("queues")
    walk.follow("a service is not authorized")
    expect(page.get_by_role("heading", name="Work queues")).to_be_visible()
    walk.look("work-queue")
    walk.follow(Claim.objects.get(ref="K-1").number)
    walk.press("I look after it")
    walk.go("/compliance/claims/queues/?owner=mine")
    walk.follow("Hand these over")
    walk.look("hand-over")
    page.get_by_label("Who looks after it").select_option(label="J. Quinn")
    walk.press("Hand over 1 claim")
    walk.follow(Claim.objects.get(ref="K-1").number)
    expect(page.locator("main")).to_contain_text("J. Quinn looks after it")
    walk.look("waits")
    page.get_by_label("It becomes").select_option("denied")
    page.get_by_label("If denied, because").select_option("197")
    page.get_by_label("Why", exact=True).fill("We find no authorization for the arthroscopy.")
    walk.press("Decide")
    expect(page.get_by_text("Decided, and on record")).to_be_visible()


def practice_reads_why(walk: Walk) -> None:
    """The practice finds what was denied and what was sent back, and what to send."""
    main, claim = walk.page.locator("main"), Claim.objects.get(ref="K-1")
    walk.be("bell", "/compliance/billing/")
    expect(main).to_contain_text("it was not authorized (197)")
    walk.look("own")
    walk.follow(claim.number)
    expect(main).to_contain_text("We find no authorization for the arthroscopy.")
    expect(main).to_contain_text("send a corrected claim with the authorization's number")
    expect(main).to_contain_text(f"frequency 7 (CLM05-3) and our number {claim.number} in REF F8")
    walk.look("own-denied")


def it_comes_again_and_is_priced(walk: Walk) -> None:
    """The authorization is entered; the claim comes again with it, and takes the other's place."""
    page, first = walk.page, Claim.objects.get(ref="K-1")
    walk.be("quinn", "/compliance/claims/authorizations/new/")
    page.get_by_label("Plan of the members").select_option(index=1)
    for label, value in (("Number", AUTHORIZED), ("Member number of the plan", "M-RAY"),
                         ("Service", "29881"), ("Units", "1"), ("From", f"{first.first_day}"),
                         ("To, this day included", f"{first.first_day}")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    walk.press("Record it")
    knee = a_line("29881", 1_500_00, served_from=first.first_day, served_to=first.first_day)
    again = of_bell(walk.world, "K-1", knee, frequency="7", original_ref=first.number,
                    authorization=AUTHORIZED)  # fmt: skip
    walk.take_in(2, again)
    first.refresh_from_db()
    second = Claim.objects.get(original=first)
    assert (first.state, second.state, second.allowed_cents) == ("replaced", "ready", 1_000_00)
    walk.go(f"/compliance/claims/{second.pk}/")
    expect(page.locator("main")).to_contain_text("It takes the place of claim")
    walk.look("priced")


def it_is_paid_late(walk: Walk) -> None:
    """Forty-five days go by; M. Reyes sees what lateness costs, and pays it."""
    page = walk.page
    walk.ahead += timedelta(days=45)
    walk.be("reyes", "/compliance/claims/payments/")
    walk.look("payments")
    walk.follow("Bell Clinic")
    # 15 % of $1,000.00 and of $110.00 for 15 of 365 days.
    expect(page.locator("main")).to_contain_text("1,116.84")
    walk.look("planned")
    walk.press("Pay 1,116.84")
    expect(page.get_by_text("Owed to the practice")).to_be_visible()
    walk.look("paid")


def practice_sees_what_came(walk: Walk, folder: Path) -> None:
    """The practice sees claims and interest, opens the interest, and loads the 835."""
    main = walk.page.locator("main")
    walk.be("bell", "/compliance/billing/remittances/")
    walk.look("own-remittances")
    walk.follow(ClaimPayment.objects.get().trace)
    expect(main).to_contain_text("1,116.84")
    walk.look("own-remittance")
    (payment,) = read(data := walk.save("Download the 835", folder)).payments
    assert data.startswith(b"ISA")
    assert (payment.is_balanced, payment.total_cents) == (True, 1_116_84)
    assert [(c.claim_ref, c.paid_cents) for c in payment.claims] == [
        ("V-1", 110_00), ("K-1", 1_000_00),
    ]  # fmt: skip
    assert sum(one.cents for one in payment.adjustments) == -6_84
    walk.follow("6.16")
    expect(main).to_contain_text("$1,000.00 × 15 % × 15 / 365")
    expect(main).to_contain_text("California AB 3275")
    walk.look("own-interest")
