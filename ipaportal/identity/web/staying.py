"""Staying signed in: the page's own warning asks for it before it is too late."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from ipaportal.identity.web.access import PortalRequest, requires


@require_POST
@requires("identity.keep_session")
def stay(request: PortalRequest) -> HttpResponse:
    """Say how long the session lasts; that it was asked has kept it."""
    left = request.lifetime
    return JsonResponse({"idle_left": left.idle_left, "whole_left": left.whole_left})
