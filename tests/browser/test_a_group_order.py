"""
A group order as everybody sees it who takes part: three practices buy a drug as one.

The buyer plans and announces, three managers sign and commit, one of them with a ceiling; the
clock closes; the award is proposed with its proof and approved by a second person; less comes than
was ordered and is shared out; lots are counted in, and one is recalled; what came is charged, and
taken from a payout that was signed for, beside capitation that is what it was. Whatever somebody
does is clicked by who does it; the clock's own steps are taken as the clock takes them, and the
weeks between pass.
"""

import json
import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from capitation.actions.advance import advance_run
from capitation.actions.runs import approve_run, open_run
from capitation.actions.statements import publish_statements
from capitation.models import Contract, Share, Statement
from credentialing.models import Location, Participation, Practice
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_name, month_of
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from purchasing.actions.award_asks import step_asks
from purchasing.actions.award_decisions import step_approvals
from purchasing.actions.awards import step_deliveries
from purchasing.actions.charges import step_charges
from purchasing.actions.orders import step_orders
from purchasing.models import Charge, GroupOrder, PurchaseLine, PurchaseOrder, RecallNotice
from purchasing.queries.closings import closing_of
from tests.browser import browsing
from tests.browser.browsing import sign_in
from tests.capitation.paying import give_bank
from tests.capitation.worlds import pay
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.networks import make_credential, make_location
from tests.people import actor_of, make_party, make_user
from tests.planfiles import a_coverage, a_member, a_pcp, an_820, an_834, take
from tests.proofs import breaches
from tests.purchasing.shopping import make_contract as make_supply
from tests.purchasing.shopping import make_item, make_supplier, price

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("IPA_SCREENSHOTS", "")
CLOCK = Actor.system("clock")
NAMES = ("Heron Clinic", "Ibis Pediatrics", "Jay Family Care")
# Axe takes a second a page: staff's are judged as they see them, practices' as on a phone.
DESK, PHONE = frozenset({(1440, "light")}), frozenset({(390, "dark")})
RECALLED, FINE = "K7731A", "K7802C"
REPORT = {
    "recall_number": "D-1",
    "status": "Ongoing",
    "classification": "Class I",
    "product_description": "Ketorolac injection 30 mg/mL, NDC 0409-3795-01",
    "code_info": f"Lot # {RECALLED}",
    "recalling_firm": "Demo Injectables",
    "reason_for_recall": "Lack of assurance of sterility",
    "openfda": {},
}


@dataclass
class Walk:
    """What the walk stands on: practices, what is sold, who acts, and how far time has gone."""

    home: str
    page: Page
    plan: Contract
    practices: list[Practice] = field(default_factory=list)
    offices: list[Location] = field(default_factory=list)
    npis: list[str] = field(default_factory=list)
    people: dict[str, User] = field(default_factory=dict)
    ahead: timedelta = timedelta(0)
    judged: frozenset[tuple[int, str]] = DESK

    def be(self, name: str, path: str = "/") -> None:
        """Somebody else from here on, on a page."""
        self.judged = PHONE if name in NAMES else DESK
        sign_in(self.page, self.home, self.people[name])
        self.go(path)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.home}{path}")

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def look(self, name: str) -> None:
        """See that the page fits; axe sees it as its readers do, pictures are kept if wished."""
        browsing.look(self.page, f"order-{name}", self.judged, shots=SHOTS)

    def wait(self, **time: int) -> datetime:
        """Let time pass, and the clock do what is due."""
        self.ahead += timedelta(**time)
        now = timezone.now()
        for step in (step_orders, step_asks, step_approvals, step_deliveries, step_charges):
            step(now)
        return now


