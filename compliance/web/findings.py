"""Findings on pages: the board, one finding with its correction, and what people do about it."""

from collections.abc import Callable
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.findings import (
    add_evidence,
    analyse_finding,
    done_of,
    extend_correction,
    judge_correction,
    plan_correction,
    reach_milestone,
    record_finding,
    reopen_correction,
    submit_correction,
)
from compliance.models import Correction, CorrectionStep, Finding
from compliance.queries.findings import BoardRow, board, board_rows, owners
from compliance.rules.audits import FINDINGS_CITATION, KINDS
from compliance.rules.corrections import evidence_of, may, reached, state_of
from compliance.web.audit_forms import Analysis, Judge, NewFinding, Plan, Work, file_of
from compliance.web.audit_parts import crumbs
from compliance.web.audits import audit_or_404, paper
from compliance.web.finding_parts import FINDINGS, finding_row, moments_of, state_words
from ipaportal.core.parts import Chip, Column, Empty, FactItem, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import to_cents

VIEW = "compliance.view_audits"
SAID = "Kept, in your name."
MANAGE = "compliance.manage_audits"
SHOWN = {
    "draft": lambda row: row["state"] in ("draft", "returned"),
    "left": lambda row: row["owner_left"],
    "late": lambda row: row["late"] is not None,
    "plan": lambda row: row["state"] == "no plan",
    "open": lambda row: row["state"] in ("open", "overdue"),
    "judge": lambda row: row["state"] == "to validate",
    "done": lambda row: row["state"] == "validated",
}
CHIPS = (
    ("draft", "Drafts"),
    ("late", "Overdue"),
    ("left", "Owner left"),
    ("plan", "Need a plan"),
    ("open", "Being corrected"),
    ("judge", "To validate"),
    ("done", "Validated"),
)
MILESTONES = (
    Column("text", "Milestone", wide=True),
    Column("due", "Due", "day"),
    Column("state", "State", "status"),
    Column("when", "Reached", "day"),
)


@requires(VIEW)
def finding_list(request: PortalRequest) -> HttpResponse:
    """The board: every finding, the late ones first."""
    rows = [finding_row(one) for one in board(actor=request.actor, today=timezone.localdate())]
    mine = [row for row in rows if row["owner_id"] == request.actor.user_id]
    show, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    keep = SHOWN.get(show, lambda row: not kind or row["kind"] == kind)
    shown = mine if show == "mine" else list(filter(keep, rows))
    shown = matching(shown, request.GET.get("q", ""), "title", "audit", "owner")
    if wants_file(request):
        return as_file(request, FINDINGS, shown, "findings")
    counts = {code: sum(map(SHOWN[code], rows)) for code, _ in CHIPS}
    listing = list_rows(
        shown,
        FINDINGS,
        request.GET,
        caption="Findings",
        chips=[
            Chip("show", "", "All", len(rows)),
            *(Chip("show", code, label, counts[code]) for code, label in CHIPS),
            Chip("show", "mine", "Mine", len(mine)),
        ],
        empty=Empty(
            "No finding stands here",
            "A finding comes from an audit: corrective action required, an observation, or an "
            "invalid data submission.",
        ),
        **export_urls(request),
    )
    context = {"listing": listing, "counts": counts, "citation": FINDINGS_CITATION,
               "crumbs": crumbs()[:1]}  # fmt: skip
    return render(request, "compliance/finding_list.html", context)


def finding_row_or_404(request: PortalRequest, finding_id: int) -> BoardRow:
    """A finding as the board shows it."""
    found = Finding.objects.select_related(
        "audit", "audit__party", "correction", "element", "review", "replaces", "replaced_by"
    )
    rows = board_rows(found.filter(pk=finding_id), timezone.localdate())
    if not rows:
        raise Http404
    return rows[0]


