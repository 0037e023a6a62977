"""Begin a session for somebody who has just proven who they are, outside the sign-in form."""

from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone

from ipaportal.audit.actions import record
from ipaportal.identity.middleware import DEMO_SESSION
from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import actor_for

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def sign_in_with_new_password(request: HttpRequest, user: User) -> None:
    """Sign in whoever chose their password this minute; enrolling MFA will not ask for it again."""
    login(request, user, backend=_BACKEND)
    UserSession.objects.create_from_request(request)
    _record(user, "new password")
    record_authentication(request, user, method="password", reauthenticated=True)


def sign_in_to_demo(request: HttpRequest, user: User) -> None:
    """Sign in one of the demo's people; the session says that it is a demo's."""
    login(request, user, backend=_BACKEND)
    request.session[DEMO_SESSION] = True
    UserSession.objects.create_from_request(request)
    _record(user, "demo")


def _record(user: User, method: str) -> None:
    actor = actor_for(user, timezone.localdate())
    record(actor=actor, action="identity.session.began", subject=user, method=method)
