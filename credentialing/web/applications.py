"""My file, as practitioners and their practice's manager see it: application and signature."""

from datetime import datetime

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from credentialing.actions.applicants import begin_application
from credentialing.actions.applications import keep_personal, save_section, sign_application
from credentialing.actions.discrepancies import answer_discrepancy
from credentialing.actions.documents import bring_document
from credentialing.actions.profiles import accept_differences
from credentialing.formats.application_pdf import render_letter
from credentialing.models import Application, Attestation, Discrepancy, Profile
from credentialing.queries.adverse import own_actions
from credentialing.queries.applications import (
    ApplicationPage,
    application_page,
    applications,
    differences,
    digest_now,
    letter_about,
    my_letters,
    section_version,
    shown,
    spans_of,
)
from credentialing.rules.application import ATTESTATION_TEXT, BY_CODE, SECTIONS, faults_of, rows_of
from credentialing.rules.events import Status
from credentialing.web import application_forms as forms
from credentialing.web.file_forms import Paper
from credentialing.web.work_picture import work_picture
from ipaportal.core.parts import Step
from ipaportal.core.refusals import Refused
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, is_fragment, requires
from ipaportal.identity.web.stored import made_file, stored_file
from ipaportal.identity.web.uploads import LIST, takes_file

FILL = "credentialing.fill_application"
MINE = "My file"


def _crumbs(page: ApplicationPage, *more: tuple[str, str]) -> list[tuple[str, str]]:
    home = reverse("credentialing:application_detail", args=[page.application.pk])
    who = str(page.application.practitioner)
    return [(MINE, reverse("credentialing:my_file")), (who, home), *more]


def _page(request: PortalRequest, application_id: int) -> ApplicationPage:
    try:
        return application_page(
            actor=request.actor, application_id=application_id, today=timezone.localdate()
        )
    except Application.DoesNotExist as missing:
        raise Http404 from missing


@requires(FILL)
def my_file(request: PortalRequest) -> HttpResponse:
    """My applications, and those that I fill in for my practice."""
    letters = my_letters(request.actor)
    context = {
        "rows": [
            (row, row.event.status == Status.INVITED, _may_begin(request, row),
             letters.get(row.event_id))
            for row in applications(request.actor)
        ],
        "actions": own_actions(request.actor),
    }  # fmt: skip
    return render(request, "credentialing/provider/my_file.html", context)


def _may_begin(request: PortalRequest, row: Application) -> bool:
    return row.practitioner.user_id in (None, request.actor.user_id)


@require_GET
@requires(FILL)
def my_letter(request: PortalRequest, application_id: int) -> HttpResponseBase:
    """The letter about how my file ended, decided or withdrawn, as it went out."""
    found = Application.objects.for_actor(request.actor).filter(pk=application_id).first()
    letter = found and my_letters(request.actor).get(found.event_id)
    if not letter:
        raise Http404
    return stored_file(letter.pdf_sha256, f"letter-{letter.issued_date}.pdf")


