"""Puts the actor on every request, and keeps staff without a second factor at enrolment."""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from ipaportal.identity.queries.actors import NOBODY, standing_of

DEMO_SESSION = "demo_sign_in"
SEEN = "seen_at"
SEEN_EVERY_SECONDS = 60
# What staff may open before a second factor is enrolled: enrolling, re-authenticating, leaving.
BEFORE_ENROLMENT = ("mfa_", "account_logout", "account_reauthenticate", "account_change_password")


class ActorMiddleware:
    """
    Build `request.actor` from the grants in force today; nothing is cached between requests.

    Staff without a second factor are led to enrolment, whatever page they ask for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor, request.needs_second_factor = NOBODY, False
        request.invite_second_factor = False
        if request.user.is_authenticated:
            standing = standing_of(request.user, timezone.localdate())
            request.actor = standing.actor
            missing = not (standing.has_second_factor or is_demo_session(request))
            request.needs_second_factor = missing and standing.is_staff
            request.invite_second_factor = missing and not standing.is_staff
            _keep_session(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if not request.needs_second_factor:
            return None
        name = request.resolver_match.url_name or ""
        if name.startswith(BEFORE_ENROLMENT):
            return None
        return HttpResponseClientRedirect("/") if request.htmx else redirect("mfa_index")


def is_demo_session(request: HttpRequest) -> bool:
    """Whether this session began with the demo's one-click sign-in, on a demo."""
    return bool(settings.DEMO and request.session.get(DEMO_SESSION))


def _keep_session(request: HttpRequest) -> None:
    """Note once a minute that the session is in use; unused ones end after SESSION_COOKIE_AGE."""
    now = int(time.time())
    if now - request.session.get(SEEN, 0) >= SEEN_EVERY_SECONDS:
        request.session[SEEN] = now
        UserSession.objects.create_from_request(request)
