"""Who stays in when everybody says "in, if it costs no more than this": the largest such group."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from ipaportal.core.money import dollars, round_cents

# The price of an item at the volume of those who are in; None where nothing is offered. It must
# not rise with volume: that is what makes the largest group unique.
PriceAt = Callable[[str, int], Decimal | None]


@dataclass(frozen=True, slots=True)
class Commitment:
    """What somebody is in for, and the most they would pay for a pack; None is any price."""

    key: str
    quantity: int
    ceiling: Decimal | None = None
    item: str = ""
    measure: int | None = None
    """What it counts for towards the tier, where that is not its quantity."""

    @property
    def counts(self) -> int:
        """What it counts for towards the tier."""
        return self.quantity if self.measure is None else self.measure


@dataclass(frozen=True, slots=True)
class Release:
    """Somebody who is out, with the volume and the price at which they went."""

    key: str
    item: str
    volume: int
    price: Decimal | None
    ceiling: Decimal | None
    round_no: int


@dataclass(frozen=True, slots=True)
class Coalition:
    """Who is in, at which volume, and who was released and why."""

    members: tuple[Commitment, ...]
    volume: int
    released: tuple[Release, ...]

    def price(self, item: str, price_at: PriceAt) -> Decimal | None:
        """What an item costs whoever is in."""
        return price_at(item, self.volume)


def coalition_of(commitments: Iterable[Commitment], price_at: PriceAt) -> Coalition:
    """
    Find the largest group in which nobody pays more than they said.

    Starts from everybody and releases, round by round, all whose ceiling is below the price at
    the volume of those left. As the price never rises with volume, no group that could hold
    together loses a member on the way: what is left holds every such group. So the answer is
    unique and does not depend on who committed first.
    """
    staying = sorted(commitments, key=lambda one: (one.item, one.key))
    released: list[Release] = []
    round_no = 0
    while True:
        round_no += 1
        volume = sum(one.counts for one in staying)
        prices = {item: price_at(item, volume) for item in {one.item for one in staying}}
        kept = [one for one in staying if _accepts(one, prices[one.item])]
        if len(kept) == len(staying):
            return Coalition(tuple(staying), volume, tuple(released))
        released += [
            Release(one.key, one.item, volume, prices[one.item], one.ceiling, round_no)
            for one in staying
            if not _accepts(one, prices[one.item])
        ]
        staying = kept


def _accepts(one: Commitment, price: Decimal | None) -> bool:
    return price is not None and (one.ceiling is None or price <= one.ceiling)


def release_words(release: Release, volume_words: str) -> str:
    """Why somebody was released, in words; `volume_words` says the volume as people count it."""
    if release.price is None:
        return f"Released: at {volume_words} it is not offered; the supplier's minimum is higher."
    assert release.ceiling is not None
    return (
        f"Released: at {volume_words} the price is ${_money(release.price)}, "
        f"above your ceiling of ${_money(release.ceiling)}."
    )


def _money(price: Decimal) -> str:
    """A price in cents where it is whole cents, else as it is."""
    cents = round_cents(price)
    return dollars(cents) if Decimal(cents).scaleb(-2) == price else format(price.normalize(), "f")
