"""
Who supplies a closed order, within what everybody said: ceilings, minimums, and nobody worse off.

The lines are closed at the best price of all who may sell. Then it is decided who gets which, so
that every supplier that is used gets its smallest order and nobody pays more than they said. If
there is no such award, a supplier that can never get its minimum is left out, or whoever said less
than the price is released, and the order is closed anew without them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from ipaportal.core.money import dollars, round_cents
from ipaportal.core.refusals import Refused
from purchasing.rules.award_offers import (
    PART,
    Need,
    Seller,
    WholeLines,
    asked_for,
    base_of,
    pool_tiers,
    whole_lines,
)
from purchasing.rules.award_orders import Asked, Chosen, Order, close_lines, demands_of
from purchasing.rules.award_shares import KeepGoing, worse_off
from purchasing.rules.award_solver import Limits, NoAward, solve
from purchasing.rules.award_swaps import parted, parts_of, standing_in
from purchasing.rules.awards import Rules, tier_reached
from purchasing.rules.certificates import Certificate, problem_lines
from purchasing.rules.closing import ClosedItem, Wish
from purchasing.rules.coalitions import Release

CENTS = 100


class MinimumsNotMet(Refused):
    """No award gives every supplier that is used what it takes as an order."""

    def __init__(self, sellers: Sequence[Seller], names: Mapping[str, str], rules: Rules) -> None:
        told = {
            seller.supplier: f"{names.get(seller.supplier, seller.supplier)} takes orders from "
            f"${dollars(seller.minimum_cents)}"
            for seller in sellers
            if seller.minimum_cents
        }
        few = (
            f"no more than {rules.most_suppliers} suppliers were asked for"
            if rules.most_suppliers
            else ""
        )
        why = "; ".join(filter(None, [*sorted(told.values()), few])) or "the offers do not fit"
        super().__init__(
            f"What is asked for cannot be bought so that every supplier gets its smallest order: "
            f"{why}. Nothing was proposed. Allow more suppliers, leave one of them out, agree on a "
            "smaller order with it, or cancel the group order."
        )


def choose(
    order: Order,
    sellers: Sequence[Seller],
    asked: Asked,
    names: Mapping[str, str],
    limits: Limits,
    keep_going: KeepGoing = lambda: True,
) -> Chosen:  # fmt: skip
    """
    Find the cheapest award that keeps what everybody said.

    :raises MinimumsNotMet: if no award gives the suppliers used their smallest orders
    :raises NoAward: if none is found in time
    """
    left = [seller for seller in sellers if seller.supplier not in asked.without]
    wishes = {key: tuple(rows) for key, rows in order.wishes.items()}
    released: list[Release] = []
    left_out: list[str] = []
    while True:
        closed = close_lines(order, wishes, left)
        parts = parts_of(order, closed, left)
        closed, offered = parted(order, closed, parts), standing_in(left, parts)
        needs = _needs(order, wishes, closed)
        chosen = Chosen(closed, tuple(needs), tuple(offered), asked, None, None, parts=parts,
                        released=tuple(released), left_out=tuple(left_out))  # fmt: skip
        if not needs:
            return chosen
        out_of_reach = _out_of_reach(needs, offered)
        if out_of_reach:
            left_out += sorted(out_of_reach)
            left = [seller for seller in left if seller.supplier not in out_of_reach]
            continue
        found = _try(needs, offered, asked.rules, limits, keep_going)
        if found is not None:
            return _with_nobody_worse_off(
                order, _chosen(chosen, *found), sellers, limits, keep_going
            )
        free = _try([replace(need, ceiling=None) for need in needs], offered, asked.rules, limits,
                    keep_going)  # fmt: skip
        if free is None:
            raise MinimumsNotMet(left, names, asked.rules)
        prices, before = prices_of(*free, offered), len(released)
        for key, price in prices.items():
            asking = _asking(wishes, closed, key)
            released += _too_dear(base_of(key), asking, closed[key], price)
            out = {row.key for row in asking if _is_above(price, row.ceiling)}
            wishes[base_of(key)] = tuple(row for row in wishes[base_of(key)] if row.key not in out)
        if len(released) == before:  # there is one, but it was not found in time
            raise NoAward


def _needs(order: Order, wishes: Mapping[str, Sequence[Wish]], closed: Mapping[str, ClosedItem]):
    """What is bought of each line, at no more than the least of its buyers' ceilings."""
    found = []
    for key, one in sorted(closed.items()):
        if not one.packs:
            continue
        asking = _asking(wishes, closed, key)
        said = [row.ceiling for row in asking if one.granted.get(row.key) and row.ceiling]
        found.append(Need(key, one.packs, order.references[base_of(key)], min(said, default=None)))
    return found


