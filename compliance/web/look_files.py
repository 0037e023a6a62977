"""The log of looks as files: FHIR AuditEvents that are sent while read, and signed packets."""

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from capitation.models import Member
from compliance.actions.look_packets import take_packet
from compliance.formats.audit_event import line
from compliance.queries.look_files import Chosen, members_of, told_events
from compliance.queries.looked import VIEW
from compliance.web.looked import MEMBER_DAYS, PERSON_DAYS, Between
from ipaportal.audit.access import Kind, declare_members, shows_members
from ipaportal.core.refusals import Refused
from ipaportal.identity.models import User
from ipaportal.identity.web.access import PortalRequest, requires
from ipaportal.identity.web.stored import made_file, named

FHIR = "application/fhir+ndjson"


@requires(VIEW)
@shows_members(Kind.EXPORT)
def member_fhir(request: PortalRequest, member_id: int) -> HttpResponseBase:
    """Everything of the log about one member, as FHIR."""
    return _fhir(request, _of_member(request, member_id))


@requires(VIEW)
@shows_members(Kind.EXPORT)
def person_fhir(request: PortalRequest, user_id: int) -> HttpResponseBase:
    """Everything of the log by one person, as FHIR."""
    return _fhir(request, _of_person(request, user_id))


@requires(VIEW)
@shows_members(Kind.EXPORT)
def looks_fhir(request: PortalRequest) -> HttpResponseBase:
    """Everybody's looks and deeds between two days, as FHIR."""
    return _fhir(request, Chosen(Between(request.GET).span(PERSON_DAYS)))


@requires(VIEW)
@shows_members(Kind.EXPORT)
def member_packet(request: PortalRequest, member_id: int) -> HttpResponseBase:
    """A packet of who looked at one member."""
    return _packet(request, _of_member(request, member_id), "who-looked.zip")


@requires(VIEW)
@shows_members(Kind.EXPORT)
def person_packet(request: PortalRequest, user_id: int) -> HttpResponseBase:
    """A packet of what one person looked at and did."""
    return _packet(request, _of_person(request, user_id), "looked-at.zip")


def _of_member(request: PortalRequest, member_id: int) -> Chosen:
    if not Member.objects.filter(pk=member_id).exists():
        raise Http404
    return Chosen(Between(request.GET).span(MEMBER_DAYS), member_id=member_id)


def _of_person(request: PortalRequest, user_id: int) -> Chosen:
    if not User.objects.filter(pk=user_id).exists():
        raise Http404
    return Chosen(Between(request.GET).span(PERSON_DAYS), user_id=user_id)


def _fhir(request: PortalRequest, chosen: Chosen) -> StreamingHttpResponse:
    declare_members(request, members_of(actor=request.actor, chosen=chosen))
    lines = map(line, told_events(actor=request.actor, chosen=chosen))
    return named(StreamingHttpResponse(lines, FHIR), "audit-events.ndjson")


def _packet(request: PortalRequest, chosen: Chosen, name: str) -> HttpResponse:
    declare_members(request, [])
    try:
        data = take_packet(actor=request.actor, chosen=chosen, now=timezone.now())
    except Refused as refusal:
        return render(request, "refusal.html", {"refusal": refusal}, status=422)
    declare_members(request, members_of(actor=request.actor, chosen=chosen))
    return made_file(data, name, "application/zip")
