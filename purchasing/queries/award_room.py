"""What an award would be now, what is proved of it, and what stands beside it."""

import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from credentialing.queries.screening_matches import excluded_keys
from ipaportal.core.money import round_cents
from purchasing.models import Commitment, GroupOrder, Offer, OrderItem, Supplier
from purchasing.queries.awards import gates_of, seller_words
from purchasing.queries.contract_periods import sellers_of
from purchasing.queries.equivalents import equivalents_of
from purchasing.rules.award_choice import choose
from purchasing.rules.award_compare import cheapest_per_line
from purchasing.rules.award_offers import PART, Seller, asked_for, base_of
from purchasing.rules.award_orders import Asked, Chosen, Order
from purchasing.rules.award_reasons import rule_prices, swap_saving
from purchasing.rules.award_shares import freight_parts, freights, shares_of
from purchasing.rules.award_solver import Limits
from purchasing.rules.certificates import check
from purchasing.rules.closing import Wish
from purchasing.rules.coalitions import release_words
from purchasing.rules.gates import Stage
from purchasing.rules.ladders import scheme_of, shortened
from purchasing.rules.tiers import price_at

LIMITS = Limits(seconds=10.0, most_parts=4_000)
# How long the award itself may take, and then all that stands beside it together.
CHOOSE_SECONDS, COMPARE_SECONDS = 30.0, 20.0
NOBODY_SELLS = "No supplier that may be bought from delivers so little of it."


@dataclass(frozen=True)
class Proposal:
    """An award as it would be now: one row an item, one an office, and what is said of it."""

    lines: list[dict]
    offices: list[dict]
    total_cents: int
    certificate: str
    verdict: dict

    @property
    def sha256(self) -> str:
        """What somebody who looked at it has seen."""
        return _digest([self.lines, self.offices, self.verdict])


@dataclass(frozen=True)
class Room:
    """A closed order as it may be bought now: who is out for which reason, who may sell what."""

    order: Order
    sellers: list[Seller]
    items: dict[int, OrderItem]
    rows: dict[int, Commitment]
    blocked: dict[int, str]
    names: dict[str, str]
    """Suppliers by key."""
    may_not_sell: dict[str, str]
    """Contracts that are asked for nothing, and why."""


def room_of(order: GroupOrder, tie_key: bytes, today: date) -> Room:
    """Ask every gate of a closed order again: of its buyers, and of its sellers."""
    items = {item.pk: item for item in order.items.select_related("version", "level")}
    rows = {one.pk: one for one in _commitments(order)}
    blocked = {pk: gates_of(one, order, today, Stage.ORDER) for pk, one in rows.items()}
    wishes: dict[str, list[Wish]] = {str(pk): [] for pk in items}
    states: dict[int, set[str]] = {pk: set() for pk in items}
    for pk, one in sorted(rows.items()):
        states[one.order_item_id].add(one.location.state)
        if not blocked[pk]:
            wishes[str(one.order_item_id)].append(
                Wish(str(one.location_id), one.quantity, one.flex, one.max_price)
            )
    sellers, names, refused = _sellers(order, items, states, today)
    equals = equivalents_of(items.values())
    known = replace(
        order_of(items.values(), rows.values(), wishes, tie_key),
        swaps=_swaps(order, rows, blocked, equals, today),
        equals={str(pk): tuple(str(one.pk) for one in found) for pk, found in equals.items()},
    )
    return Room(known, sellers, items, rows, blocked, names, refused)


def _swaps(
    order: GroupOrder,
    rows: Mapping[int, Commitment],
    blocked: Mapping[int, str],
    equals: Mapping[int, Sequence[OrderItem]],
    today: date,
) -> dict[str, frozenset[str]]:
    """
    By item the offices that take any equivalent of it, and may buy each.

    An office that asked for several of them itself gets each as it asked.
    """
    asked = Counter(
        (one.location_id, min(one.order_item_id, *(other.pk for other in others)))
        for one in rows.values()
        if (others := equals.get(one.order_item_id))
    )
    found: dict[str, set[str]] = defaultdict(set)
    for pk, one in rows.items():
        others = equals.get(one.order_item_id)
        if not one.any_equivalent or not others or blocked[pk]:
            continue
        first = min(one.order_item_id, *(other.pk for other in others))
        if asked[one.location_id, first] == 1 and not any(
            gates_of(one, order, today, Stage.ORDER, other.version) for other in others
        ):
            found[str(one.order_item_id)].add(str(one.location_id))
    return {key: frozenset(offices) for key, offices in found.items()}


