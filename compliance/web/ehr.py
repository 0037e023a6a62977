"""Practices' record systems: all of them, one practice's, projects and interfaces."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from compliance.models import GoLive, GoLiveStep, RecordInterface, RecordSystem
from compliance.queries.ehr import (
    LIST,
    OWN,
    VIEW,
    Card,
    cards,
    practices_seen,
    subsidies_seen,
    tickets_seen,
)
from compliance.rules.ehr import HOSTING, TEMPLATE
from compliance.web.ehr_parts import (
    GIVEN,
    HELP,
    MANAGE,
    TICKETS,
    TITLE,
    crumbs,
    given_row,
    place_of,
    ticket_row,
)
from credentialing.models import Practice
from ipaportal.core.parts import (
    Chip,
    Column,
    Empty,
    FactItem,
    Moment,
    Step,
    Tab,
    list_rows,
    matching,
)
from ipaportal.core.words import plural
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

COLUMNS = (
    Column("name", "Practice", "link", sort="name", wide=True),
    Column("product", "System", sort="product", wide=True),
    Column("score", "Ready", "percent", sort="score"),
    Column("lines", "Interfaces", "count", sort="lines"),
    Column("troubled", "Not running", "count", sort="troubled"),
    Column("project", "Going live since", "day", sort="project"),
    Column("contract_end", "Contract until", "day", sort="contract_end"),
    Column("tickets", "Open tickets", "count", sort="tickets"),
)
SIGNS = (
    Column("question", "Ready for", wide=True),
    Column("state", "State", "status"),
    Column("why", "Why"),
    Column("remedy", "What to do", wide=True),
)
LINES = (
    Column("name", "Interface", "link", wide=True),
    Column("state", "State", "status"),
    Column("last", "Last heard", "day"),
    Column("messages", "Messages in 7 days", "count"),
    Column("errors", "Failed", "count"),
)
STEPS = (
    Column("title", "Step", wide=True),
    Column("due_date", "Due", "day"),
    Column("state", "State", "status"),
    Column("proof", "Seen by", wide=True),
    Column("done", "Done", "link", url="act_url"),
)
BEATS = (
    Column("heard_at", "Heard", "day", sort="heard_at"),
    Column("messages", "Messages", "count", sort="messages"),
    Column("errors", "Failed", "count", sort="errors"),
)
AHEAD = 4
SHOWN: dict[str, tuple[str, Callable[[dict], bool]]] = {
    "none": ("No system", lambda row: not row["product"]),
    "troubled": ("Interfaces not running", lambda row: row["troubled"] > 0),
    "project": ("Going live", lambda row: bool(row["project"])),
    "tickets": ("Open tickets", lambda row: row["tickets"] > 0),
}


@requires(LIST)
def ehr_list(request: PortalRequest) -> HttpResponse:
    """Every practice's system, and how ready it is."""
    found = cards(list(practices_seen(request.actor, LIST)), timezone.now())
    all_ = [_row(card) for card in found]
    show = request.GET.get("show", "")
    rows = [row for row in all_ if show not in SHOWN or SHOWN[show][1](row)]
    rows = matching(rows, request.GET.get("q", ""), "name", "product")
    if wants_file(request):
        return as_file(request, COLUMNS, rows, "record-systems")
    chips = [Chip("show", "", "All", len(all_))]
    chips += [
        Chip("show", key, label, sum(map(test, all_))) for key, (label, test) in SHOWN.items()
    ]
    context = {
        "listing": list_rows(
            rows, COLUMNS, request.GET, caption=TITLE, chips=chips,
            empty=Empty("No practice", "Practices stand here once they are in the network."),
            **export_urls(request),
        ),
        "may_help": request.actor.may(HELP),
        "crumbs": [("Compliance", reverse("compliance:desk")), (TITLE, "")],
    }  # fmt: skip
    return render(request, "compliance/ehr_list.html", context)


