"""What a payee's front page says while its payments wait for a check of an exclusion list."""

from datetime import date

from django.urls import reverse

from ipaportal.core.actors import Actor
from ipaportal.core.cards import Cards, Task
from ipaportal.core.roles import PARTY_ROLES
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Hold


def hold_cards(actor: Actor, today: date) -> Cards:
    """For people of a payee that is held, in neutral words; gone once the hold is released."""
    mine = {party for role, party in actor.grants if role in PARTY_ROLES}
    if not mine:
        return Cards()
    held = Hold.objects.live().filter(party__in=mine, reason=Hold.Reason.EXCLUSION)
    names = Party.objects.filter(pk__in=held.values("party")).values_list("name", flat=True)
    address = reverse("capitation:statement_list")
    words = "the IPA's compliance office: payments to {} wait while it checks a record"
    return Cards(tuple(Task("Call", words.format(name), None, address, "warn") for name in names))
