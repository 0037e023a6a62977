"""What browsers report of the content security policy: counted and logged, nothing of a person."""

import json
import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ipaportal.core.knocks import client_address, knocks_too_often
from ipaportal.identity.web.access import public

log = logging.getLogger("ipaportal.csp")
MOST_BYTES = 8 << 10
MOST_AT_ONCE = 10
A_MINUTE = 60
MOST_A_MINUTE = {"address": 20, "everybody": 200}
KINDS = ("application/csp-report", "application/reports+json", "application/json")
DIRECTIVES = frozenset(
    f"{name}-src{part}"
    for name in ("default", "script", "style", "img", "font", "connect", "frame", "object", "media")
    for part in ("", "-elem", "-attr")
) | {"base-uri", "form-action", "frame-ancestors"}


@csrf_exempt  # a browser sends it by itself, without a page's token and without effect
@require_POST
@public
def csp_report(request: HttpRequest) -> HttpResponse:
    """Take a browser's report: which directive, on which page of ours, stopped which site."""
    if request.content_type not in KINDS:
        return HttpResponse(status=415)
    if knocks_too_often("csp", client_address(request), A_MINUTE, MOST_A_MINUTE):
        return HttpResponse(status=429)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    try:
        reports = list(_reports(json.loads(body)))
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    for directive, site, page in reports[:MOST_AT_ONCE]:
        log.warning("%s stopped %s on %s", directive, site, page)
    return HttpResponse(status=204)


csp_report.counts_itself = True


def _reports(told: object) -> Iterator[tuple[str, str, str]]:
    """Only words of ours are kept: what a report says is anybody's text."""
    for one in told if isinstance(told, list) else [told]:
        if not isinstance(one, dict):
            continue
        body = one.get("csp-report", one.get("body"))
        if not isinstance(body, dict):
            continue
        named = body.get("effective-directive") or body.get("effectiveDirective")
        named = named or body.get("violated-directive") or ""
        directive = str(named).split(" ")[0]
        blocked = str(body.get("blocked-uri") or body.get("blockedURL") or "")
        page = str(body.get("document-uri") or body.get("documentURL") or "")
        yield directive if directive in DIRECTIVES else "something", _site(blocked), _page(page)


def _site(address: str) -> str:
    """`inline`, `eval`, or the kind of site: never a path, never a parameter."""
    if address in ("inline", "eval", "data", "blob"):
        return address
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    return f"another site ({scheme})" if scheme in ("http", "https", "wss") else "something"


def _page(address: str) -> str:
    """The name of one of our pages, without what stands in its address."""
    try:
        return resolve(urlsplit(address).path).view_name or "a page"
    except (Resolver404, ValueError):
        return "no page of ours"