def _row(card: Card) -> dict[str, object]:
    system, project = card.system, card.project
    return {
        "name": card.practice.name,
        "product": f"{system.vendor} {system}" if system else "",
        "score": card.score,
        "lines": len(card.lines),
        "troubled": card.troubled,
        "project": project.start_date if project else None,
        "contract_end": system.contract_end if system else None,
        "tickets": card.tickets,
        "url": reverse("compliance:ehr_practice", args=[card.practice.pk]),
    }


@requires(LIST)
def ehr_practice(request: PortalRequest, practice_id: int) -> HttpResponse:
    """One practice's system, for staff."""
    practice = get_object_or_404(practices_seen(request.actor, LIST), pk=practice_id)
    return _practice(request, practice, crumbs(request, (practice.name, "")))


@requires(OWN)
def own_ehr(request: PortalRequest) -> HttpResponse:
    """One's own practice's system."""
    own = list(practices_seen(request.actor, OWN))
    asked = request.GET.get("practice", "")
    chosen = next((one for one in own if str(one.pk) == asked), own[0] if own else None)
    if chosen is None:
        empty = Empty("No practice", "You see your practice's system here once you belong to one.")
        return render(request, "compliance/ehr_none.html", {"empty": empty})
    tabs = [Tab(one.name, f"?practice={one.pk}", one == chosen) for one in own]
    return _practice(request, chosen, [("EHR", "")], tabs if len(own) > 1 else [])


def _practice(
    request: PortalRequest, practice: Practice, trail: list, tabs: list[Tab] | None = None
) -> HttpResponse:
    (card,) = cards([practice], timezone.now())
    may = request.actor.may
    tickets = [ticket_row(one) for one in tickets_seen(request.actor).filter(practice=practice)]
    given = [given_row(one) for one in subsidies_seen(request.actor).filter(practice=practice)]
    history = RecordSystem.objects.filter(practice=practice)
    context = {
        "card": card, "practice": practice, "tabs": tabs,
        "facts": _facts(card),
        "signs": list_rows(
            [{**vars(sign), "state": "met" if sign.is_met else "missing",
              "remedy": "" if sign.is_met else sign.remedy} for sign in card.signs],
            SIGNS, {}, caption="Readiness",
        ),
        "lines": list_rows(
            [_line(line) for line in card.lines], LINES, {}, caption="Interfaces",
            empty=Empty("No interface", "Laboratory results, claims and records in bulk stand here "
                        "once somebody adds what exchanges them."),
        ),
        "steps": _stepper(card.project) if card.project else [],
        "tickets": list_rows(
            tickets, TICKETS, {}, caption="Tickets",
            empty=Empty("No ticket", "What does not work is asked here, and answered here."),
        ),
        "given": list_rows(
            given, GIVEN, {}, caption="Subsidies",
            empty=Empty("No subsidy", "What the IPA gives towards a system needs an agreement in "
                        "writing and the practice's part first."),
        ),
        "moments": [_moment(one) for one in history],
        "may_manage": may(MANAGE), "may_help": may(HELP),
        "may_agree": may("compliance.record_subsidies"),
        "sees_records": may("compliance.view_own_health_records"),
        "crumbs": trail,
    }  # fmt: skip
    return render(request, "compliance/ehr_practice.html", context)


def _facts(card: Card) -> list[FactItem]:
    one = card.system
    if one is None:
        return [FactItem("Ready", card.score, "percent"), FactItem("System", "not on record")]
    return [
        FactItem("Ready", card.score, "percent"),
        FactItem("System", str(one), note=f"{one.vendor} · {HOSTING[one.hosting]}"),
        FactItem("Certified", one.certified_until or "no day on record",
                 note=one.listing),
        FactItem("FHIR server", one.fhir_base_url or "no address on record"),
        FactItem("Direct address", one.direct_address or "none on record"),
        FactItem("Exchange", one.exchange or "none"),
        FactItem("Contract", f"from {one.since_date}",
                 note=f"until {one.contract_end}" if one.contract_end else "without an end"),
        FactItem("Price a year", one.yearly_cents, "money"),
        *([FactItem("Modules", one.modules)] if one.modules else []),
    ]  # fmt: skip


