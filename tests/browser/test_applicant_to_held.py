"""
One applicant as the people of an IPA see her: invited, credentialed, paid, excluded, held.

The network's administrator invites, the doctor fills in and signs, the specialist verifies, the
committee votes in its room, finance pays a month; then a list names her, and the next month's
payout leaves her practice out. Each essential step is clicked by who does it; what lies between is
done by the actions that other tests walk.
"""

import os
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from capitation.actions.advance import advance_run
from capitation.actions.runs import approve_run, open_run
from capitation.actions.statements import publish_statements
from capitation.models import Contract, Payment
from credentialing.actions.meetings import plan_meeting
from credentialing.actions.screening_runs import advance_run as advance_screening
from credentialing.actions.verifying import record_verification, review_verification
from credentialing.models import (
    Application,
    Decision,
    Element,
    Participation,
    Practice,
    ScreeningRun,
    Seat,
    Suspension,
)
from credentialing.rules.elements import RULES
from ipaportal.core.actors import Actor
from ipaportal.core.months import add_months, month_name, month_of
from ipaportal.core.roles import Role
from ipaportal.identity.models import User
from ipaportal.ledger.models import Hold
from tests.browser import browsing
from tests.browser.browsing import sign_in
from tests.capitation.paying import give_bank
from tests.credentialing import committees as given
from tests.credentialing.applying import ANSWERS, NPI, fill
from tests.credentialing.screening import HIT, load_both
from tests.factories import batch, fact, make_contract, make_practice, make_practitioner
from tests.people import PASSWORD, actor_of, make_party, make_user
from tests.planfiles import a_coverage, a_member, a_pcp, an_820, an_834, take
from tests.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
PROJECT = Path(__file__).resolve().parent.parent.parent
SHOTS = Path(os.environ.get("IPA_SCREENSHOTS") or PROJECT / "screenshots")
CLOCK = Actor.system("clock")
EVIDENCE = {
    "name": "board.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.7 an answer %%EOF",
}


@dataclass
class Walk:
    """What the walk stands on: the plan, the practice, the committee, and who acts."""

    home: str
    now: datetime
    contract: Contract
    practice: Practice
    seats: dict[str, Seat]
    people: dict[str, User]

    @property
    def first(self) -> date:
        """The first month that is paid: the next, so that the day of the decision is before it."""
        return add_months(month_of(self.now.date()), 1)

    def actor(self, name: str) -> Actor:
        return actor_of(self.people[name])


PEOPLE = {
    "admin": ("K. Lindgren", Role.NETWORK_ADMIN),
    "novak": ("T. Novak", Role.CREDENTIALING_SPECIALIST),
    "quinn": ("J. Quinn", Role.FINANCE),
    "reyes": ("M. Reyes", Role.FINANCE_APPROVER),
    "osei": ("A. Osei", Role.COMPLIANCE_OFFICER),
}


@pytest.fixture
def walk(live_server, monkeypatch) -> Walk:
    """A practice with a colleague and a bank account, a plan that pays from next month on."""
    now = timezone.now()
    monkeypatch.setattr(given, "BEFORE", now - timedelta(days=2))
    first = add_months(month_of(now.date()), 1)
    contract = make_contract(start=first, rate_model="percent", rate_pct=Decimal(50))
    practice = make_practice("Tern Medical", "990000077")
    people = {
        name: make_user(f"{name}@ipa.example", role, name=full)
        for name, (full, role) in PEOPLE.items()
    }
    seats = given.make_committee()
    fact(
        Participation,
        batch(),
        date(2025, 1, 1),
        practitioner=make_practitioner(5, "Petrel"),
        practice=practice,
        payer_party=contract.payer.party,
    )
    origin = {"purpose": "origin", "routing_number": "091000019", "company_id": "1999999999"}
    give_bank(make_party(), "100200300", bank_name="First Example Bank", now=now, **origin)
    give_bank(practice.party, now=now)
    return Walk(live_server.url, now, contract, practice, seats, people)


