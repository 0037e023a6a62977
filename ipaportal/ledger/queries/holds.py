"""Which parties are not to be paid for now, and why."""

from collections import defaultdict
from collections.abc import Iterable

from ipaportal.core.actors import Actor
from ipaportal.ledger.models import Hold
from ipaportal.ledger.models.holds import HoldQuerySet


def holds_on(party_ids: Iterable[int]) -> dict[int, list[Hold]]:
    """The live holds of these parties, by party id; a party without any is not in the answer."""
    found: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.live().filter(party_id__in=set(party_ids)).order_by("placed_at", "pk"):
        found[hold.party_id].append(hold)
    return dict(found)


def holds(*, actor: Actor) -> HoldQuerySet:
    """The live holds that an actor may see, newest first."""
    live = Hold.objects.live().select_related("party").order_by("-placed_at", "-pk")
    reach = actor.reach("ledger.view_holds")
    return live if reach is None else live.filter(party_id__in=reach)