def _line(line) -> dict[str, object]:
    return {
        "name": str(line.row), "state": line.state, "last": line.heard.last_at,
        "messages": line.heard.messages, "errors": line.heard.errors,
        "url": reverse("compliance:ehr_interface", args=[line.row.pk]),
    }  # fmt: skip


def _moment(one: RecordSystem) -> Moment:
    note = f"until {one.superseded_at:%Y-%m-%d}" if one.superseded_at else "as it is known now"
    return Moment(one.recorded_at, f"{one.vendor} {one}", one.recorded_by_name, note)


def _state(step: GoLiveStep) -> str:
    if step.done_at:
        return "done"
    return "overdue" if step.due_date < timezone.localdate() else "open"


def _stepper(project: GoLive) -> list[Step]:
    """What is done in one word, and the next few: the project's page has them all."""
    steps = list(project.steps.all())
    ahead = [step for step in steps if not step.done_at]
    done = plural(len(steps) - len(ahead), "step")
    return [Step(f"{done} done", "done")] + [
        Step(str(step), "now" if step is ahead[0] else "wait", f"due {step.due_date}")
        for step in ahead[:AHEAD]
    ]


@requires(VIEW)
def go_live_detail(request: PortalRequest, go_live_id: int) -> HttpResponse:
    """A project: its steps, what is late, and what comes next."""
    project = get_object_or_404(
        GoLive.objects.filter(practice__in=practices_seen(request.actor)), pk=go_live_id
    )
    may = request.actor.may(MANAGE) and project.ended_at is None
    stages = {one.key: one for one in TEMPLATE}
    steps = [
        {
            "title": str(step), "due_date": step.due_date, "state": _state(step),
            "proof": step.words or stages[step.key].proof,
            "done": f"{step.done_by_name}, {step.done_at:%Y-%m-%d}" if step.done_at
            else "Say it is done" if may else "",
            "act_url": reverse("compliance:go_live_step", args=[step.pk])
            if may and not step.done_at else "",
        }
        for step in project.steps.all()
    ]  # fmt: skip
    context = {
        "project": project,
        "facts": [
            FactItem("Practice", project.practice.name),
            FactItem("Led by", project.leader),
            FactItem("Began", project.start_date, "day"),
            FactItem("Weeks until live", project.weeks, "count"),
            *([FactItem("Ended", project.ended_at, "day", project.end_words)]
              if project.ended_at else []),
        ],
        "listing": list_rows(steps, STEPS, {}, caption="Steps"),
        "may_end": may,
        "crumbs": crumbs(request, (project.practice.name, place_of(request, project.practice_id)),
                         ("Going live", "")),
    }  # fmt: skip
    return render(request, "compliance/ehr_go_live.html", context)


@requires(VIEW)
def ehr_interface(request: PortalRequest, ehr_interface_id: int) -> HttpResponse:
    """An interface: what it told of itself, the newest first."""
    rows = RecordInterface.objects.filter(practice__in=practices_seen(request.actor))
    row = get_object_or_404(rows.select_related("practice"), pk=ehr_interface_id)
    beats = row.beats.all()
    if wants_file(request):
        return as_file(request, BEATS, beats, f"interface-{row.pk}")
    context = {
        "row": row,
        "facts": [
            FactItem("Practice", row.practice.name),
            FactItem("Worries after", plural(row.silent_hours, "hour"), note="of silence"),
            FactItem("Added", row.recorded_at, "day", row.recorded_by_name),
            *([FactItem("Ended", row.ended_at, "day")] if row.ended_at else []),
        ],
        "listing": list_rows(
            beats, BEATS, request.GET, caption="What it told",
            empty=Empty("It was never heard", "Whoever runs the interface sends its counts with "
                        "the secret that was shown when it was added."),
            **export_urls(request),
        ),
        "may_end": request.actor.may(MANAGE) and row.ended_at is None,
        "address": request.build_absolute_uri(reverse("compliance:ehr_beat")),
        "crumbs": crumbs(
            request, (row.practice.name, place_of(request, row.practice_id)), (str(row), "")
        ),
    }  # fmt: skip
    return render(request, "compliance/ehr_interface.html", context)