def order_of(
    items: Iterable[OrderItem], rows: Iterable[Commitment], wishes: Mapping, tie_key: bytes
) -> Order:
    """A group order as closing and award have it."""
    known = list(items)
    return Order(
        wishes=wishes,
        references={str(item.pk): Decimal(item.ladder[0][1]) for item in known},
        practice_of={str(one.location_id): str(one.practice_id) for one in rows},
        cases={str(item.pk): (item.case_packs, item.minimum_packs) for item in known},
        tie_key=tie_key,
    )


def _commitments(order: GroupOrder) -> QuerySet[Commitment]:
    found = Commitment.objects.filter(office_part__order_item__order=order)
    return found.select_related("location__practice__party", "practice", "order_item__version")


def _sellers(order: GroupOrder, items: Mapping, states: Mapping, today: date):
    """Each contract with the ladders that it may sell, as they were frozen."""
    excluded = excluded_keys(today, "supplier")
    offers = Offer.objects.filter(order_item__order=order).select_related(
        "contract__supplier__party"
    )
    kept: list[Offer] = []
    refused: dict[str, str] = {}
    for offer in offers.order_by("contract_id", "pk"):
        version = items[offer.order_item_id].version
        why = {
            words
            for state in states[offer.order_item_id]
            if (words := seller_words(offer.contract, version, state, today, excluded))
        }
        if why:
            refused[str(offer.contract.supplier)] = " ".join(sorted(why))
        else:
            kept.append(offer)
    names = {str(one.contract.supplier_id): str(one.contract.supplier) for one in kept}
    return sellers_of(kept), names, refused


def chosen_of(room: Room, asked: Asked) -> Chosen:
    """
    The cheapest award that keeps what everybody said.

    :raises MinimumsNotMet: if no award gives the suppliers used their smallest orders
    :raises NoAward: if none is found in time
    """
    return choose(room.order, room.sellers, asked, room.names, LIMITS, _for(CHOOSE_SECONDS))


def _for(seconds: float) -> Callable[[], bool]:
    """Whether there is time left, from now on."""
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() < ends


def propose(room: Room, chosen: Chosen) -> Proposal:
    """An award with all that stands beside it, for a person to look at."""
    now = outcome_of(room, chosen)
    lines, offices = now.lines, now.offices
    freight = freights(chosen)
    total = sum(line["cents"] for line in lines) + sum(freight.values())
    if chosen.certificate is None:
        return Proposal(lines, offices, total, "", {"proved": False, "gap_cents": 0, "leaves": 0})
    verdict = {
        **_proved(chosen),
        **_beside(room, chosen),
        **_swapped(room, chosen),
        "freight": [[room.names[key], cents] for key, cents in sorted(freight.items()) if cents],
        "asked": {
            "without": sorted(chosen.asked.without),
            "without_names": sorted(room.names[key] for key in chosen.asked.without),
            "most_suppliers": chosen.asked.most_suppliers,
        },
        "left_out": [room.names[key] for key in chosen.left_out],
        "may_not_sell": room.may_not_sell,
        "core": now.core,
    }
    return Proposal(lines, offices, total, chosen.certificate.to_bytes().decode(), verdict)


def core_digest(lines: list[dict], offices: list[dict], chosen: Chosen) -> str:
    """What must come out the same when an award is approved: who gets what, and the proof."""
    assert chosen.certificate is not None
    return _digest([lines, offices, chosen.certificate.sha256])


@dataclass(frozen=True)
class Outcome:
    """Who supplies what now, what each office gets of it, and the digest of both with the proof."""

    lines: list[dict]
    offices: list[dict]
    core: str


def outcome_of(room: Room, chosen: Chosen) -> Outcome:
    """What an award would be now; without a digest if nothing proves it."""
    lines = [_line(room, chosen, key) for key in sorted(chosen.of_line, key=_by_line)]
    offices = _offices(room, chosen)
    core = "" if chosen.certificate is None else core_digest(lines, offices, chosen)
    return Outcome(lines, offices, core)


def _digest(told: Sequence) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _proved(chosen: Chosen) -> dict:
    """The certificate, checked by the small checker: what none can cost less than."""
    assert chosen.whole is not None
    assert chosen.certificate is not None
    found = check(chosen.whole.problem, chosen.certificate)
    return {
        "proved": found.is_proved,
        "gap_cents": chosen.whole.cents(found.gap_cents),
        "leaves": found.leaves,
        "faults": list(found.faults),
        "sha256": chosen.certificate.sha256,
    }


