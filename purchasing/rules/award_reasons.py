"""Why an award is as it is: what each rule costs, in dollars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from purchasing.rules.award_offers import Need, Seller, base_of, whole_lines
from purchasing.rules.award_orders import Chosen
from purchasing.rules.award_shares import KeepGoing
from purchasing.rules.award_solver import Limits, NoAward, solve
from purchasing.rules.award_swaps import standing_in
from purchasing.rules.awards import NO_RULES, Rules
from purchasing.rules.certificates import Certificate

ONE_SOURCE, MINIMUMS, ALONE, CEILINGS, WITHOUT, FEW = (
    "one_source", "minimums", "alone", "ceilings", "without", "most_suppliers",
)  # fmt: skip
RULE_WORDS = {
    ONE_SOURCE: "Each line comes from one supplier",
    MINIMUMS: "Every supplier used gets its smallest order",
    ALONE: "No practice is worse off than alone",
    CEILINGS: "Nobody pays more than the ceiling they named, or the price they were shown",
    WITHOUT: "Suppliers that were left out",
    FEW: "No more suppliers than were asked for",
}


@dataclass(frozen=True, slots=True)
class RulePrice:
    """What the same packs would cost less without one rule."""

    rule: str
    cents: int
    most_cents: int
    """At the most, where the award without it is not proved to the cent."""


def rule_prices(
    chosen: Chosen, sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> list[RulePrice]:
    """What each rule that asks for anything costs, all others kept."""
    assert chosen.whole is not None
    assert chosen.certificate is not None
    cost = chosen.cents
    found = []
    if chosen.dearer_cents:
        found.append(RulePrice(ALONE, chosen.dearer_cents, chosen.dearer_cents))
    for rule, needs, offers, rules in _freer(chosen, sellers):
        whole = whole_lines(needs, offers, rules, is_split=rule == ONE_SOURCE)
        within = replace(limits, within_cents=limits.within_cents * whole.per_cent)
        try:
            other = solve(whole.problem, within, keep_going)
        except NoAward:  # in time: it holds all that the award itself may be
            found.append(RulePrice(rule, 0, cost))
            continue
        least = other.bound_cents // whole.per_cent
        saved = max(0, cost - whole.cents(other.cost_cents))
        found.append(RulePrice(rule, saved, max(saved, cost - least) if _gap(other) else saved))
    return found


def swap_saving(
    chosen: Chosen, sellers: Sequence[Seller], limits: Limits, keep_going: KeepGoing
) -> int:
    """
    What the same packs cost more as the very items that were asked for: at least so many cents.

    Whatever ceilings say: with them the very items would cost as much or more.
    """
    packs: dict[str, Need] = {}
    for need in chosen.needs:
        key, before = base_of(need.key), packs.get(base_of(need.key))
        more = before.packs if before else 0
        packs[key] = Need(key, need.packs + more, need.reference)
    out = {*chosen.asked.without, *chosen.left_out}
    left = [one for one in sellers if one.supplier not in out]
    whole = whole_lines(list(packs.values()), left, chosen.asked.rules)
    try:
        other = solve(whole.problem, limits, keep_going)
    except NoAward:
        return 0
    return max(0, other.bound_cents // whole.per_cent - chosen.cents)


def _gap(certificate: Certificate) -> int:
    return certificate.cost_cents - certificate.bound_cents


def _freer(chosen: Chosen, sellers: Sequence[Seller]):
    """Each rule by name, and the order as it would be without it."""
    needs, left, rules = chosen.needs, chosen.sellers, chosen.asked.rules
    yield ONE_SOURCE, needs, left, rules
    if any(seller.minimum_cents for seller in left):
        yield MINIMUMS, needs, [replace(seller, minimum_cents=0) for seller in left], rules
    if not chosen.dearer_cents and any(need.ceiling is not None for need in needs):
        yield CEILINGS, [replace(need, ceiling=None) for need in needs], left, rules
    if chosen.asked.without:
        gone = [one for one in sellers if one.supplier in chosen.asked.without]
        back = standing_in(gone, chosen.parts)
        yield WITHOUT, needs, [*left, *back], rules
    if rules != NO_RULES:
        yield FEW, needs, left, Rules()
