"""How long a session lasts: until nobody clicks for a while, and never beyond a working day."""

import time
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.identity.models import User

BEGAN, SEEN = "began_at", "seen_at"
SEEN_EVERY_SECONDS = 30
# What a page asks by itself, again and again, is no sign that somebody sits before it.
POLL_HEADER = "X-Poll"


@dataclass(frozen=True)
class Lifetime:
    """Seconds until a session ends unless somebody clicks, and until it ends in any case."""

    idle_left: int
    whole_left: int
    idle_minutes: int

    @property
    def ended(self) -> str:
        """Why the session is over, in words; empty while it is not."""
        if self.whole_left <= 0:
            hours = settings.SESSION_WHOLE_SECONDS // 3600
            return f"You were signed out: a session ends after {hours} hours."
        if self.idle_left <= 0:
            return f"You were signed out after {self.idle_minutes} minutes without a click."
        return ""


def lifetime_of(session: SessionBase, *, is_staff: bool) -> Lifetime:
    """What is left of a session of somebody who is signed in."""
    now = int(time.time())
    idle = settings.SESSION_IDLE_SECONDS["staff" if is_staff else "provider"]
    return Lifetime(
        idle_left=session.get(SEEN, now) + idle - now,
        whole_left=session.get(BEGAN, now) + settings.SESSION_WHOLE_SECONDS - now,
        idle_minutes=idle // 60,
    )


def keep_session(request: HttpRequest) -> None:
    """Note, twice a minute at most, that the session is in use."""
    session, now = request.session, int(time.time())
    if BEGAN not in session:
        session[BEGAN] = now
    elif request.headers.get(POLL_HEADER):
        return
    if now - session.get(SEEN, 0) >= SEEN_EVERY_SECONDS:
        session[SEEN] = now
        UserSession.objects.create_from_request(request)


def end_session(request: HttpRequest, actor: Actor, why: str) -> None:
    """End the session that a request came with; whoever sends it is nobody from here on."""
    record(actor=actor, action="identity.session.timed_out", subject=request.user, why=why)
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.flush()
    request.user = AnonymousUser()
    request.session_ended = True
    messages.info(request, why)


def end_sessions_elsewhere(user: User, here: HttpRequest | None) -> int:
    """End all sessions of a person but the one a request came with; says how many."""
    sessions = UserSession.objects.filter(user=user)
    if here is not None and here.user.is_authenticated and here.user.pk == user.pk:
        sessions = sessions.exclude(session_key=here.session.session_key)
    keys = list(sessions.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    sessions.delete()
    return ended
