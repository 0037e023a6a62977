"""Files as staff work on them: the list, a practitioner's file, elements, documents, evidence."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from credentialing.actions.applicants import invite_applicant
from credentialing.actions.discrepancies import close_discrepancy, send_discrepancy
from credentialing.actions.documents import review_document
from credentialing.actions.inquiries import send_inquiry, withdraw_inquiry
from credentialing.actions.verifying import (
    finish_verifying,
    record_verification,
    review_verification,
    send_back,
    start_verifying,
    withdraw_file,
)
from credentialing.models import CredentialingEvent, Document, Element, Practitioner, Verification
from credentialing.queries import files as asked
from credentialing.queries.policies import supervision_words
from credentialing.rules.elements import NPDB, RULES, SOURCES
from credentialing.rules.events import OVER
from credentialing.web import file_forms as forms
from credentialing.web import file_parts as parts
from credentialing.web.askings import waits_of
from credentialing.web.file_parts import file_address
from credentialing.web.performance import performance_of
from credentialing.web.sending import send_invitation, send_letter
from ipaportal.core.parts import Chip, Column, Empty, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.exports import as_file, export_urls, wants_file
from ipaportal.identity.web.stored import stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

FILES = "Files"
LIST_COLUMNS = (
    Column("name", "File", "link"),
    Column("what", "Of", minor=True),
    Column("kind", "Cycle"),
    Column("status", "Stands", "status"),
    Column("signed", "Verified"),
    Column("opened", "Opened", "day", sort="opened_at"),
    Column("age", "Days", "count"),
    Column("planned", "Decision planned", "day", sort="planned_decision_date"),
)
CHIPS = (
    Chip("status", "open", "Open"),
    Chip("status", "submitted", "To look at"),
    Chip("status", "verifying", "Being verified"),
    Chip("status", "verified", "Verified"),
    Chip("status", "incomplete", "Wait for the provider"),
    Chip("status", "", "All"),
)


def crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to a page under the files."""
    return [(FILES, reverse("credentialing:file_list")), *more]


@requires("credentialing.view_files")
def file_list(request: PortalRequest) -> HttpResponse:
    """Every file's newest cycle: who waits for what, and for how long."""
    text, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    found = asked.files(actor=request.actor, text=text, status=status)
    today = timezone.localdate()
    if wants_file(request):
        listed = asked.with_counts(found.order_by("pk"))
        rows = (parts.event_row(row, signed, today) for row, signed in listed)
        return as_file(request, LIST_COLUMNS, rows, "files")
    listing = list_rows(
        found,
        LIST_COLUMNS,
        request.GET,
        caption=FILES,
        chips=CHIPS,
        empty=Empty("No file here", "Invite a practitioner, or open the cycle of a facility."),
        **export_urls(request),
    )
    rows = [parts.event_row(*one, today) for one in asked.with_counts(listing.rows)]
    context = {
        "listing": Listing(**{**vars(listing), "rows": rows}),
        "may_invite": request.actor.may("credentialing.invite_applicant"),
    }
    return render(request, "credentialing/staff/file_list.html", context)


