"""Error pages that say what happened and what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from ipaportal.core.permissions import permission_table
from ipaportal.core.roles import ROLE_NAMES, Role


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Name the roles that may open the page, so that the right one can be asked for."""
    holders = permission_table().get(str(exception), frozenset())
    names = [ROLE_NAMES[role] for role in Role if role in holders]
    return render(request, "403.html", {"role_names": names}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Name the request, by which its log line is found; needs neither database nor actor."""
    named = {"request_id": getattr(request, "request_id", "")}
    return HttpResponse(render_to_string("500.html", named), status=500)
