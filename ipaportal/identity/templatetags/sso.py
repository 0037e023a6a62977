"""The IPA's own sign-in server, for the pages that speak of it."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def sso_server() -> str:
    """How people call the server; empty where there is none."""
    return settings.OIDC_NAME if settings.OIDC_ISSUER else ""
