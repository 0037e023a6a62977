"""For machines that watch the portal: alive, ready, and its numbers."""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.home.counts import SECONDS, Tally
from ipaportal.home.queries.gauges import exposition, gauges
from ipaportal.home.queries.health import NOT_READY, parts, verdict
from ipaportal.home.requests import counts
from ipaportal.identity.web.access import public

LOOPBACK = {"127.0.0.1", "::1"}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@public
def live(request: HttpRequest) -> HttpResponse:
    """Whether this process answers; asks nothing and nobody."""
    return _answer(request, {"status": "alive"})


@require_safe
@public
def ready(request: HttpRequest) -> HttpResponse:
    """Whether requests may be sent here; which part is at fault is told to operators only."""
    found = parts()
    status = verdict(found)
    told = {"status": status}
    if is_operator(request):
        told["parts"] = {name: fault or "ok" for name, fault in found.items()}
    return _answer(request, told, 503 if status == NOT_READY else 200)


@require_safe
@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Counters and gauges as Prometheus reads them; whoever is no operator finds nothing here."""
    if not is_operator(request):
        raise Http404
    with seeing(EVERYBODY):  # numbers only, for nobody who signs in
        lines = [*_requests(counts.total()), *exposition(gauges(timezone.now()))]
    return HttpResponse("\n".join(lines) + "\n", content_type=TEXT_FORMAT)


def is_operator(request: HttpRequest) -> bool:
    """
    Whether a machine asks that may know: by METRICS_TOKEN where there is one, else from here.

    Without a token only the embedded servers' own machine may: behind a proxy everybody seems to
    come from the proxy's.
    """
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    is_forwarded = any(name in request.META for name in FORWARDED)
    is_here = request.META.get("REMOTE_ADDR") in LOOPBACK
    return bool(settings.EMBEDDED and is_here and not is_forwarded)


def _answer(request: HttpRequest, told: dict, status: int = 200) -> HttpResponse:
    kind = request.get_preferred_type(["application/json", "text/plain"])
    if kind != "text/plain":
        return JsonResponse(told, status=status)
    lines = [told["status"], *(f"{k}: {v}" for k, v in told.get("parts", {}).items())]
    return HttpResponse("\n".join(lines) + "\n", status=status, content_type="text/plain")


def _requests(whole: Tally) -> Iterator[str]:
    yield "# HELP ipa_requests_total Answers by view and status."
    yield "# TYPE ipa_requests_total counter"
    for name, (count,) in sorted(whole.get("answers", {}).items()):
        view, _, status = name.rpartition(" ")
        yield f'ipa_requests_total{{view="{view}",status="{status}"}} {count}'
    yield "# HELP ipa_request_seconds How long answers took, by view."
    yield "# TYPE ipa_request_seconds histogram"
    for view, (*spread, total) in sorted(whole.get("seconds", {}).items()):
        for most, number in zip((*SECONDS, "+Inf"), _running(spread), strict=True):
            yield f'ipa_request_seconds_bucket{{view="{view}",le="{most}"}} {number}'
        yield f'ipa_request_seconds_sum{{view="{view}"}} {total:.6f}'
        yield f'ipa_request_seconds_count{{view="{view}"}} {sum(spread)}'


def _running(numbers: list[float]) -> Iterator[float]:
    so_far = 0
    for number in numbers:
        so_far += number
        yield so_far
