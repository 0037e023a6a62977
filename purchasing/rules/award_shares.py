"""What each practice pays of an award, and what it would pay on the same offers by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from ipaportal.core.money import round_cents, split
from purchasing.rules.award_offers import (
    Need,
    Seller,
    asked_for,
    base_of,
    cheapest_of_each,
    whole_lines,
)
from purchasing.rules.award_orders import Chosen, Order, demands_of
from purchasing.rules.award_solver import Limits, NoAward, solve
from purchasing.rules.award_swaps import standing_in

KeepGoing = Callable[[], bool]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Share:
    """What an award costs one practice with its part of freight, beside its best alone."""

    practice: str
    goods_cents: int
    freight_cents: int
    alone_cents: int | None
    """None where no supplier delivers so little."""
    is_least: bool = False
    """Whether alone it would cost at least this: not worked out to the end."""
    waived_cents: int | None = None
    """What it would cost alone if suppliers sold so little, for whom none does."""

    @property
    def cents(self) -> int:
        """What the practice pays."""
        return self.goods_cents + self.freight_cents

    @property
    def is_worse_off(self) -> bool:
        """Whether the practice would do better on its own."""
        return self.alone_cents is not None and self.cents > self.alone_cents


def shares_of(
    order: Order, chosen: Chosen, sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> list[Share]:
    """What each practice pays, which sums to the award, and would pay on the same offers alone."""
    found = []
    offered = standing_in(sellers, chosen.parts)
    for practice, (needs, goods, freight) in _paid(order, chosen).items():
        alone, is_least = alone_cents(needs, offered, limits, keep_going)
        waived = cheapest_cents(needs, offered) if alone is None else None
        found.append(Share(practice, goods, freight, alone, is_least, waived))
    return found


def _paid(order: Order, chosen: Chosen) -> dict[str, tuple[list[Need], int, int]]:
    """What each practice gets, and what it pays for goods and for freight, in cents."""
    demands = demands_of(order, chosen.closed)
    goods, freight = dict.fromkeys(demands, 0), dict.fromkeys(demands, 0)
    for key in chosen.of_line:
        packs = _by_practice(demands, key)
        cents = round_cents(chosen.prices[key] * sum(packs.values()))
        for practice, part in _parts(cents, packs):
            goods[practice] += part
    for (_, office), part in freight_parts(order, chosen).items():
        freight[order.practice_of[office]] += part
    return {
        practice: (needs, goods[practice], freight[practice]) for practice, needs in demands.items()
    }


def cheapest_cents(needs: Sequence[Need], sellers: Sequence[Seller]) -> int | None:
    """What some lines cost at each one's lowest price, whatever suppliers take as an order."""
    named = {seller.key: seller for seller in sellers}
    chosen = cheapest_of_each(needs, sellers)
    if len(chosen) < len(needs):
        return None
    prices = (asked_for([need], named[chosen[need.key]])[need.key] * need.packs for need in needs)
    return round_cents(sum(prices, Decimal(0)))


def _by_practice(demands: Mapping[str, Sequence[Need]], key: str) -> dict[str, int]:
    return {who: need.packs for who, needs in demands.items() for need in needs if need.key == key}


def _parts(cents: int, weights: Mapping[Key, int]) -> list[tuple[Key, int]]:
    if not cents:
        return []
    sizes = list(weights.values())
    shared = sizes if sum(sizes) else [1] * len(sizes)
    return list(zip(weights, split(cents, shared), strict=True))


def freight_parts(order: Order, chosen: Chosen) -> dict[tuple[str, str], int]:
    """A supplier's freight by line and office, in cents: by what is bought of it, at references."""
    found: dict[tuple[str, str], int] = {}
    for supplier, cents in freights(chosen).items():
        spends = {
            (key, office): int(order.references[base_of(key)] * 10_000) * packs
            for key, contract in sorted(chosen.of_line.items())
            if _houses(chosen)[contract] == supplier
            for office, packs in sorted(chosen.closed[key].granted.items())
            if packs
        }
        found.update(_parts(cents, spends))
    return found


def _houses(chosen: Chosen) -> dict[str, str]:
    return {seller.key: seller.supplier for seller in chosen.sellers}


def freights(chosen: Chosen) -> dict[str, int]:
    """What each supplier that is used asks once for the whole order, in cents."""
    used = set(chosen.of_line.values())
    return {one.supplier: one.freight_cents for one in chosen.sellers if one.key in used}


def worse_off(
    order: Order, chosen: Chosen, sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> list[Share]:
    """The practices for which an award is dearer than their best alone, as far as is known."""
    found = []
    offered = standing_in(sellers, chosen.parts)
    has_pools = any(seller.pool is not None for seller in offered)
    for practice, (needs, goods, freight) in _paid(order, chosen).items():
        # Whatever suppliers take as an order and ask for freight, alone costs no less than this.
        least = cheapest_cents(needs, offered)
        if not has_pools and (least is None or goods + freight <= least):
            continue
        share = Share(practice, goods, freight, *alone_cents(needs, offered, limits, keep_going))
        if share.is_worse_off and not share.is_least:
            found.append(share)
    return found


def alone_cents(
    needs: Sequence[Need], sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> tuple[int | None, bool]:
    """
    What some lines cost one practice at the least by itself, and whether that is only a least.

    None where nobody delivers so little.
    """
    named = {seller.key: seller for seller in sellers}
    chosen = cheapest_of_each(needs, sellers)
    if len(chosen) < len(needs):
        return None, False
    spent: dict[str, int] = {}
    total = Decimal(0)
    for need in needs:
        seller = named[chosen[need.key]]
        price = asked_for([need], seller)[need.key] * need.packs
        spent[seller.supplier] = spent.get(seller.supplier, 0) + int(price * 100)
        total += price
    is_plain = all(
        not one.freight_cents
        and one.pool is None
        and spent.get(one.supplier, one.minimum_cents) >= one.minimum_cents
        for one in sellers
    )
    if is_plain:
        return round_cents(total), False
    if not keep_going():
        return int(total * 100) if all(one.pool is None for one in sellers) else 0, True
    whole = whole_lines(needs, sellers)
    try:
        found = solve(whole.problem, limits, keep_going)
    except NoAward:
        return None, False
    if found.cost_cents > found.bound_cents:
        return found.bound_cents // whole.per_cent, True
    return whole.cents(found.cost_cents), False