@require_POST
@requires(FILL)
def application_begin(request: PortalRequest, application_id: int) -> HttpResponse:
    """Begin the application that I was invited to."""
    if application_id not in {row.pk for row in applications(request.actor)}:
        raise Http404
    try:
        begin_application(actor=request.actor, application_id=application_id, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("credentialing:my_file")
    return redirect("credentialing:application_detail", application_id)


@requires(FILL)
def application_detail(request: PortalRequest, application_id: int) -> HttpResponse:
    """An application: its sections, papers, what is missing, what differs."""
    page = _page(request, application_id)
    sections = [
        {
            "section": section,
            "faults": page.missing.get(section.code, []),
            "saved": section.code in page.answers,
            "url": reverse(
                "credentialing:application_section", args=[application_id, section.code]
            ),
        }
        for section in SECTIONS
    ]
    open_status = {Status.APPLYING, Status.INCOMPLETE, Status.SUBMITTED}
    context = {
        "page": page,
        "sections": sections,
        "done": sum(not one["faults"] and one["saved"] for one in sections),
        "steps": _steps(page),
        "picture": work_picture(spans_of(page.answers), timezone.localdate()),
        "differences": sum(len(differences(p, page.answers)) for p in page.profiles[:2]),
        "may_sign": page.is_mine
        and request.actor.may("credentialing.sign_application")
        and page.application.event.status == Status.APPLYING,
        "is_open": page.application.event.status in open_status,
        "crumbs": [*_crumbs(page)[:-1], (str(page.application.practitioner), "")],
    }
    return render(request, "credentialing/provider/application_detail.html", context)


def _steps(page: ApplicationPage) -> list[Step]:
    status = page.application.event.status
    names = ("Fill in", "Sign", "Verified", "Decided")
    reached = {"invited": 0, "applying": 0, "submitted": 2, "incomplete": 2, "verifying": 2,
               "verified": 3, "queued": 3, "on_agenda": 3}.get(status, 4)  # fmt: skip
    if status == Status.APPLYING and not page.missing and page.has_birth_date:
        reached = 1
    states = ["done" if n < reached else "now" if n == reached else "wait" for n in range(4)]
    note = page.application.event.get_status_display()
    return [
        Step(name, state, note if state == "now" else "")
        for name, state in zip(names, states, strict=True)
    ]


@requires(FILL)
def application_section(request: PortalRequest, application_id: int, code: str) -> HttpResponse:
    """One section; it saves itself while it is filled in."""
    page = _page(request, application_id)
    section = BY_CODE.get(code)
    if section is None:
        raise Http404
    refusal = None
    if request.method == "POST":
        try:
            save_section(
                actor=request.actor,
                application_id=application_id,
                code=code,
                data=forms.answers_in(section, request.POST),
                seen_version=_whole(request.POST.get("seen_version", "")),
                now=timezone.now(),
            )
        except Refused as why:
            refusal = why
        else:
            if not is_fragment(request):
                return redirect(_after(request, application_id, code))
    saved = section_version(page.application, code)
    data = saved.data if saved else {}
    context = {
        "page": page,
        "section": section,
        "forms": forms.forms_of(section, data),
        "faults": faults_of(section, data) if saved else [],
        "version": saved.version if saved else 0,
        "saved": saved,
        "refusal": refusal,
        "picture": work_picture(spans_of(page.answers), timezone.localdate())
        if code in ("work", "gaps")
        else None,
        "gaps": page.missing.get("gaps", []) if code in ("work", "gaps") else [],
        "crumbs": _crumbs(page, (section.name, "")),
    }
    if is_fragment(request):
        return render(request, "credentialing/provider/_section_saved.html", context)
    status = 422 if refusal else 200
    return render(
        request, "credentialing/provider/application_section.html", context, status=status
    )


def _whole(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 9 else -1


def _after(request: PortalRequest, application_id: int, code: str) -> str:
    """Where “Save and go on” leads: the next section, or the overview; a new row stays here."""
    if "more" in request.POST:
        return reverse("credentialing:application_section", args=[application_id, code])
    codes = [section.code for section in SECTIONS]
    following = codes.index(code) + 1
    if following < len(codes):
        args = [application_id, codes[following]]
        return reverse("credentialing:application_section", args=args)
    return reverse("credentialing:application_detail", args=[application_id])


@sensitive_post_parameters("ssn", "birth_date")
@requires(FILL)
def application_personal(request: PortalRequest, application_id: int) -> HttpResponse:
    """Birth date and Social Security number, kept encrypted."""
    page = _page(request, application_id)
    form = forms.Personal(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            keep_personal(
                actor=request.actor,
                application_id=application_id,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Kept, encrypted.")
            return redirect("credentialing:application_detail", application_id)
    context = {"page": page, "form": form, "crumbs": _crumbs(page, ("Personal", ""))}
    status = 422 if form.errors else 200
    return render(
        request, "credentialing/provider/application_personal.html", context, status=status
    )


@requires("credentialing.sign_application")
@fresh_login_to_send
def application_sign(request: PortalRequest, application_id: int) -> HttpResponse:
    """Read the whole application and sign it, after confirming that it is me."""
    page = _page(request, application_id)
    form = forms.Sign(request.POST or None, initial={"seen_digest": digest_now(page)})
    if request.method == "POST" and form.is_valid():
        confirmed_at, confirmed_by = _confirmed(request)
        try:
            sign_application(
                actor=request.actor,
                application_id=application_id,
                confirmed_at=confirmed_at,
                confirmed_by=confirmed_by,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, "Signed. The IPA verifies it now; you see here how far it is."
            )
            return redirect("credentialing:application_detail", application_id)
    context = {
        "page": page,
        "form": form,
        "sections": [(section, _answers(section, page)) for section in SECTIONS],
        "text": ATTESTATION_TEXT,
        "digest": digest_now(page),
        "crumbs": _crumbs(page, ("Sign", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/provider/application_sign.html", context, status=status)


def _answers(section, page: ApplicationPage) -> list[list[tuple[str, str]]]:
    rows = rows_of(section, page.answers.get(section.code, {}))
    return [
        [(f.label, shown(f, row[f.name])) for f in section.fields if row[f.name]] for row in rows
    ]


def _confirmed(request: PortalRequest) -> tuple[datetime, str]:
    """When and how whoever is signed in last confirmed that it is them."""
    if is_demo_session(request):
        return timezone.now(), "demo sign-in"
    records = get_authentication_records(request, request.user)
    if not records:
        return datetime.fromtimestamp(0, tz=timezone.get_current_timezone()), ""
    last = max(records, key=lambda record: record["at"])
    at = datetime.fromtimestamp(last["at"], tz=timezone.get_current_timezone())
    return at, str(last["method"])


@require_GET
@requires("credentialing.view_signatures")
def attestation_pdf(request: PortalRequest, attestation_id: int) -> HttpResponse:
    """The PDF that was signed."""
    rows = Attestation.objects.filter(pk=attestation_id)
    if not request.actor.may("credentialing.view_files"):
        rows = rows.filter(application__in=Application.objects.for_actor(request.actor))
    found = rows.first()
    if found is None:
        raise Http404
    return stored_file(found.pdf_sha256, f"application-{found.signed_at:%Y-%m-%d}.pdf")


@require_GET
@requires("credentialing.view_signatures")
def discrepancy_pdf(request: PortalRequest, discrepancy_id: int) -> HttpResponse:
    """The letter that tells what differs, as a PDF: the same each time."""
    rows = Discrepancy.objects.filter(pk=discrepancy_id).select_related("element__event")
    if not request.actor.may("credentialing.view_files"):
        mine = Application.objects.for_actor(request.actor).values("event")
        rows = rows.filter(element__event__in=mine)
    found = rows.first()
    if found is None:
        raise Http404
    data = render_letter(letter_about(found))
    return made_file(data, f"differs-{found.pk}.pdf", "application/pdf")


@requires(FILL)
@takes_file(LIST)
def my_document_new(request: PortalRequest, application_id: int) -> HttpResponse:
    """Bring a document."""
    page = _page(request, application_id)
    form = Paper(
        request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "")}
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            bring_document(
                actor=request.actor,
                application_id=application_id,
                kind=form.cleaned_data["kind"],
                name=file.name,
                data=file.read(),
                expires_date=form.cleaned_data["expires_date"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Received. Somebody at the IPA looks at it.")
            return redirect("credentialing:application_detail", application_id)
    context = {"page": page, "form": form, "crumbs": _crumbs(page, ("Document", ""))}
    status = 422 if form.errors else 200
    return render(request, "credentialing/provider/my_document_new.html", context, status=status)


@requires(FILL)
def discrepancy_answer(request: PortalRequest, discrepancy_id: int) -> HttpResponse:
    """What a source says otherwise: see it, correct it or contest it."""
    mine = Application.objects.for_actor(request.actor)
    found = (
        Discrepancy.objects.filter(pk=discrepancy_id, element__event__in=mine.values("event"))
        .select_related("element__event__application")
        .first()
    )
    if found is None:
        raise Http404
    application_id = found.element.event.application.pk
    page = _page(request, application_id)
    form = forms.Answer(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_discrepancy(
                actor=request.actor,
                discrepancy_id=discrepancy_id,
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Your answer was sent.")
            return redirect("credentialing:application_detail", application_id)
    context = {"page": page, "found": found, "form": form, "crumbs": _crumbs(page, ("Differs", ""))}
    status = 422 if form.errors else 200
    return render(request, "credentialing/provider/discrepancy_answer.html", context, status=status)


@requires(FILL)
def profile_accept(request: PortalRequest, profile_id: int) -> HttpResponse:
    """What NPPES or CAQH says otherwise, field by field; I take over what is right."""
    mine = Application.objects.for_actor(request.actor)
    profile = Profile.objects.filter(
        pk=profile_id, practitioner__in=mine.values("practitioner")
    ).first()
    if profile is None:
        raise Http404
    application = mine.filter(practitioner=profile.practitioner_id).first()
    page = _page(request, application.pk)
    found = differences(profile, page.answers)
    form = forms.Claimed(request.POST or None, keys={one.key: one.label for one in found})
    if request.method == "POST" and form.is_valid() and form.cleaned_data["take"]:
        try:
            accept_differences(
                actor=request.actor,
                application_id=application.pk,
                profile_id=profile_id,
                keys=form.cleaned_data["take"],
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Taken over.")
            return redirect("credentialing:application_detail", application.pk)
    elif request.method == "POST" and not form.errors:
        form.add_error(None, "Choose what to take over. Nothing was changed.")
    context = {
        "page": page,
        "profile": profile,
        "found": found,
        "form": form,
        "crumbs": _crumbs(page, (profile.get_source_display(), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "credentialing/provider/profile_accept.html", context, status=status)
