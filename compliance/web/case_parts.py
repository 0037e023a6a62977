"""How cases stand on pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django import forms
from django.urls import reverse
from django.utils import timezone

from compliance.queries.cases import CasePage, CaseRow
from compliance.rules.breaches import next_duty
from compliance.rules.cases import OUTCOMES, PARTS, SOURCES, Deadline, days_left
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Column, FactItem, Moment, list_rows

CASES = (
    Column("number", "Case", "link", sort="number"),
    Column("title", "About", wide=True),
    Column("kind", "Kind", sort="kind"),
    Column("state", "State", "status", sort="state"),
    Column("received", "Known since", "day", sort="received"),
    Column("due", "Next due", "day", sort="due"),
    Column("left", "Time left", "status"),
    Column("owner", "Owner", sort="owner"),
)
DEPUTIES = (
    Column("place", "Order", "count"),
    Column("name", "Who"),
    Column("as_what", "As"),
    Column("named", "Named", "day"),
    Column("by", "By"),
)
CLOCKS = (
    Column("what", "Clock"),
    Column("due", "Due", "day"),
    Column("done", "Done", "day"),
    Column("state", "State", "status"),
    Column("citation", "Rule", wide=True, minor=True),
)
SOON = 7


@dataclass(frozen=True)
class Verb:
    """Something that may be done about a case: its form, and what it calls."""

    title: str
    button: str
    form: Callable[..., forms.Form]
    act: Callable[..., object]
    states: tuple[str, ...] = ("new", "open")
    chooses: bool = False
    note: str = ""
    of_breach: bool = False


def case_row(row: CaseRow, today: date) -> dict[str, object]:
    """A case as a list shows it."""
    case = row.case
    return {
        "number": case.number,
        "title": row.title,
        "kind": row.kind,
        "state": case.state,
        "received": case.received_date,
        "due": row.due,
        "left": left_words(row.due, today),
        "owner": row.owner_name,
        "is_late": row.is_late(today),
        "breach_due": next_duty(row.breach) if row.breach else None,
        "waits": row.waits_for_us and case.state != "closed",
        "url": reverse("compliance:case_detail", args=[case.pk]),
    }


def left_words(due: date | None, today: date) -> str:
    """The time left as a status: what is over, what is near, what is ahead."""
    if due is None:
        return ""
    if due < today:
        return f"overdue, {days_left(due, today)}"
    word = "due soon" if (due - today).days <= SOON else "running"
    return f"{word}, {days_left(due, today)}"


def case_crumbs(actor: Actor, page: CasePage | None = None) -> list[tuple[str, str]]:
    """The way to cases, or to one."""
    found = []
    if actor.may("compliance.view_desk"):
        found.append(("Compliance", reverse("compliance:desk")))
    found.append(("Cases", reverse("compliance:case_list")))
    if page is not None:
        case = page.row.case
        found.append((case.number, reverse("compliance:case_detail", args=[case.pk])))
    return found


def page_context(actor: Actor, page: CasePage) -> dict[str, object]:
    """One case as its page shows it."""
    today, case = timezone.localdate(), page.row.case
    return {
        "page": page,
        "case": case,
        "outcome": OUTCOMES.get(case.outcome, ""),
        "facts": _facts(page, today),
        "clocks": list_rows(
            [_clock(one, today) for one in page.clocks], CLOCKS, {}, caption="Clocks"
        ),
        "open_tasks": [one for one in page.tasks if not one.done_at],
        "done_tasks": [one for one in page.tasks if one.done_at],
        "parts": PARTS,
        "moments": [
            Moment(
                timezone.localdate(one.at) if one.by_name == "a reporter" else one.at,
                one.get_kind_display().capitalize(), one.by_name, one.text,
                TONES.get(one.kind, ""),
            )
            for one in page.events
        ],
        "crumbs": [*case_crumbs(actor), (case.number, "")],
        "no_owner": case.state != "closed" and not page.row.owner_id,
    }  # fmt: skip


TONES = {"closed": "good", "reopened": "warm", "reported": "warm", "wrote": "warm"}


def _facts(page: CasePage, today: date) -> list[FactItem]:
    case, row = page.row.case, page.row
    helpers = ", ".join(one.user_name for one in page.handlers if not one.is_owner)
    facts = [
        FactItem("Kind", row.kind, note="urgent" if case.is_urgent else ""),
        FactItem("Came by", SOURCES[case.source], note=case.opened_by_name),
        FactItem("Known since", case.received_date, "day"),
        FactItem("Owner", row.owner_name or "nobody yet", note=helpers and f"with {helpers}"),
    ]
    if row.due:
        facts.append(FactItem("Next due", row.due, "day", days_left(row.due, today)))
    if case.outcome:
        facts.append(FactItem("Outcome", OUTCOMES[case.outcome]))
    return facts


def _clock(one: Deadline, today: date) -> dict[str, object]:
    if one.done:
        state = "late" if one.is_late(today) else "in time"
    else:
        state = left_words(one.due, today)
    return {"what": one.what, "due": one.due, "done": one.done, "state": state,
            "citation": one.citation}  # fmt: skip
