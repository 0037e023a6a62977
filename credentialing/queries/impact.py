"""What ending somebody's part would do, before it is confirmed: days, members, money, orders."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from credentialing.models import NetworkListing, Participation
from credentialing.queries.stakes import NOTHING, OpenOrder, Stake, orders_of, stakes, stakes_of
from ipaportal.identity.models import Party
from ipaportal.ledger.models import Account
from ipaportal.ledger.queries.balances import balances_by_party


@dataclass(frozen=True)
class Impact:
    """Days and listings that end on a day, who is assigned, and whose coming money would wait."""

    day: date
    participations: list[Participation]
    listings: list[NetworkListing]
    stake: Stake
    owed_cents: dict[Party, int]
    colleagues: dict[Party, int]
    orders: list[OpenOrder]

    @property
    def digest(self) -> str:
        """What was seen, for whoever confirms it: a change of any of it asks to look again."""
        told = (
            self.day.isoformat(),
            sorted(row.pk for row in self.participations),
            sorted(row.pk for row in self.listings),
            (self.stake.members, self.stake.month_cents),
            sorted((party.pk, cents) for party, cents in self.owed_cents.items()),
            sorted((one.order_id, one.practice, one.registered) for one in self.orders),
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()


def impact_of(practitioner_id: int, day: date, payer_party_id: int | None = None) -> Impact:
    """What it does if somebody takes no part from a day on, with one payer or with all."""
    lasting = Q(end_date=None) | Q(end_date__gt=day)
    parts = Participation.objects.current().filter(lasting, practitioner=practitioner_id)
    listings = NetworkListing.objects.current().filter(lasting, role__practitioner=practitioner_id)
    if payer_party_id is None:
        found = stakes_of([practitioner_id], day)
    else:
        parts = parts.filter(payer_party=payer_party_id)
        listings = listings.filter(network__payer_party=payer_party_id)
        found = stakes(payer_party_id, day)
    parts = list(parts.select_related("practice__party", "payer_party").order_by("pk"))
    listings = listings.select_related("network", "role__location").order_by("pk")
    parties = {row.practice.party_id: row.practice.party for row in parts}
    balances = balances_by_party(Account.Kind.PAYABLE, party_ids=list(parties))
    return Impact(
        day=day,
        participations=parts,
        listings=list(listings),
        stake=found.get(practitioner_id, NOTHING),
        owed_cents={parties[key]: -balances.get(key, 0) for key in sorted(parties)},
        colleagues=_colleagues(parties, practitioner_id, day),
        orders=orders_of({row.practice_id for row in parts}, practitioner_id),
    )


def _colleagues(parties: dict[int, Party], but: int, day: date) -> dict[Party, int]:
    """How many others take part through the same payees: a hold makes them wait too."""
    keys: Collection[int] = parties.keys()
    rows = Participation.objects.current().active_on(day).filter(practice__party__in=keys)
    seen = set(rows.exclude(practitioner=but).values_list("practice__party_id", "practitioner_id"))
    return {party: sum(key == party_id for party_id, _ in seen) for key, party in parties.items()}
