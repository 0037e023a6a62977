"""Suspensions before any hearing, with their days until the NPDB has to be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from credentialing.models import AdverseAction, NpdbEntry, Suspension
from credentialing.rules.npdb import Counted, Word
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Task

CLOCK = Actor.system("clock").name
LISTED = (Word.COUNTING, Word.TO_REPORT, Word.REPORTED, Word.TO_REVISE)


@dataclass(frozen=True)
class Summary:
    """One such suspension, the action that it became, and its count."""

    suspension: Suspension
    action: AdverseAction | None
    counted: Counted


def ended_on(suspension: Suspension) -> date | None:
    """The first day without a suspension; of one lifted before that day was kept, when it was."""
    if suspension.back_date is not None or suspension.lifted_at is None:
        return suspension.back_date
    return timezone.localdate(suspension.lifted_at)


def summary_of(suspension: Suspension) -> Summary | None:
    """How one suspension counts; none if a licence, a list or a final action began it."""
    return next(iter(_summaries([suspension])), None)


def summaries(today: date) -> list[Summary]:
    """Suspensions that run towards a report, or whose report or revision is due; oldest first."""
    told = NpdbEntry.objects.filter(suspension__isnull=False).values("suspension")
    heard = AdverseAction.objects.filter(basis="quality", suspension__isnull=False)
    rows = Suspension.objects.filter(
        Q(lifted_at=None)
        | Q(basis="quality")
        | Q(pk__in=told)
        | Q(pk__in=heard.values("suspension"))
    )
    rows = rows.filter(practitioner__isnull=False, credential=None).exclude(placed_by_name=CLOCK)
    rows = rows.select_related("practitioner").order_by("effective_date", "pk")
    return [one for one in _summaries(rows) if one.counted.word(today) in LISTED]


def _summaries(rows: Iterable[Suspension]) -> list[Summary]:
    rows = [row for row in rows if row.practitioner_id and not row.credential_id
            and row.placed_by_name != CLOCK]  # fmt: skip
    keys = [row.pk for row in rows]
    actions = {one.suspension_id: one for one in AdverseAction.objects.filter(suspension__in=keys)}
    told: dict[tuple[int, str], date] = {}
    for entry in NpdbEntry.objects.filter(suspension__in=keys):
        told[entry.suspension_id, entry.kind] = entry.on_date
    found = []
    for row in rows:
        action = actions.get(row.pk)
        if action is not None and action.final_date is not None and (
            row.effective_date >= action.final_date
        ):  # fmt: skip
            continue
        counted = Counted(
            row.effective_date,
            ended_on(row),
            action.basis if action is not None else row.basis,
            told.get((row.pk, NpdbEntry.Kind.SUMMARY)),
            told.get((row.pk, NpdbEntry.Kind.REVISION)),
        )
        found.append(Summary(row, action, counted))
    return found


VERBS = {
    Word.COUNTING: ("Decide", "on {who}: this suspension is reported to the NPDB if it lasts"),
    Word.TO_REPORT: ("Report", "the suspension of {who} to the NPDB: it lasts over 30 days"),
    Word.TO_REVISE: ("Revise", "the report to the NPDB: the suspension of {who} was lifted"),
}


def summary_tasks(today: date) -> list[Task]:
    """What has to be done about them now."""
    found = [one for one in summaries(today) if one.counted.is_raised(today)]
    # Of one that nobody opened an action for, opening it is the task until it has to be reported.
    return [
        _task(one, today)
        for one in found
        if one.action is not None or one.counted.word(today) is not Word.COUNTING
    ]


def _task(one: Summary, today: date) -> Task:
    word, due = one.counted.word(today), one.counted.due(today)
    verb, words = VERBS[word]
    address = reverse("credentialing:suspension_report", args=[one.suspension.pk])
    tone = "bad" if due is not None and due < today else "warn"
    return Task(verb, words.format(who=one.suspension.practitioner), due, address, tone)
