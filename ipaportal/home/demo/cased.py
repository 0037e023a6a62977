"""The demo's cases: a report without a name that goes back and forth, incidents, a breach."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from compliance.actions.breaches import assess_breach, count_people, record_discovery
from compliance.actions.cases import (
    close_case,
    give_task,
    hand_case,
    name_deputy,
    name_person,
    note_case,
    open_case,
    reply_to_reporter,
    triage_case,
)
from compliance.actions.hotline import HOTLINE, new_code, take_report, write_back
from compliance.models import Case, CaseDeputy
from ipaportal.core.actors import Actor
from ipaportal.core.packets import rows_csv
from ipaportal.core.scopes import CASES, seeing
from ipaportal.home.demo.committee import People
from ipaportal.home.demo.names import FIRST_NAMES, LAST_NAMES
from ipaportal.home.demo.papers import paper

GIFTS = """A supplier of gloves has brought gift cards to our purchasing desk twice since summer.

The last time I saw it myself, on a Friday after lunch. The order for gloves went to the same
supplier the week after, though another was cheaper."""
MONDAY = """Somebody in the front office shares one password with two others, and writes it on the
screen's edge."""
FAX = """A referral with a member's name and diagnosis went to the fax of a pharmacy instead of a
specialist. The pharmacy rang within the hour."""
LAPTOP = """A care manager's laptop was taken from a parked car. A spreadsheet for visits at home
lay on it: names, addresses, plan numbers and why they were visited. The disk was not encrypted."""
FACTORS = {
    "nature": ("high", "Names, addresses, plan numbers and reasons of visits: people are known."),
    "recipient": ("high", "A thief whom nobody knows, bound by nothing."),
    "acquired": ("medium", "The machine needs a password; its disk can be read without it."),
    "mitigated": ("medium", "The account was shut in two hours; the disk cannot be wiped."),
}  # fmt: skip
AFFECTED = 37


@dataclass(frozen=True)
class Handlers:
    """Who acts in the story of the cases."""

    officer: Actor
    people: People
    accused: Actor  # purchasing, who must find nothing of it
    finance: Actor


def work_on_cases(*, who: Handlers, now: datetime) -> None:
    """Open the cases and work on them, whole or not at all, and never twice."""
    if CaseDeputy.objects.exists():
        return
    with transaction.atomic():
        name_deputy(
            actor=who.officer, user_id=who.people.director.user_id, now=now - timedelta(days=300),
            text="Medical director, until the board names its chair",
        )  # fmt: skip
        _gifts(who, now)
        _report(MONDAY, "A shared password", now - timedelta(days=2))
        _fax(who, now)
        _laptop(who, now)


def _report(text: str, title: str, at: datetime) -> tuple[str, Case]:
    code = new_code()
    with seeing(CASES):
        before = set(Case.objects.values_list("pk", flat=True))
    take_report(
        actor=HOTLINE, code=code, title=title, text=_flowing(text), about_office=False,
        today=at.date(),
    )  # fmt: skip
    with seeing(CASES):
        return code, Case.objects.exclude(pk__in=before).get()


