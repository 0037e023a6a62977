"""Adverse actions as staff see them: the docket, one with its steps, and the register."""

from collections.abc import Callable

from django import forms as base
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions import hearings as do
from credentialing.actions.adverse import drop_action, notice_of, open_action, send_notice
from credentialing.actions.letters import content_of
from credentialing.actions.npdb import record_query, record_report
from credentialing.actions.restrictions import lift_restriction
from credentialing.formats.application_pdf import render_letter
from credentialing.models import AdverseAction, AdverseNotice, NpdbEntry, Practitioner
from credentialing.queries import adverse as asked
from credentialing.queries.impact import impact_of
from credentialing.rules.adverse import PANEL, Stage, fault_of_panel, hearing_rule_on
from credentialing.rules.npdb import SUMMARY_RULE
from credentialing.web import hearing_forms as forms
from credentialing.web.hearing_parts import (
    closing_facts,
    counted_rows,
    impact_facts,
    summary_facts,
)
from ipaportal.core.files import read_stored
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import made_file

VIEW, WORK, RECORD = asked.VIEW, asked.WORK, asked.RECORD
OPEN, DECIDE = "credentialing.open_adverse_action", "credentialing.decide_hearing"
DOCKET = (
    Column("name", "About", "link", sort="practitioner__last_name"),
    Column("kind", "Action"),
    Column("basis", "Rests on", minor=True),
    Column("stage", "Stands", "status", sort="stage"),
    Column("opened", "Opened", "day", sort="opened_date"),
    Column("told", "Told", "day", sort="notice_date"),
    Column("ask_by", "Ask by", "day", sort="request_by_date"),
    Column("hearing", "Hearing", "day", sort="hearing_date"),
    Column("due", "Next by", "day"),
    Column("ended", "Ended", "day", sort="final_date"),
)
NPDB = (
    Column("name", "Practitioner", "link", sort="practitioner__last_name"),
    Column("kind", "What", sort="kind"),
    Column("reference", "Number"),
    Column("on", "On", "day", sort="on_date"),
    Column("by", "Recorded by"),
)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    committee = ("Committee", reverse("credentialing:meeting_list"))
    return [committee, ("Adverse actions", reverse("credentialing:docket")), *more]


@requires(VIEW)
def docket(request: PortalRequest) -> HttpResponse:
    """Adverse actions, open ones first; suspensions that need one."""
    get = request.GET
    found = asked.docket(
        actor=request.actor, show=get.get("show", ""), text=get.get("q", "").strip()
    )
    if wants_file(request):
        return as_file(request, DOCKET, map(_row, found), "adverse-actions")
    listing = list_rows(
        found, DOCKET, get, caption="Adverse actions",
        chips=[Chip("show", "", "Open"), Chip("show", "hearing", "With a hearing"),
               Chip("show", "report", "To report"), Chip("show", "final", "Final"),
               Chip("show", "all", "All")],
        empty=Empty("No adverse action here",
                    "A denial by the committee opens one by itself; a restriction, a longer "
                    "suspension or a termination is opened on a practitioner's or facility's "
                    "page."),
        **export_urls(request),
    )  # fmt: skip
    rows = [_row(one) for one in listing.rows]
    context = {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "unheard": asked.unheard(timezone.localdate()),
        "counted": counted_rows(timezone.localdate()),
        "summary_rule": SUMMARY_RULE,
        "may_open": request.actor.may(OPEN),
        "crumbs": [*crumbs()[:1], ("Adverse actions", "")],
    }
    return render(request, "credentialing/staff/docket.html", context)


def _row(row: AdverseAction) -> dict[str, object]:
    return {
        "name": str(row.who),
        "url": reverse("credentialing:adverse_detail", args=[row.pk]),
        "kind": row.get_kind_display(),
        "basis": row.get_basis_display(),
        "stage": row.get_stage_display(),
        "opened": row.opened_date,
        "told": row.notice_date,
        "ask_by": row.request_by_date,
        "hearing": row.hearing_date,
        "due": asked.due_of(row),
        "ended": row.final_date or row.reversed_date,
    }


