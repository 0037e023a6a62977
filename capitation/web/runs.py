"""Month-end as finance sees it: the months, one run, and what can be done with it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from capitation.actions.runs import (
    SamePerson,
    approve_run,
    ask_calculation,
    cancel_run,
    makers,
    open_run,
    post_run,
)
from capitation.models import Run
from capitation.queries.run_readiness import month_preview, next_to_open, stuck_since
from capitation.queries.runs import RunPage, month_end, new_facts, run_of, run_page
from capitation.queries.runs import run_list as list_runs
from capitation.web import run_parts as parts
from capitation.web.run_forms import ApproveRun, CancelRun, OpenMonth
from capitation.web.run_lines import LINES, lines_of
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Tab, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import month_text
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import (
    as_file,
    export_urls,
    exported,
    one_as_file,
    wants_file,
)

MONTH_END = "Month-end"
VIEW = "capitation.view_runs"
# States in which the worker has the next step.
WAITING = ("open", "approved")
TABS = ("exceptions", "variance", LINES, "proof")


def found_run(request: PortalRequest, run_id: int) -> Run:
    """
    The run an address names.

    :raises Http404: if there is none
    """
    try:
        return run_of(actor=request.actor, run_id=run_id)
    except Run.DoesNotExist as missing:
        raise Http404 from missing


def _crumbs(run: Run | None = None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    crumbs = [(MONTH_END, reverse("capitation:run_list"))]
    if run is not None:
        here = reverse("capitation:run_detail", args=[run.pk])
        crumbs.append((f"{run.contract}, {month_text(run.month)}", here if more else ""))
    return [*crumbs, *more]


@requires(VIEW)
def run_list(request: PortalRequest) -> HttpResponse:
    """Months × contracts, what the calendar misses, and every run as a list."""
    if wants_file(request):
        rows = (_run_row(run) for run in _asked_runs(request))
        return as_file(request, RUN_COLUMNS, rows, "runs")
    today = timezone.localdate()
    page = month_end(actor=request.actor, today=today)
    context = {
        "page": page,
        "today": today,
        "listing": _all_runs(request),
        "may_open": request.actor.may("capitation.open_run"),
    }
    return render(request, "capitation/staff/run_list.html", context)


RUN_COLUMNS = (
    Column("name", "Month", "link", sort="month"),
    Column("contract", "Contract", sort="contract__name"),
    Column("status", "Status", "status", sort="status"),
    Column("received", "Received $", "money"),
    Column("provider", "To practices $", "money"),
    Column("by", "Approved by", minor=True),
)


def _asked_runs(request: PortalRequest):
    status = request.GET.get("status", "")
    status = status if status in Run.Status.values else ""
    runs = list_runs(actor=request.actor, status=status)
    asked = request.GET.get("q", "").strip()
    return runs.filter(contract__name__istartswith=asked) if asked else runs


def _all_runs(request: PortalRequest) -> Listing:
    listing = list_rows(
        _asked_runs(request),
        RUN_COLUMNS,
        request.GET,
        caption="Runs",
        default_sort="-name",
        chips=[
            Chip("status", "", "All"),
            *[Chip("status", code, parts.STATUS_WORDS[code]) for code in Run.Status.values],
        ],
        empty=Empty(
            "No run yet",
            "A run pays a contract's month: it is opened on its day, calculated, proven, approved "
            "by a second person and posted.",
        ),
        **export_urls(request),
    )
    return Listing(**{**vars(listing), "rows": [_run_row(run) for run in listing.rows]})


def _run_row(run: Run) -> dict[str, object]:
    return {
        "name": month_text(run.month) + (f", run {run.sequence}" if run.sequence > 1 else ""),
        "contract": run.contract.name,
        "status": parts.status_code(run),
        "received": run.totals.get("received"),
        "provider": run.totals.get("provider"),
        "by": run.approved_by_name,
        "url": reverse("capitation:run_detail", args=[run.pk]),
    }


@requires("capitation.open_run")
def run_open(request: PortalRequest) -> HttpResponse:
    """Open a contract's month, after a look at what it would find."""
    asked = request.POST or (request.GET if "month" in request.GET else None)
    form = OpenMonth(asked or next_to_open(request.GET.get("contract")))
    preview = None
    if form.is_valid():
        data = form.cleaned_data
        preview = month_preview(
            actor=request.actor, contract_id=data["contract"].pk, month=data["month"]
        )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = open_run(
                actor=request.actor,
                contract_id=data["contract"].pk,
                month=data["month"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{month_text(run.month)} is open. It is calculated next.")
            return redirect("capitation:run_detail", run.pk)
    context = {
        "form": form,
        "preview": preview,
        "facts": parts.preview_facts(preview) if preview else [],
        "crumbs": _crumbs(None, ("Open a month", "")),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "capitation/staff/run_open.html", context, status=status)


@requires(VIEW)
@shows_members()
def run_detail(request: PortalRequest, run_id: int) -> HttpResponse:
    """One run: its steps, its money, and one of its four tabs."""
    declare_members(request, [])
    try:
        page = run_page(actor=request.actor, run_id=run_id)
    except Run.DoesNotExist as missing:
        raise Http404 from missing
    run = page.run
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else TABS[0]
    exceptions = parts.exceptions_of(page)
    lists = _lists(request, page, tab, exceptions)
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        **lists,
        "page": page,
        "run": run,
        "tab": tab,
        "tabs": _tabs(run, tab, exceptions),
        "lead": parts.lead_facts(page),
        "status": parts.status_code(run),
        "took": parts.time_taken(run),
        "stuck_since": stuck_since(run_id) if run.status in WAITING else None,
        "crumbs": _crumbs(run),
        **_rights(request, run),
    }
    return render(request, "capitation/staff/run_detail.html", context)


def _lists(request: PortalRequest, page: RunPage, tab: str, exceptions: list) -> dict[str, Listing]:
    """The lists of a tab, by the names that their files have."""
    asked = request.GET
    if tab == "exceptions":
        more = exported(request, "exceptions") if exceptions else {}
        return {"exceptions": parts.exception_rows(asked, exceptions, **more)}
    if tab == "variance":
        more = exported(request, "payees") if page.compared.payees else {}
        causes = parts.cause_rows(page.compared)
        return {"payees": parts.payee_rows(asked, page, **more), "causes": causes}
    if tab == LINES:
        return {"lines": lines_of(request, page)}
    more = exported(request, "proofs") if page.run.report.get("proofs") else {}
    return {"proofs": parts.proof_rows(page.run, **more), "seconds": parts.second_rows(page.run)}


def _tabs(run: Run, current: str, exceptions: list) -> list[Tab]:
    here = reverse("capitation:run_detail", args=[run.pk])
    counts = {"exceptions": len(exceptions), LINES: run.report.get("rows")}
    counts["proof"] = len(run.report.get("proofs", ()))
    is_bad = any(row.tone == "bad" for row in exceptions)
    tones = {"exceptions": "bad" if is_bad else "warm" if exceptions else ""}
    return [
        Tab(
            name.capitalize(),
            f"{here}?tab={name}",
            name == current,
            counts.get(name),
            tones.get(name, ""),
        )
        for name in TABS
    ]


def _rights(request: PortalRequest, run: Run) -> dict[str, object]:
    """What this person may do with the run as it stands."""
    may, status = request.actor.may, run.status
    is_open = status in ("open", "calculated", "approved", "failed")
    return {
        "may_approve": status == "calculated" and may("capitation.approve_run"),
        "may_calculate": is_open and status != "open" and may("capitation.calculate_run"),
        "may_post": status == "approved" and may("capitation.post_run"),
        "may_cancel": is_open and may("capitation.cancel_run"),
        "may_pay": status == "posted" and may("capitation.prepare_payments"),
        "is_waiting": status in WAITING,
    }


@requires(VIEW)
def run_progress(request: PortalRequest, run_id: int) -> HttpResponse:
    """The line that says what a run waits for; the page is shown anew once it is done."""
    run = found_run(request, run_id)
    if run.status not in WAITING:
        return HttpResponseClientRefresh()
    context = {
        "run": run,
        "took": parts.time_taken(run),
        "stuck_since": stuck_since(run_id),
    }
    return render(request, "capitation/staff/_run_progress.html", context)


@requires("capitation.approve_run")
@fresh_login
def run_approve(request: PortalRequest, run_id: int) -> HttpResponse:
    """Approve what was seen: the digest, the totals, and what is not in it."""
    run = found_run(request, run_id)
    form = ApproveRun(request.POST or None, initial={"seen_digest": run.digest})
    if request.method == "POST" and form.is_valid():
        try:
            approve_run(actor=request.actor, run_id=run_id, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            run.refresh_from_db()
        else:
            messages.success(request, f"{month_text(run.month)} is approved. It is posted next.")
            return redirect("capitation:run_detail", run_id)
    page = run_page(actor=request.actor, run_id=run_id)
    context = {
        "run": run,
        "form": form,
        "title": f"Approve {month_text(run.month)}",
        "facts": parts.approval_facts(page),
        "later": new_facts(run),
        "exceptions": parts.exceptions_of(page),
        "maker": str(SamePerson(run)) if request.actor.user_id in makers(run) else "",
        "crumbs": _crumbs(run, ("Approve", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/run_approve.html", context, status=status)


@require_POST
@requires("capitation.calculate_run")
def run_calculate(request: PortalRequest, run_id: int) -> HttpResponse:
    """Have a run calculated from what is known now; an approval given before is void."""
    run = found_run(request, run_id)
    try:
        ask_calculation(actor=request.actor, run_id=run_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{month_text(run.month)} is being calculated again.")
    return redirect("capitation:run_detail", run_id)


@require_POST
@requires("capitation.post_run")
@fresh_login
def run_post(request: PortalRequest, run_id: int) -> HttpResponse:
    """Post an approved run to the books."""
    run = found_run(request, run_id)
    try:
        post_run(actor=request.actor, run_id=run_id, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{month_text(run.month)} is in the books. Payments come next.")
    return redirect("capitation:run_detail", run_id)


@requires("capitation.cancel_run")
@fresh_login
def run_cancel(request: PortalRequest, run_id: int) -> HttpResponse:
    """Give a run up, with the reason; its facts belong to the next one."""
    run = found_run(request, run_id)
    form = CancelRun(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_run(actor=request.actor, run_id=run_id, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The run of {month_text(run.month)} is cancelled.")
            return redirect("capitation:run_list")
    context = {
        "run": run,
        "form": form,
        "facts": [
            FactItem("Lines given up", run.report.get("rows", 0), "count"),
            FactItem("To practices", run.totals.get("provider", 0), "dollars"),
        ],
        "crumbs": _crumbs(run, ("Cancel", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/staff/run_cancel.html", context, status=status)
