"""The officer's side of a plan's auditors: who is in, what they see, ask for and looked at."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from compliance.actions.audit_rooms import (
    admit_guest,
    end_visit,
    release_parts,
    reply_to,
    withdraw_release,
)
from compliance.models import Audit, AuditGuest, AuditRelease, AuditReply, AuditRequest
from compliance.queries.audit_rooms import (
    asked,
    guests_of_plan,
    looks_at,
    open_invitations,
    unreleased,
)
from compliance.rules.audit_rooms import is_open
from compliance.web.audit_forms import file_of
from compliance.web.audit_parts import crumbs
from compliance.web.audit_room_forms import LetIn, Release, Reply, Why
from compliance.web.audit_room_parts import REQUESTS, request_row
from compliance.web.audits import audit_or_404, paper
from ipaportal.core.parts import Column, Listing, list_rows
from ipaportal.core.refusals import Refused
from ipaportal.identity.web.access import PortalRequest, fresh_login_to_send, requires
from ipaportal.identity.web.exports import export_urls, one_as_file

MANAGE = "compliance.manage_audits"
GUESTS = (
    Column("name", "Auditor"),
    Column("state", "State", "status"),
    Column("since", "Since", "day"),
    Column("until", "Last day", "day"),
    Column("looks", "Looks", "count"),
    Column("who", "Let in by", minor=True),
    Column("why", "Why it ended", wide=True),
    Column("end", "", "act", url="end_url"),
)
RELEASED = (
    Column("what", "Released", wide=True),
    Column("state", "State", "status"),
    Column("since", "Since", "day"),
    Column("who", "By", minor=True),
    Column("take", "", "act", url="take_url"),
)
LOOKS = (
    Column("at", "When"),
    Column("who", "Who"),
    Column("what", "Looked at"),
)


def _plan_audit(request: PortalRequest, audit_id: int) -> Audit:
    audit = audit_or_404(request, audit_id)
    if audit.kind != Audit.Kind.PLAN:
        raise Http404
    return audit


@requires(MANAGE)
def audit_guests(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Who of the plan is in, what was released, what they asked for, and what they looked at."""
    audit = _plan_audit(request, audit_id)
    looks = list(looks_at(audit)[:2000])
    today = timezone.localdate()
    rows = {
        "guests": ([_guest(one, audit, looks) for one in _guests(audit)], GUESTS, "Auditors"),
        "requests": (
            [request_row(one, staff=True) for one in asked(audit, today)],
            REQUESTS,
            "What they asked for",
        ),
        "released": ([_released(one) for one in _releases(audit)], RELEASED, "Released"),
        "looks": ([_look(one) for one in looks], LOOKS, "What they looked at"),
    }
    lists = {of: _list(request, of, *told) for of, told in rows.items()}
    if (file := one_as_file(request, lists)) is not None:
        return file
    context = {
        "audit": audit,
        "is_closed": audit.state == "closed",
        "invited": open_invitations(audit, timezone.now()),
        "may_release": any(unreleased(audit)),
        "crumbs": [*crumbs(audit), ("The plan's auditors", "")],
        **lists,
    }
    return render(request, "compliance/audit_guests.html", context)


def _list(request: PortalRequest, of: str, rows: list, columns: tuple, caption: str) -> Listing:
    more = export_urls(request, of) if rows else {}
    return list_rows(rows, columns, {}, caption=caption, page_size=300, **more)


def _guests(audit: Audit):
    return audit.guests.select_related("user")


def _guest(one: AuditGuest, audit: Audit, looks: list) -> dict[str, object]:
    is_in = one.ended_at is None and is_open(audit.state, one.until_date, timezone.localdate())
    state = "in force" if is_in else "ended" if one.ended_at else "over"
    return {
        "name": one.user.name,
        "state": state,
        "since": timezone.localdate(one.recorded_at),
        "until": one.until_date,
        "looks": sum(look.actor_id == one.user_id for look in looks),
        "who": one.recorded_by_name,
        "why": one.end_reason,
        "end": "" if one.ended_at else "End it",
        "end_url": "" if one.ended_at else reverse("compliance:audit_guest_end", args=[one.pk]),
    }


def _releases(audit: Audit):
    return audit.releases.select_related("item", "answer__item", "answer__element", "packet")


def _released(one: AuditRelease) -> dict[str, object]:
    if one.item:
        what = f"Worksheet of item {one.item.place}"
    elif one.answer:
        what = f"Paper of item {one.answer.item.place}: {one.answer.element}"
    else:
        what = f"Packet as of {one.packet.asked_at:%Y-%m-%d %H:%M}"
    is_on = one.withdrawn_at is None
    return {
        "what": what,
        "state": "released" if is_on else "withdrawn",
        "since": timezone.localdate(one.recorded_at),
        "who": one.recorded_by_name,
        "take": "Withdraw" if is_on else "",
        "take_url": reverse("compliance:audit_release_withdraw", args=[one.pk]) if is_on else "",
    }


