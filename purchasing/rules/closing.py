"""What a group order comes to when it closes: who is in, how many cases, at which price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from purchasing.rules.allocation import Claim, allocate
from purchasing.rules.coalitions import Commitment, Release, coalition_of
from purchasing.rules.ladders import Ladder, scheme_of
from purchasing.rules.packs import fill_cases
from purchasing.rules.tiers import price_at


@dataclass(frozen=True, slots=True)
class Wish:
    """What an office asks for: surely, more if it fills a case, at no more than a price."""

    key: str
    quantity: int
    flex: int = 0
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """How an item is sold: its best price by volume, its case, the fewest packs taken."""

    ladder: Ladder
    case_packs: int = 1
    minimum_packs: int = 0


@dataclass(frozen=True, slots=True)
class ClosedItem:
    """What is ordered of an item, at which price, for whom; who was released and why."""

    packs: int
    price: Decimal | None
    granted: dict[str, int]
    released: tuple[Release, ...]
    unfilled: int
    """Packs asked for that fill no case, and are not ordered."""


def close_item(wishes: Sequence[Wish], terms: ItemTerms, tie_key: bytes) -> ClosedItem:
    """
    Find the largest group that agrees with its price, and round it to whole cases.

    The price is that of the cases which are full without anybody's tolerance, so that rounding
    never makes it dearer than what each agreed to.
    """

    def at(_item: str, packs: int) -> Decimal | None:
        whole = packs - packs % terms.case_packs
        return _price(terms, whole) if whole else _price(terms, _least(terms, packs))

    found = coalition_of([Commitment(w.key, w.quantity, w.ceiling) for w in wishes], at)
    staying = {one.key for one in found.members}
    inside = [wish for wish in wishes if wish.key in staying]
    packs = _filled(inside, terms)
    return _shared(inside, terms, _price(terms, packs) if packs else None, found.released, tie_key)


def _filled(inside: Sequence[Wish], terms: ItemTerms) -> int:
    """Packs in whole cases, the last one completed from tolerance."""
    asked, flex = sum(wish.quantity for wish in inside), sum(wish.flex for wish in inside)
    return fill_cases(asked, flex, terms.case_packs).cases * terms.case_packs


def _shared(
    inside: Sequence[Wish],
    terms: ItemTerms,
    price: Decimal | None,
    released: Sequence[Release],
    tie_key: bytes,
) -> ClosedItem:
    """Give whole cases out among those who are in."""
    asked = sum(wish.quantity for wish in inside)
    fill = fill_cases(asked, sum(wish.flex for wish in inside), terms.case_packs)
    packs = fill.cases * terms.case_packs
    if price is None or not packs:
        return ClosedItem(0, None, {}, tuple(released), asked)
    sure = allocate(
        [Claim(w.key, w.quantity) for w in inside], packs - fill.from_tolerance, tie_key
    )
    more = allocate([Claim(w.key, w.flex) for w in inside], fill.from_tolerance, tie_key)
    extra = more.units_of()
    granted = {key: units + extra[key] for key, units in sure.units_of().items()}
    return ClosedItem(packs, price, granted, tuple(released), fill.left_over)


@dataclass(frozen=True, slots=True)
class PoolLine:
    """An item that is bought together with others: what a pack counts for, and its tiers."""

    wishes: Sequence[Wish]
    terms: ItemTerms
    """Its ladder is in what the pool counts, less what its period had before."""
    weight: int


def close_pool(lines: Mapping[str, PoolLine], tie_key: bytes) -> dict[str, ClosedItem]:
    """
    Find the largest group over several items whose tiers count all of them together.

    Starts from everybody; whoever would pay more than they said is released, and the price is
    asked again at what is left. It never falls on the way, so the answer is the largest group.
    """
    staying = {key: list(line.wishes) for key, line in lines.items()}
    released: dict[str, list[Release]] = {key: [] for key in lines}
    round_no = 0
    while True:
        round_no += 1
        whole = {key: _whole(rows, lines[key].terms) for key, rows in staying.items()}
        gone = False
        for key in lines:
            price = _pool_price(lines, whole, key)
            asked = sum(row.quantity for row in staying[key])
            out = [
                row for row in staying[key]
                if price is None or (row.ceiling is not None and row.ceiling < price)
            ]  # fmt: skip
            released[key] += [
                Release(row.key, key, asked, price, row.ceiling, round_no) for row in out
            ]
            gone = gone or bool(out)
            line_out = {row.key for row in out}
            staying[key] = [row for row in staying[key] if row.key not in line_out]
        if not gone:
            break
    packs = {key: _filled(rows, lines[key].terms) for key, rows in staying.items()}
    return {
        key: _shared(staying[key], line.terms, _pool_price(lines, packs, key), released[key],
                     tie_key)
        for key, line in lines.items()
    }  # fmt: skip


def _whole(rows: Sequence[Wish], terms: ItemTerms) -> int:
    packs = sum(row.quantity for row in rows)
    return packs - packs % terms.case_packs


def _pool_price(
    lines: Mapping[str, PoolLine], packs: Mapping[str, int], key: str
) -> Decimal | None:
    """The price of an item at what all of them count for; below a case as if it filled one."""
    mine, line = packs[key] or lines[key].terms.case_packs, lines[key]
    if mine < line.terms.minimum_packs:
        return None
    others = sum(lines[name].weight * count for name, count in packs.items() if name != key)
    return price_at(scheme_of(line.terms.ladder), others + mine * line.weight)


def _least(terms: ItemTerms, packs: int) -> int:
    """A group below a case is priced as if it filled one, and told so when it does not."""
    return max(packs, terms.case_packs)


def _price(terms: ItemTerms, packs: int) -> Decimal | None:
    return price_at(scheme_of(terms.ladder), packs) if packs >= terms.minimum_packs else None
