"""The people of a demo, for its sign-in page."""

from django import template
from django.conf import settings
from django.utils import timezone

from ipaportal.core.scopes import EVERYBODY, seeing
from ipaportal.identity.models import User
from ipaportal.identity.queries import demo

# The demo makes the person of each role first; a practice's hundred others need no button.
SHOWN = 20
register = template.Library()


@register.simple_tag
def demo_people() -> list[User]:
    """The demo's people; nobody where there is no demo."""
    if not (settings.DEMO and settings.EMBEDDED):
        return []
    with seeing(EVERYBODY):  # on the page of the sign-in, where nobody acts yet
        return list(demo.demo_people(timezone.localdate())[:SHOWN])
