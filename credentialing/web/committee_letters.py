"""What follows a meeting: clean files by the director, letters, minutes, protected discussion."""

from datetime import datetime

from allauth.account.internal.flows.reauthentication import get_authentication_records
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credentialing.actions.deciding import approve_clean_file
from credentialing.actions.letters import content_of, issue_letter
from credentialing.actions.minutes import sign_minutes, write_discussion
from credentialing.formats.application_pdf import render_letter
from credentialing.models import CredentialingEvent, Decision, Meeting
from credentialing.queries.committees import letters, may_view, waiting_files
from credentialing.queries.discussions import discussions
from credentialing.queries.minutes import attendance_of, items_of, minutes_of
from credentialing.rules.decisions import notice_rule_on, notice_words
from credentialing.web import committee_forms as forms
from credentialing.web import committee_parts as parts
from credentialing.web.committees import VIEW, crumbs
from ipaportal.core.files import read_stored
from ipaportal.core.parts import Chip, Empty, FactItem, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.core.words import plural
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import made_file

APPROVE = "credentialing.approve_clean_files"
DISCUSSIONS = "credentialing.view_discussions"


@requires(APPROVE)
@fresh_login_to_send
def clean_files(request: PortalRequest) -> HttpResponse:
    """Clean files, each with what was verified; those that are ticked are approved one by one."""
    today, wrong = timezone.localdate(), ""
    found = [one for one in waiting_files(actor=request.actor, day=today) if one.found.is_clean]
    if request.method == "POST":
        chosen = [value.partition(":") for value in request.POST.getlist("file")]
        if not chosen:
            wrong = "Tick the files that you looked at. Nothing was approved."
        elif _approve(request, chosen):
            return redirect("credentialing:clean_files")
        else:
            wrong = "Not everything was approved; the reasons stand above."
    files = [
        {
            **parts.waiting_row(one),
            "elements": one.found.states,
        }
        for one in found
    ]
    context = {"files": files, "wrong": wrong, "crumbs": crumbs(("Clean files", ""))}
    status = 422 if wrong else 200
    return render(request, "credentialing/staff/clean_files.html", context, status=status)


def _approve(request: PortalRequest, chosen: list[tuple[str, str, str]]) -> bool:
    approved, refused = 0, 0
    for event_id, _, digest in chosen:
        try:
            approve_clean_file(
                actor=request.actor,
                event_id=int(event_id) if event_id.isdigit() else 0,
                seen_digest=digest,
                confirmed_at=_confirmed_at(request),
                now=timezone.now(),
            )
            approved += 1
        except Refused as refusal:
            messages.error(request, str(refusal))
            refused += 1
        except CredentialingEvent.DoesNotExist:
            refused += 1
    if approved:
        messages.success(request, f"Approved: {plural(approved, 'file')}. Their letters are due.")
    return not refused


def _confirmed_at(request: PortalRequest) -> datetime | None:
    """When whoever is signed in last confirmed that it is them."""
    if is_demo_session(request):
        return timezone.now()
    records = get_authentication_records(request, request.user)
    if not records:
        return None
    last = max(record["at"] for record in records)
    return datetime.fromtimestamp(last, tz=timezone.get_current_timezone())


@requires(VIEW)
def letter_list(request: PortalRequest) -> HttpResponse:
    """Letters of decisions by their last day; late ones are named."""
    show = request.GET.get("show", "")
    found = [
        parts.letter_row(one)
        for one in letters(actor=request.actor, today=timezone.localdate(), show=show)
    ]
    if wants_file(request):
        return as_file(request, parts.LETTERS, found, "decision-letters")
    listing = list_rows(
        found,
        parts.LETTERS,
        request.GET,
        caption="Decision letters",
        chips=[
            Chip("show", "", "To send"),
            Chip("show", "late", "Late"),
            Chip("show", "all", "All"),
        ],
        empty=Empty("No letter is due", "Every decision was told. New ones come after a meeting."),
        **export_urls(request),
    )
    context = {"listing": listing, "crumbs": crumbs(("Letters", ""))}
    return render(request, "credentialing/staff/letter_list.html", context)


