"""Ties every request to what it records, and writes who looked at which members."""

import hashlib
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ipaportal.audit.access import Kind, MembersNotDeclared, log_access
from ipaportal.audit.actions import record
from ipaportal.audit.context import Origin, coming_from
from ipaportal.core.knocks import client_address

REFUSALS = (401, 403, 404)
PAGES = (200, 206, 422)


class AuditMiddleware:
    """
    Give each request an id, known to everything recorded during it; log access to members.

    Stands last, directly around the views, beneath the middleware that sets `request.actor`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = request.actor
        request.request_id = getattr(request, "request_id", "") or uuid.uuid4().hex
        origin = Origin(
            request_id=request.request_id,
            session_hash=_session_hash(request),
            ip=client_address(request) or None,
        )
        with coming_from(origin, actor_id=actor.user_id, actor_name=actor.name):
            response = self.get_response(request)
            _log_members(request, response)
        response["X-Request-ID"] = request.request_id
        return response


def _session_hash(request: HttpRequest) -> str:
    key = getattr(getattr(request, "session", None), "session_key", None)
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def _is_page(response: HttpResponse) -> bool:
    """Whether it shows a page; redirects (htmx's too), wrong methods and crashes show nobody."""
    return response.status_code in PAGES and "HX-Redirect" not in response


def _record_refusal(request: HttpRequest, response: HttpResponse) -> None:
    """Write that somebody signed in asked for what is not theirs, or for what is not there."""
    match = request.resolver_match
    if match is None or request.actor.user_id is None:
        return
    asked = {name: str(value)[:64] for name, value in match.kwargs.items()}
    record(
        actor=request.actor,
        action="audit.page.refused",
        view=match.view_name or match.route,
        status=response.status_code,
        asked=asked,
    )


def _is_file(response: HttpResponse) -> bool:
    """Whether it leaves as a file: then it is an export, whatever its view calls itself."""
    return response.headers.get("Content-Disposition", "").startswith("attachment")


def _log_members(request: HttpRequest, response: HttpResponse) -> None:
    """
    Write the access event that a view marked `shows_members` owes; unmarked ones may add theirs.

    :raises MembersNotDeclared: instead of answering, if a marked view did not say whom it showed
    """
    match = request.resolver_match
    kind = getattr(match.func, "shows_members", None) if match else None
    if kind is not None and _is_file(response):
        kind = Kind.EXPORT
    shown = getattr(request, "members_shown", None)
    if response.status_code in REFUSALS:
        if kind is None:
            _record_refusal(request, response)
            return
        member_id = match.kwargs.get("member_id")
        kind, shown = Kind.REFUSED, shown or ({int(member_id)} if member_id else set())
    elif shown is None:
        if kind is not None and _is_page(response):
            raise MembersNotDeclared(match.view_name)
        return
    log_access(
        actor=request.actor,
        kind=kind or (Kind.EXPORT if _is_file(response) else Kind.VIEW),
        view_name=match.view_name or match.route,
        member_ids=shown,
    )
