"""The demo's people: active users whose address lies in a domain that can receive no mail."""

from django.db.models import Prefetch, Q, QuerySet

from ipaportal.identity.models import Grant, User


def demo_people() -> QuerySet[User]:
    """Active users of the reserved `.example` domains (RFC 2606), with their roles."""
    reserved = Q(email__endswith=".example") | Q(email__endswith="@example")
    roles = Prefetch("grants", Grant.objects.select_related("party"), to_attr="current_grants")
    return User.objects.filter(reserved, is_active=True).order_by("pk").prefetch_related(roles)
