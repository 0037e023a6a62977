"""Who may open a page: `@requires`, `@public`, `@fresh_login`, and the request that views get."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from ipaportal.core.actors import Actor
from ipaportal.core.permissions import roles_for
from ipaportal.identity.models import User
from ipaportal.identity.web.once import once

PUBLIC = "public"
View = Callable[..., HttpResponse]


class PortalRequest(HttpRequest):
    """A request as views see it after the middleware: with its actor."""

    actor: Actor
    htmx: HtmxDetails
    user: User
    has_second_factor: bool


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page (a boosted link asks for the whole)."""
    return bool(request.htmx) and not request.htmx.boosted


def requires(permission: str) -> Callable[[View], View]:
    """
    Let only actors with a permission see a view; it may stand above or below `@require_POST`.

    Whoever is not signed in is led to sign in; whoever lacks the permission gets page 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PortalRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            roles_for(permission)
            if not request.actor.may(permission):
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission
        return guarded

    return decorate


def public(view: View) -> View:
    """Mark a view as open to everybody on purpose."""

    @wraps(view)
    def opened(request: PortalRequest, *args: object, **kwargs: object) -> HttpResponse:
        return view(request, *args, **kwargs)

    opened.permission = PUBLIC
    return opened


def fresh_login(view: View) -> View:
    """
    Ask for the password or second factor again unless that was done minutes ago.

    For views that move money or change bank details: `@requires(…)` above, this beneath it. A
    form sent too late is sent again by itself after that; see `fresh_login_or_again`. The form
    takes effect once, however often it arrives; see `ipaportal/identity/web/once.py`.
    """
    return _marked(view, reauthentication_required(once(view)))


def fresh_login_to_send(view: View) -> View:
    """As `fresh_login`, for pages that may be looked at without: only what is sent needs it."""
    return _marked(view, reauthentication_required(once(view), allow_get=True))


def fresh_login_or_again(view: View) -> View:
    """
    As `fresh_login`, for forms whose input must not be kept in the session (bank numbers).

    A form sent too late comes back empty, and says so.
    """
    sent_once = once(view)

    def fresh(request: PortalRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_reauthentication_required(request, app=""):
            if request.method == "POST":
                messages.warning(request, "Nothing was changed. Please fill in the form again.")
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('account_reauthenticate')}?{query}")
        return sent_once(request, *args, **kwargs)

    return _marked(view, wraps(sent_once)(fresh))


def _marked(view: View, checked: View) -> View:
    fresh = wraps(view)(checked)
    fresh.asks_again = True
    return fresh


def sign_in_first(request: PortalRequest) -> HttpResponse:
    """Lead to the sign-in page and back to what was asked; a fragment moves the whole page."""
    if is_fragment(request):
        answer = redirect_to_login(request.htmx.current_url_abs_path or "/")
        return HttpResponseClientRedirect(answer.url)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
