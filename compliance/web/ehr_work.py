"""What is done about practices' record systems: each by a form of its own."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from compliance.actions.ehr import (
    add_interface,
    begin_go_live,
    do_step,
    end_go_live,
    end_interface,
    hear_interface,
    record_system,
)
from compliance.models import GoLive, GoLiveStep, RecordInterface, RecordSystem
from compliance.queries.ehr import LIST, practices_seen
from compliance.web.ehr_forms import Interface, Project, System, Words
from compliance.web.ehr_parts import MANAGE, crumbs, form_page, place_of
from credentialing.models import Practice
from ipaportal.core.actors import Actor
from ipaportal.core.knocks import client_address, knocks_too_often
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, public, requires
from ipaportal.identity.web.fields import to_cents

LISTENER = Actor.system("interfaces")
MOST_BYTES = 1 << 10
MOST_COUNT = 10_000_000
A_MINUTE = 60
MOST_A_MINUTE = {"address": 30, "everybody": 600}


def _practice(request: PortalRequest, practice_id: int) -> Practice:
    return get_object_or_404(practices_seen(request.actor, LIST), pk=practice_id)


@requires(MANAGE)
def ehr_system_new(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Record what a practice's system is; what was known of it before stays."""
    practice = _practice(request, practice_id)
    known = RecordSystem.objects.filter(practice=practice, superseded_at=None).values().first()
    given = known | {"yearly": known["yearly_cents"] / 100} if known else None

    def do(data: dict[str, object]) -> str:
        yearly = to_cents(data.pop("yearly"))
        row = record_system(actor=request.actor, practice_id=practice.pk, yearly_cents=yearly,
                            now=timezone.now(), **data)  # fmt: skip
        return f"{row} is on record."

    back = place_of(request, practice.pk)
    return form_page(
        request, System(request.POST or None, initial=given), do, title="Record the system",
        verb="Record it", back=back, trail=crumbs(request, (practice.name, back), ("System", "")),
    )  # fmt: skip


@requires(MANAGE)
def go_live_new(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Begin a project; every step of the template gets its day."""
    practice = _practice(request, practice_id)
    back = place_of(request, practice.pk)

    def do(data: dict[str, object]) -> str:
        project = begin_go_live(
            actor=request.actor, practice_id=practice.pk, now=timezone.now(), **data
        )
        return f"Begun: {project.steps.count()} steps have their days."

    return form_page(
        request, Project(request.POST or None), do, title="Begin going live", verb="Begin",
        back=back, trail=crumbs(request, (practice.name, back), ("Going live", "")),
    )  # fmt: skip


@requires(MANAGE)
def go_live_step(request: PortalRequest, go_live_step_id: int) -> HttpResponse:
    """Say that a step is done, and by what that is seen."""
    step = get_object_or_404(GoLiveStep.objects.select_related("project"), pk=go_live_step_id)
    back = reverse("compliance:go_live", args=[step.project_id])

    def do(data: dict[str, object]) -> str:
        do_step(actor=request.actor, step_id=step.pk, words=data["words"], now=timezone.now())
        return f"{step}: done."

    return form_page(
        request, Words(request.POST or None), do, title=str(step), verb="It is done", back=back,
        trail=crumbs(request, ("Going live", back), (str(step), "")),
    )  # fmt: skip


@requires(MANAGE)
def go_live_end(request: PortalRequest, go_live_id: int) -> HttpResponse:
    """End a project: it is finished, or given up."""
    project = get_object_or_404(GoLive, pk=go_live_id)
    back = reverse("compliance:go_live", args=[project.pk])

    def do(data: dict[str, object]) -> str:
        end_go_live(actor=request.actor, project_id=project.pk, words=data["words"],
                    now=timezone.now())  # fmt: skip
        return "The project has ended; all of it stays on record."

    return form_page(
        request, Words(request.POST or None), do, title="End this project", verb="End it",
        back=back, trail=crumbs(request, ("Going live", back), ("End", "")),
        note="Say whether the practice is live or what stopped it. Steps that were not taken stay "
        "as they are.",
    )  # fmt: skip


@requires(MANAGE)
def ehr_interface_new(request: PortalRequest, practice_id: int) -> HttpResponse:
    """Add an interface; its secret is shown once, in the answer."""
    practice = _practice(request, practice_id)
    back = place_of(request, practice.pk)
    trail = crumbs(request, (practice.name, back), ("Add an interface", ""))
    form = Interface(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row, secret = add_interface(
            actor=request.actor, practice_id=practice.pk, now=timezone.now(), **form.cleaned_data
        )
        told = {
            "row": row,
            "secret": secret,
            "crumbs": trail,
            "back": reverse("compliance:ehr_interface", args=[row.pk]),
        }
        return render(request, "compliance/ehr_secret.html", told)
    context = {"form": form, "title": "Add an interface", "verb": "Add it", "back": back,
               "crumbs": trail}  # fmt: skip
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@require_POST
@requires(MANAGE)
def ehr_interface_end(request: PortalRequest, ehr_interface_id: int) -> HttpResponse:
    """End an interface: its secret opens nothing from now on."""
    row = get_object_or_404(RecordInterface, pk=ehr_interface_id)
    end_interface(actor=request.actor, interface_id=row.pk, now=timezone.now())
    return redirect(place_of(request, row.practice_id))


@csrf_exempt  # a machine sends it with its own secret, without a page
@require_POST
@public
def ehr_beat(request: HttpRequest) -> HttpResponse:
    """
    Take what an interface tells of itself since it last did: `{"messages": 120, "errors": 1}`.

    Its secret stands in the header: `Authorization: Bearer …`.
    """
    if request.content_type != "application/json":
        return _no(415, "Send JSON.")
    if knocks_too_often("beat", client_address(request), A_MINUTE, MOST_A_MINUTE):
        return _no(429, "Too often from there. Tell less often.")
    told = _counts(request.read(MOST_BYTES + 1))
    if told is None:
        return _no(400, 'Send {"messages": 120, "errors": 1}, whole numbers, errors included.')
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not secret.isascii():
        return _no(401, "Send the interface's secret as Authorization: Bearer.")
    try:
        hear_interface(actor=LISTENER, secret=secret.strip(), messages=told[0], errors=told[1],
                       now=timezone.now())  # fmt: skip
    except Refused as refusal:
        return _no(401, str(refusal))
    return HttpResponse(status=204)


ehr_beat.counts_itself = True


def _no(status: int, words: str) -> HttpResponse:
    return JsonResponse({"error": words}, status=status)


def _counts(body: bytes) -> tuple[int, int] | None:
    """Messages and failures that a body tells, or None if it is nothing of the kind."""
    if len(body) > MOST_BYTES:
        return None
    try:
        told = json.loads(body)
        counts = told["messages"], told["errors"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    if any(type(one) is not int for one in counts):
        return None
    return counts if 0 <= counts[1] <= counts[0] <= MOST_COUNT else None
