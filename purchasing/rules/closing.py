"""What a group order comes to when it closes: who is in, how many cases, at which price."""

from collections.abc import Sequence
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
    asked = sum(wish.quantity for wish in inside)
    fill = fill_cases(asked, sum(wish.flex for wish in inside), terms.case_packs)
    packs = fill.cases * terms.case_packs
    price = _price(terms, packs) if packs else None
    if price is None:
        return ClosedItem(0, None, {}, found.released, asked)
    sure = allocate(
        [Claim(w.key, w.quantity) for w in inside], packs - fill.from_tolerance, tie_key
    )
    more = allocate([Claim(w.key, w.flex) for w in inside], fill.from_tolerance, tie_key)
    extra = more.units_of()
    granted = {key: units + extra[key] for key, units in sure.units_of().items()}
    return ClosedItem(packs, price, granted, found.released, fill.left_over)


def _least(terms: ItemTerms, packs: int) -> int:
    """A group below a case is priced as if it filled one, and told so when it does not."""
    return max(packs, terms.case_packs)


def _price(terms: ItemTerms, packs: int) -> Decimal | None:
    return price_at(scheme_of(terms.ladder), packs) if packs >= terms.minimum_packs else None
