"""The people of a demo, for its sign-in page."""

from django import template
from django.conf import settings

from ipaportal.identity.models import User
from ipaportal.identity.queries import demo

register = template.Library()


@register.simple_tag
def demo_people() -> list[User]:
    """The demo's people; nobody where there is no demo."""
    return list(demo.demo_people()) if settings.DEMO and settings.EMBEDDED else []
