"""The front page, the search, the health check."""

from dataclasses import replace
from urllib.parse import urlsplit

from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import is_valid_path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ipaportal.audit.access import declare_members, shows_members
from ipaportal.core.cards import Found
from ipaportal.home.queries.cards import cards_for, found_for, guides_for
from ipaportal.identity.queries.people import ipa_party
from ipaportal.identity.web.access import PortalRequest, is_fragment, public, requires
from ipaportal.identity.web.searches import KEY, TEXT, keep_search


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
        "guides": guides_for(request.actor),
        "today": today,
        "invite_second_factor": request.invite_second_factor,
    }
    return render(request, "home/home.html", page)


@require_GET
@requires("home.search")
@shows_members()
def search(request: PortalRequest) -> HttpResponse:
    """Whatever begins with the text, of all that this actor may see."""
    text = request.GET.get("q", "").strip()
    found = [_without_text(request, item) for item in found_for(request.actor, text)]
    declare_members(request, [item.member_id for item in found if item.member_id is not None])
    page = {"q": text, "found": found}
    template = "_found.html" if is_fragment(request) else "search.html"
    return render(request, f"home/{template}", page)


def _without_text(request: PortalRequest, item: Found) -> Found:
    """The way to a page that searches further, with a key in place of the text."""
    if not item.find:
        return item
    return replace(item, url=f"{item.url}?{KEY}={keep_search(request, item.find)}")


@require_POST
@requires("home.search")
def find(request: PortalRequest) -> HttpResponse:
    """Keep what is searched for, and lead to the page that searches, with a key in its address."""
    to, text = request.POST.get("to", ""), request.POST.get(TEXT, "").strip()
    here = urlsplit(to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else "")
    path = here.path if here.path and is_valid_path(here.path) else reverse("home:search")
    params = QueryDict(here.query, mutable=True)
    for name in (TEXT, KEY, "page", "after", "export"):
        params.pop(name, None)
    if text:
        params[KEY] = keep_search(request, text)
    return redirect(f"{path}?{params.urlencode()}" if params else path)


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
