"""What hangs on a practitioner for one payer: asked of whoever is named in the settings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils.module_loading import import_string

# Money lies above the network; composition says who answers (settings.NETWORK_STAKES).


@dataclass(frozen=True)
class Stake:
    """Members assigned to a practitioner on a day, and what the last posted month paid for them."""

    members: int = 0
    month_cents: int = 0


NOTHING = Stake()


@dataclass(frozen=True)
class OpenOrder:
    """A group order under way that a practice is in for, and items under one's registration."""

    order_id: int
    name: str
    state: str
    practice: str
    items: int
    registered: int = 0


def stakes(payer_party_id: int, day: date) -> dict[int, Stake]:
    """What hangs on each practitioner with a payer; empty where nobody is there to say."""
    if not settings.NETWORK_STAKES:
        return {}
    return import_string(settings.NETWORK_STAKES)(payer_party_id, day)


def orders_of(practice_ids: Collection[int], practitioner_id: int) -> list[OpenOrder]:
    """The group orders that some practices are in for; none where nobody is there to say."""
    if not settings.NETWORK_ORDERS or not practice_ids:
        return []
    ask = import_string(settings.NETWORK_ORDERS)
    return ask(practice_ids=practice_ids, practitioner_id=practitioner_id)


def stakes_of(practitioner_ids: Collection[int], day: date) -> dict[int, Stake]:
    """What hangs on some practitioners with all payers together."""
    if not settings.NETWORK_STAKES or not practitioner_ids:
        return {}
    return import_string(settings.NETWORK_STAKES)(None, day, practitioner_ids)