@pytest.fixture
def walk(live_server, page, monkeypatch) -> Walk:
    """Three licensed practices with managers, a plan that pays one of them, and a price list."""
    clock = timezone.now
    first = add_months(month_of(clock().date()), -1)
    made = Walk(live_server.url, page, make_contract(start=first, rate_model="percent",
                                                     rate_pct=Decimal(50)))  # fmt: skip
    monkeypatch.setattr(timezone, "now", lambda: clock() + made.ahead)
    for name, role in (("farrow", Role.PURCHASING), ("quinn", Role.FINANCE),
                       ("reyes", Role.FINANCE_APPROVER)):  # fmt: skip
        made.people[name] = make_user(f"{name}@ipa.example", role)
    no, ends = batch(), clock().date() + timedelta(days=400)
    for number, name in enumerate(NAMES, start=1):
        practice, who = make_practice(name, f"99000020{number}"), make_practitioner(number, name)
        given = {"practitioner": who, "practice": practice, "payer_party": made.plan.payer.party}
        fact(Participation, no, date(2025, 1, 1), **given)
        make_credential(who, expires_date=ends)
        user = make_user(f"m{number}@x.example", Role.PRACTICE_MANAGER, party=practice.party,
                         name=f"Manager {name.split()[0]}")  # fmt: skip
        made.people[name] = user
        made.practices.append(practice)
        made.offices.append(make_location(practice, number))
        made.npis.append(who.npi)
    drug = {"name": "Ketorolac 30 mg/mL vial", "kind": "drug", "is_rx": True,
            "ndc": "0409-3795-01", "lot_tracked": True, "packs": [("box", 25)]}  # fmt: skip
    farrow = actor_of(made.people["farrow"])
    make_item(farrow, "KETO", **drug)
    for supplier, number, tiers in (("Tidegate Pharmaceutical", "T-1", ("0,40", "25,36", "60,30")),
                                    ("Harbor Medical", "H-1", ("0,39", "40,35"))):  # fmt: skip
        contract = make_supply(farrow, make_supplier(farrow, supplier), number)
        price(farrow, contract, *(f"KETO,box,{tier}" for tier in tiers))
    return made


def test_three_practices_buy_as_one_and_one_is_netted(walk):
    plan_is_announced(walk)
    practices_commit(walk)
    award_is_approved(walk)
    order_is_sent_and_comes_short(walk)
    lots_are_counted_in(walk)
    a_lot_is_recalled(walk)
    gross = month_is_earned(walk)
    charge_is_netted(walk)
    statement_says_so(walk, gross)
    savings_are_told(walk)
    assert breaches() == []


def plan_is_announced(walk: Walk) -> None:
    """B. Farrow plans an order, puts an item in, sees what it starts at, and announces it."""
    page, opens = walk.page, timezone.localtime() + timedelta(hours=1)
    walk.be("farrow", "/buying/orders/")
    walk.look("board-empty")
    walk.follow("Plan a group order")
    page.get_by_label("Name").fill("Winter injectables")
    for label, at in (("Opens", opens), ("Closes", opens + timedelta(days=10))):
        page.get_by_label(label, exact=True).fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_label("Expected delivery").fill(f"{opens + timedelta(days=20):%Y-%m-%d}")
    page.get_by_label("Who bills").select_option("ipa")
    walk.look("plan")
    walk.press("Keep the plan")
    page.get_by_label("What, in which pack").select_option(index=0)
    walk.press("Add it")
    walk.look("planned")
    walk.press("Announce it")
    expect(page.get_by_text("Announced: prices are frozen")).to_be_visible()
    walk.wait(hours=2)
    assert GroupOrder.objects.get().status == "open"


def practices_commit(walk: Walk) -> None:
    """Each manager signs what the IPA may do, and says how much, the last one up to a price."""
    page = walk.page
    for name, packs, ceiling in zip(NAMES, (12, 10, 6), ("", "", "36"), strict=True):
        is_last = name == NAMES[-1]
        walk.be(name, "/buying/shop/")
        if is_last:
            walk.look("shop-unsigned")
        walk.follow("Agreements")
        walk.follow("Read and sign")
        page.get_by_label("Your name, as your signature").fill(walk.people[name].name)
        if is_last:
            walk.look("sign")
        walk.press("Sign it")
        walk.go("/buying/shop/")
        walk.follow("Winter injectables")
        if is_last:
            walk.look("shop-order")
        walk.follow("Join")
        page.get_by_label("Packs", exact=True).fill(str(packs))
        page.get_by_label("The most a pack may cost").fill(ceiling)
        page.get_by_label("What a pack costs you today").fill("44.50")
        if is_last:
            walk.look("commit")
        walk.press("Commit")
        expect(page.get_by_text("You may change it until the order closes")).to_be_visible()
    # What others are in for is nobody's business.
    assert "Heron" not in page.locator("body").inner_text()