def _asking(
    wishes: Mapping[str, Sequence[Wish]], closed: Mapping[str, ClosedItem], key: str
) -> list[Wish]:
    """Whose wish a line is; of a line that has a part, whose it is and not the other's."""
    rows, part = wishes[base_of(key)], f"{base_of(key)}{PART}"
    if part not in closed:
        return list(rows)
    return [row for row in rows if (row.key in closed[part].granted) == (key == part)]


def _out_of_reach(needs: Sequence[Need], sellers: Sequence[Seller]) -> set[str]:
    """Who does not get its smallest order even with every line that it sells."""
    most: dict[str, dict[str, Decimal]] = {}
    for seller in sellers:
        offered = most.setdefault(seller.supplier, {})
        for key, price in _dearest(needs, seller).items():
            offered[key] = max(price, offered.get(key, price))
    packs = {need.key: need.packs for need in needs}
    return {
        seller.supplier
        for seller in sellers
        if seller.minimum_cents
        and sum(round_cents(price * packs[key]) for key, price in most[seller.supplier].items())
        < seller.minimum_cents
    }


def _dearest(needs: Sequence[Need], seller: Seller) -> dict[str, Decimal]:
    if seller.pool is None:
        return asked_for(needs, seller)
    tiers = pool_tiers(seller.pool, {need.key for need in needs})
    return tiers[0][1] if tiers else {}


def _with_nobody_worse_off(
    order: Order, chosen: Chosen, sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> Chosen:
    """
    The same order with no line of those worse off above what it costs them alone.

    The award as it was, if there is none such, or somebody would be worse off all the same: who,
    and by how much, is said then.
    """
    worse = {one.practice for one in worse_off(order, chosen, sellers, limits, keep_going)}
    if not worse:
        return chosen
    demands = demands_of(order, chosen.closed)
    offered = standing_in(sellers, chosen.parts)
    ceilings = _ceilings_alone([demands[practice] for practice in worse], offered)
    bounded = [_bounded(need, ceilings.get(need.key)) for need in chosen.needs]
    found = _try(bounded, chosen.sellers, chosen.asked.rules, limits, keep_going)
    if found is None:
        return chosen
    other = _chosen(replace(chosen, needs=tuple(bounded)), *found)
    if worse_off(order, other, sellers, limits, keep_going):
        return chosen
    return replace(other, dearer_cents=max(0, other.cents - chosen.cents))


def _ceilings_alone(
    demands: Sequence[Sequence[Need]], sellers: Sequence[Seller]
) -> dict[str, Decimal]:
    """What a pack of each line costs the practice that gets it cheapest alone."""
    best: dict[str, Decimal] = {}
    for needs in demands:
        near = [one for one in sellers if one.supplier not in _out_of_reach(needs, sellers)]
        for need in needs:
            asked = [
                price for one in near if (price := asked_for([need], one).get(need.key)) is not None
            ]
            if asked:
                best[need.key] = min(*asked, best.get(need.key, asked[0]))
    return best


def _bounded(need: Need, ceiling: Decimal | None) -> Need:
    both = [one for one in (need.ceiling, ceiling) if one is not None]
    return replace(need, ceiling=min(both, default=None))


def _try(
    needs: Sequence[Need], sellers: Sequence[Seller], rules: Rules, limits: Limits,
    keep_going: KeepGoing,
) -> tuple[WholeLines, Certificate] | None:  # fmt: skip
    whole = whole_lines(needs, sellers, rules)
    within = replace(limits, within_cents=limits.within_cents * whole.per_cent)
    try:
        return whole, solve(whole.problem, within, keep_going)
    except NoAward:
        return None


def _chosen(chosen: Chosen, whole: WholeLines, certificate: Certificate) -> Chosen:
    of_line = {item: seller for item, seller, _ in certificate.lines}
    prices = prices_of(whole, certificate, chosen.sellers)
    return replace(chosen, whole=whole, certificate=certificate, of_line=of_line, prices=prices)


def prices_of(
    whole: WholeLines, certificate: Certificate, sellers: Sequence[Seller]
) -> dict[str, Decimal]:
    """What a pack of each line costs under an award."""
    lines = problem_lines(certificate)
    found: dict[str, Decimal] = {}
    for offer in whole.problem.offers:
        got = [item for item, seller, _ in certificate.lines if seller == offer.supplier]
        prices = dict(offer.tiers[tier_reached(whole.problem, offer, lines)].prices) if got else {}
        for item in got:
            found[item] = Decimal(prices[item]) / (CENTS * whole.per_cent)
    return found


def _is_above(price: Decimal, ceiling: Decimal | None) -> bool:
    return ceiling is not None and price > ceiling


def _too_dear(key: str, rows: Sequence[Wish], closed: ClosedItem, price: Decimal) -> list[Release]:
    return [
        Release(row.key, key, closed.packs, price, row.ceiling, 0)
        for row in rows
        if _is_above(price, row.ceiling)
    ]