def look(page: Page, name: str, judged: frozenset[tuple[int, str]] = browsing.JUDGED) -> None:
    """See that the page is fit for everybody, and keep pictures: of each view, if wished."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    pictured = browsing.VIEWS if browsing.SHOTS else browsing.JUDGED
    browsing.look(page, f"network-{name}", judged, shots=SHOTS, pictured=pictured)


def look_again(page: Page, name: str) -> None:
    """Keep pictures of a page that axe sees in another walk."""
    look(page, name, judged=frozenset())


def test_one_applicant_is_invited_voted_on_paid_excluded_and_held(page, walk):
    application = admin_invites(page, walk)
    doctor_applies(page, walk, application)
    specialist_verifies(page, walk, application)
    committee_votes(page, walk, application)
    finance_pays(page, walk)
    admin_could_suspend_her(page, walk)
    a_list_names_her(page, walk)
    finance_holds(page, walk)
    assert breaches() == []


def admin_invites(page: Page, walk: Walk) -> Application:
    """K. Lindgren invites a doctor; the link is shown, as there is no mail server."""
    sign_in(page, walk.home, walk.people["admin"])
    page.goto(f"{walk.home}/network/files/invite/")
    page.get_by_label("NPI").fill(NPI)
    page.get_by_label("First name").fill("Iris")
    page.get_by_label("Last name").fill("Tern")
    page.get_by_label("Kind of provider").select_option("md")
    page.get_by_label("E-mail address").fill("iris@tern.example")
    page.get_by_label("Practice").select_option(label="Tern Medical")
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link").input_value()
    page.context.clear_cookies()
    page.goto(link)
    look(page, "invitation")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password_again]").fill(PASSWORD)
    page.locator("main button.main").click()
    expect(page.get_by_text("Your account is ready")).to_be_visible()
    return Application.objects.get()


def doctor_applies(page: Page, walk: Walk, application: Application) -> None:
    """Dr. Tern begins, fills in (by the action behind the form), reads and signs."""
    page.goto(f"{walk.home}/network/mine/")
    page.get_by_role("button", name="Begin my application").click()
    page.wait_for_url(f"**/mine/{application.pk}/")
    doctor = actor_of(User.objects.get(email="iris@tern.example"))
    fill(application, doctor, answers(walk.now.date()), now=timezone.now())
    page.reload()
    expect(page.locator("body")).to_contain_text("14 of 14 sections complete")
    look_again(page, "application")
    page.get_by_role("link", name="Read and sign").click()
    page.locator("[name=typed_name]").fill("Iris Tern")
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("body")).to_contain_text("Signed by Iris Tern")


def answers(today: date) -> dict[str, dict]:
    """What she answers, with licences and cover that last a year from now."""
    ends = {"expires_date": f"{today + timedelta(days=365)}"}
    renewed = {
        code: {"rows": [{**row, **ends} for row in ANSWERS[code]["rows"]]}
        for code in ("licences", "coverage")
    }
    return {**ANSWERS, **renewed}


def specialist_verifies(page: Page, walk: Walk, application: Application) -> None:
    """T. Novak finds it complete, records and signs one answer; the others by the actions."""
    sign_in(page, walk.home, walk.people["novak"])
    page.goto(f"{walk.home}/network/files/practitioners/{application.practitioner_id}/")
    page.get_by_role("button", name="It is complete: begin to verify").click()
    first, *others = Element.objects.filter(event=application.event_id)
    page.goto(f"{walk.home}/network/files/elements/{first.pk}/")
    record = page.locator("form:has(input[value=record])")
    record.locator("[name=evidence]").set_input_files(EVIDENCE)
    record.get_by_role("button", name="Record it").click()
    page.get_by_label("in order", exact=True).check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("main")).to_contain_text("Accepted by T. Novak")
    for element in others:
        verify(element, walk.actor("novak"))
    page.goto(
        f"{walk.home}/network/files/practitioners/{application.practitioner_id}/?tab=elements"
    )
    look_again(page, "elements")
    page.goto(f"{walk.home}/network/files/practitioners/{application.practitioner_id}/")
    page.get_by_role("button", name="Everything is verified").click()
    expect(page.locator("main")).to_contain_text("Verified")


def verify(element: Element, actor: Actor) -> None:
    now = timezone.now()
    made = record_verification(
        actor=actor,
        element_id=element.pk,
        source=RULES[element.code].sources[0],
        method="web",
        as_of_date=now.date(),
        performed_at=now,
        result="clean",
        now=now,
    )
    review_verification(actor=actor, verification_id=made.pk, is_accepted=True, text="", now=now)


def committee_votes(page: Page, walk: Walk, application: Application) -> None:
    """The committee meets: agenda, arrivals, a motion, three votes; then the letter."""
    now = timezone.now()
    meeting = plan_meeting(
        actor=walk.actor("novak"),
        committee_id=walk.seats["Okafor"].committee_id,
        starts_at=now + timedelta(minutes=5),
        mode="video",
        now=now,
    )
    page.goto(f"{walk.home}/network/committee/meetings/{meeting.pk}/")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="Lock the agenda").click()
    page.get_by_role("button", name="Open the meeting").click()
    for name in ("Dr. Okafor", "Dr. Lindqvist", "Dr. Weiss"):
        page.get_by_role("button", name=f"{name} arrives").click()
    expect(page.get_by_text("Quorum: 3 of 3 voting members")).to_be_visible()
    page.get_by_label("To", exact=True).select_option("approved")
    page.get_by_label("Reasons").fill("meets every criterion")
    page.get_by_label("Moved by").select_option(label="Dr. Okafor")
    page.get_by_label("Seconded by").select_option(label="Dr. Lindqvist")
    page.get_by_role("button", name="Put it to the vote").click()
    look(page, "vote")
    for one in page.locator(".votes fieldset").all():
        one.get_by_label("For", exact=True).check()
    page.get_by_role("button", name="Record and count the votes").click()
    expect(page.get_by_text("Carried: 3 for, 0 against, 0 abstained.")).to_be_visible()
    look_again(page, "decided")
    page.get_by_role("link", name="Its letter").click()
    page.get_by_role("button", name=re.compile("^Issue")).click()
    look(page, "letter")
    decision = Decision.objects.get()
    assert (decision.outcome, decision.event_id) == ("approved", application.event_id)
    # The vote let her take part with every plan of her practice.
    page.goto(f"{walk.home}/network/participation/?q=Tern")
    expect(page.locator("main tbody tr", has_text="Iris")).to_contain_text(
        "Credentialed", ignore_case=True
    )
    look(page, "participation")


def earn(walk: Walk, month: date) -> None:
    """A month of the plan's money, run by one and approved by another."""
    take(walk.contract, an_820([("M1", month, "100")], trace=f"{month:%b%y}"))
    now = timezone.now()
    run = open_run(actor=walk.actor("quinn"), contract_id=walk.contract.pk, month=month, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)
    run.refresh_from_db()
    approve_run(actor=walk.actor("reyes"), run_id=run.pk, seen_digest=run.digest, now=now)
    assert advance_run(actor=CLOCK, run_id=run.pk, now=now)


