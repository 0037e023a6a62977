"""What identity brings to the front page and the search."""

from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.cards import FOUND_LIMIT, Cards, Found, Number, Task
from ipaportal.identity.queries.people import open_invitations, people_seen_by


def people_cards(actor: Actor, today: date) -> Cards:
    """Invitations that ran out unaccepted, and how many people can sign in."""
    if not actor.may("identity.invite_user"):
        return Cards()
    url = reverse("identity:people_list")
    now = timezone.now()
    tasks = tuple(
        Task("Invite again", f"{i.name} ({i.email})", i.expires_at.date(), url, "warn")
        for i in open_invitations(actor, now).filter(expires_at__lte=now)[:5]
    )
    active = people_seen_by(actor).filter(is_active=True).count()
    return Cards(tasks, (Number("People who can sign in", f"{active:,}", url),))


def find_people(actor: Actor, text: str) -> list[Found]:
    """People whose name or address begins so."""
    if not actor.may("identity.see_people"):
        return []
    match = Q(name__istartswith=text) | Q(name__icontains=f" {text}") | Q(email__istartswith=text)
    return [
        Found("Person", p.name, p.email, reverse("identity:person_detail", args=[p.pk]))
        for p in people_seen_by(actor).filter(match)[:FOUND_LIMIT]
    ]
