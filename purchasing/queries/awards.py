"""What an award would be, how it is proved; purchase orders and what came of them."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Coalesce

from credentialing.queries.screening_matches import excluded_keys
from ipaportal.core.actors import Actor
from ipaportal.core.money import round_cents
from purchasing.models import Commitment, GroupOrder, Offer, PurchaseLine
from purchasing.queries.orders import SHOP
from purchasing.queries.recalls import is_recalled
from purchasing.queries.sites import goods_of, place_of, practices_of, seller_of
from purchasing.rules import awards as award_rules
from purchasing.rules.award_solver import Limits, solve
from purchasing.rules.certificates import check
from purchasing.rules.closing import ItemTerms, Wish, close_item
from purchasing.rules.coalitions import release_words
from purchasing.rules.gates import Request, Stage, refusals_of, seller_refusals
from purchasing.rules.ladders import best_ladder, scheme_of
from purchasing.rules.tiers import price_at

CHECK_SECONDS = 10.0


@dataclass(frozen=True)
class Proposal:
    """An award as it would be now: one row an item, one an office, and what is proved of it."""

    lines: list[dict]
    offices: list[dict]
    total_cents: int
    certificate: str
    verdict: dict

    @property
    def sha256(self) -> str:
        """What somebody who looked at it has seen."""
        told = json.dumps([self.lines, self.offices, self.verdict], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def gates_of(commitment: Commitment, order: GroupOrder, today: date, stage: Stage) -> str:
    """Why an office may not buy an item any more, in words; empty if it may."""
    item = commitment.order_item
    place = place_of(commitment.location, today, commitment.registrant_id)
    request = Request(
        goods_of(item.version, is_recalled=is_recalled(item.version)),
        place,
        stage,
        today,
        order.delivery_date,
        commitment.flex,
    )
    return " ".join(one.words() for one in refusals_of(request))


def seller_words(offer_contract, version, state: str, today: date, excluded) -> str:
    """Why a supplier may not be bought an item from, in words; empty if it may."""
    supplier = offer_contract.supplier
    is_excluded = f"supplier:{supplier.party_id}" in excluded
    seller = seller_of(supplier, is_excluded=is_excluded)
    return " ".join(one.words() for one in seller_refusals(seller, goods_of(version), state, today))


def propose(order: GroupOrder, tie_key: bytes, today: date) -> Proposal:
    """
    Work an award out of what an order froze: who may still buy, from whom, at which price.

    Who does not pass a gate any more is out, and the rest is closed again on the frozen offers;
    where everybody passes, it is what the order closed with.
    """
    excluded = excluded_keys(today, "supplier")
    rows = {one.pk: one for one in _commitments(order)}
    lines, offices = [], []
    items = {item.pk: item for item in order.items.select_related("version", "level")}
    for told in order.snapshot["items"]:
        item = items[told["item"]]
        asked = [rows[office["commitment"]] for office in told["offices"]]
        blocked = {one.pk: gates_of(one, order, today, Stage.ORDER) for one in asked}
        states = {one.location.state for one in asked}
        offers = [
            offer
            for offer in item.offers.select_related("contract__supplier__party")
            if not any(
                seller_words(offer.contract, item.version, state, today, excluded)
                for state in states
            )
        ]
        closed = _close(item, offers, [one for one in asked if not blocked[one.pk]], tie_key)
        if closed.packs:
            lines.append(_line(item, offers, closed))
        released = {one.key: release_words(one, f"{one.volume:,} packs") for one in closed.released}
        offices += [
            {
                "item": item.pk,
                "commitment": one.pk,
                "practice": one.practice_id,
                "location": one.location_id,
                "packs": closed.granted.get(str(one.location_id), 0),
                "alone": str(price_at(scheme_of(item.ladder), one.quantity) or ""),
                "why_not": blocked[one.pk] or released.get(str(one.location_id), ""),
            }
            for one in asked
        ]
    total = sum(line["cents"] for line in lines)
    certificate, verdict = _proved(items, lines)
    return Proposal(lines, offices, total, certificate, verdict)


def _commitments(order: GroupOrder) -> QuerySet[Commitment]:
    ids = [office["commitment"] for item in order.snapshot["items"] for office in item["offices"]]
    found = Commitment.objects.filter(pk__in=ids)
    return found.select_related("location__practice__party", "practice", "order_item__version")


def _close(item, offers: list[Offer], rows: list[Commitment], tie_key: bytes):
    ladder = best_ladder([offer.tiers for offer in offers]) if offers else []
    wishes = [Wish(str(one.location_id), one.quantity, one.flex, one.max_price) for one in rows]
    if not ladder:
        return close_item([], ItemTerms([[0, "1"]], item.case_packs), tie_key)
    return close_item(wishes, ItemTerms(ladder, item.case_packs, item.minimum_packs), tie_key)


def _line(item, offers: list[Offer], closed) -> dict:
    """Whoever asks least at this volume; of equals the oldest contract."""
    asked = [
        (price, offer.contract_id, offer)
        for offer in offers
        if (price := price_at(scheme_of(offer.tiers), closed.packs)) is not None
    ]
    price, _, offer = min(asked, key=lambda one: one[:2])
    return {
        "item": item.pk,
        "name": str(item),
        "contract": offer.contract_id,
        "supplier": str(offer.contract.supplier),
        "supplier_id": offer.contract.supplier_id,
        "packs": closed.packs,
        "price": str(price),
        "cents": round_cents(price * closed.packs),
        "contracts": sorted(one.contract_id for one in offers),
        "asked": [[str(one.contract.supplier), str(cents)] for cents, _, one in sorted(
            asked, key=lambda one: one[:2])],
    }  # fmt: skip


def _proved(items: dict, lines: list[dict]) -> tuple[str, dict]:
    """A solver's certificate, checked by the small checker, and what it says of these lines."""
    if not lines:
        return "", {"proved": False, "gap_cents": 0, "leaves": 0, "per_line_cents": None}
    of, scale = problem_of(items, lines)
    certificate = solve(of, Limits(seconds=CHECK_SECONDS))
    found = check(of, certificate)
    ours = {
        (str(line["item"]), f"{line['contract']}.{line['item']}"): line["packs"] for line in lines
    }
    cost = award_rules.cost_of(of, ours)
    other = award_rules.cheapest_per_line(of)
    verdict = {
        "proved": found.is_valid and cost == found.bound_cents,
        "gap_cents": (cost - found.bound_cents) // scale,
        "leaves": found.leaves,
        "faults": list(found.faults),
        "sha256": certificate.sha256,
        "per_line_cents": other.cents // scale if other else None,
    }
    return certificate.to_bytes().decode(), verdict


