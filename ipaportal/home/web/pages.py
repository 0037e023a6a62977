"""The front page, the search, the health check."""

from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ipaportal.home.queries.cards import cards_for, found_for
from ipaportal.identity.queries.people import ipa_party
from ipaportal.identity.web.access import PortalRequest, is_fragment, public, requires


@require_GET
@public
def front(request: PortalRequest) -> HttpResponse:
    """The front door: an empty portal leads to its set-up, everybody else to what is to do."""
    if not request.user.is_authenticated and ipa_party() is None:
        return redirect("home:setup")
    return home(request)


@requires("home.see_home")
def home(request: PortalRequest) -> HttpResponse:
    """What must I do now?"""
    today = timezone.localdate()
    page = {
        "cards": cards_for(request.actor, today),
        "today": today,
        "invite_second_factor": request.invite_second_factor,
    }
    return render(request, "home/home.html", page)


@require_GET
@requires("home.search")
def search(request: PortalRequest) -> HttpResponse:
    """Whatever begins with the text, of all that this actor may see."""
    text = request.GET.get("q", "").strip()
    page = {"q": text, "found": found_for(request.actor, text)}
    template = "_found.html" if is_fragment(request) else "search.html"
    return render(request, f"home/{template}", page)


@require_GET
@never_cache
@public
def healthz(request: PortalRequest) -> JsonResponse:
    """Whether the portal and its database answer; says nothing else about them."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