def _beside(room: Room, chosen: Chosen) -> dict:
    """The cheapest of each line, the price of each rule, and each practice alone."""
    assert chosen.whole is not None
    plain = cheapest_per_line(chosen.whole.problem)
    time_left = _for(COMPARE_SECONDS)
    return {
        "per_line_cents": chosen.whole.cents(plain.cents) if plain else None,
        "per_line_missed": [room.names.get(key, key) for key in plain.missed] if plain else [],
        "rules": [asdict(one) for one in rule_prices(chosen, room.sellers, LIMITS, time_left)],
        "shares": [
            {**asdict(one), "practice": int(one.practice), "cents": one.cents,
             "is_worse_off": one.is_worse_off}
            for one in shares_of(room.order, chosen, room.sellers, LIMITS, time_left)
        ],
    }  # fmt: skip


def _swapped(room: Room, chosen: Chosen) -> dict:
    """What it saves that any equivalent will do for some; nothing where nobody said so."""
    if not chosen.parts:
        return {}
    saved = swap_saving(chosen, room.sellers, LIMITS, _for(COMPARE_SECONDS))
    return {"swaps_saved_cents": saved}


def _line(room: Room, chosen: Chosen, key: str) -> dict:
    """One line of the award, with what every other contract asks at this volume."""
    contract, price = chosen.of_line[key], chosen.prices[key]
    (need,) = [one for one in chosen.needs if one.key == key]
    seller = {one.key: one for one in chosen.sellers}[contract]
    bought = room.items[int(seller.stands_for.get(key, base_of(key)))]
    asked = sorted(
        # Whoever counts several lines together asks less with them: that is what is paid.
        (price if one.key == contract else ask, _name(room, one, key))
        for one in chosen.sellers
        if (ask := asked_for([need], one).get(key)) is not None
    )
    return {
        "item": bought.pk,
        "name": str(bought),
        **_instead(room, key, bought),
        "contract": int(seller.contract),
        "supplier": room.names[seller.supplier],
        "supplier_id": int(seller.supplier),
        "packs": need.packs,
        "price": str(shortened(price)),
        "cents": round_cents(price * need.packs),
        "asked": [[name, str(shortened(ask))] for ask, name in asked],
        "above_cents": round_cents(max(Decimal(0), price - asked[0][0]) * need.packs),
    }


def _name(room: Room, seller: Seller, key: str) -> str:
    """A supplier, and what it would send where that is not what was asked for."""
    sent = seller.stands_for.get(key, base_of(key))
    name = room.names[seller.supplier]
    return name if sent == base_of(key) else f"{name} ({room.items[int(sent)].version})"


def _instead(room: Room, key: str, bought: OrderItem) -> dict:
    """Of a part of a line: which, and what was asked for if something else is bought."""
    if key == base_of(key):
        return {}
    asked = room.items[int(base_of(key))]
    return {"line": key, "instead_of": "" if asked.pk == bought.pk else str(asked)}


def _by_line(key: str) -> tuple[int, str]:
    return int(base_of(key)), key


def _offices(room: Room, chosen: Chosen) -> list[dict]:
    released = {
        (base_of(key), one.key): release_words(one, f"{one.volume:,} packs")
        for key, closed in chosen.closed.items()
        for one in closed.released
    } | {
        (one.item, one.key): release_words(one, f"{one.volume:,} packs") for one in chosen.released
    }
    freight = freight_parts(room.order, chosen)
    found = []
    for pk, one in sorted(room.rows.items(), key=lambda pair: (pair[1].order_item_id, pair[0])):
        key, office = str(one.order_item_id), str(one.location_id)
        part = f"{key}{PART}"
        if part in chosen.parts and office in chosen.closed[part].granted:
            key = part
        closed = chosen.closed[key]
        nobody = NOBODY_SELLS if not closed.packs and not closed.released else ""
        found.append(
            {
                "item": one.order_item_id,
                **({"line": key} if key == part else {}),
                "commitment": pk,
                "practice": one.practice_id,
                "location": one.location_id,
                "packs": closed.granted.get(office, 0),
                "freight_cents": freight.get((key, office), 0),
                "alone": _alone(room.items[one.order_item_id], one),
                "why_not": room.blocked[pk] or released.get((base_of(key), office), nobody),
            }
        )
    return found


def _alone(item: OrderItem, one: Commitment) -> str:
    price = price_at(scheme_of(item.ladder), one.quantity)
    return "" if price is None else str(price)


def suppliers_asked(order: GroupOrder) -> list[tuple[str, str]]:
    """Who made an offer in an order, to be left out by whoever proposes."""
    found = Supplier.objects.filter(contracts__in=Offer.objects.filter(
        order_item__order=order).values("contract"))  # fmt: skip
    return [(str(one.pk), str(one)) for one in found.distinct().select_related("party")]