@requires(VIEW)
def finding_detail(request: PortalRequest, finding_id: int) -> HttpResponse:
    """One finding: why, whom it touched, its plan, and all that was done."""
    row = finding_row_or_404(request, finding_id)
    finding, plan = row.finding, getattr(row.finding, "correction", None)
    analyses = list(finding.analyses.all())
    user, may = request.actor.user_id, request.actor.may
    may_manage = may(MANAGE)
    context = {
        "finding": finding,
        "plan": plan,
        "state": state_words(row),
        "standing": finding.standing,
        "review": getattr(finding, "review", None),
        "replaced_by": getattr(finding, "replaced_by", None),
        "late": row.late,
        "owner_left": row.owner_left,
        "analysis": analyses[0] if analyses else None,
        "facts": _facts(row, analyses),
        "milestones": _milestones(plan) if plan else None,
        "moments": moments_of(plan) if plan else [],
        "offer": plan.handovers.filter(answer="").first() if plan else None,
        "user_id": user,
        "may_manage": may_manage,
        "may_read": may("compliance.review_findings") and finding.standing == "draft"
        and user not in {finding.recorded_by_id, *(one.recorded_by_id for one in analyses)},
        "may_plan": may_manage and row.state == "no plan" and bool(analyses),
        "may_work": plan is not None and row.owner_id == user and row.state == "open",
        "may_hand_over": plan is not None and row.state in ("open", "submitted")
        and (row.owner_id == user or may_manage),
        "may_judge": plan is not None and may("compliance.validate_corrections")
        and user not in plan.owners_ever,
        "crumbs": [*crumbs(finding.audit), (str(finding), "")],
    }  # fmt: skip
    return render(request, "compliance/finding_detail.html", context)


def _facts(row: BoardRow, analyses: list) -> list[FactItem]:
    facts = [
        FactItem("Kind", KINDS[row.finding.kind]),
        FactItem("About", str(row.finding.element or "the audit as a whole")),
    ]
    if analyses:
        dollars = dollars_text(analyses[0].amount_cents)
        facts += [
            FactItem("Members touched", analyses[0].members, "count", analyses[0].basis),
            FactItem("Dollars touched", dollars),
        ]
    if row.owner_name:
        note = "may not work on it any more" if row.owner_left else ""
        facts += [FactItem("Owner", row.owner_name, note=note), FactItem("Due", row.due, "day")]
    return facts


def _milestones(plan: Correction) -> object:
    have = {one.milestone_id: one for one in plan.steps.all() if one.kind == "reached"}
    now = reached(done_of(plan))
    rows = [
        {
            "text": one.text,
            "due": one.due_date,
            "state": "finished" if one.pk in now else "open",
            "when": timezone.localdate(have[one.pk].at) if one.pk in now else None,
        }
        for one in plan.milestones.all()
    ]
    return list_rows(rows, MILESTONES, {}, caption="Milestones")


def finding_form(request: PortalRequest, form, finding: Finding, title: str, verb: str, **more):
    """A form about a finding, alone on its page."""
    url = reverse("compliance:finding_detail", args=[finding.pk])
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "back": url,
        "files": True,
        "crumbs": [*crumbs(finding.audit), (str(finding), url), (title, "")],
        **more,
    }
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def try_it(request: PortalRequest, form, finding_id: int, said: str, act: Callable) -> object:
    """Do it and lead to the finding; a refusal stands at the form, and nothing is answered."""
    try:
        act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return None
    messages.success(request, said)
    return redirect("compliance:finding_detail", finding_id)


