"""Audits as a plan's auditor sees them: what was released of one, and every look noted."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.audit_rooms import ask_for, note_look
from compliance.models import Audit, AuditItem, AuditRelease, AuditReply
from compliance.queries.audit_rooms import asked, released, shown_answers, visit_of, visited
from compliance.queries.audits import members_of, rows_of
from compliance.rules.audit_rooms import reply_due
from compliance.rules.audits import ANSWERS, FUNCTIONS, STATES
from compliance.web.audit_room_forms import AskFor
from compliance.web.audit_room_parts import REQUESTS, request_row
from compliance.web.audits import paper
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Column, Empty, FactItem, Listing, list_rows, matching
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, one_as_file, wants_file
from ipaportal.identity.web.stored import made_file, stored_file

VISIT = "compliance.visit_audits"
AUDITS = (
    Column("title", "Audit", "link", sort="title"),
    Column("about", "About", sort="about"),
    Column("state", "State", "status", sort="state"),
    Column("items", "Sample", "count"),
    Column("released", "Released", "count"),
    Column("open", "Asked for, open", "count"),
    Column("until", "Open to you until", "day", sort="until"),
)
ITEMS = (
    Column("key", "Item", "link"),
    Column("place", "Place drawn", "count"),
    Column("state", "Worksheet", "status"),
    Column("papers", "Papers", "count"),
)
SHEET = (
    Column("element", "Asked", wide=True),
    Column("answer", "The IPA's answer", "status"),
    Column("text", "In words", wide=True),
    Column("paper", "Paper", "link", url="paper_url", opens_page=True),
)


def _visited(request: PortalRequest, audit_id: int) -> Audit:
    """An audit that is open to this guest."""
    audit = visited(actor=request.actor, today=timezone.localdate()).filter(pk=audit_id).first()
    if audit is None:
        raise Http404
    return audit


def _audit(request: PortalRequest, audit_id: int, what: str) -> Audit:
    """An audit that is open to this guest, once the look is on record."""
    audit = _visited(request, audit_id)
    note_look(actor=request.actor, audit_id=audit.pk, what=what, now=timezone.now())
    return audit


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Plan audits", reverse("compliance:plan_audit_list")), *more]


@requires(VISIT)
def plan_audit_list(request: PortalRequest) -> HttpResponse:
    """Audits that are open to this guest today."""
    today = timezone.localdate()
    rows = [_row(request, one) for one in visited(actor=request.actor, today=today)]
    rows = matching(rows, request.GET.get("q", ""), "title", "about")
    if wants_file(request):
        return as_file(request, AUDITS, rows, "plan-audits")
    listing = list_rows(
        rows,
        AUDITS,
        request.GET,
        caption="Plan audits",
        empty=Empty(
            "No audit is open to you",
            "The IPA opens an audit to you for some days, and closes it with the audit. Ask "
            "whoever invited you, if one of yours should stand here.",
        ),
        **export_urls(request),
    )
    return render(request, "compliance/plan_audit_list.html", {"listing": listing})


def _row(request: PortalRequest, one: Audit) -> dict[str, object]:
    today = timezone.localdate()
    visit = visit_of(request.actor, one, one.state, today)
    return {
        "title": one.title,
        "about": FUNCTIONS[one.function],
        "state": STATES[one.state],
        "items": AuditItem.objects.filter(draw__audit=one).count(),
        "released": released(one).count(),
        "open": sum(row.state in ("waits", "overdue") for row in asked(one, today)),
        "until": visit.until_date if visit else None,
        "url": reverse("compliance:plan_audit", args=[one.pk]),
    }


@requires(VISIT)
@fresh_login
@shows_members()
def plan_audit(request: PortalRequest, audit_id: int) -> HttpResponse:
    """One audit: its notice, its sample, what was released, and what was asked for."""
    declare_members(request, [])
    audit = _audit(request, audit_id, "the audit")
    today = timezone.localdate()
    rows = [request_row(one, staff=False) for one in asked(audit, today)]
    lists = {
        "items": _items(request, audit),
        "requests": _list(request, "requests", rows, REQUESTS, "What you asked for"),
    }
    if (file := one_as_file(request, lists)) is not None:
        return file
    packets = released(audit).filter(packet__isnull=False).select_related("packet")
    visit = visit_of(request.actor, audit, audit.state, today)
    context = {
        "audit": audit,
        "state": STATES[audit.state],
        "until": visit.until_date if visit else today,
        "facts": _facts(audit),
        "draw": getattr(audit, "draw", None),
        "packets": packets,
        "crumbs": _crumbs((audit.title, "")),
        **lists,
    }
    return render(request, "compliance/plan_audit.html", context)


def _facts(audit: Audit) -> list[FactItem]:
    letter = reverse("compliance:plan_audit_letter", args=[audit.pk]) if audit.letter_sha256 else ""
    return [
        FactItem("About", FUNCTIONS[audit.function]),
        FactItem("Reviewed from", audit.first_date, "day"),
        FactItem("Until", audit.last_date, "day"),
        FactItem("Notice", audit.notice_date, "day", "the letter" if letter else "", letter),
    ]


def _list(request: PortalRequest, of: str, rows: list, columns: tuple, caption: str) -> Listing:
    more = export_urls(request, of) if rows else {}
    return list_rows(rows, columns, {}, caption=caption, page_size=300, **more)


def _items(request: PortalRequest, audit: Audit) -> Listing:
    """The sample in the order drawn; a worksheet opens once it is released."""
    open_ = set(released(audit).values_list("item_id", flat=True))
    papers = list(released(audit).values_list("answer__item_id", flat=True))
    rows = [
        {
            "place": one.place,
            "key": one.key,
            "state": "released" if one.pk in open_ else "not released",
            "papers": papers.count(one.pk),
            "url": reverse("compliance:plan_audit_item", args=[one.pk])
            if one.pk in open_ or one.pk in papers
            else "",
        }
        for one in AuditItem.objects.filter(draw__audit=audit)
    ]
    return _list(request, "items", rows, ITEMS, "Sample")


@requires(VISIT)
@fresh_login
@shows_members(AccessEvent.Kind.EXPORT)
def plan_audit_letter(request: PortalRequest, audit_id: int) -> HttpResponseBase:
    """The letter of the notice."""
    declare_members(request, [])
    audit = _audit(request, audit_id, "the letter")
    return paper(audit.letter_sha256, audit.letter_name)


@requires(VISIT)
@fresh_login
@shows_members(AccessEvent.Kind.EXPORT)
def plan_audit_population(request: PortalRequest, audit_id: int) -> HttpResponse:
    """What names each row of the universe, with the hash of its cells: to draw the sample again."""
    declare_members(request, [])
    audit = _audit(request, audit_id, "the population")
    draw = getattr(audit, "draw", None)
    if draw is None:
        raise Http404
    lines = draw.universe.population + "\n"
    return made_file(lines, f"population-{audit.pk}.tsv", "text/tab-separated-values")


@requires(VISIT)
@fresh_login
@shows_members()
def plan_audit_item(request: PortalRequest, audited_item_id: int) -> HttpResponse:
    """A sampled row with the worksheet and the papers that were released of it."""
    item = AuditItem.objects.select_related("draw__universe__audit").filter(pk=audited_item_id)
    item = item.first()
    if item is None:
        raise Http404
    audit = _visited(request, item.draw.audit_id)
    papers = released(audit).filter(answer__item=item).select_related("answer__element")
    is_open = released(audit).filter(item=item).exists()
    if not is_open and not papers:
        raise Http404
    _audit(request, audit.pk, f"item {item.place}")
    declare_members(request, [item.member_id] if item.member_id else [])
    rows = _sheet(item, papers)
    listing = list_rows(rows, SHEET, {}, caption="Worksheet")
    cells = rows_of(item.draw.universe).get(item.key, {}) if is_open else {}
    context = {
        "item": item,
        "total": item.draw.count,
        "facts": [FactItem(name, value or "empty") for name, value in cells.items()],
        "listing": listing,
        "crumbs": _crumbs(
            (audit.title, reverse("compliance:plan_audit", args=[audit.pk])),
            (f"Item {item.place}", ""),
        ),
    }
    return render(request, "compliance/plan_audit_item.html", context)


def _sheet(item: AuditItem, papers: list[AuditRelease]) -> list[dict[str, object]]:
    """Answers that were released, and papers, each beside its answer or alone."""
    urls = {one.answer_id: reverse("compliance:plan_audit_paper", args=[one.pk]) for one in papers}
    answers = shown_answers(item)
    rows = [
        {
            "element": f"{row.element.place}. {row.element}",
            "answer": ANSWERS[row.answer],
            "text": row.text,
            "paper": "the paper" if row.pk in urls else "",
            "paper_url": urls.pop(row.pk, ""),
        }
        for row in answers
    ]
    alone = [one.answer for one in papers if one.answer_id in urls]
    return rows + [
        {
            "element": f"{row.element.place}. {row.element}",
            "answer": "",
            "text": "",
            "paper": "the paper",
            "paper_url": urls[row.pk],
        }
        for row in alone
    ]


@requires(VISIT)
@fresh_login
@shows_members(AccessEvent.Kind.EXPORT)
def plan_audit_paper(request: PortalRequest, audit_release_id: int) -> HttpResponseBase:
    """A paper or a packet that was released."""
    rows = AuditRelease.objects.select_related("answer__item", "packet")
    row = rows.filter(pk=audit_release_id, withdrawn_at=None, item=None).first()
    if row is None:
        raise Http404
    if row.packet is None:
        audit = _audit(request, row.audit_id, f"a paper of item {row.answer.item.place}")
        member = row.answer.item.member_id
        declare_members(request, [member] if member else [])
        return paper(row.answer.evidence_sha256, row.answer.evidence_name)
    audit = _audit(request, row.audit_id, "the packet")
    declare_members(request, [])
    for universe in audit.universes.select_related("audit"):
        declare_members(request, members_of(universe))
    return stored_file(row.packet.sha256, f"audit-packet-{row.packet_id}.zip", "application/zip")


@requires(VISIT)
@fresh_login
@shows_members(AccessEvent.Kind.EXPORT)
def plan_audit_reply(request: PortalRequest, audit_reply_id: int) -> HttpResponseBase:
    """A paper that was given to a request."""
    row = AuditReply.objects.select_related("request").filter(pk=audit_reply_id).first()
    if row is None:
        raise Http404
    declare_members(request, [])
    _audit(request, row.request.audit_id, f"the reply to request {row.request.place}")
    return paper(row.file_sha256, row.file_name)


@requires(VISIT)
@fresh_login_to_send
def document_request_new(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Ask for a paper or an answer."""
    audit, today = _visited(request, audit_id), timezone.localdate()
    form = AskFor(request.POST or None, initial={"due_date": reply_due(today)})
    here = reverse("compliance:plan_audit", args=[audit.pk])
    if request.method == "POST" and form.is_valid():
        try:
            told = form.cleaned_data
            ask_for(actor=request.actor, audit_id=audit.pk, now=timezone.now(), **told)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Asked, in your name. Whoever let you in is told.")
            return redirect(here)
    context = {
        "form": form,
        "title": "Ask for something",
        "verb": "Ask for it",
        "back": here,
        "crumbs": _crumbs((audit.title, here), ("Ask for something", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "compliance/form.html", context, status=status)
