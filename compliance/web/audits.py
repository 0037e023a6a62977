"""Audits on pages: the list, one audit with all of its parts, and its steps."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from compliance.actions.audits import (
    add_element,
    close_audit,
    draw_items,
    open_audit,
    reopen_audit,
    report_audit,
    take_own_universe,
    take_universe,
)
from compliance.actions.packets import ask_packet
from compliance.actions.ratings import open_ratings
from compliance.models import Audit, AuditUniverse
from compliance.queries.audit_rooms import unanswered
from compliance.queries.audits import audits
from compliance.rules.audits import FUNCTIONS, STATES
from compliance.rules.universes import SOURCE
from compliance.web.audit_forms import Ask, Draw, Notice, Said, Universe, file_of
from compliance.web.audit_parts import audit_page, crumbs
from ipaportal.core.parts import Chip, Column, Empty, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.core.words import sentence
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, one_as_file, wants_file
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_audits"
MANAGE = "compliance.manage_audits"
COLUMNS = (
    Column("title", "Audit", "link", sort="title"),
    Column("whose", "With", sort="whose"),
    Column("about", "About", sort="about"),
    Column("state", "State", "status", sort="state"),
    Column("notice", "Notice", "day", sort="notice"),
    Column("due", "Universe due", "day", sort="due"),
    Column("findings", "Findings", "count", sort="findings"),
    Column("cars", "Need correction", "count", sort="cars"),
    Column("contact", "Contact", minor=True),
)
STEPS = {
    "report": (report_audit, "The findings are reported. Worksheets stay as they are."),
    "open": (open_ratings, "Raters see each other's answers from now on."),
    "close": (close_audit, "Closed. It can be opened again, by saying why."),
    "reopen": (reopen_audit, "Open again."),
}


def audit_or_404(request: PortalRequest, audit_id: int) -> Audit:
    """An audit with its state."""
    found = audits(actor=request.actor).filter(pk=audit_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def audit_list(request: PortalRequest) -> HttpResponse:
    """Audits of plans, of whom we delegated to, and our own."""
    rows = [_row(one) for one in audits(actor=request.actor)]
    show, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    open_ = [row for row in rows if row["state"] != STATES["closed"]]
    waiting = unanswered()
    asked = [row for row in open_ if row["pk"] in waiting]
    chosen = {"open": open_, "asked": asked}.get(show, rows)
    shown = [row for row in chosen if not kind or row["kind"] == kind]
    shown = matching(shown, request.GET.get("q", ""), "title", "whose", "contact")
    if wants_file(request):
        return as_file(request, COLUMNS, shown, "audits")
    may_manage = request.actor.may(MANAGE)
    listing = list_rows(
        shown,
        COLUMNS,
        request.GET,
        caption="Audits",
        chips=[
            Chip("show", "", "All", len(rows)),
            Chip("show", "open", "Open", len(open_)),
            Chip("show", "asked", "Plan's auditors ask", len(asked)),
            *(Chip("kind", code, sentence(words),
                   sum(row["kind"] == code for row in rows))
              for code, words in Audit.Kind.choices),
        ],
        empty=Empty(
            "No audit stands here",
            "It begins with a notice: who audits what, of which time, and when it is due.",
            "Record a notice" if may_manage else "",
            reverse("compliance:audit_new") if may_manage else "",
        ),
        **export_urls(request),
    )  # fmt: skip
    context = {"listing": listing, "may_manage": may_manage, "crumbs": crumbs()[:1]}
    return render(request, "compliance/audit_list.html", context)


def _row(one: Audit) -> dict[str, object]:
    return {
        "pk": one.pk,
        "title": one.title,
        "whose": one.party.name if one.party else "ourselves",
        "about": FUNCTIONS[one.function],
        "kind": one.kind,
        "state": STATES[one.state],
        "notice": one.notice_date,
        "due": one.universe_due_date,
        "findings": one.found,
        "cars": one.cars,
        "contact": one.contact_name,
        "url": reverse("compliance:audit_detail", args=[one.pk]),
    }


def _form(request: PortalRequest, form, title: str, verb: str, audit: Audit | None, **more):
    here = crumbs(audit) if audit else crumbs()
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "back": here[-1][1],
        "crumbs": [*here, (title, "")],
        "files": True,
        **more,
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)


@requires(MANAGE)
def audit_new(request: PortalRequest) -> HttpResponse:
    """Record a notice."""
    form = Notice(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        party = data.pop("party")
        data["letter"], data["letter_name"] = file_of(form, "letter")
        try:
            audit = open_audit(
                actor=request.actor,
                party_id=party.pk if party else None,
                now=timezone.now(),
                **data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The notice is recorded. Next is the universe.")
            return redirect("compliance:audit_detail", audit.pk)
    return _form(request, form, "Record a notice", "Record it", None)


@requires(VIEW)
def audit_detail(request: PortalRequest, audit_id: int) -> HttpResponse:
    """One audit: where it stands, what is next, and everything it has so far."""
    audit = audit_or_404(request, audit_id)
    page = audit_page(request, audit)
    if (file := one_as_file(request, page["lists"])) is not None:
        return file
    return render(request, "compliance/audit_detail.html", page)


@requires(VIEW)
def audit_letter(request: PortalRequest, audit_id: int) -> HttpResponseBase:
    """The letter of the notice."""
    audit = audit_or_404(request, audit_id)
    return paper(audit.letter_sha256, audit.letter_name)


@requires(MANAGE)
def universe_take(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Take a universe; what is wrong with it is shown, line by line."""
    audit = audit_or_404(request, audit_id)
    form = Universe(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = _take(request, audit, form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if taken.problems:
                messages.error(request, "It is kept, and would be an invalid data submission.")
            else:
                messages.success(request, f"{taken.rows} rows, and nothing is wrong with them.")
            return redirect("compliance:universe_detail", taken.pk)
    return _form(request, form, "Take a universe", "Take it", audit, note=SOURCE)


def _take(request: PortalRequest, audit: Audit, form: Universe) -> AuditUniverse:
    source, who = form.cleaned_data["source"], {"actor": request.actor, "audit_id": audit.pk}
    if source != "file":
        return take_own_universe(source=source, now=timezone.now(), **who)
    data, name = file_of(form, "file")
    layout = form.cleaned_data["layout"]
    return take_universe(layout=layout, data=data, name=name, now=timezone.now(), **who)


@requires(MANAGE)
def sample_draw(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Draw the sample from the newest universe."""
    audit = audit_or_404(request, audit_id)
    form = Draw(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draw_items(
                actor=request.actor, audit_id=audit.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Drawn, once: seed and universe are kept with it.")
            return redirect("compliance:audit_detail", audit.pk)
    note = "A sample is drawn once. Anybody can draw it again from the seed and the universe."
    return _form(request, form, "Draw the sample", "Draw it", audit, note=note)


@requires(MANAGE)
def element_new(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Ask one thing more of every item."""
    audit = audit_or_404(request, audit_id)
    form = Ask(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_element(
                actor=request.actor, audit_id=audit.pk, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Every item is asked this too.")
            return redirect("compliance:audit_detail", audit.pk)
    return _form(request, form, "Ask one thing more", "Ask it", audit)


@require_POST
@requires(MANAGE)
def audit_go(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Report, close or reopen; the page says why not."""
    audit = audit_or_404(request, audit_id)
    act, form = STEPS.get(request.POST.get("do", "")), Said(request.POST)
    if act is None or not form.is_valid():
        messages.error(request, "Nothing was changed. Choose a step on the page.")
        return redirect("compliance:audit_detail", audit.pk)
    try:
        act[0](actor=request.actor, audit_id=audit.pk, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, act[1])
    return redirect("compliance:audit_detail", audit.pk)


@require_POST
@requires(MANAGE)
def packet_ask(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Have a packet of the audit written as it stands."""
    audit = audit_or_404(request, audit_id)
    try:
        ask_packet(actor=request.actor, audit_id=audit.pk, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is written once the audit log is sealed so far.")
    return redirect("compliance:audit_detail", audit.pk)


def paper(sha256: str, name: str) -> HttpResponseBase:
    """A stored paper, to be saved and never shown in the browser as a page of ours."""
    if not sha256:
        raise Http404
    ending = name.rpartition(".")[2].lower()
    ending = ending if ending.isalnum() and ending.isascii() and len(ending) < 6 else "bin"
    return stored_file(sha256, f"{sha256[:12]}.{ending}")
