"""A closed order as far as awards go, and what is chosen of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from purchasing.rules.award_offers import Need, Pool, Seller, WholeLines, base_of
from purchasing.rules.awards import NO_RULES, Rules
from purchasing.rules.certificates import Certificate
from purchasing.rules.closing import (
    ClosedItem,
    ItemTerms,
    PoolLine,
    Wish,
    close_item,
    close_pool,
)
from purchasing.rules.coalitions import Release
from purchasing.rules.ladders import best_ladder
from purchasing.rules.periods import left_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What whoever proposes asks for: suppliers left out, and at most so many of them."""

    without: frozenset[str] = frozenset()
    most_suppliers: int | None = None

    @property
    def rules(self) -> Rules:
        """As the problem has it."""
        return replace(NO_RULES, most_suppliers=self.most_suppliers)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who gets which line at which price, what shows that nothing is cheaper, and who is out."""

    closed: dict[str, ClosedItem]
    needs: tuple[Need, ...]
    """What is bought, at no more than its buyers said, and than alone where that is kept."""
    sellers: tuple[Seller, ...]
    asked: Asked
    whole: WholeLines | None
    certificate: Certificate | None
    of_line: dict[str, str] = field(default_factory=dict)
    """By line the contract it goes to."""
    prices: dict[str, Decimal] = field(default_factory=dict)
    released: tuple[Release, ...] = ()
    """Who was in at the best price, but said less than the award's."""
    left_out: tuple[str, ...] = ()
    """Suppliers that cannot get their smallest order."""
    dearer_cents: int = 0
    """What it costs that nobody is worse off than alone."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By part of a line the items that it may come as."""

    @property
    def cents(self) -> int:
        """What the award costs, in cents."""
        assert self.whole is not None
        assert self.certificate is not None
        return self.whole.cents(self.certificate.cost_cents)


@dataclass(frozen=True, slots=True)
class Order:
    """A closed order as far as awards go: who wants what, at which reference prices."""

    wishes: Mapping[str, Sequence[Wish]]
    """By line; keys of offices."""
    references: Mapping[str, Decimal]
    practice_of: Mapping[str, str]
    """The practice of each office."""
    cases: Mapping[str, tuple[int, int]]
    """By line the packs of a case, and the fewest packs taken."""
    tie_key: bytes
    swaps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By line the offices that take any equivalent of it."""
    equals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By line the other lines whose items may stand in for it."""


def close_lines(
    order: Order, wishes: Mapping[str, Sequence[Wish]], sellers: Sequence[Seller]
) -> dict[str, ClosedItem]:
    """
    Close every line at the best price of those who sell it; what nobody sells is none.

    Lines that only one contract sells, which counts them together, are closed together.
    """
    found = {}
    for key, rows in wishes.items():
        ladders = [seller.ladders[key] for seller in sellers if key in seller.ladders]
        if ladders:
            terms = ItemTerms(best_ladder(ladders), *order.cases[key])
            found[key] = close_item(rows, terms, order.tie_key)
        else:
            found[key] = ClosedItem(0, None, {}, (), sum(row.quantity for row in rows))
    for seller in sellers:
        mine = only_of(seller, sellers, wishes)
        if len(mine) > 1:
            found |= close_pool(
                {key: _pool_line(seller.pool, key, wishes[key], order) for key in mine},
                order.tie_key,
            )
    return found


def only_of(seller: Seller, sellers: Sequence[Seller], keys: Iterable[str]) -> list[str]:
    """The lines that can come from nobody but a seller whose tiers count them together."""
    if seller.pool is None:
        return []
    others = {key for one in sellers if one.key != seller.key for key in one.ladders}
    return [key for key in keys if key in seller.pool.ladders and key not in others]


def _pool_line(pool: Pool, key: str, rows: Sequence[Wish], order: Order) -> PoolLine:
    terms = ItemTerms(left_of(pool.ladders[key], pool.before), *order.cases[key])
    return PoolLine(rows, terms, pool.weights[key])


def demands_of(order: Order, closed: Mapping[str, ClosedItem]) -> dict[str, list[Need]]:
    """What each practice gets of each line, all its offices together."""
    found: dict[str, dict[str, int]] = {}
    for key, one in sorted(closed.items()):
        for office, packs in one.granted.items():
            if packs:
                mine = found.setdefault(order.practice_of[office], {})
                mine[key] = mine.get(key, 0) + packs
    return {
        practice: [Need(key, packs, order.references[base_of(key)]) for key, packs in mine.items()]
        for practice, mine in sorted(found.items())
    }