def award_is_approved(walk: Walk) -> None:
    """The order closes with all three; the award is proposed, its proof seen, and approved."""
    page = walk.page
    walk.wait(days=11)
    order = GroupOrder.objects.get()
    (told,) = closing_of(order)["items"]
    # With the ceiling of the third, the tier of 25 is reached; without them nobody would have it.
    assert (order.status, told["packs"], told["price"]) == ("closing", 28, "36")
    walk.be("farrow", f"/buying/orders/{order.pk}/")
    walk.look("closed")
    walk.follow("Award and purchase orders")
    walk.press("Propose the award")
    expect(page.get_by_text("The award is being worked out")).to_be_visible()
    walk.look("asked")
    walk.wait(seconds=1)  # no worker runs here: the clock takes what waits, and the page follows
    expect(page.get_by_text("Proved", exact=True)).to_be_visible()
    walk.be("reyes", f"/buying/orders/{order.pk}/award/")
    expect(page.get_by_text("Proved", exact=True)).to_be_visible()
    walk.look("award")
    page.get_by_label("is approved").check()
    page.get_by_label("Why", exact=True).fill("cheapest, and proved")
    walk.press("Decide")
    expect(page.get_by_text("The approval is being checked")).to_be_visible()
    walk.look("signed")
    walk.wait(seconds=1)  # the clock takes it, and the page follows
    expect(page.get_by_role("heading", name="Purchase orders")).to_be_visible()


def order_is_sent_and_comes_short(walk: Walk) -> None:
    """One purchase order with three ship-tos is sent; 21 of 28 come, and are shared out."""
    page, purchase = walk.page, PurchaseOrder.objects.get()
    walk.be("farrow", f"/buying/purchases/{purchase.pk}/")
    walk.look("purchase")
    walk.press("Send it")
    page.get_by_text("Less comes than was ordered").click()
    page.get_by_label("Packs that come in all").fill("21")
    page.get_by_label("What the supplier says").fill("a quarter is on backorder")
    walk.press("Share it out")
    expect(page.get_by_text("Shared out.")).to_be_visible()
    walk.look("short")
    lines = PurchaseLine.objects.order_by("practice__name")
    shares = [line.due for line in lines]
    # Exact shares are 9, 7.5 and 4.5; who gets the odd pack was settled before anybody asked.
    assert (sum(shares), shares[0]) == (21, 9)
    assert sorted(shares[1:]) in ([4, 8], [5, 7])


def lots_are_counted_in(walk: Walk) -> None:
    """Each practice reads lot and expiry off the package; one lot came to the first alone."""
    page, ends = walk.page, timezone.localdate() + timedelta(days=500)
    walk.wait(days=9)
    for name, lot in zip(NAMES, (RECALLED, FINE, FINE), strict=True):
        walk.be(name, "/buying/shop/deliveries/")
        is_first = name == NAMES[0]
        if is_first:
            walk.look("deliveries")
        walk.follow("Ketorolac")
        page.get_by_label("Lot").fill(lot)
        page.get_by_label("Expires").fill(f"{ends:%Y-%m-%d}")
        if is_first:
            walk.look("delivery")
        walk.press("Record it")
        expect(page.get_by_role("cell", name=lot)).to_be_visible()
    walk.wait(minutes=1)
    assert GroupOrder.objects.get().status == "settled"


