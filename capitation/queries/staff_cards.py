"""What the month-end brings to the front page: what waits for whom, and the months' money."""

from datetime import date

from django.urls import reverse

from capitation.models import Contract, PlanFile, Run
from capitation.queries.closed_stays import by_word, stays
from capitation.queries.runs import month_end
from capitation.queries.worklists import worklist_counts
from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Number, Task
from ipaportal.core.months import month_of
from ipaportal.core.words import day_text, dollars_text, month_text, plural

SHOWN = 5
# Name among the counts, verb, what, the list.
LISTS = (
    ("unknown_members", "Adopt", ("unknown member",), "unknown"),
    ("without_pcp", "Assign a PCP to", ("member",), "without_pcp"),
    ("unmatched_pcp", "Match", ("PCP of a plan's file", "PCPs of the plans' files"), "pcp"),
    ("suspense", "Settle", ("month in suspense", "months in suspense"), "suspense"),
)


def month_end_cards(actor: Actor, today: date) -> Cards:
    """Runs to open, calculate, approve; missed months; the last month's money."""
    if not actor.may("capitation.view_runs") or actor.reach("capitation.view_runs") is not None:
        return Cards()
    tasks = [*_missed(actor, today), *_runs(actor)]
    posted = Run.objects.filter(status=Run.Status.POSTED).defer("report")
    last = posted.order_by("-month").values_list("month", flat=True).first()
    if last is None:
        return Cards(tuple(tasks))
    runs = list(posted.filter(month=last))
    address = reverse("capitation:run_list")
    numbers = (
        Number(
            f"Received, {month_text(last)}",
            dollars_text(sum(run.totals.get("received", 0) for run in runs)),
            address,
        ),
        Number(
            f"To practices, {month_text(last)}",
            dollars_text(sum(run.totals.get("provider", 0) for run in runs)),
            address,
        ),
    )
    return Cards(tuple(tasks), numbers)


def _missed(actor: Actor, today: date) -> list[Task]:
    if not actor.may("capitation.open_run"):
        return []
    address = reverse("capitation:run_open")
    return [
        Task(
            "Open",
            f"{month_text(missed.month)}, {contract.name}",
            missed.due,
            f"{address}?contract={contract.pk}&month={missed.month:%Y-%m}",
            "bad",
        )
        for contract, missed in month_end(actor=actor, today=today).missed[:SHOWN]
    ]


def _runs(actor: Actor) -> list[Task]:
    """Runs that wait for this actor: a failed one to be looked at, a calculated one approved."""
    verbs = {}
    if actor.may("capitation.calculate_run"):
        verbs |= {"failed": ("Look at", "bad")}
    if actor.may("capitation.approve_run"):
        verbs["calculated"] = ("Approve", "")
    waiting = Run.objects.filter(status__in=list(verbs)).select_related("contract").defer("report")
    return [
        Task(
            verbs[run.status][0],
            f"{month_text(run.month)}, {run.contract.name}"
            + (f", {dollars_text(run.totals['provider'])}" if run.status == "calculated" else ""),
            None,
            reverse("capitation:run_detail", args=[run.pk]),
            verbs[run.status][1],
        )
        for run in waiting.order_by("month", "pk")[:SHOWN]
        if run.status != "calculated" or run.opened_by_id != actor.user_id
    ]


def intake_cards(actor: Actor, today: date) -> Cards:
    """Files that need a decision, and work-lists that are not empty."""
    tasks = []
    if actor.may("capitation.receive_file"):
        stopped = PlanFile.objects.filter(status=PlanFile.Status.QUARANTINED).order_by("-pk")
        tasks += [
            Task(
                "Decide on",
                f"{file.name}, in quarantine since {day_text(file.received_at)}",
                None,
                reverse("capitation:file_detail", args=[file.pk]),
                "warn",
            )
            for file in stopped[:SHOWN]
        ]
    may_work = actor.may("capitation.adopt_member") or actor.may("capitation.assign_pcp")
    if may_work and Contract.objects.exists():
        counts = worklist_counts(actor=actor, month=month_of(today))
        address = reverse("capitation:worklists")
        for key, verb, what, name in LISTS:
            count, cents = counts[key]
            if count:
                words = plural(count, *what) + (f", {dollars_text(cents)}" if cents else "")
                tasks.append(Task(verb, words, None, f"{address}?list={name}"))
        if waiting := by_word(stays(actor=actor, today=today))["waiting"]:
            words = f"{plural(waiting, 'member')} that plans put on a closed panel"
            tasks.append(Task("See to", words, None, f"{address}?list=closed"))
    return Cards(tuple(tasks))
