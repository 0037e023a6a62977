"""Obligations on pages: what holds on a day, how each is proven, evidence, and who judged it."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.obligations import judge_control, load_library, record_evidence
from compliance.models import Control, Evidence, Obligation, ObligationLibrary
from compliance.queries.obligations import (
    ASKED,
    Duty,
    duties,
    shipped_library,
    standings_of,
    waits_to_load,
)
from compliance.rules.obligations import FAMILIES, HOW, RESULTS, STATUSES
from compliance.web.audit_forms import PAPER, file_of
from compliance.web.desk import PLACES, SHOWN
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Tab, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.fields import day_asked
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_obligations"
LOAD = "compliance.load_obligations"
PROVE = "compliance.prove_controls"
JUDGE = "compliance.judge_controls"
COLUMNS = (
    Column("code", "Obligation", "link", sort="code"),
    Column("title", "What is asked", sort="title", wide=True),
    Column("status", "Work", "status", sort="status"),
    Column("result", "Result", "status", sort="result"),
    Column("why", "Why", wide=True),
    Column("controls", "Controls", "count"),
    Column("since", "Since", "day", sort="since", minor=True),
)
WRITTEN = (*COLUMNS, Column("family", "Of"), Column("citation", "Source", wide=True))
CONTROLS = (
    Column("title", "Control", "link"),
    Column("how", "Proven"),
    Column("status", "Work", "status"),
    Column("result", "Result", "status"),
    Column("why", "Why", wide=True),
)
EVIDENCE = (
    Column("name", "Revision"),
    Column("text", "What it shows", wide=True),
    Column("file", "File", "link", url="file_url", opens_page=True),
    Column("sha256", "SHA-256", wide=True, minor=True),
    Column("by", "Recorded by"),
    Column("at", "Recorded", "day"),
)
ANSWERS = (
    Column("result", "Result", "status"),
    Column("text", "In words", wide=True),
    Column("of", "Of revision"),
    Column("by", "Judged by"),
    Column("at", "Judged", "day"),
)


class Load(forms.Form):
    """The text of a library."""

    text = forms.CharField(
        max_length=400_000, label="The library", widget=forms.Textarea(attrs={"rows": 18}),
        help_text="Plain YAML: version, obligations by CODE@FIRST-DAY, controls. A row that is "
        "worded otherwise supersedes the former; nothing that was judged changes.",
    )  # fmt: skip


class Prove(forms.Form):
    """What proves a control."""

    text = forms.CharField(
        max_length=2000, label="What it shows", widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(label="The paper", required=False, help_text=PAPER)


class Judge(forms.Form):
    """What the newest evidence shows."""

    evidence = forms.IntegerField(required=False, widget=forms.HiddenInput)
    result = forms.ChoiceField(
        choices=[(key, words) for key, words in RESULTS.items() if key != "unknown"]
    )
    text = forms.CharField(
        max_length=1000, label="Why, in words", widget=forms.Textarea(attrs={"rows": 3})
    )


@requires(VIEW)
def obligation_list(request: PortalRequest) -> HttpResponse:
    """Every obligation in force on a day, with how far the work is and what it showed."""
    day = day_asked(request)
    found = duties(actor=request.actor, day=day)
    order = list(FAMILIES)
    rows = sorted((_row(one) for one in found), key=lambda row: order.index(row["family_key"]))
    family, show = request.GET.get("family", ""), request.GET.get("show", "")
    open_ = [row for row in rows if row["is_open"]]
    shown = [row for row in (open_ if show == "open" else rows)
             if family not in FAMILIES or row["family_key"] == family]  # fmt: skip
    shown = matching(shown, request.GET.get("q", ""), "code", "title", "citation", "why")
    if wants_file(request):
        return as_file(request, WRITTEN, shown, f"obligations-{day}")
    counts = {key: sum(row["family_key"] == key for row in rows) for key in FAMILIES}
    library = ObligationLibrary.objects.first()
    context = {
        "day": day, "library": library,
        "waits": waits_to_load(library), "shipped": shipped_library().version,
        "open": len(open_), "asked": len(rows), "may_load": request.actor.may(LOAD),
        "tabs": [Tab("All", "?", not family), *(
            Tab(words, f"?family={key}", family == key, counts[key])
            for key, words in FAMILIES.items() if counts[key]
        )],
        "listing": list_rows(
            shown, COLUMNS, request.GET, caption="Obligations",
            chips=[Chip("show", "", "All", len(rows)), Chip("show", "open", "Open", len(open_))],
            empty=Empty("No obligation is in force on this day" if rows else "No library yet",
                        "Load the library: each obligation comes with its source, its days and the "
                        "controls that prove it; what the portal can ask itself is asked at once."),
            **export_urls(request),
        ),
        "crumbs": [("Compliance", reverse("compliance:desk")), ("Obligations", "")],
    }  # fmt: skip
    return render(request, "compliance/obligation_list.html", context)


def _row(one: Duty) -> dict[str, object]:
    row, standing = one.obligation, one.standing
    return {
        "code": row.code, "title": row.title, "family": row.get_family_display(),
        "family_key": row.family, "status": STATUSES[standing.status],
        "result": RESULTS[standing.result], "why": standing.why, "controls": len(one.controls),
        "since": row.effective_date, "citation": _citation(row),
        "is_open": standing.result not in ("compliant", "not_applicable"),
        "url": reverse("compliance:obligation_detail", args=[row.pk]),
    }  # fmt: skip


def _citation(row: Obligation) -> str:
    return row.citation if row.is_sure else f"{row.citation} (own knowledge, unverified)"


def _crumbs(*names: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Compliance", reverse("compliance:desk")),
            ("Obligations", reverse("compliance:obligation_list")), *names]  # fmt: skip


@requires(VIEW)
def obligation_detail(request: PortalRequest, obligation_id: int) -> HttpResponse:
    """One obligation on a day: its words, source, days, and every control."""
    day = day_asked(request)
    found = duties(actor=request.actor, day=day, obligation_id=obligation_id)
    if not found:
        raise Http404
    row, standing = found[0].obligation, found[0].standing
    others = Obligation.objects.filter(code=row.code).exclude(pk=row.pk).order_by("effective_date")
    allowed = f"{row.days} days" if row.days else f"{row.hours} hours" if row.hours else ""
    context = {
        "row": row, "day": day, "others": others,
        "facts": [
            FactItem("Work", STATUSES[standing.status], "status"),
            FactItem("Result", RESULTS[standing.result], "status", note=standing.why),
            FactItem("In force", f"from {row.effective_date}",
                     note=f"until before {row.end_date}" if row.end_date else "no end is known"),
            *([FactItem("Time allowed", allowed, note=row.clock)] if allowed else []),
            FactItem("Source", _citation(row)),
            FactItem("Library", row.library.version, note=(
                f"superseded {timezone.localdate(row.superseded_at)}" if row.superseded_at else ""
            )),
        ],
        "listing": list_rows(
            [
                {"title": control.title, "how": HOW[control.how],
                 "status": STATUSES[s.status], "result": RESULTS[s.result], "why": s.why,
                 "url": reverse("compliance:control_detail", args=[control.pk])}
                for control, s in found[0].controls
            ], CONTROLS, {}, caption="Controls",
        ),
        "crumbs": _crumbs((row.code, "")),
    }  # fmt: skip
    return render(request, "compliance/obligation_detail.html", context)


def _control(control_id: int) -> Control:
    found = Control.objects.filter(pk=control_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def control_detail(request: PortalRequest, control_id: int) -> HttpResponse:
    """One control: how it stands on a day, its evidence and what was judged of it."""
    control, day = _control(control_id), day_asked(request)
    standing = standings_of([control], day)[control.pk]
    by_people, newest = control.how != "question", control.evidence.first()
    mine = newest is not None and newest.recorded_by_id == request.actor.user_id
    linked = Obligation.objects.filter(links__control=control, superseded_at=None)
    context = {
        "control": control, "day": day, "mine": mine, "by_people": by_people,
        "fix": "" if by_people else _fix(request, control),
        "linked": linked.order_by("code", "effective_date"),
        "facts": [
            FactItem("Work", STATUSES[standing.status], "status"),
            FactItem("Result", RESULTS[standing.result], "status", note=standing.why),
            FactItem("Proven", HOW[control.how],
                     note=f"a proof lasts {control.every_days} days" if by_people else ""),
        ],
        "evidence": list_rows(_evidence(control), EVIDENCE, {}, caption="Evidence"),
        "answers": list_rows(
            [{"result": one.get_result_display(), "text": one.text, "by": one.answered_by_name,
              "of": one.evidence.number if one.evidence else "none",
              "at": timezone.localdate(one.answered_at)}
             for one in control.answers.select_related("evidence")],
            ANSWERS, {}, caption="Judged",
        ),
        "may_prove": by_people and request.actor.may(PROVE),
        "judge": Judge(initial={"evidence": newest and newest.pk})
        if by_people and not mine and request.actor.may(JUDGE) else None,
        "crumbs": _crumbs((control.title, "")),
    }  # fmt: skip
    return render(request, "compliance/control_detail.html", context)


def _fix(request: PortalRequest, control: Control) -> str:
    """Where what the portal found is mended."""
    key = control.key.removeprefix(ASKED)
    try:
        return f"{reverse(PLACES[key])}{SHOWN.get(key, '')}"
    except (KeyError, NoReverseMatch):
        return reverse("compliance:desk")


def _evidence(control: Control) -> list[dict[str, object]]:
    return [
        {"name": f"Revision {one.number}", "text": one.text, "sha256": one.content_sha256,
         "file": one.file_name, "by": one.recorded_by_name,
         "file_url": reverse("compliance:evidence_file", args=[one.pk]) if one.file_sha256 else "",
         "at": timezone.localdate(one.recorded_at)}
        for one in control.evidence.all()
    ]  # fmt: skip


@requires(LOAD)
def obligations_load(request: PortalRequest) -> HttpResponse:
    """Load a library; the portal's own stands in the form."""
    form = Load(request.POST or None, initial={"text": shipped_library().text})
    if request.method == "POST" and form.is_valid():
        # Forms send their lines with a carriage return, which would make other bytes of them.
        text = form.cleaned_data["text"].replace("\r\n", "\n").strip() + "\n"
        try:
            made = load_library(actor=request.actor, text=text, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made.rows} obligations of {made} hold.")
            return redirect("compliance:obligation_list")
    context = {
        "form": form, "title": "Load the library", "verb": "Load it",
        "back": reverse("compliance:obligation_list"), "crumbs": _crumbs(("Load", "")),
        "note": "What stands here is the portal's own library. Rows marked `sure: no` are from "
        "own knowledge: have them checked.",
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(PROVE)
def control_prove(request: PortalRequest, control_id: int) -> HttpResponse:
    """Record evidence of a control."""
    control = _control(control_id)
    form = Prove(request.POST or None, request.FILES or None)
    back = reverse("compliance:control_detail", args=[control.pk])
    if request.method == "POST" and form.is_valid():
        data, name = file_of(form, "file")
        try:
            record_evidence(actor=request.actor, control_id=control.pk, data=data, name=name,
                            text=form.cleaned_data["text"], now=timezone.now())  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Recorded. Somebody else judges it.")
            return redirect(back)
    context = {
        "form": form, "title": "Record evidence", "verb": "Record it", "back": back, "files": True,
        "note": control.title, "crumbs": _crumbs((control.title, back), ("Record evidence", "")),
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(JUDGE)
def control_judge(request: PortalRequest, control_id: int) -> HttpResponse:
    """Say what the newest evidence shows."""
    control, form = _control(control_id), Judge(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what it shows, and why. Nothing was kept.")
        return redirect("compliance:control_detail", control.pk)
    told = form.cleaned_data
    try:
        judge_control(actor=request.actor, control_id=control.pk, evidence_id=told["evidence"],
                      result=told["result"], text=told["text"], now=timezone.now())  # fmt: skip
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Kept.")
    return redirect("compliance:control_detail", control.pk)


@requires(VIEW)
def evidence_file(request: PortalRequest, evidence_id: int) -> HttpResponseBase:
    """The paper of a revision."""
    one = Evidence.objects.filter(pk=evidence_id).exclude(file_sha256="").first()
    if one is None:
        raise Http404
    return stored_file(one.file_sha256, one.file_name or f"evidence-{one.pk}")
