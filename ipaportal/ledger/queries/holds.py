"""Which parties are not to be paid for now, and why."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from ipaportal.core.actors import Actor
from ipaportal.ledger.models import Hold
from ipaportal.ledger.models.holds import HoldQuerySet
from ipaportal.ledger.queries.words import begins, words_begin


def holds_on(party_ids: Iterable[int]) -> dict[int, list[Hold]]:
    """The live holds of these parties, by party id; a party without any is not in the answer."""
    found: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.live().filter(party_id__in=set(party_ids)).order_by("placed_at", "pk"):
        found[hold.party_id].append(hold)
    return dict(found)


def holds(*, actor: Actor, text: str = "") -> HoldQuerySet:
    """
    The live holds that an actor may see, newest first; with a text those whose payee has a word
    that begins so, or whose reason has.
    """
    live = Hold.objects.live_on_bonuses().select_related("party").order_by("-placed_at", "-pk")
    if text := text.strip():
        reasons = words_begin(Hold.Reason.choices, text)
        live = live.filter(begins("party__name", text) | Q(reason__in=reasons))
    reach = actor.reach("ledger.view_holds")
    return live if reach is None else live.filter(party_id__in=reach)