def finance_pays(page: Page, walk: Walk) -> None:
    """The plan's member is hers; J. Quinn prepares, M. Reyes releases, the doctor reads."""
    member = a_member("M1", coverages=(a_coverage(start=walk.first),), pcps=(a_pcp(NPI),))
    take(walk.contract, an_834([member]))
    earn(walk, walk.first)
    sign_in(page, walk.home, walk.people["quinn"])
    page.goto(f"{walk.home}/payments/prepare/")
    page.get_by_role("button", name="Prepare").click()
    page.wait_for_url("**/payments/batches/**")
    batch_page = page.url
    sign_in(page, walk.home, walk.people["reyes"])
    page.goto(batch_page)
    page.get_by_role("link", name="Release $").click()
    page.get_by_role("button", name="Release the payments").click()
    page.wait_for_url(batch_page)
    look_again(page, "paid")
    assert list(Payment.objects.values_list("party__name", "amount_cents")) == [
        ("Tern Medical", 5000)
    ]
    publish_statements(actor=walk.actor("quinn"), month=walk.first, now=timezone.now())
    sign_in(page, walk.home, User.objects.get(email="iris@tern.example"))
    page.goto(f"{walk.home}/statements/")
    page.get_by_role("link", name=month_name(walk.first), exact=True).first.click()
    expect(page.locator("section.hero")).to_contain_text("50.00")
    look_again(page, "statement")