def _gifts(who: Handlers, now: datetime) -> None:
    """A report, answered, answered again, and looked into; whom it accuses sees nothing."""
    began = now - timedelta(days=9)
    code, case = _report(GIFTS, "Gift cards from a supplier", began)
    by = {"actor": who.officer, "case_id": case.pk}
    reply_to_reporter(
        **by, now=began + timedelta(days=1),
        text="Thank you. We look into it. Do you remember which Fridays it was, and whether others "
        "saw it?",
    )  # fmt: skip
    write_back(
        actor=HOTLINE, code=code, message_id=uuid.uuid4(), today=(began + timedelta(days=3)).date(),
        text="The 4th of September, and one in July. The receptionist was there in July.",
    )  # fmt: skip
    triage_case(
        **by, kind="fwa", is_urgent=True, owner_id=who.officer.user_id,
        now=began + timedelta(days=3), text="Gifts for orders would be a kickback.",
    )  # fmt: skip
    name_person(
        **by, part="accused", name=who.accused.name, user_id=who.accused.user_id,
        now=began + timedelta(days=3), text="Runs the purchasing desk.",
    )  # fmt: skip
    give_task(
        **by, user_id=who.finance.user_id, now=began + timedelta(days=4),
        text="Compare what we paid for gloves since June with the cheaper offer.",
        due_date=(now + timedelta(days=5)).date(),
    )  # fmt: skip
    note_case(
        **by, now=began + timedelta(days=5), evidence_name="visitors-july-september.pdf",
        evidence=paper("Visitors, July to September, from the reception's book."),
        text="The reception's book has the supplier on both days.",
    )  # fmt: skip


def _fax(who: Handlers, now: datetime) -> None:
    """An incident that was closed."""
    began = now - timedelta(days=40)
    case = open_case(
        actor=who.people.specialist, kind="incident", title="A referral faxed to a pharmacy",
        text=_flowing(FAX), received_date=began.date(), now=began,
    )  # fmt: skip
    by = {"actor": who.officer, "case_id": case.pk}
    triage_case(
        **by, kind="incident", is_urgent=False, owner_id=who.officer.user_id,
        now=began + timedelta(days=1), text="Ask the pharmacy in writing what became of the page.",
    )  # fmt: skip
    close_case(
        **by, outcome="substantiated", now=began + timedelta(days=9),
        text="The pharmacy destroyed the page and said so in writing. The number was wrong in the "
        "directory of our fax; it is corrected, and numbers are read back from now on.",
    )  # fmt: skip


def _laptop(who: Handlers, now: datetime) -> None:
    """A breach that was weighed and waits for somebody else's decision."""
    began = now - timedelta(days=20)
    case = open_case(
        actor=who.people.admin, kind="privacy", title="A laptop taken from a car",
        text=_flowing(LAPTOP), received_date=began.date(), now=began,
    )  # fmt: skip
    by = {"actor": who.officer, "case_id": case.pk}
    triage_case(
        **by, kind="privacy", is_urgent=True, owner_id=who.officer.user_id,
        now=began + timedelta(hours=4), text="Health data on a disk that was not encrypted.",
    )  # fmt: skip
    hand_case(
        **by, user_id=who.people.admin.user_id, is_owner=False, now=began + timedelta(days=1),
        text="Decides whether it is a breach: whoever weighs it may not.",
    )  # fmt: skip
    day = began.date()
    record_discovery(
        **by, known=day, diligence=None, agent=day - timedelta(days=1),
        capacity="associate_notifies", contract_days=30, now=began + timedelta(days=1),
        text="The care manager told her supervisor the evening before. We notify for the plan.",
    )  # fmt: skip
    count_people(
        **by, by_state=None, people=_affected(), now=began + timedelta(days=6),
        text="From the copy of the spreadsheet on the server, as of that evening.",
    )  # fmt: skip
    assess_breach(
        **by, factors=FACTORS, now=began + timedelta(days=8),
        text="Three of four speak against a low probability.",
    )  # fmt: skip


def _affected() -> bytes:
    """A list of people who do not exist."""
    firsts = [name for names in FIRST_NAMES.values() for name in names]
    rows = [["name", "address", "city", "state", "zip"]]
    for number in range(AFFECTED):
        name = f"{firsts[number % len(firsts)]} {LAST_NAMES[number * 3 % len(LAST_NAMES)]}"
        home = ("Reno", "NV", "89501") if number % 12 == 5 else ("Fresno", "CA", "93701")
        rows.append([name, f"{100 + number * 7} Alder Street", *home])
    return rows_csv(rows)


def _flowing(text: str) -> str:
    """The words with a line for each paragraph, as they are typed into a page."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