def problem_of(items: dict, lines: list[dict]) -> tuple[award_rules.Problem, int]:
    """
    The frozen offers as the award's problem, and how many of its units are a cent.

    Tiers count an item's own packs, so each offer is of one item; prices below a cent make the
    unit a hundredth of it. Whoever may not be bought from is no part of the problem: a price of
    theirs would make every award seem too dear.
    """
    allowed = {(line["item"], contract) for line in lines for contract in line["contracts"]}
    offers = [
        offer
        for offer in Offer.objects.filter(order_item__in=[line["item"] for line in lines])
        if (offer.order_item_id, offer.contract_id) in allowed
    ]
    prices = [Decimal(price) for offer in offers for _, price in offer.tiers]
    scale = 1 if all(price * 100 == int(price * 100) for price in prices) else 100
    needs = [
        award_rules.Item(
            str(line["item"]), line["packs"], _units(items[line["item"]].ladder[0][1], scale)
        )
        for line in lines
    ]
    bids = [
        award_rules.Offer(
            supplier=f"{offer.contract_id}.{offer.order_item_id}",
            tiers=tuple(
                award_rules.OfferTier(
                    int(packs), ((str(offer.order_item_id), _units(price, scale)),)
                )
                for packs, price in offer.tiers
            ),
            metric=award_rules.UNITS,
        )
        for offer in offers
    ]
    return award_rules.problem(needs, bids), scale


def _units(price: str, scale: int) -> int:
    return int(Decimal(price) * 100 * scale)


# What came -------------------------------------------------------------------------------------


def with_received(lines: QuerySet[PurchaseLine]) -> QuerySet[PurchaseLine]:
    """Lines with the packs that came in order, and those that were damaged."""
    return lines.annotate(
        received=Coalesce(Sum("receipts__packs"), 0),
        spoilt=Coalesce(Sum("receipts__damaged"), 0),
    )


def lines_of(*, actor: Actor, text: str = "", show: str = "") -> QuerySet[PurchaseLine]:
    """What was ordered for somebody's practices, the newest first."""
    found = PurchaseLine.objects.filter(practice__in=practices_of(actor, SHOP))
    found = found.exclude(purchase__status__in=("approved", "cancelled"))
    if text:
        found = found.filter(order_item__version__name__icontains=text)
    found = with_received(found)
    if show == "open":
        found = found.filter(received__lt=F("due"))
    return found.select_related(
        "purchase__supplier__party", "purchase__order", "order_item__version", "order_item__level",
        "location",
    ).order_by("-pk")  # fmt: skip


def is_settled(order: GroupOrder) -> bool:
    """Whether everything that is still expected has come."""
    lines = PurchaseLine.objects.filter(purchase__order=order).exclude(purchase__status="cancelled")
    return not with_received(lines).filter(received__lt=F("due")).exists()


def alone_cents(order: GroupOrder) -> dict[int, int]:
    """What each practice's part would have cost it alone on the same offers, in cents."""
    award = order.awards.filter(status="approved").first()
    found: dict[int, int] = defaultdict(int)
    for office in award.offices if award else []:
        if office["packs"] and office["alone"]:
            found[office["practice"]] += round_cents(Decimal(office["alone"]) * office["packs"])
    return dict(found)