def admin_could_suspend_her(page: Page, walk: Walk) -> None:
    """What suspending and ending would do is seen first, and reached with the keyboard alone."""
    sign_in(page, walk.home, walk.people["admin"])
    person = f"{walk.home}/network/practitioners/{Application.objects.get().practitioner_id}/"
    page.goto(f"{person}end/")
    look(page, "end-by-hand")
    page.goto(f"{person}suspend/")
    look(page, "suspend-by-hand")
    page.keyboard.press("Control+Home")
    tab_to(page, "#on-day")
    page.keyboard.type("12312099")
    tab_to(page, "form.row button")
    page.keyboard.press("Enter")
    page.wait_for_url("**day=2099-12-31")
    tab_to(page, "textarea[name=reason]")
    page.keyboard.type("a report of the board")
    tab_to(page, "form.confirm button.danger")
    page.keyboard.press("Tab")  # away from it, to the way back
    page.keyboard.press("Enter")
    page.wait_for_url(person)
    assert not Suspension.objects.exists()


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Go on with the tabulator until something has the focus."""
    for _ in range(most):
        if page.evaluate("what => document.activeElement.matches(what)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with the keyboard")


def a_list_names_her(page: Page, walk: Walk) -> None:
    """A new list has her name and birth date; the screening stops the money at once."""
    now = timezone.now()
    row = {"LASTNAME": "TERN", "FIRSTNAME": "IRIS", "DOB": "19840506"}
    load_both({**HIT, **row, "EXCLDATE": f"{now:%Y%m%d}"}, now=now, day=now.date())
    sign_in(page, walk.home, walk.people["osei"])
    page.goto(f"{walk.home}/network/screening/")
    page.get_by_role("button", name="Screen everybody now").click()
    page.wait_for_url("**/screening/runs/**")
    run = ScreeningRun.objects.get()
    while advance_screening(actor=CLOCK, run_id=run.pk, now=timezone.now()):
        pass
    page.goto(f"{walk.home}/network/screening/matches/")
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("payments stopped", ignore_case=True)
    look(page, "match")
    hold = Hold.objects.live().get()
    assert (hold.party, hold.reason) == (walk.practice.party, Hold.Reason.EXCLUSION)


def finance_holds(page: Page, walk: Walk) -> None:
    """The next month is earned and booked; the payout leaves the practice out and says why."""
    earn(walk, add_months(walk.first, 1))
    sign_in(page, walk.home, walk.people["quinn"])
    page.goto(f"{walk.home}/payments/prepare/")
    expect(page.locator("main")).to_contain_text("is on the list")
    expect(page.get_by_role("button", name="Prepare")).to_have_count(0)
    look(page, "held")
    sign_in(page, walk.home, walk.people["admin"])
    page.goto(f"{walk.home}/network/participation/?q=Tern")
    expect(page.locator("main tbody tr", has_text="Iris")).to_contain_text(
        "Excluded", ignore_case=True
    )
    assert Payment.objects.count() == 1
