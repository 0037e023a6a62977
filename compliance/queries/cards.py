"""What compliance brings to the front page: corrections to make and to judge, reports to send."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from compliance.models import Audit, AuditGuest, AuditRequest, DueReport, Finding
from compliance.queries.audit_rooms import VISIT, visited
from compliance.queries.claim_cards import claim_tasks
from compliance.queries.delegations import owed
from compliance.queries.findings import BoardRow, board_rows
from compliance.rules.audits import READING_DAYS
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task

SHOWN = 5


def compliance_cards(actor: Actor, today: date) -> Cards:
    """What this person owns, may validate or has to send; the clock owns nothing."""
    tasks = []
    if actor.may(VISIT):
        tasks += _open_to_guest(actor, today)
    if actor.may("compliance.work_corrections"):
        tasks += _corrections(actor, today)
    if actor.may("compliance.manage_audits"):
        tasks += _universes(today) + _asked(today)
    if actor.may("compliance.deliver_reports"):
        tasks += _reports(today)
    tasks += claim_tasks(actor, today)
    return Cards(tuple(tasks))


def _corrections(actor: Actor, today: date) -> list[Task]:
    stand = Finding.objects.standing().select_related("audit", "correction", "review")
    rows = board_rows(stand, today)
    mine = [row for row in rows if row.owner_id == actor.user_id and row.state == "open"]
    tasks = [_task("Correct", row, row.late or row.due, today) for row in mine]
    if actor.may("compliance.validate_corrections"):
        me = actor.user_id
        others = [
            row
            for row in rows
            if row.state == "submitted" and me not in row.finding.correction.owners_ever
        ]
        tasks += [_task("Validate", row, row.due, today) for row in others]
        drafts = [row for row in rows if row.state == "draft" and row.finding.recorded_by_id != me]
        tasks += [_task("Read the draft of", row, _read_by(row), today) for row in drafts]
    tasks += _offered(actor, rows, today)
    return sorted(tasks, key=lambda task: task.due)[:SHOWN]


def _read_by(row: BoardRow) -> date:
    return timezone.localdate(row.finding.recorded_at) + timedelta(days=READING_DAYS)


def _offered(actor: Actor, rows: list[BoardRow], today: date) -> list[Task]:
    """What was offered to this person, and who owns it until they answer."""
    offers = [
        (row, one)
        for row in rows
        if row.state in ("open", "submitted")
        for one in row.finding.correction.handovers.all()
        if not one.answer and one.to_id == actor.user_id
    ]
    return [_task("Take over, or say why not,", row, row.late or row.due, today)
            for row, _ in offers]  # fmt: skip


def _asked(today: date) -> list[Task]:
    """What plans' auditors wait for."""
    open_ = Audit.objects.with_state().exclude(state="closed").values("pk")
    rows = AuditRequest.objects.filter(replies=None, audit__in=open_).select_related("audit")
    return [
        Task(
            "Answer",
            f"request {one.place} of the plan's auditors, {one.audit.title}",
            one.due_date,
            reverse("compliance:request_reply", args=[one.pk]),
            "bad" if one.due_date < today else "",
        )
        for one in rows.order_by("due_date")[:SHOWN]
    ]


def _open_to_guest(actor: Actor, today: date) -> list[Task]:
    """Audits that are open to a plan's auditor."""
    visits = AuditGuest.objects.of(actor, VISIT, today)
    until = dict(visits.values_list("audit_id", "until_date"))
    return [
        Task("Look at", one.title, until[one.pk], reverse("compliance:plan_audit", args=[one.pk]))
        for one in visited(actor=actor, today=today)[:SHOWN]
    ]


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
