"""Error pages that say what happened and what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipaportal.core.permissions import permission_table
from ipaportal.core.roles import ROLE_NAMES, Role


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Name the roles that may open the page, so that the right one can be asked for."""
    holders = permission_table().get(str(exception), frozenset())
    names = [ROLE_NAMES[role] for role in Role if role in holders]
    return render(request, "403.html", {"role_names": names}, status=403)
