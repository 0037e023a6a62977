"""What the network brings to the search."""

from django.db.models import Q
from django.urls import reverse

from credentialing.models import Practice
from credentialing.queries.network import VIEW, practitioners
from ipaportal.core.actors import Actor
from ipaportal.core.cards import FOUND_LIMIT, Found


def find_in_network(actor: Actor, text: str) -> list[Found]:
    """Practices and practitioners by name or number."""
    if not actor.may(VIEW):
        return []
    named = Practice.objects.for_actor(actor, VIEW).filter(
        Q(name__istartswith=text) | Q(tin__startswith=text.replace("-", ""))
    )
    found = [
        Found(
            "Practice",
            practice.name,
            f"TIN {practice.tin[:2]}-{practice.tin[2:]}",
            reverse("credentialing:practice_detail", args=[practice.pk]),
        )
        for practice in named.order_by("name")[:FOUND_LIMIT]
    ]
    found += [
        Found(
            "Practitioner",
            str(who),
            f"NPI {who.npi}",
            reverse("credentialing:practitioner_detail", args=[who.pk]),
        )
        for who in practitioners(actor=actor, text=text)[:FOUND_LIMIT]
    ]
    return found