def _look(one) -> dict[str, object]:
    return {
        "at": f"{timezone.localtime(one.at):%Y-%m-%d %H:%M}",
        "who": one.actor_name,
        "what": one.details["what"],
    }


def _form(request: PortalRequest, form, audit: Audit, title: str, verb: str, **more):
    here = reverse("compliance:audit_guests", args=[audit.pk])
    context = {
        "form": form,
        "title": title,
        "verb": verb,
        "back": here,
        "crumbs": [*crumbs(audit), ("The plan's auditors", here), (title, "")],
        **more,
    }
    return render(request, "compliance/form.html", context, status=422 if form.errors else 200)


@requires(MANAGE)
@fresh_login_to_send
def audit_guest_new(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Let an auditor of the plan in."""
    audit, today = _plan_audit(request, audit_id), timezone.localdate()
    form = LetIn(request.POST or None, guests=guests_of_plan(audit, today), today=today)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            admit_guest(
                actor=request.actor, audit_id=audit.pk, user_id=told["user"].pk,
                until_date=told["until_date"], now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Let in, and told by mail. Nothing is released by that.")
            return redirect("compliance:audit_guests", audit.pk)
    note = "They see the notice, the sample by its keys, and what you release; nothing else."
    return _form(request, form, audit, "Let an auditor in", "Let them in", note=note)


@requires(MANAGE)
def audit_guest_end(request: PortalRequest, audit_guest_id: int) -> HttpResponse:
    """End a visit now."""
    guest = AuditGuest.objects.select_related("audit", "user").filter(pk=audit_guest_id).first()
    if guest is None:
        raise Http404
    form = Why(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            end_visit(actor=request.actor, guest_id=guest.pk, now=timezone.now(), **told)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Ended: the audit is not there for them any more.")
            return redirect("compliance:audit_guests", guest.audit_id)
    note = f"{guest.user.name} sees nothing of this audit from then on; their looks stay on record."
    return _form(request, form, guest.audit, "End the visit", "End it", note=note)


@requires(MANAGE)
@fresh_login_to_send
def audit_release(request: PortalRequest, audit_id: int) -> HttpResponse:
    """Choose what guests may look at."""
    audit = _plan_audit(request, audit_id)
    form = Release(request.POST or None, parts=unreleased(audit))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = release_parts(
                actor=request.actor, audit_id=audit.pk, now=timezone.now(),
                item_ids=told.get("sheets", []), answer_ids=told.get("papers", []),
                packet_ids=told.get("packets", []),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{len(made)} released. Withdraw what should not be.")
            return redirect("compliance:audit_guests", audit.pk)
    note = (
        "The plan's auditors see what you choose as soon as you release it. Papers that are "
        "peer-protected or of a case, and rows of other plans' members, are refused."
    )
    return _form(request, form, audit, "Release to the plan's auditors", "Release it", note=note)


@requires(MANAGE)
def audit_release_withdraw(request: PortalRequest, audit_release_id: int) -> HttpResponse:
    """Take back what guests could look at."""
    row = _release_or_404(audit_release_id)
    if request.method == "POST":
        try:
            withdraw_release(actor=request.actor, release_id=row.pk, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "Withdrawn. Whoever looked before stays on record.")
        return redirect("compliance:audit_guests", row.audit_id)
    note = f"{_released(row)['what']}: the plan's auditors do not see it any more."
    return _form(request, Form(), row.audit, "Withdraw it", "Withdraw it", note=note)


def _release_or_404(release_id: int) -> AuditRelease:
    rows = AuditRelease.objects.select_related(
        "audit", "item", "answer__item", "answer__element", "packet"
    )
    row = rows.filter(pk=release_id).first()
    if row is None:
        raise Http404
    return row


@requires(MANAGE)
def request_reply(request: PortalRequest, audit_request_id: int) -> HttpResponse:
    """Answer what a guest asked for."""
    row = AuditRequest.objects.select_related("audit").filter(pk=audit_request_id).first()
    if row is None:
        raise Http404
    form = Reply(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        file, name = file_of(form, "file")
        try:
            reply_to(
                actor=request.actor, request_id=row.pk, is_given=told["is_given"],
                text=told["text"], file=file, file_name=name, now=timezone.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Answered. Whoever asked is told, and sees it.")
            return redirect("compliance:audit_guests", row.audit_id)
    asked_by = f"{row.recorded_by_name} asks, until {row.due_date}: {row.text}"
    more = {"note": asked_by, "files": True}
    return _form(request, form, row.audit, f"Request {row.place}", "Answer it", **more)


@requires(MANAGE)
def reply_file(request: PortalRequest, audit_reply_id: int) -> HttpResponseBase:
    """The paper of a reply, as it was given."""
    row = AuditReply.objects.filter(pk=audit_reply_id).first()
    if row is None:
        raise Http404
    return paper(row.file_sha256, row.file_name)
