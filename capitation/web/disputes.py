"""Questions about lines: asked by practices, answered by the IPA, never by editing a line."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from capitation.actions.disputes import answer_dispute, open_dispute
from capitation.queries.disputes import (
    STATES,
    DisputePage,
    NoSuchDispute,
    dispute_list,
    dispute_page,
    member_names,
)
from capitation.queries.statements import statement_of_line
from capitation.web.provider import found_line
from capitation.web.statement_forms import Answer, Ask
from capitation.web.statement_parts import line_url
from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import dollars_text, month_text
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

QUESTIONS = "Questions"


@requires("capitation.view_disputes")
@shows_members()
def list_page(request: PortalRequest) -> HttpResponse:
    """Questions that the actor may see, newest first."""
    status, text = request.GET.get("status", ""), request.GET.get("q", "").strip()
    found = dispute_list(actor=request.actor, status=status)
    if text:
        found = found.filter(statement__payee__name__istartswith=text)
    if wants_file(request):
        return as_file(request, ASKED, _rows(request, list(found)), "questions")
    listing = list_rows(
        found,
        ASKED,
        request.GET,
        caption=QUESTIONS,
        chips=[Chip("status", "", "All"), *[Chip("status", v, _word(v)) for v, _ in STATES]],
        empty=Empty(
            "No questions", "Open a member's amount on a statement, then “Ask about this line”."
        ),
        **export_urls(request),
    )
    context = {
        "listing": Listing(**{**vars(listing), "rows": _rows(request, listing.rows)}),
        "searches": "q" if request.actor.reach("capitation.view_disputes") is None else "",
    }
    return render(request, "capitation/provider/dispute_list.html", context)


ASKED = (
    Column("question", "Question", "link"),
    Column("member", "Member"),
    Column("month", "Month", "month", sort="coverage_month"),
    Column("payee", "Practice", sort="statement__payee__name"),
    Column("asked", "Asked", "day", sort="opened_at"),
    Column("by", "By", minor=True),
    Column("status", "Status", "status", sort="status"),
)


def _rows(request: PortalRequest, found) -> list[dict[str, object]]:
    ids = [row.member_id for row in found]
    names = member_names(ids)
    declare_members(request, ids)
    return [
        {
            "question": row.question if len(row.question) < 90 else f"{row.question[:88]}…",
            "member": names[row.member_id],
            "month": row.coverage_month,
            "payee": row.statement.payee.name,
            "asked": row.opened_at,
            "by": row.opened_by_name,
            "status": row.status,
            "url": reverse("capitation:dispute_detail", args=[row.pk]),
        }
        for row in found
    ]


def _word(status: str) -> str:
    return status[:1].upper() + status[1:]


@requires("capitation.open_dispute")
@shows_members()
def new_page(request: PortalRequest, line: str) -> HttpResponse:
    """Ask about one line of a statement."""
    explained = found_line(request, line)
    statement = statement_of_line(actor=request.actor, line=explained.line)
    if statement is None:
        raise Http404
    declare_members(request, [explained.line.member_id])
    form = Ask(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dispute = open_dispute(
                actor=request.actor,
                statement_id=statement.pk,
                run_id=explained.line.run_id,
                member_id=explained.line.member_id,
                coverage_month=explained.line.coverage_month,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your question was sent. The answer will stand here.")
            return redirect("capitation:dispute_detail", dispute.pk)
    context = {
        "form": form,
        "explained": explained,
        "back": line_url(line),
        "facts": [
            FactItem("Member", explained.member_name, note=explained.member_number),
            FactItem("Month", explained.line.coverage_month, "month"),
            FactItem("To you", explained.cents, "dollars"),
            FactItem("Line", line),
        ],
        "crumbs": [
            ("Statements", reverse("capitation:statement_list")),
            (
                month_text(statement.month),
                reverse("capitation:statement_detail", args=[statement.pk]),
            ),
            (explained.member_name, line_url(line)),
            ("Ask", ""),
        ],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/provider/dispute_new.html", context, status=status)


@requires("capitation.view_disputes")
@shows_members()
def detail(request: PortalRequest, dispute_id: int) -> HttpResponse:
    """One question: what was asked, about which line, what was answered."""
    page = _found(request, dispute_id)
    return _detail(request, page, Answer())


@requires("capitation.answer_dispute")
@shows_members()
def answer(request: PortalRequest, dispute_id: int) -> HttpResponse:
    """Answer a question: uphold it, or decline it, in words."""
    page = _found(request, dispute_id)
    form = Answer(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_dispute(
                actor=request.actor,
                dispute_id=dispute_id,
                upheld=form.cleaned_data["verdict"] == "upheld",
                answer=form.cleaned_data["answer"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Answered. {page.dispute.statement.payee} sees it now.")
            return redirect("capitation:dispute_detail", dispute_id)
    return _detail(request, page, form)


def _found(request: PortalRequest, dispute_id: int) -> DisputePage:
    try:
        page = dispute_page(actor=request.actor, dispute_id=dispute_id)
    except NoSuchDispute as missing:
        raise Http404 from missing
    declare_members(request, [page.dispute.member_id])
    return page


def _member_url(request: PortalRequest, member_id: int) -> str:
    """Where the facts behind a line are corrected, for whoever may look there."""
    actor = request.actor
    sees = actor.may("capitation.view_members") and actor.reach("capitation.view_members") is None
    return reverse("capitation:member_detail", args=[member_id]) if sees else ""


def _detail(request: PortalRequest, page: DisputePage, form: Answer) -> HttpResponse:
    dispute = page.dispute
    is_open = dispute.status == "open"
    moments = [Moment(dispute.opened_at, "Asked", dispute.opened_by_name, dispute.question)]
    if not is_open:
        tone = "good" if dispute.status == "upheld" else "warm"
        said = "Upheld" if dispute.status == "upheld" else "Declined"
        moments.append(
            Moment(dispute.answered_at, said, dispute.answered_by_name, dispute.answer, tone)
        )
    context = {
        "dispute": dispute,
        "moments": moments,
        "form": form if is_open and request.actor.may("capitation.answer_dispute") else None,
        "facts": [
            FactItem("Member", page.member_name, url=_member_url(request, dispute.member_id)),
            FactItem("Month", dispute.coverage_month, "month"),
            FactItem(
                "Amount",
                dollars_text(page.cents),
                note="open the line to see why",
                url=line_url(str(page.line)),
            ),
            FactItem("Practice", dispute.statement.payee.name),
            FactItem("Status", dispute.status, "status"),
        ],
        "crumbs": [(QUESTIONS, reverse("capitation:dispute_list")), (page.member_name, "")],
    }
    status = 422 if form.errors else 200
    return render(request, "capitation/provider/dispute_detail.html", context, status=status)
