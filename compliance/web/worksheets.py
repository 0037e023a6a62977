"""Universes and worksheets on pages: rows name members, so that who looks stands on record."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.audits import answer_element
from compliance.models import AuditAnswer, AuditItem, AuditPacket, AuditUniverse
from compliance.queries.audits import members_of, rows_of, state_of
from compliance.queries.ratings import answers_seen, hidden_from
from compliance.rules.audits import ANSWERS, WORKED
from compliance.rules.universes import NAMES, VERIFY
from compliance.web.audit_forms import Answers, file_of
from compliance.web.audit_parts import crumbs
from compliance.web.audits import paper
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.audit.models import AccessEvent
from ipaportal.core.parts import Column, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file

VIEW = "compliance.view_audits"
REVIEW = "compliance.review_items"
PROBLEMS = (
    Column("line", "Line", "count"),
    Column("column", "Column"),
    Column("words", "What is wrong", wide=True),
)
GIVEN = (
    Column("element", "Asked", wide=True),
    Column("answer", "Answer", "status"),
    Column("text", "In words", wide=True),
    Column("evidence", "Evidence", "link", url="paper", opens_page=True),
    Column("who", "By", minor=True),
)


@requires(VIEW)
def universe_detail(request: PortalRequest, universe_id: int) -> HttpResponse:
    """A universe as it was taken: what is wrong with it, and what it takes to draw again."""
    row = AuditUniverse.objects.select_related("audit").filter(pk=universe_id).first()
    if row is None:
        raise Http404
    rows = [dict(zip(("line", "column", "words"), one, strict=True)) for one in row.problems]
    if wants_file(request):
        return as_file(request, PROBLEMS, rows, "universe-problems")
    listing = list_rows(
        rows,
        PROBLEMS,
        request.GET,
        caption="What is wrong",
        empty=Empty("Nothing is wrong with it", "Every line and column was looked at."),
        **(export_urls(request) if rows else {}),
    )
    context = {
        "row": row,
        "listing": listing,
        "may_file": request.actor.may(REVIEW),
        "may_take": request.actor.may("compliance.manage_audits"),
        "is_ours": row.layout != "plain",
        "verify": VERIFY,
        "facts": [
            FactItem("Layout", NAMES.get(row.layout, row.layout), note=row.layout_version),
            FactItem("Rows", row.rows, "count"),
            FactItem("Problems", len(rows), "count"),
            FactItem("SHA-256 of its lines", row.population_sha256),
            FactItem("SHA-256 of the file", row.file_sha256),
        ],
        "crumbs": [*crumbs(row.audit), (f"Universe {row.place}", "")],
    }
    return render(request, "compliance/universe_detail.html", context)


@requires(REVIEW)
@shows_members(AccessEvent.Kind.EXPORT)
def universe_file(request: PortalRequest, universe_id: int) -> HttpResponseBase:
    """The file of a universe, as it came."""
    row = AuditUniverse.objects.select_related("audit").filter(pk=universe_id).first()
    if row is None:
        raise Http404
    declare_members(request, members_of(row))
    return stored_file(row.file_sha256, f"universe-{row.pk}.csv", "text/csv")


@requires(REVIEW)
@shows_members()
def item_detail(request: PortalRequest, audited_item_id: int) -> HttpResponse:
    """One sampled row and its worksheet; all answers of a page are kept at once."""
    item = (
        AuditItem.objects.select_related("draw__universe__audit").filter(pk=audited_item_id).first()
    )
    if item is None:
        raise Http404
    declare_members(request, [item.member_id] if item.member_id else [])
    audit = item.draw.universe.audit
    seen = answers_seen(audit, request.actor)
    given = {el: row for (no, el), row in seen.items() if no == item.pk}
    form = Answers(
        request.POST or None, request.FILES or None, elements=audit.elements.all(), before=given
    )
    if request.method == "POST" and form.is_valid() and _answered(request, item, form):
        messages.success(request, "Kept in your name.")
        following = item.draw.items.filter(place=item.place + 1).first()
        return redirect("compliance:item_detail", (following or item).pk)
    context = _worksheet(request, item, given) | {"form": form}
    status = 422 if form.errors else 200
    return render(request, "compliance/item_detail.html", context, status=status)


def _answered(request: PortalRequest, item: AuditItem, form: Answers) -> bool:
    """Keep what is new; what is refused stands at the form."""
    for element, answer, text, name in form.changed():
        evidence, evidence_name = file_of(form, name)
        try:
            answer_element(
                actor=request.actor,
                item_id=item.pk,
                element_id=element.pk,
                answer=answer,
                text=text,
                evidence=evidence,
                evidence_name=evidence_name,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, f"{element.place}. {refusal}")
    return not form.errors


def _worksheet(request: PortalRequest, item: AuditItem, given: dict) -> dict[str, object]:
    audit = item.draw.universe.audit
    cells = rows_of(item.draw.universe).get(item.key, {})
    rows = [
        {
            "element": f"{row.element.place}. {row.element}",
            "answer": ANSWERS[row.answer],
            "text": row.text,
            "evidence": row.evidence_name and "the paper",
            "paper": row.evidence_sha256 and reverse("compliance:answer_file", args=[row.pk]),
            "who": row.recorded_by_name,
        }
        for row in sorted(given.values(), key=lambda one: one.element.place)
    ]
    return {
        "item": item,
        "total": item.draw.count,
        "facts": [FactItem(name, value or "empty") for name, value in cells.items()],
        "may_answer": state_of(audit) in WORKED,
        "listing": list_rows(rows, GIVEN, {}, caption="Answers") if rows else None,
        "crumbs": [*crumbs(audit), (f"Item {item.place}", "")],
    }


@requires("compliance.manage_audits")
@shows_members(AccessEvent.Kind.EXPORT)
def packet_file(request: PortalRequest, audit_packet_id: int) -> HttpResponseBase:
    """A packet, once it is written."""
    packet = AuditPacket.objects.filter(pk=audit_packet_id, state="done").first()
    if packet is None or hidden_from(packet.audit, request.actor):
        raise Http404
    for universe in packet.audit.universes.select_related("audit"):
        declare_members(request, members_of(universe))
    declare_members(request, [])
    return stored_file(packet.sha256, f"audit-packet-{packet.pk}.zip", "application/zip")


@requires(REVIEW)
def answer_file(request: PortalRequest, answer_id: int) -> HttpResponseBase:
    """The evidence of an answer."""
    row = AuditAnswer.objects.filter(pk=answer_id).select_related("item__draw__audit").first()
    if row is None:
        raise Http404
    if (row.item_id, row.element_id) not in answers_seen(row.item.draw.audit, request.actor):
        raise Http404  # another rater's, whose word is not to be seen yet
    return paper(row.evidence_sha256, row.evidence_name)
