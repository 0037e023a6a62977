"""Matches as staff decide them: both sides beside each other, and every decision before."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.screening_decisions import answer_proposal, decide_match
from credentialing.models import ScreeningDecision, ScreeningMatch
from credentialing.queries.screening_matches import MatchPage, match_page, matches, who_left
from credentialing.queries.screening_subjects import KINDS, file_url
from credentialing.rules.screening import CATEGORY_WORDS, Category
from credentialing.rules.screening_decisions import Status, allowed, needs_two
from credentialing.rules.screening_lists import BY_CODE
from credentialing.web.screening_forms import AnswerProposal, DecideMatch
from credentialing.web.screening_lists import crumbs
from ipaportal.core.parts import Chip, Column, Empty, FactItem, Listing, Moment, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import day_text
from ipaportal.identity.web.access import PortalRequest, fresh_login, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file

VIEW = "credentialing.view_screening"
DECIDE = "credentialing.decide_match"
CONFIRM = "credentialing.confirm_match"
STATUS = {
    Status.OPEN: "to decide",
    Status.NEEDS_INFO: "more is needed",
    Status.PROPOSED: "needs a second person",
    Status.CLEARED: "not the same",
    Status.TRUE_MATCH: "excluded",
    Status.REINSTATED: "reinstated",
}
MATCHES = (
    Column("label", "Who", "link", sort="label"),
    Column("kind", "What they are"),
    Column("listed", "On the list as"),
    Column("list", "List", sort="list_code"),
    Column("category", "Category", sort="category"),
    Column("status", "State", "status", sort="status"),
    Column("due", "Decide by", "day", sort="due_date"),
    Column("reasons", "Why", wide=True),
)
CHIPS = (
    Chip("show", "", "To decide"),
    Chip("show", "second", "For a second person"),
    Chip("show", "stopped", "Payments stopped"),
    Chip("show", "decided", "Decided"),
    Chip("show", "all", "All"),
)


@requires(VIEW)
def match_list(request: PortalRequest) -> HttpResponse:
    """Matches that wait, the most urgent first; of whoever left the network it is said."""
    today = timezone.localdate()
    found = matches(actor=request.actor, show=request.GET.get("show", ""))
    if key := request.GET.get("who", ""):
        found = found.filter(subject_key=key)
    if text := request.GET.get("q", "").strip():
        found = found.filter(label__icontains=text)
    if wants_file(request):
        left = who_left(found, today)
        return as_file(request, MATCHES, (_row(one, left) for one in found), "matches")
    listing = list_rows(
        found.order_by("due_date", "-score", "pk"),
        MATCHES,
        request.GET,
        caption="Matches",
        chips=CHIPS,
        empty=Empty(
            "Nothing to decide",
            "Every match was decided. A decision stands until either side changes: then it is "
            "here again, with what was decided before.",
        ),
        **export_urls(request),
    )
    left = who_left(listing.rows, today)
    context = {
        "listing": Listing(**{**vars(listing), "rows": [_row(m, left) for m in listing.rows]}),
        "crumbs": crumbs(("Matches", "")),
    }
    return render(request, "credentialing/match_list.html", context)


def _row(match: ScreeningMatch, left: set[str]) -> dict[str, object]:
    entry = match.entry
    listed = f"{entry.last_name}, {entry.first_name}" if entry.last_name else entry.business_name
    return {
        "label": match.label,
        "kind": KINDS.get(match.subject_key.partition(":")[0], "")
        + (", left the network" if match.subject_key in left else ""),
        "listed": listed or f"NPI {entry.npi}",
        "list": BY_CODE[match.list_code].name,
        "category": CATEGORY_WORDS[Category(match.category)],
        "status": STATUS[Status(match.status)],
        "due": match.due_date if match.status in (Status.OPEN, Status.PROPOSED) else None,
        "reasons": "; ".join(match.reasons),
        "url": reverse("credentialing:match_detail", args=[match.pk]),
    }


def _page(request: PortalRequest, match_id: int) -> MatchPage:
    try:
        return match_page(actor=request.actor, match_id=match_id, today=timezone.localdate())
    except ScreeningMatch.DoesNotExist as missing:
        raise Http404 from missing


@requires(VIEW)
def match_detail(request: PortalRequest, match_id: int) -> HttpResponse:
    """One match, side by side."""
    return _answer(request, _page(request, match_id))


def _forms(request: PortalRequest, page: MatchPage) -> dict[str, object]:
    match, seen = page.match, {"seen": page.seen}
    open_to = allowed(match.status, is_stopped=match.is_stopped)
    proposed = match.status == Status.PROPOSED
    may_decide = bool(open_to) and request.actor.may(DECIDE)
    may_answer = proposed and request.actor.may(CONFIRM)
    return {
        "decide": DecideMatch(allowed=open_to, initial=seen) if may_decide else None,
        "answer": AnswerProposal(initial=seen) if may_answer else None,
        "waits": proposed and not may_answer,
    }


def _answer(request: PortalRequest, page: MatchPage, **forms: object) -> HttpResponse:
    match = page.match
    spec = BY_CODE[match.list_code]
    context = {
        **_forms(request, page),
        **forms,
        "page": page,
        "match": match,
        "spec": spec,
        "state": STATUS[Status(match.status)],
        "category": CATEGORY_WORDS[Category(match.category)],
        "points": page.finding.points if page.finding else (),
        "reasons": page.finding.reasons if page.finding else match.reasons,
        "two": needs_two(match.category, "false_positive", is_stopped=match.is_stopped),
        "facts": _facts(page),
        "moments": [_moment(decision) for decision in reversed(page.decisions)],
        "file_url": file_url(match.subject_key),
        "crumbs": crumbs(("Matches", reverse("credentialing:match_list")), (match.label, "")),
    }
    wrong = any(getattr(form, "errors", None) for form in forms.values())
    return render(request, "credentialing/match_detail.html", context, status=422 if wrong else 200)


def _facts(page: MatchPage) -> list[FactItem]:
    match, entry = page.match, page.entry
    row = f"row {entry.row_no} of the file of {match.entry.version.source_date}"
    found = [
        FactItem("List", BY_CODE[match.list_code].name, note=row),
        FactItem("Excluded from", entry.effective_date, "day", note=entry.kind),
        FactItem("Address on the list", ", ".join(
            filter(None, (entry.address, entry.city, entry.state, entry.zip_code)))),
        FactItem("First found", match.opened_at.date(), "day"),
    ]  # fmt: skip
    for hold in page.holds:
        what = "released" if hold.released_at else "payments stopped"
        found.append(FactItem("Payee", hold.party.name, note=what))
    return found


def _moment(decision: ScreeningDecision) -> Moment:
    tone = {"agreed": "good", "declined": "warm"}.get(decision.part, "")
    return Moment(
        decision.decided_at,
        f"{decision.words} ({decision.get_part_display()})",
        who=decision.decided_by_name,
        note=decision.text,
        tone=tone,
    )


@require_POST
@requires(DECIDE)
def match_decide(request: PortalRequest, match_id: int) -> HttpResponse:
    """Decide a match, as the first person."""
    page = _page(request, match_id)
    open_to = allowed(page.match.status, is_stopped=page.match.is_stopped)
    form = DecideMatch(request.POST, allowed=open_to)
    if form.is_valid():
        try:
            match = decide_match(
                actor=request.actor, match_id=match_id, now=timezone.now(), **form.values
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(match))
            return redirect("credentialing:match_detail", match_id)
    return _answer(request, page, decide=form)


def _said(match: ScreeningMatch) -> str:
    if match.status == Status.PROPOSED:
        return "Proposed. A second person has to agree before anything is released."
    if match.is_stopped:
        return f"Decided: {match.label} is excluded, and their payees are held."
    return "Decided. It stands until either side changes."


@require_POST
@requires(CONFIRM)
@fresh_login
def match_answer(request: PortalRequest, match_id: int) -> HttpResponse:
    """Agree to a proposal, or not, as the second person; agreeing releases payments."""
    page = _page(request, match_id)
    form = AnswerProposal(request.POST)
    if form.is_valid():
        try:
            match = answer_proposal(
                actor=request.actor, match_id=match_id, now=timezone.now(), **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            day = day_text(timezone.localdate())
            words = "stays as it was" if not form.cleaned_data["agrees"] else "is released"
            messages.success(request, f"Kept on {day}: {match.label} {words}.")
            return redirect("credentialing:match_detail", match_id)
    return _answer(request, page, answer=form)
