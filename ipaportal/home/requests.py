"""Every request gets an id, one log line and a place in the counts."""

import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ipaportal.home.counts import Counts
from ipaportal.home.logs import is_unnamed, template_of

log = logging.getLogger("ipaportal.request")
counts = Counts(Path(settings.DATA_DIR) / "metrics")
# Machines ask these every few seconds; they are told of only when the answer is bad.
ASKED_BY_MACHINES = ("/health/", "/metrics", "/healthz")
ASSETS = "(assets)"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestMiddleware:
    """
    Give each request an id; say and count how it was answered.

    Stands first, so that no answer leaves without. The line names no address but its pattern, no
    query and no body: they hold what people search for, and may hold members' names.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex
        started = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - started
        response.headers["X-Request-ID"] = request.request_id
        self.tell(request, response.status_code, seconds)
        return response

    def tell(self, request: HttpRequest, status: int, seconds: float) -> None:
        """Write the line and count the answer; of pages without names neither."""
        if is_unnamed(request):
            return
        is_asset = request.path_info.startswith(settings.STATIC_URL)
        path = ASSETS if is_asset else template_of(request)
        match = getattr(request, "resolver_match", None)
        counts.add(match.view_name or match.route if match else "-", status, seconds)
        is_quiet = is_asset or request.path_info.startswith(ASKED_BY_MACHINES)
        if is_quiet and status < 400:
            return
        facts = {
            "method": request.method if request.method in METHODS else "(other)",
            "path": path,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "actor": getattr(getattr(request, "actor", None), "user_id", None),
        }
        said = "{method} {path} {status} in {ms} ms, actor {actor}".format(**facts)
        log.info("%s", said, extra={**facts, "request_id": request.request_id})
