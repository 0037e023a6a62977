"""The pages of contracts, runs, files, members, work-lists and the network, each seen by axe."""

from datetime import date

import pytest
from django.utils import timezone

from capitation.actions.runs import calculate_run, open_run
from capitation.models import Contract
from ipaportal.core.months import month_of
from ipaportal.core.roles import Role
from tests.browser.browsing import look, sign_in
from tests.capitation.test_sql_run import month_end
from tests.factories import CLOCK, NOON, change_world, make_world
from tests.people import make_user
from tests.planfiles import a_member, a_pcp, an_820, an_834, line_of, take

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    """Two months of a contract, the second waiting for approval, and files that left work."""
    world = make_world(5)
    month_end(world, world.months[2])
    change_world(world)
    contract = Contract.objects.get()
    take(contract, an_834([a_member("N1", pcps=(a_pcp("2990000001"),)), a_member("N2")]))
    this_month = month_of(timezone.localdate())
    lines = [("N1", this_month, "100.00"), ("N2", date(2025, 11, 1), "80.00")]
    take(contract, an_820([*lines, ("X9", this_month, "9.00")]), "jan.820")
    broken = an_820([("N1", this_month, "1.00")], trace="T2").replace(b"SE*", b"SE*9")
    take(contract, broken, "broken.820")
    run = open_run(actor=CLOCK, contract_id=contract.pk, month=world.months[3], now=NOON)
    calculate_run(actor=CLOCK, run_id=run.pk, now=NOON)
    world.run = run
    return world


def test_every_staff_page_is_fit_for_everybody(page, live_server, world):
    home, run, contract = live_server.url, world.run.pk, world.contract.pk
    line = line_of("X9")
    sign_in(page, home, make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn"))
    member = world.members[0].pk
    for name, address in (
        ("runs", "/runs/"),
        ("run-open", "/runs/open/"),
        *((f"run-{tab}", f"/runs/{run}/?tab={tab}")
          for tab in ("exceptions", "variance", "lines", "proof")),
        ("run-cancel", f"/runs/{run}/cancel/"),
        ("files", "/files/"),
        ("contracts", "/contracts/"),
        ("contract", f"/contracts/{contract}/"),
        ("terms", f"/contracts/{contract}/terms/"),
        ("rates", f"/contracts/{contract}/rates/"),
        ("membership", f"/contracts/{contract}/membership/"),
        ("columns", f"/contracts/{contract}/list/"),
        ("payer-new", "/contracts/plans/new/"),
        ("contract-new", "/contracts/new/"),
        ("members", "/members/?q=M0"),
        ("member", f"/members/{member}/"),
        ("member-pcp", f"/members/{member}/pcp/"),
        *((f"work-{name}", f"/work-lists/?list={name}")
          for name in ("unknown", "without_pcp", "pcp", "suspense", "radar")),
        ("work-adopt", f"/work-lists/adopt/?line={line}"),
        ("work-list", "/work-lists/pcps/"),
        ("network", "/network/"),
    ):  # fmt: skip
        page.goto(home + address)
        look(page, f"staff-{name}")
    page.goto(f"{home}/files/")
    page.get_by_role("link", name="jan.820").click()
    look(page, "staff-file")
    page.goto(f"{home}/files/")
    page.get_by_role("link", name="broken.820").click()
    assert page.get_by_role("link", name="Write to the plan").count() == 0  # no contact is named
    look(page, "staff-file-broken")


def test_every_list_of_an_officer_is_fit_for_everybody(page, live_server, world):
    home = live_server.url
    roles = (Role.COMPLIANCE_OFFICER, Role.SYSTEM_ADMIN, Role.FINANCE)
    osei = make_user("osei@ipa.example", *roles, name="A. Osei")
    sign_in(page, home, osei)
    member = world.members[0].pk
    for name, address in (
        ("home", "/"),
        ("saw", "/who-saw-what/"),
        ("saw-nothing", "/who-saw-what/?kind=export"),
        ("saw-member", f"/who-saw-what/?member={member}"),
        ("people", "/people/"),
        ("person", f"/people/{osei.pk}/"),
        ("payments", "/payments/"),
        ("bank", "/bank-details/"),
        ("ledger", "/ledger/"),
        ("holds", "/ledger/holds/"),
        ("statements", "/statements/"),
        ("questions", "/questions/"),
        ("practitioners", "/network/?of=people"),
        ("search", "/search/?q=2025"),
        ("search-nothing", "/search/?q=zzzz"),
    ):
        page.goto(home + address)
        look(page, f"officer-{name}")
    page.goto(f"{home}/who-saw-what/?kind=view")
    page.locator("tbody a").first.click()
    page.get_by_text("From the address").wait_for()
    look(page, "officer-saw-entry")
    page.goto(home)
    page.keyboard.press("/")
    page.keyboard.type("2025-12")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="December 2025").first.wait_for()
    assert "2025-12" not in page.url


def test_shows_what_terms_do_while_they_are_typed(page, live_server, world):
    sign_in(page, live_server.url, make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn"))
    page.goto(f"{live_server.url}/contracts/{world.contract.pk}/terms/")
    page.get_by_label("How the rate is found").select_option("flat")
    page.get_by_label("Flat rate, $").fill("12.34")
    page.get_by_label("Flat rate, $").press("Tab")
    page.get_by_text("earns $12.34 per member and month").first.wait_for()
    page.get_by_label("Withheld, %").fill("101")
    page.get_by_label("Withheld, %").press("Tab")
    page.get_by_text("must be from 0 to 100 percent").first.wait_for()


def test_opens_a_line_in_the_drawer(page, live_server, world):
    sign_in(page, live_server.url, make_user("quinn@ipa.example", Role.FINANCE, name="J. Quinn"))
    page.goto(f"{live_server.url}/runs/{world.run.pk}/?tab=lines&reason=CURRENT")
    page.locator("a[data-explain]").first.click()
    page.locator("#drawer-body .explain").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator("#drawer").is_visible()