def a_lot_is_recalled(walk: Walk) -> None:
    """FDA's report names the lot in its text alone: one practice is told, and answers."""
    page = walk.page
    walk.be("farrow", "/buying/recalls/read/")
    data = json.dumps({"results": [REPORT]}).encode()
    file = {"name": "enforcement.json", "mimeType": "application/json", "buffer": data}
    page.get_by_label("Enforcement reports").set_input_files(file)
    walk.press("Read it in")
    walk.look("recall-read")
    notice = RecallNotice.objects.get()
    assert (notice.practice.name, notice.status) == (NAMES[0], "notified")
    walk.be(NAMES[0])
    walk.follow("Answer")
    page.get_by_label("What we found").select_option("quarantined")
    page.get_by_label("Packs on hand").fill("7")
    page.get_by_label("We have read what is recalled").check()
    walk.look("recall-answer")
    page.locator("main form").get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("recorded with your name")).to_be_visible()
    walk.be("farrow", f"/buying/recalls/{notice.recall_id}/")
    expect(page.locator("main")).to_contain_text("9 of 9")
    walk.look("recall-answered")


def month_is_earned(walk: Walk) -> int:
    """The plan pays $2,000 for a member of the first practice; what its share is."""
    month, now = walk.plan.start_month, timezone.now()
    member = a_member("M1", coverages=(a_coverage(start=month),), pcps=(a_pcp(walk.npis[0]),))
    take(walk.plan, an_834([member]))
    take(walk.plan, an_820([("M1", month, "2000")]))
    quinn, reyes = (actor_of(walk.people[name]) for name in ("quinn", "reyes"))
    run = open_run(actor=quinn, contract_id=walk.plan.pk, month=month, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)
    run.refresh_from_db()
    approve_run(actor=reyes, run_id=run.pk, seen_digest=run.digest, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)
    return Share.objects.get(payee=walk.practices[0].party).provider_cents


def charge_is_netted(walk: Walk) -> None:
    """The practice signs that charges may be taken; after 15 days J. Quinn takes one."""
    page = walk.page
    walk.be(NAMES[0], f"/buying/shop/agreements/{walk.practices[0].pk}/netting/")
    page.get_by_label("Your name, as your signature").fill(walk.people[NAMES[0]].name)
    walk.look("sign-netting")
    walk.press("Sign it")
    walk.wait(days=16)
    walk.be("quinn", "/buying/charges/")
    walk.look("charges")
    walk.follow("Take from payouts")
    expect(page.locator("main")).to_contain_text("has not agreed to have charges taken")
    walk.look("netting")
    walk.press("Take these charges")
    expect(page.get_by_text("Taken: 1 charge")).to_be_visible()


def statement_says_so(walk: Walk, gross: int) -> None:
    """The practice is paid what is left; its statement has the charge as a line of its own."""
    now, month, page = timezone.now(), walk.plan.start_month, walk.page
    origin = {"purpose": "origin", "routing_number": "091000019", "company_id": "1999999999"}
    give_bank(make_party(), "100200300", bank_name="First Example Bank", now=now, **origin)
    give_bank(walk.practices[0].party, now=now)
    pay(now)
    publish_statements(actor=actor_of(walk.people["quinn"]), month=month, now=now)
    told = Statement.objects.get(payee=walk.practices[0].party)
    # Nine packs at $36.00 are $324.00, of which 20 % of $1,000.00 may be taken in a month.
    assert (gross, told.provider_cents, told.other_cents, told.paid_cents) == (
        100_000, 100_000, -200_00, 800_00,
    )  # fmt: skip
    charge = Charge.objects.get(practice=walk.practices[0])
    assert charge.cents == 324_00
    walk.be(NAMES[0], "/statements/")
    page.get_by_role("link", name=month_name(month), exact=True).first.click()
    expect(page.locator("main")).to_contain_text(charge.description)
    walk.look("statement")
    walk.go(f"/buying/shop/charges/{charge.pk}/")
    walk.look("charge")


def savings_are_told(walk: Walk) -> None:
    """What it saved against what it said it paid: nine packs at $8.50 less."""
    walk.go("/buying/shop/savings/")
    expect(walk.page.locator("main")).to_contain_text("76.50")
    walk.look("savings")
    walk.be("farrow", "/buying/savings/")
    walk.look("savings-staff")
