"""Emergency accesses, for whoever has to look at them afterwards."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from ipaportal.core.refusals import Refused
from ipaportal.identity.actions.emergencies import review_emergency
from ipaportal.identity.models import EmergencyAccess
from ipaportal.identity.queries.emergencies import emergencies
from ipaportal.identity.web.access import PortalRequest, requires

SHOWN = 200


@requires("identity.review_emergency")
def emergency_list(request: PortalRequest) -> HttpResponse:
    """Who opened which record in an emergency, why, and what was found about it."""
    if request.method == "POST":
        return _review(request)
    context = {"accesses": emergencies()[:SHOWN], "now": timezone.now()}
    return render(request, "identity/emergency_list.html", context)


def _review(request: PortalRequest) -> HttpResponse:
    number, text = request.POST.get("access", ""), request.POST.get("text", "").strip()
    if not number.isdecimal() or not EmergencyAccess.objects.filter(pk=number[:18]).exists():
        raise Http404
    try:
        if not text:
            messages.error(request, "Say what you found. Nothing was changed.")
        else:
            review_emergency(
                actor=request.actor, access_id=int(number), text=text[:500], now=timezone.now()
            )
            messages.success(request, "Written down.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("identity:emergency_list")
