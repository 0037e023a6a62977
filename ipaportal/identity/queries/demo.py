"""The demo's people: active users whose address lies in a domain that can receive no mail."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from ipaportal.identity.models import User
from ipaportal.identity.queries.actors import grants_in_force


def demo_people(today: date) -> QuerySet[User]:
    """Active users of the reserved `.example` domains (RFC 2606), with their roles."""
    reserved = Q(email__endswith=".example") | Q(email__endswith="@example")
    current = grants_in_force(today).select_related("party")
    roles = Prefetch("grants", current, to_attr="current_grants")
    return User.objects.filter(reserved, is_active=True).order_by("pk").prefetch_related(roles)