@requires("credentialing.invite_applicant")
def applicant_new(request: PortalRequest) -> HttpResponse:
    """Invite a practitioner to apply."""
    form = forms.Invite(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        practice = data.pop("practice")
        try:
            application, invitation = invite_applicant(
                actor=request.actor, practice_id=practice.pk, now=timezone.now(), **data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if invitation is not None:
                return send_invitation(request, invitation)
            messages.success(request, "The file is open; they find it when they sign in.")
            return redirect("credentialing:practitioner_file", application.practitioner_id)
    context = {"form": form, "crumbs": crumbs(("Invite", ""))}
    status = 422 if form.errors else 200
    return render(request, "credentialing/staff/applicant_new.html", context, status=status)


@requires("credentialing.view_files")
def practitioner_file(request: PortalRequest, practitioner_id: int) -> HttpResponse:
    """A practitioner's file in tabs."""
    return show_practitioner(request, practitioner_id)


def show_practitioner(
    request: PortalRequest, practitioner_id: int, **bound: object
) -> HttpResponse:
    """The file's page; `bound` are forms that came back with something wrong in them."""
    try:
        page = asked.practitioner_file(
            actor=request.actor, practitioner_id=practitioner_id, today=timezone.localdate()
        )
    except Practitioner.DoesNotExist as missing:
        raise Http404 from missing
    who, tab = page.holder, parts.tab_asked(request, parts.TABS)
    context = {
        "page": page,
        "tab": tab,
        "tabs": parts.tabs_of(request, parts.TABS, page),
        "facts": parts.event_facts(page),
        "line": f"NPI {who.npi}" + (f" · {who.specialty}" if who.specialty else ""),
        "elements": parts.elements_table(page),
        "credentials": parts.credentials_table(page.credentials, page.day),
        "replaced": parts.credentials_table(page.replaced, page.day, "What was held before"),
        "documents": parts.documents_table(page.documents),
        "history": parts.history_tables(page) if tab == "history" else [],
        "moments": parts.moments_of(page),
        "planned": parts.planned_words(page),
        "next": _next(request, page.event),
        "complaints": asked.complaints_since(who),
        "may_complain": request.actor.may("credentialing.work_files"),
        **({} if tab else waits_of(request.actor, page.event, page.elements)),
        "performance": performance_of(who, page.event, timezone.localdate())
        if tab == "performance"
        else None,
        "left": sum(not state.is_done for state in page.elements),
        "missed": "" if tab else _missed(page),
        "start_form": forms.Planned(),
        "reason_form": forms.Reason(),
        "crumbs": crumbs((str(who), "")),
        **bound,
    }
    status = 422 if bound else 200
    return render(request, "credentialing/staff/practitioner_file.html", context, status=status)


def _missed(page: asked.FilePage) -> str:
    """What the policies of the planned day miss on a file that is not decided yet."""
    event = page.event
    if event is None or event.status in OVER:
        return ""
    words = "; ".join(supervision_words(page.holder, page.day))
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _next(request: PortalRequest, event: CredentialingEvent | None) -> str:
    """What may be done next with a file, for the button of its page."""
    if event is None or not request.actor.may("credentialing.work_files"):
        return ""
    steps = {"submitted": "start", "incomplete": "start", "verifying": "finish"}
    return steps.get(event.status, "")


STEP_DONE = {
    "start": "Complete. What has to be verified stands under Elements.",
    "finish": "Everything is verified; the file may go to the committee.",
    "back": "Sent back to the provider, with your reason.",
    "withdraw": "The file is withdrawn.",
}
ELEMENT_DONE = {
    "record": "Recorded. It counts once somebody has read it and signed.",
    "ask": "The letter is made.",
    "withdraw": "The letter is withdrawn: its link opens nothing any more.",
    "differs": "The applicant is told and may answer.",
    "close": "Closed, with what came of it.",
}


@require_POST
@requires("credentialing.work_files")
def file_act(request: PortalRequest, event_id: int) -> HttpResponse:
    """One step of a file: find it complete, send it back, finish verifying, withdraw it."""
    event = CredentialingEvent.objects.filter(pk=event_id).first()
    if event is None:
        raise Http404
    do, common = request.POST.get("do", ""), {"actor": request.actor, "event_id": event_id}
    kinds = {"start": forms.Planned, "finish": forms.forms.Form}
    form = kinds.get(do, forms.Reason)(request.POST)
    acts: dict[str, Callable] = {
        "start": start_verifying,
        "finish": finish_verifying,
        "back": send_back,
        "withdraw": withdraw_file,
    }
    if do in acts and form.is_valid():
        try:
            acts[do](**common, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, STEP_DONE[do])
            return redirect(file_address(event))
    name = "start_form" if do == "start" else "finish_form" if do == "finish" else "reason_form"
    if event.practitioner_id:
        return show_practitioner(request, event.practitioner_id, **{name: form})
    return redirect(file_address(event))


@require_GET
@requires("credentialing.view_files")
def element_detail(request: PortalRequest, element_id: int) -> HttpResponse:
    """One element: what sources said, what to record, whom to ask."""
    return show_element(request, element_id)


def show_element(request: PortalRequest, element_id: int, **bound: object) -> HttpResponse:
    """The element's page; `bound` are forms that came back with something wrong in them."""
    today = timezone.localdate()
    try:
        page = asked.element_page(actor=request.actor, element_id=element_id, today=today)
    except Element.DoesNotExist as missing:
        raise Http404 from missing
    element = page.element
    holder = element.event.practitioner or element.event.facility
    sources = [SOURCES[code] for code in RULES[element.code].sources]
    sees_npdb = request.actor.may("credentialing.view_npdb_results")
    context = {
        "page": page,
        "holder": holder,
        "sources": sources,
        "may_npdb": sees_npdb,
        "told": [(row, parts.said_facts(row, sees_npdb=sees_npdb), getattr(row, "review", None))
                 for row in page.verifications],
        "record_form": forms.Record(
            element=element, initial={"performed_on": today, "as_of_date": today}
        ),
        "ask_form": forms.Ask(),
        "differs_form": forms.Differs(),
        "look_form": forms.Look(),
        "close_form": forms.Close(),
        "may_work": request.actor.may("credentialing.work_files"),
        "may_sign": request.actor.may("credentialing.sign_reviews"),
        "may_ask": any(one in RULES[element.code].sources
                       for one in ("employer", "peer", "carrier", "school", "hospital")),
        "crumbs": crumbs((str(holder), file_address(element.event)), (str(element), "")),
        **bound,
    }  # fmt: skip
    status = 422 if bound else 200
    return render(request, "credentialing/staff/element_detail.html", context, status=status)


@require_POST
@requires("credentialing.work_files")
@takes_file(LIST)
def element_act(request: PortalRequest, element_id: int) -> HttpResponse:
    """Record what a source said, write to somebody, tell the applicant what differs."""
    element = Element.objects.filter(pk=element_id, dropped_at=None).first()
    if element is None:
        raise Http404
    do = request.POST.get("do", "record")
    form, act = _element_form(request, element, do)
    if form.is_valid():
        try:
            answer = act(form)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, ELEMENT_DONE.get(do, ELEMENT_DONE["record"]))
            return answer or redirect("credentialing:element_detail", element_id)
    names = {"ask": "ask_form", "differs": "differs_form", "close": "close_form"}
    return show_element(request, element_id, **{names.get(do, "record_form"): form})


def _element_form(request: PortalRequest, element: Element, do: str):
    now, common = timezone.now(), {"actor": request.actor, "now": timezone.now()}
    if do == "ask":

        def ask(form) -> HttpResponse:
            inquiry, token = send_inquiry(
                element_id=element.pk,
                home_url=request.build_absolute_uri("/"),
                **common,
                **form.cleaned_data,
            )
            return send_letter(request, inquiry, token)

        return forms.Ask(request.POST), ask
    if do == "differs":
        return (
            forms.Differs(request.POST),
            lambda form: (
                send_discrepancy(element_id=element.pk, **common, **form.cleaned_data) and None
            ),
        )
    if do == "close":
        return (
            forms.Close(request.POST),
            lambda form: (
                close_discrepancy(
                    discrepancy_id=form.cleaned_data["discrepancy"],
                    outcome=form.cleaned_data["outcome"],
                    **common,
                )
                and None
            ),
        )
    if do == "withdraw":
        return (
            forms.forms.Form(request.POST),
            lambda form: (
                withdraw_inquiry(inquiry_id=_number(request.POST.get("inquiry")), **common) and None
            ),
        )
    record = forms.Record(request.POST, request.FILES, element=element)
    return (
        record,
        lambda form: (
            record_verification(element_id=element.pk, **common, **form.values(now)) and None
        ),
    )


def _number(text: str | None) -> int:
    if not (text or "").isdigit():
        raise Http404
    return int(text)


@require_POST
@requires("credentialing.sign_reviews")
def verification_review(request: PortalRequest, verification_id: int) -> HttpResponse:
    """Sign for what a source said, or refuse it."""
    try:
        found = asked.verification(actor=request.actor, verification_id=verification_id)
    except Verification.DoesNotExist as missing:
        raise Http404 from missing
    form = forms.Look(request.POST)
    if form.is_valid():
        try:
            review_verification(
                actor=request.actor,
                verification_id=verification_id,
                is_accepted=form.is_accepted,
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Signed, in your name.")
            return redirect("credentialing:element_detail", found.element_id)
    return show_element(request, found.element_id, look_form=form)


@require_GET
@requires("credentialing.view_files")
def verification_evidence(request: PortalRequest, verification_id: int) -> HttpResponse:
    """What was kept of a source's answer."""
    try:
        found = asked.verification(actor=request.actor, verification_id=verification_id)
    except Verification.DoesNotExist as missing:
        raise Http404 from missing
    is_sealed = found.source == NPDB and not request.actor.may("credentialing.view_npdb_results")
    if not found.evidence_sha256 or is_sealed:
        raise Http404
    return stored_file(found.evidence_sha256, found.evidence_name)


@requires("credentialing.view_files")
def document_detail(request: PortalRequest, document_id: int) -> HttpResponse:
    """One document: looked at once, by a named person."""
    return _document(request, document_id)


def _document(request: PortalRequest, document_id: int, **bound: object) -> HttpResponse:
    try:
        found = asked.document(actor=request.actor, document_id=document_id)
    except Document.DoesNotExist as missing:
        raise Http404 from missing
    holder = found.practitioner or found.facility
    of = "practitioner_file" if found.practitioner_id else "facility_detail"
    home = reverse(f"credentialing:{of}", args=[holder.pk])
    context = {
        "document": found,
        "look_form": forms.Look(),
        "may_look": request.actor.may("credentialing.work_files") and found.status == "received",
        "crumbs": crumbs((str(holder), f"{home}?tab=documents"), (found.get_kind_display(), "")),
        **bound,
    }
    status = 422 if bound else 200
    return render(request, "credentialing/staff/document_detail.html", context, status=status)


@require_GET
@requires("credentialing.view_files")
def document_file(request: PortalRequest, document_id: int) -> HttpResponse:
    """The bytes of a document."""
    try:
        found = asked.document(actor=request.actor, document_id=document_id)
    except Document.DoesNotExist as missing:
        raise Http404 from missing
    return stored_file(found.sha256, found.name)


@require_POST
@requires("credentialing.work_files")
def document_review(request: PortalRequest, document_id: int) -> HttpResponse:
    """Accept a document, or reject it in words."""
    form = forms.Look(request.POST)
    if not Document.objects.filter(pk=document_id).exists():
        raise Http404
    if form.is_valid():
        try:
            review_document(
                actor=request.actor,
                document_id=document_id,
                is_accepted=form.is_accepted,
                text=form.cleaned_data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Looked at, in your name.")
            return redirect("credentialing:document_detail", document_id)
    return _document(request, document_id, look_form=form)
