"""
The month-end as four people walk it in a browser, from the plan's file to the doctor's question.

Finance sends the files and opens the run; the approver, by keyboard alone, looks and approves, and
releases the payments; the doctor opens one amount down to the plan's own segment and asks; the
compliance officer looks at the proof. Every page is seen by axe, wide and on a phone, light and
dark. Pictures are kept in `screenshots/`, one light and wide, one dark and narrow; where
IPA_SCREENSHOTS names a folder, all four of each page are kept there.
"""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from capitation.actions.advance import step_files, step_runs
from capitation.models import Run, Statement
from ipaportal.audit.models import AccessEvent
from ipaportal.core.months import add_months, month_name, month_of
from ipaportal.core.sql import check_invariant
from ipaportal.home.demo.build import Story, begin, live_month, receive, take_run
from ipaportal.home.demo.plan_files import files_of
from ipaportal.home.demo.world import JUNIPER, MARLIN
from ipaportal.home.management.commands.prove import every_invariant
from tests.browser import browsing

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = Path(__file__).resolve().parent.parent.parent
SHOTS = Path(os.environ.get("IPA_SCREENSHOTS") or PROJECT / "screenshots")
LIVED = 3  # months that were lived before the one of this story


@pytest.fixture
def story(settings) -> Story:
    """Three months of a small demo; of the fourth, last month, one of two plans is done."""
    settings.DEMO = True
    today = timezone.localdate()
    story = begin(240, add_months(month_of(today), -LIVED - 1), today)
    for index in range(LIVED):
        live_month(story, index)
    for sent in files_of(story.world, LIVED):
        if sent.plan is MARLIN:
            receive(story, sent, LIVED)
    take_run(story, story.contracts[MARLIN.code], LIVED)
    return story


def look(page: Page, name: str) -> None:
    """See that the page is fit for everybody, and keep pictures: of each view, if wished."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    pictured = browsing.VIEWS if browsing.SHOTS else browsing.JUDGED
    browsing.look(page, f"month-end-{name}", shots=SHOTS, pictured=pictured)


def enter(page: Page, home: str, name: str) -> None:
    """Be somebody else from here on, by the demo's one click."""
    page.context.clear_cookies()
    page.goto(f"{home}/account/login/")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name="What to do now")).to_be_visible()


def tab_to(page: Page, there: Locator, most: int = 80) -> None:
    """Reach something with the Tab key, as who has no mouse does."""
    for _ in range(most):
        if there.evaluate("element => element === document.activeElement"):
            outline = there.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", "the focus cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{there} cannot be reached by keyboard")


def press(page: Page, there: Locator) -> None:
    tab_to(page, there)
    page.keyboard.press("Enter")


def test_four_people_walk_a_month_end(page, live_server, story, tmp_path):
    home, month = live_server.url, story.world.month(LIVED)
    run = finance_sends_and_opens(page, home, story, tmp_path)
    approver_approves_by_keyboard(page, home, run)
    step_runs(timezone.now())
    run.refresh_from_db()
    assert (run.status, run.approved_by_name) == ("posted", "M. Reyes")
    batch = finance_prepares(page, home)
    approver_releases(page, home, batch)
    finance_publishes(page, home)
    doctor_reads_and_asks(page, home, month_name(month))
    compliance_looks(page, home, run)
    breaches = {c.name: c.rows for i in every_invariant() if (c := check_invariant(i)).count}
    assert breaches == {}


def finance_sends_and_opens(page: Page, home: str, story: Story, folder: Path) -> Run:
    """J. Quinn sends Juniper's files of the month and opens its run."""
    names = []
    for sent in files_of(story.world, LIVED):
        if sent.plan is JUNIPER:
            names.append(folder / sent.name)
            names[-1].write_bytes(sent.data)
    enter(page, home, "J. Quinn")
    look(page, "home-finance")
    page.goto(f"{home}/files/")
    page.get_by_label("Contract").select_option(label=JUNIPER.contract)
    page.locator("input[type=file]").set_input_files(names)
    page.locator("[data-send]").click()
    for name in names:
        expect(page.get_by_role("link", name=name.name)).to_be_visible()
    assert step_files(timezone.now()) == len(names)
    page.goto(f"{home}/files/")
    look(page, "files")
    page.get_by_role("link", name=names[-1].name).click()
    look(page, "file")
    month = story.world.month(LIVED)
    page.goto(f"{home}/runs/")
    look(page, "runs")
    page.get_by_role("link", name="Open a month").click()
    page.get_by_label("Contract").select_option(label=JUNIPER.contract)
    page.get_by_label("Month").fill(f"{month:%Y-%m}")
    page.get_by_role("button", name="Look").click()
    look(page, "run-open")
    page.get_by_role("button", name=f"Open {month_name(month)}").click()
    page.wait_for_url("**/runs/*/")
    assert step_runs(timezone.now()) == 1
    page.reload()
    expect(page.get_by_text("Needs approval").first).to_be_visible()
    look(page, "run")
    return Run.objects.get(contract__name=JUNIPER.contract, month=month)


