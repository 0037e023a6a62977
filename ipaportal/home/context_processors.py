"""What every page of the frame shows: the rail, the IPA's name, who is signed in."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve, reverse
from django.utils.functional import SimpleLazyObject

from ipaportal.core.actors import Actor
from ipaportal.core.roles import STAFF_ROLES
from ipaportal.home.queries.navigation import navigation
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.queries.actors import NOBODY
from ipaportal.identity.queries.people import ipa_party

# Records whose former states are shown on a page of compliance, which lies above theirs.
TWO_DAYS = {
    "capitation:contract_detail": "compliance:contract_as_of",
    "capitation:member_detail": "compliance:member_as_of",
    "credentialing:practitioner_file": "compliance:practitioner_as_of",
    "identity:person_detail": "compliance:person_as_of",
}


def _ipa_name() -> str:
    ipa = ipa_party()
    return ipa.name if ipa else "IPA portal"


def _two_days(request: HttpRequest, actor: Actor) -> str:
    """Where the record of this page is seen on two days, if there is such a page."""
    match = request.resolver_match
    if match is None or match.view_name not in TWO_DAYS:
        return ""
    url = reverse(TWO_DAYS[match.view_name], kwargs=match.kwargs)
    return url if actor.may(resolve(url).func.permission) else ""


def portal(request: HttpRequest) -> dict[str, object]:
    """What the frame shows: `actor`, `nav`, `two_days`, `ipa_name`, `density`, …"""
    actor = getattr(request, "actor", NOBODY)
    signed_in = actor.user_id is not None
    return {
        "actor": actor,
        "nav": navigation(actor, request.path) if signed_in else [],
        "two_days": _two_days(request, actor) if signed_in else "",
        "ipa_name": SimpleLazyObject(_ipa_name),
        "density": "dense" if actor.roles & STAFF_ROLES else "roomy",
        "is_demo": settings.DEMO,
        "lifetime": getattr(request, "lifetime", None),
        "is_demo_session": signed_in and is_demo_session(request),
    }