def _decision(request: PortalRequest, decision_id: int) -> Decision:
    may_view(request.actor)
    rows = Decision.objects.select_related("event__practitioner", "event__facility", "letter")
    found = rows.filter(pk=decision_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def letter_detail(request: PortalRequest, decision_id: int) -> HttpResponse:
    """A decision's letter as it went, or as it would go today."""
    return _letter_page(request, _decision(request, decision_id))


def _letter_page(
    request: PortalRequest, decision: Decision, form: forms.IssueLetter | None = None
) -> HttpResponse:
    letter, today = getattr(decision, "letter", None), timezone.localdate()
    rule = notice_rule_on(decision.decision_date)
    issued = letter.issued_date if letter else None
    told = notice_words(decision.notice_due_date, issued, today)
    may_issue = letter is None and request.actor.may("credentialing.issue_letter")
    context = {
        "decision": decision,
        "letter": letter,
        "content": letter.content if letter else content_of(decision, timezone.now()),
        "facts": [
            FactItem("Decision", decision.get_outcome_display(), note=decision.decided_by_name),
            FactItem("Decided", decision.decision_date, "day"),
            FactItem("Letter by", decision.notice_due_date, "day", note=rule.citation),
            FactItem("Stands", told),
        ],
        "form": form or (forms.IssueLetter() if may_issue else None),
        "crumbs": crumbs(
            ("Letters", reverse("credentialing:letter_list")), (str(decision.event), "")
        ),
    }
    status = 422 if form is not None else 200
    return render(request, "credentialing/staff/letter_detail.html", context, status=status)


@require_POST
@requires("credentialing.issue_letter")
def letter_issue(request: PortalRequest, decision_id: int) -> HttpResponse:
    """Issue a decision's letter."""
    decision = _decision(request, decision_id)
    form = forms.IssueLetter(request.POST)
    if form.is_valid():
        try:
            issue_letter(
                actor=request.actor, decision_id=decision_id, now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Issued: the letter is kept as it left.")
            return redirect("credentialing:letter_detail", decision_id)
    return _letter_page(request, decision, form)


@requires(VIEW)
def letter_pdf(request: PortalRequest, decision_id: int) -> HttpResponse:
    """The letter's PDF: as it went, or as it would go today."""
    decision = _decision(request, decision_id)
    letter = getattr(decision, "letter", None)
    data = (
        read_stored(letter.pdf_sha256)
        if letter
        else render_letter(content_of(decision, timezone.now()))
    )
    return made_file(data, f"decision-{decision.pk}.pdf", "application/pdf")


def _meeting(meeting_id: int) -> Meeting:
    found = Meeting.objects.select_related("committee").filter(pk=meeting_id).first()
    if found is None:
        raise Http404
    return found


@requires(VIEW)
def minutes_detail(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """The first part of a meeting's minutes, and its signatures."""
    meeting = _meeting(meeting_id)
    signed = minutes_of(actor=request.actor, meeting_id=meeting_id)
    context = {
        "meeting": meeting,
        "attendance": attendance_of(meeting),
        "items": items_of(meeting),
        "signed": signed,
        "may_sign": meeting.closed_at is not None
        and request.actor.may("credentialing.sign_minutes"),
        "crumbs": crumbs(
            (
                f"{meeting.starts_at:%b %-d, %Y}",
                reverse("credentialing:meeting_room", args=[meeting_id]),
            ),
            ("Minutes", ""),
        ),
    }
    return render(request, "credentialing/staff/minutes_detail.html", context)


@require_POST
@requires("credentialing.sign_minutes")
def minutes_sign(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """Sign the minutes, or an addendum to them."""
    _meeting(meeting_id)
    addendum = request.POST.get("addendum", "")
    try:
        sign_minutes(
            actor=request.actor, meeting_id=meeting_id, addendum=addendum, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Signed. They stay as they are; an addendum may follow.")
    return redirect("credentialing:minutes_detail", meeting_id)


@requires(DISCUSSIONS)
def discussion_list(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """What was said, for those who may read it; no file, no export, no search has it."""
    return _discussion_page(request, _meeting(meeting_id))


def _discussion_page(
    request: PortalRequest, meeting: Meeting, form: forms.WriteDiscussion | None = None
) -> HttpResponse:
    items = list(meeting.items.select_related("event__practitioner", "event__facility"))
    context = {
        "meeting": meeting,
        "said": discussions(actor=request.actor, meeting_id=meeting.pk),
        "form": form or forms.WriteDiscussion(items=items),
        "crumbs": crumbs(
            (
                f"{meeting.starts_at:%b %-d, %Y}",
                reverse("credentialing:meeting_room", args=[meeting.pk]),
            ),
            ("Discussion", ""),
        ),
    }
    status = 422 if form is not None else 200
    answer = render(request, "credentialing/staff/discussion_list.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires("credentialing.write_discussions")
def discussion_write(request: PortalRequest, meeting_id: int) -> HttpResponse:
    """Write down what was said."""
    meeting = _meeting(meeting_id)
    form = forms.WriteDiscussion(
        request.POST, items=list(meeting.items.select_related("event__practitioner"))
    )
    if form.is_valid():
        item = form.cleaned_data["item"]
        try:
            write_discussion(
                actor=request.actor,
                meeting_id=meeting_id,
                item_id=int(item) if item else None,
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("credentialing:discussion_list", meeting_id)
    return _discussion_page(request, meeting, form)