def approver_approves_by_keyboard(page: Page, home: str, run: Run) -> None:
    """M. Reyes, with no mouse: from the sign-in to the approval."""
    page.context.clear_cookies()
    page.goto(f"{home}/account/login/")
    press(page, page.get_by_role("button", name="M. Reyes"))
    expect(page.get_by_role("heading", name="What to do now")).to_be_visible()
    look(page, "home-approver")
    press(page, page.get_by_role("link", name="Month-end").first)
    press(page, page.locator(f"a[href='/runs/{run.pk}/']").first)
    for tab in ("Variance", "Lines", "Proof"):
        press(page, page.get_by_role("navigation").get_by_role("link", name=tab))
        look(page, f"run-{tab.lower()}")
    press(page, page.get_by_role("link", name=f"Approve {run.month:%B}"))
    look(page, "run-approve")
    press(page, page.get_by_role("button", name=f"Approve {run.contract.name}"))
    expect(page.get_by_text("is approved")).to_be_visible()


def finance_prepares(page: Page, home: str) -> str:
    enter(page, home, "J. Quinn")
    page.goto(f"{home}/payments/prepare/")
    look(page, "payments-prepare")
    page.get_by_role("button", name="Prepare").click()
    page.wait_for_url("**/payments/batches/**")
    return page.url


def approver_releases(page: Page, home: str, batch: str) -> None:
    enter(page, home, "M. Reyes")
    page.goto(batch)
    page.get_by_role("link", name="Release $").click()
    look(page, "payments-release")
    page.get_by_role("button", name="Release the payments").click()
    page.wait_for_url(batch)
    look(page, "payments-released")


def finance_publishes(page: Page, home: str) -> None:
    enter(page, home, "J. Quinn")
    page.goto(f"{home}/statements/publish/")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/statements/")


def doctor_reads_and_asks(page: Page, home: str, month: str) -> None:
    """Dr. Alvarez opens her statement, one amount down to the RMR segment, and asks about it."""
    enter(page, home, "Dr. Ana Alvarez")
    look(page, "home-doctor")
    page.goto(f"{home}/statements/")
    page.get_by_role("link", name=month, exact=True).first.click()
    expect(page.get_by_role("heading", name=month, level=1)).to_be_visible()
    look(page, "statement")
    page.locator("section.hero a.money").click()
    expect(page.locator("#drawer-body")).to_contain_text("Balance before")
    look(page, "statement-drawer")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Members").first.click()
    page.locator("#members tbody tr", has_text="JA0").first.locator("a").first.click()
    expect(page.get_by_text("RMR*IK*").first).to_be_visible()
    look(page, "line")
    page.get_by_role("link", name="Ask about this line").click()
    page.get_by_label("Your question").fill("She was with me since June. Is June still to come?")
    page.get_by_role("button", name="Send the question").click()
    expect(page.get_by_text("Your question was sent")).to_be_visible()


def compliance_looks(page: Page, home: str, run: Run) -> None:
    """A. Osei sees how the run was proven, and the portal knows who saw the members."""
    enter(page, home, "A. Osei")
    page.goto(f"{home}/runs/{run.pk}/?tab=proof")
    expect(page.get_by_text(run.digest)).to_be_visible()
    expect(page.get_by_role("link", name="Approve")).to_have_count(0)
    look(page, "compliance-proof")
    statement = Statement.objects.get(payee__name="Alvarez Family Medicine", month=run.month)
    seen = AccessEvent.objects.filter(actor_name="Dr. Ana Alvarez").exclude(member_ids=[])
    assert seen.exists(), "the doctor's look at her members is on record"
    page.goto(f"{home}/statements/{statement.pk}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