@requires(MANAGE)
def finding_new(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Record a finding."""
    audit = audit_or_404(request, audit_id)
    form = NewFinding(request.POST or None, audit=audit)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        element = data.pop("element")
        try:
            finding = record_finding(
                actor=request.actor, audit_id=audit.pk, now=timezone.now(),
                element_id=element.pk if element else None, **data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "A draft. Next: why it happened, and whom it touched.")
            return redirect("compliance:finding_detail", finding.pk)
    context = {
        "form": form,
        "title": "Record a finding",
        "verb": "Record it",
        "note": FINDINGS_CITATION,
        "back": crumbs(audit)[-1][1],
        "crumbs": [*crumbs(audit), ("Record a finding", "")],
    }
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(MANAGE)
def finding_analyse(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Say why it happened, and whom it touched."""
    finding = finding_row_or_404(request, finding_id).finding
    old = finding.analyses.all()[:1]
    initial = {"amount": Decimal(old[0].amount_cents) / 100, **vars(old[0])} if old else None
    form = Analysis(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        amount = to_cents(data.pop("amount"))
        answer = try_it(request, form, finding.pk, "Recorded.", lambda: analyse_finding(
            actor=request.actor, finding_id=finding.pk, amount_cents=amount, now=timezone.now(),
            **data,
        ))  # fmt: skip
        if answer:
            return answer
    return finding_form(request, form, finding, "Root cause and impact", "Record it")


@requires(MANAGE)
def correction_plan(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Give a finding its plan."""
    finding = finding_row_or_404(request, finding_id).finding
    form = Plan(request.POST or None, owners=owners(timezone.localdate()))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        answer = try_it(request, form, finding.pk, "The plan holds.", lambda: plan_correction(
            actor=request.actor, finding_id=finding.pk, owner_id=told["owner"].pk,
            text=told["text"], due_date=told["due_date"], milestones=form.milestones(),
            now=timezone.now(),
        ))  # fmt: skip
        if answer:
            return answer
    note = "Whoever owns it never validates it. Four milestones at most; the plan is not changed."
    return finding_form(request, form, finding, "Corrective action plan", "Let it hold", note=note)


def plan_or_404(request: PortalRequest, finding_id: int) -> tuple[Finding, Correction]:
    """A finding with its plan."""
    finding = finding_row_or_404(request, finding_id).finding
    if not hasattr(finding, "correction"):
        raise Http404
    return finding, finding.correction


@requires("compliance.work_corrections")
def correction_work(request: PortalRequest, finding_id: int) -> HttpResponse:
    """The owner says what was done, and hands it in."""
    finding, plan = plan_or_404(request, finding_id)
    done = done_of(plan)
    ahead = plan.milestones.exclude(pk__in=reached(done))
    can_submit = not ahead.exists() and bool(evidence_of(done)) and may(done, "submitted")
    form = Work(request.POST or None, request.FILES or None, ahead=ahead, can_submit=can_submit)
    if request.method == "POST" and form.is_valid():
        answer = try_it(request, form, finding.pk, SAID, lambda: _work(request, plan, form))
        if answer:
            return answer
    note = f"{plan.owner_now[1]} owns this correction and says what was done."
    return finding_form(request, form, finding, "What was done", "Say it", note=note)


def _work(request: PortalRequest, plan: Correction, form: Work) -> None:
    what, _, milestone = form.cleaned_data["what"].partition("-")
    evidence, name = file_of(form, "file")
    said = {"actor": request.actor, "text": form.cleaned_data["text"], "now": timezone.now()}
    paper_ = {"evidence": evidence, "evidence_name": name}
    if what == "reached":
        reach_milestone(milestone_id=int(milestone), **said, **paper_)
    elif what == "evidence":
        add_evidence(correction_id=plan.pk, **said, **paper_)
    else:
        submit_correction(correction_id=plan.pk, **said)


@requires("compliance.validate_corrections")
def correction_judge(request: PortalRequest, finding_id: int) -> HttpResponse:
    """Another person validates it, returns it, moves its day or opens it again."""
    finding, plan = plan_or_404(request, finding_id)
    done = done_of(plan)
    acts = {
        "open": [("extend", "Move its day")],
        "submitted": [("validate", "It is corrected"), ("return", "Return it")],
        "validated": [("reopen", "Open it again")],
    }[state_of(done)]
    names = {one.evidence_sha256: one for one in plan.steps.exclude(evidence_sha256="")}
    papers = [(sha, f"{names[sha].evidence_name} ({names[sha].text})") for sha in evidence_of(done)]
    form = Judge(request.POST or None, acts=acts, papers=list(dict(papers).items()))
    if request.method == "POST" and form.is_valid():
        answer = try_it(request, form, finding.pk, SAID, lambda: _judge(request, plan, form))
        if answer:
            return answer
    note = f"{plan.owner_now[1]} owns it. Nobody who ever owned it or gave evidence decides here."
    return finding_form(request, form, finding, "Decide", "Decide", note=note)


def _judge(request: PortalRequest, plan: Correction, form: Judge) -> None:
    told = form.cleaned_data
    said = {"actor": request.actor, "correction_id": plan.pk, "text": told["text"],
            "now": timezone.now()}  # fmt: skip
    if told["what"] == "extend":
        extend_correction(due_date=told["day"], **said)
    elif told["what"] == "reopen":
        reopen_correction(due_date=told["day"], **said)
    else:
        is_good = told["what"] == "validate"
        judge_correction(is_good=is_good, evidence_sha256=told.get("evidence", ""), **said)


@requires(VIEW)
def step_file(request: PortalRequest, correction_step_id: int) -> HttpResponseBase:
    """The evidence of a step."""
    step = CorrectionStep.objects.filter(pk=correction_step_id).first()
    if step is None:
        raise Http404
    return paper(step.evidence_sha256, step.evidence_name)
