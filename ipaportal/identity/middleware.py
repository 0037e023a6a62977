"""Puts the actor on every request, and keeps staff without a second factor at enrolment."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from ipaportal.core.scopes import kept, scope_of, seeing
from ipaportal.identity.lifetimes import end_session, keep_session, lifetime_of
from ipaportal.identity.queries.actors import NOBODY, Standing, standing_of
from ipaportal.identity.sso import showed_second_factor

DEMO_SESSION = "demo_sign_in"
# What staff may open before a second factor is enrolled: enrolling, re-authenticating, leaving.
BEFORE_ENROLMENT = (
    *("mfa_", "account_logout", "account_reauthenticate", "account_change_password"),
    *("sso_begin", "sso_back", "sso_again", "sso_signed_out"),
)


class ActorMiddleware:
    """
    Build `request.actor` from the grants in force today; nothing is cached between requests.

    Staff without a second factor are led to enrolment, whatever page they ask for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor, request.needs_second_factor = NOBODY, False
        request.invite_second_factor, request.lifetime = False, None
        if request.user.is_authenticated:
            standing = standing_of(request.user, timezone.localdate())
            over = lifetime_of(request.session, is_staff=standing.is_staff).ended
            if over:
                end_session(request, standing.actor, over)
            else:
                self.let_in(request, standing)
        scope = scope_of(request.actor)
        with seeing(scope):
            response = self.get_response(request)
        if response.streaming:
            response.streaming_content = kept(scope, response.streaming_content)
        return response

    def let_in(self, request: HttpRequest, standing: Standing) -> None:
        request.actor = standing.actor
        missing = not (
            standing.has_second_factor
            or is_demo_session(request)
            or showed_second_factor(request, request.user)
        )
        request.needs_second_factor = missing and standing.needs_second_factor
        request.invite_second_factor = missing and not standing.needs_second_factor
        keep_session(request)
        request.lifetime = lifetime_of(request.session, is_staff=standing.is_staff)

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
