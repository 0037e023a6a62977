"""Response headers: a strict Content-Security-Policy; nothing of a person's is kept anywhere."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What stands on every answer, the files under /static/ included.
ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NO_STORE = "no-store"
# Where browsers say what the policy stopped; see ipaportal/home/web/reports.py.
REPORTS = "/csp-reports/"
NONCED = ("script-src", "style-src")
# After a sign-out; cookies are deleted one by one, for the notice of it needs a new session.
FORGET = '"cache", "storage"'


class Nonce:
    """A page's word for what it may hold inline; `{{ request.csp_nonce }}` makes it, once."""

    def __init__(self) -> None:
        self.value = ""

    def __str__(self) -> str:
        self.value = self.value or secrets.token_urlsafe(16)
        return self.value


def policy_of(nonce: Nonce) -> str:
    """The policy of one answer: with a nonce only if its page took one."""
    policy = {**settings.CONTENT_SECURITY_POLICY, "report-uri": REPORTS, "report-to": "csp"}
    if nonce.value:
        for name in NONCED:
            policy[name] = f"{policy.get(name, policy['default-src'])} 'nonce-{nonce.value}'"
    return "; ".join(f"{what} {where}" for what, where in policy.items())


class SecurityHeadersMiddleware:
    """
    Tell browsers to load from this site only, to allow pages nothing, and to keep no page.

    Stands first, so that no answer leaves without: not a redirect, not an error, not a refusal.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            **ALWAYS,
            "Permissions-Policy": ", ".join(settings.PERMISSIONS_POLICY),
            "Reporting-Endpoints": f'csp="{REPORTS}"',
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = Nonce()
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy_of(request.csp_nonce))
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if getattr(request, "session_ended", False):
            response.headers["Clear-Site-Data"] = FORGET
        is_asset = request.path.startswith(settings.STATIC_URL) and response.status_code in (
            200,
            206,
            304,
        )
        if not is_asset:
            # Pages show health data and files hold it: no proxy and no shared computer keeps them.
            response.headers["Cache-Control"] = NO_STORE
        return response
