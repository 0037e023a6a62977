"""How often strangers may knock, and how much of it is written down."""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipaportal.audit.actions import record
from ipaportal.core.actors import Actor
from ipaportal.core.knocks import client_address, home_of, knocks
from ipaportal.core.refusals import Refused
from ipaportal.identity.queries.actors import NOBODY

log = logging.getLogger("ipaportal.limits")
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
EVERYBODY = "everybody"
View = Callable[..., HttpResponse]


class TooOften(Refused):
    """More than one place may send in this time."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too much came from where you are in a short time. Nothing was changed. "
            f"Wait {seconds} seconds, then try again."
        )


class KnockMiddleware:
    """
    Slow down whoever sends forms without being signed in, before a form is read.

    Stands above the limit of sizes and the CSRF check, so that neither is a way to keep us busy.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if request.method in SAFE or request.user.is_authenticated:
            return None
        # Browsers' reports are counted where they are taken.
        return None if getattr(view, "counts_itself", False) else refused_if_often(request, "form")


def limited(what: str) -> Callable[[View], View]:
    """Let a place ask for a view so often as `settings.KNOCKS` says, whoever asks."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            return refused_if_often(request, what) or view(request, *args, **kwargs)

        return counted

    return decorate


def refused_if_often(request: HttpRequest, what: str) -> HttpResponse | None:
    """Count a knock; the answer to it if it is one too many."""
    most, seconds = settings.KNOCKS[what]
    who = getattr(request, "counted_as", "") or home_of(client_address(request))
    if knocks(what, who, seconds) <= most:
        return None
    answer = render(request, "refusal.html", {"refusal": TooOften(seconds)}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def record_refusal(request: HttpRequest, *, actor: Actor, action: str, **details: object) -> None:
    """
    Write down that something was refused; of strangers, only so much as helps to see it.

    The first that is left out is told of once, so that nobody takes silence for peace.
    """
    if actor.user_id is None:
        for what, who in (("refusal", home_of(client_address(request))), ("refusals", EVERYBODY)):
            most, seconds = settings.KNOCKS[what]
            count = knocks(what, who, seconds)
            if count > most:
                log.warning("a stranger's refusal was left out of the log (%s)", what)
                if count == most + 1:
                    record(actor=NOBODY, action="identity.refusals.left_out", seconds=seconds)
                return
    record(actor=actor, action=action, **details)
