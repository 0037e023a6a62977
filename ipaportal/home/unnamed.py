"""Pages where people write without a name: nothing that could tell who they are gets past here."""

from collections.abc import Callable
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ipaportal.core.encryption import blind_index
from ipaportal.core.knocks import client_address, home_of
from ipaportal.home.logs import is_unnamed

# What a request is read without: from where it comes, by what, in which language, who signed in.
TELLING = (
    *("REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "REMOTE_USER", "HTTP_USER_AGENT"),
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_FROM"),
    *("HTTP_ACCEPT_LANGUAGE", "HTTP_AUTHORIZATION", "HTTP_CF_CONNECTING_IP", "HTTP_COOKIE"),
    *("HTTP_TRUE_CLIENT_IP", "HTTP_X_CLIENT_IP", "HTTP_DNT", "HTTP_ETAG", "HTTP_IF_NONE_MATCH"),
)


class UnnamedMiddleware:
    """
    Take from a request to such a page all that tells of a person, and from its answer all cookies.

    Stands before everything else: what is behind cannot keep or log what it never sees. Whoever
    is signed in is not, here. To count tries, the place is known for a day by a keyed hash. The
    cookie against forged forms stays, until the browser is closed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_unnamed(request):
            return self.get_response(request)
        day = datetime.now(UTC).date()
        place = home_of(client_address(request))
        request.counted_as = blind_index(place, f"place of {day}").hex()[:24]
        token = _csrf_cookie(request)
        for name in TELLING:
            request.META.pop(name, None)
        if token:
            request.META["HTTP_COOKIE"] = f"{settings.CSRF_COOKIE_NAME}={token}"
        response = self.get_response(request)
        for name in set(response.cookies) - {settings.CSRF_COOKIE_NAME}:
            del response.cookies[name]
        for cookie in response.cookies.values():
            cookie["max-age"] = cookie["expires"] = ""
        return response


def _csrf_cookie(request: HttpRequest) -> str:
    try:
        cookies = SimpleCookie(request.META.get("HTTP_COOKIE", ""))
    except CookieError:
        return ""
    found = cookies.get(settings.CSRF_COOKIE_NAME)
    return found.value if found and found.value.isalnum() else ""
