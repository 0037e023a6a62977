"""Cases on pages: the list, one case, and what people do about it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.cases import (
    close_case,
    end_deputy,
    finish_task,
    give_task,
    hand_case,
    name_deputy,
    name_person,
    note_case,
    open_case,
    reopen_case,
    reply_to_reporter,
    triage_case,
    withdraw_person,
)
from compliance.models import CaseDeputy
from compliance.queries.case_people import staff_not_officers
from compliance.queries.cases import (
    CasePage,
    case_file,
    case_of_person,
    case_of_task,
    case_page,
    case_rows,
    people_for,
)
from compliance.queries.looks import REVIEW, unusual_looks
from compliance.web.audit_forms import file_of
from compliance.web.breaches import BREACH_VERBS, breach_context
from compliance.web.case_forms import (
    Close,
    Deputy,
    GiveTask,
    Hand,
    NamePerson,
    Note,
    OpenCase,
    Reply,
    Triage,
    Why,
)
from compliance.web.case_parts import (
    CASES,
    DEPUTIES,
    Verb,
    case_crumbs,
    case_row,
    page_context,
)
from ipaportal.core.actors import Actor
from ipaportal.core.parts import Chip, Empty, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.handle_cases"
SHOWN: dict[str, Callable[[dict], bool]] = {
    "late": lambda row: row["is_late"],
    "new": lambda row: row["state"] == "new",
    "open": lambda row: row["state"] == "open",
    "answer": lambda row: row["waits"],
    "breach": lambda row: row["breach_due"] is not None,
    "closed": lambda row: row["state"] == "closed",
    "ownerless": lambda row: row["state"] != "closed" and not row["owner"],
}
CHIPS = (
    ("late", "Overdue"),
    ("new", "New"),
    ("open", "Open"),
    ("answer", "Reporter wrote"),
    ("ownerless", "Without an owner"),
    ("breach", "Breaches to tell of"),
    ("closed", "Closed"),
)


@requires(VIEW)
def case_list(request: PortalRequest) -> HttpResponse:
    """Every case that somebody may see."""
    today = timezone.localdate()
    rows = [case_row(one, today) for one in case_rows(actor=request.actor)]
    show = request.GET.get("show", "")
    shown = list(filter(SHOWN[show], rows)) if show in SHOWN else rows
    shown = matching(shown, request.GET.get("q", ""), "number", "title", "owner", "kind")
    if wants_file(request):
        return as_file(request, CASES, shown, "cases")
    counts = {code: sum(map(SHOWN[code], rows)) for code, _ in CHIPS}
    listing = list_rows(
        shown, CASES, request.GET, caption="Cases",
        chips=[Chip("show", "", "All", len(rows)),
               *(Chip("show", code, label, counts[code]) for code, label in CHIPS)],
        empty=Empty(
            "No case that you may see",
            "What is reported without a name, what happened, and what staff open stands here: for "
            "the compliance officers and whoever works on it, and never for whom it accuses.",
        ),
        **export_urls(request),
    )  # fmt: skip
    may_name = request.actor.may("compliance.name_deputies")
    context = {
        "listing": listing,
        "counts": counts,
        "crumbs": case_crumbs(request.actor)[:-1],
        "may_name": may_name,
        "nobody_named": may_name and not CaseDeputy.objects.filter(ended_at=None).exists(),
    }
    return render(request, "compliance/case_list.html", context)


@requires("compliance.open_case")
def case_new(request: PortalRequest) -> HttpResponse:
    """Open a case; who does not handle cases sees it no more after that."""
    form = OpenCase(request.POST or None, initial={"received_date": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            case = open_case(actor=request.actor, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Case {case.number} is open. Whoever has to, sees it.")
            return redirect("compliance:case_list")
    context = {
        "form": form,
        "title": "Open a case",
        "verb": "Open it",
        "back": reverse("compliance:case_list"),
        "note": "Something that may be wrong: an incident, a suspicion of fraud, health data in "
        "the wrong hands, a complaint about staff. Who is accused never sees it.",
        "crumbs": [*case_crumbs(request.actor), ("Open a case", "")],
    }
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def page_or_404(request: PortalRequest, case_id: object) -> CasePage:
    """A case that somebody may see."""
    page = case_page(actor=request.actor, case_id=case_id)
    if page is None:
        raise Http404
    return page


@requires(VIEW)
def case_detail(request: PortalRequest, case_id: object) -> HttpResponse:
    """One case: its clocks, who works on it, whom it names, its mailbox, files and history."""
    page = page_or_404(request, case_id)
    context = page_context(request.actor, page) | breach_context(page)
    if page.look_ids and request.actor.may(REVIEW):
        context["looks"] = unusual_looks(actor=request.actor).filter(pk__in=page.look_ids)
    return render(request, "compliance/case_detail.html", context)


def _hand(*, user: int, as_what: str, **said: object) -> None:
    hand_case(user_id=user, is_owner=as_what == "owner", **said)


def _triage(*, user: int, **said: object) -> None:
    triage_case(owner_id=user, **said)


def _name(*, user, npi, party, name: str, **said: object) -> None:
    name_person(
        name=str(name or (user and user.name) or npi or party), user_id=user and user.pk,
        practitioner_id=npi and npi.pk, party_id=party and party.pk, **said,
    )  # fmt: skip


def _task(*, user: int, **said: object) -> None:
    give_task(user_id=user, **said)


VERBS = {
    "triage": Verb("Triage", "Begin the inquiry", Triage, _triage, chooses=True),
    "hand": Verb("Hand it on", "Hand it on", Hand, _hand, chooses=True,
                 note="Whoever owned it before stays on as a helper."),
    "note": Verb("Add a note", "Keep it", Note, note_case, states=("new", "open", "closed")),
    "reply": Verb("Write to the reporter", "Send it", Reply, reply_to_reporter,
                  states=("new", "open", "closed"),
                  note="The first answer acknowledges the report."),
    "person": Verb("Name somebody", "Name them", NamePerson, _name,
                   note="Whom the case accuses sees nothing of it from then on: you neither, if "
                   "it is you."),
    "task": Verb("Give a task", "Give it", GiveTask, _task, chooses=True,
                 note="Whoever gets a task sees the case."),
    "close": Verb("Close the case", "Close it", Close, close_case, states=("open",)),
    "reopen": Verb("Open it again", "Open it again", Why, reopen_case, states=("closed",),
                   note="Its clocks begin anew today; what was decided stays on record."),
    **BREACH_VERBS,
}  # fmt: skip


def may_do(page: CasePage, name: str) -> bool:
    """Whether something may be done about a case as it stands."""
    verb = VERBS.get(name)
    if verb is None or page.row.case.state not in verb.states:
        return False
    if verb.of_breach and page.row.case.kind != "privacy":
        return False
    return name != "reply" or bool(page.messages)


@requires(VIEW)
def case_work(request: PortalRequest, case_id: object, case_verb: str) -> HttpResponse:
    """Do one thing about a case."""
    page = page_or_404(request, case_id)
    if not may_do(page, case_verb):
        raise Http404
    verb = VERBS[case_verb]
    today, more = timezone.localdate(), {}
    if verb.chooses:
        more["people"] = people_for(actor=request.actor, case_id=case_id, today=today)
    form = verb.form(request.POST or None, request.FILES or None, **more)
    if request.method == "POST" and form.is_valid():
        said = _said(form) | {"actor": request.actor, "case_id": case_id, "now": timezone.now()}
        if _done(request, form, partial(verb.act, **said)):
            return _back_to(request, case_id)
    context = {
        "form": form, "title": verb.title, "verb": verb.button, "note": verb.note, "files": True,
        "back": reverse("compliance:case_detail", args=[case_id]),
        "crumbs": [*case_crumbs(request.actor, page), (verb.title, "")],
    }  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


def _said(form: forms.Form) -> dict[str, object]:
    """What a form says, its file as bytes."""
    data = dict(form.cleaned_data)
    if "file" in data:
        data["evidence"], data["evidence_name"] = file_of(form, "file")
        del data["file"]
    return data


def _done(request: PortalRequest, form: forms.Form, act: Callable[[], object]) -> bool:
    try:
        act()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Kept, in your name.")
    return True


def _back_to(request: PortalRequest, case_id: object) -> HttpResponse:
    """The case, or the list for whom it is shut now."""
    if case_page(actor=request.actor, case_id=case_id) is None:
        return redirect("compliance:case_list")
    return redirect("compliance:case_detail", case_id)


@require_POST
@requires(VIEW)
def case_task_done(request: PortalRequest, case_task_id: object) -> HttpResponse:
    """Say that a task is done."""
    task = case_of_task(actor=request.actor, task_id=case_task_id)
    if task is None:
        raise Http404
    _with_reason(request, finish_task, task_id=task.pk)
    return _back_to(request, task.case_id)


@require_POST
@requires(VIEW)
def case_person_withdraw(request: PortalRequest, case_person_id: object) -> HttpResponse:
    """Take back that somebody is named."""
    person = case_of_person(actor=request.actor, person_id=case_person_id)
    if person is None:
        raise Http404
    _with_reason(request, withdraw_person, person_id=person.pk)
    return _back_to(request, person.case_id)


def _with_reason(request: PortalRequest, act: Callable, **what: object) -> None:
    form = Why(request.POST)
    if not form.is_valid():
        messages.error(request, "Say it in a few words. Nothing was recorded.")
        return
    try:
        act(actor=request.actor, text=form.cleaned_data["text"], now=timezone.now(), **what)
        messages.success(request, "Kept, in your name.")
    except Refused as refusal:
        messages.error(request, str(refusal))


@requires(VIEW)
def case_paper(request: PortalRequest, case_file_id: object) -> HttpResponseBase:
    """A file of a case."""
    file = case_file(actor=request.actor, file_id=case_file_id)
    if file is None:
        raise Http404
    return stored_file(file.sha256, file.name)


@requires("compliance.name_deputies")
def case_deputies(request: PortalRequest) -> HttpResponse:
    """Who takes over cases about the compliance office, in their order."""
    today, now = timezone.localdate(), timezone.now()
    form = Deputy(request.POST or None, people=staff_not_officers(today))
    if request.method == "POST" and form.is_valid():
        told, actor = form.cleaned_data, request.actor
        act = partial(name_deputy, actor=actor, user_id=told["user"].pk, text=told["text"], now=now)
        if _done(request, form, act):
            return redirect("compliance:case_deputies")
    named = CaseDeputy.objects.filter(ended_at=None).select_related("user")
    context = {
        "form": form,
        "deputies": list(named),
        "listing": list_rows(
            [_deputy(one) for one in named], DEPUTIES, {}, caption="Who takes over",
            empty=Empty("Nobody is named", "Then the medical director takes over, else a network "
                        "administrator, whoever of them is not accused."),
        ),
        "crumbs": [*case_crumbs(request.actor), ("Who takes over", "")],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "compliance/case_deputies.html", context, status=status)


def _deputy(one: CaseDeputy) -> dict[str, object]:
    named: datetime = one.named_at
    return {"place": one.place, "name": one.user.name, "as_what": one.text,
            "named": timezone.localdate(named), "by": one.named_by_name}  # fmt: skip


@require_POST
@requires("compliance.name_deputies")
def case_deputy_end(request: PortalRequest, case_deputy_id: int) -> HttpResponse:
    """Let somebody take over no longer."""
    if not CaseDeputy.objects.filter(pk=case_deputy_id).exists():
        raise Http404
    actor: Actor = request.actor
    try:
        end_deputy(actor=actor, deputy_id=case_deputy_id, now=timezone.now())
        messages.success(request, "They take over no new case.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("compliance:case_deputies")
