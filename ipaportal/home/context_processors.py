"""What every page of the frame shows: the rail, the IPA's name, who is signed in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from ipaportal.core.roles import STAFF_ROLES
from ipaportal.home.queries.navigation import navigation
from ipaportal.identity.middleware import is_demo_session
from ipaportal.identity.queries.actors import NOBODY
from ipaportal.identity.queries.people import ipa_party


def _ipa_name() -> str:
    ipa = ipa_party()
    return ipa.name if ipa else "IPA portal"


def portal(request: HttpRequest) -> dict[str, object]:
    """What the frame shows: `actor`, `nav`, `ipa_name`, `density`, `is_demo…`, `lifetime`."""
    actor = getattr(request, "actor", NOBODY)
    signed_in = actor.user_id is not None
    return {
        "actor": actor,
        "nav": navigation(actor, request.path) if signed_in else [],
        "ipa_name": SimpleLazyObject(_ipa_name),
        "density": "dense" if actor.roles & STAFF_ROLES else "roomy",
        "is_demo": settings.DEMO,
        "lifetime": getattr(request, "lifetime", None),
        "is_demo_session": signed_in and is_demo_session(request),
    }