@requires(OPEN)
@fresh_login_to_send
def adverse_new(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """Propose to limit, suspend or end somebody's part: what would end is shown first."""
    who, today = Practitioner.objects.filter(pk=practitioner_id).first(), timezone.localdate()
    if who is None:
        raise Http404
    form = forms.Open(request.POST or None, initial={"effective_date": today})
    if request.method == "POST" and form.is_valid():
        try:
            row = open_action(
                actor=request.actor, practitioner_id=who.pk, now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Opened. Nothing is told before its notice is sent.")
            return redirect("credentialing:adverse_detail", row.pk)
    impact = impact_of(who.pk, today)
    context = {
        "form": form, "who": who, "verb": "Open an adverse action",
        "consequence": "Nothing changes before it is final: no hearing was asked for in time, it "
        "was waived, or it was decided after the hearing. In imminent danger they are suspended "
        "today.",
        "facts": impact_facts(impact), "impact": impact,
        "back": reverse("credentialing:practitioner_detail", args=[who.pk]),
        "crumbs": crumbs((str(who), "")),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/adverse_new.html", context, status=status)


def _action(request: PortalRequest, action_id: int) -> AdverseAction:
    try:
        return asked.action_of(actor=request.actor, action_id=action_id)
    except AdverseAction.DoesNotExist as missing:
        raise Http404 from missing


@requires(VIEW)
def adverse_detail(request: PortalRequest, action_id: int) -> HttpResponse:
    """One adverse action: where it stands, by when what is due, its panel, letters and steps."""
    return _page(request, _action(request, action_id))


# What may be done at which stage: its words, and the form it needs.
DOINGS = {
    "notice": ("Send the notice", forms.Notice, {Stage.PROPOSED}),
    "drop": ("Drop it", forms.Drop, {Stage.PROPOSED}),
    "request": ("Record a letter that asks for a hearing", forms.Request, {Stage.NOTICE_SENT}),
    "schedule": ("Set the day of the hearing", forms.Schedule,
                 {Stage.HEARING_REQUESTED, Stage.SCHEDULED}),
    "panel": ("Add to the panel", forms.Panel, {Stage.HEARING_REQUESTED, Stage.SCHEDULED}),
    "excuse": ("Excuse from the panel", forms.Excuse, {Stage.HEARING_REQUESTED, Stage.SCHEDULED}),
    "held": ("Record that it was held", forms.Held, {Stage.SCHEDULED}),
    "recommend": ("Record what the panel recommends", forms.Recommend, {Stage.HELD}),
    "waive": ("Record that the hearing is waived", forms.Waiver,
              {Stage.NOTICE_SENT, Stage.HEARING_REQUESTED, Stage.SCHEDULED}),
    "report": ("Record the report to the NPDB", forms.Report, {Stage.FINAL}),
    "lift": ("Lift the restriction", forms.Lift, {Stage.FINAL, Stage.REPORTED}),
}  # fmt: skip


def _offered(request: PortalRequest, row: AdverseAction) -> list[str]:
    if not request.actor.may(WORK):
        return []
    found = [name for name, (_, _, stages) in DOINGS.items() if row.stage in stages]
    if row.decision_id is not None:
        found = [name for name in found if name not in ("notice", "drop")]
    if not request.actor.may(OPEN) or row.danger:
        found = [name for name in found if name != "drop"]
    if not row.panel.filter(excused_at=None).exists():
        found = [name for name in found if name != "excuse"]
    if row.report_due_date is None:
        found = [name for name in found if name != "report"]
    if row.kind != "restriction" or not request.actor.may(DECIDE):
        found = [name for name in found if name != "lift"]
    return found


def _form(name: str, row: AdverseAction, data: object = None) -> base.Form:
    kind = DOINGS[name][1]
    return kind(data, row=row) if name == "excuse" else kind(data)


def _page(
    request: PortalRequest, row: AdverseAction, bound: dict[str, base.Form] | None = None
) -> HttpResponse:
    bound, today = bound or {}, timezone.localdate()
    panel = asked.panel_of(row, today)
    may_decide = row.stage == Stage.RECOMMENDED and request.actor.may(DECIDE)
    rule = hearing_rule_on(row.notice_date or today)
    context = {
        "row": row,
        "facts": _facts(row, rule.citation),
        "moments": _moments(row),
        "panel": panel,
        "panel_fault": fault_of_panel(panel) if row.stage in (
            Stage.HEARING_REQUESTED, Stage.SCHEDULED) else "",
        "panel_rule": PANEL,
        "forms": [(name, DOINGS[name][0], bound.get(name) or _form(name, row), name in bound)
                  for name in _offered(request, row)],
        "decide_form": bound.get("decide") or (forms.Decide() if may_decide else None),
        "letters": [one for one in row.notices.all() if one.kind != "action"],
        "content": _notice_content(row),
        "crumbs": crumbs((f"{row.get_kind_display().capitalize()}, {row.who}", "")),
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/adverse_detail.html", context, status=status)


def _facts(row: AdverseAction, citation: str) -> list[FactItem]:
    facts = [
        FactItem("Rests on", row.get_basis_display()),
        FactItem("Proposed from", row.effective_date, "day"),
    ]
    for label, day, note in (
        ("First day no longer", row.ends_date, ""),
        ("Told", row.notice_date, ""),
        ("Hearing to be asked for by", row.request_by_date, citation),
        ("Hearing", row.hearing_date, ""),
        ("Final", row.final_date, ""),
        ("Report to the NPDB by", row.report_due_date, "within 30 days (NPDB Guidebook, E)"),
        ("Reversed", row.reversed_date, ""),
        ("First day without it", row.lifted_date, ""),
    ):
        if day is not None:
            facts.append(FactItem(label, day, "day", note=note))
    return facts + summary_facts(row) + closing_facts(row)


def _moments(row: AdverseAction) -> list[Moment]:
    steps = list(row.steps.all())
    return [
        Moment(one.at, f"{one.get_stage_display().capitalize()} ({one.on_date:%b %-d, %Y})",
               one.by_name, " · ".join(filter(None, [one.text, one.place])))
        for one in reversed(steps)
    ]  # fmt: skip


def _notice_content(row: AdverseAction) -> dict[str, object]:
    """The notice as it left, or as it would go today."""
    if row.decision is not None:
        letter = getattr(row.decision, "letter", None)
        return letter.content if letter else content_of(row.decision, timezone.now())
    sent = row.notices.filter(kind=AdverseNotice.Kind.ACTION).first()
    return sent.content if sent else notice_of(row, timezone.localdate())


@require_POST
@requires(WORK)
@fresh_login_to_send
def adverse_act(request: PortalRequest, action_id: int) -> HttpResponse:
    """Do what the stage of an action allows."""
    row = _action(request, action_id)
    offered = _offered(request, row)
    name = request.POST.get("do", "")
    if name not in offered:
        name = offered[0] if offered else ""
    if not name:
        messages.error(request, "Nothing can be done at this stage. Nothing was recorded.")
        return HttpResponse(_page(request, row).content, status=422)
    form = _form(name, row, request.POST)
    if form.is_valid():
        try:
            _do(request, name, row, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded, with your name.")
            return redirect("credentialing:adverse_detail", action_id)
    return _page(request, row, {name: form})


def _do(request: PortalRequest, name: str, row: AdverseAction, data: dict) -> object:
    common = {"actor": request.actor, "action_id": row.pk, "now": timezone.now()}
    who = data.get("practitioner")
    acts: dict[str, Callable[[], object]] = {
        "notice": lambda: send_notice(tracking=data["tracking"], **common),
        "drop": lambda: drop_action(text=data["drop_text"], **common),
        "request": lambda: do.record_request(
            received_date=data["received_date"], text=data["request_text"], **common
        ),
        "waive": lambda: do.record_waiver(text=data["waiver_text"], **common),
        "schedule": lambda: do.schedule_hearing(**data, **common),
        "panel": lambda: do.add_panelist(
            name=data["name"], specialty=data["specialty"], is_peer=data["is_peer"],
            practitioner_id=who.pk if who else None, **common,
        ),
        "excuse": lambda: do.excuse_panelist(
            panelist_id=data["panelist"].pk, text=data["excused_for"], **common
        ),
        "held": lambda: do.hold_hearing(text=data["held_text"], **common),
        "recommend": lambda: do.record_recommendation(text=data["recommendation"], **common),
        "report": lambda: record_report(**data, **common),
        "lift": lambda: lift_restriction(
            from_date=data["from_date"], text=data["lift_text"], **common
        ),
    }  # fmt: skip
    return acts[name]()


@require_POST
@requires(DECIDE)
@fresh_login_to_send
def adverse_decide(request: PortalRequest, action_id: int) -> HttpResponse:
    """Decide in writing after the hearing."""
    row, form = _action(request, action_id), forms.Decide(request.POST)
    if form.is_valid():
        try:
            do.decide_action(
                actor=request.actor, action_id=action_id, text=form.cleaned_data["text"],
                upholds=form.cleaned_data["upholds"] == "yes", now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Decided; the letter is kept as it left.")
            return redirect("credentialing:adverse_detail", action_id)
    return _page(request, row, {"decide": form})


@requires(VIEW)
def adverse_pdf(request: PortalRequest, action_id: int) -> HttpResponse:
    """The notice's PDF: as it left, or as it would go today."""
    row = _action(request, action_id)
    return pdf_of(notice_sha(row), _notice_content(row))


def notice_sha(row: AdverseAction) -> str:
    """The hash of the notice that left, or nothing."""
    if row.decision is not None:
        letter = getattr(row.decision, "letter", None)
        return letter.pdf_sha256 if letter else ""
    sent = row.notices.filter(kind=AdverseNotice.Kind.ACTION).first()
    return sent.pdf_sha256 if sent else ""


def pdf_of(sha256: str, content: dict[str, object]) -> HttpResponse:
    """A letter's PDF as it was kept, or made now."""
    data = read_stored(sha256) if sha256 else render_letter(content)
    return made_file(data, "notice.pdf", "application/pdf")


@requires(VIEW)
def npdb_register(request: PortalRequest) -> HttpResponse:
    """That the NPDB was asked or told, when and by whom; no answers."""
    get = request.GET
    found = asked.register(
        actor=request.actor, show=get.get("show", ""), text=get.get("q", "").strip()
    )
    if wants_file(request):
        return as_file(request, NPDB, map(_entry, found), "npdb-register")
    listing = list_rows(
        found, NPDB, get, caption="Register of the NPDB", default_sort="-on",
        chips=[Chip("show", "", "All"), Chip("show", "query", "Queries"),
               Chip("show", "continuous", "Continuous"), Chip("show", "report", "Reports")],
        empty=Empty("Nothing is recorded", "Queries of the NPDB stand here by number and day, and "
                    "reports of final actions. What it answered is kept nowhere."),
        **export_urls(request),
    )  # fmt: skip
    rows = [_entry(one) for one in listing.rows]
    context = {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "may_record": request.actor.may(RECORD),
        "crumbs": crumbs(("Register of the NPDB", "")),
    }
    return render(request, "credentialing/staff/npdb_register.html", context)


def _entry(one: NpdbEntry) -> dict[str, object]:
    of = one.adverse_action_id
    return {
        "name": str(one.practitioner),
        "url": reverse("credentialing:adverse_detail", args=[of])
        if of
        else reverse("credentialing:practitioner_file", args=[one.practitioner_id]),
        "kind": one.get_kind_display(),
        "reference": one.reference,
        "on": one.on_date,
        "by": one.recorded_by_name,
    }


@requires(RECORD)
def npdb_record(request: PortalRequest) -> HttpResponse:
    """Record that the NPDB was asked about somebody."""
    form = forms.Query(request.POST or None, initial={"on_date": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            record_query(
                actor=request.actor, practitioner_id=data.pop("practitioner").pk,
                now=timezone.now(), **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "In the register.")
            return redirect("credentialing:npdb_register")
    home = reverse("credentialing:npdb_register")
    context = {
        "form": form,
        "verb": "Record a query",
        "back": home,
        "crumbs": crumbs(("Register of the NPDB", home), ("Record a query", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/adverse_new.html", context, status=status)
