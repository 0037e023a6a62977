"""
Lines of which a part may come as an equivalent: the part becomes a line of its own in an award.

Who is in, and for how many packs, is closed by the line that everybody asked for, as if nothing
stood in for anything: to take any equivalent never puts anybody out. What its offices would take
as any equivalent is then a part (`12~` of line `12`) which every contract offers that sells one of
the equivalents, counted together with what else is bought of that item from it. So the solver
chooses, and the certificate is about all these choices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from purchasing.rules.award_offers import PART, Pool, Seller, base_of
from purchasing.rules.award_orders import Order
from purchasing.rules.closing import ClosedItem


def line_of(row: Mapping) -> str:
    """The line or part that a row of an award is about."""
    return row.get("line") or str(row["item"])


def parts_of(
    order: Order, closed: Mapping[str, ClosedItem], sellers: Sequence[Seller]
) -> dict[str, tuple[str, ...]]:
    """
    The parts that may come as something else, and as what, what was asked for first.

    Only whole cases part, and neither part is below the fewest packs taken. Where one supplier
    sells an item under two contracts, it is bought as asked for: an order names one price of it.
    """
    found = {}
    for key, others in sorted(order.equals.items()):
        free, bound = _packs(order, closed, key)
        case, fewest = order.cases[key]
        if not free or free % case or 0 < bound < fewest or not _sold_plainly(key, sellers):
            continue
        fit = [other for other in others if _fits(order, closed, other, free, sellers)]
        if fit:
            found[f"{key}{PART}"] = (key, *fit)
    return found


def _fits(
    order: Order, closed: Mapping[str, ClosedItem], other: str, packs: int,
    sellers: Sequence[Seller],
) -> bool:  # fmt: skip
    case, fewest = order.cases[other]
    stays = _packs(order, closed, other)[1]
    return (
        not packs % case
        and stays + packs >= fewest
        and any(other in seller.ladders for seller in sellers)
        and _sold_plainly(other, sellers)
    )


def _packs(order: Order, closed: Mapping[str, ClosedItem], key: str) -> tuple[int, int]:
    """Packs that may come as any equivalent, and those that may not."""
    granted = closed[key].granted
    free = sum(granted.get(office, 0) for office in order.swaps.get(key, ()))
    return free, sum(granted.values()) - free


def _sold_plainly(key: str, sellers: Sequence[Seller]) -> bool:
    sold = [seller.supplier for seller in sellers if key in seller.ladders]
    return len(sold) == len(set(sold))


def parted(
    order: Order, closed: Mapping[str, ClosedItem], parts: Mapping[str, Sequence[str]]
) -> dict[str, ClosedItem]:
    """The same lines with their parts as lines of their own; no pack more, none fewer."""
    found = dict(closed)
    for part in parts:
        key = base_of(part)
        whole = closed[key]
        free = {who: packs for who, packs in whole.granted.items() if who in order.swaps[key]}
        bound = {who: packs for who, packs in whole.granted.items() if who not in free}
        found[part] = ClosedItem(sum(free.values()), whole.price, free, (), 0)
        found[key] = replace(whole, packs=sum(bound.values()), granted=bound)
    return found


def standing_in(sellers: Sequence[Seller], parts: Mapping[str, Sequence[str]]) -> list[Seller]:
    """Who sells, with the parts that may come as what each sells."""
    touched = sorted({item for items in parts.values() for item in items})
    found = []
    for seller in sellers:
        mine = [item for item in touched if item in seller.ladders]
        if not mine:
            found.append(seller)
        elif seller.pool is not None:
            found.append(_in_pool(seller, seller.pool, parts))
        else:
            rest = {key: one for key, one in seller.ladders.items() if key not in mine}
            if rest:
                found.append(replace(seller, ladders=rest, house=seller.supplier))
            found += [_as_item(seller, item, parts) for item in mine]
    return found


def _as_item(seller: Seller, item: str, parts: Mapping[str, Sequence[str]]) -> Seller:
    """One item of a contract, with the parts that may come as it: its packs count together."""
    mine = {part: item for part, items in parts.items() if item in items}
    ladders = dict.fromkeys([item, *mine], seller.ladders[item])
    return Seller(
        f"{seller.key} as {item}", ladders, seller.minimum_cents, seller.freight_cents,
        seller.supplier, Pool(ladders, dict.fromkeys(ladders, 1)), mine,
    )  # fmt: skip


def _in_pool(seller: Seller, pool: Pool, parts: Mapping[str, Sequence[str]]) -> Seller:
    """
    A contract that counts its items together counts what stands in for one of them, too.

    Of two of its items that may, it offers the one that costs less at its best tier.
    """
    mine = {}
    for part, items in parts.items():
        sold = [item for item in items if item in pool.ladders]
        if sold:
            mine[part] = min(sold, key=lambda item: Decimal(pool.ladders[item][-1][1]))
    return replace(
        seller,
        ladders={**seller.ladders, **{part: seller.ladders[item] for part, item in mine.items()}},
        pool=Pool(
            {**pool.ladders, **{part: pool.ladders[item] for part, item in mine.items()}},
            {**pool.weights, **{part: pool.weights[item] for part, item in mine.items()}},
            pool.before,
        ),
        stands_for=mine,
    )
