"""What compliance brings to the front page: corrections to make and to judge, reports to send."""

from datetime import date

from django.urls import reverse

from compliance.models import Audit, DueReport, Finding
from compliance.queries.delegations import owed
from compliance.queries.findings import BoardRow, board_rows
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task

SHOWN = 5


def compliance_cards(actor: Actor, today: date) -> Cards:
    """What this person owns, may validate or has to send; the clock owns nothing."""
    tasks = []
    if actor.may("compliance.work_corrections"):
        tasks += _corrections(actor, today)
    if actor.may("compliance.manage_audits"):
        tasks += _universes(today)
    if actor.may("compliance.deliver_reports"):
        tasks += _reports(today)
    return Cards(tuple(tasks))


def _corrections(actor: Actor, today: date) -> list[Task]:
    planned = Finding.objects.exclude(correction=None).select_related("audit", "correction")
    rows = board_rows(planned, today)
    mine = [row for row in rows if row.owner_id == actor.user_id and row.state == "open"]
    tasks = [_task("Correct", row, row.late or row.due, today) for row in mine]
    if actor.may("compliance.validate_corrections"):
        others = [row for row in rows if row.state == "submitted" and row.owner_id != actor.user_id]
        tasks += [_task("Validate", row, row.due, today) for row in others]
    return sorted(tasks, key=lambda task: task.due)[:SHOWN]


def _task(verb: str, row: BoardRow, due: date, today: date) -> Task:
    url = reverse("compliance:finding_detail", args=[row.finding.pk])
    tone = "bad" if due < today else ""
    return Task(verb, f"{row.finding.title}, {row.finding.audit.title}", due, url, tone)


def _universes(today: date) -> list[Task]:
    """Universes that are due and were not taken."""
    waiting = Audit.objects.filter(universe_due_date__isnull=False, universes=None).with_state()
    return [
        Task(
            "Take the universe of",
            one.title,
            one.universe_due_date,
            reverse("compliance:audit_detail", args=[one.pk]),
            "bad" if one.universe_due_date < today else "",
        )
        for one in waiting.filter(state="noticed").order_by("universe_due_date")[:SHOWN]
    ]


def _reports(today: date) -> list[Task]:
    """Reports that are due within a month, or late: ours to send, others' to ask for."""
    rows = [
        row
        for row in owed(DueReport.objects.all(), today)
        if row.state in ("overdue", "invalid")
        or (row.state == "due soon" and row.report.agreement.direction == "to_us")
    ]
    return [
        Task(
            "Send" if row.report.agreement.direction == "to_us" else "Ask for",
            f"{row.report.name}, {row.report.agreement.party.name}",
            row.period.due,
            reverse("compliance:agreement_detail", args=[row.report.agreement_id]),
            "bad" if row.period.due < today else "warn",
        )
        for row in rows[:SHOWN]
    ]
